"""RSS and Atom: feedparser on feeds that a local server sends, the odd ones among them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.errors import SourceError
from monitor.model import Author, Batch, Interval, Mention, MentionKey, Reading
from sources import rss
from sources.rss_entry import MOST, NoFeedError, read
from tests.contract_sources import BRAND, START, GuardedSourceContract, keys, poll_all
from tests.fake_platforms import failing
from tests.fakes.rss import HOST, FakeFeed, Item
from tests.fakes.rss import rss as feed_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
URL = f"https://{HOST}/feed"
LANE = "news"


class RssWorld:
    secrets = ("feed-SECRET",)
    lane = LANE

    def __init__(self, fake: FakeFeed) -> None:
        self.fake = fake

    @property
    def now(self) -> datetime:
        return self.fake.now

    @now.setter
    def now(self, value: datetime) -> None:
        self.fake.now = value

    def source(self, **changes: Any) -> rss.RssSource:
        values = {"type": "rss", "feeds": {LANE: URL}} | changes
        source = rss.build(rss.Settings.model_validate(values), "rss", BRAND)
        assert isinstance(source, rss.RssSource)
        for session in source.sessions.values():
            self.fake.mount(session)
        return source

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        first = len(self.fake.items)
        made = [Item(at, f"guid-{n}", link=f"/{n}") for n, at in enumerate(times, start=first)]
        self.fake.items += made
        return {MentionKey("rss", rss.key(URL, "guid", item.guid)) for item in made}

    def spoil(self, change: Callable[[Any], Any]) -> None:
        self.fake.will(lambda request: replace(true := self.fake.answer(request), body=change(true.body)))

    def fail(self, kind: str) -> None:
        answer = failing(kind, "feed-SECRET")
        self.fake.will_slowly(answer) if kind in ("late", "dripping") else self.fake.will(answer)


@pytest.fixture
def world() -> Iterator[RssWorld]:
    with FakeFeed(now=START) as fake:
        yield RssWorld(fake)


class TestContract(GuardedSourceContract):
    @pytest.fixture
    def world(self, world: RssWorld, monkeypatch: pytest.MonkeyPatch) -> RssWorld:
        monkeypatch.setattr(rss, "PAGE", 100)
        return world


def texts(world: RssWorld, cursor: str | None, **changes: Any) -> tuple[list[str], str]:
    """The first line of each mention of a whole poll, and the cursor after it."""
    batches = poll_all(world.source(**changes), cursor, world.now, LANE)
    assert batches[-1].cursor
    return [m.text.split("\n")[0] for batch in batches for m in batch.mentions], batches[-1].cursor


def test_an_entry(world: RssWorld) -> None:
    more = (
        "<slash:comments xmlns:slash='http://purl.org/rss/1.0/modules/slash/'>7</slash:comments>"
        "<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>Ann  B</dc:creator>"
    )
    item = Item(
        START - HOUR,
        "g 1",
        "Acme &amp; me",
        "/a?b=1",
        "<p>Lost &amp; <i>late</i></p><script>x</script>",
        more=more,
    )
    world.fake.items = [item]
    world.fake.head = "<title>News</title><language>en-GB</language>"
    [batch] = poll_all(world.source(), None, START, LANE)
    [mention] = batch.mentions
    assert mention == Mention(
        source="rss",
        id=mention.id,
        author=Author("Ann B", "Ann B", "Ann B"),
        text="Acme & me\n\nLost & late",
        url=f"https://{HOST}/a?b=1",
        created_at=START - HOUR,
        language="en",
    )
    assert batch.readings == (Reading("rss", mention.id, START, replies=7),)


ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://base.example/dir/" xml:lang="de">
  <title>Alerts</title><id>urn:1</id><updated>2026-11-01T11:00:00Z</updated>
  <entry>
    <id>tag:1</id><title type="html">acme &lt;b&gt;brennt&lt;/b&gt;</title><link href="one"/>
    <updated>2026-11-01T12:30:00+01:00</updated><author><name>Ann</name></author>
    <summary>short</summary>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>First</p><p>Second</p></div></content>
  </entry>
  <entry><id>tag:2</id><title type="text">acme 1 &lt; 2 &lt;b&gt;</title><updated>2026-11-01T11:00:00Z</updated></entry>
</feed>"""


