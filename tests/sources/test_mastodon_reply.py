"""Replies on Mastodon: the real Mastodon.py over HTTP, against a local server and against mastodon-mock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.errors import PostError
from monitor.model import Author, Mention
from monitor.reply import Approved
from sources import mastodon
from sources.mastodon_reply import MastodonPoster, names
from tests.contract_posters import TEXTS, OnLoopback, PosterContract, reply, since
from tests.contract_sources import START
from tests.fake_platforms import TOKEN, Answer, Request
from tests.fakes.mastodon import FakeMastodon, status

MINUTE = timedelta(minutes=1)


class MastodonWorld(OnLoopback):
    secrets: Sequence[str] = (TOKEN,)
    echo = TOKEN

    def __init__(self, fake: FakeMastodon) -> None:
        self.fake: FakeMastodon = fake

    def writes(self, request: Request) -> bool:
        return request.method == "POST"

    def poster(self, **reply: Any) -> MastodonPoster:
        made = mastodon.poster(settings(reply=reply), "mastodon")
        assert isinstance(made, MastodonPoster)
        self.fake.mount(made.session)
        return made

    def mention(self) -> Mention:
        made = status(self.now - MINUTE, sequence=len(self.fake.statuses))
        self.fake.statuses.append(made)
        return Mention(
            "mastodon",
            made["id"],
            Author("7", "ann@other.example"),
            "acme is late again",
            made["url"],
            self.now - MINUTE,
        )

    def shown(self, to: Mention) -> list[str]:
        return [each["_text"] for each in self.fake.replies if each["in_reply_to_id"] == to.id]

    def remove(self, to: Mention) -> None:
        self.fake.statuses = [each for each in self.fake.statuses if each["id"] != to.id]


def settings(**changes: Any) -> mastodon.Settings:
    return mastodon.Settings.model_validate(
        {"type": "mastodon", "access_token": {"env": "MASTODON_TOKEN"}} | changes
    )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[MastodonWorld]:
    monkeypatch.setenv("MASTODON_TOKEN", TOKEN)
    with FakeMastodon(now=START) as fake:
        yield MastodonWorld(fake)


class TestContract(PosterContract):
    @pytest.fixture
    def world(self, world: MastodonWorld) -> MastodonWorld:
        return world


def test_it_is_unlisted_and_below_the_post(world: MastodonWorld) -> None:
    to = world.mention()
    posted = world.poster().post(reply(world, to), to, world.now)
    [made] = world.fake.replies
    assert (made["in_reply_to_id"], made["visibility"]) == (to.id, "unlisted")
    assert posted == (made["id"], made["url"])


def test_it_is_found_after_the_server_has_forgotten_its_key(world: MastodonWorld) -> None:
    """Also below many others, whatever HTML the server made of it, and by its words alone."""
    to = world.mention()
    approved = reply(world, to, TEXTS[2])
    posted = world.poster().post(approved, to, world.now)
    for number in range(100):
        world.now += timedelta(seconds=1)
        world.poster().post(reply(world, to, f"Another one, {number}", f"reply {number + 20}"), to, world.now)
    assert world.poster().find(approved, to, since(world) - 5 * MINUTE, world.now) == posted


def test_an_account_that_posts_too_much_to_tell(
    world: MastodonWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.mastodon_reply.PAGES", 2)
    to, other = world.mention(), world.mention()
    for number in range(90):
        world.poster().post(reply(world, to, f"{number}", f"reply {number + 20}"), to, world.now)
    with pytest.raises(PostError, match="too much since then to tell") as caught:
        world.poster().find(reply(world, other), other, since(world), world.now)
    assert not caught.value.permanent


def test_a_listing_with_a_post_that_can_not_be_read_tells_nothing(world: MastodonWorld) -> None:
    """It may be the one that is looked for."""
    to = world.mention()
    approved = reply(world, to)
    world.poster().post(approved, to, world.now)
    world.fake.replies[0]["created_at"] = "yesterday"
    with pytest.raises(PostError, match="not whole") as caught:
        world.poster().find(approved, to, since(world), world.now)
    assert not caught.value.permanent


def test_a_post_that_goes_between_two_requests(world: MastodonWorld) -> None:
    """It may also be that its author has blocked the account; a web server's own 404 says neither."""
    to = world.mention()
    for body, said in (
        ({"error": "Record not found"}, "gone, or its author"),
        (b"<html>", "at that address"),
    ):
        world.fake.will(lambda _: None, Answer(404, body))
        with pytest.raises(PostError, match=said) as caught:
            world.poster().post(reply(world, to), to, world.now)
        assert caught.value.permanent


def test_a_text_that_the_server_refuses(world: MastodonWorld) -> None:
    to = world.mention()
    with pytest.raises(PostError, match="refuses the text") as caught:
        world.poster().post(reply(world, to, "a" * 600), to, world.now)
    assert caught.value.permanent


def test_a_reply_that_nobody_would_hear_of(world: MastodonWorld) -> None:
    to = world.mention()
    for text in ("Hello", "@ann hello", "@ann@other.example.org hello", "x@ann@other.example"):
        with pytest.raises(PostError, match="does not name its customer") as caught:
            world.poster().post(replace(reply(world, to), text=text), to, world.now)
        assert caught.value.permanent
    assert world.fake.requests == []


