"""Which language a text is in, by py3langid (byte n-grams, naive Bayes)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from classifiers.text import prepare

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES = [
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id",
    "it", "ja", "ko", "lt", "lv", "mr", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "sw", "ta",
    "te", "th", "tl", "tr", "uk", "ur", "vi", "zh",
]  # fmt: skip
"""The ones that are told apart: rare ones would win short texts by chance."""

SURE = 0.6
"""The least probability. A short greeting fits several languages, and no answer is better than a wrong one."""


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier


def language(text: str) -> str | None:
    """The ISO 639-1 code, or None when unsure. Names of users, tags and links don't count as words."""
    words = [word for word in prepare(text).split() if word[0] not in "@#" and word != "http"]
    code, probability = _identifier().classify(" ".join(words))
    return str(code) if probability >= SURE else None