def test_atom(world: RssWorld) -> None:
    world.fake.body, world.fake.kind = ATOM.encode(), "application/atom+xml"
    [batch] = poll_all(world.source(), None, START, LANE)
    assert [(m.text, m.url, m.created_at, m.author.name) for m in batch.mentions] == [
        ("acme 1 < 2 <b>", URL, START - HOUR, "Alerts"),
        ("acme brennt\n\nFirst\n\nSecond", "https://base.example/dir/one", START - HOUR / 2, "Ann"),
    ]


@pytest.mark.parametrize(
    ("encoded", "declared", "kind"),
    [
        ("utf-8", "utf-8", "application/xml"),
        ("utf-8", "iso-8859-1", "text/xml; charset=iso-8859-1"),  # both wrong
        ("utf-8", "utf-16", "text/html"),
        ("utf-8-sig", "utf-8", ""),
        ("utf-16", "utf-16", "application/rss+xml"),
        ("utf-16-le", "utf-16", "application/rss+xml"),
        ("windows-1251", "windows-1251", "application/xml"),
        ("windows-1251", "windows-1251", "text/xml"),
        ("windows-1251", "utf-8", "text/xml; charset=windows-1251"),
        ("cp855", "cp855", "application/octet-stream"),
    ],
)
def test_encodings(encoded: str, declared: str, kind: str) -> None:
    xml = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0"><channel><item><title>Посылка «acme»</title>'
    feed = read(f"{xml}</item></channel></rss>".encode(encoded), URL, kind)
    assert feed.entries[0].title == "Посылка «acme»"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("caf&eacute; acme", "café acme"),  # an entity of HTML in XML
        ("a &amp;amp; b", "a & b"),
        ("a & b < c", "a & b < c"),  # no XML at all
        ("&#8220;acme&#8221; &#x1F4E6;", "“acme” 📦"),
        ("<![CDATA[acme <b>late</b> &amp; lost]]>", "acme late & lost"),
        ("acme\n  is\tlate", "acme is late"),
    ],
)
def test_entities_and_markup(title: str, shown: str) -> None:
    xml = f"<rss version='2.0'><channel><item><title>{title}</title></item></channel></rss>"
    assert read(xml.encode(), URL, "text/xml").entries[0].title == shown


@pytest.mark.parametrize(
    ("rating", "shown"),
    [
        ("<im:rating xmlns:im='http://itunes.apple.com/rss'>1</im:rating>", "Rating: 1"),
        (
            "<media:starRating xmlns:media='http://search.yahoo.com/mrss/' average='3.5' max='5'/>",
            "Rating: 3.5/5",
        ),
        ("<x:ratingValue xmlns:x='http://schema.org/'>2</x:ratingValue>", "Rating: 2"),
        ("<x:rating xmlns:x='urn:x'>PG-13, for all</x:rating>", ""),
    ],
)
def test_stars(world: RssWorld, rating: str, shown: str) -> None:
    world.fake.items = [Item(START - HOUR, "1", "★☆☆☆☆ Never again", more=rating)]
    [batch] = poll_all(world.source(about_brand=True), None, START, LANE)
    assert batch.mentions[0].text == "\n\n".join(
        filter(None, ["★☆☆☆☆ Never again", "Where is my parcel?", shown])
    )


BOMB = '<!DOCTYPE r [<!ENTITY a "' + "x" * 1000 + '"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "cp037"])
@pytest.mark.parametrize("before", ["", "<?x <a ?>"])
def test_entities_of_its_own_are_refused(encoding: str, before: str) -> None:
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{before}{BOMB}<rss version="2.0"><channel><title>&b;</title>'
    with pytest.raises(NoFeedError, match="entities of its own"):
        read(xml.encode(encoding), URL, "application/xml")


