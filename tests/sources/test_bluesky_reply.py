"""Replies on Bluesky: the real `atproto` over HTTP, against a local server written after the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.errors import PostError
from monitor.model import Author, Mention
from monitor.reply import Approved
from sources import bluesky
from sources.bluesky_reply import BlueskyPoster, facets, key
from tests.contract_posters import MINUTE, OnLoopback, PosterContract, reply, since
from tests.contract_sources import START
from tests.fake_platforms import Answer, Request
from tests.fakes.bluesky import ACCESS, CID, HANDLE, PASSWORD, REFRESH, FakeBluesky, did

CUSTOMER = "ann.example.com"
LOGIN = {"identifier": HANDLE, "app_password": {"env": "BLUESKY_PASSWORD"}}


class BlueskyWorld(OnLoopback):
    secrets: Sequence[str] = (PASSWORD, ACCESS, REFRESH)
    echo = PASSWORD + ACCESS + REFRESH

    def __init__(self, fake: FakeBluesky) -> None:
        self.fake: FakeBluesky = fake

    def writes(self, request: Request) -> bool:
        return request.path.endswith("createRecord")

    def poster(self) -> BlueskyPoster:
        made = bluesky.poster(settings(**LOGIN, reply={}), "bluesky")
        assert isinstance(made, BlueskyPoster)
        self.fake.mount(made.session)
        return made

    def mention(self, **more: Any) -> Mention:
        event = self.fake.post(self.now - 30 * MINUTE, **more)
        return Mention(
            "bluesky",
            event.uri,
            Author(event.author, CUSTOMER),
            "acme is late again",
            "https://bsky.app",
            event.at,
        )

    def shown(self, to: Mention) -> list[str]:
        return [
            each["text"] for each in self.fake.records.values() if each["reply"]["parent"]["uri"] == to.id
        ]

    def remove(self, to: Mention) -> None:
        self.fake.hidden.add(to.id)


def settings(**changes: Any) -> bluesky.Settings:
    return bluesky.Settings.model_validate({"type": "bluesky"} | changes)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[BlueskyWorld]:
    monkeypatch.setenv("BLUESKY_PASSWORD", PASSWORD)
    with FakeBluesky(now=START) as fake:
        yield BlueskyWorld(fake)


class TestContract(PosterContract):
    @pytest.fixture
    def world(self, world: BlueskyWorld) -> BlueskyWorld:
        return world


def refused(world: BlueskyWorld, to: Mention, match: str, text: str = "sorry") -> PostError:
    before = len(world.fake.records)
    with pytest.raises(PostError, match=match) as caught:
        world.poster().post(reply(world, to, text), to, world.now)
    assert len(world.fake.records) == before
    return caught.value


def bare(value: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name != "$type"}


def test_the_record_names_the_post_its_thread_and_the_customer(world: BlueskyWorld) -> None:
    root = {"uri": f"at://{did(5)}/app.bsky.feed.post/3kabcdefghijk", "cid": CID}
    to = world.mention(reply={"root": root, "parent": root})
    approved = replace(
        reply(world, to), text=f"🐦 Hello @{CUSTOMER}, see https://kestrel.example/a. #sorry @other.example"
    )
    posted = world.poster().post(approved, to, world.now)
    [(uri, record)] = world.fake.records.items()
    assert posted == (uri, f"https://bsky.app/profile/{did(99)}/post/{uri.rsplit('/', 1)[1]}")
    assert {name: bare(each) for name, each in record["reply"].items() if name != "$type"} == {
        "root": root,
        "parent": {"uri": to.id, "cid": CID},
    }
    assert record["createdAt"] == "2026-11-01T12:00:00.000Z"
    said = approved.text.encode()
    named = {
        said[each["index"]["byteStart"] : each["index"]["byteEnd"]].decode(): bare(each["features"][0])
        for each in record["facets"]
    }
    assert named == {
        f"@{CUSTOMER}": {"did": to.author.id},
        "https://kestrel.example/a": {"uri": "https://kestrel.example/a"},
        "#sorry": {"tag": "sorry"},
    }


def test_a_customer_who_has_a_new_handle_is_named_by_the_new_and_the_old_one(world: BlueskyWorld) -> None:
    to = world.mention()
    world.fake.profiles[to.author.id] = {
        "did": to.author.id,
        "handle": "ann.new.example.com",
        "displayName": "Ann",
    }
    for number, handle in enumerate((CUSTOMER.upper(), "ann.new.example.com")):
        approved = replace(reply(world, to, key=f"reply {number}"), text=f"Hello @{handle.lower()}")
        world.poster().post(approved, to, world.now)
    found = [record["facets"][0]["features"][0]["did"] for record in world.fake.records.values()]
    assert found == [to.author.id] * 2


def test_a_plain_text_has_no_facets() -> None:
    assert facets("a. b, c d@e.f", did(), {"e.f"}) == []


def test_a_thread_that_the_author_has_closed(world: BlueskyWorld) -> None:
    to = world.mention()
    world.fake.closed.add(to.id)
    assert refused(world, to, "has chosen who may").permanent


@pytest.mark.parametrize(
    ("why", "said"), [("blockedBy", "author has blocked it"), ("blocking", "blocks the post's author")]
)
def test_somebody_has_blocked_the_other(world: BlueskyWorld, why: str, said: str) -> None:
    to = world.mention()
    world.fake.blocking[to.author.id] = why
    assert refused(world, to, said).permanent


def test_a_young_post_that_is_not_shown_may_be_shown_later(world: BlueskyWorld) -> None:
    to = world.mention()
    world.remove(to)
    world.now -= 25 * MINUTE
    assert not refused(world, to, "not show the post yet").permanent


def test_an_author_who_is_gone(world: BlueskyWorld) -> None:
    to = world.mention()
    world.remove(to)
    gone = Answer(400, {"error": "AccountTakedown", "message": "Account has been suspended"})
    world.fake.will(*[lambda _: None] * 2, gone)
    assert refused(world, to, "does not show the post any more").permanent


def test_a_text_that_is_too_long(world: BlueskyWorld) -> None:
    assert refused(world, world.mention(), "refuses the text", "a" * 400).permanent


def test_a_wrong_password(world: BlueskyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUESKY_PASSWORD", "wrong-SECRET")
    error = refused(world, world.mention(), "refuses the credentials")
    assert error.permanent
    assert "SECRET" not in str(error)
    with pytest.raises(PostError, match="refuses the credentials"):
        world.poster().check()


@pytest.mark.parametrize(
    "answer", [Answer(401, {"error": "InvalidToken"}), Answer(400, {"error": "ExpiredToken"})]
)
@pytest.mark.parametrize("after", range(3))
def test_a_token_that_was_good_is_renewed(world: BlueskyWorld, answer: Answer, after: int) -> None:
    """A changed app password, a restarted server: the reply goes out all the same, once."""
    poster = world.poster()
    poster.check()
    to = world.mention()
    approved = reply(world, to)
    world.fake.will(*[lambda _: None] * after, answer)
    poster.post(approved, to, world.now)
    assert not world.pending()
    assert world.shown(to) == [approved.text]


def test_something_else_at_its_place_is_no_answer(world: BlueskyWorld) -> None:
    to, other = world.mention(), world.mention()
    approved = reply(world, to)
    posted = world.poster().post(approved, to, world.now)
    world.fake.records[posted.id]["reply"]["parent"]["uri"] = other.id
    with pytest.raises(PostError, match="something else") as caught:
        world.poster().find(approved, to, since(world), world.now)
    assert not caught.value.permanent


def test_how_long_to_wait(world: BlueskyWorld) -> None:
    to = world.mention()
    reset = str(int(world.now.timestamp()) + 90)
    world.fake.will(Answer(429, {"error": "RateLimitExceeded"}, {"ratelimit-reset": reset}))
    with pytest.raises(PostError) as caught:
        world.poster().post(reply(world, to), to, world.now)
    assert (caught.value.permanent, caught.value.retry_after) == (False, 90)


def test_an_account_that_is_suspended(world: BlueskyWorld) -> None:
    world.fake.active = False
    with pytest.raises(PostError, match="suspends the account") as caught:
        world.poster().check()
    assert caught.value.permanent


def test_check(world: BlueskyWorld) -> None:
    assert world.poster().check() == f"bluesky: replies as @{HANDLE} on https://bsky.social"


MENTION = Mention("bluesky", "at://did:plc:a/app.bsky.feed.post/3k", Author("did:plc:a", "a"), "", "", START)
approvals = st.builds(
    Approved,
    st.just("sorry"),
    st.just(("Sam",)),
    st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.text(),
)


@given(approvals, approvals)
def test_a_record_key_is_a_valid_one_of_the_second_before(one: Approved, other: Approved) -> None:
    made = key(one, MENTION)
    assert made == key(replace(one, text="another"), MENTION)
    assert len(made) == 13
    assert made[0] in "234567abcdefghij"
    value = 0
    for character in made:
        value = value << 5 | "234567abcdefghijklmnopqrstuvwxyz".index(character)
    written = datetime.fromtimestamp((value >> 10) / 1e6, UTC)
    assert timedelta(0) <= one.at - written <= timedelta(seconds=2)
    assert (made == key(other, MENTION)) == ((one.key, one.at) == (other.key, other.at))


def test_a_login_of_its_own(world: BlueskyWorld) -> None:
    made = bluesky.poster(settings(reply=LOGIN), "bluesky")
    assert isinstance(made, BlueskyPoster)
    world.fake.mount(made.session)
    assert HANDLE in made.check()


def test_nothing_is_posted_unless_the_table_is_there(world: BlueskyWorld) -> None:
    assert bluesky.poster(settings(**LOGIN), "bluesky") is None


@pytest.mark.parametrize(
    ("table", "reason"),
    [({}, "reply needs identifier"), ({"identifier": HANDLE}, "belong together"), ({"post": True}, "Extra")],
)
def test_settings_that_can_not_work(table: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        settings(reply=table)
