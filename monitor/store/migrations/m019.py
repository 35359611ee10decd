"""Who did what with a lesson."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.migrations.registry import migrations


@migrations()
def m019_lessons(db: Database) -> None:
    """done_by, removed_by: who said so."""
    for column in ("done_by TEXT", "removed_by TEXT"):
        db.execute(f"ALTER TABLE lessons ADD COLUMN {column}")
