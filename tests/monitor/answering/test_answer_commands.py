"""What the commands do that answer a page and that silence what would page, over a daemon's passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.answering import commands as commands
from monitor.errors import InputError
from monitor.exchange import dump
from monitor.paging import respond
from monitor.pipeline import Pipeline
from monitor.store import Store
from tests.monitor.scripted import (
    NOON,
    FakeClock,
    ScriptedChannel,
    ScriptedSource,
    config,
    mention,
    one_pass,
    parts,
)

PEOPLE = [
    {"name": "First", "time_zone": "Europe/Berlin", "contacts": {"email": "first@example.org"}},
    {"name": "Second", "contacts": {"email": "second@example.org"}},
]
STRIKE = "parcel strike is known"


class Day:
    """A replayed day: the commands' clock is the daemon's, and a test moves both."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
        (folder / "empty.jsonl").write_text(dump(mention(1)) + "\n", encoding="utf-8")
        self.config = config(folder, people=PEOPLE, **changes)
        self.clock = FakeClock()
        monkeypatch.setattr(commands, "clock_of", lambda *_: self.clock)
        self.store = Store(folder / "test.db")
        self.source = ScriptedSource()
        self.email = ScriptedChannel()
        self.pipeline = Pipeline(parts(self.store, self.config, self.source, self.email, clock=self.clock))
        self.pipeline.schedule(NOON)

    def post(self, number: int, text: str, reposts: int = 60) -> None:
        self.source.mentions.append(mention(number, text, self.clock.now()))
        self.source.counters[str(number)] = reposts

    def tick(self, **by: float) -> None:
        self.clock.forward(**by)
        one_pass(self.pipeline, self.store, self.clock.now())

    @property
    def told(self) -> list[str]:
        return [address for address, _, _ in self.email.sent]

    def reason(self, story: int = 1) -> str:
        return str(self.store.read.stories.get(story).reason)  # type: ignore[union-attr]


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    made = Day(tmp_path, monkeypatch)
    yield made
    made.store.close()


@pytest.fixture
def paged(day: Day) -> Day:
    day.post(1, "All Kestrel parcels lost")
    day.tick()
    assert day.told == ["first@example.org"]
    return day


# --- answers ----------------------------------------------------------------------------------------------------


def test_who_answers_unless_somebody_is_named(paged: Day) -> None:
    assert "is yours, First" in commands.act(paged.config, respond.acknowledge, "1", None)
    assert "First has alert 1 since 13:00 CET" in commands.act(paged.config, respond.acknowledge, "1", None)
    assert "since 12:00 UTC" in commands.act(paged.config, respond.acknowledge, "1", "sec")
    assert "nobody has it" in commands.act(paged.config, respond.unacknowledge, "1", "Second")
    with pytest.raises(InputError, match="nobody is called"):
        commands.act(paged.config, respond.acknowledge, "1", "Mallory")
    with pytest.raises(InputError, match="no alert '9'"):
        commands.act(paged.config, respond.resolve, "9", None)


def test_snooze_until_and_for(paged: Day) -> None:
    assert "silent until 13:30 CET" in commands.snooze(paged.config, "1", None, None, None)
    assert "silent until 14:00 CET" in commands.snooze(paged.config, "1", None, "14:00", None)
    assert "silent until 12:45 UTC" in commands.snooze(paged.config, "1", "Second", None, 45)
    for until, minutes, said in (
        ("14:00", 5, "either"),
        ("25:00", None, "no such time"),
        (None, 2_000, "no time to"),
    ):
        with pytest.raises(InputError, match=said):
            commands.snooze(paged.config, "1", None, until, minutes)


def test_reassign_and_note(paged: Day) -> None:
    assert "goes to Second, who is paged now" in commands.reassign(paged.config, "1", "sec", None)
    paged.tick(seconds=1)
    assert paged.told == ["first@example.org", "second@example.org"]
    assert "Noted." in commands.note(paged.config, "1", "called the depot", None)
    assert paged.store.read.alerts.events(1)[-1].person == "Second"


def test_a_test_page_is_answered_by_whoever_got_it(paged: Day) -> None:
    paged.store.write(lambda tables: tables.drills.begin("Second", NOON))
    assert "has arrived. Nothing else is to be done, Second" in commands.act(
        paged.config, respond.acknowledge, "t1", None
    )


# --- silences ---------------------------------------------------------------------------------------------------


def silence(day: Day, kind: str, what: str, minutes: int = 60, why: str = STRIKE) -> str:
    return commands.silence(day.config, kind, what, None, minutes, why, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "what"), [("category", "delivery"), ("source", "x"), ("all", "")])
def test_what_a_silence_holds_pages_when_it_ends(day: Day, kind: str, what: str) -> None:
    said = silence(day, kind, what)
    assert "pages nobody until 13:00 UTC. What is urgent (safety, legal, privacy) pages all the same." in said
    day.post(1, "All Kestrel parcels lost")
    day.tick()
    assert day.told == []
    assert day.reason().startswith(
        f"held: silence 1 ({what or 'everything'}, until 13:00 UTC): {STRIKE}; 1 post in"
    )
    (line,) = commands.silences(day.config)
    assert line == f"1  {what or 'everything'}, until 13:00 UTC: {STRIKE} (First, 12:00 UTC; held 1 story)"
    day.tick(minutes=59)
    assert day.told == []
    day.tick(minutes=1)
    day.tick(seconds=1)
    assert day.told == ["first@example.org"]
    assert list(commands.silences(day.config)) == ["nothing is silenced"]


