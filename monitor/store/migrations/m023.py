"""The schema of what the forecast said of stories, over time."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.migrations.registry import migrations


@migrations()
def m023_outlooks(db: Database) -> None:
    """What was said of a story, and of which post; of stories up to the number in `meta` it is not known from their
    beginning."""
    db.executescript("""
        CREATE TABLE outlooks (
            story_id INTEGER NOT NULL REFERENCES stories (id) ON DELETE CASCADE, number INTEGER NOT NULL, at TEXT NOT NULL,
            p_viral REAL NOT NULL, page_at REAL NOT NULL, source TEXT, mention_id TEXT, count INTEGER NOT NULL,
            viral_at INTEGER NOT NULL, expected REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, crosses_at TEXT,
            sparse INTEGER NOT NULL, fit INTEGER, PRIMARY KEY (story_id, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX outlooks_mention ON outlooks (source, mention_id);
        INSERT INTO meta SELECT 'outlooks begin after story', coalesce(max(id), 0) FROM stories;
    """)
