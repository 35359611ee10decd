"""Whatever a person types is something that the index can be asked for."""

from __future__ import annotations

import re
import sqlite3

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.overview.words import LONGEST, MOST, pieces, words_of

INDEX = sqlite3.connect(":memory:", check_same_thread=False)
INDEX.execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize='unicode61 remove_diacritics 2')")
TEXTS = (
    "My parcel is lost",
    "Lost again: two parcels, no refund",
    "Où est mon colis perdu ?",
    "don't write to ann_w",
    "AND OR NOT",
)
INDEX.executemany("INSERT INTO words (text) VALUES (?)", [(each,) for each in TEXTS])


def known(match: str) -> bool:
    return bool(INDEX.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", [match]).fetchone())


def found(typed: str) -> list[str]:
    words = words_of(typed, known)
    match = f"({words.match}) NOT ({words.but})" if words.match and words.but else words.match
    assert match, "nothing that has to occur"
    return [
        row[0] for row in INDEX.execute("SELECT text FROM words WHERE words MATCH ? ORDER BY rowid", [match])
    ]


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("lost", [0, 1]),
        ("LOST", [0, 1]),
        ("lost parcel", [0]),
        ("parcel*", [0, 1]),
        ("parc", [0, 1]),
        ("parcel", [0]),
        ("parc lost", []),
        ('"is lost"', [0]),
        ('"lost is"', []),
        ("“is lost”", [0]),
        ('"is lost', [0]),
        ('"is lo', []),
        ("lost -refund", [0]),
        ('lost -"no refund"', [0]),
        ("ou perdu", [2]),
        ("don't", [3]),
        ("don’t", [3]),
        ("@ann_w", [3]),
        ("AND OR", [4]),
        ("NOT", [4]),
        ("text:lost", []),
        ("(lost)", [0, 1]),
        ("lost AND", []),
        ("-", None),
        ("lost\x00parcel", [0]),
    ],
)
def test_words_are_text(typed: str, numbers: list[int] | None) -> None:
    if numbers is None:
        assert not words_of(typed, known)
    else:
        assert found(typed) == [TEXTS[number] for number in numbers]


@given(st.text(max_size=400))
@example('"')
@example('""')
@example('-"')
@example("- -- --a")
@example("NEAR(a b, 3) ^a {x y} : a+b * \\ ' ; --")
@example("\x00\ud800\u202e")
@example("a" * 500)
@example("a." * 150)
@example("x " * 100)
def test_nothing_that_is_typed_is_an_error(typed: str) -> None:
    words = words_of(typed, known)
    for match in (words.match, words.but):
        if match:
            INDEX.execute("SELECT rowid FROM words WHERE words MATCH ?", [match]).fetchall()
    for text in (*words.holds, *words.lacks):
        assert INDEX.execute("SELECT instr(?, ?)", ["", text]).fetchone() == (0,)
    assert "".join(pieces(typed, words)) == typed or len(typed) > LONGEST


def test_what_can_not_be_looked_for_is_told() -> None:
    assert words_of("!!! lost 😡", known).notes == (
        "!!! is no word: letters and digits are looked for",
        "😡 is no word: letters and digits are looked for",
    )
    assert words_of("a" * (LONGEST + 1), known).notes == (
        f"only the first {LONGEST} characters were looked for",
    )
    assert words_of("b " * (MOST + 1), known).notes == (f"only the first {MOST} words were looked for",)


def test_a_beginning_takes_two_letters() -> None:
    said = words_of("parcel a* -b* x.c* de*", known)
    assert said.match == '"parcel" AND "de*"*'
    assert said.but == ""
    assert [note.split()[0] for note in said.notes] == ["a*", "b*", "x.c*"]
    assert not words_of("a*", known)


def test_scripts_without_spaces_are_looked_for_as_they_stand() -> None:
    words = words_of("Kestrel配達 -返金", known)
    assert (words.match, words.holds, words.lacks) == ('"Kestrel"', ("配達",), ("返金",))
    assert pieces("昨日の配達は", words) == ["昨日の", "配達", "は"]


def test_what_was_found_is_marked() -> None:
    def marked(typed: str, text: str) -> str:
        return "".join(
            f"[{each}]" if number % 2 else each
            for number, each in enumerate(pieces(text, words_of(typed, known)))
        )

    assert marked("lost refund", "LOST, lostness; réfund.") == "[LOST], lostness; [réfund]."
    assert marked("parc", "Parcels by parcel") == "[Parcels] by [parcel]"
    assert marked('"is lost"', "It is -- lost") == "It [is -- lost]"
    assert marked("-lost", "lost") == "lost"


@given(st.text(max_size=2000), st.sampled_from(["lost", "a", "parcel*", '"my parcel"', "配"]))
def test_an_excerpt_is_a_part_of_the_text(text: str, typed: str) -> None:
    parts = pieces(text + " lost " + text, words_of(typed, known))
    said = re.sub("^…|…$", "", "".join(parts))
    assert said in text + " lost " + text
    assert all(parts[1::2])
