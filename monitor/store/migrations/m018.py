"""The schema of search."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.migrations.registry import migrations

FIRST = "CAST(strftime('%s', created_at) AS INTEGER) * 1048576"
"""The first number of a second: a million posts may be of one. In the year 9999 it is below 2^58."""

ROW = """INSERT INTO searchable (number, source, id, complaint, severity, category, language, spread)
    SELECT {number}, m.source, m.id, c.complaint, c.severity, c.category, coalesce(c.language, m.language), m.spread
    FROM (SELECT *, {first} AS first FROM mentions WHERE {which}) AS m
    LEFT JOIN classifications AS c ON c.source = m.source AND c.id = m.id"""

RANKED = "first + row_number() OVER (PARTITION BY first ORDER BY created_at) - 1"
NEXT = """coalesce((SELECT max(number) + 1 FROM searchable WHERE number >= first AND number < first + 1048576), first)"""

ALL = ROW.format(number=RANKED, first=FIRST, which="deleted_at IS NULL") + " ORDER BY 1"
ADD = ROW.format(number=NEXT, first=FIRST, which="source = new.source AND id = new.id AND deleted_at IS NULL")

WORDS = "text, author_handle, author_name"
MATTERS = f"created_at, deleted_at, {WORDS}"


@migrations()
def m018_search(db: Database) -> None:
    """What all mentions are searched by, and their words in a full-text index."""
    db.executescript(f"""
        -- Of each mention that is not erased, what it is filtered by. Numbers sort as the times of the posts do, so that
        -- the index of words gives the newest first and days are ranges of it; VACUUM changes none of them.
        CREATE TABLE searchable (
            number INTEGER PRIMARY KEY, source TEXT NOT NULL, id TEXT NOT NULL, complaint REAL, severity TEXT,
            category TEXT, language TEXT, spread INTEGER, UNIQUE (source, id)
        ) STRICT;
        {ALL};
        CREATE INDEX searchable_spread ON searchable (spread, number);
        CREATE INDEX mentions_author ON mentions (author_handle COLLATE NOCASE);

        -- The index holds no text of its own. CROSS JOIN: it is filled in the order of the numbers.
        CREATE VIEW said AS SELECT number, {WORDS} FROM searchable CROSS JOIN mentions USING (source, id);
        CREATE VIRTUAL TABLE words USING fts5(
            {WORDS}, content='said', content_rowid='number', tokenize='unicode61 remove_diacritics 2'
        );
        INSERT INTO words (words) VALUES ('rebuild');

        CREATE TRIGGER searchable_added AFTER INSERT ON searchable BEGIN
            INSERT INTO words (rowid, {WORDS}) SELECT number, {WORDS} FROM said WHERE number = new.number;
        END;
        -- BEFORE: the words are still there to be read. What is deleted stays in the index until its parts are merged
        -- (monitor/store/merging.py); that this is still to be done stands in meta.
        CREATE TRIGGER searchable_removed BEFORE DELETE ON searchable BEGIN
            INSERT INTO words (words, rowid, {WORDS}) SELECT 'delete', number, {WORDS} FROM said WHERE number = old.number;
            INSERT INTO meta (key, value) VALUES ('unmerged words', '1')
                ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1;
        END;

        CREATE TRIGGER mentions_found AFTER INSERT ON mentions BEGIN {ADD}; END;
        CREATE TRIGGER mentions_rewritten BEFORE UPDATE OF {MATTERS} ON mentions BEGIN
            DELETE FROM searchable WHERE source = old.source AND id = old.id;
        END;
        CREATE TRIGGER mentions_found_again AFTER UPDATE OF {MATTERS} ON mentions BEGIN {ADD}; END;
        CREATE TRIGGER mentions_lost BEFORE DELETE ON mentions BEGIN
            DELETE FROM searchable WHERE source = old.source AND id = old.id;
        END;
        CREATE TRIGGER mentions_spread AFTER UPDATE OF spread ON mentions WHEN new.spread IS NOT old.spread BEGIN
            UPDATE searchable SET spread = new.spread WHERE source = new.source AND id = new.id;
        END;
    """)  # noqa: S608
    for name, when, row, value in (
        ("read", "AFTER INSERT", "new", "new.{}"),
        ("read_anew", "AFTER UPDATE OF complaint, severity, category, language", "new", "new.{}"),
        ("taken_back", "AFTER DELETE", "old", "NULL"),
    ):
        complaint, severity, category, language = (
            value.format(each) for each in ("complaint", "severity", "category", "language")
        )
        of = f"source = {row}.source AND id = {row}.id"
        db.execute(f"""
            CREATE TRIGGER classifications_{name} {when} ON classifications BEGIN
                UPDATE searchable SET complaint = {complaint}, severity = {severity}, category = {category},
                    language = coalesce({language}, (SELECT language FROM mentions WHERE {of})) WHERE {of};
            END
        """)  # noqa: S608
