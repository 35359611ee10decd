"""Bluesky's firehose: messages that an account server of @atproto/dev-env sent, over a real websocket on loopback.

They tell, by one author: a post, a like, an edit of the post, another post, its deletion; and the refusal of a cursor.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import SourceError
from sources import bluesky, bluesky_stream
from tests.contract_sources import BRAND
from tests.fake_platforms import Answer
from tests.fakes.bluesky import FakeBluesky

RECORDED = Path(__file__).resolve().parents[1] / "fakes" / "bluesky_firehose.txt"
*SENT, REFUSAL = (base64.b64decode(line) for line in RECORDED.read_text(encoding="ascii").splitlines())
AUTHOR = "did:plc:jdsdl5ipie3u4ypsv4oiktvv"
POST = f"at://{AUTHOR}/app.bsky.feed.post/3n2vpo6nods2w"
BEGAN = datetime(2026, 11, 22, 13, 25, 14, 39_000, tzinfo=UTC)
ENDED = datetime(2026, 11, 22, 13, 25, 14, 335_000, tzinfo=UTC)
NOW = ENDED + timedelta(seconds=30)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBluesky]:
    monkeypatch.setattr(bluesky_stream, "QUIET", 0.3)
    with FakeBluesky(now=NOW) as fake:
        yield fake


def source(fake: FakeBluesky) -> bluesky.BlueskySource:
    address = fake.stream.replace("subscribe", "xrpc/com.atproto.sync.subscribeRepos")
    made = bluesky.BlueskySource(bluesky.Settings(type="bluesky", stream=address), "bluesky", BRAND)
    fake.mount(made.session)
    return made


def position(seq: int, at: datetime = BEGAN) -> str:
    return bluesky_stream.Position(time=bluesky_stream.micros(at), seq=seq).model_dump_json()


def asked(fake: FakeBluesky) -> list[str]:
    return [request.query for request in fake.requests if request.path.endswith("subscribeRepos")]


def test_the_posts_are_read(fake: FakeBluesky) -> None:
    fake.will(Answer(200, SENT[:4]))
    batch = source(fake).poll(position(5, BEGAN - timedelta(seconds=1)), NOW, "firehose")
    assert [(mention.id, mention.text) for mention in batch.mentions] == [
        (POST, "acme was late"),
        (f"at://{AUTHOR}/app.bsky.feed.post/3n2vpo6vfg22w", "acme is slow"),
    ]
    assert batch.mentions[1].language == "en"
    assert asked(fake) == ["cursor=4"]
    assert json.loads(batch.cursor or "")["seq"] == 8
    fake.will(Answer(200, SENT[3:]))
    later = source(fake).poll(batch.cursor, NOW)
    assert later.mentions == ()
    assert [each.id for each in later.deleted] == [batch.mentions[1].id]
    assert asked(fake)[1:] == ["cursor=7"]


def test_the_first_poll_finds_a_place_to_begin(fake: FakeBluesky) -> None:
    """What it hears is of the present second, or later: the next poll begins with it."""
    fake.now = BEGAN - timedelta(seconds=2)
    fake.will(Answer(200, SENT))
    batch = source(fake).poll(None, fake.now)
    assert (batch.mentions, batch.more) == ((), False)
    assert json.loads(batch.cursor or "")["seq"] == 5
    fake.now = NOW
    fake.will(Answer(200, SENT))
    assert [mention.id for mention in source(fake).poll(batch.cursor, NOW).mentions] == [POST]
    assert asked(fake) == ["", "cursor=4"]


def test_a_number_that_is_not_known_begins_anew(fake: FakeBluesky) -> None:
    fake.will(Answer(200, [REFUSAL]), Answer(200, SENT))
    start = BEGAN - timedelta(hours=2)
    batch = source(fake).poll(position(10**9, start), NOW)
    assert [mention.id for mention in batch.mentions] == [POST]
    lost = batch.covered[0]
    assert (lost.start, lost.end, lost.complete) == (start, BEGAN, False)
    assert asked(fake) == ["cursor=999999999", ""]


@pytest.mark.parametrize(
    "message", [b"", b"\xff", SENT[0][:40], SENT[0][:-200], b"\xa1aaa1", REFUSAL[:20], "{}"]
)
def test_what_is_no_event_loses_no_other(fake: FakeBluesky, message: bytes | str) -> None:
    fake.will(Answer(200, [message, *SENT]))
    batch = source(fake).poll(position(5, BEGAN - timedelta(seconds=1)), NOW)
    assert [mention.id for mention in batch.mentions] == [POST]
    assert [each.complete for each in batch.covered] == [False]


def test_only_what_is_no_event_is_an_error(fake: FakeBluesky) -> None:
    fake.will(Answer(200, [b"\xff"] * 3))
    with pytest.raises(SourceError):
        source(fake).poll(position(5), NOW)
