"""Killed while paging, without warning, and started again: nothing is lost, nothing comes twice. `python -m bench.sources`
kills a hundred times, on every platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract_sources import START
from tests.fake_platforms import TOKEN, FakeX
from tests.fakes.mastodon import FakeMastodon
from tests.killed import killed_while_paging
from tests.sources.test_mastodon import MastodonWorld
from tests.sources.test_x import XWorld

# From Python 3.12 on a fork beside threads warns; the child here uses none of them.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

KILLS, BURST = 8, 450


@pytest.mark.parametrize("name", ["x", "mastodon"])
def test_killed_while_paging(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first, with nothing but ids in the cursor; oldest first, from an anchor."""
    monkeypatch.setenv("X_TOKEN", TOKEN)
    monkeypatch.setenv("MASTODON_TOKEN", TOKEN)
    with FakeX(now=START) if name == "x" else FakeMastodon(now=START) as fake:
        world = XWorld(fake) if isinstance(fake, FakeX) else MastodonWorld(fake)

        def source() -> object:
            made = world.source()
            made.lanes = (world.lane,)
            return made

        found = killed_while_paging(world, fake, source, tmp_path, KILLS, BURST, seed=1)  # type: ignore[arg-type]
    assert found.kills == KILLS
    assert (found.lost, found.twice) == (0, 0)
    assert len(found.posts) >= BURST
