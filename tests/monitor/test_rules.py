"""Page or not, how severe, why, and what is worth an update."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import rules
from monitor.model import SEVERITIES, Author, Classification, Emotion, Forecast, Mention, Sentiment
from monitor.rules import Lead, Paged, StoryFacts, changed, decide
from monitor.sections import RulesSettings
from tests.monitor.scripted import NOON

SETTINGS = RulesSettings()


def facts(p: float | None = 0.1, count: int = 20, **changes: object) -> StoryFacts:
    author = Author("1", "watcher", followers=48_000)
    post = Mention("x", "1", author, "lost", "https://example.org/1", NOON - timedelta(minutes=40))
    forecast = None if p is None else Forecast(NOON, count, 500, p, 2.0 * count, count, 3.0 * count)
    base = StoryFacts(
        opened_at=NOON - timedelta(minutes=40),
        posts=3,
        recent=3,
        before=0,
        recent_authors=2,
        sources=("x",),
        spread=count,
        category="delivery",
        lead=Lead(post, forecast, "reposts and quotes"),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def last(**changes: object) -> Paged:
    base = Paged(NOON - timedelta(hours=1), "warning", 6, 60, ("x",), False)
    return replace(base, **changes)  # type: ignore[arg-type]


def test_the_reason_tells_what_happened_and_why_now() -> None:
    decision = decide(facts(0.58, 210, recent=61, posts=61), SETTINGS, NOON)
    assert decision.reason == (
        "61 posts in 40 minutes; crosses 500 reposts and quotes with probability 0.58 (210 now); "
        "author has 48,000 followers"
    )
    older = facts(
        0.58,
        210,
        recent=61,
        before=12,
        posts=90,
        opened_at=NOON - timedelta(hours=5),
        sources=("x", "reddit"),
    )
    assert decide(older, SETTINGS, NOON).reason.startswith(
        "61 posts in the last hour, 12 in the hour before;"
    )
    assert decide(older, SETTINGS, NOON).reason.endswith("on x and reddit")


@pytest.mark.parametrize(
    ("known", "rule", "severity"),
    [
        (facts(0.1), "calm", "info"),
        (facts(None), "calm", "info"),
        (facts(0.49), "calm", "info"),
        (facts(0.5), "forecast", "warning"),
        (facts(0.8), "forecast", "critical"),
        (facts(0.5, category="safety"), "forecast", "critical"),
        (facts(1.0, 500), "crossed", "critical"),
        (facts(0.1, recent=5, recent_authors=5), "burst", "warning"),
        (facts(0.1, recent=5, recent_authors=3), "calm", "info"),
        (facts(0.1, recent=9, before=9, recent_authors=9), "calm", "info"),
        (facts(0.1, recent=40, before=9, recent_authors=30), "burst", "warning"),
    ],
)
def test_each_rule(known: StoryFacts, rule: str, severity: str) -> None:
    decision = decide(known, SETTINGS, NOON)
    assert (decision.rule, decision.severity) == (rule, severity)
    assert decision.action == ("hold" if rule in ("calm", "over") else "page")


def test_what_is_over_pages_nobody() -> None:
    decision = decide(facts(1.0, 5000, recent=0), SETTINGS, NOON + timedelta(days=3))
    assert (decision.action, decision.rule) == ("hold", "over")


def said(complaint: float = 0.1, **more: object) -> Classification:
    return Classification(complaint, Sentiment(0.2, 0.6, 0.2), "m", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "counted"),
    [
        (said(0.5), True),
        (said(0.49), False),
        (said(0.1, language="en", measured=True), False),
        (said(0.1, language="nl", measured=False), True),
        (said(0.1, language=None, measured=None), False),
        (said(0.9, relevance=0.1), True),
        (said(0.9, relevance=0.09), False),
        (said(0.1, measured=False, relevance=0.05), False),
    ],
)
def test_what_counts_as_a_complaint(found: Classification, counted: bool) -> None:
    assert rules.counts(found, SETTINGS) is counted


def led_by(known: StoryFacts, found: Classification) -> StoryFacts:
    return replace(known, lead=replace(known.lead, found=found))


DUTCH = said(language="nl", measured=False)


@pytest.mark.parametrize(
    ("known", "rule", "severity"),
    [
        (facts(0.1), "calm", "info"),
        (facts(None), "calm", "info"),
        (facts(0.5), "forecast", "warning"),
        (facts(0.9), "forecast", "warning"),
        (facts(0.5, category="safety"), "forecast", "warning"),
        (facts(1.0, 500), "crossed", "warning"),
        (facts(0.1, recent=5, recent_authors=5), "burst", "warning"),
    ],
)
def test_a_language_that_was_not_measured_pages_like_others_but_never_as_critical(
    known: StoryFacts, rule: str, severity: str
) -> None:
    decision = decide(led_by(known, DUTCH), SETTINGS, NOON)
    assert (decision.rule, decision.severity) == (rule, severity)
    assert decision.reason.endswith(
        "the leading post is in Dutch, on which the classifier was not measured: read it before judging"
    )


def test_what_is_taken_for_a_complaint_all_the_same_can_be_critical() -> None:
    sure = led_by(facts(0.9), replace(DUTCH, complaint=0.8))
    assert decide(sure, SETTINGS, NOON).severity == "critical"
    assert "in Dutch" in decide(sure, SETTINGS, NOON).reason


def test_anger_in_the_top_posts_is_said() -> None:
    angry = [said(emotion=Emotion(p, 1 - p, 0, 0)) for p in (0.9, 0.2)]
    assert rules.anger([*angry, said()]) == pytest.approx(0.55)
    assert rules.anger([said()]) is None
    assert decide(facts(anger=0.55), SETTINGS, NOON).reason.endswith("; the top posts are angry")
    for calm in (0.45, None):
        assert "angry" not in decide(facts(anger=calm), SETTINGS, NOON).reason


probability = st.floats(0, 1)
counts = st.integers(0, 10_000)


@given(probability, probability, counts)
def test_a_higher_probability_never_pages_less(low: float, high: float, count: int) -> None:
    low, high = sorted((low, high))
    before, after = (decide(facts(p, min(count, 499)), SETTINGS, NOON) for p in (low, high))
    assert SEVERITIES.index(before.severity) <= SEVERITIES.index(after.severity)
    assert before.reason
    assert "\n" not in before.reason


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_chance_is_a_probability_that_falls_with_the_count(recent: int, before: int) -> None:
    now, more = rules.chance(recent, before), rules.chance(recent + 1, before)
    assert 0 <= more <= now + 1e-9 <= 1 + 2e-9
    assert rules.chance(recent, before + 1) >= now - 1e-9


def test_chance_is_the_poisson_tail() -> None:
    assert rules.chance(0, 4) == 1.0
    assert rules.chance(1, 4) == pytest.approx(1 - 2.718281828459045**-4)


@pytest.mark.parametrize(
    ("known", "told", "said"),
    [
        (facts(0.6, 60), last(), ""),
        (facts(0.9, 60), last(), "now critical, was warning"),
        (facts(1.0, 510), last(severity="critical", spread=400), "has crossed 500 reposts and quotes"),
        (facts(0.6, 60, sources=("x", "reddit")), last(), "has reached reddit"),
        (facts(0.6, 130), last(), "spread 130, was 60"),
        (facts(0.6, 60, posts=12), last(), "12 posts, were 6"),
        (facts(0.6, 130), last(at=NOON - timedelta(minutes=5)), ""),
        (facts(0.6, 3), last(spread=1), ""),
        (facts(0.6, 4, posts=4), last(posts=1), ""),
    ],
)
def test_only_what_is_material_is_told(known: StoryFacts, told: Paged, said: str) -> None:
    assert changed(told, known, decide(known, SETTINGS, NOON), SETTINGS, NOON) == said


@given(probability, counts, counts)
def test_what_was_just_told_is_not_told_again(p: float, count: int, posts: int) -> None:
    known = facts(p, count, posts=posts)
    decision = decide(known, SETTINGS, NOON)
    told = Paged(NOON - timedelta(days=1), decision.severity, posts, count, known.sources, known.crossed)
    assert changed(told, known, decision, SETTINGS, NOON) == ""
