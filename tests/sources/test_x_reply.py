"""Replies on X: the real tweepy over HTTP against a local X, which checks each signature."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.errors import PostError
from monitor.model import Author, Mention
from monitor.reply import Approved
from sources import x, x_reply
from tests.contract_posters import MINUTE, TEXTS, OnLoopback, PosterContract, reply, since
from tests.contract_sources import START
from tests.fake_platforms import TOKEN, Answer, Request, x_problem
from tests.fakes.x_account import (
    ACCESS,
    ACCESS_SECRET,
    DELETED,
    DUPLICATE,
    KEY,
    KEY_SECRET,
    FakeXAccount,
    forbidden,
    wrapped,
)

SECRETS = {
    "consumer_key": KEY,
    "consumer_secret": KEY_SECRET,
    "access_token": ACCESS,
    "access_token_secret": ACCESS_SECRET,
}
SPECS = Path(__file__).resolve().parents[3] / "shared" / "payloads" / "specs"


class XWorld(OnLoopback):
    secrets: Sequence[str] = tuple(SECRETS.values())
    echo = f"OAuth {ACCESS_SECRET} {KEY_SECRET} is wrong\x1b[31m\n"
    fake: FakeXAccount

    def __init__(self, fake: FakeXAccount) -> None:
        self.fake = fake

    def poster(self) -> x_reply.XPoster:
        made = x.poster(settings(), "x")
        assert isinstance(made, x_reply.XPoster)
        self.fake.mount(made.session)
        return made

    def mention(self) -> Mention:
        number = len(self.fake.posts)
        post = self.fake.somebodys("@kestrelparcels where is my parcel?", number % 2048)
        author = Author("7", f"ann{number}", "Ann", 120)
        url = f"https://x.com/{author.handle}/status/{post['id']}"
        return Mention("x", post["id"], author, post["text"], url, self.now)

    def shown(self, to: Mention) -> list[str]:
        return self.fake.below(to.id)

    def remove(self, to: Mention) -> None:
        self.fake.gone[to.id] = "resource-not-found"

    def writes(self, request: Request) -> bool:
        return request.method == "POST"


def settings(**changes: Any) -> x.Settings:
    account = {key: {"env": f"X_{key.upper()}"} for key in SECRETS}
    values = {"type": "x", "bearer_token": {"env": "X_TOKEN"}, "query": "acme", "reply": account} | changes
    return x.Settings.model_validate(values)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[XWorld]:
    monkeypatch.setenv("X_TOKEN", TOKEN)
    for key, secret in SECRETS.items():
        monkeypatch.setenv(f"X_{key.upper()}", secret)
    with FakeXAccount(now=START) as fake:
        yield XWorld(fake)


class TestContract(PosterContract):
    @pytest.fixture
    def world(self, world: XWorld) -> XWorld:
        return world


def test_what_is_asked_of_x(world: XWorld) -> None:
    to = world.mention()
    approved = reply(world, to, TEXTS[1])
    posted = world.poster().post(approved, to, world.now)
    [request] = world.fake.requests
    assert json.loads(request.body) == {"text": approved.text, "reply": {"in_reply_to_tweet_id": to.id}}
    assert posted == (posted.id, f"https://x.com/i/status/{posted.id}")
    assert world.poster().find(approved, to, since(world), world.now) == posted
    me, own = world.fake.requests[1:]
    assert (me.path, own.path) == ("/2/users/me", "/2/users/99/tweets")
    assert own.params["max_results"] == "100"
    assert own.params["tweet.fields"] == "note_tweet,referenced_tweets"


LINKS = (
    "It left Hull at noon: https://kestrelparcels.com/track?id=1&lang=en (or kestrelparcels.com/help). Sam",
    "https://kestrelparcels.com",
    "Look: (https://kestrelparcels.com/a), https://kestrelparcels.com/b. Sam",
    "Tom & Ann <3 R&amp;D &lt;b&gt; https://kestrelparcels.com/?a=1&b=2",
    "Cafe\u0301 https://kestrelparcels.com/" + "x" * 200 + " and then " + "more " * 80,
    *TEXTS,
)


@pytest.mark.parametrize("text", LINKS)
@pytest.mark.parametrize("auto", ["", "@ann ", "@ann @ben "])
def test_what_x_makes_of_a_text_is_found_again(world: XWorld, text: str, auto: str) -> None:
    world.fake.auto = auto
    to = world.mention()
    approved = Approved(text, ("Sam",), START - MINUTE, "reply 1")
    posted = world.poster().post(approved, to, START)
    [own] = world.fake.own
    assert "kestrelparcels.com" not in own["text"]
    assert world.poster().find(approved, to, START - MINUTE, START + MINUTE) == posted


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.text(st.characters(codec="utf-8"), max_size=60))
def test_only_the_same_text_is_the_same(one: str, other: str) -> None:
    assert x_reply.is_same(one, wrapped(one))
    if one.split() != other.split() and "@" not in one + other and one.isascii() and other.isascii():
        assert not x_reply.is_same(one, wrapped(other)) or "t.co" in wrapped(other)


@pytest.mark.parametrize(
    ("approved", "shown"),
    [
        ("It left Hull: kestrel.com/a Sam", "It left Hull: https://t.co/0123456789 Kim"),
        ("It left Hull: Sam", "It left Hull: https://t.co/0123456789 Sam"),
        ("It left Hull. Sam", "It left Hull."),
        ("Hello ann", "Hello @ann"),
        ("a b", "https://t.co/0123456789"),
        ("ab", "a https://t.co/0123456789 b"),
    ],
)
def test_another_text_is_another(approved: str, shown: str) -> None:
    assert not x_reply.is_same(approved, shown)


def test_an_own_post_elsewhere_or_from_before_is_not_the_reply(world: XWorld) -> None:
    to, other = world.mention(), world.mention()
    approved = reply(world, to)
    poster = world.poster()
    world.now += timedelta(hours=1)
    world.fake.write(approved.text, other.id, world.now)
    world.fake.write(approved.text, to.id, START + MINUTE)
    assert poster.find(approved, to, since(world), world.now) is None
    world.fake.write(approved.text, to.id, world.now)
    assert poster.find(approved, to, since(world), world.now)


def test_a_clock_that_is_behind_hides_nothing(world: XWorld) -> None:
    to = world.mention()
    approved = reply(world, to)
    world.fake.write(approved.text, to.id, START + timedelta(seconds=10))
    assert world.poster().find(approved, to, START + MINUTE, START + MINUTE)


def test_only_posts_since_the_one_that_is_answered_are_paid_for(world: XWorld) -> None:
    for number in range(50):
        world.fake.write(f"hello {number}", "1", START - timedelta(seconds=100 - number))
    to = world.mention()
    approved = reply(world, to)
    assert world.poster().find(approved, to, START - timedelta(days=1), START) is None
    assert world.fake.requests[-1].params["since_id"] == to.id


def test_a_reply_among_hundreds_is_found_and_among_thousands_it_can_not_be_said(world: XWorld) -> None:
    to = world.mention()
    approved = reply(world, to)
    start = since(world)
    world.fake.now += MINUTE
    posted = world.poster().post(approved, to, world.now)
    for number in range(350):
        world.fake.write(f"hello {number}", "1", world.now + timedelta(seconds=number))
    assert world.poster().find(approved, to, start, world.now) == posted
    assert len(world.fake.requests) == 1 + 1 + 4
    for number in range(2750):
        world.fake.write(f"again {number}", "1", world.now + timedelta(seconds=400 + number))
    with pytest.raises(PostError, match="too many posts") as caught:
        world.poster().find(approved, to, start, world.now)
    assert not caught.value.permanent


def test_looking_ends(world: XWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    to = world.mention()
    for number in range(350):
        world.fake.write(f"hello {number}", "1", START + timedelta(seconds=number))
    monkeypatch.setattr(x_reply, "LOOKING", -1.0)
    with pytest.raises(PostError, match="too many"):
        world.poster().find(reply(world, to), to, since(world), START)
    assert len(world.fake.requests) == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"errors": [x_problem("resource-not-found", "Not Found", "no user")]},
        {"data": [], "meta": None},
        {"meta": {"result_count": "0"}},
        {"data": [{"id": "no"}], "meta": {"result_count": 1}},
    ],
)
def test_a_list_that_is_none_does_not_say_that_it_is_not_there(world: XWorld, body: dict[str, Any]) -> None:
    to = world.mention()
    poster = world.poster()
    poster.check()
    world.fake.will(Answer(200, body))
    with pytest.raises(PostError) as caught:
        poster.find(reply(world, to), to, since(world), START)
    assert not caught.value.permanent


def test_a_text_that_the_account_posted_elsewhere_is_refused(world: XWorld) -> None:
    to = world.mention()
    world.fake.will(DUPLICATE)
    with pytest.raises(PostError, match="takes no text twice") as caught:
        world.poster().post(reply(world, to), to, START)
    assert caught.value.permanent
    assert world.shown(to) == []


def test_a_repetition_that_can_not_be_looked_for_is_tried_again(world: XWorld) -> None:
    to = world.mention()
    world.fake.will(DUPLICATE, Answer(503))
    with pytest.raises(PostError, match="503") as caught:
        world.poster().post(reply(world, to), to, START)
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("answer", "words", "retry_after"),
    [
        (
            forbidden(
                "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the "
                "author of the post you are replying to."
            ),
            "only where the post names or quotes the account; copy it",
            None,
        ),
        (
            forbidden("You can only reply to or quote posts where you are mentioned or are the author."),
            "copy it",
            None,
        ),
        (
            forbidden("The original Tweet author restricted who can reply to this Tweet."),
            "closed the replies",
            None,
        ),
        (DELETED, "deleted, or hidden", None),
        (Answer(400, DELETED.body), "deleted, or hidden", None),
        (forbidden("You have been blocked from the author of this post."), "blocked it", None),
        (forbidden("Your Tweet text is too long."), "too long", None),
        (
            Answer(403, {"errors": [{"code": 186, "message": "Tweet needs to be a bit shorter."}]}),
            "too long",
            None,
        ),
        (
            Answer(
                403,
                x_problem(
                    "oauth1-permissions",
                    "Forbidden",
                    "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.",
                ),
            ),
            "permission to write",
            None,
        ),
        (
            forbidden("Your account is suspended and is not permitted to access this feature."),
            "suspended",
            None,
        ),
        (
            Answer(401, {"title": "Unauthorized"}),
            "refuses the keys or the token, or this machine's clock",
            None,
        ),
        (Answer(402, {"title": "CreditsDepleted"}), "credits are used up", None),
        (forbidden("Something new."), "refuses the request: Forbidden; Something new.", None),
        (Answer(400, {"detail": f"{ACCESS_SECRET} {KEY}\x1b[2J"}), r"request: \*\*\* \*\*\* \[2J", None),
        (forbidden("User is over daily status update limit."), "no more posts", 1800),
        (forbidden("This request looks like it might be automated."), "abuse", 3600),
        (
            Answer(429, {}, {"x-rate-limit-remaining": "0", "x-rate-limit-reset": "1793534490"}),
            "slow down",
            90,
        ),
        (
            Answer(
                429, {}, {"x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": "1793541600"}
            ),
            "slow down",
            7200,
        ),
    ],
)
def test_refusals_are_told_apart(
    world: XWorld, answer: Answer, words: str, retry_after: float | None
) -> None:
    to = world.mention()
    world.fake.will(answer)
    with pytest.raises(PostError, match=words) as caught:
        world.poster().post(reply(world, to), to, START)
    assert (caught.value.permanent, caught.value.retry_after) == (retry_after is None, retry_after)
    assert str(caught.value).isprintable()
    assert not [secret for secret in world.secrets if secret in str(caught.value)]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_reply_goes_nowhere_else(world: XWorld, status: int) -> None:
    to = world.mention()
    world.fake.will(Answer(status, {}, {"Location": "https://api.twitter.com/2/tweets"}))
    with pytest.raises(PostError) as caught:
        world.poster().post(reply(world, to), to, START)
    assert not caught.value.permanent
    assert len(world.fake.requests) == 1
    assert world.shown(to) == []


@pytest.mark.parametrize("body", [{}, {"data": {"text": "x"}}, {"data": {"id": "../1"}}, {"data": None}])
def test_an_answer_that_names_no_post_leaves_it_open(world: XWorld, body: dict[str, Any]) -> None:
    to = world.mention()
    world.fake.will(Answer(201, body))
    with pytest.raises(PostError, match="names no post") as caught:
        world.poster().post(reply(world, to), to, START)
    assert not caught.value.permanent


def test_check_names_the_account_and_what_its_token_may_do(world: XWorld) -> None:
    assert world.poster().check() == "x: replies are posted as @kestrelparcels"
    world.fake.access = "read-write-directmessages"
    assert world.poster().check() == "x: replies are posted as @kestrelparcels"
    world.fake.access = "read"
    with pytest.raises(PostError, match="lets this app only read") as caught:
        world.poster().check()
    assert caught.value.permanent
    assert {request.path for request in world.fake.requests} == {"/2/users/me"}


@pytest.mark.parametrize(
    "user", [{}, {"id": "99"}, {"id": "9/9", "username": "ann"}, {"id": "99", "username": "a\nb"}]
)
def test_an_account_without_a_name_is_none(world: XWorld, user: dict[str, Any]) -> None:
    world.fake.will(Answer(200, {"data": user}))
    with pytest.raises(PostError, match="names no account"):
        world.poster().check()


def test_wrong_keys_are_refused(world: XWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_ACCESS_TOKEN_SECRET", "another-SECRET")
    to = world.mention()
    with pytest.raises(PostError, match="refuses the keys") as caught:
        world.poster().post(reply(world, to), to, START)
    assert caught.value.permanent
    assert "another-SECRET" not in str(caught.value)


def test_logs_tell_no_signature(world: XWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    to = world.mention()
    world.poster().post(reply(world, to), to, START)
    [request] = world.fake.requests
    assert "oauth_signature" in request.headers["authorization"]
    assert "oauth_signature" not in caplog.text


def test_settings(world: XWorld) -> None:
    assert x.poster(settings(reply=None), "x") is None
    assert not [secret for secret in world.secrets if secret in repr(settings())]
    for key in SECRETS:
        account = {each: {"env": "X_TOKEN"} for each in SECRETS if each != key}
        with pytest.raises(ValidationError, match=key):
            settings(reply=account)
        with pytest.raises(ValidationError, match="never written here"):
            settings(reply=account | {key: "hunter2"})


@pytest.mark.skipif(not SPECS.is_dir(), reason="X's description is not here")
@pytest.mark.filterwarnings("ignore:Unsupported scheme type")
def test_what_is_asked_and_answered_is_as_x_describes_it(world: XWorld) -> None:
    openapi = pytest.importorskip("openapi_core")
    from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse

    from tests.sources.test_recorded import renamed

    text = (SPECS / "x_api_v2_openapi.json").read_text(encoding="utf-8")
    api = openapi.OpenAPI.from_dict(json.loads(text), config=openapi.Config(spec_validator_cls=None))
    poster = world.poster()
    answers: list[requests.Response] = []
    poster.session.hooks["response"].append(lambda answer, **_: answers.append(answer))
    to = world.mention()
    approved = reply(world, to, LINKS[0])
    poster.post(approved, to, START)
    assert poster.find(approved, to, since(world), START)
    poster.check()
    assert [answer.request.method for answer in answers] == ["POST", "GET", "GET", "GET"]
    for answer in answers:
        request = answer.request.copy()
        parts = urlsplit(str(request.url))
        query = dict(parse_qsl(parts.query))
        if query.pop("tweet.fields", ""):
            query["post.fields"] = "note_post"  # `referenced_tweets` is answered, and not named
        request.url = parts._replace(scheme="https", netloc="api.x.com", query=urlencode(query)).geturl()
        described = RequestsOpenAPIRequest(request)
        api.validate_request(described)
        answer._content = renamed(answer.text)
        api.validate_response(described, RequestsOpenAPIResponse(answer))
