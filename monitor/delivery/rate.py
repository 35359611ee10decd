"""Pure: which message goes out next on a channel, so that a storm of stories can still be read.

To one address at most so many messages about alerts go one by one in ten minutes. What waits beyond that goes together in
one message, a minute after the one before; nothing that can be sent waits longer. A message that was tried keeps its turn:
it is tried again by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from monitor.store import Delivery

WINDOW = timedelta(minutes=10)
BUNDLE_EVERY = timedelta(minutes=1)


def key_of(deliveries: Sequence[Delivery]) -> str:
    """The key of the message that holds them: the same deliveries, the same key."""
    if len(deliveries) == 1:
        return deliveries[0].key
    ids = " ".join(str(each.id) for each in sorted(deliveries, key=lambda each: each.id))
    return f"snapwatch-{deliveries[0].id}-{hashlib.sha256(ids.encode()).hexdigest()[:16]}"


def next_message(
    due: Sequence[Delivery], tried: Mapping[str, Mapping[str, datetime]], limit: int, now: datetime
) -> list[Delivery]:
    """What of a lane goes into the next message, from what is due, the most urgent first; nothing when all has to wait.

    `tried` are, by person, the messages that were tried at their address within WINDOW, and when. Test pages, alarms,
    digests and briefs are neither counted nor bundled.
    """
    for each in due:
        messages = tried.get(each.person, {})
        if each.alert_id is None or each.key in messages or len(messages) < limit:
            return [each]
        waiting = [
            other
            for other in due
            if other.person == each.person and other.alert_id is not None and other.key not in messages
        ]
        if (
            now - max(messages.values()) >= BUNDLE_EVERY
            or now - min(w.due_at for w in waiting) >= BUNDLE_EVERY
        ):
            return waiting
    return []
