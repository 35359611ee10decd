"""The schema of replies to customers."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.migrations.registry import migrations


@migrations()
def m016_replies(db: Database) -> None:
    """Replies on their way, everything that was done with them, and pages about what they promise."""
    db.executescript("""
        -- key: the same on every try. drafted: the template's text; says: its sentence that names a time, report_by.
        -- tried_at: when it was last given to the platform. changed_at: when its state did. promise: NULL where none was
        -- made, or not yet; warned_at, broken_at: when its owner was paged, and when it ran out.
        CREATE TABLE replies (
            id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,
            alert_id INTEGER REFERENCES alerts (id), story_id INTEGER, source TEXT NOT NULL, mention_id TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN
                ('draft', 'proposed', 'approved', 'posting', 'posted', 'failed', 'copied', 'withdrawn')),
            text TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1, needs INTEGER NOT NULL,
            playbook TEXT NOT NULL, form TEXT NOT NULL CHECK (form IN ('short', 'long', 'private')),
            drafted TEXT NOT NULL, says TEXT NOT NULL, report_by TEXT, editor TEXT NOT NULL, owner TEXT NOT NULL,
            created_at TEXT NOT NULL, changed_at TEXT NOT NULL, tried_at TEXT, tries INTEGER NOT NULL DEFAULT 0,
            posted_at TEXT, posted_id TEXT NOT NULL DEFAULT '', url TEXT NOT NULL DEFAULT '',
            error TEXT NOT NULL DEFAULT '', promise TEXT CHECK (promise IN ('open', 'kept', 'released')),
            warned_at TEXT, broken_at TEXT
        ) STRICT;
        CREATE UNIQUE INDEX replies_live ON replies (source, mention_id)
            WHERE state IN ('draft', 'proposed', 'approved', 'posting', 'copied');
        CREATE INDEX replies_mention ON replies (source, mention_id, state);
        CREATE INDEX replies_alert ON replies (alert_id);
        CREATE INDEX replies_promised ON replies (report_by) WHERE promise = 'open';
        CREATE INDEX replies_failed ON replies (changed_at) WHERE state = 'failed';

        -- What was done: nothing here is ever removed, or changed but for what was said when a post is erased.
        CREATE TABLE reply_events (
            number INTEGER PRIMARY KEY AUTOINCREMENT, reply_id INTEGER NOT NULL REFERENCES replies (id),
            at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, version INTEGER NOT NULL,
            text TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT ''
        ) STRICT;
        CREATE INDEX reply_events_reply ON reply_events (reply_id, what, version);
        CREATE TRIGGER reply_events_stay BEFORE DELETE ON reply_events BEGIN
            SELECT RAISE(ABORT, 'what was done with a reply is never removed');
        END;
        CREATE TRIGGER reply_events_as_they_are
            BEFORE UPDATE OF number, reply_id, at, who, what, version ON reply_events BEGIN
            SELECT RAISE(ABORT, 'what was done with a reply is never changed');
        END;

        -- The outbox carries one thing more: a page about what a reply promises; revision 0 before it runs out, 1 after.
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT, alert_id INTEGER REFERENCES alerts (id),
            drill_id INTEGER REFERENCES drills (id), alarm_id INTEGER REFERENCES alarms (id),
            promise_id INTEGER REFERENCES replies (id), digest TEXT, brief TEXT,
            kind TEXT NOT NULL DEFAULT 'page' CHECK (kind IN ('page', 'taken', 'over')),
            revision INTEGER NOT NULL DEFAULT 0, step INTEGER NOT NULL DEFAULT 0,
            person TEXT NOT NULL, channel TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'pending'
                CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'cancelled')),
            due_at TEXT NOT NULL, held TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, error TEXT,
            tried_at TEXT, message TEXT, stale INTEGER NOT NULL DEFAULT 0, sent_at TEXT, provider_id TEXT,
            twice INTEGER NOT NULL DEFAULT 0, receipt TEXT CHECK (receipt IN ('delivered', 'failed')), receipt_at TEXT,
            CHECK ((alert_id IS NOT NULL) + (drill_id IS NOT NULL) + (alarm_id IS NOT NULL) + (promise_id IS NOT NULL)
                   + (digest IS NOT NULL) + (brief IS NOT NULL) = 1)
        ) STRICT;
        INSERT INTO outbox (id, alert_id, drill_id, alarm_id, digest, brief, kind, revision, step, person, channel, state,
                            due_at, held, attempts, error, tried_at, message, stale, sent_at, provider_id, twice, receipt,
                            receipt_at)
            SELECT id, alert_id, drill_id, alarm_id, digest, brief, kind, revision, step, person, channel, state,
                   due_at, held, attempts, error, tried_at, message, stale, sent_at, provider_id, twice, receipt,
                   receipt_at FROM deliveries;
        DROP TABLE deliveries;
        ALTER TABLE outbox RENAME TO deliveries;
        CREATE UNIQUE INDEX deliveries_once
            ON deliveries (coalesce(alert_id, 0), coalesce(drill_id, 0), coalesce(alarm_id, 0), coalesce(promise_id, 0),
                           coalesce(digest, ''), coalesce(brief, ''), kind, revision, step, person, channel);
        CREATE INDEX deliveries_person ON deliveries (person, sent_at) WHERE state = 'sent';
        CREATE INDEX deliveries_twice ON deliveries (channel, twice) WHERE twice > 0;
        CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state IN ('pending', 'sending');
        CREATE INDEX deliveries_alert ON deliveries (alert_id);
        CREATE INDEX deliveries_promise ON deliveries (promise_id) WHERE promise_id IS NOT NULL;
        CREATE INDEX deliveries_sending ON deliveries (channel) WHERE state = 'sending';
        CREATE INDEX deliveries_tried ON deliveries (channel, tried_at);
        CREATE INDEX deliveries_provider ON deliveries (provider_id) WHERE provider_id IS NOT NULL;
    """)
