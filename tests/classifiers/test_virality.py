from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import nbinom

from classifiers.forecast.blend import Blend, Predictions, prior
from classifiers.forecast.curves import Curve, Rows
from classifiers.forecast.formula import SHARES, THREADS, growth, kind_of, posterior
from classifiers.virality import Virality
from monitor import exchange
from monitor.errors import InputError
from monitor.model import Author, Forecast, Mention, Reading
from monitor.ports import Ask
from monitor.spread import spread

START = datetime(2026, 11, 1, 9, tzinfo=UTC)
MENTION = Mention("x", "1", Author("7", "ann", followers=120), "hello", "https://x.example/1", START)
DAY_FILE = Path(__file__).resolve().parents[2] / "sources" / "brand_day.jsonl"

Poll = tuple[float, int]
polls = st.lists(st.tuples(st.floats(0, 5000), st.integers(0, 3000)), min_size=1, max_size=12).map(sorted)
thresholds = st.integers(2, 5000)
measures = st.sampled_from(["reposts", "likes", "replies"])


def readings(series: Sequence[Poll], measure: str = "reposts") -> list[Reading]:
    return [Reading("x", "1", START + timedelta(minutes=age), **{measure: count}) for age, count in series]


def forecast(
    mention: Mention, known: Sequence[Reading], viral_at: int, measure: str, now: datetime
) -> Forecast | None:
    return Virality().forecast([Ask(mention, known, viral_at, measure)], now)[0]


def look(
    series: Sequence[Poll], viral_at: int = 500, measure: str = "reposts", at: float = 10_000
) -> Forecast:
    now = START + timedelta(minutes=at)
    seen = forecast(MENTION, readings(series, measure), viral_at, measure, now)
    assert seen is not None
    return seen


@given(polls, thresholds, measures)
def test_what_every_forecast_holds(series: list[Poll], viral_at: int, measure: str) -> None:
    seen = look(series, viral_at, measure)
    assert seen.count == max(count for _, count in series)
    assert 0 <= seen.p_viral <= 1
    assert (seen.p_viral == 1.0) == seen.crossed == (seen.crosses_at is None)
    assert seen.count <= seen.low <= seen.expected <= seen.high < math.inf
    assert seen.crosses_at is None or seen.crosses_at >= seen.at
    assert seen.readings == len(series)
    assert seen.rate >= 0
    assert seen.sparse == (len(series) < 2 or series[-1][0] < 10)


@given(polls, thresholds, measures, st.integers(1, 500))
def test_a_larger_last_count_never_lowers_it(
    series: list[Poll], viral_at: int, measure: str, more: int
) -> None:
    age, count = series[-1]
    fewer = look(series, viral_at, measure)
    larger = look([*series[:-1], (age, count + more)], viral_at, measure)
    assert larger.p_viral >= fewer.p_viral - 1e-9


@given(polls, st.floats(0.1, 5000), thresholds, measures)
def test_the_last_count_read_later_never_raises_it(
    series: list[Poll], later: float, viral_at: int, measure: str
) -> None:
    age, count = series[-1]
    old = look([*series[:-1], (age + later, count)], viral_at, measure)
    assert old.p_viral <= look(series, viral_at, measure).p_viral + 1e-9


@given(polls, st.floats(0.1, 5000), thresholds, measures)
def test_a_further_reading_without_growth_never_raises_it(
    series: list[Poll], later: float, viral_at: int, measure: str
) -> None:
    more = [*series, (series[-1][0] + later, series[-1][1])]
    assert look(more, viral_at, measure).p_viral <= look(series, viral_at, measure).p_viral + 1e-9


@given(polls, thresholds, measures, st.integers(1, 5000))
def test_a_higher_threshold_is_never_likelier(
    series: list[Poll], viral_at: int, measure: str, more: int
) -> None:
    assert look(series, viral_at + more, measure).p_viral <= look(series, viral_at, measure).p_viral + 1e-9


@given(polls, polls, thresholds)
def test_readings_from_the_future_change_nothing(known: list[Poll], later: list[Poll], viral_at: int) -> None:
    now = START + timedelta(minutes=known[-1][0])
    future = [(known[-1][0] + 0.1 + age, count) for age, count in later]
    alone = forecast(MENTION, readings(known), viral_at, "reposts", now)
    assert forecast(MENTION, readings([*known, *future]), viral_at, "reposts", now) == alone


