"""X: the real tweepy over HTTP against a local X."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from monitor.model import Author, Batch, Interval, Mention, MentionKey, Reading
from sources import http, x, x_gap
from tests.contract_sources import (
    BRAND,
    SLOW_DOWN,
    START,
    GuardedSourceContract,
    keys,
    minutes_ago,
    poll_all,
)
from tests.fake_platforms import (
    TOKEN,
    Answer,
    FakeX,
    Request,
    failing,
    x_id,
    x_post,
    x_problem,
    x_user,
)

SECOND = timedelta(seconds=1)
PAGE = timedelta(minutes=1)


class XWorld:
    secrets = (TOKEN,)
    lane = "search"

    def __init__(self, fake: FakeX) -> None:
        self.fake = fake

    @property
    def now(self) -> datetime:
        return self.fake.now

    @now.setter
    def now(self, value: datetime) -> None:
        self.fake.now = value

    def source(self, brand: Brand = BRAND, **changes: Any) -> x.XSource:
        source = x.build(settings(**changes), "x", brand)
        assert isinstance(source, x.XSource)
        self.fake.mount(source.session)
        if isinstance(source, x.XListener):
            self.fake.mount(source.stream.session)
        return source

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        posts = [x_post(time, sequence=len(self.fake.posts) % 4096) for time in times]
        self.fake.posts += posts
        return {MentionKey("x", post["id"]) for post in posts}

    def spoil(self, change: Callable[[Any], Any]) -> None:
        self.fake.will(lambda request: replace(true := self.fake.answer(request), body=change(true.body)))

    def fail(self, kind: str) -> None:
        echo = f"Bearer {TOKEN} is wrong\x1b[31m\n"
        if kind in ("late", "dripping"):
            self.fake.will_slowly(failing(kind, echo))
        elif kind == "redirect loop":
            loop = Answer(302, {}, {"Location": "https://api.twitter.com/2/tweets/search/recent"})
            self.fake.will(*[loop] * (http.REDIRECTS + 1))
        else:
            odd = {"x-rate-limit-reset": "soon", "x-rate-limit-remaining": "-", "retry-after": "nan"}
            own = {
                "slow down": self.fake.slow_down(int(SLOW_DOWN)),
                "odd headers": Answer(429, {"detail": echo}, odd),
                "forbidden": Answer(403, x_problem("client-forbidden", "Client Forbidden", echo)),
            }
            self.fake.will(own.get(kind) or failing(kind, echo))


def settings(**changes: Any) -> x.Settings:
    values = {"type": "x", "bearer_token": {"env": "X_TOKEN"}, "query": "acme"} | changes
    return x.Settings.model_validate(values)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[XWorld]:
    monkeypatch.setenv("X_TOKEN", TOKEN)
    with FakeX(now=START) as fake:
        yield XWorld(fake)


class TestContract(GuardedSourceContract):
    @pytest.fixture
    def world(self, world: XWorld) -> XWorld:
        return world


class TestContractOfMentions(GuardedSourceContract):
    @pytest.fixture
    def world(self, world: XWorld, monkeypatch: pytest.MonkeyPatch) -> XWorld:
        """The same posts, by the mentions of account 7."""
        world.lane = "mentions"
        monkeypatch.setattr(world, "source", lambda: XWorld.source(world, user_id="7"))
        monkeypatch.setattr(world.fake, "reach", 5000)
        return world


def test_a_post_becomes_a_mention_and_a_reading(world: XWorld) -> None:
    created = START - timedelta(hours=1)
    post = x_post(
        created,
        "short &amp; cut…",
        lang="in",
        note_tweet={"text": "the whole &lt;long&gt; text"},
        referenced_tweets=[{"type": "replied_to", "id": "11"}, {"type": "quoted", "id": "12"}],
    )
    world.fake.posts = [post]
    batch = world.source().poll(None, START)
    assert batch.mentions == (
        Mention(
            source="x",
            id=post["id"],
            author=Author("7", "ann", "Ann", 120),
            text="the whole <long> text",
            url=f"https://x.com/ann/status/{post['id']}",
            created_at=created,
            language="id",
            in_reply_to="11",
            quoted="12",
        ),
    )
    assert batch.readings == (
        Reading("x", post["id"], START, likes=5, replies=2, reposts=3, quotes=1, views=410),
    )


def test_a_missing_author_or_counter_loses_no_mention(world: XWorld) -> None:
    first, second, third = (x_post(START - timedelta(minutes=m), author_id=str(m)) for m in (3, 2, 1))
    del second["public_metrics"]["impression_count"]
    del third["public_metrics"], third["created_at"]
    world.fake.posts = [first, second, third]
    world.fake.users = {"2": x_user("2", "ben")}
    batch = world.source().poll(None, START)
    assert [mention.author.handle for mention in batch.mentions] == ["", "ben", ""]
    assert batch.mentions[0].created_at == START - timedelta(minutes=1)
    assert batch.mentions[0].url == f"https://x.com/i/status/{third['id']}"
    assert [(reading.id, reading.views) for reading in batch.readings] == [
        (second["id"], None),
        (first["id"], 410),
    ]


def test_partial_errors_do_not_lose_the_data(world: XWorld) -> None:
    post = x_post(START - PAGE)
    problem = x_problem(
        "resource-not-found", "Forbidden", "User has been suspended", parameter="author_id", value="7"
    )
    world.fake.will(Answer(200, {"data": [post, {"id": "?"}, "junk"], "errors": [problem], "meta": None}))
    assert keys([world.source().poll(None, START)]) == [MentionKey("x", post["id"])]


@pytest.mark.parametrize("language", ["und", "zxx", "qme", None, 5])
def test_no_language_is_none(world: XWorld, language: object) -> None:
    world.fake.posts = [x_post(START - PAGE, lang=language)]
    assert world.source().poll(None, START).mentions[0].language is None


def test_half_a_character_is_replaced(world: XWorld) -> None:
    world.fake.posts = [x_post(START - PAGE, "broken \ud83d")]
    assert world.source().poll(None, START).mentions[0].text == "broken ?"


def test_reposts_are_left_out_by_the_query_and_again_on_arrival(world: XWorld) -> None:
    repost = x_post(START - PAGE, referenced_tweets=[{"type": "retweeted", "id": "5"}])
    world.fake.posts = [repost, x_post(START - 2 * PAGE)]
    batch = world.source(query="acme OR @acme").poll(None, START)
    assert world.fake.requests[-1].params["query"] == "(acme OR @acme) -is:retweet"
    assert len(batch.mentions) == len(batch.readings) == 1
    assert settings(query="acme -is:retweet lang:en").query == "acme -is:retweet lang:en"


def test_the_first_poll_goes_back_as_far_as_configured(world: XWorld) -> None:
    world.write([START - timedelta(hours=hours, minutes=1) for hours in (0, 5, 30, 167)])
    assert len(world.source().poll(None, START).mentions) == 2
    assert len(world.source(lookback_hours=48).poll(None, START).mentions) == 3
    week = world.source(lookback_hours=168).poll(None, START)
    assert len(week.mentions) == 4
    assert all(interval.complete for interval in week.covered)


def test_one_page_asks_once_and_leaves_out_the_latest_seconds(world: XWorld) -> None:
    world.write([START - PAGE])
    batch = world.source().poll(None, START)
    assert batch.covered == (Interval(START - timedelta(days=1), START - timedelta(seconds=30)),)
    [request] = world.fake.requests
    assert request.params["max_results"] == "100"
    assert request.params["expansions"] == "author_id"
    assert "start_time" not in request.params


def test_what_search_shows_late_is_found(world: XWorld) -> None:
    """Up to OVERLAP behind the newest; what is known is asked for again, and comes once."""
    on_time = world.write([START - 3 * PAGE, START - PAGE])
    cursor = world.source().poll(None, START).cursor
    late = world.write([START - 2 * PAGE, START - 9 * PAGE])
    world.now += PAGE
    batch = world.source().poll(cursor, world.now)
    assert set(keys([batch])) == late
    assert {reading.key for reading in batch.readings} == late
    assert len(batch.billed) == len(on_time | late) + 1  # of a UTC day each counts once
    assert keys([world.source().poll(batch.cursor, world.now)]) == []


def test_an_overlap_is_no_longer_than_some_pages(world: XWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_gap, "RECENT", 50)
    world.write([START - PAGE + n * PAGE / 200 for n in range(150)])
    cursor = poll_all(world.source(), None, START, "search")[-1].cursor or ""
    assert len(json.loads(cursor)["seen"]) == 49  # and `since` itself
    world.fake.requests.clear()
    assert keys([world.source().poll(cursor, START)]) == []
    assert len(world.fake.requests) == 1


def test_after_a_week_away_the_lost_days_are_reported(world: XWorld) -> None:
    world.write([START - PAGE])
    cursor = world.source().poll(None, START).cursor
    world.now = START + timedelta(days=9)
    written = world.write([START + timedelta(days=1), START + timedelta(days=8)])
    batches = poll_all(world.source(), cursor, world.now, "search")
    assert {key.id for key in keys(batches)} == {str(max(int(key.id) for key in written))}
    lost, rest = batches[0].covered
    edge = world.now - x.WINDOW
    polled = START - timedelta(seconds=30)
    assert lost == Interval(polled, edge, complete=False, note="X searches only the last seven days")
    assert (rest.start, rest.complete) == (edge, True)
    assert not [
        each
        for batch in poll_all(world.source(), batches[-1].cursor, world.now, "search")
        for each in batch.covered[1:]
    ]


def test_a_quiet_fortnight_that_was_polled_has_no_gap(world: XWorld) -> None:
    """Nothing was written for longer than X searches back; then a burst that the budget cuts short."""
    world.write([START - PAGE])
    source = world.source()
    batch = source.poll(None, START)
    for day in range(1, 15):
        world.now = START + timedelta(days=day)
        batch = source.poll(batch.cursor, world.now)
        assert [each for each in batch.covered if not each.complete or each.start > each.end] == []
    polled = world.now
    world.now += timedelta(hours=1)
    world.write([world.now - n * SECOND for n in range(1, 250)])
    first = source.poll(batch.cursor, world.now)
    assert first.more
    [left] = source.leave(first.cursor or "", world.now).covered
    assert left.start == polled - timedelta(seconds=30)


def test_an_id_that_can_be_none_stops_no_polling(world: XWorld) -> None:
    good = x_post(START - PAGE)
    world.fake.will(Answer(200, {"data": [good | {"id": "9" * 19}, good], "meta": {}}))
    batch = world.source().poll(None, START)
    assert [each.id for each in batch.mentions] == [good["id"]]
    assert world.source().poll(batch.cursor, START).mentions == ()


def test_a_gap_that_leaves_the_window_while_it_is_closed_ends(world: XWorld) -> None:
    world.write([START - timedelta(minutes=minute) for minute in range(1, 251)])
    first = world.source().poll(None, START)
    assert first.more
    world.now = START + timedelta(days=8)
    second = world.source().poll(first.cursor, world.now)
    assert not second.more
    assert [interval.complete for interval in second.covered] == [False]
    assert second.covered[0].end == START - timedelta(minutes=100)
    assert json.loads(second.cursor or "")["since"] >= int(x_id(START - PAGE))


def test_readings_and_deletions(world: XWorld) -> None:
    world.write([START - timedelta(minutes=minute) for minute in range(1, 7)])
    ids = [post["id"] for post in world.fake.posts]
    world.fake.gone = {
        ids[0]: "resource-not-found",
        ids[1]: "not-authorized-for-resource",
        ids[2]: "resource-unavailable",
    }
    world.fake.posts[3]["public_metrics"]["like_count"] = 900
    batch = world.source().read([*ids[:5], "demo-1"], START)
    assert [(reading.id, reading.likes) for reading in batch.readings] == [(ids[3], 900), (ids[4], 5)]
    assert [deleted.id for deleted in batch.deleted] == ids[:2]
    assert world.fake.requests[-1].params == {"ids": ",".join(ids[:5]), "tweet.fields": "public_metrics"}


def test_a_missing_author_does_not_delete_the_post(world: XWorld) -> None:
    post = x_post(START - PAGE)
    about_author = x_problem(
        "resource-not-found", "Not Found", "", parameter="author_id", resource_id=post["id"]
    )
    world.fake.will(Answer(200, {"data": [post], "errors": [about_author]}))
    batch = world.source().read([post["id"]], START)
    assert (len(batch.readings), batch.deleted) == (1, ())


def test_a_used_up_allowance_is_asked_again_after_an_hour(world: XWorld) -> None:
    world.fake.will(world.fake.cap_exceeded())
    with pytest.raises(SourceError, match="allowance") as caught:
        world.source().poll(None, START)
    assert (caught.value.retry_after, caught.value.permanent) == (3600, False)


@pytest.mark.parametrize(
    ("answer", "retry_after"),
    [
        (Answer(429, {}, {"retry-after": "17", "x-rate-limit-reset": "99"}), 17),
        (Answer(503, {}, {"retry-after": "30"}), 30),
        (Answer(503, {}, {"retry-after": "Sun, 01 Nov 2026 12:00:30 GMT"}), 30),
        (Answer(429, {}, {"x-rate-limit-reset": "5"}), 1),
        (Answer(429, {}, {"x-rate-limit-reset": "9" * 30}), 86_400),
        (Answer(429, {}), None),
    ],
)
def test_how_long_to_wait(world: XWorld, answer: Answer, retry_after: float | None) -> None:
    world.fake.will(answer)
    with pytest.raises(SourceError) as caught:
        world.source().poll(None, START)
    assert caught.value.retry_after == retry_after


def test_a_refused_query_says_why_without_what_must_not_be_said(world: XWorld) -> None:
    message = f"There were errors: unbalanced '(' at position 3\x1b[2J Bearer {TOKEN} " + "x" * 500
    world.fake.will(Answer(400, {"errors": [{"message": message}], "title": "Invalid Request"}))
    with pytest.raises(SourceError, match="unbalanced") as caught:
        world.source().check()
    assert caught.value.permanent
    assert str(caught.value).isprintable()
    assert TOKEN not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_used_up_credits_are_named(world: XWorld) -> None:
    world.fake.will(Answer(402, {"title": "CreditsDepleted"}))
    with pytest.raises(SourceError, match="credits") as caught:
        world.source().poll(None, START)
    assert caught.value.permanent


def test_empty_pages_are_followed(world: XWorld) -> None:
    empty = Answer(200, {"meta": {"result_count": 0, "next_token": "0" * 32}})
    written = world.write([START - PAGE])

    def true_answer(request: Request) -> Answer:
        assert request.params.pop("next_token") == "0" * 32
        return world.fake.answer(request)

    world.fake.will(empty, true_answer)
    assert set(keys([world.source().poll(None, START)])) == written
    world.fake.will(*[empty] * x.EMPTY_PAGES)
    with pytest.raises(SourceError, match="empty pages"):
        world.source().poll(None, START)


def test_a_page_that_comes_again_ends_the_paging(world: XWorld) -> None:
    world.write([START - timedelta(minutes=minute) for minute in range(1, 251)])
    first = world.source().poll(None, START)
    world.fake.will(
        lambda request: world.fake.answer(Request(request.path, {"max_results": "100"}, request.headers))
    )
    with pytest.raises(SourceError, match="same page"):
        world.source().poll(first.cursor, START)


def test_check_shows_queries_and_costs_and_reads_no_post(world: XWorld) -> None:
    world.write([START - timedelta(hours=hour) for hour in range(1, 71)])
    told = world.source(query=None, dollars_per_day=0.1).check()
    query = (
        '(("Kestrel Parcels" OR "KestrelParcels" OR "Kestrel" OR "acme") OR (@kestrelparcels)) -is:retweet'
    )
    assert told == (
        f"x: the token works; search asks {query} (70 posts); "
        "70 posts in the last seven days, at most $0.15 a day, more than dollars_per_day = 0.1"
    )
    assert [request.path for request in world.fake.requests] == ["/2/tweets/counts/recent"]


def test_counts_by_either_name(world: XWorld) -> None:
    world.fake.will(Answer(200, {"data": [], "meta": {"total_post_count": 41}}))
    assert "(41 posts)" in world.source().check()
    world.fake.will(Answer(200, {"data": [], "meta": {}}))
    assert "(an unknown number of posts)" in world.source().check()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"query": " "}, "empty"),
        ({"query": "a\nb"}, "line break"),
        ({"query": "a" * 512}, "longer than query_length, 512"),
        ({"query_length": 513}, "512, 1024 or 4096"),
        ({"user_id": "@acme"}, "pattern"),
        ({"lang": "english"}, "pattern"),
        ({"lookback_hours": 169}, "168"),
        ({"bearer_token": "AAAA"}, "never written here"),
        ({"max_results": 5}, "Extra inputs"),
    ],
)
def test_settings_that_can_not_work(world: XWorld, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason) as caught:
        settings(**change)
    assert "AAAA" not in str(caught.value)


def test_settings_of_a_complaint_watch(world: XWorld) -> None:
    made = settings()
    assert (made.measure, made.viral_at, made.lookback_hours) == ("reposts+quotes", 500, 24)
    assert TOKEN not in repr(made)
    assert x.build(made, "brand on x", BRAND).name == "brand on x"


def test_the_lanes_are_the_queries_and_the_mentions(world: XWorld) -> None:
    assert world.source().lanes == ("search",)
    long = Brand(name="Kestrel Parcels", products=tuple(f"Kestrel Product {n}" for n in range(30)))
    made = world.source(long, query=None, user_id="7")
    assert made.lanes == ("search", "search 2", "search 3", "mentions")
    assert world.source(long, query=None, query_length=4096).lanes == ("search",)
    for lane in made.lanes:
        made.poll(None, START, lane)
    assert [request.path for request in world.fake.requests] == [
        *["/2/tweets/search/recent"] * 3,
        "/2/users/7/mentions",
    ]


def test_a_name_that_no_query_has_room_for_is_an_error(world: XWorld) -> None:
    with pytest.raises(SourceError, match="longer than") as caught:
        world.source(Brand(name="a", names=("b" * 600,)), query=None)
    assert caught.value.permanent


def test_an_account_that_does_not_exist_is_named(world: XWorld) -> None:
    with pytest.raises(SourceError, match="no account 999") as caught:
        world.source(user_id="999").poll(None, START, "mentions")
    assert caught.value.permanent


def test_mentions_are_not_bound_to_seven_days_but_end_after_800(world: XWorld) -> None:
    world.write([START - timedelta(minutes=1)])
    source = world.source(user_id="7")
    cursor = source.poll(None, START, "mentions").cursor
    world.now = START + timedelta(days=30)
    written = world.write([START + timedelta(days=8), world.now - PAGE])
    [batch] = poll_all(source, cursor, world.now, "mentions")
    assert set(keys([batch])) == written
    assert [interval.complete for interval in batch.covered] == [True]
    world.now += timedelta(days=1)
    world.write(minutes_ago(world.now, 900))
    batches = poll_all(source, batch.cursor, world.now, "mentions")
    assert len(keys(batches)) == 800
    lost, rest = batches[-1].covered
    assert (lost.complete, lost.note) == (False, "X shows only the latest 800 mentions of an account")
    assert lost.end == rest.start == world.now - timedelta(minutes=800)


@pytest.mark.parametrize(("room", "size"), [(None, 100), (500, 100), (37, 37), (10, 10), (3, 10)])
def test_no_more_posts_than_there_is_room_for(world: XWorld, room: int | None, size: int) -> None:
    source = world.source(user_id="7")
    assert source.least_room == 10
    for lane in source.lanes:
        source.poll(None, START, lane, room)
        assert world.fake.requests[-1].params["max_results"] == str(size)


def test_what_is_billed(world: XWorld) -> None:
    repost = x_post(START - 3 * PAGE, referenced_tweets=[{"type": "retweeted", "id": "5"}])
    posts = [x_post(START - PAGE, author_id="8"), x_post(START - 2 * PAGE), repost]
    world.fake.posts = posts
    world.fake.users = {"7": x_user(), "8": x_user("8", "ben")}
    source = world.source()
    ids = [post["id"] for post in posts]
    assert set(source.poll(None, START).billed) == {
        *((f"post {id}", 0.005) for id in ids),
        ("author 7", 0.010),
        ("author 8", 0.010),
    }
    world.fake.gone = {ids[2]: "resource-not-found"}
    assert set(source.read(ids, START).billed) == {(f"post {id}", 0.005) for id in ids[:2]}
    assert source.price == pytest.approx(0.015)
    assert source.read_price == 0.005


def test_what_is_given_up_is_counted(world: XWorld) -> None:
    world.write(minutes_ago(START, 420))
    source = world.source(user_id="7")
    first = source.poll(None, START)
    left = source.leave(first.cursor or "", START)
    [interval] = left.covered
    assert interval == Interval(
        START - timedelta(days=1),
        START - timedelta(minutes=100),
        False,
        "the budget was used up: about 320 posts not read",
    )
    assert [billed.dollars for billed in left.billed] == [0.005]
    [newer] = world.write([START + PAGE])
    world.now += 2 * PAGE
    assert keys(poll_all(source, left.cursor, world.now, "search")) == [newer]
    assert source.leave(left.cursor or "", world.now) == Batch(cursor=left.cursor)


def test_what_is_given_up_may_be_uncountable(world: XWorld) -> None:
    world.write(minutes_ago(START, 420))
    source = world.source(user_id="7")
    for lane in source.lanes:
        first = source.poll(None, START, lane)
        world.fake.will(Answer(503))
        left = source.leave(first.cursor or "", START, lane)
        assert [(each.complete, each.note) for each in left.covered] == [(False, "the budget was used up")]
        assert left.billed == ()
        world.fake.requests.clear()
        world.fake._script.clear()


def test_a_stretch_is_read_once_more(world: XWorld) -> None:
    times = [START - timedelta(minutes=minute) for minute in range(1, 400)]
    world.write(times)
    source = world.source(user_id="7")
    start, end = START - timedelta(minutes=350), START - timedelta(minutes=100)
    cursor = source.reopen("search", start, end, START)
    batches = poll_all(source, cursor, START, "search")
    found = {mention.created_at for batch in batches for mention in batch.mentions}
    assert found == {time for time in times if start <= time < end}
    covered = [each for batch in batches for each in batch.covered]
    assert min(each.start for each in covered) <= start
    assert max(each.end for each in covered) == end
    assert all(each.complete for each in covered)
    old = START - timedelta(days=8)
    assert source.reopen("search", old, old + timedelta(hours=1), START) is None
    assert source.reopen("mentions", start, end, START) is None


def test_an_edited_post_is_its_newest_version(world: XWorld) -> None:
    first, second = x_post(START - 2 * PAGE), x_post(START - PAGE, "acme, edited")
    history = [first["id"], second["id"]]
    world.fake.posts = [first, second | {"edit_history_tweet_ids": history}]
    source = world.source()
    assert keys([source.poll(None, START)]) == [MentionKey("x", second["id"]), MentionKey("x", first["id"])]
    world.fake.posts[0] = first | {"edit_history_post_ids": history}
    del world.fake.posts[0]["edit_history_tweet_ids"]
    world.fake.will(Answer(200, {"data": world.fake.posts, "meta": {}}))
    batch = source.poll(None, START)
    assert keys([batch]) == [MentionKey("x", second["id"])]
    assert [reading.id for reading in batch.readings] == [second["id"]]
    assert [deleted.id for deleted in batch.deleted] == [first["id"]]
    world.fake.will(Answer(200, {"data": world.fake.posts}))
    read = source.read(history, START)
    assert [reading.id for reading in read.readings] == [second["id"]]
    assert [deleted.id for deleted in read.deleted] == [first["id"]]


@pytest.mark.parametrize(
    ("answer", "words", "retry_after", "permanent"),
    [
        (
            Answer(429, {}, {"x-rate-limit-remaining": "0", "x-rate-limit-reset": "{}"}),
            "slow down",
            90,
            False,
        ),
        (FakeX.cap_exceeded(), "allowance", 3600, False),
        (Answer(429, {"title": "UsageCapExceeded"}), "allowance", 3600, False),
        (
            Answer(
                429,
                {},
                {
                    "x-rate-limit-remaining": "7",
                    "x-app-limit-24hour-remaining": "0",
                    "x-app-limit-24hour-reset": "{}",
                },
            ),
            "slow down",
            90,
            False,
        ),
        (
            Answer(429, {}, {"x-rate-limit-remaining": "449", "x-rate-limit-reset": "{}"}),
            "reason of its own",
            900,
            False,
        ),
        (
            Answer(
                403, {"errors": [{"code": 226, "message": "This request looks like it might be automated."}]}
            ),
            "abuse",
            3600,
            False,
        ),
        (
            Answer(
                403,
                {"errors": [{"code": 326, "message": "this account is temporarily locked. Please log in"}]},
            ),
            "locked or suspended",
            None,
            True,
        ),
        (
            Answer(403, {"title": "Client Forbidden", "type": ".../client-forbidden"}),
            "does not let",
            None,
            True,
        ),
        (Answer(404, {}), "nothing at that address", None, True),
    ],
)
def test_refusals_are_told_apart(
    world: XWorld, answer: Answer, words: str, retry_after: float | None, permanent: bool
) -> None:
    reset = str(int(START.timestamp()) + 90)
    headers = {name: value.format(reset) for name, value in answer.headers.items()}
    world.fake.will(replace(answer, headers=headers))
    with pytest.raises(SourceError, match=words) as caught:
        world.source().poll(None, START)
    assert (caught.value.retry_after, caught.value.permanent) == (retry_after, permanent)


@pytest.mark.parametrize("count", [500, 5_000])
def test_a_burst_between_two_polls(world: XWorld, count: int) -> None:
    cursor = poll_all(world.source(), None, START, "search")[-1].cursor
    world.now += timedelta(minutes=10)
    written = world.write([world.now - timedelta(milliseconds=100 * n) for n in range(1, count + 1)])
    source = world.source()
    found, more = [], True
    while more:
        batch = source.poll(cursor, world.now)
        found += keys([batch])
        cursor, more = batch.cursor, batch.more
    assert len(found) == len(set(found)) == count
    assert set(found) == written
