"""Bluesky: the stream over a real websocket, search and look-ups through the real atproto client, on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from monitor.model import Author, Deleted, Interval, Mention, MentionKey, Reading
from sources import bluesky, bluesky_stream, http
from tests.contract_sources import (
    BRAND,
    SLOW_DOWN,
    START,
    GuardedSourceContract,
    connected,
    keys,
    minutes_ago,
    poll_all,
)
from tests.fake_platforms import Answer, failing
from tests.fakes.bluesky import ACCESS, HANDLE, PASSWORD, REFRESH, Event, FakeBluesky, did

MINUTE = timedelta(minutes=1)


class BlueskyWorld:
    secrets = (PASSWORD, ACCESS, REFRESH)

    def __init__(self, fake: FakeBluesky, lane: str = "jetstream") -> None:
        self.fake, self.lane = fake, lane

    @property
    def now(self) -> datetime:
        return self.fake.now

    @now.setter
    def now(self, value: datetime) -> None:
        self.fake.now = value

    def source(self, brand: Brand = BRAND, **changes: Any) -> bluesky.BlueskySource:
        if self.lane != "jetstream":
            changes = {"identifier": HANDLE, "app_password": {"env": "BLUESKY_PASSWORD"}} | changes
        values = {"type": "bluesky", "stream": self.fake.stream, "lookback_hours": 24} | changes
        source = bluesky.BlueskySource(bluesky.Settings.model_validate(values), "bluesky", brand)
        self.fake.mount(source.session)
        return source

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        return {MentionKey("bluesky", self.fake.post(time).uri) for time in times}

    def spoil(self, change: Callable[[Any], Any]) -> None:
        self.fake.will(lambda request: replace(true := self.fake.answer(request), body=change(true.body)))

    def fail(self, kind: str) -> None:
        echo = f"{PASSWORD} is wrong\x1b[31m\n"
        if kind in ("late", "dripping"):
            self.fake.will_slowly(failing(kind, echo))
        elif kind == "redirect loop":
            self.fake.will(*[failing(kind, echo)] * (10 if self.lane == "jetstream" else http.REDIRECTS + 1))
        else:
            until = str(int(self.now.timestamp() + SLOW_DOWN))
            own = {
                "slow down": Answer(
                    429, {"error": echo}, {"ratelimit-reset": until, "ratelimit-remaining": "0"}
                ),
                "odd headers": Answer(
                    429, {"error": echo}, {"ratelimit-reset": "soon", "retry-after": "nan"}
                ),
            }
            self.fake.will(own.get(kind) or failing(kind, echo))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBluesky]:
    monkeypatch.setenv("BLUESKY_PASSWORD", PASSWORD)
    monkeypatch.setattr(bluesky_stream, "QUIET", 0.3)
    with FakeBluesky(now=START) as fake:
        yield fake


@pytest.fixture
def world(fake: FakeBluesky) -> BlueskyWorld:
    return BlueskyWorld(fake)


@pytest.fixture
def search(fake: FakeBluesky) -> BlueskyWorld:
    return BlueskyWorld(fake, "search acme")


class TestContractOfTheStream(GuardedSourceContract):
    @pytest.fixture
    def world(self, world: BlueskyWorld) -> BlueskyWorld:
        return world


class TestContractOfSearch(GuardedSourceContract):
    @pytest.fixture
    def world(self, search: BlueskyWorld) -> BlueskyWorld:
        return search


def test_a_post_becomes_a_mention(world: BlueskyWorld) -> None:
    others = [f"at://{did(each)}/app.bsky.feed.post/3mptbyoeyc2{each}k" for each in (3, 4)]
    card = {
        "$type": "app.bsky.embed.external",
        "external": {"uri": "https://news.example", "title": "Parcels lost"},
    }
    event = world.fake.post(
        START - MINUTE,
        "acme, again …",
        author=did(5),
        langs=["en-GB", "fr"],
        reply={"parent": {"uri": others[0], "cid": "a"}, "root": {"uri": others[1], "cid": "b"}},
        embed={
            "$type": "app.bsky.embed.recordWithMedia",
            "media": card,
            "record": {"record": {"uri": others[1], "cid": "b"}},
        },
    )
    world.fake.profiles[did(5)] = {
        "did": did(5),
        "handle": "ben.bsky.social",
        "displayName": "Ben",
        "followersCount": 7,
    }
    [mention] = world.source().poll(None, START).mentions
    assert mention == Mention(
        source="bluesky",
        id=event.uri,
        author=Author(did(5), "ben.bsky.social", "Ben", 7),
        text="acme, again …\nParcels lost",
        url=f"https://bsky.app/profile/{did(5)}/post/{event.rkey}",
        created_at=START - MINUTE,
        language="en",
        in_reply_to=others[0],
        quoted=others[1],
    )


def test_a_plain_quote_and_a_quoted_feed(world: BlueskyWorld) -> None:
    post = f"at://{did(3)}/app.bsky.feed.post/3mptbyoeyc22k"
    feed = f"at://{did(3)}/app.bsky.feed.generator/news"
    for number, uri in enumerate((post, feed)):
        embed = {"$type": "app.bsky.embed.record", "record": {"uri": uri, "cid": "a"}}
        world.fake.post(START - (2 - number) * MINUTE, embed=embed)
    assert [mention.quoted for mention in world.source().poll(None, START).mentions] == [post, None]


def test_only_what_names_the_brand_is_kept(world: BlueskyWorld) -> None:
    world.fake.post(START - MINUTE, "acmeology is a science")
    card = {
        "$type": "app.bsky.embed.external",
        "external": {"uri": "https://a.example", "title": "acme is late"},
    }
    told = world.fake.post(START - MINUTE, "", embed=card)
    assert keys([world.source().poll(None, START)]) == [("bluesky", told.uri)]


def test_odd_records_are_mentions_as_far_as_they_go(world: BlueskyWorld) -> None:
    odd = world.fake.post(START - MINUTE, createdAt="yesterday", langs="en", reply=[], embed={"record": 7})
    world.fake.add(Event(START - MINUTE, "no-did", "a b", "create", {"text": "acme"}))
    [mention] = world.source().poll(None, START).mentions
    assert (mention.id, mention.created_at, mention.language) == (odd.uri, START - MINUTE, None)


def test_an_author_who_is_gone_loses_no_mention(world: BlueskyWorld) -> None:
    world.fake.post(START - MINUTE, author=did(5))
    world.fake.hidden.add(did(5))
    [mention] = world.source().poll(None, START).mentions
    assert mention.author == Author(did(5), did(5))


def test_profiles_that_do_not_come_lose_nothing(world: BlueskyWorld) -> None:
    posts = {world.fake.post(START - number * MINUTE, author=did(number)).uri for number in range(1, 61)}
    source = world.source()
    world.fake.will(lambda _: None, Answer(503))
    with pytest.raises(SourceError, match="bluesky: Bluesky answers 503"):
        source.poll(None, START)
    assert {mention.id for mention in source.poll(None, START).mentions} == posts
    asked = [request for request in world.fake.requests if "getProfiles" in request.path]
    assert [request.query.count("actors=") for request in asked] == [25, 25, 25, 10]


def test_an_edit_comes_again_with_its_new_text(world: BlueskyWorld) -> None:
    first = world.fake.post(START - 3 * MINUTE, "acme is late")
    second = world.fake.post(START - 2 * MINUTE, "acme is slow")
    batch = world.source().poll(None, START)
    world.now += MINUTE
    world.fake.change(first, START + timedelta(seconds=20), "acme was late, all is well")
    world.fake.change(second, START + timedelta(seconds=30), "nothing to see")
    later = world.source().poll(batch.cursor, world.now)
    # The second no longer names the brand, and nothing here remembers that it once did.
    assert [(mention.id, mention.text) for mention in later.mentions] == [
        (first.uri, "acme was late, all is well")
    ]


def test_what_changes_at_once_comes_as_it_is_now(world: BlueskyWorld) -> None:
    edited = world.fake.post(START - 9 * MINUTE, "acme is late")
    world.fake.change(edited, START - 8 * MINUTE, "acme is never on time")
    deleted = world.fake.post(START - 7 * MINUTE, "acme is silly")
    world.fake.change(deleted, START - 6 * MINUTE, None)
    batch = world.source().poll(None, START)
    assert [(mention.id, mention.text) for mention in batch.mentions] == [
        (edited.uri, "acme is never on time")
    ]
    assert batch.deleted == ()


def test_a_change_right_after_the_last_poll(world: BlueskyWorld) -> None:
    """Within the overlap, the source knows what it handed on: the deletion of the one is told, that of others is not."""
    kept = world.fake.post(START - timedelta(seconds=3), "acme is late")
    edited = world.fake.post(START - timedelta(seconds=2), "acme is slow")
    other = world.fake.post(START - timedelta(seconds=2), "good morning")
    cursor = world.source().poll(None, START).cursor
    for event in (kept, other):
        world.fake.change(event, START + timedelta(seconds=1), None)
    world.fake.change(edited, START + timedelta(seconds=1), "I was wrong")
    world.now += timedelta(seconds=5)
    batch = world.source().poll(cursor, world.now)
    assert batch.deleted == (Deleted("bluesky", kept.uri, world.now),)
    assert [(mention.id, mention.text) for mention in batch.mentions] == [(edited.uri, "I was wrong")]
    again = world.source().poll(batch.cursor, world.now)
    assert (again.mentions, again.deleted) == ((), ())


def test_another_server_with_another_clock_and_order(world: BlueskyWorld) -> None:
    """The same posts come at moments that differ by seconds: none is lost, none comes twice."""
    events = [world.fake.post(START - timedelta(seconds=2 * number)) for number in range(30)]
    found = poll_all(world.source(), None, START)
    for number, event in enumerate(events):
        event.at += timedelta(seconds=(-4, 0, 4)[number % 3])
    world.fake.events.sort(key=lambda event: event.at)
    world.now += timedelta(seconds=30)
    assert sorted(keys([*found, *poll_all(world.source(), found[-1].cursor, world.now)])) == sorted(
        ("bluesky", event.uri) for event in events
    )


@pytest.mark.parametrize("wrong", [timedelta(minutes=-10), timedelta(minutes=10)])
def test_a_wrong_clock_of_this_machine_changes_nothing(world: BlueskyWorld, wrong: timedelta) -> None:
    event = world.fake.post(START - timedelta(seconds=30))
    batch = world.source().poll(None, START + wrong)
    assert keys([batch]) == [("bluesky", event.uri)]
    assert not batch.more
    assert all(each.start <= each.end <= START + wrong for each in batch.covered)


def test_what_the_stream_has_forgotten_is_told(world: BlueskyWorld) -> None:
    cursor = world.source().poll(None, START).cursor
    world.fake.keeps = timedelta(hours=24)
    world.now += timedelta(hours=40)
    world.fake.post(START + timedelta(hours=10))
    event = world.fake.post(START + timedelta(hours=20))
    batch = world.source().poll(cursor, world.now)
    assert keys([batch]) == [("bluesky", event.uri)]
    lost, read = batch.covered
    second = timedelta(seconds=1)
    assert START <= lost.start < START + second
    assert (lost.end, lost.complete, lost.note) == (
        world.now - timedelta(hours=24),
        False,
        "the stream has forgotten it",
    )
    assert read.start == lost.end
    assert read.complete


def test_a_silent_stream_is_an_error(world: BlueskyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    cursor = world.source().poll(None, START).cursor
    world.fake.chatter = None
    monkeypatch.setattr(bluesky_stream, "SILENCE", 0.2)
    with pytest.raises(
        SourceError, match=r"the stream is silent: no event of anybody in 0\.2 seconds"
    ) as caught:
        world.source().poll(cursor, START + MINUTE)
    assert not caught.value.permanent


def test_a_stream_that_breaks_gives_what_it_brought(world: BlueskyWorld) -> None:
    events = [world.fake.post(START - number * MINUTE) for number in range(9, 0, -1)]
    world.fake.chatter = None
    world.fake.break_after = 4
    source = world.source()
    batches = [source.poll(None, START)]
    assert keys(batches) == [("bluesky", event.uri) for event in events[:4]]
    assert batches[0].more
    world.fake.break_after = None
    batches += poll_all(source, batches[0].cursor, START)
    assert keys(batches) == [("bluesky", event.uri) for event in events]


@pytest.mark.parametrize("bad", ["no JSON", "deep JSON"])
def test_an_unreadable_message_loses_no_other_and_is_told(world: BlueskyWorld, bad: str) -> None:
    event = world.fake.post(START - MINUTE)
    deep = b'{"time_us": 1, "commit": {"record": ' + b"[" * 5000 + b"]" * 5000 + b"}}"
    message = b"<html>" if bad == "no JSON" else deep
    world.fake.will(lambda request: Answer(200, [message, *world.fake.answer(request).body]))
    batch = world.source().poll(None, START)
    assert keys([batch]) == [("bluesky", event.uri)]
    assert [(each.complete, each.note) for each in batch.covered] == [
        (False, "1 messages of the stream could not be read")
    ]


@pytest.mark.parametrize(
    ("stream", "says"),
    [
        ("wss://127.0.0.1:{}/subscribe", "can't prove who it is"),
        ("ws://127.0.0.1:1/subscribe", "the stream can't be reached"),
    ],
)
def test_a_stream_that_does_not_open(world: BlueskyWorld, stream: str, says: str) -> None:
    port = urlsplit(world.fake.stream).port
    with pytest.raises(SourceError, match=says) as caught:
        world.source(stream=stream.format(port)).poll(None, START)
    assert not caught.value.permanent


def test_a_long_stretch_ends_in_between(world: BlueskyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """However little of it is about the brand."""
    monkeypatch.setattr(bluesky_stream, "EVENTS", 40)
    world.fake.chatter = 60
    event = world.fake.post(START - MINUTE)
    batches = poll_all(world.source(lookback_hours=6), None, START)
    assert len(batches) == 10
    assert keys(batches) == [("bluesky", event.uri)]
    assert connected([each for batch in batches for each in batch.covered])


@pytest.mark.parametrize("count", [500, 5000])
@pytest.mark.parametrize("lane", ["jetstream", "search acme"])
def test_a_burst_between_two_polls(fake: FakeBluesky, lane: str, count: int) -> None:
    world = BlueskyWorld(fake, lane)
    cursor = poll_all(world.source(), None, START, lane)[-1].cursor
    world.now += timedelta(hours=1)
    written = world.write([START + timedelta(seconds=3500 * number / count) for number in range(count)])
    found: list[MentionKey] = []
    more = True
    while more:
        batch = world.source().poll(cursor, world.now, lane)
        found, cursor, more = found + keys([batch]), batch.cursor, batch.more
        assert len(cursor or "") < 100_000
    assert len(found) == count
    assert set(found) == written


def test_posts_are_read_again(search: BlueskyWorld) -> None:
    shown = search.fake.post(START - timedelta(hours=3))
    deleted = search.fake.post(START - timedelta(hours=2))
    search.fake.change(deleted, START - timedelta(hours=1), None)
    taken_down, hidden = (search.fake.post(START - timedelta(hours=2), author=did(each)) for each in (5, 6))
    search.fake.hidden |= {taken_down.uri, did(6)}
    young = search.fake.post(START - timedelta(minutes=30), author=did(6))
    uris = [event.uri for event in (shown, deleted, taken_down, hidden, young)]
    batch = search.source().read([*uris, shown.uri], START)
    assert batch.readings == (Reading("bluesky", shown.uri, START, likes=5, replies=2, reposts=3, quotes=1),)
    assert {each.id for each in batch.deleted} == {deleted.uri, taken_down.uri, hidden.uri}


@pytest.mark.parametrize("body", [{"posts": [{"uri": "at://somebody/else"}]}, {"posts": [{}]}])
def test_an_answer_about_something_else_deletes_nothing(world: BlueskyWorld, body: Any) -> None:
    event = world.fake.post(START - timedelta(hours=3))
    world.fake.will(Answer(200, body))
    assert world.source().read([event.uri], START).deleted == ()


@pytest.mark.parametrize("body", [{}, {"posts": None}])
def test_an_answer_without_posts_is_none(world: BlueskyWorld, body: Any) -> None:
    event = world.fake.post(START - timedelta(hours=3))
    world.fake.will(Answer(200, body))
    with pytest.raises(SourceError, match="names no posts"):
        world.source().read([event.uri], START)


def test_counters_that_are_not_given_are_absent(world: BlueskyWorld) -> None:
    event = world.fake.post(START - MINUTE)
    world.fake.counters[event.uri] = {"likeCount": 4}
    assert world.source().read([event.uri], START).readings == (
        Reading("bluesky", event.uri, START, likes=4),
    )


def test_the_queries_of_a_brand() -> None:
    brand = Brand(
        name="Kestrel Parcels",
        names=("Kestrel", 'the "K"'),
        handles=("kestrelparcels", "@kestrel.example"),
        hashtags=("#kestrel", "kestrelfail"),
    )
    assert bluesky.queries(brand) == [
        '"Kestrel Parcels"',
        "Kestrel",
        '"the K"',
        "@kestrelparcels",
        "@kestrel.example",
        "#kestrel",
        "#kestrelfail",
    ]


def test_lanes(world: BlueskyWorld, search: BlueskyWorld) -> None:
    assert world.source().lanes == ("jetstream",)
    firehose = world.source(stream="wss://relay.example/xrpc/com.atproto.sync.subscribeRepos")
    assert firehose.lanes == ("firehose",)
    names = ('search "Kestrel Parcels"', "search Kestrel", "search acme", "search @kestrelparcels")
    assert search.source().lanes == ("jetstream", *names)
    assert search.source().check() == (
        "bluesky: the jetstream brings events; "
        'it searches "Kestrel Parcels" | Kestrel | acme | @kestrelparcels'
    )
    assert world.source().check() == "bluesky: the jetstream brings events; no search, since it has no login"


def test_what_search_finds_late_is_found(search: BlueskyWorld) -> None:
    search.fake.lag = timedelta(seconds=90)
    early, late = (search.fake.post(START - timedelta(seconds=each)) for each in (100, 50))
    batches = poll_all(search.source(), None, START, search.lane)
    assert keys(batches) == [("bluesky", early.uri)]
    search.now += MINUTE
    assert keys(poll_all(search.source(), batches[-1].cursor, search.now, search.lane)) == [
        ("bluesky", late.uri)
    ]


def test_search_stops_where_it_shows_no_more(search: BlueskyWorld) -> None:
    """150 posts of one moment, of which a page shows 100."""
    moment = START - 9 * MINUTE
    search.write([moment] * 150)
    search.write([START - 5 * MINUTE])
    batches = poll_all(search.source(), None, START, search.lane)
    assert len(set(keys(batches))) == len(keys(batches)) == 101
    [lost] = [each for batch in batches for each in batch.covered if not each.complete]
    assert lost == Interval(
        START - timedelta(hours=24), moment, False, "search shows no more than 100 posts of one moment"
    )


def test_a_gap_that_is_given_up_is_told(search: BlueskyWorld) -> None:
    search.write(minutes_ago(START, 250))
    source = search.source()
    first = source.poll(None, START, search.lane)
    assert first.more
    left = source.leave(first.cursor or "", START, search.lane)
    below = START - 100 * MINUTE + timedelta(milliseconds=1)
    assert left.covered == (
        Interval(START - timedelta(hours=24), below, complete=False, note="given up before it was read"),
    )
    assert poll_all(source, left.cursor, START, search.lane)[-1].mentions == ()
    search.now += 5 * MINUTE
    written = search.write([START + MINUTE])
    assert set(keys(poll_all(source, left.cursor, search.now, search.lane))) == written


def test_a_stream_leaves_nothing_behind(world: BlueskyWorld) -> None:
    cursor = world.source().poll(None, START).cursor or ""
    left = world.source().leave(cursor, START)
    assert (left.cursor, left.covered) == (cursor, ())


def test_a_lost_stretch_is_read_again_through_search(search: BlueskyWorld) -> None:
    """By each of the brand's names, since one search is for one of them."""
    start, end = START - 600 * MINUTE, START - 60 * MINUTE
    written = search.write(minutes_ago(end, 300))
    written |= {MentionKey("bluesky", search.fake.post(start + MINUTE, "Kestrel lost my parcel").uri)}
    search.write([start - MINUTE, end + MINUTE])
    source = search.source()
    cursor = source.reopen("jetstream", start, end, START)
    batches = poll_all(source, cursor, START, "jetstream")
    assert sorted(keys(batches)) == sorted(written)
    assert [each for batch in batches for each in batch.covered] == [Interval(start, end)]


