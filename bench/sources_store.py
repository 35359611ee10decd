# ruff: noqa: S608 -- what is put into SQL here is made here
"""A store with millions of mentions, made in minutes: rows by SQL, indexes and triggers put back afterwards.

Half of them come from a source whose ids grow with time (`x`), half from one whose ids do not (`feed`). A fifth is in
stories and has a forecast; each has two readings. The last mention was written at END.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from monitor.store import Store
from monitor.store.values import to_text

END = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAYS = 1000
IN_STORIES = 5  # one in so many
STORY = 25  # mentions of a story

_TEXT = (
    "Kestrel post number {n} about a lost parcel that was never delivered, and nobody answers the telephone"
)
_SERIES = "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n + 1 < {count}) "
_AT = "strftime('%Y-%m-%dT%H:%M:%S', {begin} + n * {step}, 'unixepoch') || '.000000Z'"


def fill(path: Path, count: int) -> None:
    """Make the database `path` with so many mentions."""
    Store(path).close()
    step = DAYS * 86_400 / count
    begin = END.timestamp() - (count - 1) * step
    at = _AT.format(begin=begin, step=step)
    series = _SERIES.format(count=count)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "cache_size = -2000000",
            "temp_store = MEMORY",
        ):
            db.execute(f"PRAGMA {pragma}")
        known = db.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).fetchall()
        for kind, name, _ in known:
            db.execute(f"DROP {kind} {name}")
        db.execute("BEGIN")
        stories = max(count // IN_STORIES // STORY, 1)
        db.execute(
            f"""{_SERIES.format(count=stories)} INSERT INTO stories (id, opened_at, updated_at, closed_at, title,
                  title_mention, members)
                SELECT n + 1, {_AT.format(begin=begin, step=DAYS * 86_400 / stories)}, '{to_text(END)}',
                  '{to_text(END)}', 'story ' || n, 'x ' || n, {STORY} FROM s"""
        )
        story = f"CASE WHEN n % {IN_STORIES} = 0 THEN n / {IN_STORIES * STORY} % {stories} + 1 END"
        db.execute(
            f"""{series} INSERT INTO mentions (source, id, author_id, author_handle, author_name, author_followers,
                  text, url, created_at, language, seen_at, story_id, state, voice, spread, p_viral, sure)
                SELECT CASE n % 2 WHEN 0 THEN 'x' ELSE 'feed' END,
                  CASE n % 2 WHEN 0 THEN CAST(1000000000000000000 + n * 1000003 AS TEXT)
                             ELSE lower(hex(randomblob(16))) END,
                  'a' || (n % 900001), 'user' || (n % 900001), 'Some Body', n % 5000,
                  replace('{_TEXT}', '{{n}}', n), 'https://example.org/status/' || n, {at}, 'en', {at},
                  {story}, 'done', CASE WHEN n % {IN_STORIES} = 0 THEN 'x ' || n END,
                  CASE WHEN n % {IN_STORIES} = 0 THEN 3 END, CASE WHEN n % {IN_STORIES} = 0 THEN .01 END,
                  CASE WHEN n % {IN_STORIES} = 0 THEN .5 END FROM s"""
        )
        for minutes in (0, 60):
            db.execute(
                f"""INSERT INTO readings (source, id, at, likes, replies, reposts, quotes, views, early)
                    SELECT source, id, strftime('%Y-%m-%dT%H:%M:%S', created_at, '+{minutes} minutes')
                      || '.000000Z', 3, 1, 2, 0, 410, 0 FROM mentions ORDER BY source, id"""
            )
        db.execute(
            """INSERT INTO forecasts (source, id, at, count, viral_at, p_viral, expected, low, high)
               SELECT source, id, created_at, 3, 500, .01, 5, 2, 9 FROM mentions WHERE story_id IS NOT NULL"""
        )
        db.execute(
            f"""{_SERIES.format(count=2000)} INSERT INTO coverage (source, complete, note, start, "end", tries)
                SELECT 'x search', 0, 'limit of 1,000 results', {_AT.format(begin=begin, step=DAYS * 43)},
                  {_AT.format(begin=begin + 600, step=DAYS * 43)}, 3 FROM s"""
        )
        for _, _, sql in known:
            db.execute(sql)
        db.execute("COMMIT")
