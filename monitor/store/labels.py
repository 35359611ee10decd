"""What people said of mentions, and of texts of their own: the words that the model learns from.

A label belongs to a mention and goes with it; of the mention's text there is no copy here. A text of one's own has the
source `OWN` and an id that its caller makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.model import MentionKey
from monitor.store.database import Database
from monitor.store.values import to_text

OWN = ""

_NEWEST = "SELECT head, label, max(number) FROM labels WHERE source = ? AND id = ? GROUP BY head"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and the newest label of one head."""

    text: str
    head: str
    label: str


class Labels:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(
        self,
        key: MentionKey,
        said: Mapping[str, str],
        person: str | None,
        now: datetime,
        text: str | None = None,
    ) -> None:
        """Store what a person says, label by head; `text` is given for a text of one's own. What was said before stays
        as history, and what is said already is not stored again."""
        if text is not None:
            self._db.execute(
                "INSERT INTO texts (id, text) VALUES (?, ?) ON CONFLICT DO NOTHING", [key.id, text]
            )
        before = self.of(key)
        for head, label in said.items():
            if before.get(head) != label:
                self._db.execute(
                    "INSERT INTO labels (source, id, head, label, person, at) VALUES (?, ?, ?, ?, ?, ?)",
                    [*key, head, label, person, to_text(now)],
                )

    def of(self, key: MentionKey) -> dict[str, str]:
        """The newest label of each head that somebody spoke of."""
        return said_of(self._db, key)

    def forget(self, key: MentionKey) -> bool:
        """Erase all that was said of it, and the text if it is one's own; False when there was nothing."""
        found = self._db.execute("DELETE FROM labels WHERE source = ? AND id = ?", list(key)).rowcount
        if key.source == OWN:
            self._db.execute("DELETE FROM texts WHERE id = ?", [key.id])
        self._db.erased = True
        return found > 0

    def all(self) -> Iterator[Labelled]:
        """The newest label of each head of each text, in the order in which they were given."""
        rows = self._db.query("""
            SELECT head, label, max(number) AS number, coalesce(mentions.text, texts.text) AS text
            FROM labels LEFT JOIN mentions USING (source, id)
            LEFT JOIN texts ON labels.source = '' AND texts.id = labels.id
            GROUP BY labels.source, labels.id, head ORDER BY number""")
        for row in rows:
            yield Labelled(row["text"], row["head"], row["label"])

    def names(self, head: str) -> set[str]:
        """The labels that were ever given for a head."""
        rows = self._db.query("SELECT DISTINCT label FROM labels WHERE head = ?", [head])
        return {row["label"] for row in rows}


def said_of(db: Database, key: MentionKey) -> dict[str, str]:
    return {row["head"]: row["label"] for row in db.query(_NEWEST, list(key))}
