"""YouTube: Google's library over HTTP against a local server, written after the Data API's documentation."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.errors import SourceError
from monitor.model import Author, Deleted, Interval, Mention, MentionKey, Reading
from sources import youtube, youtube_threads
from tests.contract_sources import BRAND, START, GuardedSourceContract, keys, poll_all
from tests.fake_platforms import Answer, Platform, Request, failing

pytest.importorskip("googleapiclient")

MINUTE = timedelta(minutes=1)
KEY = "AIza-SECRET-0123"
CHANNEL = "UCBR8-60-B28hp2BmDPdntcQ"
VIDEO = "F1UP7wRCPH8"
INLINE = 5
"""Replies that a thread is shown with."""


def comment(
    id: str, at: datetime, text: str = "Kestrel is late", likes: int = 3, **more: Any
) -> dict[str, Any]:
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    snippet = {
        "authorDisplayName": "@ann",
        "authorChannelId": {"value": "UCann"},
        "textDisplay": text,
        "likeCount": likes,
        "publishedAt": stamp,
        "updatedAt": stamp,
    }
    return {"kind": "youtube#comment", "id": id, "snippet": snippet | more}


def found(id: str, at: datetime, title: str, channel: str = "UCother") -> dict[str, Any]:
    stamp = at.isoformat().replace("+00:00", "Z")
    snippet = {
        "publishedAt": stamp,
        "channelId": channel,
        "title": title,
        "description": "",
        "channelTitle": "Bo",
    }
    return {
        "kind": "youtube#searchResult",
        "id": {"kind": "youtube#video", "videoId": id},
        "snippet": snippet,
    }


def refusal(status: int, reason: str) -> Answer:
    detail = {"message": KEY, "domain": "youtube.commentThread", "reason": reason}
    return Answer(status, {"error": {"code": status, "message": KEY, "errors": [detail]}})


class World(Platform):
    """Threads and replies of videos, by video; searches; lookups. Threads come newest first, as replies do."""

    hosts = ("youtube.googleapis.com",)
    secrets = (KEY,)

    def __init__(self, lane: str = f"channel/{CHANNEL}") -> None:
        super().__init__(START)
        self.lane = lane
        self.threads: dict[str, list[dict[str, Any]]] = {VIDEO: []}
        self.replies: dict[str, list[dict[str, Any]]] = {}
        self.results: list[dict[str, Any]] = []
        self.gone: set[str] = set()
        self.written = 0

    def source(self, **changes: Any) -> youtube.YouTubeSource:
        source = youtube.build(settings(**changes), "youtube", BRAND)
        assert isinstance(source, youtube.YouTubeSource)
        self.mount(source.session)
        return source

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        made = [comment(f"Ugw{self.written + number:023d}", at) for number, at in enumerate(times)]
        self.written += len(made)
        self.threads[VIDEO] += made
        return {MentionKey("youtube", each["id"]) for each in made}

    def reply(self, thread: str, times: Sequence[datetime]) -> set[MentionKey]:
        there = self.replies.setdefault(thread, [])
        made = [comment(f"{thread}.r{len(there) + number:05d}", at) for number, at in enumerate(times)]
        there += made
        return {MentionKey("youtube", each["id"]) for each in made}

    def fail(self, kind: str) -> None:
        answer = failing(kind, KEY)
        self.will_slowly(answer) if kind in ("late", "dripping") else self.will(answer)

    def spoil(self, change: Callable[[Any], Any]) -> None:
        self.will(lambda request: replace(true := self.answer(request), body=change(true.body)))

    def answer(self, request: Request) -> Answer:
        assert request.headers["x-goog-api-key"] == KEY
        asked = request.params
        collection = request.path.removeprefix("/youtube/v3/")
        if collection == "commentThreads":
            threads = [each for there in self.threads.values() for each in there]
            if "id" in asked:
                return self._items(
                    [self._thread(each) for each in threads if each["id"] in asked["id"].split(",")]
                )
            assert (asked["order"], asked["part"], asked["textFormat"]) == (
                "time",
                "snippet,replies",
                "plainText",
            )
            if "videoId" in asked:
                threads = self.threads.get(asked["videoId"], [])
                if asked["videoId"] not in self.threads:
                    return refusal(404, "videoNotFound")
            return self._paged([self._thread(each) for each in self._newest(threads)], asked)
        if collection == "comments":
            if "id" in asked:
                replies = [each for there in self.replies.values() for each in there]
                return self._items([each for each in replies if each["id"] in asked["id"].split(",")])
            return self._paged(self._newest(self.replies.get(asked["parentId"], [])), asked)
        if collection == "search":
            assert asked["type"] == "video"
            return self._items(self.results)
        if collection == "videos":
            statistics = {"viewCount": "41000", "likeCount": "7", "commentCount": "900"}
            ids = [id for id in asked.get("id", VIDEO).split(",") if id not in self.gone]
            return self._items([{"id": id, "statistics": statistics} for id in ids])
        assert collection == "channels"
        return self._items([{"id": id} for id in asked["id"].split(",") if id not in self.gone])

    def _newest(self, comments: list[dict[str, Any]]) -> list[dict[str, Any]]:
        there = [each for each in comments if self._at(each) <= self.now and each["id"] not in self.gone]
        return sorted(there, key=self._at, reverse=True)

    @staticmethod
    def _at(each: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(each["snippet"]["publishedAt"])

    def _thread(self, top: dict[str, Any]) -> dict[str, Any]:
        replies = self._newest(self.replies.get(top["id"], []))
        snippet = {
            "videoId": VIDEO,
            "topLevelComment": top,
            "totalReplyCount": len(replies),
            "isPublic": True,
        }
        thread = {"kind": "youtube#commentThread", "id": top["id"], "snippet": snippet}
        return thread | ({"replies": {"comments": replies[:INLINE]}} if replies else {})

    @staticmethod
    def _items(items: list[dict[str, Any]]) -> Answer:
        return Answer(200, {"kind": "youtube#listResponse", "items": items})

    def _paged(self, items: list[dict[str, Any]], asked: dict[str, str]) -> Answer:
        """The token names the first of the next page, so that what is new moves nothing."""
        size = int(asked["maxResults"])
        ids = [each["id"] for each in items]
        begin = ids.index(asked["pageToken"]) if asked.get("pageToken") in ids else 0
        body: dict[str, Any] = {"kind": "youtube#listResponse", "items": items[begin : begin + size]}
        if begin + size < len(items):
            body["nextPageToken"] = ids[begin + size]
        return Answer(200, body)


def settings(**changes: Any) -> youtube.Settings:
    values = {
        "type": "youtube",
        "api_key": {"env": "YOUTUBE_KEY"},
        "channels": [CHANNEL],
        "videos": [VIDEO],
        "search": True,
    } | changes
    return youtube.Settings.model_validate(values)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("YOUTUBE_KEY", KEY)
    with World() as fake:
        yield fake


class TestContract(GuardedSourceContract):
    @pytest.fixture
    def world(self, world: World) -> World:
        return world


class TestSearchContract(GuardedSourceContract):
    """The same through the comments of a video that the search finds; it is made for each round here."""

    @pytest.fixture
    def world(self, world: World) -> World:
        world.lane = "search"
        world.results = [found(VIDEO, START, "Opening parcels")]
        return world


def test_a_comment_and_its_replies(world: World) -> None:
    [top] = world.write([START - 2 * MINUTE])
    [answer] = world.reply(top.id, [START - MINUTE])
    batch = world.source().poll(None, START, f"video/{VIDEO}")
    reply, thread = batch.mentions
    assert thread == Mention(
        source="youtube",
        id=top.id,
        author=Author("UCann", "ann", "@ann"),
        text="Kestrel is late",
        url=f"https://www.youtube.com/watch?v={VIDEO}&lc={top.id}",
        created_at=START - 2 * MINUTE,
    )
    assert (reply.id, reply.in_reply_to) == (answer.id, top.id)
    assert batch.readings == (
        Reading("youtube", answer.id, START, likes=3),
        Reading("youtube", top.id, START, likes=3, replies=1),
    )
    assert world.requests[-1].params["videoId"] == VIDEO
    assert world.source().about_brand


def test_lanes(world: World) -> None:
    assert world.source().lanes == (f"channel/{CHANNEL}", f"video/{VIDEO}", "search")
    poll_all(world.source(), None, START, f"channel/{CHANNEL}")
    assert world.requests[-1].params["allThreadsRelatedToChannelId"] == CHANNEL


def test_replies_that_a_thread_is_not_shown_with_are_asked_for(world: World) -> None:
    [top] = world.write([START - 500 * MINUTE])
    written = {top} | world.reply(top.id, [START - each * MINUTE for each in range(1, 251)])
    batches = poll_all(world.source(), None, START, world.lane)
    assert sorted(keys(batches)) == sorted(written)
    assert [request.path.rpartition("/")[2] for request in world.requests] == [
        "commentThreads",
        *["comments"] * 3,
    ]
    assert [len(batch.covered) for batch in batches] == [0, 0, 0, 1]


def test_new_replies_to_an_old_thread_are_found(world: World) -> None:
    [top] = world.write([START - timedelta(days=30)])
    world.reply(top.id, [START - timedelta(days=20)] * 30)
    cursor = poll_all(world.source(), None, START, world.lane)[-1].cursor
    assert len(world.requests) == 1
    for count in (2, 40):
        world.now += 10 * MINUTE
        new = world.reply(top.id, [world.now - timedelta(seconds=each + 1) for each in range(count)])
        batches = poll_all(world.source(), cursor, world.now, world.lane)
        assert sorted(keys(batches)) == sorted(new)
        cursor = batches[-1].cursor
    assert keys(poll_all(world.source(), cursor, world.now, world.lane)) == []


def test_a_thread_deleted_before_its_replies_are_read_holds_up_nothing(world: World) -> None:
    [top] = world.write([START - 500 * MINUTE])
    world.reply(top.id, [START - each * MINUTE for each in range(1, 51)])
    first = world.source().poll(None, START, world.lane)
    world.will(refusal(404, "commentNotFound"))
    batch = world.source().poll(first.cursor, START, world.lane)
    assert (batch.more, [each.complete for each in batch.covered]) == (False, [True])


def test_an_edit_within_the_overlap_comes_again(world: World) -> None:
    world.write([START - MINUTE])
    cursor = poll_all(world.source(), None, START, world.lane)[-1].cursor
    snippet = world.threads[VIDEO][0]["snippet"]
    snippet |= {"textDisplay": "Kestrel found it", "updatedAt": "2026-11-01T12:00:30.000Z"}
    world.now += MINUTE
    [batch] = poll_all(world.source(), cursor, world.now, world.lane)
    assert [each.text for each in batch.mentions] == ["Kestrel found it"]


def test_the_search_finds_videos_and_comments_that_name_the_brand(world: World) -> None:
    other = "gQ_1zX-F_No"
    world.results = [
        found(VIDEO, START - MINUTE, "Kestrel &amp; I: where is my parcel?"),
        found(other, START - MINUTE, "Ten birds"),
        found("i2hewkFijuY", START, "Kestrel's own", channel=CHANNEL),
    ]
    world.threads[VIDEO] = [
        comment("Ugw-aaaaaaaaaaaaaaaa", START, "Kestrel again"),
        comment("Ugw-bbbbbbbbbbbbbbbb", START, "lol"),
    ]
    world.threads[other] = [comment("Ugw-cccccccccccccccc", START, "nice birds")]
    batches = poll_all(world.source(), None, START, "search")
    mentions = [mention for batch in batches for mention in batch.mentions]
    assert [each.id for each in mentions] == [VIDEO, "Ugw-aaaaaaaaaaaaaaaa"]
    assert mentions[0].text == "Kestrel & I: where is my parcel?"
    assert world.requests[0].params["q"] == '"Kestrel Parcels"|"Kestrel"|"acme"'
    assert [each for batch in batches for each in batch.covered] == [
        Interval(START - timedelta(days=1), START)
    ]


def test_between_two_searches_the_found_videos_are_read(world: World) -> None:
    world.results = [found(VIDEO, START - MINUTE, "Kestrel")]
    cursor = poll_all(world.source(), None, START, "search")[-1].cursor
    for minutes in (10, 60):
        world.requests.clear()
        world.now = START + minutes * MINUTE
        new = world.write([world.now - timedelta(seconds=5)])
        batches = poll_all(world.source(), cursor, world.now, "search")
        assert set(keys(batches)) == new
        cursor = batches[-1].cursor
        asked = [request.path.rpartition("/")[2] for request in world.requests]
        assert asked == ["commentThreads"] if minutes == 10 else ["search", "commentThreads"]


def test_a_found_video_without_comments_is_passed_over(world: World) -> None:
    world.results = [
        found("gQ_1zX-F_No", START, "Kestrel, private by now"),
        found(VIDEO, START - MINUTE, "Kestrel"),
    ]
    written = world.write([START - MINUTE])
    batches = poll_all(world.source(), None, START, "search")
    assert written < set(keys(batches))
    assert world.requests[1].params["videoId"] == "gQ_1zX-F_No"


def test_a_found_video_that_became_private_holds_up_no_other(world: World) -> None:
    world.results = [found("gQ_1zX-F_No", START, "Kestrel"), found(VIDEO, START - MINUTE, "Kestrel")]
    written = world.write([START - MINUTE])
    first = world.source().poll(None, START, "search")
    world.will(refusal(403, "forbidden"))
    assert set(keys(poll_all(world.source(), first.cursor, START, "search"))) == written


def test_readings_and_what_is_gone(world: World) -> None:
    [top, gone] = sorted(world.write([START - MINUTE, START - MINUTE]))
    [reply] = world.reply(top.id, [START])
    world.threads[VIDEO].pop()
    batch = world.source().read([top.id, gone.id, reply.id, VIDEO, "demo-1"], START)
    assert batch.readings == (
        Reading("youtube", top.id, START, likes=3, replies=1),
        Reading("youtube", reply.id, START, likes=3),
        Reading("youtube", VIDEO, START, likes=7, replies=900, views=41_000),
    )
    assert batch.deleted == (Deleted("youtube", gone.id, START),)


def test_an_answer_that_knows_none_of_many_erases_none(world: World) -> None:
    ids = [f"Ugw{number:023d}" for number in range(3)]
    assert world.source().read(ids, START).deleted == ()
    assert len(world.source().read(ids[:1], START).deleted) == 1


@pytest.mark.parametrize(
    ("status", "reason", "permanent", "says"),
    [
        (403, "quotaExceeded", False, "units of the day are used up"),
        (403, "rateLimitExceeded", False, "answers 403"),
        (403, "commentsDisabled", True, "comments are switched off"),
        (404, "videoNotFound", True, "no such video"),
        (400, "keyInvalid", True, "refuses the API key"),
        (403, "accessNotConfigured", True, "refuses the API key"),
        (403, "forbidden", True, "nobody but its owner"),
        (403, "insufficientPermissions", True, "does not let this account"),
        (403, "API_KEY_HTTP_REFERRER_BLOCKED", True, "refuses the API key"),
        (500, "backendError", False, "answers 500"),
    ],
)
def test_refusals_are_told_apart(world: World, status: int, reason: str, permanent: bool, says: str) -> None:
    world.will(refusal(status, reason))
    with pytest.raises(SourceError, match=says) as caught:
        world.source().poll(None, START, world.lane)
    assert caught.value.permanent is permanent
    if reason == "quotaExceeded":  # 04:00 in California: to a minute past midnight
        assert caught.value.retry_after == pytest.approx(20 * 3600 + 60)
    assert KEY not in str(caught.value)


def test_a_page_token_that_youtube_forgot_begins_at_the_top(world: World) -> None:
    written = world.write([START - each * MINUTE for each in range(1, 251)])
    first = world.source().poll(None, START, world.lane)
    world.will(refusal(400, "invalidPageToken"))
    rest = poll_all(world.source(), first.cursor, START, world.lane)
    assert sorted(keys([first, *rest])) == sorted(written)


def test_an_empty_page_with_a_token_is_followed(world: World) -> None:
    written = world.write([START - MINUTE])
    world.will(Answer(200, {"items": [], "nextPageToken": "next"}))
    assert set(keys([world.source().poll(None, START, world.lane)])) == written
    world.will(*[Answer(200, {"items": [], "nextPageToken": "next"})] * youtube_threads.EMPTY_PAGES)
    with pytest.raises(SourceError, match="only empty pages"):
        world.source().poll(None, START, world.lane)


def test_the_key_is_in_no_address_and_in_no_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.write([START - MINUTE])
    poll_all(world.source(), None, START, world.lane)
    assert "googleapiclient" in caplog.text
    assert KEY not in caplog.text
    assert not [request for request in world.requests if KEY in str(request.params)]


def test_a_gap_that_is_left_is_reported(world: World) -> None:
    world.write([START - each * MINUTE for each in range(1, 251)])
    first = world.source().poll(None, START, world.lane)
    unread, read = world.source().leave(str(first.cursor), START, world.lane).covered
    assert (unread.complete, unread.end, read.end) == (False, START - 100 * MINUTE, START)
    cursor = world.source().reopen(world.lane, unread.start, unread.end, START)
    again = poll_all(world.source(), cursor, START, world.lane)
    assert len(keys(again)) == 150
    assert again[-1].covered == (replace(unread, complete=True, note=""),)


def test_replies_that_were_asked_for_are_read_after_a_gap_was_left(world: World) -> None:
    *_, newest = sorted(world.write([START - (250 - each) * MINUTE for each in range(250)]))
    replies = world.reply(newest.id, [START - timedelta(seconds=each + 1) for each in range(9)])
    source = world.source()
    first = source.poll(None, START, world.lane)
    left = source.leave(str(first.cursor), START, world.lane)
    assert [each.complete for each in left.covered] == [False]
    batch = source.poll(left.cursor, START, world.lane)
    assert replies <= set(keys([first, batch]))
    assert [each.complete for each in batch.covered] == [True]


def test_a_round_of_the_search_that_is_left_goes_on_with_the_next_one(world: World) -> None:
    written = world.write([START - each * MINUTE for each in range(1, 251)])
    world.results = [found(VIDEO, START - MINUTE, "Ten birds")]
    source = world.source()
    first = source.poll(None, START, "search")
    second = source.poll(first.cursor, START, "search")
    left = source.leave(str(second.cursor), START, "search")
    assert left.covered == ()
    world.now += timedelta(hours=2)
    rest = poll_all(source, left.cursor, world.now, "search")
    assert sorted(keys([second, *rest])) == sorted(written)
    assert rest[-1].covered == (Interval(START - timedelta(days=1), world.now),)


def test_check_tells_what_a_day_costs_and_what_is_not_there(world: World) -> None:
    line = world.source(search_videos=10).check()
    assert "reads 1 channels, reads 1 videos, searches for" in line
    assert "4,128 of 10,000 units" in line  # 144 polls of 2 lanes and of 10 videos, 24 searches
    world.gone = {CHANNEL}
    with pytest.raises(SourceError, match=f"none of these channels: {CHANNEL}") as caught:
        world.source().check()
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"channels": [], "videos": [], "search": False}, "nothing is read"),
        ({"every": 60}, "over units_per_day = 10,000"),
        ({"units_per_day": 100}, "the polls of a day cost"),
        ({"channels": ["@kestrel"]}, "not the id of a channel"),
        ({"api_key": "AIza"}, "a secret is never written here"),
    ],
)
def test_settings_that_can_not_work_are_refused(world: World, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        settings(**changes)


def test_without_googles_library_the_error_says_what_to_install(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "googleapiclient.discovery", None)
    with pytest.raises(SourceError, match=r"pip install .snapwatch\[youtube\]") as caught:
        youtube.build(settings(), "youtube", BRAND)
    assert caught.value.permanent