@pytest.mark.parametrize(
    ("text", "handle", "named"),
    [
        ("@ann hello", "ann", True),
        ("Hello @Ann, sorry", "ann", True),
        ("Hello (@ann@mastodon.social).", "ann", True),
        ("@ann@elsewhere.example hello", "ann", False),
        ("@anna hello", "ann", False),
        ("@ann-marie hello", "ann", False),
        ("@ann.b@other.example.", "ann.b@other.example", True),
        ("me@ann", "ann", False),
        ("https://mastodon.social/@ann", "ann", False),
        ("@", "", False),
    ],
)
def test_who_is_named(text: str, handle: str, named: bool) -> None:
    assert names(text, handle, "mastodon.social") is named


@pytest.mark.parametrize(
    ("scopes", "said"),
    [
        (["read", "write"], "mastodon: replies as @acme of https://mastodon.social"),
        (["read:accounts", "write:statuses"], "mastodon: replies as @acme of https://mastodon.social"),
        (
            None,
            "mastodon: replies as @acme of https://mastodon.social; "
            "the server does not tell whether its token may post",
        ),
    ],
)
def test_check(world: MastodonWorld, scopes: list[str] | None, said: str) -> None:
    world.fake.scopes = scopes
    assert world.poster().check() == said


def test_a_token_that_may_only_read(world: MastodonWorld) -> None:
    world.fake.scopes = ["read"]
    with pytest.raises(PostError, match="write:statuses") as caught:
        world.poster().check()
    assert caught.value.permanent
    to = world.mention()
    with pytest.raises(PostError, match="write:statuses") as caught:
        world.poster().post(reply(world, to), to, world.now)
    assert caught.value.permanent


def test_a_token_of_its_own(world: MastodonWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READER_TOKEN", "reader")
    table = {"access_token": {"env": "READER_TOKEN"}, "reply": {"access_token": {"env": "MASTODON_TOKEN"}}}
    made = mastodon.poster(settings(**table), "mastodon")
    assert isinstance(made, MastodonPoster)
    world.fake.mount(made.session)
    made.check()
    assert {each.headers["authorization"] for each in world.fake.requests} == {f"Bearer {TOKEN}"}


def test_nothing_is_posted_unless_the_table_is_there(world: MastodonWorld) -> None:
    assert mastodon.poster(settings(), "mastodon") is None


def test_a_table_without_any_token() -> None:
    with pytest.raises(ValidationError, match="reply needs an access_token"):
        mastodon.Settings.model_validate({"type": "mastodon", "reply": {}})


def test_a_web_server_that_knows_nothing_is_no_proof(world: MastodonWorld) -> None:
    """Its 404 does not say that the reply is not there."""
    to = world.mention()
    approved = reply(world, to)
    world.poster().post(approved, to, world.now)
    page = Answer(404, b"<html>nothing here", {"Content-Type": "text/html"})
    for after in range(3):
        world.fake.will(*[lambda _: None] * after, page)
        with pytest.raises(PostError):
            world.poster().find(approved, to, since(world), world.now)


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    testing = pytest.importorskip("mastodon_mock.testing")
    with testing.MockServer() as server:
        yield server


class TestMastodonMock:
    """Another's server: its own HTML, its own ids, its own idempotency."""

    @pytest.fixture
    def bob(self, server: Any) -> Any:
        from mastodon import Mastodon

        return Mastodon(api_base_url=server.base_url, access_token="bob_token")

    @pytest.fixture
    def poster(self, server: Any, monkeypatch: pytest.MonkeyPatch) -> MastodonPoster:
        monkeypatch.setenv("MASTODON_TOKEN", "alice_token")
        made = mastodon.poster(settings(server=server.base_url, reply={}), "mastodon")
        assert isinstance(made, MastodonPoster)
        return made

    @pytest.mark.parametrize("text", TEXTS)
    def test_posted_once_and_found(self, bob: Any, poster: MastodonPoster, text: str) -> None:
        now = datetime.now(UTC)
        made = bob.status_post("alice, where is my parcel?")
        to = Mention("mastodon", str(made["id"]), Author("2", "bob"), "?", "https://x.example", now)
        approved = Approved(f"@bob {text}", ("Sam",), now, "reply 12")
        assert poster.find(approved, to, now, now) is None
        posted = poster.post(approved, to, now)
        assert poster.post(approved, to, now) == posted
        [shown] = bob.status_context(made["id"])["descendants"]
        assert bob.status_source(shown["id"])["text"] == approved.text
        assert (str(shown["id"]), shown["visibility"]) == (posted.id, "unlisted")
        assert poster.find(approved, to, now, now) == posted
        assert poster.find(replace(approved, text="@bob no"), to, now, now) is None

    def test_a_post_that_is_gone(self, bob: Any, poster: MastodonPoster) -> None:
        now = datetime.now(UTC)
        made = bob.status_post("alice, where is my parcel?")
        bob.status_delete(made["id"])
        to = Mention("mastodon", str(made["id"]), Author("2", "bob"), "?", "https://x.example", now)
        with pytest.raises(PostError) as caught:
            poster.post(Approved("@bob sorry", ("Sam",), now, "reply 13"), to, now)
        assert caught.value.permanent

    def test_check(self, poster: MastodonPoster) -> None:
        assert "replies as @alice" in poster.check()
