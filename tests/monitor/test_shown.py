"""What a page, the morning brief and the digest show of a story: complaints only, each story once, what looks arranged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.brief import HeldLine
from alerts.weekly.figures import StoryLine
from monitor.digest.leadership import digest_data
from monitor.model import Author, Mention, Severity
from monitor.paging.brief import brief_data
from monitor.paging.notices import notice
from monitor.pipeline import Pipeline
from monitor.rules import Decision
from monitor.store import Store, Tables
from monitor.stories import Board
from tests.monitor.scripted import (
    NOON,
    FakeClock,
    ScriptedDrafter,
    ScriptedSource,
    config,
    mention,
    one_pass,
    parts,
)


class World:
    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "test.db")
        self.source = ScriptedSource(page=100)
        self.clock = FakeClock()
        self.config = config(folder)
        self.pipeline = Pipeline(parts(self.store, self.config, self.source, clock=self.clock))
        self.pipeline.schedule(NOON)

    def tell(self, *told: Mention) -> None:
        self.source.mentions += told
        one_pass(self.pipeline, self.store, self.clock.forward(minutes=2))

    def hold(self, story: int, reason: str, severity: Severity = "warning") -> None:
        decision = Decision("hold", "cap", severity, reason)
        self.store.write(lambda tables: tables.held.add(story, decision, NOON))

    def brief(self) -> list[HeldLine]:
        """What the brief of noon tells."""
        self.store.write(lambda tables: tables.held.brief(NOON))
        return list(brief_data(self.config, self.store.read, NOON).held)

    def digest(self) -> list[StoryLine]:
        """The stories of the week that begins at midnight."""
        start, now = NOON - timedelta(hours=12), self.clock.now()
        data = digest_data(
            self.config,
            ScriptedDrafter(),
            self.store.read,
            self.config.digest.first,
            start,
            start + timedelta(days=7),
            now,
        )
        return list(data.stories)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


COMPLAINT = mention(
    1, "Kestrel lost my parcel on the way from Leeds, and nobody answers. Third time this month."
)
PRAISE = replace(mention(2, "the Kestrel driver is a star, thank you"), in_reply_to="1")


def test_a_page_shows_no_compliment_among_the_top_posts(world: World) -> None:
    world.source.counters = {"1": 70, "2": 600}
    world.tell(COMPLAINT, PRAISE)
    (alert,) = world.store.read.alerts.active()
    now = world.clock.now()
    page = notice(world.store.read, alert, "First", world.config, ScriptedDrafter(), lambda *_: None, now)
    assert [post.mention.id for post in page.top_posts] == ["1"]
    assert page.mentions == 2


def test_a_brief_and_the_digest_tell_how_far_the_complaints_of_a_story_spread(world: World) -> None:
    world.source.counters = {"1": 3, "2": 600}
    world.tell(COMPLAINT, PRAISE)
    world.hold(1, "held")
    (held,) = world.brief()
    (told,) = world.digest()
    assert (held.posts, held.spread, held.url) == (2, 3, COMPLAINT.url)
    assert held.summary == "Third time this month."
    assert (told.posts, told.peak_spread, told.top_post_url) == (2, 3, COMPLAINT.url)
    assert told.crossed_at is None


def test_two_stories_of_a_brief_that_became_one_are_told_once(world: World) -> None:
    world.tell(*(mention(n, f"{letter} Kestrel parcel is lost") for n, letter in enumerate("abc", 1)))
    world.hold(1, "mild")
    world.hold(2, "worse", "critical")
    world.hold(3, "another")
    assert [line.reason for line in world.brief()] == ["worse", "mild", "another"]
    world.store.write(lambda tables: merge(tables, 1, 2))
    assert [(line.reason, line.posts) for line in world.brief()] == [("worse", 2), ("another", 1)]


def merge(tables: Tables, *numbers: int) -> None:
    """Make one story of two, whatever they say."""
    open_ = tables.stories.board(Board(), NOON, NOON)
    one, other = filter(None, map(open_.get, numbers))
    tables.moves.merge(one, other, "a test", NOON)


def test_the_digest_says_what_looked_arranged_however_long_before(world: World) -> None:
    text = "my parcel was lost and Kestrel says that it was signed for by a dog"
    accounts = [Author(f"a{n}", f"user{n}", followers=3) for n in range(7)]
    world.tell(*(replace(mention(n, text), author=author) for n, author in enumerate(accounts)))
    world.clock.forward(days=3)
    world.tell(mention("own", "mine is lost as well, Kestrel", world.clock.now()))
    assert [line.arranged for line in world.digest() if line.posts > 1] == [
        "may be arranged: 7 accounts posted the same text, 7 of them with fewer than 10 followers"
    ]


def test_a_story_of_one_post_is_summed_up_by_what_follows_its_title(world: World) -> None:
    said = "The Kestrel driver lost forty parcels in the container on Tannery Lane this morning."
    more = "Dad's watch was in one of them, and nobody answers."
    world.tell(mention(1, f"{said} {more}"), mention(2, f"A lost one. {said}"))
    one = world.store.read.stories.get(1)
    other = world.store.read.stories.get(2)
    assert one is not None
    assert other is not None
    assert (one.title, one.summary) == (said, more)
    assert (other.title, other.summary) == (f"A lost one. {said}", "")


def test_a_page_about_two_voices_names_what_both_tell(world: World) -> None:
    leading = mention(
        1,
        "my Kestrel mail says delivered at nine, and nobody rang here at all. Then we found forty parcels, all lost, in a "
        "container on Tannery Lane.",
    )
    world.tell(
        leading,
        mention(2, "my lost Kestrel parcels were found in a container on Tannery Lane, forty of them"),
    )
    world.store.write(lambda tables: tables.stories.entitle(1, leading))
    story = world.store.read.stories.get(1)
    assert story is not None
    assert story.title == "Then we found forty parcels, all lost, in a container on Tannery Lane."


def test_who_names_a_story_anew_sums_it_up_anew(world: World) -> None:
    """A page names a story of one or two voices after its leading post: that sentence must not be said twice."""
    texts = "my Kestrel parcel is lost at the depot in Leeds", "my whole box was lost by Kestrel in York"
    world.tell(*(mention(n, text) for n, text in enumerate(texts, 1)))
    before = world.store.read.stories.get(1)
    assert before is not None
    named = texts[1] if before.title == texts[0] else texts[0]
    leading = next(mention(n, text) for n, text in enumerate(texts, 1) if text == named)
    world.store.write(lambda tables: tables.stories.entitle(1, leading))
    after = world.store.read.stories.get(1)
    assert after is not None
    assert (after.title, after.summary) == (named, before.title)
    # One that was paged about keeps its title, and the summary still does not repeat it.
    world.source.counters = {"3": 90}
    world.tell(mention(3, "my third Kestrel parcel is lost", world.clock.now()))
    paged = world.store.read.stories.get(1)
    assert paged is not None
    world.store.write(lambda tables: tables.stories.describe(1))
    again = world.store.read.stories.get(1)
    assert again is not None
    assert again.title == paged.title
    assert again.summary not in ("", again.title)
