"""Erased words leave the full-text index, too.

FTS5 marks what is deleted in a new part of its index and leaves the old part as it is, words and places included, until
the two are merged. So after every erasure all parts are merged into one, a piece at a time, in transactions of their own.
That there is something to merge is a row, which a trigger writes in the transaction that erases: a process that dies leaves
it to the next one.
"""

from __future__ import annotations

import sqlite3

PAGES = 500
"""Of the index that one step writes: 2 MB, some 50 ms."""

KEY = "unmerged words"
"""The row of `meta`: how often words were erased since all was merged (migration m018)."""

FEWEST = 2
"""Parts of which a step makes one. By SQLite's default (4) it does nothing and seems to have ended where posts that were
stored meanwhile have made three parts of their own (https://sqlite.org/fts5.html#the_usermerge_configuration_option)."""

NOTHING = 2
"""A merge that made fewer changes than these did nothing (https://sqlite.org/fts5.html#the_merge_command)."""


class Merging:
    """The merging of one process, another one may be at it, too; after a step that was rolled back it is begun anew."""

    def __init__(self) -> None:
        self._begun: str | None = None

    def due(self, connection: sqlite3.Connection) -> bool:
        """Whether there is anything to merge."""
        return _erased(connection) is not None

    def step(self, connection: sqlite3.Connection) -> bool:
        """The next piece, in the transaction that the caller has begun; False when nothing was left to merge."""
        erased = _erased(connection)
        if erased is None:
            self._begun = None
            return False
        pages = PAGES
        if self._begun is None:
            # All parts that there are now are to become one; those that are added meanwhile are not waited for.
            self._begun, pages = erased, -PAGES
            connection.execute("INSERT INTO words (words, rank) VALUES ('usermerge', ?)", [FEWEST])
        before = connection.total_changes
        connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", [pages])
        if connection.total_changes - before >= NOTHING:
            return True
        again = erased != self._begun
        self._begun = None
        if not again:
            connection.execute("DELETE FROM meta WHERE key = ?", [KEY])
        return again


def _erased(connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", [KEY]).fetchone()
    return None if row is None else str(row[0])
