from __future__ import annotations

import re
from datetime import UTC, date, datetime
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from alerts.languages import FOLDER, LANGUAGES, Language, Speech, speaking
from docs.catalogs import TRANSLATED, catalog, messages, texts

NOON = datetime(2026, 11, 18, 12, 5, tzinfo=UTC)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_and_nothing_else_stands_there(language: str) -> None:
    ours = {each.id for each in messages() if each.id}
    theirs = {each.id: each for each in catalog(language) if each.id}
    assert ours
    assert ours - theirs.keys() == set(), "run `python -m docs.catalogs`, then translate"
    assert theirs.keys() - ours == set(), "run `python -m docs.catalogs`"
    for each in theirs.values():
        assert not each.fuzzy
        assert all(form.strip() for _, form in texts(each)), each.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_places_of_the_english(language: str) -> None:
    for each in catalog(language):
        for english, form in texts(each) if each.id else ():
            assert places(form) - {"count"} == places(english) - {"count"}, each.id
            assert places(form) <= places(english), each.id
            assert form[:1].isspace() == english[:1].isspace()
            assert form[-1:].isspace() == english[-1:].isspace()


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_catalog_has_the_plurals_of_its_language(language: str) -> None:
    with (FOLDER / f"{language}.po").open("rb") as file:
        found = read_po(file, abort_invalid=True)
    for each in found:
        if each.pluralizable and each.id:
            assert len(each.string) == found.num_plurals == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_with_values(language: Language) -> None:
    speech = Speech(language)
    assert "1" in speech.n_("{count} day", "{count} days", 1)
    assert speech.n_("{count} day", "{count} days", 1) != speech.n_("{count} day", "{count} days", 2)
    assert speech._("{start} to {end}", start="{end.__class__}", end="%s").startswith("{end.__class__}")


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ["1,234", "12.5", "14%", "1.4%", "$1,234.50", "“so”", "X and Reddit"]),
        ("de", ["1.234", "12,5", "14 %", "1,4 %", "1.234,50 $", "„so“", "X und Reddit"]),
        ("fr", ["1 234", "12,5", "14 %", "1,4 %", "1 234,50 $", "« so »", "X et Reddit"]),
        ("es", ["1234", "12,5", "14 %", "1,4 %", "1234,50 $", "«so»", "X y Reddit"]),
    ],
)
def test_numbers_and_lists(language: Language, shown: list[str]) -> None:
    speech = Speech(language)
    found = [
        speech.number(1234),
        speech.number(12.5, 1),
        speech.percent(0.14),
        speech.percent(0.014, 1),
        speech.dollars(1234.5),
        speech.quoted("so"),
        speech.platforms(("x", "reddit")),
    ]
    assert [re.sub(r"\s", " ", each) for each in found] == shown


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ["Wed 18 Nov, 13:05", "Wed 18", "16–22 November 2026", "26 October – 1 November 2026"]),
        (
            "de",
            [
                "Mi., 18. Nov., 13:05 Uhr",
                "Mi., 18.",
                "16.–22. November 2026",
                "26. Oktober – 1. November 2026",
            ],
        ),
        ("fr", ["mer. 18 nov., 13:05", "mer. 18", "16–22 novembre 2026", "26 octobre – 1er novembre 2026"]),
        (
            "es",
            [
                "mié 18 nov, 13:05",
                "mié 18",
                "16–22 de noviembre de 2026",
                "26 de octubre – 1 de noviembre de 2026",
            ],
        ),
    ],
)
def test_times(language: Language, shown: list[str]) -> None:
    speech = Speech(language, "Europe/Berlin")
    day = date(2026, 11, 18)
    periods = [(date(2026, 11, 16), date(2026, 11, 22)), (date(2026, 10, 26), date(2026, 11, 1))]
    said = [speech.at(NOON), speech.day(day), *(speech.period(*each) for each in periods)]
    assert [each.replace("\xa0", " ") for each in said] == shown


def test_spanish_parts_thousands_from_five_digits_on() -> None:
    assert [Speech("es").number(each) for each in (999, 9_999, 10_000)] == ["999", "9999", "10.000"]


def test_a_day_keeps_to_its_month_and_a_clock_to_its_word() -> None:
    assert Speech("de", "Europe/Berlin").at(NOON).endswith("18.\xa0Nov., 13:05\xa0Uhr")
    assert Speech("fr").period(date(2026, 11, 1), date(2026, 11, 7)) == "1er–7\xa0novembre 2026"


@given(st.sampled_from(LANGUAGES), st.floats(0, 10**6), st.floats(0, 10**9), st.text(max_size=50))
def test_everything_can_be_said(language: Language, minutes: float, number: float, text: str) -> None:
    speech = Speech(language)
    for words in (
        speech.minutes(minutes),
        speech.number(number),
        speech.dollars(number),
        speech.quoted(text),
    ):
        assert words
        assert "\n" not in words


def test_templates_speak_the_language_and_escape_what_they_are_given() -> None:
    template = speaking(Speech("de")).from_string(
        '{{ _("{start} to {end}", start=1234, end=name) }}; {{ 1234|number }}'
    )
    assert template.render(name="{start}") == "1.234 bis {start}; 1.234"


def test_a_line_never_breaks_between_a_number_and_its_unit() -> None:
    speech = Speech("de")
    template = speaking(speech).from_string("{{ one }}; {{ other }}; {{ theirs }}")
    said = template.render(one=speech.percent(0.4), other=speech.minutes(125), theirs="a\u202eb\u2003c")
    assert said == "40\xa0%; 2\xa0h 5\xa0min; ab c"
