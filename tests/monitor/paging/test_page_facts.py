"""What is normal for a story, as it is read from the store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import rules, stories
from monitor.bursts import Burst
from monitor.model import Author, Classification, Deleted, Mention, Sentiment
from monitor.paging.facts import TOP, Facts
from monitor.sections import RulesSettings
from monitor.store import Store, Tables
from monitor.store.stories import Stories
from tests.monitor.scripted import NOON, config, mention

ABOUT = {"late": "late again, where is my Kestrel parcel", "fire": "the Kestrel charger caught fire, beware"}


class World:
    """A brand's complaints told to the store without a model: each by somebody else, in words of its own."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "test.db")
        self.facts = Facts(config(folder), lambda _: ("reposts+quotes", 500))
        self.posts = 0
        self.ids: dict[str, int] = {}

    def post(self, at: datetime, issue: str = "late", **more: object) -> Mention:
        self.posts += 1
        words = " ".join(f"w{self.posts}{part}" for part in "abcdefgh")
        return mention(self.posts, f"{ABOUT[issue]} {words}", at, **more)

    def put(self, *times: datetime, issue: str = "late") -> None:
        self.tell(*(self.post(at, issue) for at in sorted(times)), issue=issue)

    def tell(self, *posts: Mention, issue: str = "late") -> None:
        def work(tables: Tables) -> None:
            tables.mentions.add(posts, NOON)
            for each in posts:
                if issue in self.ids:
                    tables.stories.join(self.ids[issue], each)
                else:
                    vector = stories.vector(each.text, ())
                    self.ids[issue] = tables.stories.open(each, vector).id

        self.store.write(work)

    def burst(self, issue: str = "late", now: datetime = NOON) -> Burst | None:
        found = self.facts.of(self.store.read, self.ids[issue], now)
        assert found is not None
        return found.burst


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def spread_over(span: timedelta, posts: int, end: datetime = NOON) -> list[datetime]:
    return [end - span * (n + 0.5) / posts for n in range(posts)]


HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


def test_five_people_at_once_are_a_burst_on_the_first_day(world: World) -> None:
    now = NOON + HOUR / 2
    world.put(*spread_over(timedelta(minutes=10), 5, now))
    found = world.burst(now=now)
    assert found is not None
    assert (found.posts, found.window_minutes) == (5, 15)


def test_the_window_that_has_enough_people_speaks(world: World, tmp_path: Path) -> None:
    world.put(*spread_over(2 * 24 * HOUR, 48), issue="fire")
    world.put(*(NOON - timedelta(minutes=each) for each in (1, 2, 3, 4, 5, 6, 7, 200)))
    found = world.burst()
    assert found is not None
    assert (found.window_minutes, found.posts) == (15, 7)
    world.facts = Facts(config(tmp_path, rules={"burst_authors": 8}), lambda _: ("reposts+quotes", 500))
    found = world.burst()
    assert found is not None
    assert (found.window_minutes, found.posts) == (240, 8)


def test_what_a_story_always_gets_is_no_burst_and_twenty_more_are(world: World) -> None:
    world.put(*spread_over(WEEK, 2 * 7 * 24))
    assert world.burst() is None
    world.put(*spread_over(HOUR, 20, NOON + 2 * HOUR))
    found = world.burst(now=NOON + 2 * HOUR)
    assert found is not None
    assert found.posts / found.expected > 4


def test_a_new_issue_is_a_burst_where_as_many_posts_on_the_old_one_are_none(world: World) -> None:
    world.put(*spread_over(WEEK / 2, 3 * 84))
    new = spread_over(HOUR / 2, 6)
    world.put(*new)
    assert world.burst() is None
    world.put(*new, issue="fire")
    assert world.burst("fire") is not None


def test_a_story_of_a_few_days_is_measured_by_them(world: World) -> None:
    world.put(*spread_over(6 * WEEK, 6 * 7 * 4, NOON), issue="fire")
    world.put(*spread_over(timedelta(days=4), 4 * 24 * 2))
    now = NOON + HOUR
    world.put(*spread_over(HOUR, 5, now))
    assert world.burst(now=now) is None


def test_a_loud_brand_has_its_normal_after_the_first_hour(world: World) -> None:
    world.put(*spread_over(HOUR, 60), issue="fire")
    world.put(*spread_over(2 * HOUR, 60))
    assert world.burst(now=NOON) is None


