"""What the model said comes back from the store exactly, also from a database of an older version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlite_utils
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model import Classification, Emotion, Sentiment
from monitor.store import Store
from monitor.store.migrations import migrations
from monitor.store.values import to_text
from tests.monitor.scripted import KEY, NOON, mention

probability = st.floats(0, 1)
classifications = st.builds(
    Classification,
    complaint=probability,
    sentiment=st.builds(Sentiment, probability, probability, probability),
    model=st.text(st.characters(codec="utf-8"), min_size=1),
    severity=st.none() | st.just("blame"),
    severity_score=st.none() | probability,
    category=st.none() | st.just("delivery"),
    language=st.none() | st.sampled_from(["en", "nl"]),
    measured=st.none() | st.booleans(),
    sarcasm=st.none() | probability,
    emotion=st.none() | st.builds(Emotion, probability, probability, probability, probability),
    offensive=st.none() | probability,
    relevance=st.none() | probability,
    category_score=st.none() | probability,
    embedding=st.just(()) | st.tuples(st.floats(-1, 1, width=16), st.floats(-1, 1, width=16)),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "test.db")
    made.write(lambda tables: tables.mentions.add([mention(1)], NOON))
    yield made
    made.close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(classifications)
def test_every_field_comes_back(store: Store, found: Classification) -> None:
    store.write(lambda tables: tables.mentions.classified(KEY, found, NOON))
    assert store.read.mentions.classification(KEY) == found


def test_a_database_of_the_first_version_is_read_and_written_on(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = sqlite_utils.Database(path)
    migrations.apply(old, stop_before="m002_emotion_relevance_languages")
    at = to_text(NOON)
    old.execute(
        """INSERT INTO mentions (source, id, author_id, author_handle, author_name, text, url, created_at, seen_at, state)
           VALUES ('x', '1', 'a', 'a', '', 'lost', '', ?, ?, 'done')""",
        [at, at],
    )
    old.execute(
        """INSERT INTO classifications (source, id, model, at, complaint, negative, neutral, positive, language, sarcasm)
           VALUES ('x', '1', 'first', ?, 0.9, 0.8, 0.1, 0.1, 'en', 0.2)""",
        [at],
    )
    old.conn.commit()
    old.close()
    store = Store(path)
    before = Classification(0.9, Sentiment(0.8, 0.1, 0.1), "first", language="en", sarcasm=0.2)
    assert store.read.mentions.classification(KEY) == before
    after = replace(before, measured=False, emotion=Emotion(0.7, 0.1, 0.1, 0.1), offensive=0.5, relevance=0.9)
    store.write(lambda tables: tables.mentions.classified(KEY, after, NOON))
    assert store.read.mentions.classification(KEY) == after
    store.close()