def test_a_document_type_without_entities_is_taken() -> None:
    xml = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://127.0.0.1:9/rss.dtd"><rss version="0.91">'
    assert read(f"{xml}<channel><item><title>x</title></item></channel></rss>".encode(), URL, "").entries


@pytest.mark.parametrize("tag", ["<a>", "<item><b>", "<![CDATA[<a>", "<a b='c'>"])
def test_elements_without_an_end_are_refused(tag: str) -> None:
    """feedparser takes four times as long for twice as many."""
    xml = f'<rss version="2.0"><channel>{tag * 50_000}</channel></rss>'
    with pytest.raises(NoFeedError, match="deep"):
        read(xml.encode(), URL, "application/xml")


def test_html_that_is_left_open_is_no_depth() -> None:
    body = "<br><p>Lost<li>again<![CDATA[<div><b>]]>" * 3_000
    xml = f'<rss version="2.0"><channel><item><title>x</title><description>{body}</description></item></channel></rss>'
    assert read(xml.encode(), URL, "application/xml").entries


def test_too_many_entries_are_refused() -> None:
    with pytest.raises(NoFeedError, match="more than"):
        read(b"<rss version='2.0'><channel>" + b"<item>" * (MOST + 1), URL, "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><head><title>Down</title></head><body>soon back</body></html>",
        b'{"version": "https://jsonfeed.org/version/1"}',
        b"\x89PNG\r\n",
        b"<rss",
        b"\0" * 1000,
        b"acme",
    ],
)
def test_what_is_no_feed(world: RssWorld, body: bytes) -> None:
    world.fake.body = body
    with pytest.raises(SourceError, match="the feed news sent something that can't be read") as caught:
        world.source().poll(None, START, LANE)
    assert not caught.value.permanent


def test_any_bytes_are_read_or_refused(world: RssWorld) -> None:
    chance = random.Random(5)
    good = feed_of([Item(START - each * MINUTE, f"g{each}") for each in range(5)]) + ATOM.encode()
    source = world.source()
    for _ in range(150):
        spoiled = bytearray(good)
        for _ in range(chance.randint(1, 30)):
            place = chance.randrange(len(spoiled))
            spoiled[place : place + chance.randint(0, 9)] = chance.choice(
                [b"<", b"\0", b"&", b"]]>", b"<![CDATA[", b"\xff", b'"', b"<item>"]
            )
        world.fake.body = bytes(spoiled)
        try:
            batch = source.poll(None, START, LANE)
        except SourceError:
            continue
        json.dumps([mention.text for mention in batch.mentions]).encode()


def test_an_empty_feed_is_a_feed(world: RssWorld) -> None:
    said, cursor = texts(world, None)
    assert said == []
    world.now += HOUR
    world.fake.items = [Item(world.now, "1")]
    assert texts(world, cursor)[0] == ["acme is late again"]


def test_what_has_no_date_is_as_old_as_its_first_sight(world: RssWorld) -> None:
    world.fake.items = [Item(START - HOUR, "1", dated=False)]
    first = world.source().poll(None, START, LANE)
    assert [mention.created_at for mention in first.mentions] == [START]
    world.now += HOUR
    world.fake.items[0].text = "acme came"
    world.fake.items.append(Item(START, "2", "acme, too", dated=False))
    second = world.source().poll(first.cursor, world.now, LANE)
    assert {mention.created_at for mention in second.mentions} == {START, world.now}


def test_dates_that_are_none(world: RssWorld) -> None:
    odd = ["yesterday", "Thu, 99 Foo 2026 99:99:99 GMT", "0000-00-00", "Sat, 01 Jan 0001 00:00:00 GMT", ""]
    world.fake.items = [
        Item(START - HOUR, f"{n}", dated=False, more=f"<pubDate>{date}</pubDate>")
        for n, date in enumerate(odd)
    ]
    assert {m.created_at for m in world.source().poll(None, START, LANE).mentions} == {START}


