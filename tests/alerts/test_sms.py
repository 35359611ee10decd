from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import sms
from tests.alerts.notices import hostile_text


@given(hostile_text)
def test_every_text_comes_out_in_the_alphabet(text: str) -> None:
    sms.septets(sms.to_gsm(text))  # ValueError for a character outside the alphabet
    assert "\n" not in sms.to_gsm(text)


def test_the_alphabet_is_the_standard_one() -> None:
    # 3GPP TS 23.038: 128 places, one of them the escape; nine characters behind it (without the page break).
    assert len(sms.BASIC) == 127
    assert len(sms.EXTENDED) == 9
    assert not sms.BASIC & sms.EXTENDED


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("abc", 3), ("äöüß", 4), ("^{}\\[~]|", 16), ("5 €", 4), ("@£$", 3)]
)
def test_escaped_characters_count_two(text: str, length: int) -> None:
    assert sms.septets(text) == length


def test_a_character_outside_has_no_length() -> None:
    with pytest.raises(ValueError, match="not in the GSM 7-bit alphabet"):
        sms.septets("“")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("“Lost” – it’s gone…", '"Lost" - it\'s gone...'),
        ("Cafe\u0301 à Zürich", "Café à Zürich"),
        ("Łódź ąęć", "Lodz aec"),
        ("Потеряли посылку", "Poteryali posylku"),
        ("😡 lost 📦", "lost"),
        ("a\r\nb\tc\x00d\u202ee", "a b c de"),
        ("`code`", "'code'"),
    ],
)
def test_transliteration(text: str, sent: str) -> None:
    assert sms.to_gsm(text) == sent


@given(hostile_text.map(sms.to_gsm), st.integers(0, 200))
def test_shortened_texts_fit(text: str, room: int) -> None:
    short = sms.shorten(text, room)
    assert sms.septets(short) <= room
    assert short == text or text.startswith(short.removesuffix("..."))


def test_texts_are_cut_between_words() -> None:
    assert sms.shorten("parcels lost in Leeds", 18) == "parcels lost in..."
    assert sms.shorten("x" * 30, 10) == "xxxxxxx..."


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/ack",
        "see www.evil.example now",
        "evil.example/x",
        "bit.ly/3x",
        "FTP://evil.example",
    ],
)
def test_no_link_of_others(text: str) -> None:
    assert not re.search(r"://|\w\.[a-z]", sms.without_links(text), re.IGNORECASE)


def test_numbers_keep_their_points() -> None:
    assert sms.without_links("p=0.58, 1.400 posts.") == "p=0.58, 1.400 posts."


@pytest.mark.parametrize("number", ["+447700900123", "+15005550006", "+4915112345678", "+819012345678"])
def test_phone_numbers(number: str) -> None:
    assert sms.problem_with(number) is None


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("", "international form"),
        ("07700900123", "international form"),
        ("+44 7700 900123", "international form"),
        ("0044770090012", "international form"),
        ("+44770090012\n3", "international form"),
        ("+٤٤٧٧٠٠٩٠٠١٢٣", "international form"),
        ("+9991234567", "country code"),
        ("+4477", "too few or too many digits"),
    ],
)
def test_what_is_wrong_with_a_phone_number(number: str, words: str) -> None:
    problem: Any = sms.problem_with(number)
    assert words in problem
