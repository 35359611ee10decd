"""Events, posts and records that Bluesky once sent: nothing of them is lost.

The recordings are not part of the project; without them these tests are skipped. They come from the test data of
bluesky-social/jetstream (the live network), bluesky-social/atproto (the app view's own tests) and the Python SDK.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.exchange import dump, parse_line
from monitor.intake.brand import Brand
from monitor.model import Batch, Record
from sources import bluesky, bluesky_stream
from tests.contract_sources import START, poll_all
from tests.fake_platforms import Answer
from tests.fakes.bluesky import Event, FakeBluesky, did

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads"

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the recordings are not here")


class Everything(Brand):
    """A brand that every text speaks of."""

    def relevant(self, text: str) -> bool:
        return True


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBluesky]:
    monkeypatch.setattr(bluesky_stream, "QUIET", 0.3)
    with FakeBluesky(now=START) as fake:
        yield fake


def source(fake: FakeBluesky) -> bluesky.BlueskySource:
    settings = bluesky.Settings(type="bluesky", stream=fake.stream, lookback_hours=1)
    made = bluesky.BlueskySource(settings, "bluesky", Everything(name="all"))
    fake.mount(made.session)
    return made


def comes_back(batch: Batch) -> None:
    records: list[Record] = [*batch.mentions, *batch.readings, *batch.deleted]
    for record in records:
        assert parse_line(dump(record)) == record


def events() -> list[list[dict[str, Any]]]:
    files = ("corpus/testdata/expected_v1.jsonl", "subscribe/testdata/golden_v1.jsonl")
    lines = [
        (PAYLOADS / "bluesky_jetstream" / file).read_text(encoding="utf-8").splitlines() for file in files
    ]
    return [[json.loads(line) for line in each] for each in lines]


@pytest.mark.parametrize("number", [0, 1])
def test_what_jetstream_sent(fake: FakeBluesky, number: int) -> None:
    """Likes, follows, identities and accounts among the posts; not quite in the order of time."""
    sent = events()[number]
    times = [event["time_us"] for event in sent]
    assert (times != sorted(times)) or number
    now = datetime.fromtimestamp(max(times) / 1e6 + 1, UTC)
    fake.now = now
    fake.will(Answer(200, sent))
    batch = source(fake).poll(None, now)
    comes_back(batch)
    posts = {
        f"at://{event['did']}/app.bsky.feed.post/{event['commit']['rkey']}": event["commit"]["record"]
        for event in sent
        if event.get("commit", {}).get("collection") == "app.bsky.feed.post"
        and event["commit"]["operation"] == "create"
    }
    assert {mention.id for mention in batch.mentions} == set(posts)
    assert len(posts) == (17, 1)[number]
    for mention in batch.mentions:
        record = posts[mention.id]
        assert mention.text.startswith(record["text"])
        assert mention.created_at == datetime.fromisoformat(record["createdAt"])
        assert mention.in_reply_to == record.get("reply", {}).get("parent", {}).get("uri")
        assert (mention.language or "") == record.get("langs", [""])[0].split("-")[0]


def snapshots() -> list[dict[str, Any]]:
    """Every post view of the app view's snapshots. They mask what differs from run to run: ids, moments, hashes."""
    found: list[dict[str, Any]] = []
    for file in sorted((PAYLOADS / "bluesky_appview_snapshots").glob("*.snap")):
        for block in re.findall(r"= `\n(.*?)\n`;", file.read_text(encoding="utf-8"), re.DOTALL):
            plain = re.sub(r",(\s*[}\]])", r"\1", block.replace("\\\\", "\\"))
            plain = plain.replace(": undefined", ": null")
            try:
                found += _views(json.loads(plain))
            except ValueError:
                continue  # not JSON after all
    return found


def _views(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        record = value.get("record")
        if isinstance(record, dict) and record.get("$type") == "app.bsky.feed.post" and "likeCount" in value:
            yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _views(inner)


def unmasked(view: dict[str, Any], number: int) -> dict[str, Any]:
    """With an id and moments of its own in place of "record(0)" and the like."""
    uri = f"at://{did(number)}/app.bsky.feed.post/3mptbyoeyc22k"
    return view | {"uri": uri, "indexedAt": "2026-11-01T10:00:00.000Z"}


def test_what_the_app_view_answered(fake: FakeBluesky) -> None:
    views = [unmasked(view, number) for number, view in enumerate(snapshots())]
    assert len(views) > 100
    for start in range(0, len(views), 25):
        some = views[start : start + 25]
        fake.will(Answer(200, {"posts": some}))
        batch = source(fake).read([view["uri"] for view in some], START)
        comes_back(batch)
        assert batch.deleted == ()
        for reading, view in zip(batch.readings, some, strict=True):
            assert reading.id == view["uri"]
            given = (reading.likes, reading.replies, reading.reposts, reading.quotes)
            assert given == tuple(view[f"{name}Count"] for name in ("like", "reply", "repost", "quote"))


def test_records_of_the_python_sdk(fake: FakeBluesky) -> None:
    folder = PAYLOADS / "atproto_py"
    for name in ("post_record.json", "extended_post_record.json"):
        record = json.loads((folder / name).read_text(encoding="utf-8"))
        record = record.get("value", record)
        fake.events = [Event(START - timedelta(minutes=1), did(), "3mptbyoeyc22k", "create", record)]
        [batch] = poll_all(source(fake), None, START)
        comes_back(batch)
        [mention] = [each for each in batch.mentions if each.author.id == did()]
        assert mention.text == record["text"]
        written = datetime.fromisoformat(record["createdAt"])
        assert mention.created_at == (written if written.tzinfo else written.replace(tzinfo=UTC))
