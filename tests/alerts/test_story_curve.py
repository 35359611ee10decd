"""The picture of a post's curve: well formed, legible by light and by dark, whatever the figures are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.story_curve import LETTER, NARROW, ROWS, WIDE, End, _rows, story_curve
from tests.monitor.scripted import NOON

LONDON = ZoneInfo("Europe/London")
POINTS = [(NOON + timedelta(minutes=10 * each), 40 * each) for each in range(7)]


def parsed(svg: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  made here


def words(svg: bytes) -> list[str]:
    return ["".join(each.itertext()).strip() for each in parsed(svg).findall(".//{*}text")]


@pytest.mark.parametrize("narrow", [False, True])
def test_it_says_the_threshold_the_end_and_what_happened_in_local_times(narrow: bool) -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    marks = [(NOON + timedelta(minutes=20), "paged"), (NOON - timedelta(days=1), "acknowledged")]
    svg = story_curve(POINTS, kolkata, 500, End(600, 300, 1400), marks, narrow=narrow)
    said = words(svg)
    assert {"viral at 500", "at the end", "paged", "18:00"} <= set(said)
    assert "acknowledged" not in said  # before what is shown
    root = parsed(svg)
    assert (root.get("width"), root.get("height")) == tuple(map(str, NARROW if narrow else WIDE))


def test_its_colours_are_the_screens() -> None:
    svg = story_curve(POINTS, LONDON, 500, End(600, 300, 1400)).decode()
    assert "prefers-color-scheme:dark" in svg
    drawn = svg.partition("</style>")[2]
    assert "var(--line)" in drawn
    assert set(re.findall(r"#[0-9a-f]{6}\b", drawn)) <= {"#000000"}
    assert "<script" not in svg


def test_the_same_figures_make_the_same_picture() -> None:
    assert story_curve(POINTS, LONDON, 500) == story_curve(POINTS, LONDON, 500)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=6),
    st.integers(1, 10**7),
    st.integers(0, 10**9),
    st.integers(0, 90 * 24 * 60),
    st.booleans(),
)
def test_no_figures_break_it(counts: list[int], viral_at: int, end: int, minutes: int, narrow: bool) -> None:
    points = [(NOON + timedelta(minutes=minutes * each), count) for each, count in enumerate(counts)]
    marks = [(NOON, "paged")]
    svg = story_curve(points, LONDON, viral_at, End(end, end / 2, end * 2), marks, narrow=narrow)
    assert "at the end" in words(svg)


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize(
    "hours", [0, 0.1, 1.1, 1.7, 5, 13, 25, 40, 47.9, 24 * 33, 24 * 61, 24 * 400, 24 * 800]
)
def test_every_span_has_times_below_it(hours: float, narrow: bool) -> None:
    points = [(NOON, 0), (NOON + timedelta(hours=hours), 9)]
    times = [
        each
        for each in words(story_curve(points, LONDON, 500, narrow=narrow))
        if re.search(r"\d:\d\d|[A-Z]|20", each)
    ]
    assert 1 <= len(set(times) - {"viral at 500"}) <= 6


def test_an_hour_that_the_clock_shows_twice_is_drawn_once_after_the_other() -> None:
    change = datetime(2026, 10, 25, 0, 40, tzinfo=UTC)  # 01:40 in London, and 01:10 half an hour later
    points = [(change + timedelta(minutes=each), each) for each in (0, 10, 30)]
    (line,) = re.findall(
        r'<path d="([^"]*)"[^>]*var\(--line\)[^>]*stroke-width: 2.5',
        story_curve(points, LONDON, 500).decode(),
    )
    across = [float(each) for each in re.findall(r"[ML] ?([\d.]+) ", line)]
    assert across[0] == 38
    assert across == sorted(across)
    assert across[1] - across[0] == pytest.approx((across[2] - across[0]) / 3, abs=0.01)


@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.sampled_from(["paged", "acknowledged", "answered"])), max_size=6
    )
)
def test_no_name_of_a_mark_touches_another(marks: list[tuple[int, str]]) -> None:
    ends = NOON + timedelta(minutes=600)
    named = [(NOON + timedelta(minutes=minutes), name) for minutes, name in marks]
    found = _rows(named, NOON, ends, 600)
    assert [each.at for each in found] == [at for at, _ in sorted(named)]
    spans: list[tuple[int, float, float]] = []
    for each in found:
        assert each.row < ROWS
        if not each.name:
            assert len(spans) >= ROWS
            continue
        x, long = (each.at - NOON) / timedelta(minutes=1), LETTER * len(each.name)
        begins, finish = (x - long, x) if each.left else (x, x + long)
        assert 0 <= begins <= finish <= 600
        assert all(row != each.row or finish <= start or end <= begins for row, start, end in spans)
        spans.append((each.row, begins, finish))
