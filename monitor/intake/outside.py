"""Reading what other machines send: JSON and headers that may not be as documented never raise anything."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_WAIT = 86_400.0


def text_at(data: dict[str, Any], key: str) -> str:
    """The string there, or "". Half a surrogate pair, which JSON can carry but no file can, becomes "?"."""
    value = data.get(key)
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def object_at(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def objects_at(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects of the list there; what is no object is left out."""
    value = data.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def count_at(data: dict[str, Any], key: str) -> int | None:
    """The counter there, at least zero; None when there is none."""
    value = data.get(key)
    return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) and value < 2**63 else None


def time_at(data: dict[str, Any], key: str) -> datetime | None:
    """The moment there, ISO 8601 with an offset, in UTC; None when it is none."""
    try:
        at = datetime.fromisoformat(text_at(data, key))
        return at.astimezone(UTC) if at.tzinfo else None
    except (OverflowError, ValueError):
        return None


def seconds(header: str | None) -> float | None:
    """The seconds that a header such as Retry-After names, at most a day; None for a date or anything else."""
    if header is None or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,9})?", header.strip(), re.ASCII):
        return None
    return min(float(header), LONGEST_WAIT)


def wait(header: str | None, now: datetime) -> float | None:
    """The seconds from `now` on that Retry-After names, as a number or as a date, at most a day; None for anything
    else."""
    found = seconds(header)
    if found is not None or header is None:
        return found
    try:
        at = parsedate_to_datetime(header)
    except (TypeError, ValueError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), LONGEST_WAIT)
