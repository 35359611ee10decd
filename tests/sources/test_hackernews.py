"""Hacker News over HTTP against a local one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.intake.brand import Brand
from monitor.model import Author, Interval, Mention, MentionKey, Reading
from sources import hackernews
from tests.contract_sources import BRAND, START, GuardedSourceContract, keys, poll_all
from tests.fake_platforms import Answer, failing
from tests.fakes.hackernews import FakeHackerNews, comment, story

MINUTE = timedelta(minutes=1)
PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads" / "hn_algolia"


class HackerNewsWorld:
    """Mentions are written as stories and comments by turns."""

    secrets = ("nothing-SECRET",)
    lane = "acme"

    def __init__(self, fake: FakeHackerNews) -> None:
        self.fake = fake

    @property
    def now(self) -> datetime:
        return self.fake.now

    @now.setter
    def now(self, value: datetime) -> None:
        self.fake.now = value

    def source(self, brand: Brand = BRAND, **changes: Any) -> hackernews.HackerNewsSource:
        settings = hackernews.Settings.model_validate({"type": "hackernews"} | changes)
        source = hackernews.build(settings, "hackernews", brand)
        assert isinstance(source, hackernews.HackerNewsSource)
        self.fake.mount(source.session)
        return source

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        first = len(self.fake.hits) + 1000
        made = [(story if n % 2 else comment)(at, n) for n, at in enumerate(times, start=first)]
        self.fake.hits += made
        return {MentionKey("hackernews", hit["objectID"]) for hit in made}

    def spoil(self, change: Callable[[Any], Any]) -> None:
        self.fake.will(lambda request: replace(true := self.fake.answer(request), body=change(true.body)))

    def fail(self, kind: str) -> None:
        answer = failing(kind, "nothing-SECRET")
        self.fake.will_slowly(answer) if kind in ("late", "dripping") else self.fake.will(answer)


@pytest.fixture
def world() -> Iterator[HackerNewsWorld]:
    with FakeHackerNews(now=START) as fake:
        yield HackerNewsWorld(fake)


class TestContract(GuardedSourceContract):
    @pytest.fixture
    def world(self, world: HackerNewsWorld) -> HackerNewsWorld:
        return world


def test_a_story_and_a_comment(world: HackerNewsWorld) -> None:
    link = '<a href="https:&#x2F;&#x2F;e.org&#x2F;" rel="nofollow">https:&#x2F;&#x2F;e.org</a>'
    text = f"<p>I &lt;3 acme&#x2F;kestrel<p>See {link}"
    world.fake.hits = [
        story(
            START - MINUTE,
            5,
            "Ask HN: acme?",
            story_text="lost &amp; found",
            url="https://e.org/acme",
            points=77,
        ),
        comment(START - 2 * MINUTE, 4, text, parent_id=5, children=[8, 9]),
    ]
    [batch] = poll_all(world.source(), None, START, "acme")
    assert batch.mentions == (
        Mention(
            source="hackernews",
            id="5",
            author=Author("ann", "ann", "ann"),
            text="Ask HN: acme?\n\nlost & found\n\nhttps://e.org/acme",
            url="https://news.ycombinator.com/item?id=5",
            created_at=START - MINUTE,
        ),
        Mention(
            source="hackernews",
            id="4",
            author=Author("ann", "ann", "ann"),
            text="I <3 acme/kestrel\n\nSee https://e.org",
            url="https://news.ycombinator.com/item?id=4",
            created_at=START - 2 * MINUTE,
            in_reply_to="5",
        ),
    )
    assert batch.readings == (
        Reading("hackernews", "5", START, likes=77, replies=2),
        Reading("hackernews", "4", START, replies=2),
    )


def test_what_is_asked(world: HackerNewsWorld) -> None:
    source = world.source(domains=["kestrel.example"])
    assert source.lanes == ("Kestrel Parcels", "Kestrel", "acme", "links to kestrel.example")
    source.poll(None, START, "Kestrel Parcels")
    source.poll(None, START, "links to kestrel.example")
    first, second = (request.params for request in world.fake.requests)
    since = int((START - timedelta(days=1)).timestamp())
    assert (first["query"], first["tags"]) == ('"Kestrel Parcels"', "(story,comment)")
    assert first["numericFilters"] == f"created_at_i>={since}"
    assert (second["query"], second["restrictSearchableAttributes"]) == ('"kestrel.example"', "url")


def test_stories_that_link_to_the_brand(world: HackerNewsWorld) -> None:
    links = [
        "https://parcels.example/outage",
        "http://status.parcels.example:80/",
        "https://parcels.example.evil.org/",
        "https://evil.org/parcels.example",
        "https://notparcels.example/",
        "https://[parcels.example/",
    ]
    world.fake.hits = [story(START - MINUTE, n, "Down?", url=link) for n, link in enumerate(links)]
    source = world.source(domains=["parcels.example"])
    assert [key.id for key in keys(poll_all(source, None, START, "links to parcels.example"))] == ["0", "1"]
    assert keys(poll_all(source, None, START, "acme")) == []


def test_what_does_not_name_the_brand_is_left_out(world: HackerNewsWorld) -> None:
    world.fake.hits = [story(START - MINUTE, 1, "acmeology"), comment(START - MINUTE, 2, "acme, again")]
    assert [key.id for key in keys(poll_all(world.source(), None, START, "acme"))] == ["2"]


def test_late_and_edited_ones_come_within_two_hours(world: HackerNewsWorld) -> None:
    world.write([START - each * MINUTE for each in range(1, 300)])
    cursor = poll_all(world.source(), None, START, "acme")[-1].cursor
    late, too_late = comment(START - 100 * MINUTE, 5), comment(START - 130 * MINUTE, 6)
    changed = world.fake.hits[2]
    changed |= {"comment_text": "acme was on time"}
    world.fake.hits += [late, too_late]
    world.now += MINUTE
    batches = poll_all(world.source(), cursor, world.now, "acme")
    assert {key.id for key in keys(batches)} == {"5", changed["objectID"]}
    assert keys(poll_all(world.source(), batches[-1].cursor, world.now, "acme")) == []


def test_counters_that_moved_are_read_on_the_way(world: HackerNewsWorld) -> None:
    world.write([START - each * MINUTE for each in range(1, 10)])
    cursor = poll_all(world.source(), None, START, "acme")[-1].cursor
    moved = next(hit for hit in world.fake.hits if hit["points"])
    moved["points"] = 50
    [batch] = poll_all(world.source(), cursor, START + MINUTE, "acme")
    assert [(each.id, each.likes) for each in batch.readings] == [(moved["objectID"], 50)]
    assert batch.mentions == ()


@pytest.mark.parametrize("count", [500, 5000])
def test_a_burst_between_two_polls(world: HackerNewsWorld, count: int) -> None:
    cursor = poll_all(world.source(), None, START, "acme")[-1].cursor
    world.now += 60 * MINUTE
    written = world.write([START + each * timedelta(seconds=0.5) for each in range(count)])
    found = keys(poll_all(world.source(), cursor, world.now, "acme"))
    assert len(found) == len(written)
    assert set(found) == written


def test_a_second_with_more_than_a_page_does_not_end_in_a_circle(
    world: HackerNewsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hackernews, "PAGE", 10)
    before = world.write([START - 2 * MINUTE])
    world.write([START - MINUTE] * 20)
    found = keys(poll_all(world.source(), None, START, "acme"))
    assert before < set(found)
    assert len(found) == 11


def test_odd_hits_do_not_end_the_paging(world: HackerNewsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hackernews, "PAGE", 10)
    written = world.write([START - each * MINUTE for each in range(1, 30)])
    odd = [story(START - 2 * MINUTE, 1) | each for each in ({"objectID": None}, {"objectID": "../1"})]
    world.fake.hits += odd
    assert set(keys(poll_all(world.source(), None, START, "acme"))) == written
    junk = ["junk", {"objectID": "7"}, {"objectID": "8", "created_at_i": 10**18}]
    world.fake.will(Answer(200, {"hits": junk}))
    assert keys([world.source().poll(None, START, "acme")]) == []


def test_a_stretch_is_read_again(world: HackerNewsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hackernews, "PAGE", 30)
    times = [START - each * MINUTE for each in range(1, 200)]
    by_time = {at: key for at in times for key in world.write([at])}
    source = world.source()
    start, end = START - 150 * MINUTE, START - 50 * MINUTE
    batches = poll_all(source, source.reopen("acme", start, end, START), START, "acme")
    assert set(keys(batches)) == {key for at, key in by_time.items() if start <= at < end}
    assert batches[-1].covered == (Interval(start, end),)


def test_leaving_a_gap(world: HackerNewsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hackernews, "PAGE", 30)
    world.write([START - each * MINUTE for each in range(1, 200)])
    source = world.source()
    first = source.poll(None, START, "acme")
    assert first.cursor
    left = source.leave(first.cursor, START, "acme")
    assert [each.complete for each in left.covered] == [False, True]
    again = [
        mention.created_at
        for batch in poll_all(source, left.cursor, START, "acme")
        for mention in batch.mentions
    ]
    assert min(again) >= START - 121 * MINUTE  # what is looked at again in any case


def test_readings_and_deletions(world: HackerNewsWorld) -> None:
    world.fake.hits = [
        story(START, 1, points=70, num_comments=30),
        comment(START, 2),
        story(START, 3),
        story(START, 4),
    ]
    world.fake.gone = {"3": "deleted", "4": "dead"}
    batch = world.source().read(["1", "2", "3", "4", "5", "demo-1", "1", "../1"], START)
    assert batch.readings == (
        Reading("hackernews", "1", START, likes=70, replies=30),
        Reading("hackernews", "2", START, replies=3),
    )
    assert [gone.id for gone in batch.deleted] == ["3", "4"]


def test_check(world: HackerNewsWorld) -> None:
    assert "asks for Kestrel Parcels" in world.source().check()


@pytest.mark.parametrize("domain", ["https://kestrel.example", "kestrel", "kestrel.example/x", ""])
def test_domains_that_are_none(domain: str) -> None:
    with pytest.raises(ValidationError, match="is not a domain"):
        hackernews.Settings(type="hackernews", domains=(domain,))


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the recording is not here")
def test_a_recorded_answer(world: HackerNewsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of January 2023: 34 stories of the front page."""
    monkeypatch.setattr(Brand, "relevant", lambda *_: True)
    code = (PAYLOADS / "mockBackendData.ts").read_text(encoding="utf-8")
    answer, _ = json.JSONDecoder().raw_decode(code[code.index("= {") + 2 :])
    world.fake.will(Answer(200, answer))
    batch = world.source().poll('{"since": 1.0}', datetime(2023, 1, 25, tzinfo=UTC), "acme")
    hits = {hit["objectID"]: hit for hit in answer["hits"]}
    assert {mention.id for mention in batch.mentions} == set(hits)
    for reading in batch.readings:
        assert (reading.likes, reading.replies) == (
            hits[reading.id]["points"],
            hits[reading.id]["num_comments"],
        )
    assert {mention.text.split("\n")[0] for mention in batch.mentions} == {
        hit["title"] for hit in hits.values()
    }
