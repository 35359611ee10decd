"""The cap of pages a shift, the morning brief, urgent stories, praise, and V from the brand's own posts, on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor import thresholds
from monitor.errors import ChannelError
from monitor.model import Author, Deleted, MentionKey
from monitor.notice import Message
from monitor.paging import respond
from monitor.pipeline import Pipeline
from monitor.spread import OVER
from monitor.store import Store, Threshold
from monitor.store.thresholds import Thresholds
from tests.monitor.scripted import NOON, mention, reading
from tests.monitor.test_pipeline import World

CAP = 2
Make = Callable[..., World]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[World] = []

    def world(**changes: object) -> World:
        made.append(World(tmp_path, **({"rules": {"pages_per_shift": CAP}} | changes)))
        return made[-1]

    yield world
    for each in made:
        each.store.close()


def issues(world: World, count: int, *, first: int = 0, reposts: int = 40) -> None:
    """So many complaints, each about an issue of its own: the scripted model tells them apart by their first letter."""
    for number in range(first, first + count):
        world.hot(number, reposts, f"{ascii_uppercase[number]} Kestrel parcel is lost")


def held(world: World) -> list[str | None]:
    rows = [world.store.read.stories.get(n) for n in range(1, world.store.read.stories.count() + 1)]
    return [row.reason for row in rows if row and row.action == "hold"]


# --- the cap ----------------------------------------------------------------------------------------------------


def test_the_cap_holds_the_next_story_and_says_so(make: Make) -> None:
    world = make()
    issues(world, CAP + 1)
    with capture_logs() as logs:
        world.advance()
    assert len(world.email.sent) == CAP
    (reason,) = held(world)
    assert reason is not None
    assert reason.startswith("held: cap of 2 pages a shift reached, severity warning; ")
    assert "40% likely to cross" in reason
    (logged,) = [entry for entry in logs if entry["event"] == "held"]
    assert "cap of 2 pages a shift reached" in logged["reason"]
    world.source.counters["2"] = 42
    with capture_logs() as logs:
        world.advance(minutes=10)
    assert not [entry for entry in logs if entry["event"] == "held"]  # once is enough


def test_the_cap_counts_rows_not_what_a_process_remembers(make: Make) -> None:
    world = make()
    issues(world, CAP)
    world.advance()
    world.pipeline = Pipeline(world.parts)
    issues(world, 1, first=CAP)
    world.advance(minutes=1)
    assert len(world.store.read.alerts.active()) == CAP


def test_updates_and_escalations_are_no_pages_of_the_cap(make: Make) -> None:
    world = make()
    issues(world, 1)
    world.advance()
    world.advance(minutes=10)  # the second person
    world.source.counters["0"] = 520
    world.advance(minutes=10)  # crossed: an update
    assert len(world.email.sent) > CAP
    issues(world, 1, first=1)
    world.advance(minutes=1)
    assert len(world.store.read.alerts.active()) == 2
    assert held(world) == []


def test_warnings_leave_room_for_critical_ones_and_those_have_a_cap_too(make: Make) -> None:
    world = make()
    issues(world, CAP)
    world.advance()
    issues(world, CAP + 1, first=CAP, reposts=90)
    world.advance(minutes=1)
    assert [alert.severity for alert in world.store.read.alerts.active()] == ["warning"] * CAP + [
        "critical"
    ] * CAP
    (reason,) = held(world)
    assert reason is not None
    assert "severity critical" in reason


def test_what_is_urgent_is_never_held_and_needs_no_spread(make: Make) -> None:
    world = make()
    issues(world, CAP + 1, reposts=90)
    world.advance()
    world.source.mentions.append(mention(9, "Kestrel van on fire, my parcel is lost", world.clock.now()))
    world.advance(minutes=1)
    newest = world.store.read.alerts.active()[-1]
    assert newest.severity == "critical"
    assert newest.reason.startswith("about safety: pages whatever its spread")


def test_what_is_urgent_pages_without_sounding_like_a_complaint(make: Make) -> None:
    world = make()
    world.source.mentions.append(mention(9, "Kestrel van on fire in our street", world.clock.now()))
    world.source.mentions.append(mention(10, "A Kestrel van in our street", world.clock.now()))
    world.advance()
    (alert,) = world.store.read.alerts.active()
    assert alert.reason.startswith("about safety: pages whatever its spread")


def test_an_urgent_post_in_a_story_that_has_paged_is_told_at_once(make: Make) -> None:
    world = make()
    issues(world, 1)
    world.advance()
    world.source.mentions.append(mention(9, "A Kestrel fire, all is lost", world.clock.now()))
    world.advance(minutes=2)
    assert "now critical, was warning" in world.mails[-1]


def test_a_new_shift_pages_again_what_goes_on_growing(make: Make) -> None:
    world = make(oncall={"order": ["First", "Second"], "repeat": 1, "shifts": ["08:00", "14:00"]})
    issues(world, CAP + 1)
    world.advance()
    world.source.counters["2"] = 45
    world.advance(hours=2)
    assert len(world.store.read.alerts.active()) == CAP + 1


# --- the morning brief ------------------------------------------------------------------------------------------


def briefs(world: World) -> list[tuple[str, str]]:
    return [(address, subject) for address, subject, _ in world.email.sent if subject.startswith("brief")]


def test_the_brief_tells_what_was_held_to_whoever_begins_the_shift(make: Make) -> None:
    world = make()
    issues(world, CAP + 2)
    world.advance()
    world.advance(hours=19, minutes=59)
    assert briefs(world) == []
    world.advance(minutes=1)
    ((address, subject),) = briefs(world)
    assert address == "first@example.org"
    assert subject.startswith(
        "brief 2026-11-02 08:00: held: cap of 2 pages a shift reached, severity warning; "
    )
    assert subject.count("held: ") == 2
    assert len(world.sms.sent) == CAP  # a brief is no SMS
    world.advance(days=1)
    assert len(briefs(world)) == 1


def test_nothing_held_no_brief(make: Make) -> None:
    world = make()
    issues(world, 1)
    world.advance()
    for _ in range(3):
        world.advance(days=1)
    assert briefs(world) == []


def test_what_paged_after_all_is_in_no_brief(make: Make) -> None:
    world = make()
    issues(world, CAP + 1)
    world.advance()
    world.source.counters["2"] = 90  # critical now, of which none has paged yet
    world.advance(minutes=10)
    assert len(world.store.read.alerts.active()) == CAP + 1
    world.advance(hours=20)
    assert briefs(world) == []


def test_a_brief_that_nobody_can_be_mailed_waits(make: Make) -> None:
    people = [{"name": "First", "contacts": {"sms": "+442079460001"}}]
    world = make(people=people, oncall={"order": ["First"]}, digest={})
    issues(world, CAP + 1)
    world.advance()
    with capture_logs() as logs:
        world.pipeline.chores.send_brief(world.clock.forward(hours=20))
    assert any("the morning brief reaches nobody" in entry["event"] for entry in logs)
    assert world.store.read.outbox.pending() == 0
    assert world.store.write(lambda tables: tables.held.brief(NOON)) == 1


def test_the_next_person_on_call_gets_the_brief_when_the_first_has_no_mail(make: Make) -> None:
    people = [
        {"name": "First", "contacts": {"sms": "+442079460001"}},
        {"name": "Second", "contacts": {"email": "second@example.org"}},
    ]
    world = make(people=people)
    issues(world, CAP + 1)
    world.advance()
    world.advance(hours=20)
    assert [address for address, _ in briefs(world)] == ["second@example.org"]


def to_the_brief(world: World, failing: set[str]) -> None:
    """Hold one story back, then let the mail of the next brief fail for good at those addresses; the fate of pages is not
    theirs."""
    issues(world, CAP + 1)
    world.advance()
    taken = world.email.send

    def send(message: Message, address: str, key: str) -> str:
        if message.subject.startswith("brief") and address in failing:
            raise ChannelError("no such mailbox", permanent=True)
        return taken(message, address, key)

    world.email.send = send  # type: ignore[method-assign]
    world.pipeline.chores.send_brief(world.clock.forward(hours=20))
    for _ in range(3):
        for lane in world.pipeline.lanes_due(world.clock.now()):
            world.pipeline.dispatch(lane, world.clock.now())


def test_a_brief_that_fails_for_good_goes_to_the_next_person(make: Make) -> None:
    world = make()
    to_the_brief(world, {"first@example.org"})
    assert [address for address, _ in briefs(world)] == ["second@example.org"]
    assert world.store.write(lambda tables: tables.held.brief(NOON)) == 0


def test_what_a_brief_that_reached_nobody_held_is_told_by_the_next(make: Make) -> None:
    world = make()
    to_the_brief(world, {"first@example.org", "second@example.org"})
    assert briefs(world) == []
    assert world.store.write(lambda tables: tables.held.brief(NOON)) == 1


def test_after_days_down_one_brief_tells_all_of_it(make: Make) -> None:
    world = make()
    issues(world, CAP + 1)
    world.advance()
    Pipeline(world.parts).schedule(world.clock.now())
    world.advance(days=4)
    assert [subject[:22] for _, subject in briefs(world)] == ["brief 2026-11-05 08:00"]


def test_a_held_story_whose_posts_are_erased_goes(make: Make) -> None:
    world = make()
    issues(world, CAP + 1)
    world.advance()
    world.store.write(lambda tables: tables.mentions.purge(key=MentionKey("x", "2")))
    assert world.store.write(lambda tables: tables.held.brief(NOON)) == 0


# --- praise -----------------------------------------------------------------------------------------------------


def noticed(store: Store) -> list[tuple[str, str]]:
    found = store.read.praise.between(NOON - timedelta(days=1), NOON + timedelta(days=9))
    return [(each.mention.id, each.reason) for each in found]


def test_praise_that_spreads_is_read_again_noted_once_and_pages_nobody(make: Make) -> None:
    world = make()
    world.hot(1, 3, "Kestrel parcels are wonderful")
    world.advance()
    assert noticed(world.store) == []
    world.source.counters["1"] = 60
    world.advance(minutes=10)
    assert world.source.reads == [("1",)]
    expected = [("1", "60% likely to cross 500 reposts and quotes (60 now)")]
    assert noticed(world.store) == expected
    world.source.counters["1"] = 900
    world.advance(minutes=10)
    assert noticed(world.store) == expected
    assert world.email.sent == []
    assert world.store.read.stories.count() == 0


def test_praise_that_answers_a_complaint_is_noticed(make: Make) -> None:
    world = make()
    world.hot(1, 3)
    world.advance()
    glad = mention(2, "Kestrel service was wonderful", world.clock.now(), in_reply_to="1")
    world.source.mentions.append(glad)
    world.source.counters["2"] = 60
    world.advance(minutes=1)
    assert world.store.read.stories.of(glad.key) == 1
    assert noticed(world.store) == [("2", "60% likely to cross 500 reposts and quotes (60 now)")]
    assert world.mails == []


def test_what_the_brand_says_of_itself_is_no_praise(make: Make) -> None:
    world = make(brand={"name": "Kestrel", "handles": ["@KestrelParcels"]})
    own = mention(1, "Our Kestrel drivers are wonderful", NOON)
    world.source.mentions.append(replace(own, author=Author("9", "kestrelparcels")))
    world.source.counters["1"] = 90
    world.advance()
    assert noticed(world.store) == []


def test_a_glad_answer_that_goes_viral_does_not_lead_a_story(make: Make) -> None:
    world = make()
    world.hot(1, 3)
    world.source.mentions.append(mention(2, "Kestrel sent a cake to my gran", NOON, in_reply_to="1"))
    world.source.counters["2"] = 900
    world.advance()
    assert world.store.read.stories.of(MentionKey("x", "2")) == 1
    assert world.email.sent == []


def test_erased_praise_is_forgotten(make: Make) -> None:
    world = make()
    world.hot(1, 60, "Kestrel parcels are wonderful")
    world.advance()
    assert len(noticed(world.store)) == 1
    world.store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    assert noticed(world.store) == []


# --- V from the brand's own posts -------------------------------------------------------------------------------


def auto(world: World, **more: object) -> World:
    """The world with `viral_at = "auto"`."""
    source = world.parts.config.sources["x"].model_copy(update={"viral_at": "auto", **more})
    chosen = world.parts.config.model_copy(update={"sources": {"x": source}})
    world.parts = replace(
        world.parts,
        config=chosen,
        measure_of=lambda name: thresholds.measure_of(chosen, world.store.read, name),
    )
    world.pipeline = Pipeline(world.parts)
    return world


def history(world: World, counts: list[int], days: float = 5) -> None:
    at = NOON - timedelta(days=days)
    world.store.write(
        lambda tables: (
            tables.mentions.add([mention(f"h{n}", "Kestrel was here", at) for n in range(len(counts))], NOON),
            tables.mentions.add_readings(
                [reading(f"h{n}", count, at + timedelta(days=1.5)) for n, count in enumerate(counts)]
            ),
        )
    )


def test_the_platforms_default_holds_until_there_are_enough_posts(make: Make) -> None:
    world = auto(make())
    assert world.parts.measure_of("x") == ("reposts+quotes", 500)
    history(world, list(range(thresholds.ENOUGH - 1)))
    world.advance()
    world.advance(days=1)
    assert world.parts.measure_of("x") == ("reposts+quotes", 500)


def test_a_small_brands_storm_counts(make: Make) -> None:
    world = auto(make())
    history(world, [n % 100 for n in range(400)])
    world.advance()
    assert world.parts.measure_of("x")[1] == 500  # the first computation found nothing assessed yet
    world.advance(days=1)
    assert world.parts.measure_of("x")[1] == 99
    row = world.store.read.thresholds.get("x")
    assert row == Threshold(99, 400, world.clock.now())
    world.hot(1, 98)
    world.advance(minutes=2)
    assert (
        "likely to cross 99 reposts and quotes (one in 100 of the brand's own posts does)" in world.mails[-1]
    )


def test_it_is_computed_once_a_day_and_kept_by_a_restart(make: Make) -> None:
    world = auto(make())
    world.store.write(lambda tables: tables.thresholds.set("x", Threshold(120, 900, NOON)))
    world.advance(hours=1)
    world.pipeline = Pipeline(world.parts)
    assert world.parts.measure_of("x")[1] == 120
    job = world.store.read.jobs.get("thresholds")
    assert job is not None
    assert job.due_at - world.clock.now() == timedelta(days=1)


def test_the_floor_holds_and_is_not_called_the_brands_own(make: Make) -> None:
    world = auto(make(), viral_at_least=80)
    world.store.write(lambda tables: tables.thresholds.set("x", Threshold(7, 900, NOON)))
    assert world.parts.measure_of("x")[1] == 80
    world.hot(1, 60)
    world.advance()
    assert "likely to cross 80 reposts and quotes" in world.mails[-1]


def test_only_settled_posts_that_were_followed_count(make: Make) -> None:
    world = auto(make())
    history(world, [5] * 300)
    history_of_yesterday = NOON - timedelta(days=1)
    world.store.write(
        lambda tables: (
            tables.mentions.add(
                [
                    mention("new", at=history_of_yesterday),
                    mention("once", "Kestrel?", NOON - timedelta(days=3)),
                ],
                NOON,
            ),
            tables.mentions.add_readings(
                [reading("new", 900, NOON), reading("once", 900, NOON - timedelta(days=3, minutes=-5))]
            ),
        )
    )
    world.advance()
    spreads = world.store.read.thresholds.spreads("x", NOON - thresholds.PAST, NOON - OVER)
    assert spreads == [5] * 300


def test_what_was_learnt_is_forgotten_when_no_post_of_then_counts_any_more(make: Make) -> None:
    world = auto(make())
    world.store.write(lambda tables: tables.thresholds.set("x", Threshold(120, 900, NOON)))
    world.advance(days=89)
    assert world.store.read.thresholds.get("x") == Threshold(120, 900, NOON)
    world.advance(days=1)
    assert world.store.read.thresholds.get("x") is None


def test_thresholds_are_computed_while_others_can_write(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    world, plain, threads = auto(make()), Thresholds.spreads, []

    def spreads(*args: Any) -> list[int]:
        threads.append(threading.current_thread().name)
        return plain(*args)

    monkeypatch.setattr(Thresholds, "spreads", spreads)
    history(world, [n % 100 for n in range(400)])
    world.advance()
    world.advance(days=1)
    assert world.store.read.thresholds.get("x") is not None
    assert set(threads) == {threading.current_thread().name}


def test_a_source_that_names_its_number_has_no_row(make: Make) -> None:
    world = make()
    world.store.write(lambda tables: tables.thresholds.set("x", Threshold(7, 900, NOON)))
    world.advance()
    assert world.store.read.thresholds.get("x") is None


def test_how_a_threshold_is_told(make: Make) -> None:
    world = auto(make())
    config, read = world.parts.config, world.store.read
    waiting = "viral at 500 reposts+quotes until 200 of the brand's posts have settled, never under 50"
    assert thresholds.in_words(config, None, "x") == waiting
    assert thresholds.in_words(config, read, "x") == waiting
    world.store.write(lambda tables: tables.thresholds.set("x", Threshold(120, 900, NOON)))
    assert thresholds.in_words(config, world.store.read, "x") == (
        "viral at 120 reposts+quotes: one in 100 of 900 posts of the brand reached 120 (01 November), never under 50"
    )


# --- updates of what has calmed down ------------------------------------------------------------------------------


def test_a_paged_story_that_calmed_down_is_still_told_of_but_not_when_it_is_over(make: Make) -> None:
    world = make()
    for number in range(8):
        world.hot(number, 0, f"A Kestrel parcel is lost {number}")
    world.advance()
    respond.acknowledge(world.store, "1", "First", world.clock.now())
    world.clock.forward(hours=9)
    loud = mention(9, "A Kestrel parcel is lost, they say", world.clock.now())
    world.source.mentions.append(replace(loud, author=Author("9", "paper", followers=900_000)))
    world.advance()
    assert len(held(world)) == 1
    (page, update) = world.mails
    assert update.startswith("warning: 1 post in the last hour")
    assert "held" not in update
    assert "first account with 900,000 followers" in update
    later = world.clock.forward(days=3)
    world.store.write(lambda tables: tables.mentions.add_readings([reading(0, 90, later)]))
    world.advance()
    (reason,) = held(world)
    assert reason is not None
    assert reason.startswith("held: no complaint of the last 2 days; ")
    assert [each for each in world.mails if not each.startswith("digest")] == [page, update]
