"""What is told of a story that somebody has, when it ends by itself, and what silences hold."""

from __future__ import annotations

from datetime import timedelta

from structlog.testing import capture_logs

from monitor.errors import ChannelError, SourceError
from monitor.paging import respond
from monitor.paging.silences import Kind
from tests.monitor.nights import EVENING, Make, Night, on_call, person, two
from tests.monitor.scripted import mention

# --- news ---------------------------------------------------------------------------------------------------------


def held_by(make_night: Make, name: str) -> Night:
    """That person has a warning."""
    night = make_night(
        EVENING, person("First", "email"), person("Second", "email"), oncall=on_call("First", "Second")
    )
    night.complaint(40)
    respond.acknowledge(night.store, "1", name, night.clock.now())
    night.now()
    night.heard.clear()
    return night


def gets_graver(night: Night, reposts: int = 600) -> str:
    """The story crosses its threshold; when people heard so."""
    night.source.counters["1"] = reposts
    before = len(night.heard)
    while len(night.heard) == before:
        night.pass_by(minutes=1)
    return night.heard[-1].at


def test_who_has_it_and_does_not_answer_what_is_graver_is_asleep(make_night: Make) -> None:
    night = held_by(make_night, "First")
    gets_graver(night)
    assert [each.person for each in night.heard] == ["First"]
    assert "now critical, was warning" in night.heard[0].words
    assert night.state() == ("acknowledged", "First")
    night.pass_by(minutes=10)
    assert [each.person for each in night.heard] == ["First", "Second"]
    assert "since" not in night.heard[1].words  # it is Second's first page
    assert night.state() == ("open", None)
    assert "First has not answered: since" in night.events("reopened")[0][2]


def test_growth_that_follows_what_is_graver_takes_no_call_away(make_night: Make) -> None:
    methods = {"critical": [{"by": ["sms"]}, {"by": ["call"], "after_minutes": 30}]}
    night = make_night(
        EVENING, person("First", "sms", "call", pages=methods), rules={"update_minutes": 1},
        oncall=on_call("First", escalate_after_minutes=60),
    )  # fmt: skip
    night.complaint(40)
    respond.acknowledge(night.store, "1", "First", night.clock.now())
    gets_graver(night)
    due = night.alert.step_due_at
    gets_graver(night, 5_000)
    assert "spread" in night.heard[-1].words
    night.pass_by(minutes=31)
    assert [each.channel for each in night.heard][-2:] == ["sms", "call"]
    assert night.alert.step_due_at == due


def test_who_has_it_and_answers_keeps_it(make_night: Make) -> None:
    night = held_by(make_night, "First")
    since = night.alert.held_since
    gets_graver(night)
    said = respond.acknowledge(night.store, "1", "First", night.clock.now())
    assert said == "Alert 1 is still yours, First, with what is new."
    night.pass_by(minutes=30)
    assert [each.person for each in night.heard] == ["First"]
    assert night.alert.held_since == since


def test_somebody_else_may_take_what_its_holder_leaves_unanswered(make_night: Make) -> None:
    night = held_by(make_night, "First")
    gets_graver(night)
    assert "is yours, Second" in respond.acknowledge(night.store, "1", "Second", night.clock.now())
    night.pass_by(minutes=30)
    assert [each.person for each in night.heard] == ["First", "First"]
    assert "Second has it" in night.heard[-1].words


def test_news_and_the_next_step_at_one_moment_mail_nobody_twice(make_night: Make) -> None:
    night = make_night(
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


def test_an_update_in_place_of_an_unsent_page_is_told_as_a_first_page(make_night: Make) -> None:
    night = make_night(
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


def test_what_gets_graver_ends_a_snooze(make_night: Make) -> None:
    night = make_night(
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


def taken(make_night: Make) -> Night:
    """First has it; Second was paged, too."""
    night = two(make_night)
    respond.acknowledge(night.store, "1", "First", night.clock.now())
    night.until("23:15")
    night.heard.clear()
    return night


def hours(night: Night, count: int) -> None:
    for _ in range(count):
        night.pass_by(hours=1)


def test_a_story_that_has_died_ends_by_itself_and_everybody_hears_why(make_night: Make) -> None:
    night = taken(make_night)
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


def test_a_new_post_or_one_that_grows_keeps_it_alive(make_night: Make) -> None:
    night = taken(make_night)
    hours(night, 20)
    night.source.mentions.append(mention(2, "My Kestrel parcel is lost, too", night.clock.now()))
    night.source.counters["2"] = 3
    hours(night, 20)
    night.source.counters["2"] = 30
    hours(night, 20)
    assert night.state()[0] == "acknowledged"
    hours(night, 24)
    assert night.state()[0] == "resolved"


def test_what_nobody_has_and_what_is_not_read_does_not_end(make_night: Make) -> None:
    night = two(make_night)
    hours(night, 30)
    assert night.state()[0] == "open"
    respond.acknowledge(night.store, "1", "First", night.clock.now())
    night.source.failures = [SourceError("down") for _ in range(10_000)]
    hours(night, 30)
    assert night.state()[0] == "acknowledged"
    night.source.failures = []
    hours(night, 2)
    assert night.state()[0] == "resolved"


# --- silences -----------------------------------------------------------------------------------------------------


def silenced(night: Night, kind: Kind, what: str, **by: float) -> int:
    now = night.clock.now()
    return night.store.write(
        lambda tables: tables.silences.add(
            kind, what, now + timedelta(**by), "a strike is known", "First", now
        )
    )


def reason(night: Night, story: int = 1) -> str:
    found = night.store.read.stories.get(story)
    assert found is not None
    return found.reason or ""


def test_what_a_silence_holds_says_so_and_pages_when_it_ends(make_night: Make) -> None:
    night = make_night(EVENING, person("First", "email"), oncall=on_call("First"))
    silenced(night, "category", "delivery", hours=2)
    with capture_logs() as logs:
        night.complaint(40)
        night.until("00:30", step=10)
    assert night.heard == []
    assert reason(night).startswith("held: silence 1 (delivery, until 01:00 UTC): a strike is known; ")
    assert [each["event"] for each in logs if each["event"] == "held"] == [
        "held"
    ]  # said once, not at each reading
    night.until("01:02")
    assert night.pages() == [("01:00", "First")]
    assert not reason(night).startswith("held")


def test_what_is_urgent_is_held_by_no_silence_of_everything(make_night: Make) -> None:
    night = make_night(EVENING, person("First", "email"), oncall=on_call("First"))
    silenced(night, "all", "", hours=2)
    night.complaint(60)
    night.complaint(1, 2, "A Kestrel van on fire")
    night.pass_by(minutes=1)
    assert [each.words.partition(":")[0] for each in night.heard] == ["critical"]
    assert night.store.read.held.waiting() == [
        1
    ]  # critical, and not what the silence is known for: in the brief


def test_a_muted_story_is_told_of_when_it_has_changed_at_the_end(make_night: Make) -> None:
    night = make_night(
        EVENING, person("First", "email"), person("Second", "email"), oncall=on_call("First", "Second")
    )
    night.complaint(40)
    respond.acknowledge(night.store, "1", "First", night.clock.now())
    number = silenced(night, "story", "1", hours=20)
    night.source.counters["1"] = 600
    night.until("02:00", step=10)
    assert night.pages() == [("23:00", "First")]
    night.store.write(lambda tables: tables.silences.end(number, night.clock.now()))
    night.pass_by(minutes=1)
    night.pass_by(minutes=1)
    assert night.heard[-1].person == "First"
    assert "now critical, was warning" in night.heard[-1].words
