"""Who says something of their own, and what looks arranged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import voices
from monitor.voices import Told
from tests.monitor.scripted import NOON

SAID = "43 Kestrel parcels marked 'delivered' dumped in the container on Tannery Lane. It is emptied tomorrow at 7."


@pytest.mark.parametrize(
    "copy",
    [
        SAID,
        f"RT @ann: {SAID}",
        f"pls share 🙏 {SAID} https://t.example/x #kestrel",
        SAID.upper().replace(".", "!!"),
        SAID.replace("It is emptied", "Emptied"),
        SAID.translate({ord("a"): "\N{MATHEMATICAL MONOSPACE SMALL A}"}),
    ],
)
def test_copies_are_known_whatever_is_put_around_them(copy: str) -> None:
    assert (
        voices.copied(copy, [("app", "the app logs me out every single time I open it"), ("bin", SAID)])
        == "bin"
    )


@pytest.mark.parametrize(
    "other",
    [
        "",
        "My parcel was dumped as well! It says 'delivered' and was in the container on Tannery Lane, all wet.",
        "Dumped in the container",
        "https://t.example/x @ann @bob #kestrel",
    ],
)
def test_own_words_are_no_copy(other: str) -> None:
    assert voices.copied(other, [("bin", SAID)]) is None
    assert voices.copied(SAID, [("bin", other)]) is None


def test_what_occurs_to_many_is_no_copy() -> None:
    assert voices.copied("my parcel is lost again", [("1", "my parcel is lost again")]) is None


@pytest.mark.parametrize("letter", ["", "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}"])
def test_of_a_long_text_only_the_beginning_is_compared(letter: str) -> None:
    start = "".join(letter or f"{n:04} " for n in range(voices.COMPARED))[: voices.COMPARED]
    assert voices.shingles(start + " and more" * 5000) == voices.shingles(start)
    assert 0 < len(voices.shingles(start)) < voices.COMPARED
    assert voices.copied(start + "one end" * 900, [("v", start + "another" * 900)]) == "v"


@given(st.text(), st.text())
def test_any_text_can_be_compared(one: str, other: str) -> None:
    found = voices.copied(one, [("v", other)])
    assert found == voices.copied(other, [("v", one)])
    assert found in (None, "v")
    assert voices.copied(one * 2, [("v", one * 2)]) == ("v" if voices.shingles(one * 2) else None)


def posts(
    count: int, voice: str = "", followers: int | None = 3, minutes: float = 5, **more: bool
) -> list[Told]:
    return [
        Told(
            voice or f"x {n}",
            f"x {voice}a{n}",
            followers,
            NOON - timedelta(minutes=minutes),
            pasted=more.get("pasted", bool(voice) and n > 0),
            echo=more.get("echo", False),
        )
        for n in range(count)
    ]


def test_one_text_from_many_accounts_looks_arranged() -> None:
    assert voices.arranged(posts(5, "x 1", 500), NOON) == "may be arranged: 5 accounts posted the same text"
    assert voices.arranged(posts(6, "x 1"), NOON) == (
        "may be arranged: 6 accounts posted the same text, 6 of them with fewer than 10 followers"
    )
    assert voices.arranged(posts(4, "x 1"), NOON) == ""


def test_a_thread_and_one_busy_account_look_like_what_they_are() -> None:
    assert voices.arranged(posts(50, "x 1", echo=True), NOON) == ""
    busy = [Told("x 1", "x a", 3, NOON, pasted=False, echo=False)] * 50
    assert voices.arranged(busy, NOON) == ""
    assert voices.arranged(posts(50, "x 1", pasted=False), NOON + timedelta(hours=2)) == ""


def test_small_accounts_at_once_look_arranged() -> None:
    mixed = posts(9) + posts(2, "x other", followers=400, pasted=False)
    assert (
        voices.arranged(mixed, NOON)
        == "may be arranged: 9 of 11 accounts that wrote within an hour have fewer than 10 followers"
    )
    assert voices.arranged(posts(9, followers=40), NOON) == ""
    assert voices.arranged(posts(9, followers=None), NOON) == ""
    assert voices.arranged(posts(9, minutes=90), NOON) == ""


def test_what_is_long_over_or_still_to_come_says_nothing() -> None:
    assert voices.arranged(posts(9, "x 1", minutes=25 * 60), NOON) == ""
    assert voices.arranged(posts(9, "x 1", minutes=-1), NOON) == ""
    assert voices.arranged([], NOON) == ""
