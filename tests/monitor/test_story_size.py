"""What a decision costs hardly grows with the story: what it reads of old posts stands in indexes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor import rules
from monitor.model import Classification, Forecast, MentionKey, Sentiment
from monitor.paging.facts import Facts
from monitor.store import Store, Tables
from tests.monitor.scripted import NOON, config, mention

GLAD = Classification(0.1, Sentiment(0.0, 0.1, 0.9), "m", category="delivery", category_score=0.4)
STEPS = 10
A_POST = 30
"""Steps of SQLite for each further post: it is counted, in one index, and not looked at."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "test.db")
    made.write(lambda tables: tables.stories._db.execute(INTO_STORIES))
    return made


INTO_STORIES = """INSERT INTO stories (id, opened_at, updated_at, title, title_mention)
    VALUES (1, '2026-10-29T12:00:00.000000Z', '2026-11-01T12:00:00.000000Z', '', '')"""


def fill(tables: Tables, first: int, count: int, found: Classification) -> None:
    """Posts of a day ago, one a minute, the later ones likelier to spread."""
    for number in range(first, first + count):
        post = mention(number, "Kestrel parcel lost", NOON - timedelta(days=1, minutes=number))
        tables.mentions.add([post], NOON)
        tables.mentions.classified(post.key, found, NOON)
        p = number / 10_000
        tables.mentions.assessed(post.key, Forecast(NOON, number, 500, p, 1.0, 1.0, 2.0), None, 0)
        tables.stories._put(post, 1)


def steps(store: Store, folder: Path) -> int:
    """What SQLite does for the facts of a decision, in its own steps."""
    facts, read = Facts(config(folder), lambda _: ("reposts+quotes", 500)), store.read
    facts.of(read, 1, NOON)  # what is normal is read once an hour
    count = 0

    def step() -> int:
        nonlocal count
        count += STEPS
        return 0

    connection = read.stories._db.conn
    connection.set_progress_handler(step, STEPS)
    assert facts.of(read, 1, NOON) is not None
    connection.set_progress_handler(None, 0)
    return count


def test_a_decision_about_a_large_story_costs_little_more(store: Store, tmp_path: Path) -> None:
    angry = Classification(0.9, Sentiment(0.9, 0.1, 0.0), "m", category="delivery", category_score=0.5)
    store.write(lambda tables: fill(tables, 0, 600, angry))
    small = steps(store, tmp_path)
    store.write(lambda tables: fill(tables, 600, 2400, angry))
    assert steps(store, tmp_path) - small < A_POST * 2400
    store.close()


def test_what_stands_beside_a_mention_follows_what_is_known_of_it(store: Store) -> None:
    """The columns that triggers keep: the top posts and what the model is sure of are found by them."""
    sure = Classification(0.9, Sentiment(0.9, 0.1, 0.0), "m", category="safety", category_score=rules.SURE)
    since = NOON - timedelta(days=2)

    def top() -> list[str]:
        return [post.mention.id for post in store.read.stories.top(1, 2, since)]

    store.write(lambda tables: fill(tables, 0, 4, GLAD))
    assert top() == ["3", "2"]
    assert store.read.stories.sure_of(1, since, 0.5) == ()
    key = MentionKey("x", "0")
    again = Forecast(NOON, 900, 500, 1.0, 900.0, 900.0, 900.0)

    def work(tables: Tables) -> None:
        tables.mentions.assessed(key, again, None, 0)
        tables.mentions.classified(key, sure, NOON)

    store.write(work)
    assert top() == ["0", "3"]
    assert store.read.stories.volume(1, NOON, timedelta(hours=1)).spread == 900
    assert store.read.stories.sure_of(1, since, 0.5) == ("safety",)
    store.write(lambda tables: tables.mentions.classified(key, GLAD, NOON))
    assert store.read.stories.sure_of(1, since, 0.5) == ()
    store.close()
