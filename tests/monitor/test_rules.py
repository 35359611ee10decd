"""Page or not, how severe, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import rules
from monitor.bursts import Burst, StoryForecast
from monitor.model import SEVERITIES, Author, Classification, Emotion, Forecast, Mention, Sentiment
from monitor.rules import Lead, StoryFacts, decide, harm, under_cap
from monitor.sections import RulesSettings
from tests.monitor.scripted import NOON

SETTINGS = RulesSettings()
BURST = Burst(60, 9, 0.4, 6.0)


def facts(p: float | None = 0.1, count: int = 20, **changes: object) -> StoryFacts:
    author = Author("1", "watcher", followers=48_000)
    post = Mention("x", "1", author, "lost", "https://example.org/1", NOON - timedelta(minutes=40))
    forecast = None if p is None else Forecast(NOON, count, 500, p, 2.0 * count, count, 3.0 * count)
    base = StoryFacts(
        opened_at=NOON - timedelta(minutes=40),
        posts=3,
        recent=3,
        before=0,
        sources=("x",),
        spread=count,
        category="delivery",
        lead=Lead(post, forecast, "reposts and quotes"),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def said(complaint: float = 0.1, **more: object) -> Classification:
    return Classification(complaint, Sentiment(0.2, 0.6, 0.2), "m", **more)  # type: ignore[arg-type]


def led_by(known: StoryFacts, found: Classification) -> StoryFacts:
    return replace(known, lead=replace(known.lead, found=found))


def test_the_reason_tells_what_happened_and_why_now() -> None:
    decision = decide(facts(0.58, 210, recent=61, posts=61), SETTINGS, NOON)
    assert decision.reason == (
        "61 posts in 40 minutes; 58% likely to cross 500 reposts and quotes (210 now); "
        "an answer now can avert most of it (0.46 = 0.58 × 0.79 of its spread still to come); author has 48,000 followers"
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
    assert decide(older, SETTINGS, NOON).reason.endswith("on X and Reddit")


def test_the_reason_tells_when_it_crosses_on_what_it_rests_and_what_the_threshold_means() -> None:
    lead = facts(0.58, 210).lead
    assert lead.forecast is not None
    soon = replace(lead.forecast, crosses_at=NOON + timedelta(minutes=70), viral_at=120)
    for forecast, words in (
        (soon, "58% likely to cross 500 reposts and quotes (210 now), in about 70 minutes if it does"),
        (replace(soon, crosses_at=NOON + timedelta(hours=5)), "in about 5 hours if it does"),
        (replace(soon, sparse=True), "(210 now), by what is known of other posts: too few readings yet"),
    ):
        forecast = replace(forecast, viral_at=500)
        assert words in decide(facts(lead=replace(lead, forecast=forecast)), SETTINGS, NOON).reason
    for never in (NOON + timedelta(days=60), NOON, None):
        lost = replace(lead, forecast=replace(lead.forecast, crosses_at=never))
        assert "if it does" not in decide(facts(lead=lost), SETTINGS, NOON).reason
    own = replace(lead, own_normal=True)
    assert "500 reposts and quotes (one in 100 of the brand's own posts does)" in (
        decide(facts(lead=own), SETTINGS, NOON).reason
    )


@pytest.mark.parametrize(
    ("soon", "words"), [(40.4, "; about 40 more posts in the next 4 hours, at this rate; "), (9.4, "")]
)
def test_the_reason_tells_how_many_more_posts_are_expected(soon: float, words: str) -> None:
    reason = decide(facts(0.58, 210, recent=20, forecast=StoryForecast(0.58, soon)), SETTINGS, NOON).reason
    assert words in reason
    assert ("more posts" in reason) == bool(words)


def test_a_hold_says_what_held_it() -> None:
    calm = decide(facts(0.3), SETTINGS, NOON)
    assert calm.reason.startswith("held: unlikely to go viral (0.29 to avert, pages from 0.35); 3 posts")
    over = decide(facts(1.0, 5000), SETTINGS, NOON + timedelta(days=3))
    assert over.reason.startswith("held: no complaint of the last 2 days; ")
    capped = under_cap(decide(facts(0.45), SETTINGS, NOON), facts(0.45), 6, SETTINGS)
    assert capped.reason.startswith("held: cap of 6 pages a shift reached, severity warning; 3 posts in")


@pytest.mark.parametrize(
    ("known", "rule", "severity"),
    [
        (facts(0.1), "calm", "info"),
        (facts(None), "calm", "info"),
        (facts(0.35), "calm", "info"),
        (facts(0.36), "forecast", "warning"),
        (facts(0.36, 400), "calm", "info"),  # most of what a page could avert is over
        (facts(0.7, 400), "forecast", "warning"),
        (facts(0.52), "forecast", "critical"),
        (facts(0.4, category="safety"), "forecast", "critical"),
        (facts(1.0, 500), "crossed", "critical"),
        (facts(0.01, category="safety"), "calm", "info"),  # the model is not sure of it
        (facts(0.01, sure_of=("delivery",)), "calm", "info"),
        (facts(0.01, sure_of=("delivery", "safety")), "urgent", "critical"),
        (facts(None, sure_of=("privacy",)), "urgent", "critical"),
        (facts(0.1, burst=BURST), "burst", "warning"),
        (facts(0.1, burst=BURST, category="privacy"), "burst", "critical"),
        (facts(0.1, forecast=StoryForecast(0.5, 1)), "forecast", "warning"),
    ],
)
def test_each_rule(known: StoryFacts, rule: str, severity: str) -> None:
    decision = decide(known, SETTINGS, NOON)
    assert (decision.rule, decision.severity) == (rule, severity)
    assert decision.action == ("hold" if rule in ("calm", "over") else "page")
    assert decision.reason.startswith("held: ") is (decision.action == "hold")


def test_a_burst_needs_as_many_people_as_the_settings_ask() -> None:
    assert decide(facts(burst=BURST), RulesSettings(burst_authors=9), NOON).rule == "burst"
    assert decide(facts(burst=BURST), RulesSettings(burst_authors=10), NOON).rule == "calm"


def test_severity_and_category_weigh() -> None:
    assert harm(facts(0.4), SETTINGS).weight == 1.0
    mild, grave = (led_by(facts(0.4), said(0.9, severity_score=score)) for score in (0.0, 1.0))
    assert decide(mild, SETTINGS, NOON).rule == "calm"
    assert decide(grave, SETTINGS, NOON).rule == "forecast"
    assert "× 1.25)" in decide(grave, SETTINGS, NOON).reason
    weighed = RulesSettings(weights={"delivery": 0.5})
    assert decide(facts(0.6), weighed, NOON).rule == "calm"
    assert decide(facts(0.6, category="service"), weighed, NOON).rule == "forecast"


def test_what_is_over_pages_nobody() -> None:
    decision = decide(facts(1.0, 5000, recent=0), SETTINGS, NOON + timedelta(days=3))
    assert (decision.action, decision.rule) == ("hold", "over")


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


DUTCH = said(language="nl", measured=False)


@pytest.mark.parametrize(
    ("known", "rule", "severity"),
    [
        (facts(0.1), "calm", "info"),
        (facts(None), "calm", "info"),
        (facts(0.5), "forecast", "warning"),
        (facts(0.9), "forecast", "warning"),
        (facts(0.5, category="safety"), "forecast", "warning"),
        (facts(0.1, sure_of=("safety",)), "urgent", "critical"),  # surely so by another post
        (facts(1.0, 500), "crossed", "warning"),
        (facts(0.1, burst=BURST), "burst", "warning"),
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


def test_what_looks_arranged_is_told_and_holds_nothing_back() -> None:
    arranged = facts(0.6, coordinated="7 of 9 accounts are new", copied=5)
    decision = decide(arranged, SETTINGS, NOON)
    assert decision.rule == "forecast"
    assert "3 posts in 40 minutes, 5 of them copies;" in decision.reason
    assert decision.reason.endswith("7 of 9 accounts are new")


def test_what_is_surely_urgent_counts_without_sounding_like_a_complaint() -> None:
    """As "found a needle in the strawberries" does not."""
    told = said(category="safety", category_score=rules.SURE)
    assert rules.counts(told, SETTINGS)
    assert not rules.counts(said(category="safety", category_score=rules.SURE - 0.01), SETTINGS)
    assert not rules.counts(said(category="delivery", category_score=1.0), SETTINGS)
    assert not rules.counts(
        replace(told, sentiment=Sentiment(0.1, 0.1, 0.8)), SETTINGS
    )  # these shoes are fire
    assert not rules.counts(replace(told, relevance=0.01), SETTINGS)
    assert not rules.counts(told, RulesSettings(urgent=()))


# --- what holds for every story ---------------------------------------------------------------------------------

probability = st.floats(0, 1)
counts = st.integers(0, 499)
stories = st.builds(
    facts,
    st.none() | probability,
    counts,
    category=st.sampled_from([None, "delivery", "service", "safety", "privacy"]),
    sure_of=st.lists(st.sampled_from(["delivery", "safety", "privacy"]), unique=True).map(tuple),
    burst=st.none() | st.builds(Burst, st.just(60), st.integers(4, 90), st.just(0.5), st.just(6.0)),
    forecast=st.none() | st.builds(StoryForecast, probability, st.floats(0, 90)),
    sources=st.sampled_from([("x",), ("x", "reddit")]),
)
settings = st.builds(
    RulesSettings,
    page_at=probability,
    critical_at=st.floats(0, 2),
    pages_per_shift=st.integers(1, 9),
    weights=st.dictionaries(st.sampled_from(["delivery", "service"]), st.floats(0, 10)),
)


def rank(decision: rules.Decision) -> tuple[bool, int]:
    return decision.action == "page", SEVERITIES.index(decision.severity)


@given(stories, settings, probability, st.floats(0, 1), st.floats(0, 1))
def test_more_harm_never_unpages(
    known: StoryFacts, chosen: RulesSettings, p: float, score: float, more: float
) -> None:
    before = led_by(known, said(0.9, severity_score=score * more))
    after = led_by(known, said(0.9, severity_score=score))
    if known.lead.forecast is not None:
        higher = replace(known.lead.forecast, p_viral=max(p, known.lead.forecast.p_viral))
        after = replace(after, lead=replace(after.lead, forecast=higher))
    assert rank(decide(before, chosen, NOON)) <= rank(decide(after, chosen, NOON))
    graver = replace(after, sure_of=(*after.sure_of, "safety"))
    assert rank(decide(after, chosen, NOON)) <= rank(decide(graver, chosen, NOON))


@given(stories, settings, st.integers(0, 50))
def test_the_cap_never_holds_what_is_urgent_and_lets_a_page_through_as_it_is(
    known: StoryFacts, chosen: RulesSettings, sent: int
) -> None:
    free = decide(known, chosen, NOON)
    capped = under_cap(free, known, sent, chosen)
    if capped.rule == "cap":
        assert sent >= chosen.pages_per_shift
        assert not (free.severity == "critical" and rules.is_urgent(known, chosen))
        assert capped.severity == free.severity
    else:
        assert capped == free


@given(stories, settings, st.integers(0, 50))
def test_every_decision_has_a_rule_and_a_reason_and_a_hold_says_so(
    known: StoryFacts, chosen: RulesSettings, sent: int
) -> None:
    decision = under_cap(decide(known, chosen, NOON), known, sent, chosen)
    assert decision.reason.strip()
    assert "\n" not in decision.reason
    assert decision.reason.startswith("held: ") is (decision.action == "hold")
    assert (decision.rule in ("over", "calm", "cap")) is (decision.action == "hold")


@given(st.integers(0, 10_000), st.integers(2, 5000), st.floats(0, 20_000))
def test_still_to_come_is_a_share_and_falls_as_the_spread_grows(
    count: int, viral_at: int, expected: float
) -> None:
    one = Forecast(NOON, count, viral_at, 0.5, expected, 0.0, expected)
    share = rules.still_to_come(one)
    assert 0 <= share <= 1
    assert rules.still_to_come(replace(one, count=count + 1)) <= share
    assert share >= 0.5 or count >= viral_at  # what is about to cross always has half of it before it


# --- praise -----------------------------------------------------------------------------------------------------


def glad(positive: float = 0.9, **more: object) -> Classification:
    return replace(said(**more), sentiment=Sentiment(0.0, 1 - positive, positive))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "praise"),
    [
        (glad(), True),
        (glad(0.49), False),
        (glad(complaint=0.5), False),
        (glad(sarcasm=0.9, measured=True, relevance=0.9), True),
        (glad(measured=False), False),
        (glad(relevance=0.05), False),
    ],
)
def test_what_is_praise(found: Classification, praise: bool) -> None:
    assert rules.is_praise(found, SETTINGS) is praise


@given(probability, probability, st.none() | probability, st.none() | probability)
def test_praise_never_counts_as_a_complaint(
    complaint: float, positive: float, sarcasm: float | None, relevance: float | None
) -> None:
    found = glad(positive, complaint=complaint, sarcasm=sarcasm, relevance=relevance)
    assert not (rules.is_praise(found, SETTINGS) and rules.counts(found, SETTINGS))


def test_praise_is_worth_a_line_when_a_complaint_would_page() -> None:
    def why(p: float, count: int) -> str:
        return rules.spreading(Forecast(NOON, count, 500, p, 600, 0, 900), "likes", SETTINGS)

    assert why(0.3, 40) == ""
    assert why(0.5, 40) == "50% likely to cross 500 likes (40 now)"
    assert why(1.0, 700) == "has crossed 500 likes (700 now)"
    assert rules.spreading(None, "likes", SETTINGS) == ""
