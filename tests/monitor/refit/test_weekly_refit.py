"""Fitted forecasts in the store: kept where better, in use at once, told of, and back again."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from alerts.languages import Speech
from alerts.weekly.render import digest
from alerts.weekly.sentences import notes
from bench.make_history import BEGIN, records
from classifiers.forecast.blend import Blend, prior
from classifiers.forecast.curves import Curve
from classifiers.virality import Virality
from monitor import cli
from monitor.chores import REFIT_EVERY
from monitor.digest.leadership import digest_data
from monitor.errors import InputError, PortError, StoreError
from monitor.hindsight.history import History
from monitor.model import Deleted, Mention, Reading, Record
from monitor.pipeline import Pipeline
from monitor.ports import Ask
from monitor.refit import compare
from monitor.refit.compare import learn
from monitor.refit.own import Fitted, Own, in_use, pack, unpack
from monitor.refit.weekly import YIELDS, news, refit, refit_in_words
from monitor.store import Store, Tables
from monitor.store.versions import KEPT, Versions
from tests.monitor.scripted import NOON, ScriptedDrafter, ScriptedSource, config, parts

MADE = records(posts=500, days=60, seed=4)
V = 60
NOW = BEGIN + timedelta(days=63)


def measure_of(_: str) -> tuple[str, int]:
    return "reposts", V


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "test.db")
    yield made
    made.close()


@pytest.fixture
def better(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the fit, which takes its time: the shipped model, a little surer of itself, and better for that."""

    def fit(_: Sequence[Curve], viral_at: int, base: Blend) -> Blend:
        return replace(base, slope=base.slope * 1.001)

    monkeypatch.setattr(compare, "fit", fit)
    monkeypatch.setattr(compare.Verdict, "better_than_shipped", True)


def fill(store: Store, lines: Sequence[Record] = MADE, source: str = "x") -> None:
    def work(tables: Tables) -> None:
        for each in lines:
            here = replace(each, source=source)
            if isinstance(here, Mention):
                tables.mentions.add([here], NOW)
            elif isinstance(here, Reading):
                tables.mentions.add_readings([here])

    store.write(work)


def ask(source: str = "x") -> Ask:
    (mention,) = (each for each in MADE[:1] if isinstance(each, Mention))
    mention = replace(mention, source=source)
    at = mention.created_at
    found = [
        Reading(source, mention.id, at + timedelta(minutes=m), reposts=n)
        for m, n in ((5, 3), (20, 9), (60, 30))
    ]
    return Ask(mention, found, V, "reposts")


# --- kept, or not ----------------------------------------------------------------------------------------------------


def test_a_better_forecast_becomes_a_version_that_answers_at_once(store: Store, better: None) -> None:
    forecaster = Fitted(lambda: store.read)
    asks = [ask(), ask("y")]
    (before, other), shipped = forecaster.forecast(asks, NOW), Virality().forecast(asks, NOW)
    assert [before, other] == shipped
    fill(store)
    done = refit(store, measure_of, NOW)
    assert done.version == 1
    (outcome,) = done.outcomes
    assert outcome.why.startswith('it beats "count ≥ c" by 0.')
    active = store.read.fits.active()
    assert active is not None
    assert (active.number, active.former, active.made_at) == (1, None, NOW)
    assert active.figures["sources"]["x"]["viral_at"] == V
    after, same = forecaster.forecast(asks, NOW)
    assert before is not None
    assert after is not None
    assert after.p_viral != before.p_viral
    assert same == other
    # what it was fitted to is all that it answers for
    of_likes = replace(
        ask(), measure="likes", readings=[replace(each, likes=each.reposts) for each in ask().readings]
    )
    assert forecaster.forecast([of_likes], NOW) == Virality().forecast([of_likes], NOW)
    # back again
    store.write(lambda tables: tables.fits.back())
    assert forecaster.forecast(asks, NOW) == shipped


