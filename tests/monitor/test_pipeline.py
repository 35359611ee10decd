"""The mention's way, step by step, with a fake clock and scripted ports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import bursts
from monitor.digest.figures import Counted
from monitor.errors import ChannelError, ClassifierError, InputError, SourceError
from monitor.grouping import Grouping
from monitor.model import Classification, Deleted, MentionKey
from monitor.paging import respond
from monitor.pipeline import Pipeline
from monitor.store import Store
from monitor.store.outbox import Outbox
from tests.monitor.scripted import (
    NOON,
    FakeClock,
    ScriptedChannel,
    ScriptedClassifier,
    ScriptedSource,
    config,
    mention,
    one_pass,
    parts,
    reading,
)


class World:
    """A pipeline over a fresh store; `advance` does all that is due at the clock's moment."""

    def __init__(self, folder: Path, **changes: object) -> None:
        self.store = Store(folder / "test.db")
        self.source = ScriptedSource()
        self.email, self.sms = ScriptedChannel(), ScriptedChannel("sms", "sms")
        self.clock = FakeClock()
        self.parts = parts(
            self.store, config(folder, **changes), self.source, self.email, self.sms, self.clock
        )
        self.pipeline = Pipeline(self.parts)
        self.pipeline.schedule(self.clock.now())

    def advance(self, **by: float) -> None:
        one_pass(self.pipeline, self.store, self.clock.forward(**by) if by else self.clock.now())

    def hot(self, number: int = 1, reposts: int = 60, text: str = "My Kestrel parcel is lost") -> None:
        self.source.mentions.append(mention(number, text, self.clock.now()))
        self.source.counters[str(number)] = reposts

    @property
    def mails(self) -> list[str]:
        return [subject for _, subject, _ in self.email.sent]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_a_hot_complaint_pages_the_first_person_once(world: World) -> None:
    world.hot()
    world.advance()
    world.advance(minutes=1)
    assert [(address, key) for address, _, key in world.email.sent] == [("first@example.org", "snapwatch-1")]
    assert [address for address, _, _ in world.sms.sent] == ["+442079460001"]
    assert "60% likely to cross 500 reposts and quotes" in world.mails[0]


def test_praise_and_calm_complaints_page_nobody(world: World) -> None:
    world.hot(1, 400, "Kestrel parcels are wonderful")
    world.hot(2, 3)
    world.advance()
    assert world.email.sent == []
    assert world.store.read.alerts.active() == []
    story = world.store.read.stories.get(1)
    assert story is not None
    assert story.action == "hold"


def test_a_complaint_about_somebody_else_is_no_story(world: World) -> None:
    world.hot(1, 90, "lost my keys again")
    world.advance()
    assert world.store.read.stories.count() == 0


def test_a_language_that_was_not_measured_is_watched_like_a_complaint(world: World) -> None:
    world.hot(1, 3, "Kestrel pakket kwijt")
    world.advance()
    assert world.store.read.stories.count() == 1
    assert world.email.sent == []  # being foreign wakes nobody
    world.source.counters["1"] = 60
    world.advance(minutes=10)
    (mail,) = world.mails
    assert "60% likely to cross 500 reposts and quotes" in mail
    assert mail.endswith(
        "the leading post is in Dutch, on which the classifier was not measured: read it before judging"
    )


def test_a_post_in_it_that_went_viral_is_a_warning(world: World) -> None:
    world.hot(1, 700, "Kestrel pakket kwijt")
    world.advance()
    (mail,) = world.mails
    assert mail.startswith("warning:")


def test_spam_is_kept_counted_and_in_no_story(world: World) -> None:
    world.hot(1, 90, "Kestrel parcel lost, buy crypto")
    world.source.mentions.append(mention(2, "Kestrel pakket kwijt", NOON))
    world.advance()
    assert world.store.read.mentions.count() == 2
    assert world.store.read.stories.of(MentionKey("x", "1")) is None
    midnight = NOON - timedelta(hours=12)
    span = midnight, midnight + timedelta(days=1)
    week = Counted(world.parts.config, world.store.read, *span, ZoneInfo("UTC")).week(*span)
    assert (week.mentions, week.complaints, week.beside, week.unmeasured) == (2, 0, 1, (("nl", 1),))


def test_an_answer_joins_whatever_the_model_makes_of_it(world: World) -> None:
    world.hot(1, 3)
    world.source.mentions.append(mention(2, "same here, buy elsewhere", NOON, in_reply_to="1"))
    world.advance()
    of = world.store.read.stories.of
    assert of(MentionKey("x", "1")) == of(MentionKey("x", "2")) is not None


