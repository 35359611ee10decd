"""Which language a text is in, by py3langid (byte n-grams, naive Bayes)."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from classifiers.text import prepare
from monitor.wording.languages import NAMES

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SURE = 0.6
"""The least probability. A short greeting fits several languages, and no answer is better than a wrong one."""

ENOUGH = 400
"""Characters that are looked at: more tell no more, and the time that it takes grows with them."""

_LOADING = Lock()
"""Held while the model is loaded, so that no second thread loads another."""


def ready() -> None:
    """Load the model, which takes half a second, most of it unpacking that other threads need not wait for."""
    with _LOADING:
        _identifier()


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(NAMES))
    return identifier


def language(text: str) -> str | None:
    """The ISO 639-1 code, or None when unsure. Names of users, tags and links don't count as words."""
    # Compatibility forms (joined Arabic letters, letters of "fancy fonts") look like another writing system.
    plain = unicodedata.normalize("NFKC", prepare(text))
    words = [word for word in plain.split() if word[0] not in "@#" and word != "http"]
    ready()
    code, probability = _identifier().classify(" ".join(words)[:ENOUGH])
    return str(code) if probability >= SURE else None


def measured(code: str | None, languages: Collection[str]) -> bool | None:
    """Whether that language is among those that a model was measured on; None when one or the other is not known."""
    return None if code is None or not languages else code in languages
