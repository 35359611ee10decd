"""What people write down when a story is over: what went well, what went badly, and what will change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import cast

from monitor.errors import InputError
from monitor.store import LessonKind, Store, Tables
from monitor.wording.text import clean, one_line

LONGEST = 2000
OWNER_LONGEST = 80
LAST_YEAR = 2200

HEADINGS: tuple[tuple[LessonKind, str], ...] = (
    ("well", "What went well"),
    ("badly", "What went badly"),
    ("change", "What will change"),
)


def write(store: Store, story_id: int, said: Mapping[str, str], who: str, now: datetime) -> int:
    """Write a lesson of a story from what a form says (`kind`, `text`, and of a change `owner` and `due`); its number.
    InputError says what is missing."""
    kind, text, owner, due = _read(said)

    def work(tables: Tables) -> int:
        story = tables.stories.get(story_id)
        if story is None:
            raise InputError(f"there is no story {story_id}")
        return tables.lessons.add(story.id, kind, text, owner, due, who, now)

    return store.write(work)


def is_nobodys(said: Mapping[str, str]) -> bool:
    """Whether a form says what will change, but not who does it or until when. That is asked for, and not needed."""
    named = all(said.get(each, "").strip() for each in ("owner", "due"))
    return said.get("kind") == "change" and bool(said.get("text", "").strip()) and not named


def change(store: Store, number: int, what: str, who: str, now: datetime) -> int:
    """A lesson is `done`, `undone` or to `remove`; its story. InputError when there is none of that number."""

    def work(tables: Tables) -> int:
        lesson = tables.lessons.get(number)
        if lesson is None:
            raise InputError(f"there is no lesson {number}")
        if what == "remove":
            tables.lessons.remove(number, who, now)
        elif what not in ("done", "undone") or lesson.kind != "change" or lesson.removed_at:
            raise InputError(f"lesson {number} can't be that")
        elif what == "undone" or lesson.done_at is None:
            tables.lessons.done(number, who, now if what == "done" else None)
        return lesson.story_id

    return store.write(work)


def _read(said: Mapping[str, str]) -> tuple[LessonKind, str, str, date | None]:
    kind, text = said.get("kind", ""), clean(said.get("text", "")).strip()
    if kind not in dict(HEADINGS):
        raise InputError("say what it is: something that went well, that went badly, or that will change")
    if not text:
        raise InputError("the lesson is empty: write it in a sentence or two")
    if len(text) > LONGEST:
        raise InputError(f"the lesson has {len(text):,} characters; {LONGEST:,} are enough")
    if kind != "change":
        return cast(LessonKind, kind), text, "", None
    written = said.get("due", "").strip()
    try:
        due = date.fromisoformat(written) if written else None
    except ValueError:
        raise InputError(f"{one_line(written, 20)!r} is no day: write one such as 2026-12-01") from None
    if due and due.year > LAST_YEAR:
        raise InputError(f"nobody waits until {due.year}")
    return "change", text, one_line(said.get("owner", ""), OWNER_LONGEST), due