def test_angry_posts_are_named_as_such(world: World) -> None:
    world.hot(1, 60, "My Kestrel parcel is lost!")
    world.advance()
    assert world.mails[0].endswith("the top posts are angry")


def test_every_page_of_a_burst_is_read_at_once(world: World) -> None:
    world.source.mentions = [mention(n, at=NOON) for n in range(25)]
    world.advance()
    assert world.store.read.mentions.count() == 25
    assert world.store.read.mentions.waiting() == 0
    assert len(world.store.read.sources.coverage("x")) == 1


def test_a_burst_of_different_people_is_one_story_and_one_page(world: World) -> None:
    world.source.mentions = [mention(n, at=NOON) for n in range(6)]
    world.advance()
    assert world.store.read.stories.count() == 1
    assert len(world.email.sent) == 1
    assert "6 posts in the last 15 minutes where hardly any are normal at this hour" in world.mails[0]


def test_unacknowledged_escalates_round_the_list_and_then_stops(world: World) -> None:
    world.hot()
    world.advance()
    for _ in range(6):
        world.advance(minutes=10)
    assert [address for address, _, _ in world.email.sent] == [
        "first@example.org", "second@example.org", "first@example.org", "second@example.org",
    ]  # fmt: skip
    assert "nobody left" in [event.event for event in world.store.read.alerts.events(1)]


def test_acknowledge_stops_everything_and_says_who_has_it(world: World) -> None:
    world.hot()
    world.advance()
    said = respond.acknowledge(world.store, "1", "First", world.clock.now())
    assert "yours, First" in said
    for _ in range(6):
        world.advance(minutes=10)
    assert len(world.email.sent) == 1
    assert "First has alert 1 since" in respond.acknowledge(world.store, "1", "Second", world.clock.now())


def test_a_material_change_goes_to_whoever_has_it(world: World) -> None:
    world.hot(1, 45)
    world.advance()
    world.advance(minutes=10)
    respond.acknowledge(world.store, "1", "Second", world.clock.now())
    world.source.counters["1"] = 520
    world.advance(minutes=1)
    world.advance(minutes=9)
    world.advance(minutes=1)
    assert [address for address, _, _ in world.email.sent] == [
        "first@example.org",
        "second@example.org",
        "first@example.org",  # who hears that Second has it
        "second@example.org",
    ]
    assert "now critical, was warning, has crossed 500 reposts and quotes" in world.mails[-1]
    assert respond.acknowledge(world.store, "1", "Second", world.clock.now()).startswith(
        "Alert 1 is still yours"
    )
    world.advance(minutes=30)
    assert len(world.email.sent) == 4


def test_a_compliment_that_spreads_within_a_complaint_is_no_news_of_it(world: World) -> None:
    world.hot()
    world.advance()
    world.source.mentions.append(mention(2, "wonderful driver", world.clock.now(), in_reply_to="1"))
    world.source.counters["2"] = 400
    for _ in range(4):
        world.advance(minutes=9)
        respond.acknowledge(world.store, "1", "First", world.clock.now())
    assert len(world.mails) == 1


def test_what_changes_before_anybody_was_reached_is_no_update(world: World) -> None:
    world.hot()
    world.email.outcomes, world.sms.outcomes = [ChannelError("down")], [ChannelError("down")]
    world.advance()
    assert world.email.sent == []
    now = world.clock.forward(minutes=1)
    world.store.write(lambda tables: tables.mentions.add_readings([reading(1, 600, now)]))
    world.advance()
    world.advance(minutes=1)
    (mail,) = world.mails
    assert mail.startswith("critical: ")
    assert "since" not in mail
    events = [each.note for each in world.store.read.alerts.events(1) if each.event == "updated"]
    assert "has crossed 500" in events[0]


def test_nothing_material_no_update(world: World) -> None:
    world.hot()
    world.advance()
    world.source.counters["1"] = 62
    world.advance(minutes=6)
    world.advance(minutes=1)
    assert len(world.email.sent) == 1


def test_snooze_is_silent_until_it_is_over(world: World) -> None:
    world.hot()
    world.advance()
    respond.snooze(world.store, "1", "First", world.clock.now() + timedelta(minutes=30), world.clock.now())
    world.advance(minutes=29)
    assert len(world.email.sent) == 1
    world.advance(minutes=1)
    assert [address for address, _, _ in world.email.sent] == ["first@example.org"] * 2
    world.advance(minutes=10)
    assert world.email.sent[-1][0] == "second@example.org"


def test_after_resolve_a_new_complaint_opens_a_new_story(world: World) -> None:
    world.hot(1)
    world.advance()
    respond.resolve(world.store, "1", "First", world.clock.now())
    world.hot(2)
    world.advance(minutes=2)
    assert world.store.read.stories.count() == 2
    assert len(world.email.sent) == 2


