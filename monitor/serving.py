"""What the daemon serves over HTTP, from its parts: the pages of alerts, the dashboard, what providers call back."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import structlog
import uvicorn
from starlette.types import ASGIApp

from alerts.length import length, limit
from alerts.lint import RULES
from alerts.story_curve import End, story_curve
from monitor.answering import answers
from monitor.clock import RealClock
from monitor.config import Config
from monitor.daemon import Daemon
from monitor.errors import ConfigError
from monitor.metrics import exposition
from monitor.notice import Notice
from monitor.overview.story import Curve
from monitor.paging.notices import notice
from monitor.parts import Parts
from monitor.ports import Said
from monitor.reply import Occasion
from monitor.replying.desk import ReplyDesk
from monitor.store import Alert
from monitor.web.app import create
from monitor.web.channels import channels
from monitor.web.enter.door import door_of
from monitor.web.figures import Health
from monitor.web.hooks import hooks
from monitor.web.lines import Line
from monitor.web.links import Links
from monitor.web.pages import Describe
from monitor.web.proposals import Answering
from monitor.web.push import Desk, Pushes
from monitor.web.room import Room

GRACE_SECONDS = 3.0
WARM_SECONDS = 5.0
"""After the start, so that the first look at the platforms comes first."""

log = structlog.get_logger()


def listen(config: Config) -> socket.socket:
    """Where the configuration says. ConfigError when that can't be used."""
    try:
        return socket.create_server((config.web.host, config.web.port))
    except OSError as error:
        raise ConfigError(
            [
                f"web.listen: {config.web.listen} can't be used ({error.strerror}); is another program there? "
                "Then write another port in [web] listen and public_url"
            ]
        ) from error


@contextmanager
def serve(parts: Parts, daemon: Daemon, listener: socket.socket) -> Iterator[None]:
    """Serve all of it while the daemon runs."""
    config = parts.config

    def describe(alert: Alert, person: str) -> Notice:
        return notice(parts.store.read, alert, person, config, parts.drafter, parts.link, parts.clock.now())

    def metrics() -> bytes:
        return exposition(parts.store.read, config.sources, parts.clock.now())

    people = {person.name: person.time_zone for person in config.people}
    room = room_of(parts, describe, daemon.health)
    app = create(
        parts.store,
        parts.clock,
        links_of(config),
        people,
        describe,
        daemon.health,
        metrics,
        desks_of(parts),
        answering_of(parts),
        room,
    )
    app.include_router(hooks(daemon.receive, parts.clock))
    heard = partial(hear, parts)
    app.include_router(channels(parts.channels, config.web.public_url, heard, daemon.receipt, parts.clock))
    server = server_of(app)
    # A copy: the server closes what it is given, and the next one listens on the same address.
    thread = threading.Thread(target=partial(server.run, sockets=[listener.dup()]), name="web", daemon=True)
    thread.start()
    warming = threading.Timer(WARM_SECONDS, warm, [parts])
    warming.daemon = True
    warming.start()
    try:
        yield
    finally:
        warming.cancel()
        server.should_exit = True
        room.pulses.end()  # or the server would wait for those who look at a screen
        thread.join(timeout=GRACE_SECONDS)
        warming.join(timeout=GRACE_SECONDS)


def server_of(app: ASGIApp) -> uvicorn.Server:
    """What speaks HTTP. It believes nobody's word of addresses: monitor/web/enter/proxy.py believes the proxies of the
    configuration. It reads at most 64 KiB of headers: httptools, which uvicorn prefers where it is, reads on and on; and it
    waits for no one that is slow to send them. Nothing here speaks WebSocket, which would go round `Line`."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=Line,
            ws="none",
            log_config=None,
            server_header=False,
            access_log=False,
            proxy_headers=False,
        )
    )


def warm(parts: Parts) -> None:
    """Load what the first page would wait for: what lint reads with, and what draws curves."""
    now = datetime.now(UTC)
    try:
        parts.lint("Thank you, we are on it.", Occasion())
        story_curve([(now, 0)], ZoneInfo("UTC"), 1)
    except Exception:
        log.exception("what pages need could not be loaded ahead")


def hear(parts: Parts, name: str, said: Said, now: datetime) -> str | None:
    """Do what somebody said by that channel, and say how it stands in as many words as it carries."""
    longest = answers.SHORT if parts.channels[name].carries in ("sms", "call") else answers.LONG
    return answers.heard(parts.store, parts.config, name, said, now, longest)


def desks_of(parts: Parts) -> dict[str, Desk]:
    """By what channel each person gets push messages in a browser."""
    pushes = {name: channel for name, channel in parts.channels.items() if isinstance(channel, Pushes)}
    return {
        person.name: Desk(name, pushes[name])
        for person in parts.config.people
        for name in reversed(person.contacts)
        if name in pushes
    }


def answering_of(parts: Parts) -> Answering:
    """What the pages need on which customers are answered."""

    def room(text: str, occasion: Occasion) -> tuple[int, int]:
        return length(occasion.platform, text), limit(occasion.platform, private=not occasion.public)

    return Answering(
        desk=ReplyDesk(parts.store, parts.config, parts.lint),
        drafter=parts.drafter,
        lint=parts.lint,
        explained={name: rule.reason for name, rule in RULES.items()},
        room=room,
        measure_of=parts.measure_of,
        rules=parts.config.rules,
        four_eyes=parts.config.replies.four_eyes,
    )


def room_of(parts: Parts, describe: Describe, health: Health) -> Room:
    """The dashboard."""
    config = parts.config
    return Room(
        store=parts.store,
        clock=parts.clock,
        config=config,
        door=door_of(config, parts.store, RealClock()),
        links=links_of(config),
        describe=describe,
        answering=answering_of(parts),
        health=health,
        draw=picture,
    )


def picture(curve: Curve, zone: ZoneInfo, *, narrow: bool = False) -> bytes:
    """The curve of a post, for a screen."""
    said = curve.forecast
    return story_curve(
        [(each.at, each.spread) for each in curve.points],
        zone,
        curve.viral_at,
        End(said.expected, said.low, said.high) if said else None,
        [(each.at, each.what) for each in curve.marks],
        narrow=narrow,
    )


def links_of(config: Config) -> Links:
    return Links(config.store.path.with_name("links.key"), config.web.public_url)
