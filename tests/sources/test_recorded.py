"""Answers that X and Reddit once gave, sent again over HTTP to the real clients: nothing of them is lost.

The recordings are not part of the project; without them these tests are skipped. They come from the test data of
twarc-csv and tweepy (X) and of praw (Reddit).
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
import yaml

from monitor.errors import SourceError
from monitor.exchange import dump, parse_line
from monitor.model import Batch, Record
from sources import reddit, x
from tests.contract_sources import BRAND, START
from tests.fake_platforms import (
    CLIENT_ID,
    CLIENT_SECRET,
    PASSWORD,
    TOKEN,
    Answer,
    FakeReddit,
    FakeX,
    x_post,
)

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads"

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the recordings are not here")


def x_answers() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every recorded answer that holds posts, as a search answers: a list of them."""
    for file in sorted((PAYLOADS / "twarc").glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                answer = json.loads(line)
            except ValueError:
                continue  # two recordings end in the middle of a line
            if "data" in answer and "counts" not in file.name:
                yield f"{file.name}:{number}", answer | {"data": _as_list(answer["data"])}
    for file in sorted((PAYLOADS / "tweepy").glob("test_client_*tweets*.yaml")):
        for number, interaction in enumerate(
            yaml.safe_load(file.read_text(encoding="utf-8"))["interactions"]
        ):
            body = interaction["response"]["body"]["string"]
            try:
                answer = json.loads(gzip.decompress(body) if isinstance(body, bytes) else body)
            except (OSError, ValueError):
                continue  # not a JSON answer
            posts = _as_list(answer.get("data") or [])
            if posts and all("text" in post for post in posts):
                yield f"{file.name}:{number}", answer | {"data": posts}


def _as_list(data: Any) -> list[Any]:
    return data if isinstance(data, list) else [data]


def reddit_answers() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every recorded listing that holds posts or comments."""
    for file in sorted((PAYLOADS / "praw").glob("*.json")):
        for number, interaction in enumerate(json.loads(file.read_text(encoding="utf-8"))["interactions"]):
            body = interaction["response"]["body"]
            try:
                answer = json.loads(
                    body.get("string") or gzip.decompress(base64.b64decode(body["base64_string"]))
                )
            except (KeyError, ValueError):
                continue  # not a JSON answer
            for part in answer if isinstance(answer, list) else [answer]:
                children = part.get("data", {}).get("children") if part.get("kind") == "Listing" else None
                if children and any(child["kind"] in ("t1", "t3") for child in children):
                    yield f"{file.name}:{number}", part


@pytest.fixture(scope="module")
def fake_x() -> Iterator[FakeX]:
    with FakeX(now=START) as fake:
        yield fake


@pytest.fixture(scope="module")
def fake_reddit() -> Iterator[FakeReddit]:
    with FakeReddit(now=START) as fake:
        yield fake


def comes_back(batch: Batch) -> None:
    records: list[Record] = [*batch.mentions, *batch.readings, *batch.deleted]
    for record in records:
        assert parse_line(dump(record)) == record


def x_source(fake: FakeX, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> x.XSource:
    monkeypatch.setenv("X_TOKEN", TOKEN)
    values = {"type": "x", "bearer_token": {"env": "X_TOKEN"}, "query": "a"} | changes
    source = x.build(x.Settings.model_validate(values), "x", BRAND)
    assert isinstance(source, x.XSource)
    fake.mount(source.session)
    return source


@pytest.mark.parametrize(("name", "answer"), [pytest.param(*each, id=each[0]) for each in x_answers()])
def test_every_recorded_post_is_read(
    fake_x: FakeX, monkeypatch: pytest.MonkeyPatch, name: str, answer: dict[str, Any]
) -> None:
    source = x_source(fake_x, monkeypatch)
    fake_x.will(Answer(200, answer))
    batch = source.poll(None, START)
    comes_back(batch)
    kept = {
        post["id"]: post
        for post in answer["data"]
        if not any(other["type"] == "retweeted" for other in post.get("referenced_tweets", []))
        and post["id"] == post.get("edit_history_tweet_ids", [post["id"]])[-1]
    }
    assert [mention.id for mention in batch.mentions] == list(kept)
    users = {user["id"]: user for user in answer.get("includes", {}).get("users", [])}
    for mention in batch.mentions:
        post = kept[mention.id]
        assert mention.text
        assert mention.author.id == post.get("author_id", "unknown")
        if mention.author.id in users:
            assert mention.author.handle == users[mention.author.id]["username"]
            metrics = users[mention.author.id].get("public_metrics", {})
            assert mention.author.followers == metrics.get("followers_count")
        if "created_at" in post:
            assert mention.created_at == datetime.fromisoformat(post["created_at"])
        others = {other["type"]: other["id"] for other in post.get("referenced_tweets", [])}
        assert (mention.in_reply_to, mention.quoted) == (others.get("replied_to"), others.get("quoted"))
    readings = {reading.id: reading for reading in batch.readings}
    assert set(readings) == {id for id, post in kept.items() if "public_metrics" in post}
    for id, reading in readings.items():
        metrics = kept[id]["public_metrics"]
        given = (reading.likes, reading.replies, reading.reposts, reading.quotes, reading.views)
        names = ("like_count", "reply_count", "retweet_count", "quote_count", "impression_count")
        assert given == tuple(metrics.get(name) for name in names)


def test_a_recorded_page_of_a_hundred_goes_on(fake_x: FakeX, monkeypatch: pytest.MonkeyPatch) -> None:
    """twarc's two consecutive pages of one search: the gap stays open after each."""
    pages = [answer for name, answer in x_answers() if name.startswith("2sets")]
    source = x_source(fake_x, monkeypatch)
    fake_x.will(Answer(200, pages[0]))
    now = datetime(2021, 9, 23, tzinfo=UTC)
    first = source.poll(None, now)
    assert first.more
    assert json.loads(first.cursor or "")["until"] == int(pages[0]["meta"]["oldest_id"])
    assert json.loads(first.cursor or "")["seen"][-1] == int(pages[0]["meta"]["newest_id"])
    assert first.covered[0].start < first.covered[0].end <= now


def reddit_source(fake: FakeReddit, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> reddit.RedditSource:
    monkeypatch.setenv("REDDIT_SECRET", CLIENT_SECRET)
    monkeypatch.setenv("REDDIT_PASSWORD", PASSWORD)
    values = {
        "type": "reddit",
        "client_id": CLIENT_ID,
        "client_secret": {"env": "REDDIT_SECRET"},
        "user_agent": "linux:snapwatch-tests:1",
        "subreddits": ["acme"],
        "query": "a",
    } | changes
    source = reddit.build(reddit.Settings.model_validate(values), "reddit", BRAND)
    assert isinstance(source, reddit.RedditSource)
    fake.mount(source.session)
    return source


@pytest.mark.parametrize(("name", "answer"), [pytest.param(*each, id=each[0]) for each in reddit_answers()])
def test_every_recorded_thing_is_read(
    fake_reddit: FakeReddit, monkeypatch: pytest.MonkeyPatch, name: str, answer: dict[str, Any]
) -> None:
    source = reddit_source(fake_reddit, monkeypatch)
    things = {
        child["data"]["name"]: child["data"]
        for child in answer["data"]["children"]
        if child["kind"] in ("t1", "t3")
    }
    oldest = datetime.fromtimestamp(min(thing["created_utc"] for thing in things.values()), UTC)
    fake_reddit.will(Answer(200, answer))
    batch = source.poll(None, oldest + timedelta(hours=1))
    comes_back(batch)
    fake_reddit.will(Answer(200, answer))
    read = source.read(list(things), START)
    comes_back(read)
    gone = {deleted.id for deleted in read.deleted}
    assert {mention.id for mention in batch.mentions} == set(things) - gone
    assert {reading.id for reading in read.readings} == set(things) - gone
    for mention in batch.mentions:
        thing = things[mention.id]
        assert (thing.get("body") or thing.get("title")) in mention.text
        assert thing.get("selftext", "") in mention.text
        assert mention.author.handle == thing["author"]
        assert mention.created_at.timestamp() == thing["created_utc"]
        assert mention.in_reply_to == thing.get("parent_id")
        assert mention.id[3:] in mention.url
    for reading in read.readings:
        thing = things[reading.id]
        hidden = thing.get("score_hidden") or thing.get("hide_score")
        assert reading.likes == (None if hidden else max(thing["score"], 0))
        assert reading.replies == thing.get("num_comments")


def test_recorded_mentions_of_an_account_are_read_from_its_inbox(
    fake_reddit: FakeReddit, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = {"username": "acme", "password": {"env": "REDDIT_PASSWORD"}}
    source = reddit_source(fake_reddit, monkeypatch, **account)
    [answer] = [each for name, each in reddit_answers() if name.startswith("TestInbox.test_mentions")]
    sent = [child["data"] for child in answer["data"]["children"]]
    now = datetime.fromtimestamp(sent[0]["created_utc"], UTC) + timedelta(minutes=1)
    fake_reddit.will(Answer(200, answer))
    batch = source.poll(None, now, "inbox")
    assert [mention.id for mention in batch.mentions] == [each["name"] for each in sent]
    for mention, each in zip(batch.mentions, sent, strict=True):
        assert each["context"].partition("?")[0] in mention.url
    again = source.poll(batch.cursor, now, "inbox")
    assert again.mentions == ()


def test_there_is_something_to_read() -> None:
    assert sum(len(answer["data"]) for _, answer in x_answers()) > 300
    assert sum(len(answer["data"]["children"]) for _, answer in reddit_answers()) > 1000


@pytest.mark.filterwarnings("ignore:Unsupported scheme type")
def test_what_is_asked_of_x_and_answered_by_the_fake_is_as_described(
    fake_x: FakeX, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X's own OpenAPI description takes each request, and each answer of the fake, also of the stream's rules.

    It calls posts "posts" where tweepy still says "tweets", and does not name `referenced_tweets`; X answers to both.
    """
    openapi = pytest.importorskip("openapi_core")
    from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse

    api = openapi.OpenAPI.from_dict(
        json.loads((PAYLOADS / "specs" / "x_api_v2_openapi.json").read_text(encoding="utf-8")),
        config=openapi.Config(spec_validator_cls=None),
    )
    source = x_source(fake_x, monkeypatch, user_id="7", stream=True)
    assert isinstance(source, x.XListener)
    fake_x.mount(source.stream.session)
    answers: list[requests.Response] = []
    for session in (source.session, source.stream.session):
        session.hooks["response"].append(lambda answer, **_: answers.append(answer))
    fake_x.posts = [x_post(START - timedelta(minutes=minute)) for minute in range(1, 150)]
    fake_x.rules = [{"id": "1", "value": "an older query", "tag": "snapwatch x"}]
    cursor = source.poll(None, START).cursor
    source.poll(cursor, START, "search", 50)
    source.poll(None, START, "mentions")
    source.leave(cursor or "", START)
    source.read([fake_x.posts[0]["id"], "1"], START)
    source.check()
    fake_x.will(Answer(200, chunks=()))
    with pytest.raises(SourceError, match="ended"):
        source.listen(lambda _: None, Event(), SimpleNamespace(now=lambda: START))
    assert len({(answer.request.method, urlsplit(str(answer.request.url)).path) for answer in answers}) == 7
    for answer in answers:
        request = answer.request.copy()
        parts = urlsplit(str(request.url))
        query = dict(parse_qsl(parts.query))
        if fields := query.pop("tweet.fields", ""):
            streaming = parts.path.endswith("/stream")
            known = fields if streaming else fields.replace(",referenced_tweets", "").replace("tweet", "post")
            query["tweet.fields" if streaming else "post.fields"] = known
        request.url = parts._replace(scheme="https", netloc="api.x.com", query=urlencode(query)).geturl()
        described = RequestsOpenAPIRequest(request)
        api.validate_request(described)
        if answer.status_code == 200 and not parts.path.endswith("/stream"):
            answer._content = renamed(answer.text)
            api.validate_response(described, RequestsOpenAPIResponse(answer))


def renamed(text: str) -> bytes:
    """The keys of an answer as X's newer description calls them."""
    return re.sub(r'"(\w*?)tweet(\w*)":', r'"\1post\2":', text).encode()


def test_an_answer_by_the_newer_names_says_the_same(fake_x: FakeX, monkeypatch: pytest.MonkeyPatch) -> None:
    source = x_source(fake_x, monkeypatch)
    for name, answer in x_answers():
        fake_x.will(Answer(200, answer), Answer(200, renamed(json.dumps(answer))))
        batches = [source.poll(None, START) for _ in range(2)]
        assert batches[0] == batches[1], name


def test_every_recorded_line_of_the_stream_is_heard(fake_x: FakeX, monkeypatch: pytest.MonkeyPatch) -> None:
    """twarc's recording ends in the middle of a line, as a stream does that is cut off."""
    recorded = (PAYLOADS / "twarc" / "streaming_output_with_error.jsonl").read_bytes()
    posts = [json.loads(line)["data"] for line in recorded.splitlines()[:-1]]
    source = x_source(fake_x, monkeypatch, stream=True)
    assert isinstance(source, x.XListener)
    fake_x.mount(source.stream.session)
    fake_x.rules = [{"id": "1377649934414049282", "value": "(a) -is:retweet", "tag": "snapwatch x"}]
    chunks = tuple(recorded[at : at + 1000] for at in range(0, len(recorded), 1000))
    fake_x.will(Answer(200, chunks=chunks))
    heard: list[Batch] = []
    with pytest.raises(SourceError, match="ended"):
        source.listen(heard.append, Event(), SimpleNamespace(now=lambda: START))
    for batch in heard:
        comes_back(batch)
    kept = [
        post["id"]
        for post in posts
        if not any(other["type"] == "retweeted" for other in post.get("referenced_tweets", []))
    ]
    assert [mention.id for batch in heard for mention in batch.mentions] == kept
    assert len(posts) == 7


def test_recorded_edits_leave_the_newest_version(fake_x: FakeX, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = dict(x_answers())
    for file, mentions in (("edited_before", []), ("edited_after", ["1576994789110992896"])):
        source = x_source(fake_x, monkeypatch)
        fake_x.will(Answer(200, answers[f"{file}.jsonl:1"]))
        batch = source.poll(None, START)
        assert [mention.id for mention in batch.mentions] == mentions
        assert [deleted.id for deleted in batch.deleted] == ["1576994746135764992"]