def test_a_guid_that_changes_makes_nothing_new(world: RssWorld) -> None:
    world.fake.items = [
        Item(START - each * MINUTE, f"a{each}", f"acme {each}", f"/{each}") for each in range(9)
    ]
    before, cursor = texts(world, None)
    for item in world.fake.items:
        item.guid = item.guid.replace("a", "b")
    world.now += MINUTE
    again, cursor = texts(world, cursor)
    assert (len(before), again) == (9, [])
    world.fake.items[0].text = "edited"
    [batch] = poll_all(world.source(), cursor, world.now, LANE)
    first = poll_all(world.source(), None, world.now, LANE)
    assert [mention.text for mention in batch.mentions] == ["acme 0\n\nedited"]
    assert batch.mentions[0].id not in {key.id for key in keys(first)}, "it keeps the id that it had first"


def test_no_guid_and_guids_that_are_not_its_own(world: RssWorld) -> None:
    """Reviews often have the same title and link; some feeds have one guid for all."""
    for guid in ("", "https://news.example/"):
        world.fake.items = [
            Item(START - each * MINUTE, guid, "acme: 1 star", "/reviews", f"text {each}") for each in range(5)
        ]
        world.fake.items.append(Item(START, guid, "acme, the news", "/news"))
        said, cursor = texts(world, None)
        assert len(said) == 6
        world.now += MINUTE
        world.fake.items.append(Item(world.now, guid, "acme: 1 star", "/reviews", "new"))
        world.fake.items[5].text = "edited"
        batches = poll_all(world.source(), cursor, world.now, LANE)
        assert {m.text for batch in batches for m in batch.mentions} == {
            "acme: 1 star\n\nnew",
            "acme, the news\n\nedited",
        }


def test_an_edit_comes_again_with_its_id(world: RssWorld) -> None:
    written = world.write([START - each * MINUTE for each in range(1, 10)])
    _, cursor = texts(world, None)
    world.now += MINUTE
    world.fake.items[4].title = "acme came after all"
    batches = poll_all(world.source(), cursor, world.now, LANE)
    assert [m.text.split("\n")[0] for m in batches[0].mentions] == ["acme came after all"]
    assert set(keys(batches)) < written
    assert keys(poll_all(world.source(), batches[-1].cursor, world.now, LANE)) == []


def test_another_order_and_a_mirror_that_is_behind(world: RssWorld) -> None:
    world.write([START - each * MINUTE for each in range(1, 30)])
    _, cursor = texts(world, None)
    world.fake.items.append(Item(START, "new", "acme, new"))
    chance, found = random.Random(1), list[str]()
    for behind in (False, True, False, True, False):
        shown = world.fake.items[: -1 if behind else None]
        chance.shuffle(shown)
        world.fake.body = feed_of(shown)
        said, cursor = texts(world, cursor)
        found += said
    assert found == ["acme, new"]


def test_a_burst_that_scrolls_off_is_told(world: RssWorld) -> None:
    world.fake.limit = 20
    world.write([START - each * MINUTE for each in range(1, 30)])
    first = world.source().poll(None, START, LANE)
    assert len(first.mentions) == 20
    world.now += HOUR
    world.write([START + each * MINUTE for each in range(1, 16)])
    second = world.source().poll(first.cursor, world.now, LANE)
    assert (len(second.mentions), second.covered) == (15, (Interval(START, world.now),))
    world.now += HOUR
    world.write([START + HOUR + each * MINUTE for each in range(1, 60)])
    third = world.source().poll(second.cursor, world.now, LANE)
    note = "the feed shows only 20 entries, and nothing of those that it had before"
    seen_from = START + HOUR + 40 * MINUTE
    assert len(third.mentions) == 20
    assert third.covered == (Interval(START + HOUR, seen_from, False, note), Interval(seen_from, world.now))
    fourth = world.source().poll(third.cursor, world.now + MINUTE, LANE)
    assert fourth.covered == (Interval(world.now, world.now + MINUTE),)


