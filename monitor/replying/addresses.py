"""Pure: the addresses that a text gives people to follow, to write to or to call."""

from __future__ import annotations

import re
import unicodedata

_WEB = r"(?:https?://|www\.)\S+|\b(?:[\w-]+[.。])+[^\W\d_]{2,24}\b(?:/\S*)?"
_MAIL = r"[\w.+-]+@(?:[\w-]+\.)+[\w-]+"
_HANDLE = r"(?<![\w@])@\w[\w.-]*(?:@[\w.-]+)?"
_DATE = r"\d{4}-\d\d?-\d\d?|\d\d?[./-]\d\d?[./-]\d{2,4}"
_PHONE = rf"(?<![\w./-])(?!(?:{_DATE})(?!\d))\+?\d(?:[\s()./-]{{0,2}}\d){{6,}}"
_ANY = re.compile(
    rf"(?P<mail>{_MAIL})|(?P<handle>{_HANDLE})|(?P<web>{_WEB})|(?P<phone>{_PHONE})", re.IGNORECASE
)

_AROUND = ".,;:!?)]}>'\"”’…"


def addresses(text: str) -> frozenset[str]:
    """Web addresses, mail addresses, handles and telephone numbers in the text, in small letters, numbers as digits."""
    found = set()
    for match in _ANY.finditer(unicodedata.normalize("NFKC", text)):
        said = match[0].rstrip(_AROUND).casefold()
        found.add(
            re.sub(r"\D", "", said) if match["phone"] else re.sub(r"^(?:https?://)?(?:www\.)?", "", said)
        )
    return frozenset(found - {""})


def strange(text: str, *known: str) -> list[str]:
    """The addresses in the text that stand in none of the `known` ones, sorted."""
    return sorted(addresses(text).difference(*map(addresses, known)))