def test_other_sources_keep_their_models(store: Store, better: None, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    assert refit(store, measure_of, NOW).version == 1
    monkeypatch.setattr(compare, "fit", lambda _, __, base: replace(base, slope=base.slope * 1.002))
    fill(store, records(posts=20, days=60, seed=6), "y")
    done = refit(store, measure_of, NOW)
    assert done.version == 2
    assert [(each.source, each.kept is not None) for each in done.outcomes] == [("x", True), ("y", False)]
    assert done.outcomes[1].why.startswith("too little to learn from")
    assert list(in_use(store.read).models) == ["x"]
    assert store.read.fits.all()[1].former == 1


def test_nothing_is_kept_that_is_no_better_than_what_was_shipped(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "fit", lambda *given: given[-1])
    fill(store)
    done = refit(store, measure_of, NOW)
    assert done.version is None
    assert done.outcomes[0].why == "it says no more of later posts than the shipped forecast, by log loss"
    assert refit_in_words(store, measure_of, NOW) == ""
    assert store.read.fits.all() == []


def test_a_forecast_that_no_longer_beats_what_was_shipped_is_withdrawn_and_told_of(
    store: Store, better: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    fill(store, source="y")
    assert refit(store, measure_of, NOW).version == 1

    def judged(history: History, *given: Any) -> Any:
        verdict, _ = found = learn(history, *given)
        worse = replace(verdict, refused='it does not beat "count ≥ c": its area is 0.010 smaller')
        return (worse, None) if history.posts[0].key.source == "x" else found

    monkeypatch.setattr("monitor.refit.weekly.learn", judged)
    done = refit(store, measure_of, NOW)
    assert [(each.source, each.withdrawn) for each in done.outcomes] == [("x", True), ("y", False)]
    assert done.version == 2
    assert list(in_use(store.read).models) == ["y"]
    active = store.read.fits.active()
    assert active is not None
    assert news(active) == (
        "On x the shipped forecast answers again: what was fitted to your own posts is withdrawn, since it does not beat "
        '"count ≥ c": its area is 0.010 smaller.'
    )
    assert refit(store, measure_of, NOW).version is None


def test_a_forecast_that_can_not_be_compared_any_more_goes_on(store: Store, better: None) -> None:
    fill(store)
    assert refit(store, measure_of, NOW).version == 1
    late = NOW - timedelta(days=20)
    store.write(lambda tables: tables.mentions.purge(before=late))
    done = refit(store, measure_of, NOW)
    assert done.outcomes[0].why.startswith("too little to learn from")
    assert (done.version, done.outcomes[0].withdrawn) == (None, False)
    assert list(in_use(store.read).models) == ["x"]


def test_one_that_was_fitted_to_another_measure_is_not_judged_by_this_one(store: Store, better: None) -> None:
    fill(store)
    of_likes = pack({"x": Own(prior("likes"), "likes", V)})
    store.write(lambda tables: tables.fits.add("blend", None, {"sources": {}}, of_likes, NOW))
    done = refit(store, lambda _: ("reposts", 4), NOW)
    assert not any(each.withdrawn for each in done.outcomes)


def test_what_a_person_went_back_from_does_not_come_again_by_itself(store: Store, better: None) -> None:
    fill(store)
    assert refit_in_words(store, measure_of, NOW) != ""
    store.write(lambda tables: tables.fits.back())
    assert refit_in_words(store, measure_of, NOW + timedelta(days=7)) == ""
    assert in_use(store.read).models == {}
    # a person may ask for it, and then it goes on
    assert refit(store, measure_of, NOW).version == 2
    assert not store.read.fits.went_back()


def test_a_fit_that_found_the_same_is_no_version_and_no_news(store: Store, better: None) -> None:
    fill(store)
    assert refit_in_words(store, measure_of, NOW) != ""
    assert refit_in_words(store, measure_of, NOW + timedelta(days=7)) == ""
    assert len(store.read.fits.all()) == 1


def test_learning_from_some_more_posts_is_no_news(
    store: Store, tmp_path: Path, better: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    assert refit_in_words(store, measure_of, NOW) != ""
    monkeypatch.setattr(compare, "fit", lambda _, __, base: replace(base, slope=base.slope * 1.002))
    later = NOW + timedelta(days=7)
    assert refit_in_words(store, measure_of, later) == ""
    assert [each.active for each in store.read.fits.all()] == [False, True]
    day = timedelta(days=1)
    set_up = config(tmp_path)
    first = set_up.digest.first
    told = digest_data(set_up, ScriptedDrafter(), store.read, first, later - day, later + day, later)
    assert told.learnt == ()


def test_only_versions_to_go_back_to_keep_their_weights(store: Store) -> None:
    def add(former: int | None) -> int:
        return store.write(lambda tables: tables.fits.add("blend", former, {"sources": {}}, b"weights", NOW))

    former: int | None = None
    for _ in range(KEPT + 2):
        former = add(former)
    store.write(lambda tables: tables.fits.back())
    active = store.read.fits.active()
    assert active is not None
    add(active.number)
    kept = {each.number for each in store.read.fits.all() if store.read.fits.weights(each.number)}
    assert kept == {3, 4, 5, 6, 8}  # 7 was left, 1 and 2 are too far back
    for expected in (6, 5, 4, 3, None):
        found = store.write(lambda tables: tables.fits.back())
        assert (found.number if found else None) == expected
    assert len(store.read.fits.all()) == KEPT + 3


def test_the_daemons_fit_yields_to_its_other_threads(
    store: Store, better: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nice() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    seen: list[int] = []

    def watched(*given: Any) -> Any:
        seen.append(nice())
        return learn(*given)

    monkeypatch.setattr("monitor.refit.weekly.learn", watched)
    fill(store)
    usual = nice()
    refit_in_words(store, measure_of, NOW)
    assert nice() == usual
    if sys.platform == "linux":
        assert seen == [min(usual + YIELDS, 19)]


def test_an_empty_store_and_one_without_readings_learn_nothing(store: Store) -> None:
    assert refit(store, measure_of, NOW).outcomes == ()
    fill(store, [each for each in MADE if isinstance(each, Mention)])
    (outcome,) = refit(store, measure_of, NOW).outcomes
    assert (outcome.verdict, outcome.kept) == (None, None)
    assert "no mention has a reading" in outcome.why


def test_what_was_erased_teaches_nothing(store: Store, better: None) -> None:
    fill(store)
    store.write(lambda tables: tables.mentions.purge(before=NOW))
    assert refit(store, measure_of, NOW).outcomes == ()


def test_a_deleted_post_is_one_in_the_history(store: Store) -> None:
    fill(store)
    key = MADE[0].key
    store.write(lambda tables: tables.mentions.delete([Deleted(*key, NOW)]))
    told = list(store.read.past.records("x"))
    assert [each for each in told if isinstance(each, Deleted)] == [Deleted(*key, NOW)]
    assert all(each.text == "" and each.author.handle == "" for each in told if isinstance(each, Mention))
    assert sum(isinstance(each, Reading) for each in told) == sum(isinstance(each, Reading) for each in MADE)


@pytest.mark.parametrize("followers", [None, 0, 12])
def test_nobody_following_is_not_the_same_as_not_knowing(store: Store, followers: int | None) -> None:
    (post,) = (each for each in MADE[:1] if isinstance(each, Mention))
    fill(store, [replace(post, author=replace(post.author, followers=followers))])
    (told,) = store.read.past.records("x")
    assert isinstance(told, Mention)
    assert told.author.followers == followers


def test_a_version_made_meanwhile_is_not_overridden(
    store: Store, better: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)

    def slow(_: Sequence[Curve], viral_at: int, base: Blend) -> Blend:
        if not store.read.fits.all():
            store.write(lambda tables: tables.fits.add("blend", None, {"sources": {}}, pack({}), NOW))
        return base

    monkeypatch.setattr(compare, "fit", slow)
    with pytest.raises(InputError, match="another forecast was made active meanwhile"):
        refit(store, measure_of, NOW)
    assert len(store.read.fits.all()) == 1


# --- where they answer -----------------------------------------------------------------------------------------------


def test_models_are_packed_by_source() -> None:
    models = {"x": Own(prior("reposts"), "reposts", 60), "a/b ../c": Own(prior("likes"), "likes", 7)}
    found = unpack(pack(models))
    assert list(found) == list(models)
    assert [each.model.dump() for each in found.values()] == [each.model.dump() for each in models.values()]
    assert [each[1:] for each in found.values()] == [("reposts", 60), ("likes", 7)]
    assert unpack(pack({})) == {}


PACKED = pack({"x": Own(prior("likes"), "likes", V)})


def zipped(**arrays: Any) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    return packed.getvalue()


@pytest.mark.parametrize(
    "weights",
    [
        b"",
        b"no models",
        PACKED[:-40],
        zipped(sources=1, measures=["likes"], thresholds=[V]),
        zipped(sources=["x"], measures=["likes"], thresholds=[V]),
        zipped(sources=["x"], measures=["likes"], thresholds=[V], **{"0": 1.0}),
        zipped(sources=["x"], measures=["likes", "likes"], thresholds=[V]),
    ],
)
def test_damaged_models_cost_no_forecast(store: Store, weights: bytes) -> None:
    store.write(lambda tables: tables.fits.add("blend", None, {"sources": {}}, weights, NOW))
    found = in_use(store.read)
    assert found.models == {}
    assert "the fitted forecast (version 1) is not used" in found.problem
    assert Fitted(lambda: store.read).forecast([ask()], NOW) == Virality().forecast([ask()], NOW)


@given(st.integers(0, len(PACKED) - 1), st.integers(1, 255))
def test_a_byte_that_is_wrong_is_told_or_does_no_harm(place: int, by: int) -> None:
    damaged = bytearray(PACKED)
    damaged[place] ^= by
    try:
        found = unpack(bytes(damaged))
    except InputError:
        return
    assert all(isinstance(each, Own) for each in found.values())


def test_a_store_that_can_not_be_read_costs_no_forecast() -> None:
    def read() -> Tables:
        raise RuntimeError("no store")

    assert Fitted(read).forecast([ask()], NOW) == Virality().forecast([ask()], NOW)


def test_a_store_that_is_busy_once_keeps_no_fitted_model_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = pack({"x": Own(replace(prior("reposts"), slope=2.0), "reposts", V)})
    store.write(lambda tables: tables.fits.add("blend", None, {"sources": {}}, weights, NOW))
    answers = iter([StoreError("database is locked")])
    read = Versions.weights

    def busy(fits: Versions, number: int) -> bytes:
        for error in answers:
            raise error
        return read(fits, number)

    monkeypatch.setattr(Versions, "weights", busy)
    forecaster, shipped = Fitted(lambda: store.read), Virality().forecast([ask()], NOW)
    assert forecaster.forecast([ask()], NOW) == shipped
    assert forecaster.forecast([ask()], NOW) != shipped


def test_damaged_models_are_replaced_by_the_next_that_are_better(store: Store, better: None) -> None:
    store.write(lambda tables: tables.fits.add("blend", None, {"sources": {}}, b"", NOW))
    fill(store)
    assert refit(store, measure_of, NOW).version == 2
    assert in_use(store.read).problem == ""


# --- the daemon and the digest ---------------------------------------------------------------------------------------


def test_the_daemon_fits_once_a_week(store: Store, tmp_path: Path) -> None:
    asked: list[datetime] = []

    def fit(now: datetime) -> str:
        asked.append(now)
        return "better"

    pipeline = Pipeline(replace(parts(store, config(tmp_path), ScriptedSource()), refit=fit))
    pipeline.schedule(NOON)
    for day in range(22):
        now = NOON + timedelta(days=day)
        if "refit" in store.read.jobs.due(now):
            pipeline.run_job("refit", now)
    assert asked == [NOON + week * REFIT_EVERY for week in (1, 2, 3)]


def test_a_source_that_can_not_be_fitted_keeps_no_other_from_it_and_is_tried_again_the_next_day(
    store: Store, tmp_path: Path, better: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(history: History, *given: Any) -> Any:
        if history.posts[0].key.source == "bad":
            raise RuntimeError("no fit")
        return learn(history, *given)

    monkeypatch.setattr("monitor.refit.weekly.learn", failing)
    fill(store)
    fill(store, source="bad")
    bad, good = refit(store, measure_of, NOW).outcomes
    assert (bad.failed, bad.why) == (True, "it can't be fitted: RuntimeError (see the log)")
    assert good.kept is not None
    assert list(in_use(store.read).models) == ["x"]

    def fit(now: datetime) -> str:
        return refit_in_words(store, measure_of, now)

    pipeline = Pipeline(replace(parts(store, config(tmp_path), ScriptedSource()), refit=fit))
    pipeline.schedule(NOON)
    pipeline.run_job("refit", NOON)
    row = store.read.jobs.get("refit")
    assert row is not None
    assert (row.failures, row.error) == (1, "not fitted: bad (see the log)")
    assert row.due_at >= NOON + timedelta(days=1)


def test_a_version_made_meanwhile_is_looked_at_again_the_next_day(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_: Any) -> None:
        raise InputError("another forecast was made active meanwhile")

    monkeypatch.setattr("monitor.refit.weekly.refit", overtaken)
    with pytest.raises(PortError, match="meanwhile") as found:
        refit_in_words(store, measure_of, NOW)
    assert found.value.retry_after == 24 * 3600


def test_the_digest_tells_that_the_forecast_changed(store: Store, better: None, tmp_path: Path) -> None:
    fill(store)
    said = refit_in_words(store, measure_of, NOW)
    active = store.read.fits.active()
    assert active is not None
    assert said == news(active)
    assert said.startswith("The forecast was fitted to your own posts: on x it finds ")
    week = timedelta(days=7)
    for start, told in ((NOW - timedelta(days=5), (said,)), (NOW - 2 * week, ()), (NOW + week, ())):
        set_up = config(tmp_path)
        first = set_up.digest.first
        data = digest_data(set_up, ScriptedDrafter(), store.read, first, start, start + week, NOW)
        assert data.learnt == told
        if told:
            assert said in " ".join(notes(data, Speech()))
            assert "a quiet week" not in digest(data).subject


# --- commands --------------------------------------------------------------------------------------------------------


def run(folder: Path, *arguments: str):  # type: ignore[no-untyped-def]
    return CliRunner().invoke(cli.app, ["forecast", *arguments, "--config", str(folder / "config.toml")])


def test_fit_list_and_back_from_the_shell(tmp_path: Path, better: None) -> None:
    example = (Path(__file__).resolve().parents[3] / "config.example.toml").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(
        example.replace("viral_at = 500", f"viral_at = {V}"), encoding="utf-8"
    )
    done = run(tmp_path, "fit")
    assert isinstance(done.exception, InputError)
    assert "nothing is stored yet" in str(done.exception)
    store = Store(tmp_path / "snapwatch-data" / "snapwatch.db")
    fill(store, source="day")
    store.close()
    assert run(tmp_path, "--list").stdout == "what was shipped answers\n"
    assert isinstance(run(tmp_path, "--back").exception, InputError)
    done = run(tmp_path, "fit")
    assert done.exit_code == 0, done.output
    assert "Kept: it beats" in done.stdout
    assert "Version 1 answers from now on" in done.stdout
    assert run(tmp_path, "--list").stdout.startswith("version 1 (answers)  ")
    rests = "the daemon fits no more by itself until `snapwatch forecast fit` has kept a version"
    assert f"what was shipped answers from now on; {rests}." in run(tmp_path, "--back").stdout
    assert run(tmp_path, "--list").stdout.endswith(f"what was shipped answers\n{rests}\n")
    assert run(tmp_path, "fit").exit_code == 0
    assert rests not in run(tmp_path, "--list").stdout


def test_a_version_that_can_not_be_used_is_not_listed_as_the_one_that_answers(tmp_path: Path) -> None:
    example = (Path(__file__).resolve().parents[3] / "config.example.toml").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(example, encoding="utf-8")
    store = Store(tmp_path / "snapwatch-data" / "snapwatch.db")
    store.write(lambda tables: tables.fits.add("blend", None, {"sources": {}}, b"no models", NOW))
    store.close()
    listed = run(tmp_path, "--list").stdout
    assert "(answers)" not in listed
    assert "what was shipped answers: the fitted forecast (version 1) is not used: damaged" in listed
