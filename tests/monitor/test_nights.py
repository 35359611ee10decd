"""Whole nights of on-call: nobody answers, quiet hours, the clock is changed, a phone is dead, what people answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor import respond
from monitor.errors import ChannelError, InputError, SourceError
from monitor.store import Store
from tests.monitor.nights import QUIET, Night, person
from tests.monitor.scripted import mention

EVENING = datetime(2026, 11, 3, 23, tzinfo=UTC)
"""A Tuesday, when London's clocks show UTC."""

Make = Callable[..., Night]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    nights: list[Night] = []

    def begin(begins: datetime = EVENING, *people: dict[str, Any], **changes: Any) -> Night:
        given = {"people": list(people)} if people else {}
        nights.append(Night(tmp_path, begins, **given, **changes))
        return nights[-1]

    yield begin
    for night in nights:
        night.store.close()


def clock(at: str) -> timedelta:
    hour, minute = map(int, at.split(":"))
    return timedelta(hours=hour, minutes=minute)


def rows(night: Night, alert: int, state: str) -> list[dict[str, Any]]:
    """Deliveries of an alert in that state."""
    found = night.store.read.alerts._db.query(
        "SELECT * FROM deliveries WHERE alert_id = ? AND state = ? ORDER BY id", [alert, state]
    )
    return list(found)


def on_call(*names: str, **more: Any) -> dict[str, Any]:
    return {"order": list(names), "repeat": 1, **more}


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
def test_nobody_answers(make: Make, restarting: bool) -> None:
    night = make(EVENING, *map(person, ("First", "Second", "Third", "Boss")), oncall=STEPS)
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