def test_ended_by_hand_it_pages_at_once(day: Day) -> None:
    silence(day, "category", "delivery")
    day.post(1, "All Kestrel parcels lost")
    day.tick()
    assert commands.end(day.config, 1) == "Silence 1 (delivery) has ended. What it held is decided again now."
    day.tick(seconds=1)
    day.tick(seconds=1)
    assert day.told == ["first@example.org"]
    assert "has been over since 12:00 UTC" in commands.end(day.config, 1)
    with pytest.raises(InputError, match="no silence 7"):
        commands.end(day.config, 7)


def test_a_crash_at_its_end_loses_nothing(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    silence(day, "all", "")
    day.post(1, "All Kestrel parcels lost")
    day.tick()

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    day.clock.forward(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr("monitor.store.jobs.Jobs.remove", dies)
        with pytest.raises(KeyboardInterrupt):
            day.tick()
    day.tick(seconds=1)
    day.tick(seconds=1)
    assert day.told == ["first@example.org"]


def test_another_silence_goes_on_holding(day: Day) -> None:
    silence(day, "all", "", 30)
    silence(day, "category", "delivery", 60)
    day.post(1, "All Kestrel parcels lost")
    day.tick()
    assert "silence 2 (delivery" in day.reason()
    day.tick(minutes=31)
    day.tick(seconds=1)
    assert day.told == []
    day.tick(minutes=30)
    day.tick(seconds=1)
    assert day.told == ["first@example.org"]


def test_what_is_urgent_pages_through_a_wide_silence(day: Day) -> None:
    silence(day, "all", "")
    day.post(1, "Kestrel van on fire lost")
    day.tick()
    assert day.told == ["first@example.org"]


def test_what_became_critical_is_told_in_the_morning_brief(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(tmp_path, monkeypatch)
    silence(day, "category", "delivery", 24 * 60)
    day.post(1, "All Kestrel parcels lost", 60)
    day.post(2, "Billing of Kestrel lost me", 40)
    day.tick()
    assert day.store.read.held.waiting() == [1]
    day.tick(hours=20)
    assert "brief 2026-11-02 08:00: held: silence 1 (delivery, until Mon 12:00 UTC)" in str(day.email.sent)
    day.store.close()


def test_mute_takes_the_alert_and_holds_its_story(paged: Day) -> None:
    said = commands.mute(paged.config, "1", None, 120, "", None)
    assert said.startswith(
        "Alert 1 is yours, First. Nobody else will be paged about it. Silence 1: story 1 pages nobody until"
    )
    paged.tick(minutes=31)
    paged.source.counters["1"] = 600
    paged.store.write(
        lambda tables: tables.mentions.add_readings(paged.source.read(["1"], paged.clock.now()).readings)
    )
    paged.tick(seconds=1)
    assert paged.told == ["first@example.org"]
    assert "held: silence 1 (story 1" in paged.reason()
    paged.tick(minutes=90)
    paged.tick(seconds=1)
    assert paged.told == ["first@example.org"] * 2
    commands.act(paged.config, respond.resolve, "1", None)
    assert "was resolved at" in commands.mute(paged.config, "1", None, 5, "", None)


def test_mute_leaves_an_alert_to_whoever_has_it(paged: Day) -> None:
    commands.act(paged.config, respond.acknowledge, "1", "Second")
    assert commands.mute(paged.config, "1", None, 5, "", "First").startswith("Second has alert 1 since")
    assert paged.store.read.alerts.get(1).holder == "Second"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "what", "minutes", "why", "said"),
    [
        ("category", "delivry", 5, "w", "no category 'delivry'; there are: .*delivery"),
        ("source", "y", 5, "w", "no source 'y'; known here: x"),
        ("story", "9", 5, "w", "no story '9'"),
        ("all", "", 60 * 24 * 32, "w", "31 days at most"),
        ("all", "", 5, " \n", "say why"),
    ],
)
def test_slips_are_told_and_silence_nothing(
    day: Day, kind: str, what: str, minutes: int, why: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        silence(day, kind, what, minutes, why)
    assert day.store.read.silences.active(NOON) == []


def test_a_source_that_only_a_replayed_file_names_can_be_silenced(day: Day) -> None:
    day.store.write(lambda tables: tables.mentions.add([replace(mention(1), source="reddit")], NOON))
    assert "Silence 1: reddit pages nobody" in silence(day, "source", "reddit")


def test_a_silence_needs_an_end_that_is_to_come(day: Day) -> None:
    for until, said in (
        (None, "say when it ends"),
        ("2026-11-01 11:00", "over already"),
        ("whenever", "not a time"),
    ):
        with pytest.raises(InputError, match=said):
            commands.silence(day.config, "all", "", until, None, STRIKE, None)
    assert "until 17:00 UTC" in commands.silence(day.config, "all", "", "18:00", None, STRIKE, None)
    assert day.store.read.silences.active(NOON)[0].until == NOON + timedelta(hours=5)
