"""The replay sees at each moment what was known then, and its figures are what counting by hand gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.make_history import records
from classifiers.forecast.blend import prior
from monitor import rules
from monitor.hindsight.history import gather
from monitor.hindsight.judged import averted
from monitor.hindsight.outcomes import KNOWN_AFTER
from monitor.hindsight.programs import forecast_lines
from monitor.hindsight.replay import (
    EARLY,
    ORIGINS,
    Ranking,
    Replay,
    figures,
    level,
    origins,
    pages,
    reliability,
    replay,
    tuned,
)
from monitor.model import Author, Forecast, Mention, Reading, Record
from monitor.sections import RulesSettings

START = datetime(2026, 6, 1, tzinfo=UTC)
V = 100


def replayed(lines: list[Record], viral_at: int = V) -> Replay:
    model = prior("reposts")
    history = gather(lines, lambda _: "reposts")
    return replay(
        history,
        lambda _: ("reposts", viral_at),
        lambda curves, v, _: model.predict(curves, v),
        lambda _: None,
    )


MADE = records(posts=400, days=40, seed=5)
OF = replayed(MADE)


# --- no look-ahead ---------------------------------------------------------------------------------------------------


def changed_after(moment: datetime, seed: int) -> list[Record]:
    """The same past, another future: later readings are shuffled among posts and multiplied, some are gone, and posts
    come that never were; known posts are told once more, of authors with another number of followers."""
    random = np.random.default_rng(seed)
    past = [each for each in MADE if _time(each) <= moment]
    later = [each for each in MADE if _time(each) > moment]
    counts = [each.reposts for each in later if isinstance(each, Reading)]
    random.shuffle(counts)
    rest: list[Record] = []
    for each in later:
        if isinstance(each, Reading):
            if random.random() < 0.8:
                rest.append(replace(each, reposts=(counts.pop() or 0) * 7))
        else:
            rest.append(replace(each, id=f"other {each.id}"))
    for each in past:
        if isinstance(each, Mention) and random.random() < 0.5:
            followers = int(random.integers(1_000_000))
            rest.append(replace(each, author=replace(each.author, followers=followers)))
    shuffled = [rest[place] for place in random.permutation(len(rest))]
    return past + shuffled


def _time(record: Record) -> datetime:
    return record.created_at if isinstance(record, Mention) else record.at


@pytest.mark.parametrize(("day", "seed"), [(3, 1), (17, 2), (33.3, 3)])
def test_no_forecast_depends_on_what_came_later(day: float, seed: int) -> None:
    moment = START + timedelta(days=day)
    until = moment.isoformat().replace("+00:00", "Z")

    def before(of: Replay) -> list[str]:
        return [line for line in forecast_lines(of) if line.split('"at": "')[1][:20] <= until]

    known = before(OF)
    assert len(known) > 100
    assert before(replayed(changed_after(moment, seed))) == known


def test_levels_are_tuned_on_what_was_known_before_the_posts_that_they_are_for() -> None:
    found = tuned(OF, OF.p, 0.6, OF.known)
    begins = origins(OF.created[OF.known])
    assert len(begins) == len(ORIGINS)
    assert np.isfinite(found.of_post[OF.created >= begins[0]]).any()
    for begin in begins:
        # what crosses later than `begin`, and what is written less than 48 hours before it, is turned round
        after = OF.created + OF.crossed * 60 > begin
        young = OF.created > begin - KNOWN_AFTER
        other = replace(OF, crossed=np.where(after | young, np.where(OF.viral, np.inf, 9e9), OF.crossed))
        until = OF.created < next((each for each in begins if each > begin), np.inf)
        same = until & (OF.created >= begin)
        assert tuned(other, OF.p, 0.6, OF.known).of_post[same].tolist() == found.of_post[same].tolist()
        assert (found.of_post[OF.created < begins[0]] == np.inf).all()


def test_posts_that_a_model_learnt_from_are_not_measured() -> None:
    since = float(np.median(OF.created))
    found = tuned(OF, OF.p, 0.6, OF.known & (OF.created > since))
    assert found.measured.any()
    assert (OF.created[found.measured] > since).all()


# --- figures ---------------------------------------------------------------------------------------------------------


def post(id_: str, day: float, *counts: tuple[float, int]) -> list[Record]:
    at = START + timedelta(days=day)
    mention = Mention("x", id_, Author("7", "ann"), "", f"https://x.example/{id_}", at)
    return [mention, *(Reading("x", id_, at + timedelta(minutes=age), reposts=n) for age, n in counts)]


BY_HAND = replayed(
    [
        *post("early", 0, (10, 5), (20, 60), (50, 100), (90, 250)),
        *post("late", 1, (10, 5), (20, 60), (49, 100)),
        *post("false", 2, (10, 5), (20, 70)),
        *post("missed", 3, (10, 5), (20, 49), (60, 150)),
        *post("crossed at first sight", 4, (10, 120)),
        *post("calm", 10, (10, 5), (20, 6)),
    ]
)


def test_figures_are_what_counting_by_hand_gives() -> None:
    sent = pages(BY_HAND.may_page & (BY_HAND.count >= 50), BY_HAND.post)
    assert [BY_HAND.posts[each].key.id for each in sent.post] == ["early", "late", "false"]
    assert BY_HAND.age[sent.reading].tolist() == [20, 20, 20]
    found = figures(BY_HAND, sent, np.ones(6, dtype=bool))
    assert (found.pages, found.right, found.early, found.viral) == (3, 2, 1, 4)
    assert (found.precision, found.recall, found.early_recall) == (2 / 3, 0.5, 0.25)
    assert (found.lead, found.to_come) == (29.5, (190 / 250 + 40 / 100) / 2)
    assert found.a_week == pytest.approx(3 * 7 / 10)


def test_figures_of_nothing_divide_by_nothing() -> None:
    nobody = np.zeros(6, dtype=bool)
    found = figures(BY_HAND, pages(nobody[:0], BY_HAND.post[:0]), nobody)
    assert (found.precision, found.recall, found.early_recall, found.lead, found.to_come, found.a_week) == (
        None,
    ) * 6
    true = reliability(BY_HAND, BY_HAND.p, nobody)
    assert (true.error, true.skill, len(true.said)) == (0, 0, 0)
    assert Ranking(BY_HAND, BY_HAND.p, nobody).trade().area == 0


def test_a_post_older_than_48_hours_pages_nobody() -> None:
    of = replayed([*post("slow", 0, (10, 5), (49 * 60, 90), (60 * 60, 150)), *post("other", 9, (10, 1))])
    assert not len(pages(of.may_page & (of.count >= 50), of.post).post)
    assert of.open.tolist() == [True, True, False, True]


scores = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=40)


@given(scores, st.floats(0.05, 1))
def test_a_level_is_the_lowest_that_is_precise_enough(of: list[tuple[int, bool]], wanted: float) -> None:
    top, viral = np.array([each for each, _ in of], dtype=float), np.array([each for _, each in of])

    def precise(at: float) -> bool:
        return bool((top >= at).any() and viral[top >= at].mean() >= wanted)

    found = level(top, viral, wanted)
    assert precise(found) or found == np.inf
    assert not any(precise(each) for each in top if each < found)


def test_a_level_of_nothing_pages_nobody() -> None:
    assert level(np.zeros(0), np.zeros(0, dtype=bool), 0.5) == np.inf
    assert level(np.full(3, -np.inf), np.ones(3, dtype=bool), 0.5) == np.inf


@given(st.integers(0, 2**32 - 1))
def test_a_trade_is_what_each_level_gives(seed: int) -> None:
    random = np.random.default_rng(seed)
    signal = random.integers(0, 6, len(OF.p)).astype(float)
    measured = random.random(len(OF.posts)) < 0.3
    found = Ranking(OF, signal, measured).trade()
    for each, precision, early_recall in zip(*found, strict=True):
        counted = figures(OF, pages(OF.may_page & (signal >= each), OF.post), measured)
        assert precision == pytest.approx(counted.precision)
        assert early_recall == pytest.approx(counted.early_recall or 0)


def test_weights_count_posts_as_often_as_they_say() -> None:
    measured = np.ones(6, dtype=bool)
    ranking = Ranking(BY_HAND, BY_HAND.count, measured)
    alone = ranking.trade(np.array([1.0, 0, 0, 0, 0, 0]))
    assert (alone.area, alone.early_recall_at(1.0)) == (1.0, 1.0)
    assert ranking.trade().early_recall_at(0.99) == 0.0
    assert EARLY == 30


# --- as the daemon decides -------------------------------------------------------------------------------------------


@given(p=st.floats(0, 1), count=st.integers(0, 99), expected=st.floats(0, 1e6), age=st.floats(1, 2000))
def test_harm_is_what_the_rules_say_of_a_story_of_one_ordinary_post(
    p: float, count: int, expected: float, age: float
) -> None:
    settings = RulesSettings()
    now = START + timedelta(minutes=age)
    expected = max(expected, count)
    forecast = Forecast(now, count, V, p, expected, count, expected)
    mention = Mention("x", "1", Author("7", "ann"), "", "", START)
    facts = rules.StoryFacts(
        posts=1,
        recent=1,
        before=0,
        sources=("x",),
        spread=count,
        category=None,
        opened_at=START,
        lead=rules.Lead(mention, forecast, "reposts"),
    )
    one = replace(replayed(post("1", 0, (age, count))), p=np.array([p]), expected=np.array([expected]))
    assert averted(one)[0] == pytest.approx(rules.harm(facts, settings).averted)
    decided = rules.decide(facts, settings, now)
    assert (decided.action == "page") == (rules.harm(facts, settings).averted >= settings.page_at)


def test_all_is_done_in_parts_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    model = prior("reposts")
    sizes: list[int] = []
    done: list[int] = []

    def predict(curves, viral_at, _):  # type: ignore[no-untyped-def]
        sizes.append(len(curves) * max(len(curve.ages) for curve in curves))
        return model.predict(curves, viral_at)

    monkeypatch.setattr("monitor.hindsight.replay.AT_A_TIME", 500)
    history = gather(MADE, lambda _: "reposts")
    of = replay(history, lambda _: ("reposts", V), predict, done.append)
    assert max(sizes) <= 500
    assert sum(done) == len(history.moments)
    assert np.allclose(of.p, OF.p)


def test_each_source_has_its_own_threshold() -> None:
    lines = [
        *post("1", 0, (10, 5), (60, 60)),
        *(replace(each, source="y") for each in post("2", 1, (10, 5), (60, 60))),
    ]
    history = gather(lines, lambda _: "reposts")
    model = prior("reposts")
    predict = partial(lambda curves, v, _: model.predict(curves, v))
    of = replay(history, lambda source: ("reposts", 50 if source == "y" else 100), predict, lambda _: None)
    assert of.viral.tolist() == [False, True]
    assert of.relative.tolist() == [0.05, 0.6, 0.1, 1.2]
