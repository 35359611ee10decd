"""What a person at the terminal sees while the daemon runs: where it stands, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from rich.console import Console
from rich.progress import Progress as Bar
from rich.text import Text

from monitor.store import Alert, Store

GO_LIVE = (
    "To go live:\n"
    "  .venv/bin/snapwatch init --config live.toml           asks for your brand, sources and people\n"
    "  .venv/bin/snapwatch check --config live.toml --send   tries every part and sends a test page\n"
    "  .venv/bin/snapwatch run --config live.toml            starts the watch"
)
AGAIN = "To play the day again: stop with Ctrl-C, remove the folder snapwatch-data, and run again."


class Progress:
    """One line whenever a figure has changed; what to do at the first page of each alert, and when the day is over."""

    def __init__(self, console: Console, store: Store, dashboard: str, replay_end: datetime | None) -> None:
        """`dashboard` is its address."""
        self._console = console
        self._store = store
        self._dashboard = dashboard
        self._replay_end = replay_end
        self._line = ""
        # After a restart nothing is said again of what somebody has.
        self._shown = {each.id for each in store.read.alerts.active() if each.state != "open"}
        self._over = False

    def show(self, now: datetime) -> None:
        if not self._line:
            self._print(f"Look in:  {self._dashboard}")
        read = self._store.read
        alerts = read.alerts.active()
        line = (
            f"{read.mentions.count():,} mentions · {read.stories.count():,} stories · "
            f"{len(alerts)} alert{'' if len(alerts) == 1 else 's'}, "
            f"{sum(alert.state == 'open' for alert in alerts)} not acknowledged"
        )
        if line != self._line:
            self._line = line
            self._print(f"{now:%a %H:%M}  {line}")
        for alert in alerts:
            if alert.id not in self._shown and (sent := read.outbox.sent_to(alert.id)):
                self._shown.add(alert.id)
                self._page(alert, sent)
        if self._replay_end and now >= self._replay_end and not self._over:
            self._over = True
            self._rule("The replayed day is over")
            self._print(f"{GO_LIVE}\n{AGAIN}")

    def _page(self, alert: Alert, sent: list[tuple[str, str, str]]) -> None:
        story = self._store.read.stories.get(alert.story_id)
        self._rule(f"Page: alert {alert.id}, {alert.severity}")
        self._print(story.title if story else "")
        self._print(f"Why now:  {alert.reason}")
        for person, channel, provider_id in sent:
            self._print(f"Sent to {person} by {channel}:  {provider_id}")
        self._print(
            f"Take it:  {self._dashboard}/stories/{alert.story_id}  or  .venv/bin/snapwatch ack {alert.id}"
        )
        if self._replay_end:
            self._print(GO_LIVE)
        self._rule("")

    def _rule(self, title: str) -> None:
        self._console.rule(Text(title))

    def _print(self, text: str) -> None:
        # Text, not markup: a title is what a stranger wrote. The store's titles have no control characters.
        self._console.print(Text(text), soft_wrap=True)


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Callable[[int], object]]:
    """A bar on standard error, if that is a terminal; yields what moves it on by so much. `total` None: not known."""
    shown = Console(stderr=True)
    with Bar(console=shown, disable=not shown.is_terminal, transient=True) as bars:
        task = bars.add_task(what, total=total)
        yield partial(bars.advance, task)
