"""Bluesky: the stream over a real websocket, search and look-ups through the real atproto client, on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from monitor.brand import Brand
from monitor.errors import SourceError
from monitor.model import Author, Deleted, Interval, Mention, MentionKey, Reading
from sources import bluesky, bluesky_stream, http
from tests.contract_sources import (
    BRAND,
    SLOW_DOWN,
    START,
    GuardedSourceContract,
    connected,
    keys,
    minutes_ago,
    poll_all,
)
from tests.fake_platforms import Answer, failing
from tests.fakes.bluesky import ACCESS, HANDLE, PASSWORD, REFRESH, Event, FakeBluesky, did, micros, tid

MINUTE = timedelta(minutes=1)


class BlueskyWorld:
    secrets = (PASSWORD, ACCESS, REFRESH)

    def __init__(self, fake: FakeBluesky, lane: str = "jetstream") -> None:
        self.fake, self.lane = fake, lane

    @property
    def now(self) -> datetime:
        return self.fake.now

    @now.setter
    def now(self, value: datetime) -> None:
        self.fake.now = value

    def source(self, brand: Brand = BRAND, **changes: Any) -> bluesky.BlueskySource:
        if self.lane != "jetstream":
            changes = {"identifier": HANDLE, "app_password": {"env": "BLUESKY_PASSWORD"}} | changes
        values = {"type": "bluesky", "stream": self.fake.stream, "lookback_hours": 24} | changes
        source = bluesky.BlueskySource(bluesky.Settings.model_validate(values), "bluesky", brand)
        self.fake.mount(source.session)
        return source

    def write(self, times: Sequence[datetime]) -> set[MentionKey]:
        return {MentionKey("bluesky", self.fake.post(time).uri) for time in times}

    def spoil(self, change: Callable[[Any], Any]) -> None:
        self.fake.will(lambda request: replace(true := self.fake.answer(request), body=change(true.body)))

    def fail(self, kind: str) -> None:
        echo = f"{PASSWORD} is wrong\x1b[31m\n"
        if kind in ("late", "dripping"):
            self.fake.will_slowly(failing(kind, echo))
        elif kind == "redirect loop":
            self.fake.will(*[failing(kind, echo)] * (10 if self.lane == "jetstream" else http.REDIRECTS + 1))
        else:
            until = str(int(self.now.timestamp() + SLOW_DOWN))
            own = {
                "slow down": Answer(429, {"error": echo}, {"ratelimit-reset": until, "ratelimit-remaining": "0"}),
                "odd headers": Answer(429, {"error": echo}, {"ratelimit-reset": "soon", "retry-after": "nan"}),
            }
            self.fake.will(own.get(kind) or failing(kind, echo))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBluesky]:
    monkeypatch.setenv("BLUESKY_PASSWORD", PASSWORD)
    monkeypatch.setattr(bluesky_stream, "QUIET", 0.3)
    with FakeBluesky(now=START) as fake:
        yield fake


@pytest.fixture
def world(fake: FakeBluesky) -> BlueskyWorld:
    return BlueskyWorld(fake)


@pytest.fixture
def search(fake: FakeBluesky) -> BlueskyWorld:
    return BlueskyWorld(fake, "search acme")


class TestContractOfTheStream(GuardedSourceContract):
    @pytest.fixture
    def world(self, world: BlueskyWorld) -> BlueskyWorld:
        return world


class TestContractOfSearch(GuardedSourceContract):
    @pytest.fixture
    def world(self, search: BlueskyWorld) -> BlueskyWorld:
        return search
