"""Stories as they grow in the store: joined, merged, split, counted by voices; alerts of stories that became one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from monitor import rules, stories
from monitor.errors import StoreError
from monitor.grouping import Grouping
from monitor.model import Author, Classification, Deleted, Mention, MentionKey
from monitor.paging import respond
from monitor.pipeline import Pipeline
from monitor.store import Contact, Store, Tables
from monitor.store.database import Database
from monitor.store.moves import MERGED_TITLE
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
)


class Compass(ScriptedClassifier):
    """A text means the direction, in degrees, that it names."""

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        found = super().classify(texts)
        angles = [math.radians(int((re.findall(r"\d+", text) or ["0"])[0])) for text in texts]
        return [
            replace(each, embedding=(math.cos(angle), math.sin(angle)))
            for each, angle in zip(found, angles, strict=True)
        ]


class World:
    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "test.db")
        self.source = ScriptedSource(page=100)
        self.email = ScriptedChannel()
        self.clock = FakeClock()
        made = parts(self.store, config(folder), self.source, self.email, clock=self.clock)
        self.pipeline = Pipeline(replace(made, classifier=Compass()))
        self.pipeline.schedule(NOON)
        self.posts = 0

    def say(self, *angles: int, reposts: int | None = None, **more: Any) -> list[MentionKey]:
        """One post a direction, each by somebody else, a minute later; then everything that is due."""
        self.clock.forward(minutes=1)
        for angle in angles:
            self.posts += 1
            text = f"Kestrel has lost it {angle}"
            self.source.mentions.append(mention(self.posts, text, self.clock.now(), **more))
            if reposts is not None:
                self.source.counters[str(self.posts)] = reposts
        self.advance()
        return [MentionKey("x", str(self.posts - n)) for n in range(len(angles))][::-1]

    def advance(self, **by: float) -> None:
        one_pass(self.pipeline, self.store, self.clock.forward(**by) if by else self.clock.now())

    def tell(self, *mentions: Mention) -> None:
        self.source.mentions += mentions
        self.advance(minutes=2)

    def of(self, key: MentionKey) -> int:
        story = self.store.read.stories.of(key)
        assert story is not None
        return story

    def moves(self, kind: str) -> list[tuple[int, int, int]]:
        rows = self.store.read.stories._db.query(
            "SELECT * FROM story_moves WHERE kind = ? ORDER BY number", [kind]
        )
        return [(row["story_id"], row["other_id"], row["posts"]) for row in rows]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


BRIDGE = (60, 55, 50, 45, 40, 30, 30)
"""Said after 0 and 100: they join one side each, until both middles are near."""


def test_two_stories_become_one_once_their_middles_are_near(world: World) -> None:
    first, second = world.say(0, 100)
    assert world.of(first) != world.of(second)
    world.clock.forward(minutes=5)
    world.say(*BRIDGE)
    (merged,) = world.moves("merge")
    assert merged[:2] == (1, 2)
    assert world.of(first) == world.of(second) == 1
    read = world.store.read
    assert read.stories.get(2).id == 1  # type: ignore[union-attr]
    (move,) = read.moves.of(2)
    assert (move.kind, move.who, move.at) == ("merge", "snapwatch", world.clock.now())
    assert re.search(r"is 0\.\d\d$", move.why)
    assert [each.id for each in read.stories.told(NOON, NOON + timedelta(days=1))] == [1]
    assert len(read.voices.sayings(1, 100)) == 2 + len(BRIDGE)


def test_merging_again_changes_nothing(world: World) -> None:
    keys = world.say(0, 100)
    world.say(*BRIDGE)
    before = dump(world.store)
    for _ in range(3):
        grouping = Grouping()

        def settle(tables: Tables, grouping: Grouping = grouping) -> list[int]:
            grouping.begin(tables, NOON, NOON)
            return grouping.settle(tables, [1, 2], NOON)

        assert world.store.write(settle) == [1]
    assert dump(world.store) == before
    assert {world.of(key) for key in keys} == {1}


def two_alerts(world: World) -> None:
    """Alert 1 of story 1, alert 2 of story 2; the on-call person was paged about both."""
    world.say(0, reposts=60)
    world.clock.forward(minutes=1)
    world.say(100, reposts=60)
    assert [alert.story_id for alert in world.store.read.alerts.active()] == [1, 2]


def test_the_code_of_a_story_that_became_part_of_another_acknowledges_that_one(world: World) -> None:
    two_alerts(world)
    world.say(*BRIDGE)
    assert [alert.id for alert in world.store.read.alerts.active()] == [1]
    said = respond.acknowledge(world.store, "2", "Second", world.clock.now())
    assert said.startswith("Alert 1 is yours, Second")
    assert world.store.read.alerts.get(1).holder == "Second"  # type: ignore[union-attr]
    world.advance(minutes=30)
    assert not [address for address, *_ in world.email.sent if address == "second@example.org"]
    notes = [event.note for event in world.store.read.alerts.events(2)]
    assert "into alert 1" in notes
    respond.resolve(world.store, "2", "Second", world.clock.now())
    assert world.store.read.alerts.active() == []
    assert world.store.read.stories.get(1).closed_at == world.clock.now()  # type: ignore[union-attr]


def test_what_somebody_has_goes_on(world: World) -> None:
    two_alerts(world)
    respond.acknowledge(world.store, "2", "First", world.clock.now())
    world.say(*BRIDGE)
    (alert,) = world.store.read.alerts.active()
    assert (alert.id, alert.holder, alert.story_id) == (2, "First", 2)
    assert world.moves("merge")[0][:2] == (2, 1)
    assert world.store.read.alerts.get(1).id == 2  # type: ignore[union-attr]


def test_the_story_that_was_paged_about_goes_on(world: World) -> None:
    (calm,) = world.say(0)
    world.say(100, reposts=60)
    world.say(*BRIDGE)
    assert world.of(calm) == 2
    assert "merged" in [event.event for event in world.store.read.alerts.events(1)]


def test_a_page_that_waits_to_be_sent_is_sent_for_the_story_that_goes_on(world: World) -> None:
    two_alerts(world)
    world.store.write(
        lambda tables: tables.outbox.enqueue(
            [Contact("Second", "email", world.clock.now())], alert_id=2, step=1
        )
    )
    world.store.write(lambda tables: merge(tables, world))
    assert mails_to(world, "second") == []
    world.advance()
    assert len(mails_to(world, "second")) == 1
    assert [person for person, *_ in world.store.read.outbox.sent_to(1)].count("Second") == 1
    assert world.store.read.outbox.pending() == 0


def mails_to(world: World, person: str) -> list[str]:
    return [subject for address, subject, *_ in world.email.sent if address == f"{person}@example.org"]


def test_who_has_an_alert_hears_at_once_of_a_worse_one_that_ends_in_it(world: World) -> None:
    world.say(0, reposts=40)
    respond.acknowledge(world.store, "1", "Second", world.clock.now())
    world.clock.forward(minutes=1)
    world.tell(mention("fire", "Kestrel has lost it 100, it caught fire", world.clock.now()))
    assert [alert.severity for alert in world.store.read.alerts.active()] == ["warning", "critical"]
    assert mails_to(world, "second") == []
    world.store.write(lambda tables: merge(tables, world))
    assert world.store.read.alerts.get(1).severity == "warning"  # type: ignore[union-attr]
    world.advance()
    (mail,) = mails_to(world, "second")
    assert mail.startswith("critical")
    alert = world.store.read.alerts.get(2)
    assert alert is not None
    assert (alert.id, alert.severity, alert.holder) == (1, "critical", "Second")
    assert alert.changed == "now critical, was warning: alert 2 is the same story"
    respond.acknowledge(world.store, "1", "Second", world.clock.now())
    world.advance(minutes=30)
    assert len(mails_to(world, "second")) == 1


def test_who_has_an_alert_hears_of_one_that_only_others_were_paged_about(world: World) -> None:
    two_alerts(world)
    respond.acknowledge(world.store, "1", "Second", world.clock.now())
    world.clock.forward(minutes=1)
    world.store.write(lambda tables: merge(tables, world))
    world.advance()
    assert len(mails_to(world, "second")) == 1
    assert world.store.read.alerts.get(1).changed == "alert 2 is the same story"  # type: ignore[union-attr]
    world.advance(minutes=30)
    assert len(mails_to(world, "second")) == 1


def test_a_clock_that_is_set_back_makes_nothing_unheard_again(world: World) -> None:
    two_alerts(world)
    respond.acknowledge(world.store, "1", "Second", world.clock.now())
    world.store.write(lambda tables: merge(tables, world))
    for _ in range(3):
        world.advance(minutes=-20)
    assert len(mails_to(world, "second")) == 1


def test_an_alert_that_nobody_was_left_to_page_of_goes_on_for_one_that_ends_in_it(world: World) -> None:
    world.say(0, reposts=60)
    for _ in range(5):
        world.advance(minutes=10)
    assert world.store.read.alerts.get(1).step_due_at is None  # type: ignore[union-attr]
    world.say(100, reposts=60)
    world.advance()
    sent = len(mails_to(world, "second"))
    world.store.write(lambda tables: merge(tables, world))
    for _ in range(2):
        world.advance(minutes=10)
    assert len(mails_to(world, "second")) == sent + 1


def test_who_was_paged_about_both_hears_nothing_twice(world: World) -> None:
    two_alerts(world)
    respond.acknowledge(world.store, "1", "First", world.clock.now())
    sent = len(mails_to(world, "first"))
    world.clock.forward(minutes=1)
    world.store.write(lambda tables: merge(tables, world))
    world.advance()
    assert len(mails_to(world, "first")) == sent


def test_who_was_paged_about_either_hears_of_both(world: World) -> None:
    world.say(0, reposts=60)
    world.advance(minutes=5)
    world.say(100, reposts=60)
    world.store.write(
        lambda tables: tables.outbox.enqueue(
            [Contact("Second", "email", world.clock.now())], alert_id=2, step=1
        )
    )
    world.advance(minutes=1)
    world.say(*BRIDGE)
    assert set(world.store.read.outbox.paged_people(1)) == {"First", "Second"}
    assert {person for person, *_ in world.store.read.outbox.sent_to(1)} == {"First", "Second"}


def merge(tables: Tables, world: World) -> None:
    """Make one story of 1 and 2, whatever they say."""
    open_ = tables.stories.board(stories.Board(), NOON, world.clock.now())
    one, other = open_.get(1), open_.get(2)
    assert one is not None
    assert other is not None
    tables.moves.merge(one, other, "a test", world.clock.now())


def test_of_two_held_stories_that_become_one_the_brief_tells_the_worse(world: World) -> None:
    world.say(0, 100)
    mild = rules.Decision("hold", "cap", "warning", "mild")
    worse = rules.Decision("hold", "cap", "critical", "worse")
    world.store.write(lambda tables: (tables.held.add(1, mild, NOON), tables.held.add(2, worse, NOON)))
    world.store.write(lambda tables: merge(tables, world))
    assert world.store.write(lambda tables: tables.held.brief(NOON)) == 1
    (told,) = world.store.read.held.told(NOON)
    assert (told.story_id, told.severity, told.reason) == (1, "critical", "worse")


def test_what_a_brief_told_of_a_story_stays_told_when_it_becomes_part_of_another(world: World) -> None:
    world.say(0, 100)
    decision = rules.Decision("hold", "cap", "warning", "")
    world.store.write(lambda tables: (tables.held.add(1, decision, NOON), tables.held.add(2, decision, NOON)))
    world.store.write(lambda tables: tables.held.brief(NOON))
    world.store.write(lambda tables: merge(tables, world))
    assert [held.story_id for held in world.store.read.held.told(NOON)] == [1, 2]
    assert world.store.write(lambda tables: tables.held.brief(NOON + timedelta(days=1))) == 0


def dump(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    db = store.read.stories._db
    names = [
        row["name"] for row in db.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    return {name: db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in names}  # noqa: S608


class CrashError(Exception):
    pass


def breaking_at(statement: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Let that statement of the writer raise; how many there were until then."""
    plain, count = Database.execute, 0

    def execute(self: Database, sql: str, parameters: Any = None) -> Any:
        nonlocal count
        count += 1
        if count == statement:
            raise CrashError
        return plain(self, sql, parameters)

    monkeypatch.setattr(Database, "execute", execute)
    return lambda: count


