"""Bluesky's firehose: messages that an account server of @atproto/dev-env sent, over a real websocket on loopback.

They tell, by one author: a post, a like, an edit of the post, another post, its deletion; and the refusal of a cursor.
"""

from __future__ import annotations

import base64
import hashlib
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


def test_a_number_of_another_server_begins_anew(fake: FakeBluesky) -> None:
    """There it stands for a moment long ago, from which everything would be read before anything new."""
    fake.will(Answer(200, SENT), Answer(200, SENT[:1]))
    start = ENDED + timedelta(hours=2)
    fake.now = start + timedelta(seconds=30)
    with pytest.raises(SourceError, match="breaks off"):  # before anything of today was sent
        source(fake).poll(position(3, start), fake.now)
    assert asked(fake) == ["cursor=2", ""]


def test_what_came_before_a_stream_that_begins_anew_is_missed(fake: FakeBluesky) -> None:
    fake.will(Answer(200, [REFUSAL]), Answer(200, SENT))
    start = BEGAN - timedelta(seconds=20)
    lost, read = source(fake).poll(position(10**9, start), NOW).covered
    assert (lost.start, lost.end, lost.complete) == (start, BEGAN, False)
    assert (read.start, read.complete) == (BEGAN, True)


@pytest.mark.parametrize("record", [b"\x80", b"\x61a", b"\x81" * 5000 + b"\x80"])
def test_a_record_that_is_no_object_loses_no_other(fake: FakeBluesky, record: bytes) -> None:
    import libipld

    cid = b"\x01\x71\x12\x20" + hashlib.sha256(record).digest()
    header: bytes = libipld.encode_dag_cbor({"roots": [], "version": 1})
    block = cid + record
    car = bytes([len(header)]) + header + _varint(len(block)) + block
    body = {
        "time": "2026-11-22T13:25:14.039Z",
        "seq": 5,
        "repo": AUTHOR,
        "rev": 7,
        "blocks": car,
        "ops": [{"action": "create", "path": "app.bsky.feed.post/3n2vpo6nods2x", "cid": cid}],
    }
    event = libipld.encode_dag_cbor({"op": 1, "t": "#commit"}) + libipld.encode_dag_cbor(body)
    fake.will(Answer(200, [event, *SENT]))
    batch = source(fake).poll(position(5, BEGAN - timedelta(seconds=1)), NOW)
    assert [mention.id for mention in batch.mentions] == [POST]


def _varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + _varint(number >> 7)


def test_only_what_is_no_event_is_an_error(fake: FakeBluesky) -> None:
    fake.will(Answer(200, [b"\xff"] * 3))
    with pytest.raises(SourceError):
        source(fake).poll(position(5), NOW)
