"""The schema of on-call."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.migrations.registry import migrations


@migrations()
def m015_on_call(db: Database) -> None:
    """Who is on call instead of whom, what is silenced, test pages, alarms of the watch itself; what a delivery is about,
    why it waits, and what became of it after the provider took it."""
    db.executescript("""
        -- For that time, `person` has the turns of `rotation`; no rotation: is away from all. `made_with`: the number of
        -- the first change of the same command, such as the halves of a swap. `removed_at`: taken back.
        CREATE TABLE rota (
            number INTEGER PRIMARY KEY AUTOINCREMENT, made_with INTEGER, rotation TEXT, person TEXT NOT NULL,
            start TEXT NOT NULL, "end" TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL, removed_at TEXT
        ) STRICT;
        CREATE INDEX rota_end ON rota ("end") WHERE removed_at IS NULL;
        -- What calendars say, as read last; `layer` is the layer's number within its rotation, from 0.
        CREATE TABLE calendar_shifts (
            rotation TEXT NOT NULL, layer INTEGER NOT NULL, person TEXT NOT NULL, start TEXT NOT NULL, "end" TEXT NOT NULL,
            PRIMARY KEY (rotation, layer, start, person)
        ) STRICT, WITHOUT ROWID;

        -- What pages nobody until then: everything, or a source, a category, a story (by its number).
        CREATE TABLE silences (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL CHECK (kind IN ('all', 'source', 'category', 'story')), what TEXT NOT NULL,
            until TEXT NOT NULL, why TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL, ended_at TEXT
        ) STRICT;
        CREATE INDEX silences_until ON silences (until) WHERE ended_at IS NULL;
        -- What a silence has held, until it ends.
        CREATE TABLE silenced (
            silence INTEGER NOT NULL REFERENCES silences (number),
            story_id INTEGER NOT NULL REFERENCES stories (id) ON DELETE CASCADE, PRIMARY KEY (silence, story_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX silenced_story ON silenced (story_id);

        -- `held_since`: when its holder took it. `assigned`: who is to be paged of it next, since somebody gave it to them.
        ALTER TABLE alerts ADD COLUMN held_since TEXT;
        ALTER TABLE alerts ADD COLUMN assigned TEXT;
        UPDATE alerts SET held_since = acknowledged_at WHERE state = 'acknowledged';
        CREATE INDEX alerts_active ON alerts (state) WHERE state <> 'resolved';
        CREATE INDEX alerts_opened ON alerts (opened_at);

        -- When somebody answered a page, and whether that could be understood, so that nobody answers without end.
        CREATE TABLE heard (person TEXT NOT NULL, at TEXT NOT NULL, understood INTEGER NOT NULL) STRICT;
        CREATE INDEX heard_at ON heard (person, at);

        -- A test page to one person, to be acknowledged.
        CREATE TABLE drills (
            id INTEGER PRIMARY KEY AUTOINCREMENT, person TEXT NOT NULL, at TEXT NOT NULL, acknowledged_at TEXT,
            missed_at TEXT
        ) STRICT;
        -- Something is wrong with the watch itself. One row from its beginning to its end; seen_at: when it was last so.
        CREATE TABLE alarms (
            id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL, words TEXT NOT NULL, since TEXT NOT NULL,
            seen_at TEXT NOT NULL, told_at TEXT, over_at TEXT
        ) STRICT;
        CREATE INDEX mentions_source ON mentions (source, created_at);  -- how much is normal
        CREATE UNIQUE INDEX alarms_going_on ON alarms (what) WHERE over_at IS NULL;
        -- Browsers that take push messages for a person.
        CREATE TABLE devices (
            endpoint TEXT PRIMARY KEY, person TEXT NOT NULL, channel TEXT NOT NULL, subscription TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT;

        -- kind: of an alert, a page, or news for who was paged that somebody has it ('taken') or that it is over ('over').
        -- held: why it waits. `sending`: given to the provider, whose answer is not written down yet.
        -- message: the key of the message in which it was tried last; several deliveries may go in one.
        -- stale: while it was `sending`, it was not wanted any more.
        -- twice: sent again though the provider may have taken it before. receipt: what became of it then.
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT, alert_id INTEGER REFERENCES alerts (id),
            drill_id INTEGER REFERENCES drills (id), alarm_id INTEGER REFERENCES alarms (id), digest TEXT, brief TEXT,
            kind TEXT NOT NULL DEFAULT 'page' CHECK (kind IN ('page', 'taken', 'over')),
            revision INTEGER NOT NULL DEFAULT 0, step INTEGER NOT NULL DEFAULT 0,
            person TEXT NOT NULL, channel TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'pending'
                CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'cancelled')),
            due_at TEXT NOT NULL, held TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, error TEXT,
            tried_at TEXT, message TEXT, stale INTEGER NOT NULL DEFAULT 0, sent_at TEXT, provider_id TEXT,
            twice INTEGER NOT NULL DEFAULT 0, receipt TEXT CHECK (receipt IN ('delivered', 'failed')), receipt_at TEXT,
            CHECK ((alert_id IS NOT NULL) + (drill_id IS NOT NULL) + (alarm_id IS NOT NULL) + (digest IS NOT NULL)
                   + (brief IS NOT NULL) = 1)
        ) STRICT;
        INSERT INTO outbox (id, alert_id, digest, brief, revision, step, person, channel, state, due_at, attempts, error,
                            sent_at, provider_id)
            SELECT id, alert_id, digest, brief, revision, step, person, channel, state, due_at, attempts, error, sent_at,
                   provider_id FROM deliveries;
        DROP TABLE deliveries;
        ALTER TABLE outbox RENAME TO deliveries;
        CREATE UNIQUE INDEX deliveries_once
            ON deliveries (coalesce(alert_id, 0), coalesce(drill_id, 0), coalesce(alarm_id, 0), coalesce(digest, ''),
                           coalesce(brief, ''), kind, revision, step, person, channel);
        CREATE INDEX deliveries_person ON deliveries (person, sent_at) WHERE state = 'sent';
        CREATE INDEX deliveries_twice ON deliveries (channel, twice) WHERE twice > 0;
        CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state IN ('pending', 'sending');
        CREATE INDEX deliveries_alert ON deliveries (alert_id);
        CREATE INDEX deliveries_sending ON deliveries (channel) WHERE state = 'sending';
        CREATE INDEX deliveries_tried ON deliveries (channel, tried_at);
        CREATE INDEX deliveries_provider ON deliveries (provider_id) WHERE provider_id IS NOT NULL;
    """)
