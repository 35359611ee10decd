"""Every source over its fake platform, with mentions on it, ready to be recorded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from unittest import mock

from monitor.ports import Source
from monitor.settings import SourceSettings
from sources import bluesky, bluesky_stream, hackernews, rss
from tests import fake_platforms as fakes
from tests.contract_sources import START, minutes_ago
from tests.fakes import bluesky as bluesky_fakes
from tests.fakes.hackernews import FakeHackerNews
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.rss import FakeFeed
from tests.sources import (
    test_appstore,
    test_bluesky,
    test_googleplay,
    test_hackernews,
    test_mastodon,
    test_reddit,
    test_rss,
    test_x,
    test_youtube,
)

POSTS = 4
FEED_KEY = "feed-key-SECRET"


class Recordable(NamedTuple):
    """`renamed` are addresses of the fake that stand in the settings, with what a recording has instead."""

    settings: SourceSettings
    build: Callable[[], Source]
    secrets: Sequence[str]
    renamed: Mapping[str, str] = {}


def _x() -> Iterator[Recordable]:
    with fakes.FakeX(now=START) as fake:
        world = test_x.XWorld(fake)
        world.write(minutes_ago(START, POSTS))
        yield Recordable(test_x.settings(), world.source, world.secrets)


def _reddit() -> Iterator[Recordable]:
    with fakes.FakeReddit(now=START) as fake:
        world = test_reddit.RedditWorld(fake)
        for lane in ("search", "comments", "inbox"):
            world.lane = lane
            world.write(minutes_ago(START, POSTS, first=5))
        yield Recordable(
            test_reddit.settings(**test_reddit.ACCOUNT),
            lambda: world.source(**test_reddit.ACCOUNT),
            world.secrets,
        )


def _mastodon() -> Iterator[Recordable]:
    with FakeMastodon(now=START) as fake:
        world = test_mastodon.MastodonWorld(fake)
        world.write(minutes_ago(START, POSTS))
        yield Recordable(test_mastodon.settings(), world.source, world.secrets)


def _youtube() -> Iterator[Recordable]:
    with test_youtube.World() as world:
        world.write(minutes_ago(START, POSTS))
        yield Recordable(
            test_youtube.settings(search=False), lambda: world.source(search=False), world.secrets
        )


def _appstore() -> Iterator[Recordable]:
    with test_appstore.World() as world:
        world.write(minutes_ago(START, POSTS))
        yield Recordable(test_appstore.settings(), world.source, world.secrets)


def _googleplay() -> Iterator[Recordable]:
    with test_googleplay.World() as world:
        world.write(minutes_ago(START, POSTS))
        settings = test_googleplay.settings(languages=["en-GB"])
        yield Recordable(settings, lambda: world.source(languages=["en-GB"]), world.secrets)


def _hackernews() -> Iterator[Recordable]:
    with FakeHackerNews(now=START) as fake:
        world = test_hackernews.HackerNewsWorld(fake)
        world.write(minutes_ago(START, POSTS))
        settings = hackernews.Settings.model_validate({"type": "hackernews"})
        yield Recordable(settings, world.source, world.secrets)


def _rss() -> Iterator[Recordable]:
    with FakeFeed(now=START) as fake:
        world = test_rss.RssWorld(fake)
        world.write(minutes_ago(START, POSTS))
        feeds = {test_rss.LANE: f"{test_rss.URL}?lang=en&key={FEED_KEY}"}
        settings = rss.Settings.model_validate({"type": "rss", "feeds": feeds})
        yield Recordable(settings, lambda: world.source(feeds=feeds), [FEED_KEY])


def _bluesky() -> Iterator[Recordable]:
    with bluesky_fakes.FakeBluesky(now=START) as fake:
        world = test_bluesky.BlueskyWorld(fake, "search acme")
        world.write(minutes_ago(START, POSTS))
        values = {
            "type": "bluesky", "stream": fake.stream, "lookback_hours": 24, "identifier": bluesky_fakes.HANDLE,
            "app_password": {"env": "BLUESKY_PASSWORD"},
        }  # fmt: skip
        renamed = {fake.stream: "wss://jetstream.example/subscribe"}
        yield Recordable(bluesky.Settings.model_validate(values), world.source, world.secrets, renamed)


WORLDS: Mapping[str, Callable[[], Iterator[Recordable]]] = {
    "appstore": _appstore,
    "bluesky": _bluesky,
    "googleplay": _googleplay,
    "hackernews": _hackernews,
    "mastodon": _mastodon,
    "reddit": _reddit,
    "rss": _rss,
    "x": _x,
    "youtube": _youtube,
}

SECRETS = {
    "X_TOKEN": fakes.TOKEN,
    "REDDIT_SECRET": fakes.CLIENT_SECRET,
    "REDDIT_PASSWORD": test_reddit.PASSWORD,
    "REDDIT_REFRESH": test_reddit.REFRESH_TOKEN,
    "MASTODON_TOKEN": test_mastodon.TOKEN,
    "YOUTUBE_KEY": test_youtube.KEY,
    "BLUESKY_PASSWORD": bluesky_fakes.PASSWORD,
}


@contextmanager
def recordable(name: str) -> Iterator[Recordable]:
    """The source of that name, with its secrets in the environment."""
    with (
        mock.patch.dict(os.environ, SECRETS),
        mock.patch.object(bluesky_stream, "QUIET", 0.3),
        contextmanager(WORLDS[name])() as world,
    ):
        yield world
