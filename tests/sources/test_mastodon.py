"""Mastodon: the real Mastodon.py over HTTP, against a local server and against mastodon-mock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from monitor.model import Author, Interval, Mention, MentionKey, Reading
from monitor.ports import Listener
from sources import mastodon
from tests.contract_sources import BRAND, START, GuardedSourceContract, keys, poll_all
from tests.fake_platforms import TOKEN, Answer, failing
from tests.fakes.mastodon import FakeMastodon, snowflake, status

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


class MastodonWorld:
    secrets = (TOKEN,)

    def __init__(self, fake: FakeMastodon, lane: str = "#acme") -> None:
        self.fake = fake
        self.lane = lane

    @property
    def now(self) -> datetime:
        return self.fake.now

    @now.setter
    def now(self, value: datetime) -> None:
        self.fake.now = value

    def source(self, brand: Brand = BRAND, **changes: Any) -> mastodon.MastodonSource:
        source = mastodon.build(settings(**changes), "mastodon", brand)
        assert isinstance(source, mastodon.MastodonSource)
        self.fake.mount(source.session)
        return source

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        count = len(self.fake.statuses)
        made = [status(at, sequence=number) for number, at in enumerate(times, start=count)]
        self.fake.statuses += made
        return {MentionKey("mastodon", each["id"]) for each in made}

    def spoil(self, change: Callable[[Any], Any]) -> None:
        self.fake.will(lambda request: replace(true := self.fake.answer(request), body=change(true.body)))

    def fail(self, kind: str) -> None:
        answer = failing(kind, TOKEN)
        slow = kind in ("late", "dripping")
        self.fake.will_slowly(answer) if slow else self.fake.will(answer)


def settings(**changes: Any) -> mastodon.Settings:
    values = {"type": "mastodon", "access_token": {"env": "MASTODON_TOKEN"}} | changes
    return mastodon.Settings.model_validate(
        {key: value for key, value in values.items() if value is not None}
    )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[MastodonWorld]:
    monkeypatch.setenv("MASTODON_TOKEN", TOKEN)

    def no_sleep(seconds: float) -> None:
        raise AssertionError(f"the client sleeps for {seconds} seconds")

    monkeypatch.setattr("mastodon.internals.time.sleep", no_sleep)
    with FakeMastodon(now=START) as fake:
        yield MastodonWorld(fake)


class TestContract(GuardedSourceContract):
    @pytest.fixture
    def world(self, world: MastodonWorld) -> MastodonWorld:
        return world


class TestSearch(GuardedSourceContract):
    @pytest.fixture
    def world(self, world: MastodonWorld) -> MastodonWorld:
        world.lane = "search acme"
        return world


def test_a_status(world: MastodonWorld) -> None:
    at = START - timedelta(hours=1)
    text = (
        '<p><span class="h-card"><a href="https://mastodon.social/@acme" class="u-url mention">@<span>acme</span></a>'
        '</span> lost it &amp; <a href="https://mastodon.social/tags/ACME" class="mention hashtag">#<span>ACME</span></a>'
        '</p><p>Again<br>and again</p>'
    )  # fmt: skip
    quote = {"state": "accepted", "quoted_status": {"id": "99"}}
    made = status(
        at, text, spoiler_text="rant", in_reply_to_id="88", quote=quote, quotes_count=4, tags=["acme", "late"]
    )
    world.fake.statuses = [made]
    batch = world.source().poll(None, START, "#acme")
    assert batch.mentions == (
        Mention(
            source="mastodon",
            id=made["id"],
            author=Author("7", "ann", "Ann", 120),
            text="rant\n\n@acme lost it & #ACME\n\nAgain\nand again\n\n#late",
            url=f"https://mastodon.social/@ann/{made['id']}",
            created_at=at,
            language="en",
            in_reply_to="88",
            quoted="99",
        ),
    )
    reading = Reading("mastodon", made["id"], START, likes=5, replies=2, reposts=3, quotes=4)
    assert batch.readings == (reading,)


def test_lanes(world: MastodonWorld) -> None:
    tagged = Brand(name="Kestrel Parcels", hashtags=("#KestrelFail", "kestrel", "#Kestrel"))
    plain = {"access_token": None}
    assert world.source(BRAND, **plain).lanes == ("#KestrelParcels", "#Kestrel", "#acme")
    assert world.source(tagged, hashtags=["#parcels"], public=True).lanes == (
        "#KestrelFail",
        "#kestrel",
        "#parcels",
        "mentions",
        "search Kestrel Parcels",
        "public",
    )
    assert isinstance(world.source(), Listener)
    assert not isinstance(world.source(**plain), Listener)


def test_only_what_names_the_brand_and_is_there_for_all_to_read(world: MastodonWorld) -> None:
    texts = ["<p>acmeology</p>", "<p>acme</p>", "<p>late</p>"]
    world.fake.statuses = [
        status(START - each * MINUTE, text, tags=["parcels"]) for each, text in enumerate(texts)
    ]
    private = [
        {"visibility": "direct"},
        {"visibility": "private"},
        {"visibility": None},
        {"reblog": {"id": "1"}},
    ]
    world.fake.statuses += [
        status(START - MINUTE, sequence=9 + n, tags=["parcels"], **each) for n, each in enumerate(private)
    ]
    source = world.source(hashtags=["parcels"], public=True)
    named = world.fake.statuses[1]["id"]
    for lane in ("#parcels", "search acme", "public"):
        assert [key.id for key in keys(poll_all(source, None, START, lane))] == [named]
    sent_to_us = keys(poll_all(source, None, START, "mentions"))
    assert {key.id for key in sent_to_us} == {each["id"] for each in world.fake.statuses[:3]}


def test_a_post_that_comes_late_from_another_server(world: MastodonWorld) -> None:
    """It stands where it would have stood, below posts that are known."""
    world.write([START - each * MINUTE for each in range(1, 60)])
    cursor = poll_all(world.source(), None, START, "#acme")[-1].cursor
    for minutes in (2, 8, 14):
        world.now += MINUTE
        written_at = world.now - minutes * MINUTE - SECOND
        late = status(written_at, sequence=500 + minutes)
        world.fake.statuses.append(late)
        batches = poll_all(world.source(), cursor, world.now, "#acme")
        assert [key.id for key in keys(batches)] == [late["id"]]
        cursor = batches[-1].cursor


def test_an_edit_comes_again_once(world: MastodonWorld) -> None:
    world.write([START - each * MINUTE for each in range(1, 30)])
    for lane in ("#acme", "search acme", "mentions"):
        cursor = poll_all(world.source(), None, world.now, lane)[-1].cursor
        changed = world.fake.statuses[3]
        changed |= {"content": f"<p>acme is on time {lane}</p>", "edited_at": world.now.isoformat()}
        again = poll_all(world.source(), cursor, world.now, lane)
        assert [(m.id, m.text[:15]) for b in again for m in b.mentions] == [
            (changed["id"], "acme is on time")
        ]
        assert keys(poll_all(world.source(), again[-1].cursor, world.now, lane)) == []
        world.now += SECOND


@pytest.mark.parametrize("ids", ["01JBJ0000000000000{:08d}", "B{:017d}"])
def test_ids_that_are_no_numbers(world: MastodonWorld, ids: str) -> None:
    world.fake.statuses = [
        status(START - each * MINUTE) | {"id": ids.format(5000 - each), "in_reply_to_id": ids.format(1)}
        for each in range(1, 300)
    ]
    batches = poll_all(world.source(), None, START, "#acme")
    assert len(set(keys(batches))) == len(keys(batches)) == 299
    world.now += 10 * MINUTE
    world.fake.statuses += [
        status(START + each * SECOND) | {"id": ids.format(6000 + each)} for each in range(500)
    ]
    batches = poll_all(world.source(), batches[-1].cursor, world.now, "#acme")
    assert len(set(keys(batches))) == len(keys(batches)) == 500
    readings = world.source().read([ids.format(4999), ids.format(1)], START)
    assert [reading.id for reading in readings.readings] == [ids.format(4999)]
    assert [gone.id for gone in readings.deleted] == [ids.format(1)]


def test_a_server_that_gives_no_links(world: MastodonWorld) -> None:
    """Upwards, the newest id of a page leads on; downwards there is only the first page."""
    world.fake.links = False
    world.write([START - 20 * MINUTE])
    cursor = poll_all(world.source(), None, START, "#acme")[-1].cursor
    world.now += 120 * MINUTE
    written = world.write([START + each * MINUTE for each in range(1, 110)])
    assert set(keys(poll_all(world.source(), cursor, world.now, "#acme"))) == written


def test_a_deleted_anchor_stalls_nothing(world: MastodonWorld) -> None:
    world.write([START - each * MINUTE for each in range(1, 100)])
    cursor = poll_all(world.source(), None, START, "#acme")[-1].cursor
    world.fake.statuses.clear()
    world.now += 5 * MINUTE
    written = world.write([START + MINUTE])
    batches = poll_all(world.source(), cursor, world.now, "#acme")
    assert set(keys(batches)) == written
    assert batches[-1].covered[-1].end == world.now


def test_a_burst_between_two_polls(world: MastodonWorld) -> None:
    world.write([START - 20 * MINUTE])
    cursor = poll_all(world.source(), None, START, "#acme")[-1].cursor
    world.now += 60 * MINUTE
    written = world.write([START + each * timedelta(seconds=0.5) for each in range(1000)])
    found, more = [], True
    while more:
        batch = world.source().poll(cursor, world.now, "#acme")
        found, cursor, more = found + keys([batch]), batch.cursor, batch.more
    assert len(found) == len(written)
    assert set(found) == written


def test_the_end_of_a_search_is_reported(world: MastodonWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon, "SEARCH_END", 200)
    world.write([START - each * MINUTE for each in range(1, 300)])
    batches = poll_all(world.source(), None, START, "search acme")
    assert len(keys(batches)) == 200
    lost, seen = batches[-1].covered
    assert lost == Interval(
        START - timedelta(days=1), START - 200 * MINUTE, False, "the server's search shows 200 posts"
    )
    assert seen == Interval(START - 200 * MINUTE, START)


def test_a_stretch_is_read_again(world: MastodonWorld) -> None:
    times = [START - each * MINUTE for each in range(1, 200)]
    by_time = {at: key for at in times for key in world.write([at])}
    source = world.source()
    start, end = START - 150 * MINUTE, START - 50 * MINUTE
    for lane in ("#acme", "search acme"):
        cursor = source.reopen(lane, start, end, START)
        batches = poll_all(source, cursor, START, lane)
        assert set(keys(batches)) == {key for at, key in by_time.items() if start <= at < end}
        assert batches[-1].covered == (Interval(start, end),)


def test_leaving_a_gap(world: MastodonWorld) -> None:
    world.write([START - each * MINUTE for each in range(1, 200)])
    source = world.source()
    first = source.poll(None, START, "search acme")
    assert first.cursor
    left = source.leave(first.cursor, START, "search acme")
    assert [each.complete for each in left.covered] == [False, True]
    assert keys(poll_all(source, left.cursor, START, "search acme")) == []
    upwards = poll_all(source, None, START, "#acme")[-1].cursor
    assert upwards
    assert source.leave(upwards, START, "#acme").cursor == upwards


@pytest.mark.parametrize("batches", [True, False])
def test_readings_edits_and_deletions(world: MastodonWorld, batches: bool) -> None:
    world.fake.batches = batches
    kept, edited, gone = (status(START - each * MINUTE, sequence=each) for each in range(3))
    edited |= {"edited_at": START.isoformat(), "content": "<p>sorry, acme was on time</p>"}
    world.fake.statuses = [kept, edited]
    batch = world.source().read([kept["id"], edited["id"], gone["id"], "demo-1", "t1_../"], START)
    assert {reading.id: reading.likes for reading in batch.readings} == {kept["id"]: 5, edited["id"]: 5}
    assert [deleted.id for deleted in batch.deleted] == [gone["id"]]
    assert [mention.text for mention in batch.mentions] == ["sorry, acme was on time\n\n#acme"]


def test_a_server_that_knows_nothing_any_more_deletes_nothing(world: MastodonWorld) -> None:
    world.fake.will(*[Answer(404, b"<html>nothing here", {"Content-Type": "text/html"})] * 2)
    with pytest.raises(SourceError, match="nothing at that address"):
        world.source().read([snowflake(START)], START)


def test_what_is_not_as_documented_is_passed_over(world: MastodonWorld) -> None:
    good = status(
        START - MINUTE, url="javascript:alert(1)", uri=None, language="zh-CN", favourites_count="many"
    )
    odd = [
        status(START, created_at="yesterday"),
        status(START, created_at="0001-01-01T00:00:00Z"),
        status(START, id="../../x"),
        status(START, id=None),
        "junk",
    ]
    world.fake.will(Answer(200, [*odd, good]))
    [mention] = world.source().poll(None, START, "#acme").mentions
    assert (mention.id, mention.language) == (good["id"], None)
    assert mention.url == f"https://mastodon.social/@ann/{good['id']}"


def test_how_long_to_wait(world: MastodonWorld) -> None:
    reset = (datetime.now(UTC) + timedelta(seconds=90)).isoformat()
    for headers, expected in [
        ({"X-RateLimit-Reset": reset}, 90),
        ({"X-RateLimit-Reset": reset, "Retry-After": "7"}, 7),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Reset": "2999-01-01T00:00:00Z"}, 86_400),
    ]:
        world.fake.will(Answer(429, {"error": "Too many requests"}, headers))
        with pytest.raises(SourceError) as caught:
            world.source().poll(None, START, "#acme")
        assert caught.value.retry_after == (expected and pytest.approx(expected, abs=30))


def test_odd_headers_of_a_good_answer_trip_nothing(world: MastodonWorld) -> None:
    odd = {"X-RateLimit-Reset": "soon", "X-RateLimit-Remaining": "-", "Deprecation": "@1", "Link": "<>; rel"}
    world.fake.will(Answer(200, [status(START - MINUTE)], odd))
    assert len(world.source().poll(None, START, "#acme").mentions) == 1


def test_a_login_that_is_wanted(world: MastodonWorld) -> None:
    world.fake.will(Answer(422, {"error": "This method requires an authenticated user"}))
    with pytest.raises(SourceError, match="without an access token") as caught:
        world.source(access_token=None).poll(None, START, "#acme")
    assert caught.value.permanent


def test_check(world: MastodonWorld) -> None:
    said = world.source(public=True).check()
    assert said.startswith(
        "mastodon: https://mastodon.social answers to @acme; reads #KestrelParcels, #Kestrel"
    )
    assert "acme" not in world.source(Brand(name="Kestrel"), access_token=None).check()


def test_a_token_is_no_file(world: MastodonWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-the-file\nhttps://evil.example\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MASTODON_TOKEN", "token")
    assert world.source().client.access_token == "token"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"server": "mastodon.social"}, "such as https"),
        ({"server": "http://mastodon.social"}, "such as https"),
        ({"server": "https://user:pass@mastodon.social"}, "such as https"),
        ({"server": "https://mastodon.social/home"}, "without a path"),
        ({"hashtags": ["a/b"]}, "is not a hashtag"),
        ({"access_token": "abc"}, "never written here"),
    ],
)
def test_settings_that_can_not_work(world: MastodonWorld, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        settings(**change)


def test_pages_that_are_read_again_bring_nothing_again(world: MastodonWorld) -> None:
    """What was recent is known until the pages that hold it are read once more, also when it is not recent any more."""
    world.write([START - timedelta(hours=1)])
    cursor = poll_all(world.source(), None, START, world.lane)[-1].cursor
    world.now += 10 * MINUTE
    written = world.write([START + number * 5 * SECOND for number in range(1, 120)])
    batches = poll_all(world.source(), cursor, world.now, world.lane)
    assert set(keys(batches)) == written
    world.now += 30 * MINUTE
    again = poll_all(world.source(), batches[-1].cursor, world.now, world.lane)
    assert len(again) > 1
    assert keys(again) == []
