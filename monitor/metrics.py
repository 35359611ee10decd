"""What /metrics tells, in the text format of Prometheus: sums of rows, and how long this process took to poll.

Counters of rows fall only when mentions or alerts are erased, which Prometheus takes for a restart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Summary, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor.assess import SET_ASIDE
from monitor.store import Tables

EVER = datetime(1970, 1, 1, tzinfo=UTC)

_process = CollectorRegistry()
_SECONDS = Summary(
    "snapwatch_poll_seconds", "Pages polled and the seconds they took", ["lane"], registry=_process
)
_FAILED = Counter("snapwatch_polls_failed", "Pages that could not be polled", ["lane"], registry=_process)


@contextmanager
def polled(lane: str) -> Iterator[None]:
    """Count and time the polling of one page."""
    with ExitStack() as around:
        around.enter_context(_SECONDS.labels(lane).time())
        around.enter_context(_FAILED.labels(lane).count_exceptions())
        yield


def exposition(tables: Tables, sources: Iterable[str], now: datetime) -> bytes:
    """All metrics at that moment; of the `sources` of the configuration, also those that took nothing yet."""
    rows = CollectorRegistry()
    rows.register(_Rows(tables, sources, now))
    return generate_latest(rows) + generate_latest(_process)


class _Rows(Collector):
    def __init__(self, tables: Tables, sources: Iterable[str], now: datetime) -> None:
        self._tables, self._sources, self._now = tables, sources, now

    def describe(self) -> list[Metric]:
        return []  # or `register` would collect, to learn the names

    def collect(self) -> Iterator[Metric]:
        tables = self._tables
        yield GaugeMetricFamily("snapwatch_mentions", "Mentions stored", tables.mentions.count())
        yield GaugeMetricFamily(
            "snapwatch_mentions_waiting",
            "Mentions not classified and assessed yet",
            tables.mentions.waiting(),
        )
        yield GaugeMetricFamily("snapwatch_alerts", "Alerts not resolved", len(tables.alerts.active()))
        wrong = GaugeMetricFamily("snapwatch_alarms", "Alarms of the watch itself going on", labels=["what"])
        for alarm in tables.alarms.going_on():
            wrong.add_metric([alarm.what], 1)
        yield wrong
        yield from self._jobs()
        yield from self._taken()
        pages = CounterMetricFamily("snapwatch_pages", "Pages by what became of them", labels=["state"])
        for state, count in tables.outbox.pages().items():
            pages.add_metric([state], count)
        yield pages
        twice = CounterMetricFamily(
            "snapwatch_pages_sent_twice",
            "Messages sent again though the provider may have taken them before",
            labels=["channel"],
        )
        for channel, count in tables.sending.twice().items():
            twice.add_metric([channel], count)
        yield twice
        yield from self._replies()

    def _replies(self) -> Iterator[Metric]:
        states = GaugeMetricFamily("snapwatch_replies", "Replies to customers by state", labels=["state"])
        for state, count in self._tables.replies.counts().items():
            states.add_metric([state], count)
        yield states
        promises = self._tables.replies.promises()
        yield GaugeMetricFamily("snapwatch_promises_open", "Promises to be kept", promises["open"])
        yield CounterMetricFamily(
            "snapwatch_promises_broken", "Promises that ran out before they were kept", promises["broken"]
        )

    def _jobs(self) -> Iterator[Metric]:
        jobs = self._tables.jobs.all()
        aside = [job for job in jobs if job.name.startswith(SET_ASIDE)]
        yield GaugeMetricFamily(
            "snapwatch_set_aside", "Mentions and decisions that failed and wait", len(aside)
        )
        failures = GaugeMetricFamily(
            "snapwatch_job_failures", "Failures in a row of each job", labels=["job"]
        )
        for job in jobs:
            if not job.name.startswith(SET_ASIDE):
                failures.add_metric([job.name], job.failures)
        yield failures

    def _taken(self) -> Iterator[Metric]:
        ledger, until = self._tables.sources, self._now + timedelta(days=1)
        bills, spent = ledger.billed_between(EVER, until), ledger.spent_between(EVER, until)
        posts = CounterMetricFamily("snapwatch_posts_polled", "Posts that polling brought", labels=["source"])
        dollars = CounterMetricFamily(
            "snapwatch_dollars", "US dollars that platforms billed", labels=["source"]
        )
        read = CounterMetricFamily(
            "snapwatch_readings", "Posts whose counters were read again", labels=["source"]
        )
        lost = CounterMetricFamily("snapwatch_readings_lost", "Readings over the budget", labels=["source"])
        for name in sorted({*self._sources, *bills, *spent}):
            posts.add_metric([name], bills[name].posts if name in bills else 0)
            dollars.add_metric([name], bills[name].dollars if name in bills else 0.0)
            read.add_metric([name], spent[name].posts if name in spent else 0)
            lost.add_metric([name], spent[name].lost if name in spent else 0)
        yield from (posts, dollars, read, lost)
