"""Some bad hours on four platforms. `python -m bench.sources` has whole days of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.contract_sources import START
from tests.fake_platforms import CLIENT_SECRET, TOKEN, FakeReddit, FakeX
from tests.fakes.hackernews import FakeHackerNews
from tests.fakes.mastodon import FakeMastodon
from tests.simulated_day import Day, Weather
from tests.simulated_platforms import OnHackerNews, OnMastodon, OnReddit, OnX
from tests.sources.test_hackernews import HackerNewsWorld
from tests.sources.test_mastodon import MastodonWorld
from tests.sources.test_reddit import RedditWorld
from tests.sources.test_x import XWorld

BAD = Weather(
    a_minute=1.0,
    bursts=1,
    burst=110,
    failing=0.2,
    deleted=0.2,
    edited=0.1,
    crashing=0.05,
    offline=timedelta(minutes=20),
)
PLATFORMS: dict[str, tuple[Any, Any, Callable[[Any], Any]]] = {
    "x": (FakeX, XWorld, OnX),
    "reddit": (FakeReddit, RedditWorld, OnReddit),
    "hackernews": (FakeHackerNews, HackerNewsWorld, OnHackerNews),
    "mastodon": (FakeMastodon, MastodonWorld, OnMastodon),
}


@pytest.mark.parametrize("name", PLATFORMS)
def test_what_was_shown_long_enough_is_stored_once(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the ledger claims nothing that lacks a post, and of what was deleted and looked up again no text is left."""
    for variable, secret in (("X_TOKEN", TOKEN), ("REDDIT_SECRET", CLIENT_SECRET), ("MASTODON_TOKEN", TOKEN)):
        monkeypatch.setenv(variable, secret)
    fake_class, world_class, people = PLATFORMS[name]
    with fake_class(now=START) as fake:
        found = Day(world_class(fake), people(fake), tmp_path, seed=1, hours=1, weather=BAD).run()
    assert found.owed > 100
    assert found.faults
    assert found.crashes
    assert found.looked_up
    assert found.stored <= found.posts
    assert found.twice == 0
    assert found.lost == []
    assert found.untrue == []
    assert found.kept_text == []