def test_an_unknown_code_gets_a_helpful_answer(world: World) -> None:
    world.hot()
    world.advance()
    for code in ("7", "abc", "", "1" * 50, "٣"):
        with pytest.raises(InputError, match="waiting now: 1"):
            respond.acknowledge(world.store, code, "First", world.clock.now())


def test_a_temporary_failure_is_tried_again_with_the_same_key(world: World) -> None:
    world.email.outcomes = [ChannelError("busy", retry_after=120)]
    world.hot()
    world.advance()
    assert world.email.sent == []
    world.advance(seconds=60)
    assert world.email.sent == []
    world.advance(seconds=73)  # up to a tenth later than it was asked
    assert world.email.sent[0][2] == "snapwatch-1"


def test_a_person_who_cannot_be_reached_at_all_is_passed_over_at_once(world: World) -> None:
    world.email.outcomes = [ChannelError("no such box", permanent=True)]
    world.sms.outcomes = [ChannelError("no such number", permanent=True)]
    world.hot()
    world.advance()
    world.advance(seconds=1)
    assert [address for address, _, _ in world.email.sent] == ["second@example.org"]


def test_one_working_channel_is_enough(world: World) -> None:
    world.email.outcomes = [ChannelError("no such box", permanent=True)]
    world.hot()
    world.advance()
    world.advance(seconds=1)
    assert world.email.sent == []
    assert len(world.sms.sent) == 1


def test_a_failing_source_backs_off_and_stops_nothing_else(world: World) -> None:
    world.source.failures = [
        SourceError("down"),
        RuntimeError("a bug"),
        SourceError("slow down", retry_after=600),
    ]
    world.hot()
    world.advance()
    assert world.store.read.jobs.get("poll x").failures == 1  # type: ignore[union-attr]
    world.advance(seconds=5.5)
    world.advance(seconds=11)
    job = world.store.read.jobs.get("poll x")
    assert job is not None
    assert (job.failures, job.error) == (3, "slow down")
    # up to a tenth later than it was asked: others were told the same
    assert timedelta(seconds=600) <= job.due_at - world.clock.now() <= timedelta(seconds=660)
    world.advance(seconds=661)
    assert len(world.email.sent) == 1
    assert world.store.read.jobs.get("poll x").failures == 0  # type: ignore[union-attr]


def test_a_text_that_breaks_the_model_costs_only_itself(world: World) -> None:
    classifier = world.parts.classifier
    assert isinstance(classifier, ScriptedClassifier)
    classifier.poison = "☠"
    world.source.mentions = [mention(1, "☠"), mention(2), mention(3)]
    world.advance()
    assert world.store.read.mentions.waiting() == 0
    assert world.store.read.mentions.classification(MentionKey("x", "1")) is None
    assert world.store.read.mentions.classification(MentionKey("x", "3")) is not None


def test_a_model_that_reads_nothing_costs_no_mention(world: World) -> None:
    classifier = world.parts.classifier
    assert isinstance(classifier, ScriptedClassifier)
    world.source.mentions = [mention(1)]
    classifier.poison = ""  # in every text
    with pytest.raises(ClassifierError, match="reads no text at all"):
        world.advance()
    assert world.store.read.mentions.waiting() == 1
    classifier.poison = None
    world.advance()
    assert world.store.read.mentions.classification(MentionKey("x", "1")) is not None


def test_hot_posts_are_read_again_and_within_the_budget(tmp_path: Path) -> None:
    history = tmp_path / "empty.jsonl"
    sources = {"x": {"type": "replay", "file": str(history), "reads_per_day": 3}}
    world = World(tmp_path, sources=sources)
    world.hot(1, 20)
    world.hot(2, 40, "Zebra-striped Kestrel parcel lost")
    world.hot(3, 30, "Quite lost, Kestrel")
    world.advance()
    world.advance(minutes=6)
    assert world.source.reads == [("2", "3")]
    world.advance(minutes=30)
    assert len(world.source.reads) == 1
    world.advance(hours=13)
    assert len(world.source.reads) == 2
    world.store.close()


def test_a_deleted_mention_leaves_no_text_anywhere(world: World) -> None:
    world.hot(1, 60, "lost! My Kestrel parcel with the blue ribbon")
    world.advance()
    gone = Deleted("x", "1", world.clock.now())
    world.store.write(lambda tables: tables.mentions.delete([gone]))
    world.advance(minutes=10)
    world.store.close()
    stored = b"".join(path.read_bytes() for path in world.store.path.parent.glob("test.db*"))
    world.store = Store(world.store.path)
    assert world.store.read.mentions.get(MentionKey("x", "1")).text == ""  # type: ignore[union-attr]
    assert world.store.read.stories.get(1).title == "(erased)"  # type: ignore[union-attr]
    assert b"blue ribbon" not in stored


