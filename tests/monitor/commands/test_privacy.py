"""What is erased is gone: from the tables, from the files while they are open, and for everybody but the owner."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from monitor.model import Classification, Deleted, MentionKey, Sentiment
from monitor.rules import Decision, Lead, StoryFacts
from monitor.store import Store, Tables
from tests.monitor.scripted import KEY, NOON, mention, reading

FOUND = Classification(0.9, Sentiment(0.9, 0.1, 0.0), "scripted", category="delivery", embedding=(1.0, 0.0))


def test_what_was_deleted_while_the_model_read_it_gets_no_classification(store: Store) -> None:
    store.write(lambda tables: tables.mentions.add([mention(1)], NOON))
    assert store.read.mentions.is_live(KEY)
    store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    store.write(lambda tables: tables.mentions.classified(KEY, FOUND, NOON))
    store.write(lambda tables: tables.mentions.classified(MentionKey("x", "never seen"), FOUND, NOON))
    assert not store.read.mentions.is_live(KEY)
    assert not store.read.mentions.is_live(MentionKey("x", "never seen"))
    assert store.read.mentions.classification(KEY) is None
    assert store.read.mentions.classification(MentionKey("x", "never seen")) is None
    assert store.read.mentions.waiting() == 0


def test_a_deleted_mention_is_neither_assessed_nor_read_again(store: Store) -> None:
    store.write(lambda tables: tables.mentions.add([mention(1)], NOON))
    store.write(lambda tables: tables.mentions.classified(KEY, FOUND, NOON))
    store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    assert store.read.mentions.waiting() == 0
    store.write(lambda tables: tables.mentions.assessed(KEY, None, NOON, 0))
    store.write(lambda tables: tables.mentions.add_readings([reading(1, 5)]))
    assert store.read.mentions.waiting() == 0
    assert store.read.mentions.read_due("x", NOON + timedelta(days=1), 10) == []


def told(store: Store, words: bytes) -> set[str]:
    """The files beside the open database that hold the words."""
    return {each.name for each in store.path.parent.glob("test.db*") if words in each.read_bytes()}


def in_a_story(tables: Tables) -> None:
    said = mention(1, "My Kestrel parcel with the blue ribbon is lost")
    tables.mentions.add([said], NOON)
    tables.mentions.classified(KEY, FOUND, NOON)
    tables.stories.open(said, np.ones(2, dtype=np.float32))


@pytest.mark.parametrize("how", ["deleted", "purged"])
def test_erased_words_are_in_no_file_while_the_database_is_open(store: Store, how: str) -> None:
    store.write(in_a_story)
    assert told(store, b"blue ribbon")
    if how == "deleted":
        store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    else:
        store.write(lambda tables: tables.mentions.purge(key=KEY))
    assert told(store, b"blue ribbon") == set()
    assert told(store, b"user1") == set()


def test_words_that_a_reader_kept_are_gone_after_a_later_write(store: Store) -> None:
    store.write(in_a_story)
    reader = sqlite3.connect(store.path)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM mentions").fetchall()
    store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    assert told(store, b"blue ribbon")
    reader.close()
    store.write(lambda tables: tables.meta.set("anything", "else"))
    assert told(store, b"blue ribbon") == set()


def test_words_that_a_process_left_in_the_log_when_it_died_are_gone_after_the_first_write(
    store: Store,
) -> None:
    store.write(in_a_story)
    # As if it had died right after the transaction.
    connection = store._connections._writer.conn
    connection.execute("UPDATE mentions SET text = ''")
    connection.execute("UPDATE stories SET title = ''")
    connection.commit()
    assert told(store, b"blue ribbon")
    again = Store(store.path)
    again.write(lambda tables: tables.meta.set("anything", "else"))
    assert told(store, b"blue ribbon") == set()
    again.close()


def story_row(store: Store) -> tuple[str, bytes | None] | None:
    row = next(store._connections.reader().query("SELECT title, centroid FROM stories"), None)
    return (row["title"], row["centroid"]) if row else None


def test_a_story_keeps_its_middle_while_a_live_mention_is_left_and_goes_with_the_last(store: Store) -> None:
    store.write(in_a_story)
    other = mention(2, "The same happened to me")
    store.write(lambda tables: tables.mentions.add([other], NOON))
    store.write(lambda tables: tables.stories.join(1, other))
    store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    title, middle = story_row(store) or ("", None)
    assert (title, middle is None) == ("The same happened to me", False)
    store.write(lambda tables: tables.mentions.delete([Deleted("x", "2", NOON)]))
    assert story_row(store) == ("(erased)", None)
    store.write(lambda tables: tables.mentions.purge(key=KEY))
    assert story_row(store) == ("(erased)", None)
    store.write(lambda tables: tables.mentions.purge(key=other.key))
    assert story_row(store) is None


def test_a_story_with_an_alert_stays_without_its_words(store: Store) -> None:
    def paged(tables: Tables) -> None:
        in_a_story(tables)
        facts = StoryFacts(1, 1, 0, ("x",), 9, None, NOON, Lead(mention(1), None, "reposts"))
        tables.alerts.open(1, facts, Decision("page", "crossed", "warning", "why"), NOON)

    store.write(paged)
    store.write(lambda tables: tables.mentions.purge(before=NOON + timedelta(days=1)))
    assert story_row(store) == ("(erased)", None)
    assert len(store.read.alerts.active()) == 1


def test_nobody_but_the_owner_can_read_the_files(tmp_path: Path) -> None:
    made = Store(tmp_path / "new" / "test.db")
    made.write(lambda tables: tables.mentions.add([mention(1)], NOON))
    modes = {each.name: each.stat().st_mode & 0o777 for each in (tmp_path / "new").iterdir()}
    assert modes == {"test.db": 0o600, "test.db-wal": 0o600, "test.db-shm": 0o600}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    made.path.chmod(0o644)
    made.close()
    Store(made.path).close()
    assert made.path.stat().st_mode & 0o777 == 0o600
