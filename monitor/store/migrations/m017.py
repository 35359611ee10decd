"""The schema of the dashboard."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.migrations.registry import migrations


@migrations()
def m017_room(db: Database) -> None:
    """Who may enter, the searches that they keep, and what was learnt of stories."""
    db.executescript("""
        -- name: as one signs in. person: whom of the configuration they act as, if anybody. password: an argon2 hash, NULL
        -- where one signs in elsewhere. ended_at: may not enter any more.
        CREATE TABLE accounts (
            name TEXT PRIMARY KEY, role TEXT NOT NULL CHECK (role IN ('viewer', 'responder', 'admin')), person TEXT,
            password TEXT, made_at TEXT NOT NULL, changed_at TEXT NOT NULL, entered_at TEXT, ended_at TEXT
        ) STRICT, WITHOUT ROWID;
        -- hash: SHA-256 of the cookie's random value, so that whoever reads this table can't enter.
        CREATE TABLE sessions (
            hash BLOB PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
            made_at TEXT NOT NULL, seen_at TEXT NOT NULL, until TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sessions_account ON sessions (account);
        -- Of the JSON API and assistants; hash as above. role: at most the account's.
        CREATE TABLE tokens (
            hash BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE,
            account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
            role TEXT NOT NULL CHECK (role IN ('viewer', 'responder', 'admin')),
            made_at TEXT NOT NULL, used_at TEXT, until TEXT
        ) STRICT, WITHOUT ROWID;
        -- A search under a name, for everybody: query as the address of the search says it.
        CREATE TABLE views (name TEXT PRIMARY KEY, query TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL)
            STRICT, WITHOUT ROWID;
        -- What people learnt of a story; removed_at: taken back. due: the day on which whoever `owner` names wants it done.
        CREATE TABLE lessons (
            number INTEGER PRIMARY KEY AUTOINCREMENT, story_id INTEGER NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('well', 'badly', 'change')), text TEXT NOT NULL,
            owner TEXT NOT NULL DEFAULT '', due TEXT, done_at TEXT,
            who TEXT NOT NULL, at TEXT NOT NULL, removed_at TEXT
        ) STRICT;
        CREATE INDEX lessons_story ON lessons (story_id);
        CREATE INDEX lessons_open ON lessons (due) WHERE kind = 'change' AND done_at IS NULL AND removed_at IS NULL;
    """)
