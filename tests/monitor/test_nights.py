"""Whole nights of on-call: nobody answers, quiet hours, the clock is changed, a phone is dead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor.errors import ChannelError
from monitor.paging import respond
from monitor.watching.watcher import Watcher
from tests.monitor.nights import EVENING, QUIET, Make, on_call, person
from tests.monitor.scripted import reading


def clock(at: str) -> timedelta:
    hour, minute = map(int, at.split(":"))
    return timedelta(hours=hour, minutes=minute)


# --- nobody answers -----------------------------------------------------------------------------------------------

STEPS = {
    "steps": [
        {"page": ["First"], "wait_minutes": 5},
        {"page": ["Second", "Third"], "by": ["call"]},
    ],
    "escalate_after_minutes": 15,
    "repeat": 2,
    "fallback": "Boss",
}


@pytest.mark.parametrize("restarting", [False, True], ids=["one process", "a new one every minute"])
def test_nobody_answers(make_night: Make, restarting: bool) -> None:
    night = make_night(EVENING, *map(person, ("First", "Second", "Third", "Boss")), oncall=STEPS)
    with capture_logs() as logs:
        night.complaint(60)
        night.until("00:30", restarting=restarting)
    first, both = [("email"), ("sms"), ("call")], ["Second", "Third"]
    assert [(each.at, each.person, each.channel) for each in night.heard] == [
        *(("23:00", "First", channel) for channel in sorted(first)),
        *(("23:05", name, "call") for name in both),
        *(("23:20", "First", channel) for channel in sorted(first)),
        *(("23:25", name, "call") for name in both),
        *(("23:40", "Boss", channel) for channel in sorted(first)),
    ]
    assert night.events("nobody left") == [("23:55", None, "")]
    assert [each["event"] for each in logs if each["log_level"] == "error"] == [
        "nobody acknowledged and nobody is left to page"
    ]
    assert [note for _, _, note in night.events("escalated")] == [
        "Second, Third",
        "First",
        "Second, Third",
        "Boss",
    ]
    night.until("08:00", step=15)
    assert len(night.heard) == 13
    assert night.state()[0] == "open"  # what nobody has never ends by itself


def test_after_the_last_step_what_gets_graver_begins_anew(make_night: Make) -> None:
    night = make_night(
        EVENING, person("First", "email"), person("Second", "email"), oncall=on_call("First", "Second")
    )
    night.complaint(40)
    night.until("23:30")
    assert night.pages() == [("23:00", "First"), ("23:10", "Second")]
    night.source.counters["1"] = 600
    night.until("00:30")
    told = night.pages()[2:]
    assert told[:2] == [(told[0][0], "First"), (told[0][0], "Second")]  # both were paged, and hear of it
    assert [name for _, name in told[2:]] == ["Second"]
    assert len(night.events("nobody left")) == 2


def test_a_rotation_that_nobody_has(make_night: Make) -> None:
    office = {"name": "office", "layers": [{"people": ["First"], "hours": ["09:00", "17:00"]}]}
    night = make_night(
        EVENING, *map(person, ("First", "Second", "Boss")), rotations=[office],
        oncall={"order": ["office", "Second"], "fallback": "Boss", "repeat": 1},
    )  # fmt: skip
    with capture_logs() as logs:
        night.complaint(60)
    assert night.pages() == [("23:00", "Boss")]
    assert night.events("nobody on call") == [("23:00", None, "office")]
    assert [each["rotation"] for each in logs if each["log_level"] == "error"] == ["office"]
    night.until("23:10")
    assert night.pages()[1:] == [("23:10", "Second")]


# --- quiet hours --------------------------------------------------------------------------------------------------


def sleeper(name: str = "First", **more: Any) -> dict[str, Any]:
    return person(name, "email", "sms", quiet=QUIET, **more)


def test_what_can_wait_is_held_until_morning_and_its_step_begins_then(make_night: Make) -> None:
    night = make_night(EVENING, sleeper(), person("Second", "email"), oncall=on_call("First", "Second"))
    night.complaint(40)
    why = "quiet hours until 07:00, severity warning"
    assert night.waiting() == [("07:00", "First", "email", why), ("07:00", "First", "sms", why)]
    assert night.events("held") == [("23:00", "First", why)]
    assert "has it yet" in respond.standing(night.alert)
    assert night.state()[0] == "open"
    night.until("07:30", step=10)
    assert night.pages() == [("07:00", "First"), ("07:10", "Second")]


def test_what_is_severe_rings_at_any_time(make_night: Make) -> None:
    night = make_night(EVENING, sleeper(), oncall=on_call("First"))
    night.complaint(60)
    assert night.pages() == [("23:00", "First")]


def test_a_held_page_that_gets_severe_goes_out_at_once_as_a_first_page(make_night: Make) -> None:
    night = make_night(EVENING, sleeper(), person("Second", "email"), oncall=on_call("First", "Second"))
    night.complaint(40)
    night.until("02:00", step=10)
    assert night.heard == []
    night.source.counters["1"] = 600
    night.until("04:30", step=10)
    (at, name), (later, second) = night.pages()
    assert (name, second) == ("First", "Second")
    assert clock(later) - clock(at) == timedelta(minutes=10)
    assert all("since" not in each.words and each.words.startswith("critical") for each in night.heard)
    assert night.waiting() == []


@pytest.mark.parametrize(
    ("begins", "rings"),
    [
        (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 25, 7, tzinfo=UTC)),
        (datetime(2027, 3, 27, 23, tzinfo=UTC), datetime(2027, 3, 28, 6, tzinfo=UTC)),
    ],
    ids=["put back", "put forward"],
)
def test_a_night_in_which_the_clock_is_changed(make_night: Make, begins: datetime, rings: datetime) -> None:
    night = make_night(begins, sleeper(), person("Second", "email"), oncall=on_call("First", "Second"))
    night.complaint(40)
    night.clock.moment = rings - timedelta(minutes=1)
    night.now()
    assert night.heard == []
    night.until("07:10")
    assert night.pages() == [("07:00", "First"), ("07:10", "Second")]
    assert night.clock.now() == rings + timedelta(minutes=10)


def test_one_of_two_who_sleeps(make_night: Make) -> None:
    steps = [{"page": ["First", "Second"]}, {"page": ["Third"]}]
    night = make_night(
        EVENING,
        sleeper(),
        person("Second", "email"),
        person("Third", "email"),
        oncall={"steps": steps, "repeat": 1},
    )
    night.complaint(40)
    night.until("23:10")
    assert night.pages() == [("23:00", "Second"), ("23:10", "Third")]
    said = respond.acknowledge(night.store, "1", "Third", night.clock.now())
    assert said.startswith("Alert 1 is yours, Third")
    night.until("07:10", step=10)
    assert "First" not in [
        name for _, name in night.pages()
    ]  # somebody has it: their page is not sent any more


# --- methods ------------------------------------------------------------------------------------------------------

METHODS = {"warning": [{"by": ["sms"]}], "critical": [{"by": ["sms"]}, {"by": ["call"], "after_minutes": 3}]}


@pytest.mark.parametrize("answers", [True, False])
def test_a_call_follows_unless_somebody_acknowledges_before(make_night: Make, answers: bool) -> None:
    night = make_night(EVENING, person("First", pages=METHODS), oncall=on_call("First"))
    night.complaint(60)
    night.until("23:02")
    if answers:
        respond.acknowledge(night.store, "1", "First", night.clock.now())
    night.until("23:09")
    assert night.events("paged") == [
        ("23:00", "First", "by sms; by call 3 minutes later, unless somebody acknowledges before")
    ]
    assert [(each.at, each.channel) for each in night.heard] == [("23:00", "sms")] + [("23:03", "call")] * (
        not answers
    )


def test_growth_is_told_to_who_has_it_without_a_call(make_night: Make) -> None:
    night = make_night(EVENING, person("First", "sms", "call"), oncall=on_call("First"))
    night.complaint(60)
    respond.acknowledge(night.store, "1", "First", night.clock.now())
    night.source.counters["1"] = 150
    night.until("00:30", step=5)
    assert [each.channel for each in night.heard[2:]] == ["sms"]
    assert "spread 60 → 150" in night.heard[-1].words
    assert night.state()[0] == "acknowledged"


def test_a_steps_own_channels_are_its_peoples_only(make_night: Make) -> None:
    steps = [{"page": ["First"]}, {"page": ["Second"], "by": ["call"]}]
    night = make_night(
        EVENING, person("First", "sms", "call", pages={"warning": [{"by": ["sms"]}], "critical": [{"by": ["sms"]}]}),
        person("Second"), oncall={"steps": steps, "repeat": 1},
    )  # fmt: skip
    night.complaint(40)
    night.until("23:11")
    assert [(each.at, each.person, each.channel) for each in night.heard] == [
        ("23:00", "First", "sms"),
        ("23:10", "Second", "call"),
    ]
    night.heard.clear()
    night.source.counters["1"] = 600
    night.until("23:20")
    assert sorted((each.person, each.channel) for each in night.heard) == [
        ("First", "sms"),
        ("Second", "call"),
    ]


# --- a dead phone -------------------------------------------------------------------------------------------------


def test_a_dead_phone_brings_the_next_way_and_then_the_next_person_at_once(make_night: Make) -> None:
    one_way = {"critical": [{"by": ["sms"]}]}
    night = make_night(
        EVENING,
        person("First", "sms", "call", pages=one_way),
        person("Second", "email"),
        oncall=on_call("First", "Second"),
    )
    night.channels["sms"].dead = {"first@example.org"}
    night.complaint(60)
    night.pass_by(seconds=1)
    assert [(each.at, each.person, each.channel) for each in night.heard] == [("23:00", "First", "call")]
    night.channels["call"].dead = {"first@example.org"}
    night.complaint(60, 2, "Other Kestrel parcel is lost")
    night.pass_by(minutes=1)
    for _ in range(2):
        night.pass_by(seconds=1)
    assert night.pages()[1:] == [("23:01", "Second")]


def test_a_provider_that_is_down_for_an_hour(make_night: Make) -> None:
    night = make_night(
        EVENING, person("First", "sms"), person("Second", "sms"), oncall=on_call("First", "Second")
    )
    night.channels["sms"].outcomes = [ChannelError("down") for _ in range(1000)]
    night.complaint(60)
    night.until("00:00")
    night.channels["sms"].outcomes = []
    night.until("00:30")
    assert sorted(name for _, name in night.pages()) == ["First", "Second"]


def test_news_that_reach_neither_the_holder_nor_the_next_reach_the_third(make_night: Make) -> None:
    night = make_night(
        EVENING, person("First", "sms"), person("Second", "sms"), person("Third", "sms"),
        oncall=on_call("First", "Second", "Third"),
    )  # fmt: skip
    night.complaint(40)
    respond.acknowledge(night.store, "1", "First", night.clock.now())
    night.channels["sms"].dead = {"first@example.org", "second@example.org"}
    night.clock.forward(minutes=40)
    grown = reading(1, 90, night.clock.now())
    night.store.write(lambda tables: tables.mentions.add_readings([grown]))
    night.now()
    night.pass_by(minutes=1)
    assert [each.person for each in night.heard] == ["First", "Third"]


def test_a_clock_that_is_set_back_holds_up_no_step_no_snooze_and_no_other_try(make_night: Make) -> None:
    night = make_night(
        EVENING, person("First", "email"), person("Second", "email"), oncall=on_call("First", "Second")
    )
    night.channels["email"].outcomes = [ChannelError("down")]
    night.complaint(60)
    night.clock.forward(hours=-10)
    Watcher(night.parts).run(night.clock.now())
    night.now()
    assert night.pages() == [("13:00", "First"), ("13:00", "Second")]
    night.until("13:05")
    assert night.pages() == [("13:00", "First"), ("13:00", "Second")]
    now = night.clock.now()
    respond.snooze(night.store, "1", "Second", now + timedelta(minutes=30), now)
    night.clock.forward(hours=-5)
    Watcher(night.parts).run(night.clock.now())
    night.now()
    assert night.pages()[-1] == ("08:05", "Second")