def test_a_lost_stretch_of_one_search(search: BlueskyWorld) -> None:
    start, end = START - 60 * MINUTE, START - 50 * MINUTE
    written = search.write([start + MINUTE])
    search.write([end + MINUTE])
    source = search.source()
    cursor = source.reopen(search.lane, start, end, START)
    assert set(keys(poll_all(source, cursor, START, search.lane))) == written


def test_without_login_the_stream_is_asked_once_more(world: BlueskyWorld) -> None:
    start, end = START - 60 * MINUTE, START - 50 * MINUTE
    written = world.write([start + MINUTE, end - MINUTE])
    world.write([start - MINUTE, end + MINUTE])
    source = world.source()
    [batch] = poll_all(source, source.reopen("jetstream", start, end, START), START)
    assert set(keys([batch])) == written
    assert connected(batch.covered)
    assert batch.covered[-1].end == end  # or a moment would stay missed
    firehose = world.source(stream="wss://relay.example/xrpc/com.atproto.sync.subscribeRepos")
    assert firehose.reopen("firehose", start, end, START) is None


def test_the_account_logs_in_once_and_again_when_refused(search: BlueskyWorld) -> None:
    source = search.source()
    source.poll(None, START, search.lane)
    source.poll(None, START, search.lane)
    search.fake.will(Answer(400, {"error": "ExpiredToken", "message": "Token has expired"}))
    with pytest.raises(SourceError) as caught:
        source.poll(None, START, search.lane)
    assert not caught.value.permanent
    source.poll(None, START, search.lane)
    search.fake.will(Answer(503))
    with pytest.raises(SourceError):
        source.poll(None, START, search.lane)
    source.poll(None, START, search.lane)
    paths = [request.path.rsplit(".", 1)[1] for request in search.fake.requests]
    assert paths.count("createSession") == 2


def test_a_wrong_password_is_told(search: BlueskyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUESKY_PASSWORD", "wrong-SECRET")
    with pytest.raises(SourceError, match="refuses the credentials") as caught:
        search.source().poll(None, START, search.lane)
    assert caught.value.permanent
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"stream": "https://jetstream.example/subscribe"}, "should be an address such as wss://"),
        ({"stream": "wss://jetstream.example/subscribe?cursor=1"}, "should be an address such as wss://"),
        ({"service": "http://bsky.social"}, "should be the address of a server"),
        ({"identifier": "ann.bsky.social"}, "identifier and app_password belong together"),
        ({"lookback_hours": 0}, "greater than or equal to 1"),
    ],
)
def test_wrong_settings_are_told(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        bluesky.Settings.model_validate({"type": "bluesky"} | wrong)