def test_an_entry_that_stays_on_top_hides_no_burst(world: RssWorld) -> None:
    pinned = Item(START - 500 * HOUR, "pinned", "acme: read this first")
    world.fake.body = feed_of([pinned, *(Item(START - each * MINUTE, f"a{each}") for each in range(10))])
    _, cursor = texts(world, None)
    world.now += HOUR
    world.fake.body = feed_of([pinned, *(Item(world.now - each * MINUTE, f"b{each}") for each in range(10))])
    batch = world.source().poll(cursor, world.now, LANE)
    assert [each.complete for each in batch.covered] == [False, True]


def test_entries_without_dates_that_scroll_off(world: RssWorld) -> None:
    cursor, batch = None, Batch()
    for name in "ab":
        world.fake.body = feed_of([Item(START, f"{name}{each}", dated=False) for each in range(10)])
        batch = world.source().poll(cursor, world.now, LANE)
        cursor = batch.cursor
        world.now += HOUR
    lost = batch.covered[0]
    assert (lost.start, lost.end, lost.complete) == (START, START + HOUR, False)


def test_conditional_requests(world: RssWorld) -> None:
    world.write([START - MINUTE])
    first = world.source().poll(None, START, LANE)
    world.now += MINUTE
    second = world.source().poll(first.cursor, world.now, LANE)
    asked = world.fake.requests[-1].headers
    assert asked["if-none-match"].startswith('W/"')
    assert asked["if-modified-since"] == "Sun, 01 Nov 2026 12:00:00 +0000"
    assert (second.mentions, second.covered) == ((), (Interval(START, world.now),))
    assert "if-none-match" not in world.fake.requests[0].headers


def test_a_feed_in_parts_is_asked_for_whole(world: RssWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rss, "PAGE", 10)
    written = world.write([START - each * MINUTE for each in range(1, 36)])
    found = keys(poll_all(world.source(), None, START, LANE))
    assert (len(found), set(found)) == (35, written)


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        ("<ttl>5</ttl>", 300),
        ("<ttl>1440</ttl>", 900),
        ("<ttl>soon</ttl>", 0),
        ("<sy:updatePeriod xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>hourly</sy:updatePeriod>"
         "<sy:updateFrequency xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>10</sy:updateFrequency>", 360),
    ],
)  # fmt: skip
def test_a_feed_that_wants_to_be_left_alone(world: RssWorld, head: str, rest: int) -> None:
    world.fake.head = head
    cursor = world.source().poll(None, START, LANE).cursor
    for seconds, asked in ((1, rest == 0), (rest - 1, False), (rest, True)):
        if seconds > 0:
            before = len(world.fake.requests)
            batch = world.source().poll(cursor, START + timedelta(seconds=seconds), LANE)
            assert (len(world.fake.requests) > before) is asked
            assert bool(batch.covered) is asked


def test_only_what_names_the_brand_unless_all_is_about_it(world: RssWorld) -> None:
    world.fake.items = [Item(START - MINUTE, "1", "acmeology"), Item(START, "2", "acme")]
    assert texts(world, None)[0] == ["acme"]
    assert texts(world, None, about_brand=True)[0] == ["acmeology", "acme"]
    assert world.source(about_brand=True).about_brand


def test_what_is_old_on_the_first_poll_is_left_out(world: RssWorld) -> None:
    world.write([START - each * HOUR for each in range(1, 50)])
    said, cursor = texts(world, None)
    assert len(said) == 24
    world.now += MINUTE
    world.fake.items.append(Item(START - 40 * HOUR, "late", "acme, late in the feed"))
    assert texts(world, cursor)[0] == ["acme, late in the feed"]


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/passwd", "http://[x", "https://e.org/a b", "/a"]
)
def test_links(world: RssWorld, link: str) -> None:
    world.fake.items = [Item(START, "1", link=link)]
    [mention] = world.source().poll(None, START, LANE).mentions
    assert mention.url.startswith(("https://e.org/", f"https://{HOST}/"))
    assert " " not in mention.url


