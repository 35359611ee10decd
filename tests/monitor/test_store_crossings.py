"""When a story went viral: it stands with its posts, whatever their counters say later, and wherever they go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlite_utils import Database

from monitor.model import Forecast, MentionKey
from monitor.sections import RulesSettings
from monitor.store import Store, Tables
from monitor.store.migrations import migrations
from tests.monitor.scripted import KEY, NOON
from tests.monitor.test_pipeline import World

RULES = RulesSettings()
LATER = NOON + timedelta(hours=1)


def assessed(said: Forecast, tables: Tables) -> None:
    tables.mentions.assessed(KEY, said, None, 9)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.hot(1, 700)
    made.advance()
    yield made
    made.store.close()


def crossed(store: Store, story: int = 1) -> datetime | None:
    found = store.read.weekly.crossed_at(story, RULES)
    assert store.read.weekly.crossings(NOON + timedelta(days=9), RULES).get(story) == found
    return found


def test_it_is_known_of_the_story_that_the_post_is_in(world: World) -> None:
    assert crossed(world.store) == NOON
    world.hot(2, 3, "b Kestrel parcel is lost")
    world.advance(hours=1)
    world.store.write(
        lambda tables: tables.stories._db.execute("UPDATE mentions SET story_id = 2 WHERE id = '1'")
    )
    assert (crossed(world.store, 1), crossed(world.store, 2)) == (None, NOON)
    world.store.write(lambda tables: tables.mentions.purge(key=KEY))
    assert crossed(world.store, 2) is None


def test_a_counter_that_wavers_takes_nothing_back(world: World) -> None:
    for at, count in ((LATER, 400), (LATER + timedelta(hours=1), 800)):
        said = Forecast(at, count, 500, 0.5 if count < 500 else 1.0, 900.0, 500.0, 999.0)
        world.store.write(partial(assessed, said))
        assert crossed(world.store) == NOON


def test_the_first_of_several_counts_and_no_praise(world: World) -> None:
    world.hot(2, 900, "My Kestrel parcel is lost, too")
    world.advance(hours=1)
    assert world.store.read.stories.of(MentionKey("x", "2")) == 1
    assert crossed(world.store) == NOON
    world.store.write(
        lambda tables: tables.stories._db.execute(
            "UPDATE classifications SET positive = 0.9, complaint = 0.1 WHERE id = '1'"
        )
    )
    assert crossed(world.store) == LATER


def test_what_crossed_before_is_taken_over(world: World, tmp_path: Path) -> None:
    old = Database(tmp_path / "old.db")
    migrations.apply(old, stop_before="m024_crossings_of_stories")
    at = "2026-01-01T00:00:00.000000Z"
    old.table("stories").insert(
        {"id": 1, "opened_at": at, "updated_at": at, "title": "", "title_mention": ""}
    )
    for number, when in (("1", at), ("2", None)):
        key = {"source": "x", "id": number}
        old.table("mentions").insert(
            key | dict.fromkeys(("author_id", "author_handle", "author_name", "text", "url"), "")
            | {"created_at": at, "seen_at": at, "state": "done", "story_id": 1}
        )  # fmt: skip
        old.table("forecasts").insert(
            key | {"at": at, "count": 9, "viral_at": 9, "p_viral": 1.0, "expected": 9.0, "low": 9.0, "high": 9.0}
            | {"crossed_at": when}
        )  # fmt: skip
    old.conn.commit()
    old.close()
    store = Store(tmp_path / "old.db")
    assert crossed(store) == NOON.replace(month=1, hour=0)
    store.close()
