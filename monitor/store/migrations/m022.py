"""The schema of what went viral, by post."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.migrations.registry import migrations


@migrations()
def m022_crossings(db: Database) -> None:
    """When a post crossed its threshold, without reading the forecasts of all the posts that did not."""
    db.executescript("""
        CREATE INDEX forecasts_crossed ON forecasts (source, id, crossed_at) WHERE crossed_at IS NOT NULL;
    """)
