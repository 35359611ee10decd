"""The outbox of a former version goes on where it stood, and what the cap held is told once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlite_utils

from monitor.errors import StoreError
from monitor.rules import Decision
from monitor.store import Contact, Held, Store
from monitor.store.migrations import migrations
from monitor.store.values import to_text
from tests.monitor.scripted import NOON, mention

WARNING = Decision("hold", "cap", "warning", "held: warning")
CRITICAL = Decision("hold", "cap", "critical", "held: critical")
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "test.db")
    for number in (1, 2):
        post = mention(number)
        made.write(
            lambda tables, post=post: (tables.mentions.add([post], NOON), tables.stories.open(post, (1.0,)))
        )  # type: ignore[misc]
    yield made
    made.close()


def test_deliveries_of_a_former_version_are_sent_and_stay_unique(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = sqlite_utils.Database(path)
    migrations.apply(old, stop_before="m008_decisions")
    at = to_text(NOON)
    old.execute(
        "INSERT INTO stories (opened_at, updated_at, title, title_mention) VALUES (?, ?, 't', 'x 1')",
        [at, at],
    )
    old.execute(
        """INSERT INTO alerts (story_id, state, severity, reason, opened_at, paged_at, posts, spread, sources, crossed)
           VALUES (1, 'open', 'warning', 'why', ?, ?, 3, 9, 'x', 0)""",
        [at, at],
    )
    for alert, digest, person in ((1, None, "A"), (None, at, "B")):
        old.execute(
            "INSERT INTO deliveries (alert_id, digest, person, channel, due_at) VALUES (?, ?, ?, 'email', ?)",
            [alert, digest, person, at],
        )
    old.conn.commit()
    old.close()
    store = Store(path)
    store.write(
        lambda tables: (
            tables.outbox.enqueue([Contact("A", "email", NOON)], alert_id=1),
            tables.outbox.enqueue([Contact("B", "email", NOON)], digest=NOON),
            tables.outbox.enqueue([Contact("B", "email", NOON)], brief=NOON),
            tables.outbox.enqueue([Contact("B", "email", NOON)], brief=NOON),
        )
    )
    due = store.read.sending.due(NOON)
    assert [(each.id, each.alert_id, each.digest, each.brief, each.person) for each in due] == [
        (1, 1, None, None, "A"),
        (2, None, NOON, None, "B"),
        (5, None, None, NOON, "B"),
    ]
    last = store.read.alerts.get(1)
    assert last is not None
    assert (last.last.p_viral, last.last.loudest) == (None, 0)
    store.close()


def test_a_delivery_is_of_one_thing(store: Store) -> None:
    for what in ({}, {"digest": NOON, "brief": NOON}):
        with pytest.raises((StoreError, sqlite3.Error)):
            store.write(
                lambda tables, what=what: tables.outbox.enqueue([Contact("A", "email", NOON)], **what)
            )  # type: ignore[misc]


def test_a_story_is_held_once_and_its_worst_reason_stays(store: Store) -> None:
    def add(story: int, decision: Decision) -> bool:
        return store.write(lambda tables: tables.held.add(story, decision, NOON))

    assert add(1, WARNING)
    assert not add(1, WARNING)
    assert add(1, CRITICAL)
    assert not add(1, WARNING)
    assert add(2, WARNING)
    assert store.write(lambda tables: tables.held.brief(LATER)) == 2
    assert store.read.held.told(LATER) == [
        Held(1, NOON, "critical", "held: critical"),
        Held(2, NOON, "warning", "held: warning"),
    ]
    assert store.read.held.told(NOON) == []
    # The same brief again, as after a crash, tells the same; what is held later is in the next.
    assert store.write(lambda tables: tables.held.brief(LATER)) == 2
    assert add(1, WARNING)
    assert store.write(lambda tables: tables.held.brief(LATER + timedelta(days=1))) == 1
