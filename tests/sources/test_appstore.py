"""App Store reviews over HTTP against a local feed, written after Apple's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.errors import SourceError
from monitor.model import Author, Interval, Mention, MentionKey, Reading
from sources import appstore
from tests.contract_sources import BRAND, START, GuardedSourceContract, keys, poll_all
from tests.fake_platforms import Answer, Platform, Request, failing

MINUTE = timedelta(minutes=1)
SIZE = 50


def review(
    id: str, at: datetime, rating: int = 2, votes: int = 0, text: str = "It is late."
) -> dict[str, Any]:
    return {
        "author": {
            "uri": {"label": f"https://itunes.apple.com/gb/reviews/id{int(id) + 900}"},
            "name": {"label": "ann"},
            "label": "",
        },
        "updated": {"label": at.isoformat()},
        "im:rating": {"label": str(rating)},
        "im:version": {"label": "4.1"},
        "id": {"label": id},
        "title": {"label": "Where is it"},
        "content": {"label": text, "attributes": {"type": "text"}},
        "link": {"attributes": {"rel": "related", "href": "https://itunes.apple.com/gb/review?id=1"}},
        "im:voteSum": {"label": str(votes)},
        "im:voteCount": {"label": str(votes)},
    }


class World(Platform):
    """Apple's feed: pages of 50, the newest first, with a link to the last page; a lookup of the app."""

    hosts = ("itunes.apple.com",)
    secrets = ("SECRET-of-nobody",)
    lane = "gb"

    def __init__(self, pages: int = 10) -> None:
        super().__init__(START)
        self.pages = pages
        self.reviews: dict[str, list[dict[str, Any]]] = {"gb": [], "us": []}

    def source(self, **changes: Any) -> appstore.AppStoreSource:
        source = appstore.build(settings(**changes), "reviews", BRAND)
        assert isinstance(source, appstore.AppStoreSource)
        self.mount(source.session)
        return source

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        there = self.reviews["gb"]
        made = [review(str(len(there) + number), at) for number, at in enumerate(times, 1)]
        there += made
        return {MentionKey("reviews", each["id"]["label"]) for each in made}

    def fail(self, kind: str) -> None:
        answer = failing(kind, self.secrets[0])
        slow, times = kind in ("late", "dripping"), 6 if kind == "redirect loop" else 1
        self.will_slowly(answer) if slow else self.will(*[answer] * times)

    def spoil(self, change: Callable[[Any], Any]) -> None:
        self.will(lambda request: replace(true := self.answer(request), body=change(true.body)))

    def answer(self, request: Request) -> Answer:
        if request.path == "/lookup":
            found = (
                [{"trackName": "Kestrel Parcels\x1b"}] if request.params["country"] in self.reviews else []
            )
            return Answer(200, {"resultCount": len(found), "results": found})
        country, rss, kind, page, app, sort, form = request.path.strip("/").split("/")
        assert (rss, kind, app, sort, form) == (
            "rss", "customerreviews", "id=310633997", "sortby=mostrecent", "json",
        )  # fmt: skip
        there = [each for each in self.reviews[country] if self._at(each) <= self.now]
        there.sort(key=self._at, reverse=True)
        there = there[: self.pages * SIZE]
        number = int(page.removeprefix("page="))
        last = max((len(there) + SIZE - 1) // SIZE, 1)
        url = f"https://itunes.apple.com/{country}/rss/customerreviews/page={last}/id=1/sortby=mostrecent/xml"
        feed: dict[str, Any] = {"link": [{"attributes": {"rel": "last", "href": url}}]}
        entries = there[(number - 1) * SIZE : number * SIZE]
        if entries:
            feed["entry"] = entries if len(entries) > 1 else entries[0]
        return Answer(200, {"feed": feed})

    @staticmethod
    def _at(each: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(each["updated"]["label"])


def settings(**changes: Any) -> appstore.Settings:
    values = {"type": "appstore", "app": "310633997", "countries": ["gb", "us"]} | changes
    return appstore.Settings.model_validate(values)


@pytest.fixture
def world() -> Iterator[World]:
    with World() as fake:
        yield fake


class TestContract(GuardedSourceContract):
    """The suite writes more than Apple shows, so here Apple has forty pages."""

    @pytest.fixture
    def world(self, world: World, monkeypatch: pytest.MonkeyPatch) -> World:
        monkeypatch.setattr(appstore, "PAGES", 40)
        world.pages = 40
        return world


def test_a_review(world: World) -> None:
    world.reviews["gb"] = [review("1", START - MINUTE, rating=1, votes=7, text="Lost it.\nAgain.")]
    batch = world.source().poll(None, START, "gb")
    assert batch.mentions == (
        Mention(
            source="reviews",
            id="1",
            author=Author("901", "ann", "ann"),
            text="1 of 5 stars: Where is it\n\nLost it.\nAgain.",
            url="https://apps.apple.com/gb/app/id310633997?see-all=reviews",
            created_at=START - MINUTE,
        ),
    )
    assert batch.readings == (Reading("reviews", "1", START, likes=7),)
    assert batch.covered == (Interval(START - timedelta(days=7), START),)
    assert world.source().about_brand


def test_each_country_is_a_lane(world: World) -> None:
    world.write([START - MINUTE])
    assert tuple(world.source().lanes) == ("gb", "us")
    assert keys(poll_all(world.source(), None, START, "us")) == []
    assert {request.path.split("/")[1] for request in world.requests} == {"us"}


def test_more_than_500_new_ones_are_reported(world: World) -> None:
    world.write([START - each * MINUTE for each in range(1, 601)])
    batches = poll_all(world.source(), None, START, "gb")
    assert len(keys(batches)) == len(set(keys(batches))) == 500
    lost, read = batches[-1].covered
    assert lost == Interval(
        START - timedelta(days=7), START - 500 * MINUTE, complete=False, note=appstore.CUT
    )
    assert read == Interval(START - 500 * MINUTE, START)
    assert len(world.requests) == 10


def test_an_edited_review_comes_again(world: World) -> None:
    world.write([START - each * MINUTE for each in range(1, 4)])
    cursor = poll_all(world.source(), None, START, "gb")[-1].cursor
    world.now += 10 * MINUTE
    world.reviews["gb"][1] = review("2", START + MINUTE, rating=5, text="They found it.")
    [batch] = poll_all(world.source(), cursor, world.now, "gb")
    assert [(each.id, each.created_at) for each in batch.mentions] == [("2", START + MINUTE)]
    assert batch.mentions[0].text.startswith("5 of 5 stars")
    assert keys(poll_all(world.source(), batch.cursor, world.now, "gb")) == []


def test_new_votes_are_a_reading_and_nothing_else(world: World) -> None:
    world.write([START - each * MINUTE for each in range(1, 4)])
    cursor = poll_all(world.source(), None, START, "gb")[-1].cursor
    world.now += 10 * MINUTE
    world.reviews["gb"][2]["im:voteSum"]["label"] = "31"
    [batch] = poll_all(world.source(), cursor, world.now, "gb")
    assert batch.mentions == ()
    assert batch.readings == (Reading("reviews", "3", world.now, likes=31),)


def test_a_review_that_is_shown_a_day_late_is_found(world: World) -> None:
    world.write([START - MINUTE])
    cursor = poll_all(world.source(), None, START, "gb")[-1].cursor
    world.now += timedelta(hours=1)
    late = world.write([START - timedelta(hours=24)])
    assert set(keys(poll_all(world.source(), cursor, world.now, "gb"))) == late


def test_an_empty_feed_where_there_were_reviews_is_an_error(world: World) -> None:
    world.write([START - each * MINUTE for each in range(1, 4)])
    cursor = poll_all(world.source(), None, START, "gb")[-1].cursor
    world.will(Answer(200, {"feed": {"link": []}}))
    with pytest.raises(SourceError, match="empty page") as caught:
        world.source().poll(cursor, START, "gb")
    assert not caught.value.permanent


def test_an_empty_page_in_the_middle_is_tried_again_for_an_hour(world: World) -> None:
    world.write([START - each * MINUTE for each in range(1, 121)])
    first = world.source().poll(None, START, "gb")
    for _ in range(2):
        world.will(Answer(200, {"feed": {"link": []}}))
    with pytest.raises(SourceError, match="empty page"):
        world.source().poll(first.cursor, START, "gb")
    batch = world.source().poll(first.cursor, START + timedelta(hours=1), "gb")
    lost, _ = batch.covered
    assert (lost.complete, lost.note, lost.end) == (False, appstore.EARLY, START - 50 * MINUTE)
    assert not batch.more


def test_what_is_no_review_is_passed_over_and_a_feed_of_nothing_else_is_an_error(world: World) -> None:
    app = {"im:name": {"label": "Kestrel"}, "id": {"label": "https://apps.apple.com/1"}}
    odd = [review("8", START) | {"updated": {"label": "yesterday"}}, review("9", START) | {"im:rating": 3}]
    world.will(Answer(200, {"feed": {"entry": [app, *odd, review("1", START - MINUTE)]}}))
    assert [key.id for key in keys([world.source().poll(None, START, "gb")])] == ["1"]
    world.will(Answer(200, {"feed": {"entry": odd}}))
    with pytest.raises(SourceError, match="no review"):
        world.source().poll(None, START, "gb")


def test_a_gap_that_is_left_is_reported(world: World) -> None:
    world.write([START - each * MINUTE for each in range(1, 121)])
    first = world.source().poll(None, START, "gb")
    left = world.source().leave(str(first.cursor), START, "gb")
    unread, read = left.covered
    assert (unread.end, unread.complete) == (START - 50 * MINUTE, False)
    assert (read.start, read.end, read.complete) == (START - 50 * MINUTE, START, True)
    again = poll_all(
        world.source(), world.source().reopen("gb", unread.start, unread.end, START), START, "gb"
    )
    assert len(keys(again)) == 70
    assert again[-1].covered == (replace(unread, complete=True, note=""),)
    world.now += MINUTE
    new = world.write([world.now - timedelta(seconds=9)])
    assert new <= set(keys([world.source().poll(left.cursor, world.now, "gb")]))


def test_check_names_the_app_and_a_store_that_has_none(world: World) -> None:
    line = world.source().check()
    assert "'Kestrel Parcels' in gb, us" in line
    with pytest.raises(SourceError, match="'de' has no app") as caught:
        world.source(countries=["gb", "de"]).check()
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("key", "value"), [("app", "id310633997"), ("countries", ["GB"]), ("countries", []), ("every", 1)]
)
def test_settings_that_can_not_work_are_refused(key: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        settings(**{key: value})
