"""A job that failed is tried again, later each time; what went wrong stands in its row and in the log."""

from __future__ import annotations

import random
from datetime import datetime

import structlog

from monitor.errors import PortError
from monitor.intake import polling
from monitor.store import Tables

log = structlog.get_logger()


def note_failure(tables: Tables, job: str, error: Exception, now: datetime) -> None:
    """Write down that a job failed, and when it is tried next: later after each failure, and as late as can be after one
    that time alone won't mend."""
    known = isinstance(error, PortError)
    text = str(error) if known else f"{type(error).__name__} (see the log)"
    row = tables.jobs.get(job)
    failures = (row.failures if row else 0) + 1
    retry_after = error.retry_after if isinstance(error, PortError) else None
    if isinstance(error, PortError) and error.permanent:
        # Time alone won't mend it: a person must hear of it now.
        failures = max(failures, polling.FAILURES_SHOWN)
        retry_after = max(retry_after or 0.0, polling.BACK_OFF_LONGEST)
    due = now + polling.back_off(failures, retry_after, random.random())  # noqa: S311 -- no secret hangs on it
    log.error(
        "job failed",
        job=job,
        error=text,
        failures=failures,
        next_try=due.isoformat(),
        exc_info=None if known else error,
    )
    tables.jobs.failed(job, text, failures, due)
