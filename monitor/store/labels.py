"""What people said of mentions, and of texts of their own: the words that the model learns from.

A label belongs to a mention and goes with it; of the mention's text there is no copy here. A text of one's own has the
source `OWN` and an id that its caller makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.model import MentionKey
from monitor.store.database import Database
from monitor.store.values import to_text, to_time

OWN = ""
SAID_ANEW = """EXISTS (SELECT 1 FROM labels AS anew WHERE anew.source = labels.source AND anew.id = labels.id
    AND anew.head = labels.head AND anew.label = labels.label AND anew.person IS labels.person AND anew.at > labels.at)"""
"""SQL: the same person has said the same of the same again."""
A_PERSON = "a person"
"""The model of a classification that rests on a person's word alone."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, and one thing that somebody said of it."""

    key: MentionKey
    text: str
    head: str
    label: str
    person: str | None
    at: datetime


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
        """Store what a person says, label by head; `text` is given for a text of one's own. What others said, or the same
        person otherwise, stays as history; of what they say again the last time stays, so that it is the newest word. What
        the model had said of a head stands beside what people say of it first, and after."""
        if text is not None:
            self._db.execute(
                "INSERT INTO texts (id, text) VALUES (?, ?) ON CONFLICT DO NOTHING", [key.id, text]
            )
        answers = self._answers(key)
        for head, label in said.items():
            row = {"source": key.source, "id": key.id, "head": head, "label": label, "person": person}
            row |= {"at": to_text(now)} | self._answered(key, head, answers)
            same = "source = :source AND id = :id AND head = :head AND label = :label AND person IS :person"
            self._db.execute(
                f"""DELETE FROM labels WHERE {same} AND (at = :at
                    OR at < (SELECT max(at) FROM labels WHERE {same} AND at < :at))""",  # noqa: S608
                row,
            )
            self._db.execute(
                f"""INSERT INTO labels (source, id, head, label, person, at, model_said, model_sure, model)
                    SELECT :source, :id, :head, :label, :person, :at, :model_said, :model_sure, :model
                    WHERE NOT EXISTS (SELECT 1 FROM labels WHERE {same} AND at > :at)""",  # noqa: S608
                row,
            )

    def _answers(self, key: MentionKey) -> dict[str, dict[str, Any]]:
        """What a classification says of the mention, by head."""
        query = "SELECT * FROM classifications WHERE source = ? AND id = ? AND model <> ?"
        row = next(self._db.query(query, [*key, A_PERSON]), None)
        return answers(row) if row else {}

    def _answered(self, key: MentionKey, head: str, answers: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
        """What the model said of a head: as it stands beside the first label, since later ones find that one in its
        place."""
        first = self._db.query(
            """SELECT model_said, model_sure, model FROM labels WHERE source = ? AND id = ? AND head = ?
               ORDER BY number LIMIT 1""",
            [*key, head],
        )
        return next(first, answers.get(head, {"model_said": None, "model_sure": None, "model": None}))

    def take_back(self, person: str, since: datetime) -> list[MentionKey]:
        """Erase what the person said last, at one time, if that was not before `since`; of which mentions that was."""
        last = next(
            self._db.query(
                "SELECT max(at) AS at FROM labels WHERE person = ? AND source <> ? AND at >= ?",
                [person, OWN, to_text(since)],
            )
        )["at"]
        rows = self._db.query(
            "DELETE FROM labels WHERE person = ? AND source <> ? AND at = ? RETURNING source, id",
            [person, OWN, last],
        )
        return list(dict.fromkeys(MentionKey(row["source"], row["id"]) for row in rows))

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
        """Everything that was said, the newest last: of one head of a text, and of its copies, the last word counts."""
        rows = self._db.query(f"""
            SELECT labels.source, labels.id, head, label, person, at, coalesce(mentions.text, texts.text) AS text
            FROM labels LEFT JOIN mentions USING (source, id)
            LEFT JOIN texts ON labels.source = '' AND texts.id = labels.id
            WHERE NOT {SAID_ANEW} ORDER BY at, number""")  # noqa: S608
        for row in rows:
            key = MentionKey(row["source"], row["id"])
            yield Labelled(key, row["text"], row["head"], row["label"], row["person"], to_time(row["at"]))

    def names(self, head: str) -> set[str]:
        """The labels that were ever given for a head."""
        rows = self._db.query("SELECT DISTINCT label FROM labels WHERE head = ?", [head])
        return {row["label"] for row in rows}


def said_of(db: Database, key: MentionKey) -> dict[str, str]:
    rows = db.query(
        "SELECT head, label FROM labels WHERE source = ? AND id = ? ORDER BY at, number", list(key)
    )
    return {row["head"]: row["label"] for row in rows}


def denied(said: Mapping[str, str]) -> bool:
    """Whether people say that it is no complaint about the brand."""
    return "no" in (said.get("complaint"), said.get("relevance"))


def answers(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a row of classifications says, by head, as the columns of labels have it."""
    found: dict[str, tuple[str | None, float | None]] = {
        head: (None if row[head] is None else "yes" if row[head] >= 0.5 else "no", row[head])
        for head in ("complaint", "sarcasm", "relevance")
    }
    sentiment = max(("negative", "neutral", "positive"), key=lambda each: row[each])
    found["sentiment"] = sentiment, row[sentiment]
    found["severity"] = row["severity"], None
    found["category"] = row["category"], row["category_score"]
    return {
        head: {"model_said": said, "model_sure": sure, "model": row["model"]}
        for head, (said, sure) in found.items()
    }
