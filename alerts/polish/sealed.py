"""Pure: takes out of a draft what a language model must neither see nor change, and puts it back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

TOKEN = re.compile(r"\[\[\d+\]\]")

_OWN = re.compile(r"https?://\S+|\b[\w.+-]+@[\w.-]+|(?<!\w)[@#]\w[\w.@-]*|\bu/[\w-]+|\d[\w:.,/-]*")
"""Links, addresses, handles, hashtags, and everything with a digit."""


class Sealed:
    """The parts of a draft with a token such as [[1]] in place of each of `words`, of links, handles and numbers."""

    def __init__(self, parts: Mapping[str, str], words: Iterable[str]) -> None:
        self._words: list[str] = []
        kept = sorted({word for word in words if word.strip()}, key=len, reverse=True)
        names = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in kept)
        pattern = re.compile(f"{names}|{_OWN.pattern}" if names else _OWN.pattern)
        self.parts = {name: pattern.sub(self._seal, text) for name, text in parts.items()}

    def _seal(self, found: re.Match[str]) -> str:
        if found[0] not in self._words:
            self._words.append(found[0])
        return f"[[{self._words.index(found[0]) + 1}]]"

    def opened(self, text: str) -> str:
        """The text with each token's words back in its place."""
        return TOKEN.sub(lambda found: self._words[int(found[0][2:-2]) - 1], text)
