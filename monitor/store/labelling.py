"""Which mentions a person is asked about, and what became of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from monitor.model import MentionKey
from monitor.store import values
from monitor.store.database import Database
from monitor.store.values import to_text
from monitor.stories import Vector

BAND = 0.35
"""How far from the threshold the model still counts as unsure."""
ALERTS = 100
"""The newest alerts, whose stories' posts are asked about."""
AMONG = 3000
"""The newest posts, among which those that are alike are looked for, and those of a story of which the model is unsure."""
ABOUT = 1e-6
"""More than rounding does to a distance."""

OPEN = """mentions.deleted_at IS NULL AND mentions.pasted = 0 AND NOT EXISTS (
    SELECT 1 FROM labels WHERE labels.source = mentions.source AND labels.id = mentions.id)"""
"""What nobody has spoken of yet; a copy is asked about once."""


class Place(NamedTuple):
    """A mention in a queue: what it is sorted by, and which one it is. As text it is where one goes on."""

    by: str
    key: MentionKey

    def __str__(self) -> str:
        return " ".join([self.by, *self.key])

    @classmethod
    def read(cls, text: str) -> Place | None:
        """None for what is none."""
        parts = text.split(" ", 2)
        return cls(parts[0], MentionKey(*parts[1:])) if len(parts) == 3 else None


@dataclass(frozen=True, slots=True)
class Among:
    """Of one source, of one story; None: of all."""

    source: str | None = None
    story: int | None = None

    def where(self, table: str = "mentions") -> tuple[str, dict[str, Any]]:
        """As a condition, with its parameters; `table` has the source in the index that is gone through."""
        parts = []
        if self.source is not None:
            parts.append(f" AND {table}.source = :source")
        if self.story is not None:
            parts.append(" AND mentions.story_id = :story")
        return "".join(parts), {"source": self.source, "story": self.story}


class Answer(NamedTuple):
    """The newest word on one head of a mention, and what the model had said of it; `sure`: how probable it held "yes", of
    other heads what it said. None: no model had read it."""

    head: str
    label: str
    at: datetime
    said: str | None
    sure: float | None


