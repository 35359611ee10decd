"""The schema of the digest's groups."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.migrations.registry import migrations


@migrations()
def m021_digest_groups(db: Database) -> None:
    """Which group of readers a digest is for; that of the former keys has no name."""
    db.executescript("""
        ALTER TABLE deliveries ADD COLUMN digest_group TEXT NOT NULL DEFAULT '';
        DROP INDEX deliveries_once;
        CREATE UNIQUE INDEX deliveries_once
            ON deliveries (coalesce(alert_id, 0), coalesce(drill_id, 0), coalesce(alarm_id, 0), coalesce(promise_id, 0),
                           coalesce(digest, ''), digest_group, coalesce(brief, ''), kind, revision, step, person, channel);
        CREATE INDEX replies_posted ON replies (posted_at) WHERE posted_at IS NOT NULL;
    """)
