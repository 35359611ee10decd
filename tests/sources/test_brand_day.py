"""The demonstration day: reproducible, well formed, and shaped as docs/forecast.md and the README describe it."""

from __future__ import annotations

import runpy
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import exchange
from monitor.errors import InputError
from monitor.model import Deleted, Mention, MentionKey, Reading, Record

ROOT = Path(__file__).resolve().parents[2]
DAY = ROOT / "sources" / "brand_day.jsonl"


@pytest.fixture(scope="module")
def records() -> list[Record]:
    found = [record for _, record in exchange.read_records(DAY.read_text(encoding="utf-8").splitlines())]
    assert not [record for record in found if isinstance(record, InputError)]
    return [record for record in found if not isinstance(record, InputError)]


def test_the_generator_writes_exactly_this_file() -> None:
    generated = runpy.run_path(str(ROOT / "bench" / "make_brand_day.py"))["brand_day"]()
    assert generated == DAY.read_text(encoding="utf-8"), "run: python -m bench.make_brand_day"


def test_it_is_one_day_in_order(records: list[Record]) -> None:
    times = [exchange.time_of(record) for record in records]
    assert times == sorted(times)
    assert times[0] == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert times[-1] == datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_every_line_speaks_of_a_mention_that_was_seen_and_not_deleted(records: list[Record]) -> None:
    there: set[MentionKey] = set()
    for record in records:
        if isinstance(record, Mention):
            assert record.key not in there
            for other in (record.in_reply_to, record.quoted):
                assert other is None or MentionKey(record.source, other) in {r.key for r in records}
            there.add(record.key)
        else:
            assert record.key in there
            if isinstance(record, Deleted):
                there.remove(record.key)


def test_it_holds_what_the_story_needs(records: list[Record]) -> None:
    mentions = [record for record in records if isinstance(record, Mention)]
    readings = [record for record in records if isinstance(record, Reading)]
    assert 330 <= len(mentions) <= 500
    assert len({mention.text for mention in mentions}) > 300
    assert Counter(mention.source for mention in mentions).keys() == {"x", "reddit"}
    assert {"en", "de", "es", "fr", "it", "pt", "ar", "hi"} <= {mention.language for mention in mentions}
    assert len(readings) >= 3000
    assert any(reading.views is None for reading in readings if reading.source == "x")
    assert all(reading.reposts is None for reading in readings if reading.source == "reddit")
    assert len([record for record in records if isinstance(record, Deleted)]) == 7
    assert DAY.stat().st_size < 900_000
