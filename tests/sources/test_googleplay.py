"""Google Play reviews over HTTP against a local server, which answers as the library expects of Google's."""

from __future__ import annotations

import http.client
import json
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.errors import SourceError
from monitor.model import Author, Interval, Mention, MentionKey, Reading
from sources import googleplay
from tests.contract_sources import BRAND, START, GuardedSourceContract, keys, poll_all
from tests.fake_platforms import Answer, Platform, Request, failing

MINUTE = timedelta(minutes=1)
APP = "com.example.parcels"


def review(id: str, at: datetime, score: int = 2, likes: int = 0, text: str = "It is late.") -> list[Any]:
    """As the site's own answers have it; the developer's reply stands in the eighth place."""
    reply = [id, "We are sorry", [int(at.timestamp()) + 60, 0]]
    image = ["ann", [None, 2, None, [None, None, "https://play-lh.example/1"]]]
    return [id, image, score, None, text, [int(at.timestamp()), 0], likes, reply, None, None, "4.1"]


def packed(answer: Any) -> bytes:
    envelope = [["wrb.fr", "oCPfdb", json.dumps(answer), None, None, None, "generic"], ["di", 62]]
    return b")]}'\n\n" + json.dumps(envelope).encode()


def unpacked(body: bytes) -> Any:
    return json.loads(json.loads(body.split(b"\n", 1)[1])[0][2])


class World(Platform):
    hosts = ("play.google.com",)
    secrets = ("SECRET-of-nobody",)
    lane = "en-GB"

    def __init__(self) -> None:
        super().__init__(START)
        self.reviews: list[list[Any]] = []

    def source(self, **changes: Any) -> googleplay.GooglePlaySource:
        source = googleplay.build(settings(**changes), "play", BRAND)
        assert isinstance(source, googleplay.GooglePlaySource)
        self.mount(source.session)
        return source

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        made = [review(f"gp:{len(self.reviews) + number}", at) for number, at in enumerate(times)]
        self.reviews += made
        return {MentionKey("play", each[0]) for each in made}

    def fail(self, kind: str) -> None:
        answer = failing(kind, self.secrets[0])
        slow, times = kind in ("late", "dripping"), 6 if kind == "redirect loop" else 1
        self.will_slowly(answer) if slow else self.will(*[answer] * times)

    def spoil(self, change: Callable[[Any], Any]) -> None:
        def spoiled(request: Request) -> Answer:
            true = self.answer(request)
            return replace(true, body=packed(change(unpacked(true.body))))

        self.will(spoiled)

    def answer(self, request: Request) -> Answer:
        if request.path == "/store/apps/details":
            return Answer(200 if request.params["id"] == APP else 404, b"<html>")
        assert request.path == "/_/PlayStoreUi/data/batchexecute"
        asked = json.loads(json.loads(request.params["f.req"])[0][0][1])
        assert asked[2] == [APP, 7] or asked[3] == [APP, 7]
        assert asked[1][:2] == [2, 2]
        size, *token = [each for each in asked[1][2] if each is not None]
        there = [each for each in self.reviews if each[5][0] <= self.now.timestamp()]
        there.sort(key=lambda each: each[5][0], reverse=True)
        begin = next((n for n, each in enumerate(there) if token and each[0] == token[0]), 0)
        page = there[begin : begin + size]
        if not page:
            return Answer(200, packed([]))
        rest = there[begin + size :]
        return Answer(200, packed([page, None, [None, rest[0][0]] if rest else [None, None], None]))


def settings(**changes: Any) -> googleplay.Settings:
    values = {"type": "googleplay", "app": APP, "languages": ["en-GB", "de-DE"]} | changes
    return googleplay.Settings.model_validate(values)


@pytest.fixture
def world() -> Iterator[World]:
    with World() as fake:
        yield fake


class TestContract(GuardedSourceContract):
    @pytest.fixture
    def world(self, world: World) -> World:
        return world


def test_a_review_without_the_developers_reply(world: World) -> None:
    world.reviews = [review("gp:A/1", START - MINUTE, score=1, likes=7, text="Lost it.")]
    batch = world.source().poll(None, START, "en-GB")
    assert batch.mentions == (
        Mention(
            source="play",
            id="gp:A/1",
            author=Author("gp:A/1", "ann", "ann"),
            text="1 of 5 stars: Lost it.",
            url=f"https://play.google.com/store/apps/details?id={APP}&reviewId=gp%3AA/1",
            created_at=START - MINUTE,
        ),
    )
    assert batch.readings == (Reading("play", "gp:A/1", START, likes=7),)
    assert world.source().about_brand


def test_stars_without_words(world: World) -> None:
    world.reviews = [review("gp:1", START - MINUTE, text="")]
    [mention] = world.source().poll(None, START, "en-GB").mentions
    assert mention.text == "2 of 5 stars"


