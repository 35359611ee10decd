"""Urgent stories past their cap: told together in one page, each with an alert of its own, and none ever silent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from string import ascii_uppercase

import pytest
from structlog.testing import capture_logs

from monitor.errors import ChannelError
from monitor.paging import respond
from monitor.paging.notices import notice
from monitor.pipeline import Pipeline
from tests.monitor.scripted import mention, reading
from tests.monitor.test_pipeline import World

CAP = 2
GATHERER = CAP + 1


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, rules={"urgent_pages_per_shift": CAP})
    yield made
    made.store.close()


def urgent(world: World, count: int, *, first: int = 0) -> None:
    """So many fires, each a story of its own."""
    for number in range(first, first + count):
        text = f"{ascii_uppercase[number]} Kestrel van on fire"
        world.source.mentions.append(mention(number, text, world.clock.now()))


def told(world: World, alert: int = GATHERER) -> list[str]:
    """What stands in the page of the alert as it would go out now."""
    found = world.store.read.alerts.get(alert)
    assert found is not None
    made = world.parts
    about = notice(world.store.read, found, "First", made.config, made.drafter, made.link, world.clock.now())
    assert all(each.url and each.reason for each in about.further)
    return [each.code for each in about.further]


def state(world: World, alert: int) -> tuple[str, str | None]:
    found = world.store.read.alerts.get(alert)
    assert found is not None
    return found.state, found.holder


def test_twenty_six_urgent_stories_ring_a_few_times_and_each_is_told(world: World) -> None:
    urgent(world, 26)
    with capture_logs() as logs:
        world.advance()
    assert len(world.email.sent) == GATHERER
    assert "over 2 urgent stories this shift: further ones are told in this page" in world.mails[-1]
    assert len(world.store.read.alerts.active()) == 26
    assert told(world) == [str(n) for n in range(26, GATHERER, -1)]
    assert sum(entry["event"] == "gathered" for entry in logs) == 26 - GATHERER
    world.advance(minutes=10)  # each that rang escalates, and nothing else
    assert [address for address, *_ in world.email.sent[GATHERER:]] == ["second@example.org"] * GATHERER
    said = respond.acknowledge(world.store, str(GATHERER), "Second", world.clock.now())
    assert said.startswith("Alert 3 (with 4, 5, 6, ")
    assert all(state(world, number) == ("acknowledged", "Second") for number in range(GATHERER, 27))


def test_more_come_while_the_page_is_out_and_are_told_once_in_a_while(world: World) -> None:
    urgent(world, GATHERER)
    world.advance()
    for number in range(1, GATHERER + 1):
        respond.acknowledge(world.store, str(number), "First", world.clock.now())
    for number in range(GATHERER, GATHERER + 5):
        urgent(world, 1, first=number)
        world.advance(minutes=1)
    assert len(world.email.sent) == GATHERER
    world.advance(minutes=10)
    assert len(world.email.sent) == GATHERER + 1
    assert "5 more urgent stories" in world.mails[-1]
    # Somebody has to acknowledge those, too.
    assert state(world, GATHERER) == ("open", None)
    world.advance(minutes=10)
    assert world.email.sent[-1][0] == "second@example.org"


def test_whoever_takes_the_page_takes_what_it_told_and_nothing_else(world: World) -> None:
    urgent(world, GATHERER + 1)
    world.advance()
    urgent(world, 1, first=GATHERER + 1)
    world.advance(minutes=1)
    said = respond.acknowledge(world.store, str(GATHERER), "First", world.clock.now())
    assert said.startswith("Alert 3 (with 4) is yours, First.")
    assert state(world, 4) == ("acknowledged", "First")
    assert state(world, 5) == ("open", None)
    world.advance(minutes=10)
    assert "1 more urgent story: “E Kestrel van on fire” (alert 5)" in " ".join(world.mails)


def test_what_nobody_has_is_told_again_when_the_escalation_is_over(world: World) -> None:
    urgent(world, GATHERER)
    world.advance()
    for _ in range(6):
        world.advance(minutes=10)
    urgent(world, 1, first=GATHERER)
    before = len(world.email.sent)
    world.advance(minutes=1)
    assert {address for address, *_ in world.email.sent[before:]} == {
        "first@example.org",
        "second@example.org",
    }
    world.advance(minutes=10)
    assert state(world, GATHERER) == ("open", None)
    found = world.store.read.alerts.get(GATHERER)
    assert found is not None
    assert found.step_due_at is not None


def test_whoever_gives_the_page_back_gives_back_what_they_took_with_it(world: World) -> None:
    urgent(world, GATHERER + 3)
    world.advance()
    respond.acknowledge(world.store, "5", "Second", world.clock.now())
    respond.acknowledge(world.store, str(GATHERER), "First", world.clock.now())
    assert state(world, 4) == state(world, 6) == ("acknowledged", "First")
    respond.unacknowledge(world.store, str(GATHERER), "First", world.clock.now())
    assert [state(world, number) for number in range(GATHERER, 7)] == [
        ("open", None), ("open", None), ("acknowledged", "Second"), ("open", None),
    ]  # fmt: skip
    world.advance(minutes=1)
    said = respond.acknowledge(world.store, str(GATHERER), "Second", world.clock.now())
    assert said.startswith("Alert 3 (with 4, 6) is yours, Second.")


def test_each_can_be_acknowledged_by_its_own_number(world: World) -> None:
    urgent(world, GATHERER + 1)
    world.advance()
    respond.acknowledge(world.store, "4", "Second", world.clock.now())
    assert state(world, 4) == ("acknowledged", "Second")
    assert state(world, GATHERER) == ("open", None)


@pytest.mark.parametrize("silence", ["snooze", "resolve"])
def test_what_a_silenced_page_has_not_told_pages_by_itself(world: World, silence: str) -> None:
    urgent(world, GATHERER)
    world.advance()
    urgent(world, 2, first=GATHERER)
    world.advance(minutes=1)
    if silence == "snooze":
        respond.snooze(
            world.store, str(GATHERER), "First", world.clock.now() + timedelta(minutes=600), world.clock.now()
        )
    else:
        respond.resolve(world.store, str(GATHERER), "First", world.clock.now())
    before = len(world.email.sent)
    world.advance(minutes=1)
    assert len(world.email.sent) == before + 1
    assert [sent for sent in world.store.read.outbox.sent_to(4) if sent[1] == "email"]
    assert told(world, 4) == ["5"]
    urgent(world, 1, first=GATHERER + 2)
    world.advance(minutes=1)
    assert told(world, 4) == ["6", "5"]


def test_the_news_of_a_gathered_story_are_told_in_the_page(world: World) -> None:
    urgent(world, GATHERER + 1)
    world.advance()
    respond.acknowledge(world.store, str(GATHERER), "First", world.clock.now())
    assert state(world, 4) == ("acknowledged", "First")
    now = world.clock.forward(minutes=20)
    world.store.write(lambda tables: tables.mentions.add_readings([reading(GATHERER, 600, now)]))
    world.advance()
    world.advance(minutes=1)
    (update,) = [mail for mail in world.mails if "alert 4 since" in mail]
    assert "has crossed 500" in update
    assert world.store.read.outbox.sent_to(4) == []
    assert state(world, GATHERER) == ("acknowledged", "First")  # nothing new to acknowledge


def test_a_message_tells_only_what_stands_in_it(world: World) -> None:
    urgent(world, GATHERER + 1)
    made = world.clock.now()
    world.advance()
    assert world.store.read.gathered.waiting(GATHERER) == []
    world.store.write(lambda tables: tables.gathered.has_news(4))
    world.store.write(lambda tables: tables.gathered.listed([4], made - timedelta(minutes=1)))
    assert [part.id for part in world.store.read.gathered.waiting(GATHERER)] == [4]


def test_a_new_process_and_the_next_shift(world: World) -> None:
    urgent(world, GATHERER)
    world.advance()
    world.pipeline = Pipeline(world.parts)
    urgent(world, 1, first=GATHERER)
    world.advance(minutes=1)
    assert told(world) == ["4"]
    world.advance(hours=24)
    before = len(world.store.read.alerts.active())
    urgent(world, 1, first=GATHERER + 1)
    world.advance(minutes=1)
    newest = world.store.read.alerts.active()[-1]
    assert len(world.store.read.alerts.active()) == before + 1
    assert "over 2 urgent stories" not in newest.reason
    assert world.store.read.outbox.sent_to(newest.id)


def test_a_page_that_ends_in_another_alert_takes_its_parts_along(world: World) -> None:
    urgent(world, GATHERER + 2)
    world.advance()

    part, page = (world.store.read.alerts.get(each) for each in (4, GATHERER))
    assert part is not None
    assert page is not None
    world.store.write(lambda tables: tables.alerts.merge(part, page, world.clock.now()))
    assert told(world, 4) == ["5"]
    found = world.store.read.alerts.get(4)
    assert found is not None
    assert found.step_due_at == page.step_due_at
    world.advance(minutes=10)
    assert len(world.store.read.outbox.sent_to(4)) > 0


def take_the_page(world: World) -> None:
    """The page is out and First has it."""
    urgent(world, GATHERER)
    world.advance()
    respond.acknowledge(world.store, str(GATHERER), "First", world.clock.now())


def grows(world: World, number: int) -> None:
    """That post, and the story of it, crosses its threshold."""
    now = world.clock.forward(minutes=1)
    world.store.write(lambda tables: tables.mentions.add_readings([reading(number, 600, now)]))


def test_what_stands_in_an_update_to_whoever_has_the_page_has_to_be_acknowledged_too(world: World) -> None:
    take_the_page(world)
    urgent(world, 1, first=GATHERER)
    world.advance(minutes=1)
    grows(world, GATHERER - 1)
    world.advance()
    world.advance()  # the update goes out, and lists the new one
    assert "has crossed 500" in world.mails[-1]
    world.advance(minutes=11)
    assert "1 more urgent story" in " ".join(world.mails)
    assert state(world, GATHERER) == ("open", None)


@pytest.mark.parametrize("taken", ["acknowledge", "snooze"])
def test_what_stands_in_a_page_that_did_not_go_out_is_not_taken_with_it(world: World, taken: str) -> None:
    take_the_page(world)
    urgent(world, 1, first=GATHERER)
    world.email.outcomes = [ChannelError("down") for _ in range(9)]
    world.sms.outcomes = [ChannelError("down") for _ in range(9)]
    world.advance(minutes=11)
    world.advance()
    assert state(world, GATHERER) == ("open", None)  # the page that tells of it waits to be sent
    if taken == "acknowledge":
        said = respond.acknowledge(world.store, str(GATHERER), "First", world.clock.now())
        assert said.startswith("Alert 3 is yours")
    else:
        respond.snooze(
            world.store, str(GATHERER), "First", world.clock.now() + timedelta(minutes=600), world.clock.now()
        )
    assert state(world, 4) == ("open", None)
    world.email.outcomes, world.sms.outcomes = [], []
    before = len(world.email.sent)
    world.advance(minutes=11)
    world.advance()
    if taken == "acknowledge":
        assert "D Kestrel van on fire" in " ".join(world.mails[before:])
    else:
        assert world.store.read.outbox.sent_to(4)


def test_nobody_is_told_again_and_again_while_a_page_can_not_be_sent(world: World) -> None:
    take_the_page(world)
    urgent(world, 1, first=GATHERER)
    world.email.outcomes = [ChannelError("no", permanent=True) for _ in range(99)]
    world.sms.outcomes = [ChannelError("no", permanent=True) for _ in range(99)]
    for _ in range(10):
        world.advance(minutes=1)
    world.advance(minutes=1)
    tried = len(world.email.outcomes)
    for _ in range(9):
        world.advance()
    assert len(world.email.outcomes) > tried - 9


def test_parts_of_a_page_that_ends_in_an_alert_that_somebody_has_are_told_again(world: World) -> None:
    urgent(world, GATHERER + 2)
    world.advance()
    respond.acknowledge(world.store, "4", "Second", world.clock.now())
    part, page = (world.store.read.alerts.get(each) for each in (4, GATHERER))
    assert part is not None
    assert page is not None
    world.store.write(lambda tables: tables.alerts.merge(part, page, world.clock.now()))
    assert told(world, 4) == ["5"]
    before = len(world.mails)
    world.advance(minutes=11)
    assert "1 more urgent story: “E Kestrel van on fire” (alert 5)" in " ".join(world.mails[before:])
    assert state(world, 4) == ("open", None)


def test_a_part_that_was_snoozed_pages_by_itself_and_in_no_other_page(world: World) -> None:
    urgent(world, GATHERER + 2)
    world.advance()
    respond.snooze(world.store, "4", "Second", world.clock.now() + timedelta(minutes=30), world.clock.now())
    world.advance(minutes=31)
    assert "second@example.org" in [address for address, *_ in world.email.sent]
    assert state(world, 4) == ("open", None)
    assert told(world) == ["5"]


def test_praise_within_a_gathered_story_is_not_what_its_link_leads_to(world: World) -> None:
    urgent(world, GATHERER + 1)
    world.advance()
    answer = mention(99, "thanks, wonderful crew", world.clock.now(), in_reply_to=str(GATHERER))
    world.source.mentions.append(answer)
    world.source.counters["99"] = 90
    world.advance(minutes=1)
    found = world.store.read.alerts.get(GATHERER)
    assert found is not None
    made = world.parts
    about = notice(world.store.read, found, "First", made.config, made.drafter, made.link, world.clock.now())
    assert [each.url for each in about.further] == [f"https://example.org/{GATHERER}"]


def test_a_part_that_grows_before_it_was_told_is_told_as_new(world: World) -> None:
    take_the_page(world)
    urgent(world, 1, first=GATHERER)
    world.advance(minutes=1)
    grows(world, GATHERER)
    world.advance()
    world.advance(minutes=11)
    assert "1 more urgent story: “D Kestrel van on fire” (alert 4)" in " ".join(world.mails)
    assert told(world) == ["4"]


def test_a_clock_that_is_set_back_holds_up_nothing_urgent(world: World) -> None:
    take_the_page(world)
    world.clock.forward(hours=-10)
    urgent(world, 1, first=GATHERER)
    world.advance()
    world.advance(minutes=1)
    assert "4" in told(world)
    assert world.store.read.gathered.waiting(GATHERER) == []


def test_who_took_a_part_by_its_own_number_hears_of_its_news(world: World) -> None:
    take_the_page(world)
    urgent(world, 1, first=GATHERER)
    world.advance(minutes=11)
    respond.acknowledge(world.store, "4", "Second", world.clock.now())
    world.clock.forward(minutes=20)
    grows(world, GATHERER)
    world.advance()
    assert world.store.read.outbox.sent_to(4)[-1][0] == "Second"  # First heard who has it
    assert state(world, GATHERER) == ("open", None)
    found = world.store.read.alerts.get(4)
    assert found is not None
    assert found.step_due_at is not None  # to be acknowledged anew
    world.advance(minutes=10)
    assert state(world, 4) == ("open", None)
    assert "4" not in told(world)


def test_what_nobody_has_in_the_page_of_what_is_over_pages_by_itself(world: World) -> None:
    urgent(world, GATHERER + 1)
    world.advance()
    assert world.store.read.gathered.waiting(GATHERER) == []
    world.store.write(lambda tables: tables.alerts.resolve(GATHERER, None, world.clock.now()))
    world.advance(minutes=1)
    assert state(world, 4) == ("open", None)
    assert world.store.read.outbox.sent_to(4)


def test_a_long_step_keeps_nothing_urgent_silent_and_ends_when_it_would(tmp_path: Path) -> None:
    steps = [{"page": ["First"], "wait_minutes": 120}, {"page": ["Second"]}]
    oncall = {"steps": steps, "escalate_after_minutes": 10}
    world = World(tmp_path, rules={"urgent_pages_per_shift": CAP}, oncall=oncall)
    urgent(world, GATHERER)
    world.advance()
    before = world.store.read.alerts.get(GATHERER)
    urgent(world, 1, first=GATHERER)
    world.advance(minutes=1)
    world.advance(minutes=11)
    world.advance(seconds=1)
    assert world.store.read.gathered.waiting(GATHERER) == []
    after = world.store.read.alerts.get(GATHERER)
    world.store.close()
    assert before is not None
    assert after is not None
    assert after.step_due_at == before.step_due_at
