"""Replies on Reddit: the real praw over HTTP against a local Reddit."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.errors import PostError
from monitor.model import Mention
from sources import reddit, reddit_reply, reddit_thing
from tests.contract_posters import MINUTE, TEXTS, OnLoopback, PosterContract, reply, since
from tests.contract_sources import START
from tests.fake_platforms import CLIENT_ID, CLIENT_SECRET, PASSWORD, REFRESH_TOKEN, Answer, Request
from tests.fakes.reddit_account import FakeRedditAccount, refused

ACCOUNT: dict[str, Any] = {"username": "acme", "password": {"env": "REDDIT_PASSWORD"}}
TOKEN: dict[str, Any] = {"refresh_token": {"env": "REDDIT_REFRESH"}}
PRAW = Path(__file__).resolve().parents[3] / "shared" / "payloads" / "praw"


class RedditWorld(OnLoopback):
    secrets: Sequence[str] = (CLIENT_SECRET, PASSWORD, REFRESH_TOKEN, "token-SECRET")
    echo = f"{PASSWORD} {CLIENT_SECRET}"
    fake: FakeRedditAccount

    def __init__(self, fake: FakeRedditAccount) -> None:
        self.fake = fake

    def poster(self, account: dict[str, Any] = ACCOUNT) -> reddit_reply.RedditPoster:
        made = reddit.poster(settings(reply=account), "reddit")
        assert isinstance(made, reddit_reply.RedditPoster)
        self.fake.mount(made.session)
        return made

    def mention(self) -> Mention:
        return reddit_thing.mention("reddit", self.fake.somebodys(len(self.fake.things)))

    def shown(self, to: Mention) -> list[str]:
        return self.fake.below(to.id)

    def remove(self, to: Mention) -> None:
        self.fake.gone.add(to.id)

    def writes(self, request: Request) -> bool:
        return request.path == "/api/comment"

    def fail(self, kind: str, after: int) -> None:
        if kind == "unauthorized":  # a 401 only tells that the token is old: it is renewed
            echo = {"message": PASSWORD, "error": 403}
            answer = Answer(403, echo, {"www-authenticate": 'Bearer error="insufficient_scope"'})
            self.fake.will(*[lambda _: None] * after, answer)
        else:
            super().fail(kind, after)


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
    with FakeRedditAccount(now=START) as fake:
        yield RedditWorld(fake)


class TestContract(PosterContract):
    @pytest.fixture
    def world(self, world: RedditWorld) -> RedditWorld:
        return world


@pytest.mark.parametrize("account", [ACCOUNT, TOKEN])
def test_what_is_asked_of_reddit(world: RedditWorld, account: dict[str, Any]) -> None:
    comment, post = world.mention(), world.mention()
    assert (comment.id[:3], post.id[:3]) == ("t1_", "t3_")
    poster = world.poster(account)
    for to in (comment, post):
        world.fake.requests.clear()
        approved = reply(world, to, TEXTS[1])
        posted = poster.post(approved, to, START)
        assert [request.path for request in world.fake.requests][-2:] == [
            "/user/acme/comments",
            "/api/comment",
        ]
        form = parse_qs(world.fake.requests[-1].body, keep_blank_values=True)
        assert form == {"api_type": ["json"], "thing_id": [to.id], "text": [approved.text]}
        own = world.fake.own[-1]["data"]
        assert posted == (own["name"], f"https://www.reddit.com{own['permalink']}")
    assert "token" not in poster.check()
    paths = [request.path for request in world.fake.requests]
    assert paths.count("/api/v1/access_token") == 0


def test_a_reply_that_is_there_is_not_posted_again(world: RedditWorld) -> None:
    to = world.mention()
    approved = reply(world, to)
    world.fake.write(approved.text, to.id, START - timedelta(seconds=30))
    assert world.poster().post(approved, to, START).id == "t1_own0"
    assert world.shown(to) == [approved.text]


def test_an_own_comment_elsewhere_or_from_before_is_not_the_reply(world: RedditWorld) -> None:
    to, other = world.mention(), world.mention()
    approved = reply(world, to)
    poster = world.poster()
    world.fake.write(approved.text, other.id, START - timedelta(seconds=30))
    world.fake.write(approved.text, to.id, START - timedelta(hours=1))
    assert poster.find(approved, to, since(world), START) is None
    world.fake.write(approved.text, to.id, START - timedelta(seconds=20))
    assert poster.find(approved, to, since(world), START)


def test_a_clock_that_is_behind_hides_nothing(world: RedditWorld) -> None:
    to = world.mention()
    approved = reply(world, to)
    world.fake.write(approved.text, to.id, START - timedelta(seconds=50))
    assert world.poster().find(approved, to, START, START)


def test_looking_stops_at_what_is_older(world: RedditWorld) -> None:
    to = world.mention()
    for number in range(600):
        world.fake.write(f"hello {number}", "t3_other", START - timedelta(seconds=number))
    poster = world.poster()
    poster.check()
    world.fake.requests.clear()
    assert poster.find(reply(world, to), to, START - 2 * MINUTE, START) is None
    assert len(world.fake.requests) == 2  # three minutes are 180 comments


def test_among_a_thousand_it_can_not_be_said(world: RedditWorld) -> None:
    to = world.mention()
    for number in range(1100):
        world.fake.write(f"hello {number}", "t3_other", START - timedelta(milliseconds=number))
    with pytest.raises(PostError, match="too many comments") as caught:
        world.poster().post(reply(world, to), to, START)
    assert not caught.value.permanent
    assert world.shown(to) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": {"children": None}},
        {"data": {"children": [{"data": {"name": "t1_a"}}]}},
        {"kind": "Listing", "data": []},
    ],
)
def test_a_list_that_is_none_does_not_say_that_it_is_not_there(
    world: RedditWorld, body: dict[str, Any]
) -> None:
    to = world.mention()
    poster = world.poster()
    poster.check()
    world.fake.will(Answer(200, body))
    with pytest.raises(PostError, match="no list") as caught:
        poster.find(reply(world, to), to, since(world), START)
    assert not caught.value.permanent


SECOND_REQUEST = (lambda _: None, lambda _: None)  # who the account is, and its comments


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("THREAD_LOCKED", "a moderator has locked it"),
        ("TOO_OLD", "archived"),
        ("DELETED_COMMENT", "it is deleted"),
        ("DELETED_LINK", "it is deleted"),
        ("TOO_LONG", "too long"),
        ("SUBREDDIT_NOTALLOWED", "does not want it"),
        ("USER_BLOCKED", "does not want it"),
        ("NO_TEXT", r"refuses the reply \(NO_TEXT\)"),
        ("BRAND_NEW_CODE", r"\(BRAND_NEW_CODE\)"),
    ],
)
def test_refusals_are_told_apart(world: RedditWorld, code: str, words: str) -> None:
    to = world.mention()
    world.fake.will(*SECOND_REQUEST, refused(code, f"{PASSWORD} is wrong"))
    with pytest.raises(PostError, match=words) as caught:
        world.poster().post(reply(world, to), to, START)
    assert (caught.value.permanent, caught.value.retry_after) == (True, None)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "told", "seconds"),
    [
        ("you are doing that too much. try again in 9 minutes.", {}, 540),
        ("you are doing that too much. try again in 9 minutes.", {"ratelimit": 511.25}, 511.25),
        ("Looks like you've been doing that a lot. Take a break for 4 seconds before trying again.", {}, 4),
        ("Take a break for 853 milliseconds before trying again.", {}, 0.853),
        ("try again in 1 hour.", {}, 3600),
        ("Take a break for 4 с before trying again.", {}, 600),
        ("try again in 9 minutes.", {"ratelimit": True}, 540),
        ("try again in 9 minutes.", {"ratelimit": float("nan")}, 540),
        ("try again in 9 minutes.", {"ratelimit": -1}, 540),
        ("", {"ratelimit": 10**9}, 600),
    ],
)
def test_how_long_to_wait(world: RedditWorld, words: str, told: dict[str, Any], seconds: float) -> None:
    to = world.mention()
    world.fake.will(*SECOND_REQUEST, refused("RATELIMIT", words, "ratelimit", **told))
    with pytest.raises(PostError, match="slow down") as caught:
        world.poster().post(reply(world, to), to, START)
    assert (caught.value.permanent, caught.value.retry_after) == (False, seconds)
    assert [request.path for request in world.fake.requests].count("/api/comment") == 1


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"errors": [], "data": {"things": []}}},
        {"json": {"errors": [], "data": {"things": [{"data": {"name": "../1"}}]}}},
        {"json": {"errors": []}},
        {"json": {"errors": [[]]}},
        {"json": {"errors": [["<script>", "a", "b"]]}},
        {"json": {"errors": "no"}},
        {"json": {}},
        {},
    ],
)
def test_an_answer_that_names_no_comment_leaves_it_open(world: RedditWorld, body: dict[str, Any]) -> None:
    """As in a quarantined subreddit that the account has not opted into: the comment is there, and not shown."""
    to = world.mention()
    world.fake.will(*SECOND_REQUEST, Answer(200, body))
    with pytest.raises(PostError, match=r"can't be read \(it names no") as caught:
        world.poster().post(reply(world, to), to, START)
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("status", "words"),
    [(400, "refuses the reply to t1_"), (403, "banned or muted"), (404, "hides it"), (413, "too long")],
)
def test_a_refusal_by_status_is_for_a_person(world: RedditWorld, status: int, words: str) -> None:
    to = world.mention()
    world.fake.will(*SECOND_REQUEST, Answer(status, {"reason": PASSWORD, "message": PASSWORD}))
    with pytest.raises(PostError, match=words) as caught:
        world.poster().post(reply(world, to), to, START)
    assert caught.value.permanent
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("status", [302, 307, 308])
def test_neither_password_nor_reply_go_elsewhere(
    world: RedditWorld, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = world.mention()
    elsewhere = Answer(status, {}, {"Location": "https://oauth.reddit.com/api/elsewhere"})
    world.fake.will(*SECOND_REQUEST, elsewhere)
    with pytest.raises(PostError) as caught:
        world.poster().post(reply(world, to), to, START)
    assert not caught.value.permanent
    monkeypatch.setattr(world.fake, "answer", lambda _: elsewhere)
    with pytest.raises(PostError):
        world.poster().check()
    assert "/api/elsewhere" not in [request.path for request in world.fake.requests]


def test_silence_that_reddit_asks_for_is_kept(world: RedditWorld) -> None:
    to = world.mention()
    poster = world.poster()
    world.fake.remaining = 1
    with pytest.raises(PostError, match="slow down") as caught:
        poster.post(reply(world, to), to, START)
    assert caught.value.retry_after == 300
    world.fake.remaining = 900
    assert poster.post(reply(world, to), to, START + timedelta(seconds=300))


def test_an_old_token_is_renewed_and_the_reply_posted_once(
    world: RedditWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prawcore.sessions.time.sleep", lambda _: None)
    to = world.mention()
    poster = world.poster()
    poster.check()
    world.fake.tokens.clear()
    assert poster.post(reply(world, to), to, START)
    assert world.shown(to) == [reply(world, to).text]


def test_check_names_the_account_and_its_scopes(world: RedditWorld) -> None:
    assert world.poster().check() == "reddit: replies are posted as u/acme (scopes *)"
    world.fake.scope = "history identity submit read"
    assert (
        world.poster(TOKEN).check()
        == "reddit: replies are posted as u/acme (scopes history, identity, submit)"
    )
    world.fake.scope = "identity read"
    with pytest.raises(PostError, match="lacks the scopes history, submit") as caught:
        world.poster(TOKEN).check()
    assert caught.value.permanent
    world.fake.scope, world.fake.suspended = "*", True
    with pytest.raises(PostError, match="has suspended u/acme") as caught:
        world.poster().check()
    assert caught.value.permanent


@pytest.mark.parametrize("me", [{}, {"name": None}, {"name": "../../api"}, {"name": "a\nb"}])
def test_an_account_without_a_name_is_none(world: RedditWorld, me: dict[str, Any]) -> None:
    world.fake.will(Answer(200, me))
    with pytest.raises(PostError, match="names no account"):
        world.poster().check()


def test_an_account_that_may_not_log_in(world: RedditWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDDIT_PASSWORD", "wrong-SECRET")
    to = world.mention()
    with pytest.raises(PostError, match="or the account") as caught:
        world.poster().post(reply(world, to), to, START)
    assert caught.value.permanent
    assert "wrong-SECRET" not in str(caught.value)


def test_nothing_is_printed(world: RedditWorld, capfd: pytest.CaptureFixture[str]) -> None:
    to = world.mention()
    world.fake.will(*SECOND_REQUEST, refused("RATELIMIT", "try again in 3 seconds.", "ratelimit"))
    with pytest.raises(PostError):
        world.poster().post(reply(world, to), to, START)
    world.poster().post(reply(world, to), to, START)
    assert capfd.readouterr() == ("", "")


def test_logs_tell_no_token(world: RedditWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    to = world.mention()
    world.poster(TOKEN).post(reply(world, to), to, START)
    assert not [secret for secret in world.secrets if secret in caplog.text]


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_a_text_is_the_same_however_it_is_escaped(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert reddit_reply.is_same(text, text.strip())
    assert reddit_reply.is_same(text, escaped)
    assert not reddit_reply.is_same(text, text + "x")


def test_settings(world: RedditWorld) -> None:
    assert reddit.poster(settings(), "reddit") is None
    assert not [secret for secret in world.secrets if secret in repr(settings(reply=ACCOUNT))]
    for account in ({}, {"username": "acme"}, {"password": ACCOUNT["password"]}, ACCOUNT | TOKEN):
        with pytest.raises(ValidationError, match="either username and password or refresh_token"):
            settings(reply=account)


@pytest.mark.skipif(not PRAW.is_dir(), reason="the recordings are not here")
@pytest.mark.parametrize("name", ["TestComment.test_reply", "TestSubmission.test_reply"])
def test_a_recorded_answer_is_read(world: RedditWorld, name: str) -> None:
    recorded = json.loads((PRAW / f"{name}.json").read_text(encoding="utf-8"))
    exchanges = recorded.get("http_interactions") or recorded["interactions"]
    body = json.loads(exchanges[-1]["response"]["body"]["string"])
    [made] = body["json"]["data"]["things"]
    to = world.mention()
    world.fake.will(*SECOND_REQUEST, Answer(200, body))
    posted = world.poster().post(reply(world, to), to, START)
    data = made["data"]
    assert posted == (data["name"], f"https://www.reddit.com/comments/{data['link_id'][3:]}/_/{data['id']}/")
