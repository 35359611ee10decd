"""The picture of a post's curve: well formed, legible by light and by dark, whatever the figures are."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.story_curve import NARROW, WIDE, End, story_curve
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
)
def test_no_figures_break_it(counts: list[int], viral_at: int, end: int, minutes: int) -> None:
    points = [(NOON + timedelta(minutes=minutes * each), count) for each, count in enumerate(counts)]
    svg = story_curve(points, LONDON, viral_at, End(end, end / 2, end * 2), [(NOON, "paged")])
    assert "at the end" in words(svg)
