"""Answers to pages: what is done, what is said, to whom, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.sms import septets as counted
from alerts.sms import to_gsm
from monitor.answering.answers import (
    ANSWERS_PER_HOUR,
    LONG,
    SHORT,
    STRANGE_PER_HOUR,
    answer,
    cut,
    heard,
    septets,
    whose,
)
from monitor.pipeline import Pipeline
from monitor.ports import Said
from monitor.store import Alert, Store
from tests.monitor.scripted import NOON, FakeClock, ScriptedSource, config, mention, one_pass, parts

FIRST, SECOND = "+442079460001", "second@example.org"
PEOPLE = [
    {"name": "First", "time_zone": "Europe/Berlin", "contacts": {"email": "first@example.org", "sms": FIRST}},
    {"name": "Second", "contacts": {"email": SECOND}},
]


class World:
    """Alerts 1 and 2 are open; First was told of both, by mail and SMS."""

    def __init__(self, folder: Path, stories: int = 2) -> None:
        self.store = Store(folder / "test.db")
        self.clock = FakeClock()
        self.config = config(folder, people=PEOPLE)
        posts = [
            mention(1, "All Kestrel parcels lost"),
            mention(2, 'Driver of Kestrel said "lost" to +44 20 7946 0123'),
        ][:stories]
        source = ScriptedSource(posts)
        source.counters = {each.id: 60 for each in posts}
        self.pipeline = Pipeline(parts(self.store, self.config, source, clock=self.clock))
        self.pipeline.schedule(NOON)
        self.tick()

    def tick(self, **by: float) -> None:
        one_pass(self.pipeline, self.store, self.clock.forward(**by))

    def says(self, text: str, person: str = "First", longest: int = SHORT) -> str:
        return answer(self.store, self.config, person, text, self.clock.now(), longest)

    def alert(self, number: int) -> Alert:
        found = self.store.read.alerts.get(number)
        assert found is not None
        return found

    def states(self) -> list[str]:
        return [self.alert(number).state for number in (1, 2)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_take_one(world: World) -> None:
    assert world.says("1a") == (
        'Alert 1 is yours, First. Nobody else will be paged about it. "All Kestrel parcels lost" '
        "1r: over, 1u: give it back."
    )
    assert world.states() == ["acknowledged", "open"]
    assert world.says(
        "1a", "Second"
    ) == 'First has alert 1 since 12:00 GMT. "All Kestrel parcels lost"'.replace("GMT", "UTC")
    assert world.alert(1).holder == "First"


def test_times_are_of_whoever_asks(world: World) -> None:
    world.says("1a")
    assert "since 13:00 CET" in world.says("1?")
    assert "silent until 13:30 CET" in world.says("2s")
    assert world.alert(2).snoozed_until == NOON + timedelta(minutes=30)
    assert "silent until Mon 08:00 CET" in world.says("2s until 8")
    assert world.alert(2).snoozed_until == datetime(2026, 11, 2, 7, tzinfo=UTC)


def test_everything_else(world: World) -> None:
    assert "no time to snooze until" in world.says("1s 30h")
    assert world.states() == ["open", "open"]
    world.says("1a")
    assert "is open again: nobody has it" in world.says("1u")
    assert world.alert(1).state == "open"
    assert "is resolved by First" in world.says("1r")
    assert "was resolved at 13:00 CET; nothing is left to do" in world.says("1a")
    assert world.says("2n called the depot").startswith("Noted. Alert 2 is open")
    assert world.store.read.alerts.events(2)[-1].note == "called the depot"
    assert "is empty: write 2n" in world.says("2n")


def test_several_at_once(world: World) -> None:
    said = world.says("1a 2r 9a")
    assert world.states() == ["acknowledged", "resolved"]
    assert said == "1 is yours; 2 is over; 9: no such alert"
    assert "9" in world.says("1? 2? 9?", longest=LONG)


def test_all_that_was_told(world: World) -> None:
    nothing = world.says("aa", "Second")
    assert nothing.startswith("Nothing is open that you were told of. 2 nobody has it; 1 nobody has it.")
    assert world.states() == ["open", "open"]
    said = world.says("aa")
    assert world.states() == ["acknowledged", "acknowledged"]
    assert "Alert 1 is yours" in said
    assert "Alert 2 is yours" in said


def test_all_takes_test_pages_as_well(world: World) -> None:
    drill = world.store.write(lambda tables: tables.drills.begin("Second", NOON))
    assert "has arrived" in world.says("aa", "Second")
    assert world.store.read.drills.get(drill.id).acknowledged_at == NOON  # type: ignore[union-attr]
    assert "t1 is a test page" in world.says("t1r")
    assert "is Second's" in world.says("t1a")
    assert "There is no alert 't9'" in world.says("t9a")


def test_stale_and_strange_codes_get_what_is_open(world: World) -> None:
    assert world.says("99a") == "There is no alert '99'; waiting now: 1, 2."
    for strange in ("hello", "a 12 hour delay", "stop", ""):
        said = world.says(strange)
        assert said.startswith(
            "Not understood, nothing was done. 2 nobody has it; 1 nobody has it. 2a takes 2"
        )
    world.says("1r 2r")
    assert world.says("?") == "Nothing is open."
    assert world.says("hello") == "Not understood, nothing was done. Nothing is open."
    assert world.says("a", "Second") == "Which one? Nothing is open."


def test_a_word_without_a_number_is_about_the_only_thing_told(tmp_path: Path) -> None:
    world = World(tmp_path, stories=1)
    assert "is yours" in world.says("ack")
    assert world.says("r", "Second").startswith("Which one? 1 First has it.")
    assert world.alert(1).state == "acknowledged"
    world.store.close()


def test_a_word_without_a_number_is_asked_about_when_it_may_be_either(world: World) -> None:
    world.says("1r")
    assert world.says("a").startswith("Which one? 2 nobody has it. 2a takes 2")
    assert world.alert(2).state == "open"
    world.tick(days=2)


def test_the_list_has_titles_where_there_is_room(world: World) -> None:
    said = world.says("?", longest=LONG)
    assert '1: nobody has it, "All Kestrel parcels lost"' in said
    assert "[phone]" in said
    assert "7946" not in said
    assert "'lost'" in said


# --- who, and how often -----------------------------------------------------------------------------------------


def test_a_stranger_gets_no_word(world: World) -> None:
    for channel, address in (("sms", "+442079460999"), ("sms", ""), ("sms", "first"), ("pigeon", FIRST)):
        assert heard(world.store, world.config, channel, Said(address, "1a"), NOON) is None
    assert world.states() == ["open", "open"]
    said = heard(world.store, world.config, "email", Said("Second@Example.org", "1a"), NOON)
    assert said is not None
    assert world.alert(1).holder == "Second"


def test_an_address_counts_on_channels_of_its_kind(world: World) -> None:
    twilio = world.config.channels["sms"].model_copy(update={"type": "twilio"})
    channels = world.config.channels | {"sms": twilio, "backup": twilio}
    config_ = world.config.model_copy(update={"channels": channels})
    for channel, person in (("sms", "First"), ("backup", "First"), ("email", None)):
        assert whose(config_, channel, FIRST) == person


def test_nobody_tries_on_without_end(world: World) -> None:
    def say(text: str, now: datetime) -> str | None:
        return heard(world.store, world.config, "sms", Said(FIRST, text), now)

    answered = [say(f"{number}a", NOON) for number in range(100, 100 + ANSWERS_PER_HOUR + 20)]
    assert sum(each is not None for each in answered) == ANSWERS_PER_HOUR
    assert say("1a", NOON) is None
    assert world.alert(1).state == "open"
    assert heard(world.store, world.config, "email", Said(SECOND, "1?"), NOON) is not None
    assert say("1a", NOON + timedelta(hours=1, seconds=1)) is not None
    assert world.alert(1).state == "acknowledged"


def test_a_machine_that_answers_is_not_answered_for_ever(world: World) -> None:
    away = Said(SECOND, "I am out of the office until Monday")
    answered = [heard(world.store, world.config, "email", away, NOON) for _ in range(20)]
    assert sum(each is not None for each in answered) == STRANGE_PER_HOUR
    assert heard(world.store, world.config, "email", Said(SECOND, "1a"), NOON) is not None


def test_the_count_is_right_when_the_clock_was_set_back(world: World) -> None:
    later = NOON + timedelta(days=400)
    for _ in range(ANSWERS_PER_HOUR):
        heard(world.store, world.config, "sms", Said(FIRST, "?"), later)
    assert heard(world.store, world.config, "sms", Said(FIRST, "?"), NOON) is not None


# --- how long ---------------------------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_septets_are_an_upper_bound(text: str) -> None:
    assert counted(to_gsm(text)) <= septets(text)
    for room in (0, 5, 40):
        assert septets(cut(text, room)) <= room


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.lists(st.from_regex(r"t?[0-9]{1,3}[arsun?]|aa|\?|a", fullmatch=True)).map(" ".join),
    ),
    longest=st.sampled_from([SHORT, LONG]),
)
def test_whatever_is_said_the_answer_fits_and_says_something(world: World, text: str, longest: int) -> None:
    said = world.says(text, longest=longest)
    assert 0 < septets(said) <= longest


def test_titles_of_every_script_and_long_names_fit(world: World) -> None:
    name = "Maximiliane-Friederike von und zu Oberhausen (second on call)"
    people = [*PEOPLE[:1], {"name": name, "contacts": {"email": SECOND}}]
    config_ = world.config.model_copy(
        update={"people": tuple(type(world.config.people[0]).model_validate(each) for each in people)}
    )
    title = "漢字の荷物が届かない 😡 " * 10
    world.store.write(lambda tables: tables.stories._db.execute("UPDATE stories SET title = ?", [title]))
    for text in ("1a", "1?", "?", "1n x", "1s 2a", "nonsense"):
        for person in ("First", name):
            said = answer(world.store, config_, person, text, NOON)
            assert 0 < septets(said) <= SHORT
            assert counted(to_gsm(said)) <= SHORT


def test_what_was_read_is_another_alert_when_its_story_became_part_of_it(world: World) -> None:
    alert, ended = world.alert(1), world.alert(2)
    world.store.write(lambda tables: tables.alerts.merge(alert, ended, NOON))
    assert world.says("2a").startswith("Alert 1 is yours")
    assert world.says("a").startswith("First has alert 1 since")