def test_replies_join_the_story_of_the_post_that_they_answer(world: World) -> None:
    world.hot(1, 10)
    world.advance()
    world.source.mentions.append(mention(2, "same here", world.clock.now(), in_reply_to="1"))
    world.advance(minutes=2)
    assert world.store.read.stories.of(MentionKey("x", "2")) == 1


def test_imported_history_pages_nobody(world: World) -> None:
    old = NOON - timedelta(days=9)
    world.store.write(lambda tables: tables.mentions.add([mention(n, at=old) for n in range(8)], NOON))
    world.store.write(
        lambda tables: tables.mentions.add_readings([reading(1, 900, old + timedelta(hours=3))])
    )
    world.advance()
    assert world.store.read.stories.count() == 1
    assert world.email.sent == []


def test_the_digest_goes_by_mail_once_a_week_and_survives_a_restart(world: World) -> None:
    world.advance()
    world.advance(hours=19, minutes=59)
    assert world.mails == []
    world.advance(minutes=1)
    assert world.mails == ["digest 2026-11-02 08:00"]
    Pipeline(world.parts).schedule(world.clock.now())
    world.advance(hours=1)
    assert len(world.mails) == 1
    world.advance(days=21)
    assert world.mails[1:] == [
        "digest 2026-11-23 08:00"
    ]  # after three weeks down: what is old news is left out
    assert world.sms.sent == []


def test_old_mentions_are_erased(tmp_path: Path) -> None:
    world = World(tmp_path, retention={"days": 30})
    world.hot(1, 1)
    world.advance()
    world.advance(days=31)
    assert world.store.read.mentions.count() == 0
    world.store.close()


def test_a_decision_that_fails_takes_nothing_with_it_and_is_made_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(bursts, "detect", lambda *_: 1 / 0)
        world.hot(1)
        world.hot(2, 60, "A Kestrel parcel is lost")
        world.advance()
        world.advance(seconds=6)
    assert world.mails == []
    read = world.store.read
    assert read.stories.of(MentionKey("x", "1")) is not None
    assert {due.id for due in read.mentions.read_due("x", world.clock.now() + timedelta(days=1), 9)} == {
        "1",
        "2",
    }
    (first, second) = [job for job in read.jobs.all() if job.name.startswith("decide ")]
    assert (first.failures, second.error) == (2, "ZeroDivisionError (see the log)")
    assert world.source.reads == []
    world.advance(seconds=11)
    assert len(world.mails) == 2
    assert not [job for job in read.jobs.all() if job.name.startswith("decide ")]


def test_what_a_failed_decision_wrote_is_undone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "enqueue", lambda *_, **__: 1 / 0)
        world.hot(1)
        world.advance()
    assert world.store.read.alerts.active() == []
    world.advance(seconds=6)
    assert len(world.mails) == 1


def test_a_mention_that_cant_be_assessed_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Grouping, "place", lambda *_: 1 / 0)
        world.hot(1)
        world.advance()
        world.advance(seconds=6)
    job = world.store.read.jobs.get("assess x 1")
    assert job is not None
    assert job.failures == 2
    world.advance(seconds=11)
    assert len(world.mails) == 1
    assert world.store.read.jobs.get("assess x 1") is None


def test_a_mention_that_was_set_aside_and_erased_is_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Grouping, "place", lambda *_: 1 / 0)
    world.hot(1)
    world.advance()
    world.store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    world.advance(seconds=6)
    assert world.store.read.jobs.get("assess x 1") is None


def test_a_text_that_is_edited_while_the_model_reads_it_is_read_anew(world: World) -> None:
    world.hot(1, 60)
    world.pipeline.fetcher.poll("x", world.clock.now())
    classifier = world.parts.classifier
    assert isinstance(classifier, ScriptedClassifier)
    edited = mention(1, "Kestrel found my parcel", world.clock.now())
    plain = classifier.classify

    def meanwhile(texts: Sequence[str]) -> list[Classification]:
        world.store.write(lambda tables: tables.mentions.add([edited], NOON))
        return plain(texts)

    classifier.classify = meanwhile  # type: ignore[method-assign]
    world.pipeline.classify(world.clock.now())
    assert world.store.read.mentions.classification(edited.key) is None
    classifier.classify = plain  # type: ignore[method-assign]
    world.advance()
    found = world.store.read.mentions.classification(edited.key)
    assert found is not None
    assert found.complaint < 0.5