class Labelling:
    def __init__(self, db: Database) -> None:
        self._db = db

    def unsure(
        self, complaint_at: float, relevant_at: float, among: Among, after: Place | None, limit: int
    ) -> list[Place]:
        """Those whose complaint probability is nearest to the threshold, nearest first; of a story, of its AMONG newest."""
        where, known = among.where("+classifications")  # + : not by the source, but by the probability
        known |= {"at": complaint_at, "relevant_at": relevant_at, "limit": limit, "gap": -1.0}
        with suppress(ValueError):
            known["gap"] = float(after.by) if after else -1.0
        known["after_source"], known["after_id"] = after.key if after else ("", "")
        gap = "round(abs(complaint - :at), 9)"
        above = f"complaint >= :at + max(:gap - {ABOUT}, 0) AND complaint <= :at + {BAND}"
        below = f"complaint < :at AND complaint <= :at - :gap + {ABOUT} AND complaint >= :at - {BAND}"
        found: list[tuple[float, MentionKey]] = []
        # Of all posts, the index leads to the nearest on either side; a story's are gone through.
        newest = f"""(SELECT source, id, story_id, pasted, deleted_at FROM mentions
            WHERE story_id = :story AND (:source IS NULL OR source = :source) AND {OPEN}
            ORDER BY created_at DESC LIMIT {AMONG}) AS mentions"""  # noqa: S608
        for tables, bounds, order in (
            [
                ("classifications CROSS JOIN mentions", above, "complaint"),
                ("classifications CROSS JOIN mentions", below, "complaint DESC"),
            ]
            if among.story is None
            else [(f"{newest} CROSS JOIN classifications", f"({above} OR {below})", gap)]
        ):
            rows = self._db.query(
                f"""SELECT {gap} AS gap, source, id FROM {tables} USING (source, id)
                    WHERE {bounds} AND ({gap}, source, id) > (:gap, :after_source, :after_id)
                      AND (relevance IS NULL OR relevance >= :relevant_at) AND {OPEN}{where}
                    ORDER BY {order}, source, id LIMIT :limit""",  # noqa: S608
                known,
            )
            found += [(row["gap"], MentionKey(row["source"], row["id"])) for row in rows]
        return [Place(repr(gap), key) for gap, key in sorted(found)[:limit]]

    def newest(self, among: Among, after: Place | None, limit: int) -> list[Place]:
        """All, newest first."""
        return self._newest("", among, after, limit)

    def paged(self, among: Among, after: Place | None, limit: int) -> list[Place]:
        """Those in stories that somebody was paged about lately, newest first."""
        lately = f"SELECT story_id FROM alerts ORDER BY opened_at DESC LIMIT {ALERTS}"  # noqa: S608
        return self._newest(f" AND mentions.story_id IN ({lately})", among, after, limit)

    def _newest(self, which: str, among: Among, after: Place | None, limit: int) -> list[Place]:
        where, known = among.where()
        known |= {"limit": limit}
        if after:
            where += " AND (created_at, mentions.source, id) < (:by, :after_source, :after_id)"
            known |= {"by": after.by, "after_source": after.key.source, "after_id": after.key.id}
        rows = self._db.query(
            f"""SELECT created_at, source, id FROM mentions WHERE {OPEN}{which}{where}
                ORDER BY created_at DESC, source DESC, id DESC LIMIT :limit""",  # noqa: S608
            known,
        )
        return [Place(row["created_at"], MentionKey(row["source"], row["id"])) for row in rows]

    def read_so(
        self, head: str, model_said: str, at: float, but: MentionKey
    ) -> list[tuple[MentionKey, Vector]]:
        """Of the AMONG newest posts, those that nobody has spoken of and of which the model says the same of that head
        ("yes" from the probability `at` on), with their embeddings."""
        if head == "category":
            so, value = "category = :said", 0.0
        else:
            column = "relevance" if head == "relevance" else "complaint"
            so, value = f"{column} {'>=' if model_said == 'yes' else '<'} :at", at
        rows = self._db.query(
            f"""SELECT mentions.source, mentions.id, embedding
                FROM (SELECT source, id, pasted, deleted_at FROM mentions
                      ORDER BY created_at DESC LIMIT {AMONG}) AS mentions
                CROSS JOIN classifications USING (source, id)
                WHERE {so} AND embedding IS NOT NULL AND {OPEN}""",  # noqa: S608
            {"said": model_said, "at": value},
        )
        return [
            (key, values.to_array(row["embedding"]))
            for row in rows
            if (key := MentionKey(row["source"], row["id"])) != but
        ]

    def answers(self, since: datetime | None = None) -> list[Answer]:
        """The newest word on each head of each mention, where it was said later than that."""
        rows = self._db.query(
            """SELECT head, label, at, model_said, model_sure FROM labels WHERE source <> '' AND at > ?
               AND NOT EXISTS (SELECT 1 FROM labels AS later WHERE later.source = labels.source AND later.id = labels.id
                               AND later.head = labels.head AND (later.at, later.number) > (labels.at, labels.number))""",
            [to_text(since) if since else ""],
        )
        return [
            Answer(row["head"], row["label"], values.to_time(row["at"]), row["model_said"], row["model_sure"])
            for row in rows
        ]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many texts each label of each head has as its newest word, those of one's own as well; copies count each."""
        found: dict[str, dict[str, int]] = {}
        for row in self._db.query(
            """SELECT head, label, count(*) AS texts FROM labels
               WHERE NOT EXISTS (SELECT 1 FROM labels AS later WHERE later.source = labels.source
                   AND later.id = labels.id AND later.head = labels.head
                   AND (later.at, later.number) > (labels.at, labels.number)) GROUP BY head, label"""
        ):
            found.setdefault(row["head"], {})[row["label"]] = row["texts"]
        return found

    def texts(self, since: datetime | None = None) -> int:
        """How many texts somebody has spoken of, later than that."""
        row = next(
            self._db.query(
                "SELECT count(*) AS texts FROM (SELECT DISTINCT source, id FROM labels WHERE at > ?)",
                [to_text(since) if since else ""],
            )
        )
        return int(row["texts"])

    def said_before(self, key: MentionKey) -> Sequence[Answer]:
        """Of one mention: the newest word on each head."""
        rows = self._db.query(
            """SELECT head, label, at, model_said, model_sure FROM labels WHERE source = ? AND id = ?
               ORDER BY at, number""",
            list(key),
        )
        newest = {
            row["head"]: Answer(
                row["head"], row["label"], values.to_time(row["at"]), row["model_said"], row["model_sure"]
            )
            for row in rows
        }
        return list(newest.values())
