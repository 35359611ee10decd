"""Versions of what was learnt: heads fitted to a team's labels, forecasts fitted to a brand's own history. Of each kind
at most one version is active; none: what was shipped answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from monitor.store.database import Database
from monitor.store.values import to_text, to_time

KEPT = 5
"""Versions whose weights are kept: the active one, and those before it to go back to."""

_COLUMNS = "version, made_at, model, former, figures, active"


@dataclass(frozen=True, slots=True)
class Version:
    """What was learnt at one time. It belongs to the shipped model `model` and to no other; `former` is the version that
    was in use when it was made (None: what was shipped)."""

    number: int
    made_at: datetime
    model: str
    former: int | None
    figures: Mapping[str, Any]
    active: bool


class Versions:
    def __init__(self, db: Database, table: Literal["heads", "fits"]) -> None:
        self._db = db
        self._table = table

    def add(
        self, model: str, former: int | None, figures: Mapping[str, Any], weights: bytes, now: datetime
    ) -> int:
        """Store a version and make it the active one; its number, which no other version of its kind ever gets. The
        weights of all but the last KEPT versions on the way back from it are dropped."""
        self._deactivate()
        cursor = self._db.execute(
            f"""INSERT INTO {self._table} (made_at, model, former, figures, weights, active)
                VALUES (?, ?, ?, ?, ?, 1)""",  # noqa: S608
            [to_text(now), model, former, json.dumps(figures), weights],
        )
        self._drop_weights()
        return int(cursor.lastrowid or 0)

    def _drop_weights(self) -> None:
        self._db.execute(
            f"""WITH RECURSIVE way (version, former, place) AS (
                    SELECT version, former, 1 FROM {self._table} WHERE active = 1
                    UNION ALL
                    SELECT {self._table}.version, {self._table}.former, place + 1
                    FROM {self._table} JOIN way ON {self._table}.version = way.former WHERE place < {KEPT}
                )
                UPDATE {self._table} SET weights = x'' WHERE version NOT IN (SELECT version FROM way)"""  # noqa: S608
        )

    def back(self) -> Version | None:
        """Make the former of the active version the active one; None when what was shipped answers now, also because the
        former has no weights any more."""
        active = self.active()
        self._deactivate()
        if active is not None and active.former is not None:
            self._db.execute(
                f"UPDATE {self._table} SET active = 1 WHERE version = ? AND weights != x''",  # noqa: S608
                [active.former],
            )
        return self.active()

    def _deactivate(self) -> None:
        self._db.execute(f"UPDATE {self._table} SET active = 0 WHERE active = 1")  # noqa: S608

    def active(self) -> Version | None:
        return next(iter(self._versions("WHERE active = 1")), None)

    def went_back(self) -> bool:
        """Whether a person has gone back from the newest version."""
        newest = self._versions("ORDER BY version DESC LIMIT 1")
        return bool(newest) and not newest[0].active

    def all(self) -> list[Version]:
        """Oldest first."""
        return self._versions("ORDER BY version")

    def _versions(self, where: str) -> list[Version]:
        return [
            Version(
                row["version"],
                to_time(row["made_at"]),
                row["model"],
                row["former"],
                json.loads(row["figures"]),
                bool(row["active"]),
            )
            for row in self._db.query(f"SELECT {_COLUMNS} FROM {self._table} {where}")  # noqa: S608
        ]

    def weights(self, number: int) -> bytes:
        """What `add` was given; nothing once they are dropped."""
        row = next(self._db.query(f"SELECT weights FROM {self._table} WHERE version = ?", [number]))  # noqa: S608
        return bytes(row["weights"])
