"""Browsers that take push messages for a person."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from monitor.store.database import Database
from monitor.store.values import to_text


class Devices:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, person: str, channel: str, subscription: dict[str, Any], now: datetime) -> None:
        """A browser's push subscription, as the Push API gives it; one that was known is the newest person's."""
        self._db.execute(
            """INSERT INTO devices (endpoint, person, channel, subscription, at) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT DO UPDATE SET person = excluded.person, channel = excluded.channel,
               subscription = excluded.subscription, at = excluded.at""",
            [subscription["endpoint"], person, channel, json.dumps(subscription), to_text(now)],
        )

    def remove(self, endpoint: str) -> None:
        self._db.execute("DELETE FROM devices WHERE endpoint = ?", [endpoint])

    def forget(self, person: str) -> None:
        self._db.execute("DELETE FROM devices WHERE person = ?", [person])

    def keep(self, wanted: Collection[tuple[str, str]]) -> None:
        """Only those of such people and channels."""
        for row in list(self._db.query("SELECT endpoint, person, channel FROM devices")):
            if (row["person"], row["channel"]) not in wanted:
                self.remove(row["endpoint"])

    def has(self, person: str, channel: str, endpoint: str) -> bool:
        found = self._db["devices"].count_where(
            "person = ? AND channel = ? AND endpoint = ?", [person, channel, endpoint]
        )
        return found > 0

    def count(self, person: str, channel: str) -> int:
        return self._db["devices"].count_where("person = ? AND channel = ?", [person, channel])

    def address(self, person: str, channel: str) -> str | None:
        """The person's browsers as the channel's address, a JSON list of subscriptions; None when there is none."""
        rows = self._db.query(
            "SELECT subscription FROM devices WHERE person = ? AND channel = ? ORDER BY at", [person, channel]
        )
        subscriptions = [json.loads(row["subscription"]) for row in rows]
        return json.dumps(subscriptions) if subscriptions else None
