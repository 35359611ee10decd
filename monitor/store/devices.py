"""Browsers that take push messages for a person."""

from __future__ import annotations

import json
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

    def count(self, person: str, channel: str) -> int:
        return self._db["devices"].count_where("person = ? AND channel = ?", [person, channel])

    def address(self, person: str, channel: str) -> str | None:
        """The person's browsers as the channel's address, a JSON list of subscriptions; None when there is none."""
        rows = self._db.query(
            "SELECT subscription FROM devices WHERE person = ? AND channel = ? ORDER BY at", [person, channel]
        )
        subscriptions = [json.loads(row["subscription"]) for row in rows]
        return json.dumps(subscriptions) if subscriptions else None