@given(st.lists(st.tuples(polls, thresholds, measures, st.booleans()), min_size=1, max_size=6), st.randoms())
def test_an_answer_depends_on_nothing_but_its_own_ask(
    wanted: list[tuple[list[Poll], int, str, bool]], order: Random
) -> None:
    """A batch, in any order, says what each ask alone is told."""
    asks = [
        Ask(MENTION, readings(series, measure if given else "views"), viral_at, measure)
        for series, viral_at, measure, given in wanted
    ]
    now = START + timedelta(minutes=3000)
    alone = [Virality().forecast([ask], now)[0] for ask in asks]
    shuffled = order.sample(range(len(asks)), len(asks))
    for place, together in zip(shuffled, Virality().forecast([asks[i] for i in shuffled], now), strict=True):
        assert same(together, alone[place])


def same(one: Forecast | None, other: Forecast | None) -> bool:
    """But for the last bits of numbers, which depend on where in an array they are computed."""
    if one is None or other is None:
        return one is other
    ours, theirs = astuple(one), astuple(other)
    return all(
        a == pytest.approx(b, rel=1e-9) if isinstance(a, float) else a == b or isinstance(a, datetime)
        for a, b in zip(ours, theirs, strict=True)
    )


class Broken(Blend):
    def predict(self, *_: object, **__: object) -> Predictions:  # type: ignore[override]
        raise FloatingPointError("overflow")


def test_where_a_fitted_model_fails_the_shipped_one_answers() -> None:
    shipped = prior("reposts")
    broken = Broken(*(getattr(shipped, each.name) for each in fields(Blend)))
    asks = [
        Ask(MENTION, readings([(10, 3), (60, 30)], measure), 100, measure) for measure in ("reposts", "likes")
    ]
    now = START + timedelta(hours=1)
    fitted = {("x", ask.measure): broken for ask in asks}
    assert Virality(fitted).forecast(asks, now) == Virality().forecast(asks, now)


def test_no_asks() -> None:
    assert Virality().forecast([], START) == []


def test_a_model_of_ones_own_answers_for_its_source_alone() -> None:
    """Here it is the model of another measure, which says something else."""
    ask = Ask(MENTION, readings([(10, 3), (60, 30)]), 100, "reposts")
    now = START + timedelta(hours=1)
    (shipped,) = Virality().forecast([ask], now)
    assert Virality({("reddit", "reposts"): prior("likes")}).forecast([ask], now) == [shipped]
    assert Virality({("x", "likes"): prior("likes")}).forecast([ask], now) == [shipped]
    assert Virality({("x", "reposts"): prior("likes")}).forecast([ask], now) != [shipped]


def test_the_first_reading_is_too_little_data() -> None:
    assert look([(60, 30)]).sparse
    assert look([(3, 1), (6, 30)]).sparse
    assert not look([(30, 10), (60, 30)]).sparse
    assert look([(30, 10), (60, 40)]).rate == pytest.approx(1.0)
    assert look([(60, 30)]).rate == pytest.approx(0.5)


def test_recent_growth_counts_more() -> None:
    """The same count at the same age: still growing, or stopped."""
    rising = look([(30, 10), (60, 40), (120, 120)])
    steady = look([(120, 120)])
    dead = look([(30, 118), (60, 119), (120, 120)])
    assert rising.p_viral > steady.p_viral > dead.p_viral
    assert rising.high > 1.2 * dead.high


def test_a_post_that_stops_comes_down_with_every_reading() -> None:
    series: list[Poll] = [(10, 30), (20, 60), (30, 80)]
    last = look(series).p_viral
    for age in (45, 60, 90, 150, 300, 600):
        series.append((age, 80))
        assert look(series).p_viral < last
        last = look(series).p_viral
    assert last < 0.05


def test_nothing_to_say_without_a_reading_of_the_measure() -> None:
    now = START + timedelta(hours=1)
    assert forecast(MENTION, [], 500, "reposts", now) is None
    assert forecast(MENTION, readings([(5, 3)], "likes"), 500, "reposts+quotes", now) is None
    assert forecast(MENTION, readings([(90, 3)]), 500, "reposts", now) is None


def test_a_reading_without_the_measure_is_passed_over() -> None:
    now = START + timedelta(hours=2)
    gap = [
        *readings([(5, 3)]),
        Reading("x", "1", START + timedelta(minutes=9), likes=8),
        *readings([(60, 9)]),
    ]
    assert forecast(MENTION, gap, 500, "reposts", now) == look([(5, 3), (60, 9)], at=120)


def test_an_unlike_does_not_count_as_a_loss() -> None:
    assert look([(10, 20), (20, 30), (30, 28)]) == look([(10, 20), (20, 30), (30, 30)])


def test_a_reading_before_the_post_or_in_its_first_second() -> None:
    """Clocks of platforms differ."""
    assert look([(-3, 2)]) == look([(0, 2)])
    assert look([(0, 2), (0, 4), (0.5, 9)]).count == 9


