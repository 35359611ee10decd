"""What the digest counts, read from a store; and that each group gets its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.config import Config
from monitor.digest.figures import Counted
from monitor.digest.leadership import digest_data, weeks_before
from monitor.digest.stories import story_lines
from monitor.model import Interval
from monitor.pipeline import Pipeline
from monitor.sections import DigestGroup, DigestSettings
from monitor.store import Store, Tables
from monitor.store.values import to_text
from tests.monitor.scripted import FakeClock, ScriptedChannel, ScriptedDrafter, ScriptedSource, config, parts

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


def put(store: Store, table: str, **row: Any) -> None:
    values = {key: to_text(value) if isinstance(value, datetime) else value for key, value in row.items()}
    marks = ", ".join("?" for _ in values)

    def work(tables: Tables) -> None:
        tables.meta._db.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})",  # noqa: S608
            list(values.values()),
        )

    store.write(work)


def story(store: Store, number: int, began: datetime) -> None:
    put(
        store,
        "stories",
        id=number,
        opened_at=began,
        updated_at=began,
        title=f"Story {number}",
        title_mention="x:1",
    )


def post(
    store: Store, number: int, at: datetime, category: str, complaint: float = 0.9, **others: Any
) -> None:
    key = {"source": "x", "id": str(number)}
    put(
        store, "mentions", **key, author_id="1", author_handle="ann", author_name="Ann", text="t", url="u", created_at=at,
        seen_at=at, state="done", **others,
    )  # fmt: skip
    put(
        store, "classifications", **key, model="m", at=at, complaint=complaint, negative=complaint, neutral=0.0,
        positive=1 - complaint, category=category, relevance=0.9,
    )  # fmt: skip


def alert(store: Store, number: int, at: datetime, taken: datetime | None = None, **others: Any) -> None:
    put(
        store, "alerts", id=number, story_id=number, state="open", severity="warning", reason="r", opened_at=at,
        paged_at=at, posts=1, spread=1, sources="x", crossed=0, acknowledged_at=taken, **others,
    )  # fmt: skip


def reply(
    store: Store, number: int, at: datetime, by: datetime, promise: str, broken: datetime | None = None
) -> None:
    put(
        store, "replies", key=f"k{number}", alert_id=number, source="x", mention_id=str(number), state="posted", text="t",
        needs=1, playbook="p", form="short", drafted="d", says="s", report_by=by, editor="Sam", owner="Sam",
        created_at=at, changed_at=at, posted_at=at, promise=promise, broken_at=broken,
    )  # fmt: skip


def test_weeks_before_are_those_that_were_watched_whole(store: Store) -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 11, 15, 23, tzinfo=UTC)
    assert weeks_before(store.read, start, zone) == []
    store.write(lambda tables: tables.sources.cover("x", [Interval(start - 4.5 * WEEK, start)]))
    found = weeks_before(store.read, start, zone)
    assert found[-1] == (start - WEEK, start)
    assert len(found) == 4
    assert found[0][0] == datetime(2026, 10, 18, 22, tzinfo=UTC)  # before the clocks went back
    assert [end for _, end in found[:-1]] == [begin for begin, _ in found[1:]]
    store.write(lambda tables: tables.sources.cover("x", [Interval(start - 30 * WEEK, start)]))
    assert len(weeks_before(store.read, start, zone)) == 8


def test_a_week_is_counted_from_the_store(store: Store, settings: Config) -> None:
    for number in range(3):
        story(store, number + 1, MONDAY + timedelta(hours=number))
    post(store, 1, MONDAY, "delivery", story_id=1)
    post(store, 2, MONDAY + timedelta(days=6, hours=23), "billing", story_id=2)
    post(store, 3, MONDAY + WEEK, "billing")  # next week's
    post(store, 4, MONDAY + timedelta(days=1), "other", 0.1)
    paged = MONDAY + timedelta(minutes=30)
    alert(store, 1, paged, paged + 4 * MINUTE)
    alert(store, 2, paged, urgent=1)
    alert(store, 3, paged, merged_into=1)
    put(
        store,
        "deliveries",
        alert_id=1,
        person="Sam",
        channel="email",
        state="sent",
        due_at=paged,
        sent_at=paged + MINUTE,
    )
    reply(store, 1, paged + 20 * MINUTE, MONDAY + timedelta(hours=3), "kept")
    reply(store, 2, paged + 90 * MINUTE, MONDAY + timedelta(hours=5), "kept", MONDAY + timedelta(hours=5))
    reply(store, 3, paged + 90 * MINUTE, MONDAY + timedelta(hours=5), "released")
    for number, crossed in ((1, paged + 60 * MINUTE), (2, paged - MINUTE)):
        put(
            store, "forecasts", source="x", id=str(number), at=paged, count=600, viral_at=500, p_viral=1.0, expected=600.0,
            low=600.0, high=600.0, crossed_at=crossed,
        )  # fmt: skip
    week = Counted(settings, store.read, MONDAY, MONDAY + WEEK, ZoneInfo("UTC")).week(MONDAY, MONDAY + WEEK)
    assert (week.mentions, week.complaints) == (3, 2)
    assert [(day.mentions, day.complaints) for day in week.days] == [(1, 1), (1, 0), *[(0, 0)] * 4, (1, 1)]
    assert dict(week.categories) == {"delivery": 1, "billing": 1}
    assert (week.viral, week.unseen) == (2, 1)
    first, second = week.answers
    assert (first.to_page, first.to_acknowledge, first.to_reply, first.lead) == (31, 3, 19, 59)
    assert (second.to_acknowledge, second.urgent, second.lead) == (None, True, -1)
    assert sorted(each.broken for each in week.promises) == [False, True]
    before = Counted(settings, store.read, MONDAY - WEEK, MONDAY, ZoneInfo("UTC")).week(MONDAY - WEEK, MONDAY)
    assert (before.mentions, before.pages, before.viral, before.promises) == (0, 0, 0, ())


def test_a_story_is_told_by_its_first_page_and_as_it_was_in_its_week(store: Store, settings: Config) -> None:
    """A page that waited for the morning is told by when it went out, in the story as in the figures."""
    opened, sent = MONDAY + timedelta(minutes=30), MONDAY + timedelta(hours=7)
    for number in (1, 2):
        story(store, number, MONDAY)
        post(store, number, MONDAY, "delivery", story_id=number)
    alert(store, 1, opened)
    alert(store, 2, MONDAY + WEEK)  # the week after
    put(
        store, "deliveries", alert_id=1, person="Sam", channel="email", state="sent", due_at=sent, sent_at=sent,
    )  # fmt: skip
    for number, crossed in ((1, opened + 60 * MINUTE), (2, MONDAY + WEEK)):
        put(
            store, "forecasts", source="x", id=str(number), at=opened, count=600, viral_at=500, p_viral=1.0, expected=600.0,
            low=600.0, high=600.0, crossed_at=crossed,
        )  # fmt: skip
    first, second = story_lines(settings, store.read, MONDAY, MONDAY + WEEK)
    assert (first.paged_at, first.crossed_at) == (sent, opened + 60 * MINUTE)
    assert (second.paged_at, second.crossed_at) == (None, None)
    week = Counted(settings, store.read, MONDAY, MONDAY + WEEK, ZoneInfo("UTC")).week(MONDAY, MONDAY + WEEK)
    assert (week.viral, week.unseen) == (1, 1)
    assert [each.paged_at for each in week.answers] == [sent]


def test_changes_that_were_decided_are_remembered(store: Store, settings: Config) -> None:
    story(store, 1, MONDAY)
    due = (MONDAY + timedelta(days=2)).date()
    decided = ("Kim", due, "Sam", MONDAY)
    store.write(lambda tables: tables.lessons.add(1, "change", "answer before noon", *decided))
    store.write(lambda tables: tables.lessons.add(1, "change", "a photo at each door", *decided))
    store.write(lambda tables: tables.lessons.done(2, "Kim", MONDAY + timedelta(days=1)))
    group, end = settings.digest.first, MONDAY + WEEK
    data = digest_data(settings, ScriptedDrafter(), store.read, group, MONDAY, end, end)
    assert [(each.text, each.late, each.story) for each in data.open_changes] == [
        ("answer before noon", True, "Story 1")
    ]
    assert [each.text for each in data.done_changes] == ["a photo at each door"]


GROUPS = {
    "to": ["Second"],
    "groups": [
        {
            "name": "shops",
            "edition": "front-line",
            "to": ["First", "Second"],
            "time": "07:00",
            "language": "de",
        },
        {"name": "board", "to": ["Second"], "weekday": "tuesday", "time_zone": "America/New_York"},
    ],
}


def test_the_former_keys_are_the_first_group() -> None:
    digest = DigestSettings.model_validate({"to": ["Kim"], "time": "09:30", "time_zone": "Europe/London"})
    (first,) = digest.sent
    assert (first.name, first.edition, first.to, first.language) == ("", "leadership", ("Kim",), "en")
    assert first.job == "digest"
    assert digest.group("") == first
    assert digest.group("shops") is None
    assert DigestSettings().sent == ()
    assert [each.job for each in DigestSettings.model_validate(GROUPS).sent] == [
        "digest",
        "digest shops",
        "digest board",
    ]


def test_two_groups_of_one_name_are_told_apart() -> None:
    group = {"name": "shops", "to": ["Kim"]}
    with pytest.raises(ValueError, match="two groups are called 'shops'"):
        DigestSettings.model_validate({"groups": [group, group]})


def test_each_group_gets_its_digest_at_its_own_time(tmp_path: Path, store: Store) -> None:
    settings = config(tmp_path, digest=GROUPS)
    now = datetime(2026, 11, 22, 20, tzinfo=UTC)
    clock, email = FakeClock(now), ScriptedChannel("email")
    pipeline = Pipeline(parts(store, settings, ScriptedSource(), email, clock=clock))
    pipeline.schedule(now)
    jobs = {job.name: job.due_at for job in store.read.jobs.all() if job.name.startswith("digest")}
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    assert jobs == {
        "digest": monday + timedelta(hours=8),
        "digest shops": monday + timedelta(hours=7),
        "digest board": monday + timedelta(days=1, hours=13),
    }
    for job, due in jobs.items():
        pipeline.run_job(job, due)
    queued = [(each.group, each.person, each.digest) for each in store.read.sending.due(monday + WEEK)]
    assert sorted(queued) == [
        ("", "Second", jobs["digest"]),
        ("board", "Second", jobs["digest board"]),
        ("shops", "First", jobs["digest shops"]),
        ("shops", "Second", jobs["digest shops"]),
    ]
    assert {job.name: job.due_at for job in store.read.jobs.all() if job.name in jobs} == {
        name: due + WEEK for name, due in jobs.items()
    }


def test_a_group_that_is_gone_gets_none_any_more(tmp_path: Path, store: Store) -> None:
    clock, email = FakeClock(MONDAY), ScriptedChannel("email")
    Pipeline(parts(store, config(tmp_path, digest=GROUPS), ScriptedSource(), email, clock=clock)).schedule(
        MONDAY
    )
    assert store.read.jobs.get("digest shops") is not None
    fewer = Pipeline(parts(store, config(tmp_path), ScriptedSource(), email, clock=clock))
    fewer.schedule(MONDAY)
    assert store.read.jobs.get("digest shops") is None
    assert store.read.jobs.get("digest") is not None


def test_a_group_has_its_own_zone_and_language(store: Store, settings: Config) -> None:
    group = DigestGroup(name="board", to=("Second",), time_zone="Asia/Tokyo", language="fr")
    data = digest_data(settings, ScriptedDrafter(), store.read, group, MONDAY, MONDAY + WEEK, MONDAY + WEEK)
    assert (data.time_zone, data.language) == ("Asia/Tokyo", "fr")