def test_the_cursor_stays_small(world: RssWorld) -> None:
    world.fake.limit = 20
    cursor = None
    for _ in range(20):
        world.now += HOUR
        world.write([world.now - each * MINUTE for each in range(15)])
        cursor = poll_all(world.source(), cursor, world.now, LANE)[-1].cursor
    assert cursor
    assert len(json.loads(cursor)["shown"]) == len(json.loads(cursor)["gone"]) == 20


def test_a_burst_between_two_polls(world: RssWorld) -> None:
    world.write([START - MINUTE])
    cursor = poll_all(world.source(), None, START, LANE)[-1].cursor
    world.now += HOUR
    written = world.write([START + each * timedelta(seconds=0.5) for each in range(1, 1001)])
    found = keys(poll_all(world.source(), cursor, world.now, LANE))
    assert (len(found), set(found)) == (1000, written)


@pytest.mark.parametrize("seed", range(4))
def test_what_was_visible_is_delivered_once_and_the_rest_is_told(world: RssWorld, seed: int) -> None:
    """A feed of 20 entries over a day: quiet hours and bursts, shuffled, edited, some deleted, some dated late."""
    chance = random.Random(seed)
    cursor, delivered, visible, lost = None, list[MentionKey](), set[MentionKey](), list[Interval]()
    every: dict[MentionKey, datetime] = {}
    shown: list[Item] = []
    edits = 0
    for step in range(40):
        for _ in range(chance.choice([0, 0, 1, 3, 12, 40]) if step else 5):
            item = Item(
                world.now - timedelta(seconds=chance.random() * 60), f"g{len(every)}", f"acme {len(every)}"
            )
            every[MentionKey("rss", rss.key(URL, "guid", item.guid))] = item.at
            shown = [item, *shown][:20]
        gone = [
            n for n, item in enumerate(shown) if MentionKey("rss", rss.key(URL, "guid", item.guid)) in visible
        ]
        if gone and chance.random() < 0.2:
            shown.pop(chance.choice(gone))
        if chance.random() < 0.3:
            for item in chance.sample(shown, min(2, len(shown))):
                item.title += " (edited)"
                edits += MentionKey("rss", rss.key(URL, "guid", item.guid)) in visible
        visible |= {MentionKey("rss", rss.key(URL, "guid", item.guid)) for item in shown}
        world.fake.body = feed_of(chance.sample(shown, len(shown)))
        batches = poll_all(world.source(), cursor, world.now, LANE)
        cursor = batches[-1].cursor
        delivered += keys(batches)
        lost += [each for batch in batches for each in batch.covered if not each.complete]
        world.now += timedelta(minutes=chance.choice([1, 10, 90]))
    assert set(delivered) == visible
    assert len(delivered) == len(visible) + edits
    minute = timedelta(minutes=1)
    for key in every.keys() - visible:
        assert [each for each in lost if each.start - minute <= every[key] <= each.end + minute]


def test_lanes_and_check(world: RssWorld) -> None:
    world.write([START - MINUTE])
    assert world.source(feeds=[f"{URL}/?key=1", "http://e.org"]).lanes == (f"{HOST}/feed", "e.org")
    assert world.source().check() == "rss: reads news (1 entries)"


@pytest.mark.parametrize(
    ("feeds", "reason"),
    [
        ([], "at least 1"),
        (["news.example/feed"], "https://"),
        (["https://user:pass@news.example/feed"], "has a user"),
        ({"a": "ftp://news.example"}, "https://"),
        (["https://e.org/f?a", "https://e.org/f?b"], "same name"),
        ({" ": "https://e.org/"}, "name"),
    ],
)
def test_settings_that_can_not_work(feeds: Any, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason) as caught:
        rss.Settings.model_validate({"type": "rss", "feeds": feeds})
    assert "pass@" not in str(caught.value)
