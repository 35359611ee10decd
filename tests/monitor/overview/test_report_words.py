"""The report's sentences and its drawing, over whatever a story may be."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import MentionKey
from monitor.outlook import Outlook
from monitor.overview import report_words as say
from monitor.overview.course import Course
from monitor.overview.report import Corrected, Curve, Mark, Quote, Report, Step, Volume
from monitor.overview.report_curve import NARROW, WIDE, drawing, drawings
from monitor.overview.report_moments import SENT
from monitor.replying.approval import State
from tests.monitor.scripted import NOON

LONDON = ZoneInfo("Europe/London")
QUOTE = Quote("x", "1", "ann", "lost", "https://example.org/1", NOON)
MARKS = ("paged", "acknowledged", "replied", "viral", "over")


def made(
    curve: Curve | None = None, volume: Volume | None = None, marks: tuple[Mark, ...] = (), **more: object
) -> Report:
    steps = tuple(Step(name, None, None) for name in ("seen", "paged", "taken", "answered", "over"))
    known: dict[str, object] = {
        "story_id": 1, "title": "lost", "gist": "", "severity": None, "state": "open", "alert": None, "why": "",
        "made_at": NOON, "opened_at": NOON, "updated_at": NOON, "ended_at": None, "outcome": "open", "crossed_at": None,
        "steps": steps, "moments": (), "more": 0, "posts": 1, "erased": 0, "platforms": (), "category": "",
        "arranged": "", "curve": curve, "volume": volume, "marks": marks, "said": (), "unsent": (), "voices": (),
        "foretold": (), "course": Course((), True, None, None, over=False), "corrected": (), "lessons": (), "removed": (),
    }  # fmt: skip
    return Report(**(known | more))  # type: ignore[arg-type]


minutes = st.integers(0, 60 * 24 * 400).map(lambda each: NOON + timedelta(minutes=each))


@given(
    st.lists(st.tuples(minutes, st.integers(0, 10**7)), max_size=30),
    st.lists(st.builds(Mark, minutes, st.sampled_from(MARKS)), max_size=6),
    st.lists(st.integers(0, 500), max_size=48),
    st.integers(1, 10**6),
)
def test_whatever_is_drawn_lies_within_the_drawing(
    points: list[tuple[datetime, int]], marks: list[Mark], posts: list[int], viral_at: int
) -> None:
    rising = sorted(points)
    curve = Curve(
        QUOTE,
        tuple((at, max(n for _, n in rising[: i + 1])) for i, (at, _) in enumerate(rising)),
        "reposts",
        viral_at,
    )
    volume = Volume(NOON, timedelta(hours=1), tuple(posts)) if posts else None
    for width in (WIDE, NARROW):
        found = drawing(made(curve, volume, tuple(marks)), LONDON, width)
        if not curve.drawn:
            assert found is None
            continue
        assert found is not None
        places = [tuple(map(float, each.split(","))) for each in found.points.split()]
        assert len(places) == len(points)
        assert all(found.left <= x <= found.right and found.top <= y <= found.floor for x, y in places)
        assert all(later[1] <= sooner[1] for sooner, later in pairwise(places))
        assert all(0 <= each.x <= found.width for each in (*found.marks, *found.times))
        assert all(found.floor <= each.y and each.y + each.height <= found.base + 1 for each in found.bars)
        assert 2 <= len(found.heights) <= 6
        assert len(found.times) <= 9
    assert say.curve(made(curve, volume, tuple(marks)), LONDON).endswith(".") or not points


def test_where_it_was_said_to_end_lies_within_the_drawing() -> None:
    """Also where more was said after the last reading, such as of the story's further posts."""
    curve = Curve(QUOTE, ((NOON, 1), (NOON + timedelta(hours=2), 90)), "reposts", 500)
    said = tuple(
        Outlook(
            NOON + timedelta(hours=n),
            0.4,
            0.35,
            MentionKey(QUOTE.source, QUOTE.id),
            9,
            500,
            80.0,
            20.0,
            300.0,
        )
        for n in (1, 5, 9)
    )
    found = drawing(replace(made(curve), course=Course(said, True, None, None, over=False)), LONDON)
    assert found is not None
    lefts = [float(each.split(",")[0]) for each in found.band.split()]
    assert lefts
    assert all(found.left <= each <= found.right for each in lefts)


def test_a_curve_of_one_moment_is_told_but_not_drawn() -> None:
    report = made(Curve(QUOTE, ((NOON, 12),), "reposts", 500))
    assert drawings(report, LONDON) == ()
    assert "12" in say.curve(report, LONDON)


def test_names_of_marks_do_not_stand_on_each_other() -> None:
    curve = Curve(QUOTE, ((NOON, 1), (NOON + timedelta(hours=5), 90)), "reposts", 500)
    marks = tuple(Mark(NOON + timedelta(minutes=10 + n), name) for n, name in enumerate(MARKS))  # type: ignore[arg-type]
    found = drawing(made(curve, None, marks), LONDON)
    assert found is not None
    assert len(found.marks) == 5
    assert len({each.y for each in found.marks[:4]}) == 4


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=500)))
def test_lengths_of_time_are_short_words(span: timedelta) -> None:
    assert re.fullmatch(r"under a minute|\d+ min|\d+ h( \d+ min)?|\d+ days", say.length(span))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (("complaint", "no", "yes", 0.83), "no complaint, where the model had said a complaint (83% sure)"),
        (("complaint", "yes", "no", 0.2), "a complaint, where the model had said no complaint (80% sure)"),
        (("complaint", "yes", "yes", 0.97), "a complaint, as the model had said (97% sure)"),
        (("relevance", "no", None, None), "not about us; what the model had said of that is not known"),
        (
            ("category", "billing", "delivery", 0.5),
            "about billing, where the model had said about delivery (50% sure)",
        ),
        (("sarcasm", "yes", "no", None), "sarcastic, where the model had said not sarcastic"),
    ],
)
def test_what_was_corrected(said: tuple[str, str, str | None, float | None], words: str) -> None:
    assert say.corrected(Corrected(NOON, "Kim", QUOTE, *said)) == words


def test_how_often_the_model_was_wrong() -> None:
    right = Corrected(NOON, "Kim", QUOTE, "complaint", "yes", "yes", 0.9)
    wrong = Corrected(NOON, "Kim", QUOTE, "complaint", "no", "yes", 0.9)
    unknown = Corrected(NOON, "Kim", QUOTE, "complaint", "no")
    assert "not known" in say.wrong(made())
    assert "not written down" in say.wrong(made(corrected=(unknown,)))
    assert say.wrong(made(corrected=(right, wrong, unknown))) == (
        "Of 2 labels that people gave, the model had said otherwise in 1."
    )


def test_every_reply_that_never_went_out_is_told_in_words() -> None:
    assert set(say.UNSENT) == set(get_args(State)) - set(SENT)
