"""Reddit: the real praw over HTTP against a local Reddit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from monitor.model import Author, Batch, Interval, Mention, MentionKey, Reading
from sources import reddit
from tests.contract_sources import (
    BRAND,
    SLOW_DOWN,
    START,
    GuardedSourceContract,
    SourceContract,
    keys,
    minutes_ago,
    poll_all,
)
from tests.fake_platforms import (
    CLIENT_ID,
    CLIENT_SECRET,
    PASSWORD,
    REFRESH_TOKEN,
    Answer,
    FakeReddit,
    failing,
    reddit_comment,
    reddit_post,
)

MINUTE = timedelta(minutes=1)


class RedditWorld:
    """Mentions are written as what the lane brings: posts, comments, or mentions in the inbox."""

    secrets = (CLIENT_SECRET, PASSWORD, REFRESH_TOKEN, "token-SECRET")
    lane = "search"

    def __init__(self, fake: FakeReddit) -> None:
        self.fake = fake

    @property
    def now(self) -> datetime:
        return self.fake.now

    @now.setter
    def now(self, value: datetime) -> None:
        self.fake.now = value

    def source(self, brand: Brand = BRAND, **changes: Any) -> reddit.RedditSource:
        source = reddit.build(settings(**changes), "reddit", brand)
        assert isinstance(source, reddit.RedditSource)
        self.fake.mount(source.session)
        return source

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        made: list[dict[str, Any]] = []
        for number, time in enumerate(times, start=len(self.fake.things)):
            if self.lane in ("search", "posts"):
                made.append(reddit_post(time, f"{number:x}"))
            else:
                made.append(reddit_comment(time, f"{number:x}", was_comment=self.lane == "inbox"))
        self.fake.things += made
        return {MentionKey("reddit", thing["data"]["name"]) for thing in made}

    def spoil(self, change: Callable[[Any], Any]) -> None:
        self.fake.will(lambda request: replace(true := self.fake.answer(request), body=change(true.body)))

    def fail(self, kind: str) -> None:
        if kind in ("late", "dripping"):
            self.fake.will_slowly(failing(kind, CLIENT_SECRET))
            return
        echo = {"message": CLIENT_SECRET, "error": 500}
        odd = {
            "x-ratelimit-reset": "soon",
            "x-ratelimit-remaining": "-",
            "x-ratelimit-used": "",
            "retry-after": "Mon",
        }
        own = {
            "slow down": Answer(429, echo, {"x-ratelimit-reset": str(int(SLOW_DOWN))}),
            "odd headers": Answer(429, echo, odd),
            # A 401 only tells that the token is old: it is renewed.
            "unauthorized": Answer(403, echo, {"www-authenticate": 'Bearer error="insufficient_scope"'}),
            "forbidden": Answer(403, {"reason": "private", "message": CLIENT_SECRET, "error": 403}),
        }
        self.fake.will(own.get(kind) or failing(kind, CLIENT_SECRET))


def settings(**changes: Any) -> reddit.Settings:
    values = {
        "type": "reddit",
        "client_id": CLIENT_ID,
        "client_secret": {"env": "REDDIT_SECRET"},
        "user_agent": "linux:snapwatch-tests:1 (by /u/acme)",
        "subreddits": ["acme"],
    } | changes
    return reddit.Settings.model_validate(values)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedditWorld]:
    monkeypatch.setenv("REDDIT_SECRET", CLIENT_SECRET)
    monkeypatch.setenv("REDDIT_PASSWORD", PASSWORD)
    monkeypatch.setenv("REDDIT_REFRESH", REFRESH_TOKEN)

    def no_sleep(seconds: float) -> None:
        raise AssertionError(f"the client sleeps for {seconds} seconds")

    monkeypatch.setattr("prawcore.rate_limit.time.sleep", no_sleep)
    with FakeReddit(now=START) as fake:
        yield RedditWorld(fake)


ACCOUNT: dict[str, Any] = {"username": "acme", "password": {"env": "REDDIT_PASSWORD"}}


class TestContract(GuardedSourceContract):
    @pytest.fixture
    def world(self, world: RedditWorld, monkeypatch: pytest.MonkeyPatch) -> RedditWorld:
        """A Reddit whose search reaches as far as the suite asks for; how it really ends is tested below."""
        world.fake.limit = 2000
        monkeypatch.setattr(reddit, "SEARCH_ENDS", 2000)
        return world


class TestContractOfComments(GuardedSourceContract):
    @pytest.fixture
    def world(self, world: RedditWorld) -> RedditWorld:
        world.lane, world.fake.limit = "comments", 2000
        return world


class TestContractOfPosts(SourceContract):
    @pytest.fixture
    def world(self, world: RedditWorld) -> RedditWorld:
        world.lane, world.fake.limit = "posts", 2000
        return world


class TestContractOfInbox(SourceContract):
    @pytest.fixture
    def world(self, world: RedditWorld, monkeypatch: pytest.MonkeyPatch) -> RedditWorld:
        world.lane, world.fake.limit = "inbox", 2000
        monkeypatch.setattr(world, "source", lambda: RedditWorld.source(world, **ACCOUNT))
        return world


def all_lanes(source: reddit.RedditSource, now: datetime) -> list[Batch]:
    return [batch for lane in source.lanes for batch in poll_all(source, None, now, lane)]


def test_a_post_and_a_comment(world: RedditWorld) -> None:
    hour = START - timedelta(hours=1)
    world.fake.things = [
        reddit_post(hour, "p1", "Acme & me", selftext="They lost it <again>."),
        reddit_post(hour, "p2", "acmeology is a science"),
        reddit_comment(hour, "c1", "ACME did it to me too", link_id="t3_p1", parent_id="t1_c0", score=-4),
        reddit_comment(hour, "c2", "acmeology is a science"),
    ]
    source = world.source()
    assert source.lanes == ("search", "comments", "posts")
    batches = all_lanes(source, START)
    post, comment, again = (batch.mentions[0] for batch in batches)
    assert post == again
    assert post == Mention(
        source="reddit",
        id="t3_p1",
        author=Author("t2_7", "ann", "ann", None),
        text="Acme & me\n\nThey lost it <again>.",
        url="https://www.reddit.com/r/acme/comments/p1/title/",
        created_at=hour,
    )
    assert (comment.id, comment.in_reply_to) == ("t1_c1", "t1_c0")
    assert comment.url == "https://www.reddit.com/r/acme/comments/p1/title/c1/"
    assert keys(batches) == [post.key, comment.key, post.key]
    assert [reading for batch in batches[:2] for reading in batch.readings] == [
        Reading("reddit", "t3_p1", START, likes=5, replies=4, reposts=1),
        Reading("reddit", "t1_c1", START, likes=0),
    ]


def test_what_is_asked_for(world: RedditWorld) -> None:
    all_lanes(world.source(subreddits=["acme", "travel"], **ACCOUNT), START)
    _, search, comments, posts, inbox = world.fake.requests
    assert search.path == "/r/acme+travel/search"
    assert search.params == {
        "limit": "100",
        "q": '"Kestrel Parcels" OR "KestrelParcels" OR "Kestrel" OR "acme" OR "kestrelparcels"',
        "restrict_sr": "1",
        "sort": "new",
        "t": "all",
        "type": "link",
        "raw_json": "1",
    }
    assert [each.path for each in (comments, posts)] == ["/r/acme+travel/comments", "/r/acme+travel/new"]
    assert inbox.path == "/message/mentions"
    assert comments.params == posts.params == inbox.params == {"limit": "100", "raw_json": "1"}
    assert search.headers["user-agent"].startswith("linux:snapwatch-tests:1 (by /u/acme)")


def test_which_listings_are_read(world: RedditWorld) -> None:
    assert world.source(comments=False).lanes == ("search", "posts")
    assert world.source(comments=False, posts=False).lanes == ("search",)
    assert world.source(subreddits=["acme", "All"]).lanes == ("search",)
    many = Brand(name="Kestrel", products=tuple(f"Kestrel Product {n}" for n in range(40)))
    assert world.source(many).lanes == ("search", "search 2", "search 3", "search 4", "comments", "posts")
    queries = reddit.compiled(many)
    assert all(len(query) <= 512 for query in queries)
    assert [f'"Kestrel Product {n}"' in " ".join(queries) for n in range(40)] == [True] * 40
    with pytest.raises(SourceError, match="longer than"):
        world.source(Brand(name="a", names=("b" * 600,)))


def test_a_query_of_ones_own_is_not_filtered(world: RedditWorld) -> None:
    world.fake.things = [reddit_post(START - MINUTE, "a1", "they of the yellow vans")]
    assert keys([world.source().poll(None, START)]) == []
    assert len(world.source(query="yellow vans").poll(None, START).mentions) == 1
    assert world.source(query="yellow vans").poll(None, START, "posts").mentions == ()


def test_the_inbox_brings_what_mentions_the_account(world: RedditWorld) -> None:
    world.lane = "inbox"
    context = "/r/travel/comments/p9/title/a1/?context=3"
    mention = reddit_comment(
        START - MINUTE, "a1", "ask u/acme", was_comment=True, context=context, permalink=None
    )
    world.fake.things = [mention]
    token: dict[str, Any] = {"refresh_token": {"env": "REDDIT_REFRESH"}}
    for account in (ACCOUNT, token):
        batch = world.source(**account).poll(None, START, "inbox")
        assert [each.text for each in batch.mentions] == ["ask u/acme"]
        assert batch.mentions[0].url == "https://www.reddit.com/r/travel/comments/p9/title/a1/"


def test_an_account_that_may_not_log_in(world: RedditWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDDIT_PASSWORD", "wrong-SECRET")
    with pytest.raises(SourceError, match="or the account") as caught:
        world.source(**ACCOUNT).poll(None, START, "inbox")
    assert caught.value.permanent
    assert "SECRET" not in str(caught.value)


def test_an_edited_post_comes_with_its_new_text(world: RedditWorld) -> None:
    world.fake.things = [reddit_post(START - MINUTE, "a1", edited=False)]
    source = world.source()
    cursor = source.poll(None, START).cursor
    world.fake.things = [
        reddit_post(START - MINUTE, "a1", selftext="acme called, all is well", edited=START.timestamp())
    ]
    world.now += MINUTE
    batch = source.poll(cursor, world.now)
    assert [mention.text for mention in batch.mentions] == ["acme is late again\n\nacme called, all is well"]
    assert source.poll(batch.cursor, world.now).mentions == ()
    read = source.read(["t3_a1"], world.now)
    assert read.mentions == batch.mentions


def test_a_score_that_moves_is_a_reading(world: RedditWorld) -> None:
    world.fake.things = [reddit_post(START - MINUTE, "a1"), reddit_post(START - MINUTE, "a2")]
    source = world.source()
    cursor = source.poll(None, START).cursor
    world.fake.things[0]["data"]["score"] = 31
    world.now += MINUTE
    batch = source.poll(cursor, world.now)
    assert [(reading.id, reading.likes) for reading in batch.readings] == [("t3_a1", 31)]
    assert batch.mentions == ()


def test_posts_that_search_shows_late_are_found(world: RedditWorld) -> None:
    world.fake.things = [reddit_post(START - MINUTE, "new")]
    cursor = poll_all(world.source(), None, START, "search")[-1].cursor
    world.fake.things.append(reddit_post(START - 10 * MINUTE, "late"))
    world.now += MINUTE
    assert [key.id for key in keys(poll_all(world.source(), cursor, world.now, "search"))] == ["t3_late"]


def test_the_newest_post_may_be_deleted(world: RedditWorld) -> None:
    world.write([START - each * MINUTE for each in range(1, 9)])
    cursor = poll_all(world.source(), None, START, "search")[-1].cursor
    for thing in world.fake.things:
        thing["data"]["author"] = "[deleted]"
    world.now += timedelta(hours=1)
    written = world.write([world.now - MINUTE, world.now - 2 * MINUTE])
    batches = poll_all(world.source(), cursor, world.now, "search")
    assert set(keys(batches)) == written
    assert all(interval.complete for batch in batches for interval in batch.covered)


def test_an_anchor_deleted_between_two_pages_is_reported(world: RedditWorld) -> None:
    world.fake.things = [reddit_post(START - each * MINUTE, f"{each:x}") for each in range(1, 251)]
    first = world.source().poll(None, START)
    assert first.more
    world.fake.things[99]["data"]["author"] = "[deleted]"
    second = world.source().poll(first.cursor, START)
    lost, seen = second.covered
    assert lost == Interval(
        START - timedelta(days=1),
        START - 100 * MINUTE,
        complete=False,
        note="Reddit's listing ended before the last poll was reached",
    )
    assert seen == Interval(START - 100 * MINUTE, START)


def test_a_listing_that_ends_before_the_last_poll_is_reported(world: RedditWorld) -> None:
    world.fake.limit = 250
    world.fake.things = [reddit_post(START - each * MINUTE, f"{each:x}") for each in range(1, 401)]
    batches = poll_all(world.source(), None, START, "search")
    assert len(keys(batches)) == 250
    lost, seen = batches[-1].covered
    assert (lost.start, lost.end, lost.complete) == (START - timedelta(days=1), START - 250 * MINUTE, False)
    assert seen == Interval(START - 250 * MINUTE, START)
    world.now += MINUTE
    [batch] = poll_all(world.source(), batches[-1].cursor, world.now, "search")
    assert [interval.complete for interval in batch.covered] == [True]


def test_a_short_listing_is_complete(world: RedditWorld) -> None:
    world.fake.things = [reddit_post(START - each * MINUTE, f"{each:x}") for each in range(1, 151)]
    batches = poll_all(world.source(), None, START, "search")
    assert batches[-1].covered == (Interval(START - timedelta(days=1), START),)


def test_readings_and_deletions(world: RedditWorld) -> None:
    world.fake.things = [
        reddit_post(START, "a1", score=77),
        reddit_post(START, "a2", author="[deleted]"),
        reddit_post(START, "a3", selftext="[removed]", removed_by_category="moderator"),
        reddit_post(START, "a4", removed_by_category="deleted"),
        reddit_post(START, "a5", hide_score=True),
        reddit_comment(START, "b1", "[deleted]", author=None),
        reddit_comment(START, "b2", "[removed]"),
        reddit_comment(START, "b3", score_hidden=True),
    ]
    names = [thing["data"]["name"] for thing in world.fake.things]
    batch = world.source().read([*names, "t3_none", "demo-1"], START)
    assert [(reading.id, reading.likes) for reading in batch.readings] == [
        ("t3_a1", 77),
        ("t3_a5", None),
        ("t1_b3", None),
    ]
    assert [deleted.id for deleted in batch.deleted] == ["t3_a2", "t3_a3", "t3_a4", "t1_b1", "t1_b2"]
    assert world.fake.requests[-1].params["id"] == ",".join([*names, "t3_none"])


def test_what_is_gone_already_is_no_mention(world: RedditWorld) -> None:
    world.fake.things = [
        reddit_post(START - MINUTE, "a1", selftext="[removed]"),
        reddit_comment(START, "b1", "[deleted]"),
    ]
    assert keys(poll_all(world.source(), None, START, "search")) == []


def test_things_that_are_not_as_documented_are_passed_over(world: RedditWorld) -> None:
    good = reddit_post(
        START - MINUTE, "a1", title="acme broken \ud83d", permalink=None, author_fullname=None, score="5"
    )
    more = {"kind": "more", "data": {"children": ["x"]}}
    nameless = {"kind": "t3", "data": {"created_utc": 1}}
    children = [good, more, nameless, "junk", {"kind": "t3"}, reddit_post(START, "a2", created_utc="now")]
    world.fake.will(Answer(200, {"kind": "Listing", "data": {"children": children, "after": None}}))
    batch = world.source().poll(None, START)
    [mention] = batch.mentions
    assert (mention.text, mention.author.id) == ("acme broken ?", "ann")
    assert mention.url == "https://www.reddit.com/comments/a1/_/a1/"
    assert batch.readings[0].likes is None


def test_the_allowance_is_kept_without_sleeping(world: RedditWorld) -> None:
    world.fake.remaining = 1
    source = world.source()
    first = source.poll(None, START)
    with pytest.raises(SourceError, match="slow down") as caught:
        source.poll(first.cursor, START + timedelta(seconds=100))
    assert caught.value.retry_after == 200
    assert len(world.fake.requests) == 2
    world.fake.remaining = 900
    later = START + timedelta(seconds=300)
    world.fake.will(Answer(drop=True))
    with pytest.raises(SourceError, match="reached"):
        source.poll(first.cursor, later)
    assert not source.poll(first.cursor, later).more


@pytest.mark.parametrize(
    ("answer", "retry_after"),
    [
        (Answer(429, {}, {"retry-after": "17", "x-ratelimit-reset": "99"}), 17),
        (Answer(429, {}, {"x-ratelimit-reset": "99.5"}), 99.5),
        (Answer(500, {}, {"retry-after": "9999999"}), 86_400),
        (Answer(503, {}, {"x-ratelimit-reset": "99"}), None),
        (Answer(429, {}, {"retry-after": "Sun, 01 Nov 2026 12:00:30 GMT"}), 30),
    ],
)
def test_how_long_to_wait(world: RedditWorld, answer: Answer, retry_after: float | None) -> None:
    world.fake.will(answer)
    with pytest.raises(SourceError) as caught:
        world.source().poll(None, START)
    assert caught.value.retry_after == retry_after


def test_a_wrong_secret_is_permanent(world: RedditWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDDIT_SECRET", "wrong-SECRET")
    with pytest.raises(SourceError, match="id or secret") as caught:
        world.source().poll(None, START)
    assert caught.value.permanent
    assert "SECRET" not in str(caught.value)


def test_a_log_in_that_fails_otherwise(world: RedditWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeReddit, "free", lambda *_: False)
    for answer, permanent in [
        (Answer(200, {"error": "invalid_grant"}), True),
        (Answer(200, {}), False),
        (Answer(503, {}), False),
        (Answer(429, {}), False),
        (Answer(400, {"error": "invalid_request"}), True),
    ]:
        world.fake.will(answer)
        with pytest.raises(SourceError) as caught:
            world.source().poll(None, START)
        assert caught.value.permanent is permanent


def test_an_old_token_is_renewed(world: RedditWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prawcore.sessions.time.sleep", lambda _: None)
    source = world.source()
    source.poll(None, START)
    world.fake.tokens.clear()
    source.poll(None, START)
    assert [request.path for request in world.fake.requests].count("/api/v1/access_token") == 2


@pytest.mark.parametrize(("status", "reason"), [(302, "no r/acme"), (403, "private"), (404, "banned")])
def test_a_subreddit_that_can_not_be_read(world: RedditWorld, status: int, reason: str) -> None:
    world.fake.will(Answer(status, {}, {"location": "/subreddits/search"}))
    with pytest.raises(SourceError, match=reason) as caught:
        world.source().poll(None, START)
    assert caught.value.permanent


def test_check_names_what_does_not_exist(world: RedditWorld) -> None:
    assert world.source(**ACCOUNT).check() == (
        "reddit: credentials work; reads search, comments, posts, inbox of r/acme; "
        'search asks "Kestrel Parcels" OR "KestrelParcels" OR "Kestrel" OR "acme" OR "kestrelparcels"'
    )
    with pytest.raises(SourceError, match="no subreddit Acmee, nowhere") as caught:
        world.source(subreddits=["acme", "nowhere", "Acmee"]).check()
    assert caught.value.permanent


def test_nothing_from_outside_changes_the_client(
    world: RedditWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PRAW_ALLOW_ENDPOINT_OVERRIDE", "1")
    (tmp_path / "praw.ini").write_text(
        "[DEFAULT]\noauth_url=https://evil.example\nreddit_url=https://evil.example\nusername=x\npassword=y\n"
        "[other]\nclient_id=evil\n"
    )
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "site": "nowhere",
        "client_id": "evil",
        "username": "evil",
        "password": "evil",
    }.items():
        monkeypatch.setenv(f"praw_{name}", value)
    monkeypatch.setenv("praw_check_for_updates", "true")
    monkeypatch.setattr("praw.config.Config.CONFIG", None)
    written = world.write([START - MINUTE])
    assert set(keys(poll_all(world.source(), None, START, "search"))) == written


def test_a_broken_praw_ini_is_named(
    world: RedditWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "praw.ini").write_text("nonsense")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRAW_ALLOW_ENDPOINT_OVERRIDE", "1")
    monkeypatch.setattr("praw.config.Config.CONFIG", None)
    with pytest.raises(SourceError, match=r"praw\.ini") as caught:
        reddit.build(settings(), "r", BRAND)
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"user_agent": "bot"}, "platform:app:version"),
        ({"user_agent": "linux:snapwatch:1\r\nX: y"}, "platform:app:version"),
        ({"subreddits": []}, "at least 1"),
        ({"subreddits": ["r/acme"]}, "write acme for"),
        ({"subreddits": ["a+b"]}, "is not a subreddit"),
        ({"query": " "}, "is empty"),
        ({"query": "a" * 513}, "512"),
        ({"username": "acme"}, "belong together"),
        (ACCOUNT | {"refresh_token": {"env": "REDDIT_REFRESH"}}, "give either"),
        ({"client_secret": "hunter2hunter2"}, "never written here"),
    ],
)
def test_settings_that_can_not_work(world: RedditWorld, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason) as caught:
        settings(**change)
    assert "hunter2" not in str(caught.value)


def test_settings(world: RedditWorld) -> None:
    made = settings(subreddits=["all"])
    assert (made.measure, made.viral_at) == ("likes", 500)
    assert CLIENT_SECRET not in repr(made)
    assert reddit.build(made, "r", BRAND).name == "r"


def test_words_of_older_configurations_are_explained() -> None:
    assert "[brand]" in reddit.Settings.gone["words"]


@pytest.mark.parametrize(("where", "lane"), [("network policy", "search"), ("network security", "comments")])
@pytest.mark.parametrize("status", [403, 429])
def test_abuse_protection_is_told_from_limits(world: RedditWorld, status: int, where: str, lane: str) -> None:
    page = (
        f"<html><h1>whoa there, pardner!</h1>Your request has been blocked due to a {where}.</html>".encode()
    )
    world.fake.will(Answer(status, page, {"content-type": "text/html", "x-ratelimit-reset": "99"}))
    with pytest.raises(SourceError, match="abuse") as caught:
        world.source().poll(None, START, lane)
    assert (caught.value.retry_after, caught.value.permanent) == (3600, False)


def test_what_is_given_up(world: RedditWorld) -> None:
    world.write(minutes_ago(START, 240))
    source = world.source()
    first = source.poll(None, START)
    left = source.leave(first.cursor or "", START)
    assert left.covered == (
        Interval(START - timedelta(days=1), START - 100 * MINUTE, False, "the budget was used up"),
        Interval(START - 100 * MINUTE, START),
    )
    world.now += MINUTE
    written = world.write([world.now])
    assert set(keys(poll_all(source, left.cursor, world.now, "search"))) == written


def test_a_stretch_is_read_once_more(world: RedditWorld) -> None:
    times = minutes_ago(START, 190)
    world.write(times)
    source = world.source()
    start, end = START - 150 * MINUTE, START - 90 * MINUTE
    cursor = source.reopen("search", start, end, START)
    batches = poll_all(source, cursor, START, "search")
    found = {mention.created_at for batch in batches for mention in batch.mentions}
    assert found == {time for time in times if start <= time < end}
    assert batches[-1].covered == (Interval(start, end),)
    assert source.reopen("inbox", start, end, START) is None


def test_a_stretch_that_the_listing_does_not_show_any_more_stays_missing(world: RedditWorld) -> None:
    world.fake.limit = 250
    world.write(minutes_ago(START, 600))
    source = world.source()
    start, end = START - 400 * MINUTE, START - 200 * MINUTE
    batches = poll_all(source, source.reopen("search", start, end, START), START, "search")
    assert len(keys(batches)) == 50
    [lost, rest] = batches[-1].covered
    assert lost == Interval(start, START - 250 * MINUTE, False, reddit.CUT)
    assert rest == Interval(START - 250 * MINUTE, end)


def test_a_stretch_below_the_end_of_the_listing_stays_missed(world: RedditWorld) -> None:
    """Reddit shows only what is newer, so reading it again is no proof that nothing was there."""
    world.write(minutes_ago(START, 1400))
    start, end = START - 1300 * MINUTE, START - 1100 * MINUTE
    cursor = world.source().reopen("search", start, end, START)
    batches = poll_all(world.source(), cursor, START, "search")
    assert keys(batches) == []
    assert [each for batch in batches for each in batch.covered] == [Interval(start, end, False, reddit.CUT)]


@pytest.mark.parametrize(("lane", "reach"), [("search", 250), ("comments", 1000), ("posts", 1000)])
@pytest.mark.parametrize("count", [150, 5000])
def test_a_burst_between_two_polls(world: RedditWorld, lane: str, reach: int, count: int) -> None:
    """As far as Reddit's listings reach nothing is lost or comes twice; the ledger tells the rest."""
    world.lane, world.fake.limit = lane, reach
    source = world.source()
    cursor = poll_all(source, None, START, lane)[-1].cursor
    world.now += timedelta(minutes=20)
    written = world.write([world.now - timedelta(milliseconds=100 * n) for n in range(1, count + 1)])
    batches = poll_all(source, cursor, world.now, lane)
    found = keys(batches)
    assert len(found) == len(set(found)) == min(count, reach)
    assert set(found) <= written
    covered = [interval for batch in batches for interval in batch.covered]
    lost = [interval for interval in covered if not interval.complete]
    assert bool(lost) is (count > reach)
    for interval in lost:
        assert interval.end == world.now - timedelta(milliseconds=100 * reach)
        assert interval.note == reddit.CUT