def test_a_crash_between_any_two_statements_of_a_merge_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_alerts(world)
    world.say(*BRIDGE[:1])
    assert world.moves("merge") == []
    before, statement = dump(world.store), 0

    while True:
        statement += 1
        with monkeypatch.context() as patch:
            breaking_at(statement, patch)
            try:
                world.store.write(lambda tables: merge(tables, world))
                break
            except CrashError:
                pass
        assert dump(world.store) == before
    assert statement > 12
    assert len(world.moves("merge")) == 1


def test_after_a_crash_the_next_batch_begins_with_what_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.say(0)
    with monkeypatch.context() as patch:
        patch.setattr(world.pipeline._pager, "decide", Mock(side_effect=StoreError("the disk is full")))
        with pytest.raises(StoreError):
            world.say(10)
    assert world.store.read.stories.of(MentionKey("x", "2")) is None
    (third,) = world.say(20)
    assert world.of(third) == 1
    row = next(world.store.read.stories._db.query("SELECT members FROM stories WHERE id = 1"))
    assert row["members"] == 3


def test_a_story_of_two_things_becomes_two(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *_ = world.say(0, 1, 2, 3, reposts=60)
    monkeypatch.setattr(stories, "SAME_ISSUE", -1.0)  # whatever comes now joins
    other, *_ = world.say(120, 121, 122, 123)
    assert world.moves("split") == [(1, 2, 4)]
    assert (world.of(first), world.of(other)) == (1, 2)
    alert = world.store.read.alerts.of_story(1)
    assert alert is not None
    assert "4 posts went to story 2" in world.store.read.alerts.events(alert.id)[-1].note
    board = world.store.read.stories.board(stories.Board(), NOON, NOON)
    for number, angle in ((1, 1.5), (2, 121.5)):
        middle = board.get(number)
        assert middle is not None
        assert middle.members == 4
        assert math.degrees(math.atan2(middle.centroid[1], middle.centroid[0])) == pytest.approx(
            angle, abs=0.2
        )
    assert world.store.read.stories.get(2).title.startswith("Kestrel has lost it 12")  # type: ignore[union-attr]


def test_the_half_that_people_were_paged_for_keeps_the_alert(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.say(0, 1, 2, 3)
    monkeypatch.setattr(stories, "SAME_ISSUE", -1.0)  # whatever comes now joins
    (lead,) = world.say(120, reposts=700)
    respond.acknowledge(world.store, "1", "First", world.clock.now())
    sent = len(world.email.sent)
    world.say(121, 122)
    world.say(123)
    assert world.moves("split") == [(1, 2, 4)]
    assert world.of(lead) == 1
    assert [alert.id for alert in world.store.read.alerts.active()] == [1]
    assert len(world.email.sent) == sent


def test_what_answers_a_post_goes_with_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.say(0, 1, 2, 3)
    monkeypatch.setattr(stories, "SAME_ISSUE", -1.0)
    posts = world.say(120, 121, 122)
    answer = mention("a", "same here", world.clock.now(), in_reply_to=posts[0].id)
    world.tell(answer)
    assert world.of(answer.key) == 1
    world.say(123)
    assert world.of(answer.key) == world.of(posts[0]) == 2


SAID = "43 Kestrel parcels, all marked delivered, are lost and lie in the container on Tannery Lane"


def pasted(
    number: int, text: str = SAID, followers: int = 3, author: int | None = None, **more: Any
) -> Mention:
    made = mention(f"p{number}", text, NOON + timedelta(minutes=1), **more)
    return replace(made, author=Author(f"a{number if author is None else author}", "", followers=followers))


def test_copies_and_threads_are_one_voice_and_what_looks_arranged_is_told(world: World) -> None:
    world.tell(
        *(pasted(n, SAID + "!" * n) for n in range(6)),
        pasted(6, f"RT @ann: {SAID}"),
        pasted(7, "look at that", in_reply_to="p0"),
        pasted(8, "and at that", quoted="p7"),
        pasted(9, "And Kestrel has lost my late father's watch, delivered to a bin", author=0),
    )
    volume = world.store.read.stories.volume(1, world.clock.now(), timedelta(hours=1))
    assert (volume.posts, volume.copied) == (10, 5)
    assert len(world.store.read.voices.sayings(1, 100)) == 1
    assert volume.coordinated == (
        "may be arranged: 7 accounts posted the same text, 7 of them with fewer than 10 followers"
    )
    assert world.store.read.stories.arrivals(1, NOON) == [NOON + timedelta(minutes=1)]
    world.tell(mention("own", "Kestrel lost mine, too, on Mill Street", world.clock.now()))
    assert len(world.store.read.voices.sayings(1, 100)) == 2


def test_copies_do_not_move_what_a_story_is_about(world: World) -> None:
    world.tell(pasted(0), pasted(1), pasted(2))
    row = next(world.store.read.stories._db.query("SELECT members FROM stories WHERE id = 1"))
    assert row["members"] == 1


def test_a_summary_goes_with_the_post_that_it_was_taken_from(world: World) -> None:
    texts = [
        "Kestrel lost our parcels on Tannery Lane",
        "Kestrel has lost forty parcels in the container on Tannery Lane",
        "forty parcels in the container on Tannery Lane are lost, says Kestrel",
    ]
    world.tell(*(mention(n, text, NOON) for n, text in enumerate(texts, 1)))
    story = world.store.read.stories.get(1)
    assert story is not None
    assert story.summary in texts
    assert story.summary != story.title
    told = MentionKey("x", str(texts.index(story.summary) + 1))
    world.store.write(lambda tables: tables.mentions.delete([Deleted(*told, world.clock.now())]))
    after = world.store.read.stories.get(1)
    assert after is not None
    assert (after.title, after.summary) == (story.title, "")


def test_a_story_that_became_part_of_another_keeps_nothing_that_was_said(world: World) -> None:
    world.say(0, 100)
    world.say(*BRIDGE)
    row = next(world.store.read.stories._db.query("SELECT * FROM stories WHERE id = 2"))
    assert (row["title"], row["title_mention"], row["summary"], row["centroid"]) == (
        MERGED_TITLE,
        "",
        "",
        None,
    )
    world.advance(days=1)
    world.store.write(lambda tables: tables.mentions.purge(before=world.clock.now()))
    assert world.store.read.stories.get(2).title == "(erased)"  # type: ignore[union-attr]
    assert world.store.read.stories.count() == 1


def test_a_board_follows_what_others_write(world: World) -> None:
    world.say(0, 100)
    board = world.store.read.stories.board(stories.Board(), NOON, NOON)
    assert len(board) == 2
    world.say(5)
    world.store.write(lambda tables: tables.stories.close(2, NOON))
    again = world.store.read.stories.board(board, NOON, NOON)
    assert again is board
    assert board.get(1).members == 2  # type: ignore[union-attr]
    assert board.get(2) is None
    world.store.write(lambda tables: tables.mentions.purge(before=NOON + timedelta(days=9)))
    assert len(world.store.read.stories.board(board, NOON, NOON)) == 0
    far = NOON + timedelta(days=30)
    assert world.store.read.stories.board(board, far, far) is not board