@pytest.mark.parametrize("measure", ["reposts", "likes", "replies"])
def test_huge_numbers(measure: str) -> None:
    seen = look([(10, 10**9), (60, 10**12)], 10**13, measure)
    assert 0 < seen.p_viral < 1
    assert 10**12 <= seen.low <= seen.expected <= seen.high < 10**18
    assert look([(10**7, 1)], 20, measure, at=10**7).p_viral < 0.05


def test_followers_help_a_post_that_is_young() -> None:
    now = START + timedelta(minutes=10)
    said = []
    for followers in (0, 120, None, 48_000):
        mention = replace(MENTION, author=replace(MENTION.author, followers=followers))
        seen = forecast(mention, readings([(10, 9)]), 500, "reposts", now)
        assert seen is not None
        said.append(seen.p_viral)
    assert said == sorted(said)
    assert said[-1] > 1.1 * said[2]


def test_measures_and_their_kinds() -> None:
    assert kind_of("reposts+quotes") is SHARES
    for measure in ("likes", "likes+replies", "views", "reposts+likes"):
        assert kind_of(measure) is THREADS
    with pytest.raises(InputError, match="not a counter"):
        kind_of("points")


@given(st.floats(1, 1e5), st.floats(1, 1e5))
def test_growth_only_grows(age: float, more: float) -> None:
    for kind in (SHARES, THREADS):
        young, half, old = growth(np.array([age, kind.half, age + more]), kind)
        assert 0 < young <= old < 1
        assert half == pytest.approx(0.5)


def test_one_reading_is_the_textbook_formula() -> None:
    """Gamma(a + n/φ, rate a/μ + G(T)/φ) before `doubt` widens it; its mean stays."""
    k = SHARES
    rows = Rows([Curve(0.0, np.array([60.0]), np.array([40.0]))])
    known = posterior(rows, k, rows.last)
    done = float(growth(np.array([60.0]), k)[0])
    mean = (k.shape + 40 / k.clump) / (k.shape / k.mean + done / k.clump)
    assert known.mean()[0] == pytest.approx(mean * (1 - done))
    assert 1 / known.shape[0] == pytest.approx(1 / (k.shape + 40 / k.clump) + k.doubt**2)


@pytest.mark.parametrize("missing", [3.0, 100.0])
def test_the_chance_of_the_formula_is_a_negative_binomial_tail(missing: float) -> None:
    rows = Rows([Curve(0.0, np.array([30.0, 90.0]), np.array([5.0, 40.0]))])
    known = posterior(rows, THREADS, rows.last)
    tail = nbinom.sf(missing - 1, known.shape, known.rate / (known.rate + known.left))
    assert expit(known.crossing(np.array([missing]))) == pytest.approx(tail)


def day() -> tuple[dict[str, Mention], dict[str, list[Reading]]]:
    mentions: dict[str, Mention] = {}
    series: dict[str, list[Reading]] = {}
    for line in DAY_FILE.read_text(encoding="utf-8").splitlines():
        record = exchange.parse_line(line)
        if isinstance(record, Mention):
            mentions[record.id] = record
        elif isinstance(record, Reading):
            series.setdefault(record.id, []).append(record)
    return mentions, series


def test_the_brand_day() -> None:
    """The viral posts are seen an hour before they cross, the one that dies never looks likely, nothing else does."""
    mentions, series = day()
    called: dict[str, datetime] = {}
    crossed: dict[str, datetime] = {}
    for id_, known in series.items():
        measure = "likes" if mentions[id_].source == "reddit" else "reposts+quotes"
        for reading in known:
            seen = forecast(mentions[id_], known, 500, measure, reading.at)
            if seen is not None and seen.p_viral >= 0.5:
                called.setdefault(id_, reading.at)
            if seen is not None and seen.crossed:
                crossed.setdefault(id_, reading.at)
                break
    assert set(called) == set(crossed), "an alarm for a post that never crosses, or a crossing without one"
    texts = {id_: mentions[id_].text for id_ in crossed}
    (root,) = (id_ for id_, text in texts.items() if text.startswith("Got a 'delivered' mail"))
    assert {mentions[id_].source for id_ in crossed} == {"x", "reddit"}
    assert crossed[root] - called[root] >= timedelta(minutes=60)
    assert called[root] <= datetime(2026, 11, 1, 12, tzinfo=UTC)
    (driver,) = (m.id for m in mentions.values() if "throws a parcel over a gate" in m.text)
    assert max(spread(r, "reposts+quotes") or 0 for r in series[driver]) >= 40
    assert driver not in called
