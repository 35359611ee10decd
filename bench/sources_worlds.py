"""The platforms of the tests on loopback, each with the source that reads it."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.model import MentionKey
from tests.contract_sources import START
from tests.fake_platforms import CLIENT_SECRET, TOKEN, FakeReddit, FakeX, Platform

SECRETS = {
    "YOUTUBE_KEY": "AIza-SECRET-0123",
    "X_TOKEN": TOKEN,
    "REDDIT_SECRET": CLIENT_SECRET,
    "MASTODON_TOKEN": TOKEN,
}


def _test(name: str) -> Any:
    return importlib.import_module(f"tests.sources.test_{name}")


def _x() -> Any:
    return _test("x").XWorld(FakeX(now=START))


def _reddit(lane: str) -> Any:
    world = _test("reddit").RedditWorld(FakeReddit(now=START))
    world.lane = lane
    return world


def _mastodon() -> Any:
    from tests.fakes.mastodon import FakeMastodon

    return _test("mastodon").MastodonWorld(FakeMastodon(now=START))


def _hackernews() -> Any:
    from tests.fakes.hackernews import FakeHackerNews

    return _test("hackernews").HackerNewsWorld(FakeHackerNews(now=START))


def _bluesky(lane: str) -> Any:
    from sources import bluesky_stream
    from tests.fakes.bluesky import PASSWORD, FakeBluesky

    os.environ["BLUESKY_PASSWORD"] = PASSWORD
    bluesky_stream.QUIET = 0.3
    world = _test("bluesky").BlueskyWorld(FakeBluesky(now=START), lane)
    fake = world.fake

    def add(event: Any) -> Any:
        """As the fake's own, which sorts each time; here they come in the order of time."""
        fake.events.append(event)
        return event

    fake.add = add
    return world


def _rss(limit: int) -> Any:
    from tests.fakes.rss import FakeFeed

    world = _test("rss").RssWorld(FakeFeed(now=START))
    world.fake.limit = limit
    return world


def _folder() -> Any:
    """No platform: a table for all that is written at once."""
    world = _test("folder").World(Path(tempfile.mkdtemp(prefix="snapwatch-bench-")))
    world.fake = Platform(START)

    def in_bulk(times: Sequence[datetime]) -> dict[MentionKey, datetime]:
        keys = sorted(world.write(times), key=lambda key: int(key.id))
        return dict(zip(keys, times, strict=True))

    world.in_bulk = in_bulk
    return world


WORLDS: dict[str, Callable[[], Any]] = {
    "x search": _x,
    "reddit search": lambda: _reddit("search"),
    "reddit comments": lambda: _reddit("comments"),
    "bluesky jetstream": lambda: _bluesky("jetstream"),
    "bluesky search": lambda: _bluesky("search acme"),
    "mastodon hashtag": _mastodon,
    "hackernews": _hackernews,
    "appstore": lambda: _test("appstore").World(),
    "googleplay": lambda: _test("googleplay").World(),
    "youtube": lambda: _test("youtube").World(),
    "rss, all shown": lambda: _rss(10**6),
    "rss, 100 shown": lambda: _rss(100),
    "folder": _folder,
}


def platform(world: Any) -> Platform:
    found = getattr(world, "fake", world)
    assert isinstance(found, Platform)
    return found


@contextmanager
def opened(name: str) -> Iterator[Any]:
    os.environ |= SECRETS
    world = WORLDS[name]()
    _remember(platform(world))
    with platform(world):
        yield world


def _remember(fake: Platform) -> None:
    """A fake sorts everything for each request; what is shown changes only with the clock and with what is written."""
    visible = getattr(fake, "_visible", None)
    if visible is None:
        return
    known: dict[Any, Any] = {}

    def remembered() -> Any:
        stored = next(getattr(fake, each) for each in ("posts", "things", "statuses") if hasattr(fake, each))
        key = (fake.now, len(stored), len(getattr(fake, "gone", ())))
        if key not in known:
            known.clear()
            known[key] = visible()
        return known[key]

    fake._visible = remembered  # type: ignore[attr-defined]
