"""Answers that Mastodon once gave (test data of Mastodon.py), sent again to the real client: nothing of them is lost.

The recordings are not part of the project; without them these tests are skipped.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.exchange import dump, parse_line
from monitor.intake.brand import Brand
from monitor.model import Record
from sources import mastodon
from tests.contract_sources import BRAND, START
from tests.fake_platforms import Answer
from tests.fakes.mastodon import FakeMastodon

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "payloads" / "mastodon"

pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not here")


def answers() -> Iterator[tuple[str, str, Any]]:
    """Each recorded list of statuses, or of notifications, with the lane that would have asked for it."""
    for file in sorted(RECORDINGS.glob("*.yaml")):
        for interaction in yaml.safe_load(file.read_text(encoding="utf-8"))["interactions"]:
            body = interaction["response"]["body"]["string"]
            try:
                answer = json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
            except (ValueError, OSError):
                continue  # not JSON: a stream, a picture
            if isinstance(answer, dict) and answer.get("statuses"):
                yield file.name, "search acme", answer
            elif isinstance(answer, list) and answer and "content" in answer[0]:
                yield file.name, "#acme", answer
            elif isinstance(answer, list) and answer and "status" in answer[0]:
                yield file.name, "mentions", answer


def test_recorded_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTODON_TOKEN", "token")
    monkeypatch.setattr(Brand, "relevant", lambda *_: True)
    values = {"type": "mastodon", "access_token": {"env": "MASTODON_TOKEN"}, "lookback_hours": 168}
    source = mastodon.MastodonSource(mastodon.Settings.model_validate(values), "mastodon", BRAND)
    asked = 0
    with FakeMastodon(now=START) as fake:
        fake.mount(source.session)
        for name, lane, answer in answers():
            statuses = answer["statuses"] if isinstance(answer, dict) else answer
            statuses = [each.get("status", each) for each in statuses]
            public = [
                s for s in statuses if s and s["visibility"] in ("public", "unlisted") and not s.get("reblog")
            ]
            fake.will(Answer(200, answer))
            cursor = '{"down": {"since": 0.0}}'
            batch = source.poll(cursor, START, lane)
            assert {m.id for m in batch.mentions} == {s["id"] for s in public}, name
            records: list[Record] = [*batch.mentions, *batch.readings]
            for record in records:
                assert parse_line(dump(record)) == record
            for mention in batch.mentions:
                assert "" not in (mention.author.id, mention.author.handle), name
            asked += 1
    assert asked >= 5
