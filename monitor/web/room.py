"""What every screen works with, and how it becomes a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any, Protocol
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from monitor.config import Config
from monitor.errors import InputError
from monitor.overview.story import Curve
from monitor.paging.silences import moment
from monitor.ports import Clock
from monitor.store import Pulse, Store
from monitor.web.bodies import Gate
from monitor.web.enter.keys import same
from monitor.web.links import Links
from monitor.web.menu import MENU
from monitor.web.pages import Describe
from monitor.web.proposals import Answering
from monitor.web.pulses import Pulses
from monitor.web.screens.assets import asset
from monitor.web.templating import environment
from monitor.web.visitor import Door, ForbiddenError, Visitor
from monitor.web.words import relative

LARGEST = 1 << 17
"""Bytes of a form."""
OLD = "this form is older than your visit: load the page anew and send it again"
FIELDS = 100
"""Of a form; further ones are none of ours."""

Form = dict[str, str]
"""The first value of each field."""
Fields = dict[str, list[str]]


class Draw(Protocol):
    """Draws the curve of a post as an SVG file, with local times; `narrow` for a phone."""

    def __call__(self, curve: Curve, zone: ZoneInfo, *, narrow: bool = False) -> bytes: ...


@dataclass(frozen=True)
class Room:
    """The store, the clock and the configuration; who may enter; what answering alerts and customers needs. Without `draw`
    curves are told in words and tables alone."""

    store: Store
    clock: Clock
    config: Config
    door: Door
    links: Links
    describe: Describe
    answering: Answering | None
    health: Callable[[], tuple[bool, dict[str, Any]]]
    draw: Draw | None = None
    templates: Environment = field(default_factory=environment)
    gate: Gate = field(default_factory=lambda: Gate(LARGEST))

    @cached_property
    def people(self) -> dict[str, str]:
        """The configured people with their time zones."""
        return {person.name: person.time_zone for person in self.config.people}

    @cached_property
    def pulses(self) -> Pulses:
        """Tells who looks at a screen that something has changed."""
        return Pulses(lambda: self.store.read.glances.pulse())

    def page(
        self,
        template: str,
        visitor: Visitor,
        /,
        *,
        here: str = "",
        status: int = 200,
        pulse: Pulse | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """A screen: `template` below templates/screens; `here` is the entry of the menu that it belongs to. One that
        follows what happens gives the `pulse` of before it was read: what changes meanwhile is then noticed."""
        body = self.templates.get_template(f"screens/{template}").render(
            **self.frame(visitor, pulse), here=here, **context
        )
        return HTMLResponse(body, status_code=status)

    def at(self, visitor: Visitor) -> Callable[[datetime], str]:
        """How moments are written for the visitor."""
        return partial(moment, zone=visitor.zone, now=self.clock.now())

    def frame(self, visitor: Visitor, pulse: Pulse | None = None) -> dict[str, Any]:
        """What every template may use: the visitor, the time, and how moments are written for them."""
        now, pulse = self.clock.now(), pulse or self.store.read.glances.pulse()
        return {
            "visitor": visitor,
            "brand": self.config.brand.name,
            "now": now,
            "clock": self.at(visitor),
            "ago": lambda at: relative(at, now),
            "iso": lambda at: f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "people": list(self.people),
            "menu": [entry for entry in MENU if visitor.may(entry.role)],
            "waiting": pulse.waiting,
            "mark": pulse.mark,
            "asset": asset,
        }

    async def act(
        self, request: Request, visitor: Visitor, do: Callable[[Form, datetime], Response]
    ) -> Response:
        """The answer of `do` to a form that the visitor sent, in a thread. ForbiddenError when another site made it."""

        def once(sent: Fields) -> Response:
            return do({name: values[0] for name, values in sent.items()}, self.clock.now())

        return await self.act_on(request, visitor, once)

    async def act_on(
        self,
        request: Request,
        visitor: Visitor,
        do: Callable[[Fields], Response],
        old: Callable[[Fields], Response] | None = None,
    ) -> Response:
        """The same, with every value of each field. `old` answers a form of our own pages that is older than the visit, in
        place of the error; it must change nothing."""

        async def taken(body: bytes) -> Response:
            few = b"&".join(body.split(b"&", FIELDS)[:FIELDS])
            sent = parse_qs(few.decode("utf-8", "replace"), keep_blank_values=True)
            if not same(sent.get("csrf", [""])[0], visitor.csrf):
                if old is not None and request.headers.get("sec-fetch-site") == "same-origin":
                    return await run_in_threadpool(old, sent)
                raise ForbiddenError(OLD)
            return await run_in_threadpool(do, sent)

        return await self.gate.take(request, taken)

    def person(self, visitor: Visitor) -> str:
        """In whose name the visitor acts. InputError when they have none."""
        if visitor.person is None:
            raise InputError(
                f"{visitor.name} is nobody who can be paged, so nothing is done in that name: an admin links the account "
                "with `snapwatch account`"
            )
        return visitor.person
