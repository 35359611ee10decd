"""What people answer in a night, and what becomes of it; also at the very moment at which the next step is due."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from monitor.errors import ChannelError, InputError
from monitor.paging import respond
from monitor.store import Store
from tests.monitor.nights import EVENING, QUIET, Make, Night, on_call, person, two
from tests.monitor.scripted import mention


def rows(night: Night, alert: int, state: str) -> list[dict[str, Any]]:
    """Deliveries of an alert in that state."""
    found = night.store.read.alerts._db.query(
        "SELECT * FROM deliveries WHERE alert_id = ? AND state = ? ORDER BY id", [alert, state]
    )
    return list(found)


# --- what people answer -------------------------------------------------------------------------------------------


def test_the_others_hear_who_has_it_by_the_ways_that_told_them(make_night: Make) -> None:
    night = two(make_night)
    respond.acknowledge(night.store, "1", "Second", night.clock.now())
    assert "Second has alert 1 since" in respond.acknowledge(night.store, "1", "First", night.clock.now())
    night.until("23:40")
    assert [(each.at, each.person, each.channel) for each in night.heard] == [
        ("23:11", "First", "email"),
        ("23:11", "First", "sms"),
    ]
    assert all("Second has it since 23:10" in each.words for each in night.heard)


def test_whoever_sleeps_hears_in_the_morning_who_has_it(make_night: Make) -> None:
    night = two(make_night, quiet=QUIET)
    night.until("00:30")
    night.heard.clear()
    respond.acknowledge(night.store, "1", "Second", night.clock.now())
    night.until("00:35")
    assert night.heard == []
    assert night.waiting()[0] == ("07:00", "First", "email", "quiet hours until 07:00, nothing to do")
    night.until("07:00", step=5)
    assert {(each.at, each.person) for each in night.heard} == {("07:00", "First")}


def test_given_back_it_begins_with_the_first_step_and_is_in_nobodys_hands(make_night: Make) -> None:
    night = two(make_night)
    respond.acknowledge(night.store, "1", "Second", night.clock.now())
    said = respond.unacknowledge(night.store, "1", "Second", night.clock.now())
    assert said == "Alert 1 is open again: nobody has it, and it pages from the first step on."
    night.until("23:21")
    assert night.pages() == [("23:11", "First"), ("23:21", "Second")]
    assert not any("has it" in each.words for each in night.heard)
    assert "nobody has it" in respond.unacknowledge(night.store, "1", "Second", night.clock.now())


def test_given_to_somebody_who_has_to_acknowledge_it(make_night: Make) -> None:
    night = two(make_night)
    respond.acknowledge(night.store, "1", "First", night.clock.now())
    night.now()
    night.heard.clear()
    said = respond.reassign(night.store, "1", "First", "Second", night.clock.now())
    assert said.startswith("Alert 1 goes to Second, who is paged now")
    assert "Second is being paged" in respond.standing(night.alert)
    night.until("23:11")
    assert night.pages() == [("23:11", "Second")]
    assert [note for _, _, note in night.events("reopened")] == ["First gave it to Second"]
    night.until("23:21")
    assert night.pages()[1:] == [("23:21", "First")]  # the escalation goes on
    respond.acknowledge(night.store, "1", "Second", night.clock.now())
    assert "Second has alert 1" in respond.reassign(night.store, "1", "First", "Second", night.clock.now())


def test_snoozed_until_a_time_the_others_hear_and_it_comes_back(make_night: Make) -> None:
    night = two(make_night)
    until = night.clock.now() + timedelta(hours=2)
    assert "silent until 2026-11-04 01:10" in respond.snooze(
        night.store, "1", "First", until, night.clock.now()
    )
    night.until("01:20", step=5)
    assert next(each for each in night.pages() if each[1] == "First") == ("01:10", "First")
    second = [
        (each.at, each.words) for each in night.heard if each.person == "Second" and each.channel == "sms"
    ]
    assert second[0][0] == "23:15"
    assert "until" in second[0][1]
    for wrong in (night.clock.now(), night.clock.now() + timedelta(hours=25)):
        with pytest.raises(InputError, match="choose one in the next 24 hours"):
            respond.snooze(night.store, "1", "First", wrong, night.clock.now())


def test_whoever_is_asked_for_is_paged_in_their_quiet_hours(make_night: Make) -> None:
    night = make_night(
        EVENING,
        person("First", "email"),
        person("Second", "email", quiet=QUIET),
        oncall=on_call("First", "Second"),
    )
    night.complaint(40)
    respond.reassign(night.store, "1", "First", "Second", night.clock.now())
    night.until("23:01")
    assert night.pages()[1:] == [("23:01", "Second")]
    until = night.clock.now() + timedelta(hours=1)
    respond.snooze(night.store, "1", "Second", until, night.clock.now())
    night.until("00:02")
    assert night.pages()[2:] == [("23:02", "First"), ("00:01", "Second")]


def test_a_note_says_how_it_stands_and_changes_nothing(make_night: Make) -> None:
    night = two(make_night)
    said = respond.note(night.store, "1", "First", " called\nthe depot ", night.clock.now())
    assert said == "Noted. Alert 1 is open and nobody has it yet."
    assert night.events("note") == [("23:10", "First", "called the depot")]
    with pytest.raises(InputError, match="empty"):
        respond.note(night.store, "1", "First", " \n", night.clock.now())


def test_resolved_the_others_hear_that_it_is_over(make_night: Make) -> None:
    night = two(make_night)
    respond.acknowledge(night.store, "1", "First", night.clock.now())
    respond.resolve(night.store, "1", "First", night.clock.now())
    night.until("23:30")
    assert night.pages() == [("23:11", "Second")]
    assert all("resolved by First at 23:10" in each.words for each in night.heard)


def test_nobody_is_called_since_the_news_that_it_is_over_can_not_be_sent(make_night: Make) -> None:
    night = make_night(
        EVENING, person("First", "sms", "call", pages={"critical": [{"by": ["sms"]}]}), person("Second", "email"),
        oncall=on_call("First", "Second"),
    )  # fmt: skip
    night.complaint(60)
    night.channels["sms"].outcomes = [ChannelError("down")] * 6
    respond.resolve(night.store, "1", "Second", night.clock.now())
    night.until("00:00")
    assert [each.channel for each in night.heard if each.person == "First"] == ["sms", "sms"]
    assert "resolved by Second" in night.heard[-1].words


def test_a_test_page_is_acknowledged_by_who_got_it(make_night: Make) -> None:
    night = make_night()
    drill = night.store.write(lambda tables: tables.drills.begin("First", night.clock.now()))
    assert "First's" in respond.acknowledge(night.store, drill.code, "Second", night.clock.now())
    assert night.store.read.drills.get(drill.id).acknowledged_at is None  # type: ignore[union-attr]
    assert "has arrived" in respond.acknowledge(night.store, drill.code.upper(), "First", night.clock.now())
    assert night.store.read.drills.get(drill.id).acknowledged_at is not None  # type: ignore[union-attr]
    with pytest.raises(InputError, match="no alert 't99'"):
        respond.acknowledge(night.store, "t99", "First", night.clock.now())


# --- who is first -------------------------------------------------------------------------------------------------


def at_once(*work: Callable[[], object]) -> None:
    """All of it at the same time, in a thread each."""
    ready = threading.Barrier(len(work))

    def run(each: Callable[[], object]) -> None:
        ready.wait()
        each()

    with ThreadPoolExecutor(len(work)) as pool:
        for done in [pool.submit(run, each) for each in work]:
            done.result()


def test_an_acknowledgement_and_the_next_step_at_one_moment(make_night: Make) -> None:
    night = make_night(
        EVENING, person("First", "email"), person("Second", "sms"),
        oncall=on_call("First", "Second"), rules={"pages_per_shift": 99},
    )  # fmt: skip
    shell = Store(night.folder / "test.db")  # another process, with a connection of its own
    for number in range(1, 27):
        code, text = str(number), f"{chr(64 + number)} Kestrel parcel is lost"
        night.source.mentions.append(mention(number, text, night.clock.now()))
        night.source.counters[code] = 60
        night.pass_by(minutes=1)
        now = night.clock.forward(minutes=10)
        at_once(
            partial(respond.acknowledge, shell, code, "First", now),
            partial(night.pipeline.escalate, now),
            partial(night.pipeline.dispatch, ("sms", False), now),
        )
        alert = shell.read.alerts.get(number)
        assert alert is not None
        assert (alert.state, alert.holder, alert.step_due_at) == ("acknowledged", "First", None)
        events = [each.event for each in shell.read.alerts.events(number)]
        escalated, told = "escalated" in events, ("Second", "sms") in shell.read.outbox.told(number)
        assert escalated or not told
        if escalated:
            assert events.index("escalated") < events.index("acknowledged")
        waiting = rows(night, number, "pending")
        assert all(row["kind"] == "taken" for row in waiting)
        # Who was paged in that moment hears that somebody has it.
        heard = [row for row in waiting + rows(night, number, "sent") if row["kind"] == "taken"]
        assert [row["person"] for row in heard] == ["Second"] * told
        night.now()
    shell.close()


@pytest.mark.parametrize("escalation_first", [True, False])
def test_whichever_is_first_nobody_is_paged_about_what_somebody_has(
    make_night: Make, escalation_first: bool
) -> None:
    night = make_night(
        EVENING, person("First", "email"), person("Second", "sms"), oncall=on_call("First", "Second")
    )
    night.complaint(60)
    now = night.clock.forward(minutes=10)
    if escalation_first:
        night.pipeline.escalate(now)
    respond.acknowledge(night.store, "1", "First", now)
    assert night.pipeline.escalate(now) == 0
    night.until("23:40")
    assert night.pages() == [("23:00", "First")]
    assert [row["person"] for row in rows(night, 1, "cancelled")] == ["Second"] * escalation_first


def test_two_acknowledge_at_one_moment_and_one_has_it(make_night: Make) -> None:
    night = two(make_night)
    shell = Store(night.folder / "test.db")
    said: list[str] = []
    at_once(
        lambda: said.append(respond.acknowledge(shell, "1", "First", night.clock.now())),
        lambda: said.append(respond.acknowledge(night.store, "1", "Second", night.clock.now())),
    )
    shell.close()
    holder = night.alert.holder
    assert sorted("is yours" in each for each in said) == [False, True]
    assert all(str(holder) in each for each in said)
    night.now()
    assert {each.person for each in night.heard} == {"First", "Second"} - {holder}
