"""What the outbox held before replies were known is there afterwards, as it was."""

from __future__ import annotations

from pathlib import Path

import sqlite_utils

from monitor.store import Contact, Store
from monitor.store.migrations import migrations
from monitor.store.values import to_text
from tests.monitor.scripted import NOON


def test_every_column_of_a_delivery_is_kept(tmp_path: Path) -> None:
    path, at = tmp_path / "old.db", to_text(NOON)
    old = sqlite_utils.Database(path)
    migrations.apply(old, stop_before="m016_replies")
    old.execute("INSERT INTO drills (person, at) VALUES ('A', ?)", [at])
    old.execute("INSERT INTO alarms (what, words, since, seen_at) VALUES ('disk', 'full', ?, ?)", [at, at])
    for id_, drill, alarm, state in ((3, 1, None, "sent"), (7, None, 1, "sending")):
        old.execute(
            """INSERT INTO deliveries (id, drill_id, alarm_id, kind, revision, step, person, channel, state, due_at, held,
                 attempts, error, tried_at, message, stale, sent_at, provider_id, twice, receipt, receipt_at) VALUES
                (?, ?, ?, 'page', 2, 1, 'A', 'email', ?, ?, 'held', 4, 'error', ?, 'key', 1, ?, 'p', 5, 'failed', ?)""",
            [id_, drill, alarm, state, at, at, at, at],
        )
    old.conn.commit()
    before = [row | {"promise_id": None} for row in old.query("SELECT * FROM deliveries")]
    old.close()
    store = Store(path)
    after = list(store.read.outbox._db.query("SELECT * FROM deliveries"))
    assert [{name: row[name] for name in before[0]} for row in after] == before
    store.write(lambda tables: tables.outbox.enqueue([Contact("A", "email", NOON)], brief=NOON))
    (due,) = store.read.sending.due(NOON)
    assert due.id == 8
    store.close()