def test_answers_copies_and_what_was_deleted_are_not_heard(world: World) -> None:
    first = world.post(NOON)
    quarter = timedelta(minutes=15)
    same = replace(world.post(NOON), author=first.author)
    copy = replace(world.post(NOON), text=first.text)
    answer, quote = world.post(NOON, in_reply_to="1"), world.post(NOON, quoted="1")
    gone, other = world.post(NOON), replace(world.post(NOON + quarter), author=Author("z", "z"))
    world.tell(first, same, copy, answer, quote, gone, other)
    world.store.write(lambda tables: tables.mentions.delete([Deleted("x", gone.id, NOON)]))
    heard, of_story = world.store.read.stories.heard(NOON, NOON + HOUR)
    assert heard == {NOON: 1, NOON + quarter: 1}
    assert of_story == {world.ids["late"]: 2}
    assert world.store.read.stories.heard(NOON + 2 * quarter, NOON + HOUR) == ({}, {})


# --- praise -----------------------------------------------------------------------------------------------------


def said(positive: float, complaint: float, **more: object) -> Classification:
    return Classification(complaint, Sentiment(0, 1 - positive, positive), "m", **more)  # type: ignore[arg-type]


def classify(world: World, post: Mention, found: Classification) -> None:
    world.store.write(lambda tables: tables.mentions.classified(post.key, found, NOON))


def test_praise_never_hides_a_complaint_however_much_of_it_there_is(world: World) -> None:
    old, complaint = world.post(NOON - 4 * 24 * HOUR), world.post(NOON - HOUR)
    glad = [world.post(NOON, in_reply_to=complaint.id) for _ in range(TOP + 5)]
    world.tell(old, *glad)
    classify(world, old, said(0, 0.9))
    for each in glad:
        classify(world, each, said(0.9, 0.1))
    found = world.facts.of(world.store.read, world.ids["late"], NOON)
    assert found is not None
    assert found.lead.mention.id == old.id  # over, and still decided
    world.tell(complaint)
    classify(world, complaint, said(0, 0.9))
    found = world.facts.of(world.store.read, world.ids["late"], NOON)
    assert found is not None
    assert found.lead.mention.id == complaint.id


BY = RulesSettings()
scores = st.sampled_from((0.0, 1.0, rules.GLAD, BY.complaint_at, BY.relevant_at)) | st.floats(0, 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(scores, scores, st.sampled_from((None, True, False)), st.none() | scores)
def test_the_store_leaves_out_what_the_rules_call_praise(
    world: World, positive: float, complaint: float, measured: bool | None, relevance: float | None
) -> None:
    post = world.post(NOON)
    world.ids.clear()
    world.tell(post)
    found = said(positive, complaint, measured=measured, relevance=relevance)
    classify(world, post, found)
    kept = world.store.read.stories.top(world.ids["late"], TOP, no_praise_by=BY)
    assert [each.mention for each in kept] == ([] if rules.is_praise(found, BY) else [post])


# --- voices -----------------------------------------------------------------------------------------------------


def test_who_answered_first_has_a_voice_of_their_own_later(world: World) -> None:
    first = world.post(NOON)
    answers = [world.post(NOON, in_reply_to=first.id) for _ in range(5)]
    own = [replace(world.post(NOON + HOUR / 4), author=each.author) for each in answers]
    again = replace(world.post(NOON + HOUR / 3), author=own[0].author)
    world.tell(first, *answers, *own, again)
    assert len(world.store.read.voices.sayings(world.ids["late"], 100)) == 6
    assert len(world.store.read.stories.arrivals(world.ids["late"], NOON)) == 6


def test_the_weeks_are_read_before_the_transaction(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put(*spread_over(WEEK, 2 * 7 * 24))
    plain, read = Stories.heard, []

    def heard(self: Stories, since: datetime, until: datetime) -> tuple[dict[datetime, int], dict[int, int]]:
        read.append((threading.current_thread().name, until - since))
        return plain(self, since, until)

    monkeypatch.setattr(Stories, "heard", heard)
    for minutes in (0, 20, 59):
        now = NOON + timedelta(minutes=minutes)
        world.facts.learn(world.store.read, now)
        world.store.write(partial(world.facts.of, story=world.ids["late"], now=now))
    assert read == [(threading.current_thread().name, 8 * WEEK)]
