"""The schema of labelling."""

from __future__ import annotations

from sqlite_utils import Database

from monitor.store.migrations.registry import migrations


@migrations()
def m020_labelling(db: Database) -> None:
    """What the model had said where people said otherwise, or the same; which posts it is least sure of."""
    db.executescript("""
        -- Of the label's head, before the label took its place: what the model said, how probable it held "yes" (of other
        -- heads, what it said), and which model it was. NULL where no model had read the text.
        ALTER TABLE labels ADD COLUMN model_said TEXT;
        ALTER TABLE labels ADD COLUMN model_sure REAL;
        ALTER TABLE labels ADD COLUMN model TEXT;
        CREATE INDEX labels_at ON labels (at);
        CREATE INDEX classifications_complaint ON classifications (complaint, source, id);
    """)
