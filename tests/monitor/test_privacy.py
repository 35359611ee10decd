"""What is erased is gone: from the tables, from the files while they are open, and for everybody but the owner."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.model import Classification, Deleted, MentionKey, Sentiment
from monitor.store import Store
from tests.monitor.scripted import NOON, mention, reading

KEY = MentionKey("x", "1")
FOUND = Classification(0.9, Sentiment(0.9, 0.1, 0.0), "scripted", category="delivery", embedding=(1.0, 0.0))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "test.db")
    yield made
    made.close()


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
