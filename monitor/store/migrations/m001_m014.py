"""The schema until the sources' ledger."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.migrations.registry import migrations


@migrations()
def m001_main_job(db: Database) -> None:
    db.executescript("""
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        -- A due time is a row, so that a restart loses none.
        CREATE TABLE jobs (
            name TEXT PRIMARY KEY, due_at TEXT NOT NULL, ran_at TEXT, failures INTEGER NOT NULL DEFAULT 0, error TEXT
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE sources (
            name TEXT PRIMARY KEY, cursor TEXT, polled_at TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE coverage (
            source TEXT NOT NULL, complete INTEGER NOT NULL, note TEXT NOT NULL, start TEXT NOT NULL, "end" TEXT NOT NULL,
            PRIMARY KEY (source, complete, note, start)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE reads (
            source TEXT NOT NULL, day TEXT NOT NULL, posts INTEGER NOT NULL, PRIMARY KEY (source, day)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE stories (
            id INTEGER PRIMARY KEY AUTOINCREMENT, opened_at TEXT NOT NULL, updated_at TEXT NOT NULL, closed_at TEXT,
            title TEXT NOT NULL, title_mention TEXT NOT NULL, centroid BLOB, members INTEGER NOT NULL DEFAULT 0,
            action TEXT, severity TEXT, reason TEXT, decided_at TEXT
        ) STRICT;
        CREATE INDEX stories_updated ON stories (updated_at);

        CREATE TABLE mentions (
            source TEXT NOT NULL, id TEXT NOT NULL,
            author_id TEXT NOT NULL, author_handle TEXT NOT NULL, author_name TEXT NOT NULL, author_followers INTEGER,
            text TEXT NOT NULL, url TEXT NOT NULL, created_at TEXT NOT NULL, language TEXT, in_reply_to TEXT, quoted TEXT,
            seen_at TEXT NOT NULL, deleted_at TEXT,
            story_id INTEGER REFERENCES stories (id) ON DELETE SET NULL,
            state TEXT NOT NULL CHECK (state IN ('new', 'assess', 'done')),
            read_due_at TEXT,
            PRIMARY KEY (source, id)
        ) STRICT;
        -- SQLite uses a partial index only for the very condition that it names.
        CREATE INDEX mentions_new ON mentions (created_at) WHERE state = 'new';
        CREATE INDEX mentions_assess ON mentions (created_at) WHERE state = 'assess';
        CREATE INDEX mentions_read_due ON mentions (source, read_due_at) WHERE read_due_at IS NOT NULL;
        CREATE INDEX mentions_story ON mentions (story_id) WHERE story_id IS NOT NULL;
        CREATE INDEX mentions_created ON mentions (created_at);

        -- No foreign key: a reading may be early, before its mention is known.
        CREATE TABLE readings (
            source TEXT NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL,
            likes INTEGER, replies INTEGER, reposts INTEGER, quotes INTEGER, views INTEGER,
            early INTEGER NOT NULL, PRIMARY KEY (source, id, at)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX readings_early ON readings (at) WHERE early = 1;

        CREATE TABLE classifications (
            source TEXT NOT NULL, id TEXT NOT NULL, model TEXT NOT NULL, at TEXT NOT NULL, complaint REAL NOT NULL,
            negative REAL NOT NULL, neutral REAL NOT NULL, positive REAL NOT NULL,
            severity TEXT, severity_score REAL, category TEXT, language TEXT, sarcasm REAL, embedding BLOB,
            PRIMARY KEY (source, id)
        ) STRICT;

        CREATE TABLE forecasts (
            source TEXT NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL, count INTEGER NOT NULL, viral_at INTEGER NOT NULL,
            p_viral REAL NOT NULL, expected REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, crossed_at TEXT,
            PRIMARY KEY (source, id)
        ) STRICT;

        CREATE TABLE alerts (
            id INTEGER PRIMARY KEY AUTOINCREMENT, story_id INTEGER NOT NULL UNIQUE REFERENCES stories (id),
            state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'snoozed', 'resolved')),
            severity TEXT NOT NULL, reason TEXT NOT NULL, opened_at TEXT NOT NULL, paged_at TEXT NOT NULL,
            posts INTEGER NOT NULL, spread INTEGER NOT NULL, sources TEXT NOT NULL, crossed INTEGER NOT NULL,
            revision INTEGER NOT NULL DEFAULT 0, changed TEXT NOT NULL DEFAULT '',
            step INTEGER NOT NULL DEFAULT 0, step_due_at TEXT, snoozed_until TEXT,
            holder TEXT, acknowledged_at TEXT, resolved_at TEXT
        ) STRICT;
        CREATE INDEX alerts_step_due ON alerts (step_due_at) WHERE step_due_at IS NOT NULL;
        CREATE TABLE alert_events (
            alert_id INTEGER NOT NULL REFERENCES alerts (id), at TEXT NOT NULL, event TEXT NOT NULL,
            person TEXT, note TEXT NOT NULL DEFAULT ''
        ) STRICT;
        CREATE INDEX alert_events_alert ON alert_events (alert_id, at);

        -- The outbox of deliveries: written with the alert, marked sent after the provider took the message.
        CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY AUTOINCREMENT, alert_id INTEGER REFERENCES alerts (id), digest TEXT,
            revision INTEGER NOT NULL DEFAULT 0, step INTEGER NOT NULL DEFAULT 0,
            person TEXT NOT NULL, channel TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'cancelled')),
            due_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, error TEXT, sent_at TEXT, provider_id TEXT,
            CHECK ((alert_id IS NULL) <> (digest IS NULL))
        ) STRICT;
        CREATE UNIQUE INDEX deliveries_once
            ON deliveries (coalesce(alert_id, 0), coalesce(digest, ''), revision, step, person, channel);
        CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'pending';
        CREATE INDEX deliveries_alert ON deliveries (alert_id);
    """)


@migrations()
def m002_emotion_relevance_languages(db: Database) -> None:
    """What classifiers say since their second model; NULL stands where one does not say it, or did not yet."""
    for column in (
        "measured INTEGER", "anger REAL", "joy REAL", "optimism REAL", "sadness REAL", "offensive REAL",
        "relevance REAL",
    ):  # fmt: skip
        db.execute(f"ALTER TABLE classifications ADD COLUMN {column}")


@migrations()
def m003_labels_heads(db: Database) -> None:
    db.executescript("""
        -- What people said, of a mention or (source '') of a text of their own; the newest of a head counts.
        CREATE TABLE labels (
            number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, id TEXT NOT NULL,
            head TEXT NOT NULL, label TEXT NOT NULL, person TEXT, at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX labels_of ON labels (source, id, head);
        CREATE TABLE texts (id TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;

        -- Heads that were fitted to labels: all that are in use together are one version.
        CREATE TABLE heads (
            version INTEGER PRIMARY KEY AUTOINCREMENT, made_at TEXT NOT NULL, model TEXT NOT NULL,
            former INTEGER REFERENCES heads (version), figures TEXT NOT NULL, weights BLOB NOT NULL,
            active INTEGER NOT NULL CHECK (active IN (0, 1))
        ) STRICT;
        CREATE UNIQUE INDEX heads_active ON heads (active) WHERE active = 1;
    """)


@migrations()
def m004_forecasts(db: Database) -> None:
    """What a forecast says beside its probability and its interval."""
    for column in (
        "crosses_at TEXT", "readings INTEGER NOT NULL DEFAULT 0", "rate REAL NOT NULL DEFAULT 0",
        "sparse INTEGER NOT NULL DEFAULT 0",
    ):  # fmt: skip
        db.execute(f"ALTER TABLE forecasts ADD COLUMN {column}")


@migrations()
def m005_fits(db: Database) -> None:
    """Forecasts that were fitted to the brand's own history: all that are in use together are one version."""
    db.executescript("""
        CREATE TABLE fits (
            version INTEGER PRIMARY KEY AUTOINCREMENT, made_at TEXT NOT NULL, model TEXT NOT NULL,
            former INTEGER REFERENCES fits (version), figures TEXT NOT NULL, weights BLOB NOT NULL,
            active INTEGER NOT NULL CHECK (active IN (0, 1))
        ) STRICT;
        CREATE UNIQUE INDEX fits_active ON fits (active) WHERE active = 1;
    """)


@migrations()
def m006_voices_merges_splits(db: Database) -> None:
    db.executescript("""
        -- The first post of the voice that a mention belongs to ("source id"), and whether it gives another account's text
        -- as its own.
        ALTER TABLE mentions ADD COLUMN voice TEXT;
        ALTER TABLE mentions ADD COLUMN pasted INTEGER NOT NULL DEFAULT 0;
        UPDATE mentions SET voice = source || ' ' || id WHERE story_id IS NOT NULL;
        DROP INDEX mentions_story;
        CREATE INDEX mentions_story ON mentions (story_id, created_at) WHERE story_id IS NOT NULL;
        CREATE INDEX mentions_voice ON mentions (story_id, source, author_id) WHERE story_id IS NOT NULL;

        ALTER TABLE stories ADD COLUMN summary TEXT NOT NULL DEFAULT '';
        ALTER TABLE stories ADD COLUMN summary_mention TEXT NOT NULL DEFAULT '';
        -- A story, and its alert, that became part of another: its number leads there for good.
        ALTER TABLE stories ADD COLUMN merged_into INTEGER REFERENCES stories (id) ON DELETE CASCADE;
        ALTER TABLE alerts ADD COLUMN merged_into INTEGER REFERENCES alerts (id);
        CREATE INDEX stories_merged ON stories (merged_into) WHERE merged_into IS NOT NULL;
        CREATE INDEX alerts_merged ON alerts (merged_into) WHERE merged_into IS NOT NULL;
        -- What became of stories: `posts` of `other_id` went to `story_id` (merge), or the other way (split).
        CREATE TABLE story_moves (
            number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('merge', 'split')), story_id INTEGER NOT NULL, other_id INTEGER NOT NULL,
            posts INTEGER NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL
        ) STRICT;
        CREATE INDEX story_moves_story ON story_moves (story_id);
        CREATE INDEX story_moves_other ON story_moves (other_id);

        -- When each story last changed, in the order of changes: who keeps the open stories in memory reads what is new.
        CREATE TABLE story_changes (number INTEGER PRIMARY KEY AUTOINCREMENT, story_id INTEGER NOT NULL UNIQUE) STRICT;
        CREATE TRIGGER stories_opened AFTER INSERT ON stories BEGIN
            INSERT INTO story_changes (story_id) VALUES (new.id);
        END;
        CREATE TRIGGER stories_changed AFTER UPDATE OF centroid, members, opened_at, updated_at, closed_at ON stories BEGIN
            DELETE FROM story_changes WHERE story_id = new.id;
            INSERT INTO story_changes (story_id) VALUES (new.id);
        END;
        CREATE TRIGGER stories_gone AFTER DELETE ON stories BEGIN
            DELETE FROM story_changes WHERE story_id = old.id;
            INSERT INTO story_changes (story_id) VALUES (old.id);
        END;
    """)


@migrations()
def m007_heard(db: Database) -> None:
    """Who complained when, for what is normal at an hour: read from the index alone."""
    db.execute("""CREATE INDEX mentions_heard ON mentions (created_at, story_id, voice)
                  WHERE story_id IS NOT NULL AND deleted_at IS NULL AND in_reply_to IS NULL AND quoted IS NULL""")


@migrations()
def m008_decisions(db: Database) -> None:
    for table, column in (
        ("classifications", "category_score REAL"), ("alerts", "p_viral REAL"),
        ("alerts", "loudest INTEGER NOT NULL DEFAULT 0"),
    ):  # fmt: skip
        db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    db.executescript("""
        -- What the cap of a shift held back; `briefed_at` is the morning brief that told it.
        CREATE TABLE held (
            story_id INTEGER NOT NULL REFERENCES stories (id) ON DELETE CASCADE, at TEXT NOT NULL,
            severity TEXT NOT NULL, reason TEXT NOT NULL, briefed_at TEXT
        ) STRICT;
        CREATE UNIQUE INDEX held_waiting ON held (story_id) WHERE briefed_at IS NULL;
        CREATE INDEX held_story ON held (story_id);

        -- Praise that spread, or was about to, when that was seen first.
        CREATE TABLE praise (
            source TEXT NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (source, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX praise_at ON praise (at);

        -- viral_at = "auto", computed once a day from `posts` posts of the source.
        CREATE TABLE thresholds (
            source TEXT PRIMARY KEY, viral_at INTEGER NOT NULL, posts INTEGER NOT NULL, at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- The outbox carries a third thing. SQLite changes no CHECK, so the table is made anew.
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT, alert_id INTEGER REFERENCES alerts (id), digest TEXT, brief TEXT,
            revision INTEGER NOT NULL DEFAULT 0, step INTEGER NOT NULL DEFAULT 0,
            person TEXT NOT NULL, channel TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'cancelled')),
            due_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, error TEXT, sent_at TEXT, provider_id TEXT,
            CHECK ((alert_id IS NOT NULL) + (digest IS NOT NULL) + (brief IS NOT NULL) = 1)
        ) STRICT;
        INSERT INTO outbox (id, alert_id, digest, revision, step, person, channel, state, due_at, attempts, error, sent_at,
                            provider_id)
            SELECT id, alert_id, digest, revision, step, person, channel, state, due_at, attempts, error, sent_at,
                   provider_id FROM deliveries;
        DROP TABLE deliveries;
        ALTER TABLE outbox RENAME TO deliveries;
        CREATE UNIQUE INDEX deliveries_once
            ON deliveries (coalesce(alert_id, 0), coalesce(digest, ''), coalesce(brief, ''), revision, step, person,
                           channel);
        CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'pending';
        CREATE INDEX deliveries_alert ON deliveries (alert_id);
    """)


@migrations()
def m009_readings_lost(db: Database) -> None:
    """Of a mention, how often in a row the platform had nothing to say of it; of a day's readings, how many were hot ones
    from the reserve, and how many that were due the budget did not allow."""
    for table, column in (("mentions", "unanswered"), ("reads", "reserve"), ("reads", "lost")):
        db.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")


@migrations()
def m010_gathered(db: Database) -> None:
    """Urgent alerts past their cap stand in the page of another, which was told of them at `told_at`."""
    for column in (
        "urgent INTEGER NOT NULL DEFAULT 0",
        "gathered_into INTEGER REFERENCES alerts (id)",
        "told_at TEXT",
    ):
        db.execute(f"ALTER TABLE alerts ADD COLUMN {column}")
    db.execute("CREATE INDEX alerts_gathered ON alerts (gathered_into) WHERE gathered_into IS NOT NULL")


@migrations()
def m011_lanes_and_bills(db: Database) -> None:
    """A stretch that was missed is read again; what a platform bills, each thing once a UTC day."""
    db.execute("ALTER TABLE coverage ADD COLUMN cursor TEXT")
    db.execute("ALTER TABLE coverage ADD COLUMN tries INTEGER NOT NULL DEFAULT 0")
    db.executescript("""
        CREATE TABLE billed (
            source TEXT NOT NULL, day TEXT NOT NULL, what TEXT NOT NULL, PRIMARY KEY (source, day, what)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE bills (
            source TEXT NOT NULL, day TEXT NOT NULL, posts INTEGER NOT NULL, dollars REAL NOT NULL,
            PRIMARY KEY (source, day)
        ) STRICT, WITHOUT ROWID;
    """)


@migrations()
def m012_what_a_decision_reads(db: Database) -> None:
    """What is known of a mention, kept beside it by triggers: a decision reads what it needs of a story from indexes, not
    from each of its posts."""
    for column in ("spread INTEGER", "p_viral REAL", "sure REAL"):
        db.execute(f"ALTER TABLE mentions ADD COLUMN {column}")
    db.executescript("""
        UPDATE mentions SET (spread, p_viral) =
            (SELECT count, p_viral FROM forecasts AS f WHERE f.source = mentions.source AND f.id = mentions.id);
        UPDATE mentions SET sure =
            (SELECT category_score FROM classifications AS c WHERE c.source = mentions.source AND c.id = mentions.id);
        CREATE TRIGGER forecasts_made AFTER INSERT ON forecasts BEGIN
            UPDATE mentions SET spread = new.count, p_viral = new.p_viral WHERE source = new.source AND id = new.id;
        END;
        CREATE TRIGGER forecasts_changed AFTER UPDATE OF count, p_viral ON forecasts BEGIN
            UPDATE mentions SET spread = new.count, p_viral = new.p_viral WHERE source = new.source AND id = new.id;
        END;
        CREATE TRIGGER classifications_made AFTER INSERT ON classifications BEGIN
            UPDATE mentions SET sure = new.category_score WHERE source = new.source AND id = new.id;
        END;
        CREATE TRIGGER classifications_changed AFTER UPDATE OF category_score ON classifications BEGIN
            UPDATE mentions SET sure = new.category_score WHERE source = new.source AND id = new.id;
        END;
        CREATE INDEX mentions_top ON mentions (story_id, p_viral DESC, spread DESC, created_at)
            WHERE story_id IS NOT NULL AND deleted_at IS NULL;
        CREATE INDEX mentions_volume
            ON mentions (story_id, source, created_at, pasted, spread, author_followers, deleted_at)
            WHERE story_id IS NOT NULL AND deleted_at IS NULL;
        CREATE INDEX mentions_sure ON mentions (story_id, sure) WHERE story_id IS NOT NULL AND deleted_at IS NULL;
    """)


@migrations()
def m013_looks_and_forgotten(db: Database) -> None:
    """When each post is looked up again, whether the platform still shows it; who is not to be stored any more."""
    for column in ("look_due_at TEXT", "looked_at TEXT", "silent INTEGER NOT NULL DEFAULT 0"):
        db.execute(f"ALTER TABLE mentions ADD COLUMN {column}")
    db.executescript("""
        UPDATE mentions SET look_due_at = seen_at WHERE deleted_at IS NULL;
        CREATE INDEX mentions_look_due ON mentions (source, look_due_at) WHERE look_due_at IS NOT NULL;
        CREATE INDEX stories_title_mention ON stories (title_mention);
        CREATE INDEX stories_summary_mention ON stories (summary_mention);
        CREATE TABLE looks (
            source TEXT NOT NULL, day TEXT NOT NULL, posts INTEGER NOT NULL, lost INTEGER NOT NULL, gone INTEGER NOT NULL,
            PRIMARY KEY (source, day)
        ) STRICT, WITHOUT ROWID;
        -- Of an author who wants to be forgotten, keyed hashes (monitor/store/authors.py): who it is, by which name.
        CREATE TABLE forgotten (hash BLOB PRIMARY KEY, given BLOB NOT NULL) STRICT, WITHOUT ROWID;
    """)


@migrations()
def m014_filled_and_rests(db: Database) -> None:
    """What was missed at first and read later; since when each lane rested on a UTC day because a budget was used up."""
    db.executescript("""
        CREATE TABLE filled (
            source TEXT NOT NULL, note TEXT NOT NULL, start TEXT NOT NULL, "end" TEXT NOT NULL,
            PRIMARY KEY (source, note, start)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE rests (
            source TEXT NOT NULL, day TEXT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (source, day)
        ) STRICT, WITHOUT ROWID;
    """)
