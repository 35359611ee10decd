"""The store: transactions, a locked database, a full disk, a newer or damaged file, coverage, export and purge."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import StoreError
from monitor.model import Classification, Deleted, Interval, MentionKey, Sentiment
from monitor.rules import Decision, Lead, StoryFacts
from monitor.store import Contact, Store, Tables, database
from monitor.store.values import to_blob, to_text, to_time, to_vector
from tests.monitor.scripted import KEY, NOON, mention, reading


def add(*numbers: int) -> object:
    return lambda tables: tables.mentions.add([mention(n) for n in numbers], NOON)


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    def work(tables: Tables) -> None:
        tables.mentions.add([mention(1)], NOON)
        raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        store.write(work)
    assert store.read.mentions.count() == 0
    store.write(add(1))  # type: ignore[arg-type]
    assert store.read.mentions.count() == 1


def test_known_mentions_stay_but_for_a_text_that_was_edited(store: Store) -> None:
    assert store.write(add(1, 2)) == 2  # type: ignore[arg-type]
    found = Classification(0.9, Sentiment(0.8, 0.1, 0.1), "test")
    store.write(lambda tables: tables.mentions.classified(KEY, found, NOON))
    assert store.write(lambda tables: tables.mentions.add([mention(1), mention(3)], NOON)) == 1
    assert store.read.mentions.to_assess(10) == [KEY]
    edited = mention(1, "found it!", NOON + timedelta(hours=1))
    assert store.write(lambda tables: tables.mentions.add([edited], NOON)) == 0
    assert store.read.mentions.get(KEY) == replace(mention(1), text="found it!")
    assert KEY in {each.key for each in store.read.mentions.unclassified(10)}


def test_an_edit_brings_nothing_back_that_was_erased(store: Store) -> None:
    store.write(add(1))  # type: ignore[arg-type]
    store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    store.write(lambda tables: tables.mentions.add([mention(1, "edited")], NOON))
    assert store.read.mentions.get(KEY).text == ""  # type: ignore[union-attr]
    assert store.read.mentions.unclassified(10) == []


def test_a_reading_that_came_while_a_mention_was_assessed_is_not_lost(store: Store) -> None:
    store.write(add(1))  # type: ignore[arg-type]
    found = Classification(0.9, Sentiment(0.8, 0.1, 0.1), "test")
    store.write(lambda tables: tables.mentions.classified(KEY, found, NOON))
    store.write(lambda tables: tables.mentions.add_readings([reading(1, 5)]))
    store.write(lambda tables: tables.mentions.assessed(KEY, None, None, seen=0))
    assert store.read.mentions.to_assess(10) == [KEY]
    store.write(lambda tables: tables.mentions.assessed(KEY, None, None, seen=1))
    assert store.read.mentions.to_assess(10) == []


def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError):
        store.read.mentions.add([mention(1)], NOON)


def test_what_a_read_meets_is_a_clear_error(store: Store) -> None:
    store.write(lambda tables: tables.mentions.add([mention(n) for n in range(3)], NOON))
    read = store.read
    rows = read.mentions.records()
    connection = store._connections.reader().conn
    assert next(rows)
    # From now on SQLite interrupts: the rows that are fetched lazily, and what is asked anew.
    connection.set_progress_handler(lambda: 1, 1)
    with pytest.raises(StoreError, match="interrupted"):
        list(rows)
    with pytest.raises(StoreError, match="interrupted"):
        read.mentions.unclassified(10)
    with pytest.raises(StoreError, match="interrupted"):
        read.mentions.count()
    connection.set_progress_handler(None, 1)
    assert read.mentions.count() == 3


def test_connections_end_with_the_threads_that_asked(store: Store) -> None:
    descriptors = Path("/dev/fd")
    if not descriptors.exists():
        pytest.skip("this system does not list a process's open files")
    assert store.read.mentions.count() == 0
    before = len(list(descriptors.iterdir()))
    for _ in range(50):
        thread = threading.Thread(target=lambda: store.read.mentions.count())
        thread.start()
        thread.join()
    assert len(list(descriptors.iterdir())) <= before + 4
    assert len(store._connections._open_readers) == 1


def test_writes_from_many_threads_are_all_kept(store: Store) -> None:
    threads = [threading.Thread(target=store.write, args=(add(n),)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read.mentions.count() == 20


@pytest.mark.usefixtures("real_databases")
def test_a_new_database_is_private_and_keeps_what_was_written_through_a_power_cut(tmp_path: Path) -> None:
    made = Store(tmp_path / "folder" / "test.db")
    assert made.write(add(1)) == 1  # type: ignore[arg-type]
    connection = made._connections._writer.conn
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert (made.path.stat().st_mode & 0o777, made.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    made.close()


def test_a_locked_database_is_a_clear_error_and_loses_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store._connections._writer.conn.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(store.path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by another process"):
        store.write(add(1))  # type: ignore[arg-type]
    other.rollback()
    assert store.write(add(1)) == 1  # type: ignore[arg-type]


def test_a_full_disk_is_a_clear_error_and_loses_nothing(store: Store) -> None:
    store.write(add(1))  # type: ignore[arg-type]
    connection = store._connections._writer.conn
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"):
        store.write(lambda tables: tables.mentions.add([mention(n, "x" * 4000) for n in range(2, 40)], NOON))
    connection.execute("PRAGMA max_page_count = 1000000")
    assert store.read.mentions.count() == 1
    assert store.write(add(2)) == 1  # type: ignore[arg-type]


def test_processes_that_open_a_new_file_at_one_moment_make_it_once(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from monitor.store import Store; Store(Path(sys.argv[1])).close()"
    command = [sys.executable, "-c", script, str(tmp_path / "test.db")]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [each.communicate(timeout=200)[1] for each in started] == [""] * 4
    assert [each.returncode for each in started] == [0] * 4


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    made = Store(tmp_path / "test.db")
    made._connections._writer.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('snapwatch', 'm999_future', '')"
    )
    made.close()
    with pytest.raises(StoreError, match="newer snapwatch"):
        Store(tmp_path / "test.db")


@pytest.mark.parametrize(
    "content", [b"this is no database, only text that is long enough to look like one" * 20]
)
def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "test.db").write_bytes(content)
    with pytest.raises(StoreError, match="no snapwatch database"):
        Store(tmp_path / "test.db")


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="can't be made"):
        Store(tmp_path / "file" / "test.db")


def test_the_file_is_in_wal_mode_and_survives_a_restart(tmp_path: Path) -> None:
    made = Store(tmp_path / "test.db")
    assert made._connections._writer.journal_mode == "wal"
    made.write(add(1))  # type: ignore[arg-type]
    made.close()
    again = Store(tmp_path / "test.db")
    assert again.read.mentions.count() == 1
    again.close()


def test_every_error_of_sqlite_is_explained(tmp_path: Path) -> None:
    for text in (
        "database is locked",
        "database or disk is full",
        "unable to open database file",
        "something new",
    ):
        assert str(tmp_path) in str(database.explain(sqlite3.OperationalError(text), tmp_path))


def test_a_due_time_that_is_there_stays(store: Store) -> None:
    store.write(lambda tables: tables.jobs.ensure("poll x", NOON))
    store.write(lambda tables: tables.jobs.ensure("poll x", NOON + timedelta(hours=1)))
    assert store.read.jobs.due(NOON) == ["poll x"]


minutes = st.integers(0, 300)


def runs(minutes: set[int]) -> int:
    return sum(minute - 1 not in minutes for minute in minutes)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(minutes, st.integers(1, 60), st.sampled_from(["", "limit", "seven days"])),
        min_size=1,
        max_size=12,
    )
)
def test_the_ledger_keeps_one_row_for_what_touches_and_kinds_apart(
    store: Store, stretches: list[tuple[int, int, str]]
) -> None:
    name = str(stretches)
    covered: dict[str, set[int]] = {}
    for start, length, note in stretches:
        new = set(range(start, start + length))
        if not note:
            covered = {kind: minutes - new for kind, minutes in covered.items() if kind} | {
                "": covered.get("", set())
            }
        covered.setdefault(note, set()).update(new)
        interval = Interval(
            NOON + timedelta(minutes=start),
            NOON + timedelta(minutes=start + length),
            complete=not note,
            note=note,
        )
        store.write(lambda tables, interval=interval: tables.sources.cover(name, (interval,)))  # type: ignore[misc]
    ledger = store.read.sources.coverage(name)
    seen: dict[str, set[int]] = {}
    for each in ledger:
        assert each.complete == (not each.note)
        first, last = ((at - NOON) // timedelta(minutes=1) for at in (each.start, each.end))
        seen.setdefault(each.note, set()).update(range(first, last))
    assert seen == {kind: minutes for kind, minutes in covered.items() if minutes}
    assert len(ledger) == sum(map(runs, covered.values()))
    gaps = [gap for gap in store.read.sources.gaps(NOON, NOON + timedelta(days=1)) if gap.source == name]
    assert [gap.interval for gap in gaps] == [each for each in ledger if not each.complete]


def test_gaps_are_kept_apart_with_their_reason(store: Store) -> None:
    hour = timedelta(hours=1)
    intervals = (
        Interval(NOON, NOON + hour),
        Interval(NOON, NOON + hour / 2, complete=False, note="limit of 1,000 results"),
    )
    store.write(lambda tables: tables.sources.cover("x", intervals))
    store.write(lambda tables: tables.sources.cover("x", intervals[1:]))
    (gap,) = store.read.sources.gaps(NOON, NOON + hour)
    assert gap.interval.note == "limit of 1,000 results"
    assert store.read.sources.gaps(NOON + hour, NOON + 2 * hour) == []


def test_what_was_missed_and_read_later_is_kept_apart(store: Store) -> None:
    def minutes(begin: int, end: int, note: str = "") -> Interval:
        return Interval(*(NOON + timedelta(minutes=each) for each in (begin, end)), not note, note)

    for each in (minutes(0, 30, "limit"), minutes(0, 5), minutes(5, 10), minutes(20, 25), minutes(60, 70)):
        store.write(lambda tables, each=each: tables.sources.cover("x", (each,)))  # type: ignore[misc]
    read = store.read.sources
    spans = [(gap.interval.start, gap.interval.end) for gap in read.filled(NOON, NOON + timedelta(hours=2))]
    assert spans == [(each.start, each.end) for each in (minutes(0, 10), minutes(20, 25))]
    assert {gap.interval.note for gap in read.filled(NOON, NOON + timedelta(hours=2))} == {"limit"}
    assert read.filled(NOON + timedelta(minutes=25), NOON + timedelta(hours=2)) == []
    assert [gap.interval for gap in read.gaps(NOON, NOON + timedelta(hours=2))] == [
        minutes(10, 20, "limit"),
        minutes(25, 30, "limit"),
    ]


def test_export_tells_everything_in_time_order_and_no_deleted_text(store: Store) -> None:
    def work(tables: Tables) -> None:
        tables.mentions.add([mention(1), mention(2, "secret", NOON - timedelta(hours=1))], NOON)
        tables.mentions.add_readings([reading(1, 5, NOON + timedelta(minutes=5)), reading("unseen", 1)])
        tables.mentions.delete([Deleted("x", "2", NOON + timedelta(minutes=2))])

    store.write(work)
    records = list(store.read.mentions.records())
    assert [type(each).__name__ for each in records] == ["Mention", "Reading", "Deleted", "Reading"]
    assert "secret" not in repr(records)


def test_purge_by_author_mention_and_age(store: Store) -> None:
    old = NOON - timedelta(days=40)
    store.write(lambda tables: tables.mentions.add([mention(1), mention(2), mention(3, at=old)], NOON))
    assert store.write(lambda tables: tables.mentions.purge(author=("x", "@user1"))) == 1
    assert store.write(lambda tables: tables.mentions.purge(author=("reddit", "a2"))) == 0
    assert store.write(lambda tables: tables.mentions.purge(key=MentionKey("x", "2"))) == 1
    assert store.write(lambda tables: tables.mentions.purge(before=NOON - timedelta(days=30))) == 1
    assert store.read.mentions.count() == 0


def test_purge_takes_a_handle_as_people_write_it(store: Store) -> None:
    store.write(add(1))  # type: ignore[arg-type]
    assert store.write(lambda tables: tables.mentions.purge(author=("x", "@USER1"))) == 1


def test_purge_some_at_a_time_until_nothing_is_left(store: Store) -> None:
    old = NOON - timedelta(days=40)
    store.write(lambda tables: tables.mentions.add([mention(n, at=old) for n in range(5)], NOON))
    store.write(add(9))  # type: ignore[arg-type]
    erased = [
        store.write(lambda tables: tables.mentions.purge(before=NOON - timedelta(days=30), limit=2))
        for _ in range(4)
    ]
    assert erased == [2, 2, 1, 0]
    assert store.read.mentions.count() == 1


def test_purge_erases_old_readings_without_a_mention_and_no_others(store: Store) -> None:
    old = NOON - timedelta(days=40)

    def work(tables: Tables) -> None:
        tables.mentions.add_readings([reading("unseen", 1, old), reading("unseen", 2), reading(1, 3, old)])
        tables.mentions.add([mention(1)], NOON)
        tables.mentions.add_readings([reading(1, 4, old + timedelta(hours=1))])
        tables.mentions.purge(before=NOON - timedelta(days=30))

    store.write(work)
    assert [each.reposts for each in store.read.mentions.readings(MentionKey("x", "unseen"))] == [2]
    assert [each.reposts for each in store.read.mentions.readings(KEY)] == [3, 4]
    plan = store._connections._writer.query(
        "EXPLAIN QUERY PLAN DELETE FROM readings WHERE early = 1 AND at < '2026'"
    )
    assert "readings_early" in repr(list(plan))


def test_purge_treats_hostile_names_as_names(store: Store) -> None:
    store.write(add(1))  # type: ignore[arg-type]
    assert store.write(lambda tables: tables.mentions.purge(author=("x' OR 1=1 --", "' OR '1'='1"))) == 0
    assert store.read.mentions.count() == 1


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_times_sort_as_text(moment: datetime) -> None:
    assert to_time(to_text(moment)) == moment.astimezone(UTC)
    assert (to_text(moment) < to_text(NOON)) == (moment < NOON)


@given(st.lists(st.floats(-1, 1), max_size=8))
def test_vectors_keep_three_digits(vector: list[float]) -> None:
    assert to_vector(to_blob(vector)) == pytest.approx(vector, abs=1e-3)


def alert(tables: Tables, number: int, posts: int = 1) -> int:
    """The alert of a story with so many posts, the first of them that mention."""
    first = mention(number)
    tables.mentions.add([first, *(mention(f"{number}-{n}") for n in range(1, posts))], NOON)
    tables.stories.open(first, np.ones(2, dtype=np.float32))
    story = tables.stories.of(first.key)
    assert story is not None
    for n in range(1, posts):
        tables.stories.join(story, mention(f"{number}-{n}"))
    facts = StoryFacts(posts, posts, 0, ("x",), 9, None, NOON, Lead(first, None, "reposts"))
    return tables.alerts.open(story, facts, Decision("page", "crossed", "warning", "why"), NOON)


def deliveries(tables: Tables, now: datetime = NOON) -> dict[str, int]:
    return {each.person: each.id for each in tables.sending.due(now)}


def test_a_step_is_unreached_when_every_delivery_of_its_revision_failed(store: Store) -> None:
    def work(tables: Tables) -> None:
        one = alert(tables, 1)
        tables.outbox.enqueue(
            [Contact("A", "email", NOON), Contact("B", "email", NOON)], alert_id=one, revision=0, step=0
        )
        due = deliveries(tables)
        tables.sending.fail(due["A"], "no such box")
        assert not tables.outbox.unreached(one, 0, 0)
        # B's was cancelled: somebody snoozed the alert. After that it is paged anew, in another revision.
        tables.outbox.cancel_pending(one)
        assert tables.outbox.unreached(one, 0, 0)
        tables.outbox.enqueue([Contact("B", "email", NOON)], alert_id=one, revision=1, step=0)
        assert not tables.outbox.unreached(one, 1, 0)
        tables.sending.fail(deliveries(tables)["B"], "no such box")
        assert tables.outbox.unreached(one, 1, 0)
        assert not tables.outbox.unreached(one, 1, 1)

    store.write(work)


def test_what_did_not_go_out_is_told_until_it_no_longer_matters(store: Store) -> None:
    def work(tables: Tables) -> None:
        alerts = [alert(tables, n) for n in range(4)]
        for n, each in enumerate(alerts):
            tables.outbox.enqueue([Contact(f"P{n}", "email", NOON)], alert_id=each)
        tables.outbox.enqueue([Contact("week", "email", NOON)], digest=NOON)
        tables.outbox.enqueue([Contact("old week", "email", NOON)], digest=NOON - timedelta(days=14))
        tables.outbox.enqueue([Contact("waits", "email", NOON)], alert_id=alerts[0])
        due = deliveries(tables)
        assert tables.sending.take([due["waits"]], "snapwatch-1", NOON)
        tables.sending.postpone(due.pop("waits"), "busy", NOON)
        for delivery in due.values():
            tables.sending.fail(delivery, "no such box")
        tables.alerts.acknowledge(alerts[1], "Second", NOON)
        tables.alerts.snooze(alerts[2], "Second", NOON, NOON)
        tables.alerts.resolve(alerts[3], "Second", NOON)

    store.write(work)
    told = [each.person for each in store.read.outbox.troubled(NOON + timedelta(days=1))]
    assert told == ["P0", "P1", "P2", "week", "waits"]
    assert "week" not in [each.person for each in store.read.outbox.troubled(NOON + timedelta(days=9))]


def test_the_digest_tells_stories_of_several_posts_or_with_an_alert(store: Store) -> None:
    def work(tables: Tables) -> None:
        alert(tables, 1)  # story 1: one post, an alert
        for n, posts in ((2, 1), (3, 2), (4, 2)):
            alert(tables, n, posts)
            tables.alerts._db.execute("DELETE FROM alert_events WHERE alert_id = ?", [n])
            tables.alerts._db.execute("DELETE FROM alerts WHERE id = ?", [n])
        tables.mentions.delete([Deleted("x", "4", NOON)])

    store.write(work)
    week = timedelta(days=7)
    assert [each.id for each in store.read.stories.told(NOON - week, NOON + week)] == [1, 3]
    assert store.read.stories.told(NOON - week, NOON) == []
    assert store.read.stories.told(NOON + week, NOON + 2 * week) == []
