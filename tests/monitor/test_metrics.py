"""/metrics: what rows say, and how long polling took; the day's spending in the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from monitor.errors import SourceError
from monitor.intake.polling import Spent
from monitor.metrics import exposition
from monitor.model import Billed
from monitor.pipeline import Pipeline
from monitor.store import Contact, Store, Tables
from tests.monitor.scripted import NOON, FakeClock, ScriptedSource, config, mention, one_pass, parts


def samples(store: Store, now: datetime = NOON) -> dict[tuple[str, ...], float]:
    """By name and label values."""
    families = text_string_to_metric_families(exposition(store.read, ["x", "reddit"], now).decode())
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def test_rows_are_told_as_they_are_now(store: Store) -> None:
    def work(tables: Tables) -> None:
        tables.mentions.add([mention(1), mention(2)], NOON)
        tables.sources.bill("x", 30, [Billed("post 1", 0.5)], NOON - timedelta(days=40))
        tables.sources.bill("x", 12, [Billed("post 1", 0.5)], NOON)
        tables.sources.spend("x", Spent(7, 1, 3), NOON)
        tables.jobs.ensure("poll x search", NOON)
        tables.jobs.failed("poll x search", "x: down", 4, NOON)
        tables.jobs.ensure("assess x 1", NOON)

    store.write(work)
    told = samples(store)
    assert told[("snapwatch_mentions",)] == 2
    assert told[("snapwatch_mentions_waiting",)] == 2
    assert told[("snapwatch_posts_polled_total", "x")] == 42
    assert told[("snapwatch_dollars_total", "x")] == 1.0
    assert told[("snapwatch_readings_total", "x")] == 7
    assert told[("snapwatch_readings_lost_total", "x")] == 3
    assert told[("snapwatch_posts_polled_total", "reddit")] == 0
    assert told[("snapwatch_job_failures", "poll x search")] == 4
    assert ("snapwatch_job_failures", "assess x 1") not in told
    assert told[("snapwatch_set_aside",)] == 1
    assert told[("snapwatch_pages_total", "sent")] == told[("snapwatch_pages_total", "failed")] == 0


def test_pages_sent_and_failed_are_counted(store: Store, tmp_path: Path) -> None:
    source = ScriptedSource([mention(1, "lost Kestrel parcel")])
    source.counters = {"1": 60}
    clock = FakeClock()
    pipeline = Pipeline(parts(store, config(tmp_path), source, clock=clock))
    pipeline.schedule(clock.now())
    one_pass(pipeline, store, clock.now())
    one_pass(pipeline, store, clock.forward(seconds=1))
    sent = samples(store)[("snapwatch_pages_total", "sent")]
    assert sent >= 1
    (delivery, *_) = [*store.read.sending.due(clock.forward(hours=1)), None]
    if delivery is None:
        store.write(lambda tables: tables.outbox.enqueue([Contact("First", "fax", NOON)], alert_id=1, step=7))
        (delivery,) = store.read.sending.due(clock.now())
    store.write(lambda tables: tables.sending.fail(delivery.id, "no such number"))
    assert samples(store)[("snapwatch_pages_total", "failed")] == 1
    assert samples(store)[("snapwatch_pages_total", "sent")] == sent


def test_polls_are_counted_and_timed_by_lane(store: Store, tmp_path: Path) -> None:
    source = ScriptedSource([mention(n) for n in range(5)])
    pipeline = Pipeline(parts(store, config(tmp_path), source))
    pipeline.schedule(NOON)
    before = samples(store)
    pipeline.fetcher.poll("x", NOON)
    source.failures = [SourceError("x: down")]
    with pytest.raises(SourceError):
        pipeline.fetcher.poll("x", NOON)
    after = samples(store)

    def grew(name: str) -> float:
        return after[(name, "x")] - before.get((name, "x"), 0.0)

    assert grew("snapwatch_poll_seconds_count") == 4  # three pages, and one that failed
    assert grew("snapwatch_polls_failed_total") == 1
    assert grew("snapwatch_poll_seconds_sum") > 0


def test_the_day_s_spending_is_logged_once(store: Store, tmp_path: Path) -> None:
    clock = FakeClock()
    pipeline = Pipeline(parts(store, config(tmp_path), ScriptedSource(), clock=clock))
    pipeline.schedule(clock.now())

    def work(tables: Tables) -> None:
        tables.sources.bill("x", 30, [Billed("post 1", 0.5)], NOON)
        tables.sources.spend("x", Spent(7, 1, 3), NOON)

    store.write(work)
    with capture_logs() as logs:
        for _ in range(30):
            one_pass(pipeline, store, clock.forward(hours=1))
    (told,) = [each for each in logs if each["event"] == "spent"]
    assert told == {
        "event": "spent", "log_level": "info", "day": "2026-11-01", "source": "x", "posts": 30, "dollars": 0.5,
        "read_again": 7, "readings_lost": 3,
    }  # fmt: skip
    row = store.read.jobs.get("spending")
    assert row is not None
    assert row.due_at == datetime(2026, 11, 3, tzinfo=UTC)


def test_alarms_of_the_watch_are_told_while_they_last(store: Store) -> None:
    row = store.write(lambda tables: tables.alarms.see("channel sms", "it fails", NOON))
    assert samples(store)[("snapwatch_alarms", "channel sms")] == 1
    store.write(lambda tables: tables.alarms.end(row.id, NOON))
    assert ("snapwatch_alarms", "channel sms") not in samples(store)
