"""Lessons: what a form may say, who did what with them, and that they outlive the posts that they were learnt from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import InputError
from monitor.overview import lessons
from monitor.store import Store, Tables
from tests.monitor.scripted import NOON, mention

VECTOR = np.array([1.0, 0.0], dtype=np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "test.db")
    made.write(_story)
    yield made
    made.close()


def _story(tables: Tables) -> int:
    tables.mentions.add([mention(1)], NOON)
    return tables.stories.open(mention(1), VECTOR).id


def form(**said: str) -> dict[str, str]:
    return {"kind": "change", "text": "Ask twice", "owner": "Kim", "due": "2026-11-20"} | said


def test_a_change_waits_until_it_is_done(store: Store) -> None:
    first = lessons.write(store, 1, form(), "Sam", NOON)
    undated = lessons.write(store, 1, form(text="Sometime", due=""), "Sam", NOON)
    soon = lessons.write(store, 1, form(text="Soon", due="2026-11-03"), "Sam", NOON)
    well = lessons.write(store, 1, form(kind="well", text="Calm"), "Sam", NOON)
    read = store.read.lessons
    assert [each.number for each in read.open()] == [soon, first, undated]
    assert read.open()[0].is_late(date(2026, 11, 4))
    assert not read.open()[0].is_late(date(2026, 11, 3))
    kept = read.get(well)
    assert kept is not None
    assert (kept.owner, kept.due, kept.title) == ("", None, "My Kestrel parcel is lost")
    assert lessons.change(store, soon, "done", "Kim", NOON + timedelta(days=1)) == 1
    assert [each.done_by for each in read.done_between(NOON, NOON + timedelta(days=2))] == ["Kim"]
    assert read.done_between(NOON + timedelta(days=2), NOON + timedelta(days=3)) == []
    assert [each.number for each in read.open()] == [first, undated]
    lessons.change(store, soon, "done", "Sam", NOON + timedelta(days=2))
    assert [each.done_by for each in read.done_between(NOON, NOON + timedelta(days=9))] == ["Kim"]
    lessons.change(store, soon, "undone", "Sam", NOON)
    assert [each.number for each in read.open()] == [soon, first, undated]


def test_what_is_removed_stays_with_who_removed_it(store: Store) -> None:
    number = lessons.write(store, 1, form(), "Sam", NOON)
    lessons.change(store, number, "remove", "Kim", NOON + timedelta(hours=1))
    lessons.change(store, number, "remove", "Alex", NOON + timedelta(hours=2))
    read = store.read.lessons
    assert (
        read.open()
        == read.of_story(1)
        == read.newest(9)
        == read.written(NOON, NOON + timedelta(days=1))
        == []
    )
    (gone,) = read.of_story(1, removed=True)
    assert (gone.removed_by, gone.removed_at) == ("Kim", NOON + timedelta(hours=1))
    with pytest.raises(InputError):
        lessons.change(store, number, "done", "Kim", NOON)


def test_they_are_listed_page_by_page(store: Store) -> None:
    numbers = [
        lessons.write(store, 1, form(kind=kind), "Sam", NOON) for kind in ("well", "badly", "change") * 3
    ]
    read = store.read.lessons
    assert [each.number for each in read.newest(4)] == numbers[:-5:-1]
    assert [each.number for each in read.newest(9, numbers[2])] == [numbers[1], numbers[0]]
    assert [each.kind for each in read.newest(9, kind="badly")] == ["badly"] * 3


def test_they_outlive_the_posts(store: Store) -> None:
    number = lessons.write(store, 1, form(), "Sam", NOON)
    assert store.write(lambda tables: tables.mentions.purge(before=NOON + timedelta(days=1))) == 1
    assert store.read.stories.get(1) is not None
    assert [each.number for each in store.read.lessons.open()] == [number]


def test_a_story_of_which_nothing_is_left_goes(store: Store) -> None:
    store.write(lambda tables: tables.mentions.purge(before=NOON + timedelta(days=1)))
    assert store.read.stories.get(1) is None


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"kind": ""}, "say what it is"),
        ({"kind": "praise"}, "say what it is"),
        ({"text": " \n\u202e "}, "empty"),
        ({"text": "x" * 2001}, "2,001 characters"),
        ({"due": "soon"}, "no day"),
        ({"due": "2026-02-30"}, "no day"),
        ({"due": "9999-01-01"}, "nobody waits"),
    ],
)
def test_what_no_lesson_can_be(store: Store, said: dict[str, str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        lessons.write(store, 1, form(**said), "Sam", NOON)
    assert store.read.lessons.open() == []


def test_only_stories_and_lessons_that_there_are(store: Store) -> None:
    with pytest.raises(InputError, match="no story 9"):
        lessons.write(store, 9, form(), "Sam", NOON)
    with pytest.raises(InputError, match="no lesson 9"):
        lessons.change(store, 9, "done", "Sam", NOON)
    number = lessons.write(store, 1, form(kind="well"), "Sam", NOON)
    for what in ("done", "undone", "eat"):
        with pytest.raises(InputError, match="can't be that"):
            lessons.change(store, number, what, "Sam", NOON)


@given(st.dictionaries(st.sampled_from(["kind", "text", "owner", "due"]), st.text(max_size=60)))
def test_whatever_a_form_says_it_is_read_or_refused_in_words(said: dict[str, str]) -> None:
    with suppress(InputError):
        kind, text, owner, due = lessons._read(said)
        assert kind in ("well", "badly", "change")
        assert text.strip() == text != ""
        assert len(owner) <= lessons.OWNER_LONGEST
        assert kind == "change" or (owner, due) == ("", None)
