from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from classifiers.explain import MOST_PARTS, SHOWN, Effect, coloured, explain
from monitor.model import Classification, Sentiment


class Words:
    """Adds the weights of the words that a text has, in log-odds."""

    def __init__(self, weights: dict[str, float]) -> None:
        self.weights = weights
        self.asked = 0

    def __call__(self, texts: Sequence[str]) -> list[Classification]:
        self.asked += len(texts)
        return [
            Classification(1 / (1 + math.exp(-self.sum(text))), Sentiment(0, 1, 0), "words") for text in texts
        ]

    def sum(self, text: str) -> float:
        return sum(weight for word, weight in self.weights.items() if word in text)


def test_it_reads_like_this() -> None:
    found = explain(Words({"refund": 2.0, "thanks": -1.0}), "My refund! @ann thanks").effects
    assert [(each.word, each.start, each.end) for each in found[:2]] == [("refund", 3, 9), ("thanks", 16, 22)]
    assert found[0].effect == pytest.approx(0.731 - 0.269, abs=1e-3)
    assert found[1].effect < 0
    assert all(each.effect == 0 for each in found[2:])


LETTERS = st.characters(codec="utf-8", exclude_categories=["Cs"])


@given(
    before=st.text(LETTERS, max_size=12), after=st.text(LETTERS, max_size=12)
)  # few enough parts to try each
def test_a_planted_word_is_found_where_it_stands(before: str, after: str) -> None:
    found = explain(Words({"schrecklich": 3.0}), f"{before} schrecklich {after}").effects
    assert found[0].word == "schrecklich"
    assert found[0].start == len(before) + 1
    assert found[0].effect > 0.4


@given(st.text(st.characters(), max_size=300))
def test_offsets_are_right_effects_are_sorted_and_words_do_not_overlap(text: str) -> None:
    model = Words({chr(i): (-1) ** i * 0.1 for i in range(40, 400, 7)})
    found, unknown, words = explain(model, text)
    assert model.asked == words + 1 <= MOST_PARTS + 1
    assert unknown == 0
    assert len(found) == min(words, SHOWN)
    assert all(text[each.start : each.end] == each.word != "" for each in found)
    sizes = [abs(each.effect) for each in found]
    assert sizes == sorted(sizes, reverse=True)
    places = sorted((each.start, each.end) for each in found)
    assert all(end <= start for (_, end), (start, _) in pairwise(places))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I don't get my e-mail", {"I", "don't", "get", "my", "e-mail"}),
        ("कभी नहीं!!!", {"कभी", "नहीं", "!!!"}),
        ("😡😡 @ann #fail", {"😡😡", "@ann", "#fail"}),
        ("服务很差", {"服", "务", "很", "差"}),
        ("لم يصل، أبدا", {"لم", "يصل", "،", "أبدا"}),
        ("see https://x.example/a?b=c, ok", {"see", "https://x.example/a?b=c,", "ok"}),
        ("👍🏽👍🏽 \x00", {"👍🏽👍🏽", "\x00"}),
        (" \n\t", set()),
        ("", set()),
    ],
)
def test_what_counts_as_a_word(text: str, words: set[str]) -> None:
    found = explain(Words({}), text).effects
    assert {each.word for each in found} == words


@pytest.mark.parametrize("text", ["word " * 5000, "客" * 100_000, "a." * 50_000, "😡😤" * 20_000])
def test_long_texts_cost_no_more(text: str) -> None:
    model = Words({})
    found = explain(model, text).effects
    assert model.asked <= MOST_PARTS + 1
    assert found


def test_in_a_long_text_the_neighbourhood_is_found() -> None:
    text = "calm " * 300 + "refund " + "calm " * 300
    found = explain(Words({"refund": 2.0}), text).effects
    assert "refund" in found[0].word
    assert len(found[0].word) < len(text) / 40


@pytest.mark.parametrize(("broken", "words"), [(" refund", ["refund"]), ("my ", ["my"]), ("my refund", [])])
def test_what_can_not_be_read_has_no_effect_told(broken: str, words: list[str]) -> None:
    model = Words({"refund": 2.0})

    def read(texts: Sequence[str]) -> list[Classification | None]:
        return [None if text == broken else found for text, found in zip(texts, model(texts), strict=True)]

    found = explain(read, "my refund")
    assert [each.word for each in found.effects] == words
    assert (found.unknown, found.words) == (2 - len(words), 2)


def on_a_terminal(text: str, effects: list[Effect], name: str = "7") -> str:
    out = io.StringIO()
    Console(file=out, force_terminal=True, width=200, color_system="standard").print(
        coloured(name, text, 0.91, effects)
    )
    return out.getvalue()


def test_words_that_moved_the_decision_are_coloured() -> None:
    shown = on_a_terminal("my refund, thanks", [Effect(3, 9, "refund", 0.4), Effect(11, 17, "thanks", -0.1)])
    assert "\x1b[1;31mrefund\x1b[0m" in shown
    assert "\x1b[32mthanks\x1b[0m" in shown
    assert "0.91" in shown
    assert "refund +0.40 · thanks -0.10" in shown


@given(st.text(st.characters(), max_size=60), st.text(st.characters(), max_size=20))
def test_a_hostile_text_can_not_paint_the_terminal(text: str, name: str) -> None:
    text = f"[bold red]x[/] \x1b[31m\x07\u202e{text}"
    effects = explain(Words({"x": 1.0}), text).effects
    shown = coloured(name, text, 0.5, effects).plain
    assert "[bold red]x[/]" in shown
    dangerous = ("Cc", "Cf", "Cs", "Zl", "Zp")
    assert {char for char in shown if unicodedata.category(char) in dangerous} <= set("\n\u200c\u200d")
    assert shown.count("\n") <= 1
