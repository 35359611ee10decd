"""The heartbeat: an outside watcher is called each minute while all is well, and raises the alarm when the calls end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from monitor.store import Store

EVERY = timedelta(minutes=1)
PATIENCE = 10.0
"""Seconds to connect, and of silence."""
FAILURES = 3
"""So many calls in a row that failed are worth a line in the log, and so many again the next."""

log = structlog.get_logger()


class Heart:
    """`url` is secret: whoever knows it can say that all is well. It is never logged."""

    def __init__(self, store: Store, url: str, health: Callable[[], tuple[bool, dict[str, Any]]]) -> None:
        self._store, self._url, self._health = store, url, health
        self._failures = 0

    def beat(self, now: datetime) -> None:
        """Call once if all is well; what goes wrong with that is no failure of the job: it must not end the calls."""
        if self._health()[0]:
            self._count(self._call())
        self._store.write(lambda tables: tables.jobs.succeeded("heartbeat", now, now + EVERY))

    def _call(self) -> str:
        """What went wrong, or nothing."""
        import requests

        try:
            with requests.Session() as session:
                session.auth = lambda request: request  # or a ~/.netrc would add a password
                with session.get(self._url, timeout=PATIENCE, allow_redirects=False, stream=True) as answer:
                    return "" if answer.ok and not answer.is_redirect else f"it answers {answer.status_code}"
        except requests.RequestException as error:
            return type(error).__name__  # its text holds the address

    def _count(self, trouble: str) -> None:
        self._failures = self._failures + 1 if trouble else 0
        if trouble and self._failures % FAILURES == 0:
            log.error("the heartbeat does not arrive", why=trouble, failures=self._failures)