def test_after_the_last_step_what_gets_graver_begins_anew(make: Make) -> None:
    night = make(
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


def test_a_rotation_that_nobody_has(make: Make) -> None:
    office = {"name": "office", "layers": [{"people": ["First"], "hours": ["09:00", "17:00"]}]}
    night = make(
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


def test_what_can_wait_is_held_until_morning_and_its_step_begins_then(make: Make) -> None:
    night = make(EVENING, sleeper(), person("Second", "email"), oncall=on_call("First", "Second"))
    night.complaint(40)
    why = "quiet hours until 07:00, severity warning"
    assert night.waiting() == [("07:00", "First", "email", why), ("07:00", "First", "sms", why)]
    assert night.events("held") == [("23:00", "First", why)]
    assert "has it yet" in respond.standing(night.alert)
    assert night.state()[0] == "open"
    night.until("07:30", step=10)
    assert night.pages() == [("07:00", "First"), ("07:10", "Second")]


def test_what_is_severe_rings_at_any_time(make: Make) -> None:
    night = make(EVENING, sleeper(), oncall=on_call("First"))
    night.complaint(60)
    assert night.pages() == [("23:00", "First")]


def test_a_held_page_that_gets_severe_goes_out_at_once_as_a_first_page(make: Make) -> None:
    night = make(EVENING, sleeper(), person("Second", "email"), oncall=on_call("First", "Second"))
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
def test_a_night_in_which_the_clock_is_changed(make: Make, begins: datetime, rings: datetime) -> None:
    night = make(begins, sleeper(), person("Second", "email"), oncall=on_call("First", "Second"))
    night.complaint(40)
    night.clock.moment = rings - timedelta(minutes=1)
    night.now()
    assert night.heard == []
    night.until("07:10")
    assert night.pages() == [("07:00", "First"), ("07:10", "Second")]
    assert night.clock.now() == rings + timedelta(minutes=10)


def test_one_of_two_who_sleeps(make: Make) -> None:
    steps = [{"page": ["First", "Second"]}, {"page": ["Third"]}]
    night = make(
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
def test_a_call_follows_unless_somebody_acknowledges_before(make: Make, answers: bool) -> None:
    night = make(EVENING, person("First", pages=METHODS), oncall=on_call("First"))
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


def test_growth_is_told_to_who_has_it_without_a_call(make: Make) -> None:
    night = make(EVENING, person("First", "sms", "call"), oncall=on_call("First"))
    night.complaint(60)
    respond.acknowledge(night.store, "1", "First", night.clock.now())
    night.source.counters["1"] = 150
    night.until("00:30", step=5)
    assert [each.channel for each in night.heard[2:]] == ["sms"]
    assert "spread 60 → 150" in night.heard[-1].words
    assert night.state()[0] == "acknowledged"


# --- a dead phone -------------------------------------------------------------------------------------------------


def test_a_dead_phone_brings_the_next_way_and_then_the_next_person_at_once(make: Make) -> None:
    one_way = {"critical": [{"by": ["sms"]}]}
    night = make(
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


def test_a_provider_that_is_down_for_an_hour(make: Make) -> None:
    night = make(EVENING, person("First", "sms"), person("Second", "sms"), oncall=on_call("First", "Second"))
    night.channels["sms"].outcomes = [ChannelError("down") for _ in range(1000)]
    night.complaint(60)
    night.until("00:00")
    night.channels["sms"].outcomes = []
    night.until("00:30")
    assert sorted(name for _, name in night.pages()) == ["First", "Second"]


# --- what people answer -------------------------------------------------------------------------------------------


def two(make: Make, **more: Any) -> Night:
    """Both have been paged, by mail and SMS."""
    night = make(
        EVENING, person("First", "email", "sms", **more), person("Second", "email", "sms"),
        oncall=on_call("First", "Second", repeat=2),
    )  # fmt: skip
    night.complaint(60)
    night.until("23:10")
    night.heard.clear()
    return night


def test_the_others_hear_who_has_it_by_the_ways_that_told_them(make: Make) -> None:
    night = two(make)
    respond.acknowledge(night.store, "1", "Second", night.clock.now())
    assert "Second has alert 1 since" in respond.acknowledge(night.store, "1", "First", night.clock.now())
    night.until("23:40")
    assert [(each.at, each.person, each.channel) for each in night.heard] == [
        ("23:11", "First", "email"),
        ("23:11", "First", "sms"),
    ]
    assert all("Second has it since 23:10" in each.words for each in night.heard)


def test_whoever_sleeps_hears_in_the_morning_who_has_it(make: Make) -> None:
    night = two(make, quiet=QUIET)
    night.until("00:30")
    night.heard.clear()
    respond.acknowledge(night.store, "1", "Second", night.clock.now())
    night.until("00:35")
    assert night.heard == []
    assert night.waiting()[0] == ("07:00", "First", "email", "quiet hours until 07:00, nothing to do")
    night.until("07:00", step=5)
    assert {(each.at, each.person) for each in night.heard} == {("07:00", "First")}


def test_given_back_it_begins_with_the_first_step_and_is_in_nobodys_hands(make: Make) -> None:
    night = two(make)
    respond.acknowledge(night.store, "1", "Second", night.clock.now())
    said = respond.unacknowledge(night.store, "1", "Second", night.clock.now())
    assert said == "Alert 1 is open again: nobody has it, and it pages from the first step on."
    night.until("23:21")
    assert night.pages() == [("23:11", "First"), ("23:21", "Second")]
    assert not any("has it" in each.words for each in night.heard)
    assert "nobody has it" in respond.unacknowledge(night.store, "1", "Second", night.clock.now())


def test_given_to_somebody_who_has_to_acknowledge_it(make: Make) -> None:
    night = two(make)
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


def test_snoozed_until_a_time_the_others_hear_and_it_comes_back(make: Make) -> None:
    night = two(make)
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


def test_a_note_says_how_it_stands_and_changes_nothing(make: Make) -> None:
    night = two(make)
    said = respond.note(night.store, "1", "First", " called\nthe depot ", night.clock.now())
    assert said == "Noted. Alert 1 is open and nobody has it yet."
    assert night.events("note") == [("23:10", "First", "called the depot")]
    with pytest.raises(InputError, match="empty"):
        respond.note(night.store, "1", "First", " \n", night.clock.now())


def test_resolved_the_others_hear_that_it_is_over(make: Make) -> None:
    night = two(make)
    respond.acknowledge(night.store, "1", "First", night.clock.now())
    respond.resolve(night.store, "1", "First", night.clock.now())
    night.until("23:30")
    assert night.pages() == [("23:11", "Second")]
    assert all("resolved by First at 23:10" in each.words for each in night.heard)


def test_a_test_page_is_acknowledged_by_who_got_it(make: Make) -> None:
    night = make()
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


def test_an_acknowledgement_and_the_next_step_at_one_moment(make: Make) -> None:
    night = make(
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
    make: Make, escalation_first: bool
) -> None:
    night = make(
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


def test_two_acknowledge_at_one_moment_and_one_has_it(make: Make) -> None:
    night = two(make)
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


# --- news ---------------------------------------------------------------------------------------------------------


def held_by(make: Make, name: str) -> Night:
    """That person has a warning."""
    night = make(
        EVENING, person("First", "email"), person("Second", "email"), oncall=on_call("First", "Second")
    )
    night.complaint(40)
    respond.acknowledge(night.store, "1", name, night.clock.now())
    night.now()
    night.heard.clear()
    return night


def gets_graver(night: Night) -> str:
    """The story crosses its threshold; when people heard so."""
    night.source.counters["1"] = 600
    before = len(night.heard)
    while len(night.heard) == before:
        night.pass_by(minutes=1)
    return night.heard[-1].at


def test_who_has_it_and_does_not_answer_what_is_graver_is_asleep(make: Make) -> None:
    night = held_by(make, "First")
    gets_graver(night)
    assert [each.person for each in night.heard] == ["First"]
    assert "now critical, was warning" in night.heard[0].words
    assert night.state() == ("acknowledged", "First")
    night.pass_by(minutes=10)
    assert [each.person for each in night.heard] == ["First", "Second"]
    assert "since" not in night.heard[1].words  # it is Second's first page
    assert night.state() == ("open", None)
    assert "First has not answered: since" in night.events("reopened")[0][2]


def test_who_has_it_and_answers_keeps_it(make: Make) -> None:
    night = held_by(make, "First")
    since = night.alert.held_since
    gets_graver(night)
    said = respond.acknowledge(night.store, "1", "First", night.clock.now())
    assert said == "Alert 1 is still yours, First, with what is new."
    night.pass_by(minutes=30)
    assert [each.person for each in night.heard] == ["First"]
    assert night.alert.held_since == since


def test_somebody_else_may_take_what_its_holder_leaves_unanswered(make: Make) -> None:
    night = held_by(make, "First")
    gets_graver(night)
    assert "is yours, Second" in respond.acknowledge(night.store, "1", "Second", night.clock.now())
    night.pass_by(minutes=30)
    assert [each.person for each in night.heard] == ["First", "First"]
    assert "Second has it" in night.heard[-1].words


def test_news_and_the_next_step_at_one_moment_mail_nobody_twice(make: Make) -> None:
    night = make(
        EVENING,
        person("First", "email"),
        person("Second", "email"),
        oncall=on_call("First", "Second", repeat=2),
    )
    night.complaint(40)
    night.until("23:15")
    night.heard.clear()
    night.clock.moment = night.alert.step_due_at or night.clock.now()
    night.source.counters["1"] = 600
    night.store.write(lambda tables: tables.jobs.postpone("read x", night.clock.now()))
    night.now()  # step 2 is First's again, who hears of the crossing as well
    assert sorted(each.person for each in night.heard) == ["First", "Second"]
    assert all("has crossed" in each.words for each in night.heard)


def test_an_update_in_place_of_an_unsent_page_is_told_as_a_first_page(make: Make) -> None:
    night = make(
        EVENING, person("First", "email"), person("Second", "sms"), oncall=on_call("First", "Second")
    )
    night.complaint(40)
    night.channels["sms"].outcomes = [ChannelError("down")] * 3
    night.until("23:11")
    assert [name for _, name in night.pages()] == ["First"]
    night.channels["sms"].outcomes = []
    night.source.counters["1"] = 600
    night.pass_by(minutes=20)
    night.pass_by(minutes=1)
    told = {each.person: each.words for each in night.heard}
    assert "[since" in told["First"]
    assert "[since" not in told["Second"]
    assert told["Second"].startswith("critical")


def test_what_gets_graver_ends_a_snooze(make: Make) -> None:
    night = make(
        EVENING, person("First", "email"), person("Second", "email"), oncall=on_call("First", "Second")
    )
    night.complaint(40)
    until = night.clock.now() + timedelta(hours=12)
    respond.snooze(night.store, "1", "First", until, night.clock.now())
    night.source.mentions.append(mention(2, "My Kestrel parcel is lost", night.clock.now()))
    night.until("23:40")
    assert len(night.heard) == 1
    gets_graver(night)
    assert [each.person for each in night.heard] == ["First"] * len(night.heard)
    assert "now critical, was warning" in night.heard[-1].words
    assert night.state() == ("open", None)
    night.pass_by(minutes=10)
    assert night.heard[-1].person == "Second"


# --- the end ------------------------------------------------------------------------------------------------------


def taken(make: Make) -> Night:
    """First has it; Second was paged, too."""
    night = two(make)
    respond.acknowledge(night.store, "1", "First", night.clock.now())
    night.until("23:15")
    night.heard.clear()
    return night


def hours(night: Night, count: int) -> None:
    for _ in range(count):
        night.pass_by(hours=1)


def test_a_story_that_has_died_ends_by_itself_and_everybody_hears_why(make: Make) -> None:
    night = taken(make)
    hours(night, 23)
    assert night.state()[0] == "acknowledged"
    night.restart()
    hours(night, 2)
    night.now()
    assert night.state() == ("resolved", "First")
    assert {each.person for each in night.heard} == {"First", "Second"}
    assert all(
        "over: no new post for 24 hours, and none of its posts grows" in each.words for each in night.heard
    )
    (story,) = [night.store.read.stories.get(1)]
    assert story is not None
    assert story.closed_at is not None
    assert "was resolved at" in respond.standing(night.alert)


def test_a_new_post_or_one_that_grows_keeps_it_alive(make: Make) -> None:
    night = taken(make)
    hours(night, 20)
    night.source.mentions.append(mention(2, "My Kestrel parcel is lost, too", night.clock.now()))
    night.source.counters["2"] = 3
    hours(night, 20)
    night.source.counters["2"] = 30
    hours(night, 20)
    assert night.state()[0] == "acknowledged"
    hours(night, 24)
    assert night.state()[0] == "resolved"


def test_what_nobody_has_and_what_is_not_read_does_not_end(make: Make) -> None:
    night = two(make)
    hours(night, 30)
    assert night.state()[0] == "open"
    respond.acknowledge(night.store, "1", "First", night.clock.now())
    night.source.failures = [SourceError("down") for _ in range(10_000)]
    hours(night, 30)
    assert night.state()[0] == "acknowledged"
    night.source.failures = []
    hours(night, 2)
    assert night.state()[0] == "resolved"
