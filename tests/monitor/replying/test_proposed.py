"""What a page proposes to answer: a reply to the first post, and one statement for a story that many tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.model import Author, Classification, Mention, Sentiment
from monitor.notice import Notice, TopPost
from monitor.paging.notices import HOLDING, case_of, notice
from monitor.pipeline import Pipeline
from monitor.reply import Case, Draft, Drafts
from monitor.store import Store
from tests.monitor.scripted import NOON, FakeClock, ScriptedSource, config, mention, one_pass, parts


class Recorder:
    """Keeps the cases that it was asked about."""

    def __init__(self, wrong: bool = False) -> None:
        self.cases: list[Case] = []
        self.wrong = wrong

    def drafts(self, case: Case, responder: str, now: datetime) -> Drafts:
        self.cases.append(case)
        if self.wrong:
            raise ValueError("no words")
        return Drafts((Draft("general", f"{responder} to one", "s", "n", "a", "p"),))

    def holding(self, case: Case, responder: str, now: datetime) -> Draft | None:
        return Draft("general", f"{responder} to all", "s", "n", "a", "p")


class World:
    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "test.db")
        source = {"type": "replay", "file": str(folder / "empty.jsonl"), "time_zone": "America/New_York"}
        self.config = config(folder, sources={"x": source})
        self.source = ScriptedSource(page=100)
        self.clock = FakeClock()
        self.pipeline = Pipeline(parts(self.store, self.config, self.source, clock=self.clock))
        self.pipeline.schedule(NOON)

    def page(self, drafter: Recorder, *told: Mention) -> Notice:
        self.source.counters = {each.id: 600 for each in told}
        self.source.mentions += told
        one_pass(self.pipeline, self.store, self.clock.forward(minutes=2))
        alert = self.store.read.alerts.active()[0]
        now = self.clock.now() + timedelta(minutes=1)
        return notice(self.store.read, alert, "First", self.config, drafter, lambda *_: None, now)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


LOST = "Kestrel lost my parcel on the way from Leeds, and nobody answers. Third time this month."


def told(authors: int) -> list[Mention]:
    return [mention(number, LOST) for number in range(1, authors + 1)]


def test_the_reply_to_the_first_post_is_made_for_its_alert_and_its_readers(world: World) -> None:
    drafter = Recorder()
    page = world.page(drafter, *told(1))
    assert page.drafts
    assert page.drafts.first.text == "First to one"
    (case,) = drafter.cases
    assert case.mention == page.top_posts[0].mention
    assert (case.severity, case.posts, case.turn) == (page.severity, 1, 0)
    assert case.time_zone == "America/New_York"
    assert page.holding is None


@pytest.mark.parametrize("authors", [HOLDING - 1, HOLDING])
def test_a_story_that_many_tell_gets_one_statement(world: World, authors: int) -> None:
    page = world.page(Recorder(), *told(authors))
    assert page.mentions == authors
    assert (page.holding is not None) == (authors >= HOLDING)


def test_posts_of_one_author_are_no_crowd(world: World) -> None:
    one = Author("a1", "user1")
    posts = [Mention("x", each.id, one, LOST, each.url, NOON) for each in told(HOLDING + 2)]
    assert world.page(Recorder(), *posts).holding is None


def test_a_page_goes_out_without_a_draft_rather_than_not_at_all(world: World) -> None:
    page = world.page(Recorder(wrong=True), *told(1))
    assert page.drafts is None


@pytest.mark.parametrize(
    ("own", "expected"), [("billing", "billing"), ("other", "delivery"), (None, "delivery")]
)
def test_a_posts_own_situation_goes_before_its_storys(own: str | None, expected: str) -> None:
    found = Classification(0.9, Sentiment(0.9, 0.1, 0.0), "m", category=own)
    assert case_of(TopPost(mention(1), None, None, found), "delivery").category == expected
    assert case_of(TopPost(mention(1), None), "delivery", turn=2).turn == 2