def test_each_language_is_asked_for_itself(world: World) -> None:
    source = world.source()
    assert tuple(source.lanes) == ("en-GB", "de-DE")
    poll_all(source, None, START, "de-DE")
    assert [request.params["hl"] + request.params["gl"] for request in world.requests] == ["deDE"]


def test_certificates_are_still_checked_by_everything_else_in_the_process(world: World) -> None:
    world.source()
    context = http.client.HTTPSConnection("example.org")._context  # type: ignore[attr-defined]
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_an_edited_review_comes_again_and_new_likes_are_a_reading(world: World) -> None:
    world.write([START - each * MINUTE for each in range(1, 4)])
    cursor = poll_all(world.source(), None, START, "en-GB")[-1].cursor
    world.now += 10 * MINUTE
    world.reviews[1] = review("gp:1", START + MINUTE, score=5)
    world.reviews[2][6] = 31
    [batch] = poll_all(world.source(), cursor, world.now, "en-GB")
    assert [each.id for each in batch.mentions] == ["gp:1"]
    assert batch.readings[-1] == Reading("play", "gp:2", world.now, likes=31)
    assert len(batch.readings) == 2


def test_an_answer_that_parses_to_nothing_is_an_error(world: World) -> None:
    world.write([START - MINUTE])
    cursor = poll_all(world.source(), None, START, "en-GB")[-1].cursor
    moved = [[["something else"]], None, [None, None], None]
    for body, why in (
        (packed([]), "empty page"),
        (packed(moved), "no review"),
        (packed({"0": 1}), "where they were"),
        (b')]}\'\n\n[["wrb.fr","oCPfdb",null]]', "where they were"),
        (b')]}\'\n\n[["wrb.fr",null,["com.google.play.gateway.proto.PlayGatewayError"]]]', "refuses"),
    ):
        world.will(Answer(200, body))
        with pytest.raises(SourceError, match=why) as caught:
            world.source().poll(cursor, START, "en-GB")
        assert not caught.value.permanent


def test_a_token_that_gets_old_is_not_used(world: World) -> None:
    written = world.write([START - each * MINUTE for each in range(1, 400)])
    first = world.source().poll(None, START, "en-GB")
    world.now += timedelta(hours=5)
    written |= world.write([world.now - MINUTE])
    rest = poll_all(world.source(), first.cursor, world.now, "en-GB")
    assert sorted(keys([first, *rest])) == sorted(written)
    assert all(each.complete for batch in rest for each in batch.covered)


def test_a_list_that_ends_too_early_is_tried_again_and_then_told(world: World) -> None:
    world.write([START - each * MINUTE for each in range(1, 400)])
    first = world.source().poll(None, START, "en-GB")
    for _ in range(2):
        world.will(Answer(200, packed([])))
    with pytest.raises(SourceError, match="empty page"):
        world.source().poll(first.cursor, START + MINUTE, "en-GB")
    batch = world.source().poll(first.cursor, START + 10 * MINUTE, "en-GB")
    lost, read = batch.covered
    assert (lost.note, lost.complete, lost.end) == (googleplay.EARLY, False, START - 150 * MINUTE)
    assert read == Interval(START - 150 * MINUTE, START)


def test_a_list_that_repeats_itself_ends(world: World) -> None:
    world.write([START - each * timedelta(hours=1) for each in range(1, 165)])
    first = world.source().poll(None, START, "en-GB")
    again = world.answer(world.requests[-1])
    world.will(again)
    batch = world.source().poll(first.cursor, START, "en-GB")
    assert not batch.more
    assert [each.note for each in batch.covered if not each.complete] == [googleplay.REPEATS]


def test_a_stretch_is_read_once_more(world: World) -> None:
    world.write([START - each * MINUTE for each in range(1, 400)])
    source = world.source()
    cursor = source.reopen("en-GB", START - 300 * MINUTE, START - 200 * MINUTE, START)
    batches = poll_all(source, cursor, START, "en-GB")
    assert len(keys(batches)) == 100
    assert batches[-1].covered == (Interval(START - 300 * MINUTE, START - 200 * MINUTE),)


def test_check_tells_an_app_that_is_not_there(world: World) -> None:
    world.write([START - MINUTE])
    assert f"{APP}, en-GB: 1, de-DE: 1" in world.source().check()
    world.will(Answer(200, packed([])))
    source = world.source(app="com.example.none", languages=["en-GB"])
    with pytest.raises(SourceError, match=re.escape("no app com.example.none")) as caught:
        source.check()
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("key", "value"),
    [("app", "parcels"), ("app", 'a.b"]'), ("languages", ["en"]), ("languages", []), ("every", 1)],
)
def test_settings_that_can_not_work_are_refused(key: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        settings(**{key: value})
