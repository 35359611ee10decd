"""The schema of what went viral, by story."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.migrations.registry import migrations


@migrations()
def m024_crossings_of_stories(db: Database) -> None:
    """When a post crossed its threshold stands beside its story, too, so that the first of a large one is found without
    asking each of its posts."""
    db.executescript("""
        ALTER TABLE mentions ADD COLUMN crossed_at TEXT;
        UPDATE mentions SET crossed_at = forecasts.crossed_at FROM forecasts
            WHERE forecasts.crossed_at IS NOT NULL AND forecasts.source = mentions.source AND forecasts.id = mentions.id;
        CREATE INDEX mentions_crossed ON mentions (story_id, crossed_at) WHERE crossed_at IS NOT NULL;
        DROP INDEX forecasts_crossed;
        CREATE TRIGGER forecasts_crossing AFTER INSERT ON forecasts WHEN new.crossed_at IS NOT NULL BEGIN
            UPDATE mentions SET crossed_at = new.crossed_at WHERE source = new.source AND id = new.id;
        END;
        CREATE TRIGGER forecasts_crossing_later AFTER UPDATE OF crossed_at ON forecasts
            WHEN new.crossed_at IS NOT old.crossed_at BEGIN
            UPDATE mentions SET crossed_at = new.crossed_at WHERE source = new.source AND id = new.id;
        END;
    """)
