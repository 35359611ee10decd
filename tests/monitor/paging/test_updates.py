"""What is worth an update, and that it says what changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.paging.updates import Paged, changed
from monitor.rules import StoryFacts, decide
from monitor.sections import RulesSettings
from tests.monitor.scripted import NOON
from tests.monitor.test_rules import facts

SETTINGS = RulesSettings()


def last(**changes: object) -> Paged:
    base = Paged(NOON - timedelta(hours=1), "warning", 6, 60, ("x",), False, 0.4, 900)
    return replace(base, **changes)  # type: ignore[arg-type]


def told(known: StoryFacts, before: Paged) -> str:
    return changed(before, known, decide(known, SETTINGS, NOON), SETTINGS, NOON, UTC)


@pytest.mark.parametrize(
    ("known", "before", "said"),
    [
        (facts(0.4, 60), last(), ""),
        (facts(0.42, 90), last(), ""),  # news, but not material
        (facts(0.9, 60), last(), "since 11:00 UTC: now critical, was warning, probability 0.40 → 0.90"),
        (
            facts(1.0, 510),
            last(severity="critical", spread=400),
            "since 11:00 UTC: has crossed 500 reposts and quotes, spread 400 → 510",
        ),
        (facts(0.4, 60, sources=("x", "reddit")), last(), "since 11:00 UTC: has reached Reddit"),
        (facts(0.4, 60, loudest=48_000), last(), "since 11:00 UTC: first account with 48,000 followers"),
        (facts(0.4, 60, loudest=48_000), last(loudest=12_000), ""),
        (facts(0.4, 130), last(), "since 11:00 UTC: spread 60 → 130"),
        (
            facts(0.5, 60, posts=61, loudest=250_000),
            last(posts=12, p_viral=0.22),
            "since 11:00 UTC: 12 → 61 posts, probability 0.22 → 0.50, first account with 250,000 followers",
        ),
        (facts(0.4, 60, posts=12), last(p_viral=None), "since 11:00 UTC: 6 → 12 posts"),
        (facts(0.4, 130), last(at=NOON - timedelta(minutes=5)), ""),
        (facts(0.4, 3), last(spread=1), ""),
        (facts(0.4, 60, posts=4), last(posts=1), ""),
    ],
)
def test_only_what_is_material_is_told(known: StoryFacts, before: Paged, said: str) -> None:
    assert told(known, before) == said


def test_the_time_is_that_of_the_team_and_names_another_day() -> None:
    known, decision = facts(0.4, 130), decide(facts(0.4, 130), SETTINGS, NOON)
    zone = ZoneInfo("America/New_York")
    assert changed(last(), known, decision, SETTINGS, NOON, zone).startswith("since 06:00 EST: ")
    before = last(at=NOON - timedelta(days=1))
    assert changed(before, known, decision, SETTINGS, NOON, UTC).startswith("since Sat 12:00 UTC: ")


@given(st.floats(0, 1), st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10**7))
def test_what_was_just_told_is_not_told_again(p: float, count: int, posts: int, loudest: int) -> None:
    known = facts(p, count, posts=posts, loudest=loudest)
    decision = decide(known, SETTINGS, NOON)
    before = Paged(
        NOON - timedelta(days=1), decision.severity, posts, count, known.sources, known.crossed, p, loudest
    )
    assert changed(before, known, decision, SETTINGS, NOON, UTC) == ""
