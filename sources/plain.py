"""Pure: a mention from a few plain fields, such as a row of a table or a small JSON object has them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from monitor.errors import InputError
from monitor.model import COUNTERS, Author, Mention, Reading, Record

FIELDS = ("text", "title", "id", "author", "url", "created_at", "language", "in_reply_to", *COUNTERS)
LONGEST_ID = 200

Moment = Callable[[str], datetime]
"""From what stands in `created_at` to a moment in UTC. InputError when it is none."""


def records(
    source: str, fields: Mapping[str, str], moment: Moment, at: datetime, now: datetime
) -> list[Record]:
    """The mention, and a reading when there are counters. InputError when there is no text, or the date is none.

    Without an id, one is made from all that the fields say, so that the same row is the same mention. Without a date, it
    was written at `at`. A counter or an address that is none is left out.
    """
    said = {name: value.strip() for name, value in fields.items() if value.strip()}
    text = "\n\n".join(said[name] for name in ("title", "text") if name in said)
    if "text" not in said:
        raise InputError("text is empty" if "text" in fields else "text is missing")
    id = said.get("id", "")
    if not id or len(id) > LONGEST_ID:
        id = hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=12).hexdigest()
    author, url = said.get("author", ""), said.get("url", "")
    mention = Mention(
        source=source,
        id=id,
        author=Author(author, author, author),
        text=text,
        url=url if re.match(r"https?://[^\s]+$", url) else "",
        created_at=moment(said["created_at"]) if "created_at" in said else at,
        language=said.get("language"),
        in_reply_to=said.get("in_reply_to"),
    )
    counts = {
        name: int(said[name])
        for name in COUNTERS
        if re.fullmatch("[0-9]{1,18}", said.get(name, ""), re.ASCII)
    }
    return [mention, Reading(source, id, now, **counts)] if counts else [mention]


def moment_in(zone: ZoneInfo, form: str | None = None) -> Moment:
    """Reads dates of one form, as strptime has it, or ISO 8601; those that name no zone are of `zone`."""

    def moment(text: str) -> datetime:
        try:
            found = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
            return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            wanted = f"of the form {form}" if form else "such as 2026-11-01T10:00:00Z"
            raise InputError(f"created_at is not a date {wanted}") from None

    return moment
