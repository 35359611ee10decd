"""Words that somebody sent when their visit was over: kept in memory for their account alone, for an hour at most."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from monitor.ports import Clock
from monitor.web.reply_form import Fields, first

LASTS = timedelta(hours=1)
MOST = 200
"""Forms that are kept at a time; the oldest ones go first."""


@dataclass
class Kept:
    """One form for each account and story, the last one. Whoever signs in to another account does not find it."""

    clock: Clock
    _forms: dict[tuple[str, int], tuple[datetime, Fields]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def put(self, account: str, story: int, form: Fields) -> None:
        with self._lock:
            self._forms.pop((account, story), None)
            self._forms[account, story] = self.clock.now(), form
            while len(self._forms) > MOST:
                del self._forms[next(iter(self._forms))]

    def of(self, account: str | None, story: int, post: str) -> Fields | None:
        """What is kept for the reply to that post ("": to whichever); None where nothing is, or not any more."""
        with self._lock:
            at, form = self._forms.get((account or "", story), (None, {}))
            if at is None or post not in ("", first(form, "post")):
                return None
            if self.clock.now() - at > LASTS:
                del self._forms[account or "", story]
                return None
            return form

    def drop(self, account: str | None, story: int, post: str) -> None:
        """What is kept for the reply to that post is dealt with."""
        with self._lock:
            _, form = self._forms.get((account or "", story), (None, {}))
            if first(form, "post") == post:
                self._forms.pop((account or "", story), None)
