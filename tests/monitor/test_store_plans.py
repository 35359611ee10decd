"""What is asked every second reads no table of the on-call work as a whole, however many alerts are over."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.sections import RulesSettings
from monitor.store import Among, Store, Tables
from tests.monitor.scripted import KEY, NOON

LANE, RULES = ("sms", False), RulesSettings()
ASKED: dict[str, Callable[[Tables], object]] = {
    "steps": lambda tables: tables.alerts.step_due(NOON),
    "gathered": lambda tables: tables.gathered.due(NOON, timedelta(minutes=10)),
    "lanes": lambda tables: tables.sending.lanes(NOON),
    "due": lambda tables: tables.sending.due(NOON, LANE),
    "unknown": lambda tables: tables.sending.unknown(LANE),
    "tried": lambda tables: tables.sending.tried("sms", NOON - timedelta(minutes=10)),
    "reply": lambda tables: tables.replies.live_of(KEY),
    "turns": lambda tables: tables.replies.turns(KEY),
    "replies of an alert": lambda tables: tables.replies.of_alert(1),
    "promised": lambda tables: tables.replies.promised(),
    "promised to": lambda tables: tables.replies.promised(KEY),
    "refused": lambda tables: tables.replies.failed(NOON),
    "under way": lambda tables: tables.replies.live(),
    "promise's pages": lambda tables: tables.outbox.promise_tried(1, 0),
    "unsure": lambda tables: tables.labelling.unsure(0.5, 0.1, Among(), None, 8),
    "unsure of a source": lambda tables: tables.labelling.unsure(0.5, 0.1, Among("x"), None, 8),
    "unsure of a story": lambda tables: tables.labelling.unsure(0.5, 0.1, Among(story=1), None, 8),
    "paged": lambda tables: tables.labelling.paged(Among(), None, 8),
    "test pages": lambda tables: tables.drills.ways(1),
    "what was said": lambda tables: tables.outlooks.written(1),
    "crossing of a story": lambda tables: tables.weekly.crossed_at(1, RULES),
    "crossings": lambda tables: tables.weekly.crossings(NOON, RULES),
    "cap": lambda tables: tables.alerts.opened(NOON, ["critical"]),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_it_goes_by_an_index_of_what_still_matters(tmp_path: Path, ask: Callable[[Tables], object]) -> None:
    plan = planned(tmp_path, ask)
    assert plan
    # What a question has found by an index itself, it may go through.
    own = {step.split()[1] for step in plan if step.startswith("CO-ROUTINE")} | {"sqlite_master"}
    assert not [step for step in plan if (found := re.fullmatch(r"SCAN (\w+)", step)) and found[1] not in own]
    assert not [step for step in plan if "deliveries_tried (channel=?)" in step]


@pytest.mark.parametrize("ask", ["crossing of a story", "crossings"])
def test_a_crossing_is_found_among_those_that_crossed(tmp_path: Path, ask: str) -> None:
    plan = planned(tmp_path, ASKED[ask])
    assert [step for step in plan if "mentions_crossed" in step]
    assert not [step for step in plan if "forecasts" in step]


def planned(folder: Path, ask: Callable[[Tables], object]) -> list[str]:
    """The steps in which the database answers."""
    store = Store(folder / "test.db")
    tables, statements = store.read, list[str]()
    connection = tables.alerts._db.conn
    connection.set_trace_callback(statements.append)
    ask(tables)
    connection.set_trace_callback(None)
    plan = [row[3] for each in statements for row in connection.execute(f"EXPLAIN QUERY PLAN {each}")]
    store.close()
    return plan
