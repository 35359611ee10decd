"""What a person at the terminal sees while the daemon runs: where it stands, and what to do next."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from monitor.store import Store

GO_LIVE = (
    "To go live:  snapwatch init  asks for your brand, sources and people and writes config.toml;\n"
    "             snapwatch check --send  proves it and sends a test page;\n"
    "             snapwatch run  starts the watch."
)


class Progress:
    """One line whenever a figure has changed, and a panel at the first page."""

    def __init__(self, console: Console, store: Store, replay_end: datetime | None) -> None:
        self._console = console
        self._store = store
        self._replay_end = replay_end
        self._line = ""
        self._shown: set[int] = set()
        self._over = False

    def show(self, now: datetime) -> None:
        read = self._store.read
        alerts = read.alerts.active()
        line = (
            f"{read.mentions.count():,} mentions, {read.mentions.waiting():,} waiting · "
            f"{read.stories.count():,} stories · {len(alerts)} alert{'' if len(alerts) == 1 else 's'}, "
            f"{sum(alert.state == 'open' for alert in alerts)} not acknowledged · "
            f"{read.alerts.pending()} deliveries pending"
        )
        if line != self._line:
            self._line = line
            self._console.print(Text(f"{now:%a %H:%M}  {line}"))
        for alert in alerts:
            if alert.id not in self._shown and (sent := read.alerts.sent_to(alert.id)):
                self._shown.add(alert.id)
                self._page(alert.id, alert.story_id, alert.reason, sent)
        if self._replay_end and now >= self._replay_end and not self._over:
            self._over = True
            self._console.print(
                Panel(Text(f"The replayed day is over.\n{GO_LIVE}"), title="What next", expand=False)
            )

    def _page(self, alert_id: int, story_id: int, reason: str, sent: list[tuple[str, str, str]]) -> None:
        story = self._store.read.stories.get(story_id)
        # Text, not markup: a title is what a stranger wrote.
        body = Text()
        body.append(story.title if story else "", style="bold")
        body.append(f"\nWhy now: {reason}\n")
        for person, channel, provider_id in sent:
            body.append(f"Sent to {person} by {channel}: {provider_id}\n")
        body.append(f"Take it:  snapwatch ack {alert_id}")
        if self._replay_end:
            body.append(f"\n\n{GO_LIVE}")
        self._console.print(Panel(body, title=f"Page: alert {alert_id}", expand=False))
