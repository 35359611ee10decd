"""The bundled model says for which languages its answers were measured."""

from __future__ import annotations

import json

import pytest

from classifiers.bundled import FOLDER, Settings, build
from monitor.wording.languages import NAMES


def test_it_names_the_languages_that_it_was_measured_on() -> None:
    languages = json.loads((FOLDER / "manifest.json").read_text())["languages"]
    assert languages == ["ar", "de", "en", "es", "fr", "hi", "it", "pt"]
    assert set(languages) <= NAMES.keys()


@pytest.fixture(scope="module")
def said() -> dict[str, bool | None]:
    texts = {
        "en": "My order is three weeks late and nobody answers my emails.",
        "pt": "Meu pedido está três semanas atrasado e ninguém responde.",
        "nl": "Mijn bestelling is drie weken te laat en niemand reageert.",
        "ja": "荷物が三週間遅れていて、誰も返事をくれません。",
        "": "ok",
    }
    found = build(Settings()).classify(list(texts.values()))
    assert [each.language or "" for each in found] == list(texts)
    return {each.language or "": each.measured for each in found}


def test_other_languages_are_marked(said: dict[str, bool | None]) -> None:
    assert said == {"en": True, "pt": True, "nl": False, "ja": False, "": None}
