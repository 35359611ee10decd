"""What every screen works with, and how it becomes a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from monitor.config import Config
from monitor.errors import InputError
from monitor.paging.silences import moment
from monitor.ports import Clock
from monitor.store import Store
from monitor.web.bodies import Gate
from monitor.web.links import Links
from monitor.web.menu import MENU
from monitor.web.pages import Describe
from monitor.web.proposals import Answering
from monitor.web.screens.assets import asset
from monitor.web.templating import environment
from monitor.web.visitor import Door, ForbiddenError, Visitor
from monitor.web.words import relative

LARGEST = 1 << 17
"""Bytes of a form."""
FIELDS = 100
"""Of a form; further ones are none of ours."""

Form = dict[str, str]
"""The first value of each field."""


@dataclass(frozen=True)
class Room:
    """The store, the clock and the configuration; who may enter; what answering alerts and customers needs."""

    store: Store
    clock: Clock
    config: Config
    door: Door
    links: Links
    describe: Describe
    answering: Answering | None
    health: Callable[[], tuple[bool, dict[str, Any]]]
    templates: Environment = field(default_factory=environment)
    gate: Gate = field(default_factory=lambda: Gate(LARGEST))

    @cached_property
    def people(self) -> dict[str, str]:
        """The configured people with their time zones."""
        return {person.name: person.time_zone for person in self.config.people}

    def page(
        self, template: str, visitor: Visitor, /, *, here: str = "", status: int = 200, **context: Any
    ) -> HTMLResponse:
        """A screen: `template` below templates/screens; `here` is the entry of the menu that it belongs to."""
        body = self.templates.get_template(f"screens/{template}").render(
            **self.frame(visitor), here=here, **context
        )
        return HTMLResponse(body, status_code=status)

    def frame(self, visitor: Visitor) -> dict[str, Any]:
        """What every template may use: the visitor, the time, and how moments are written for them."""
        now = self.clock.now()
        return {
            "visitor": visitor,
            "brand": self.config.brand.name,
            "now": now,
            "clock": partial(moment, zone=visitor.zone, now=now),
            "ago": lambda at: relative(at, now),
            "iso": lambda at: f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "people": list(self.people),
            "menu": [entry for entry in MENU if visitor.may(entry.role)],
            "waiting": self.store.read.alerts.waiting(),
            "asset": asset,
        }

    async def act(
        self, request: Request, visitor: Visitor, do: Callable[[Form, datetime], Response]
    ) -> Response:
        """The answer of `do` to a form that the visitor sent, in a thread. ForbiddenError when another site made it."""

        async def taken(body: bytes) -> Response:
            few = b"&".join(body.split(b"&", FIELDS)[:FIELDS])
            sent = parse_qs(few.decode("utf-8", "replace"), keep_blank_values=True)
            form = {name: values[0] for name, values in sent.items()}
            if form.get("csrf") != visitor.csrf:
                raise ForbiddenError(
                    "this form is older than your visit: load the page anew and send it again"
                )
            return await run_in_threadpool(do, form, self.clock.now())

        return await self.gate.take(request, taken)

    def person(self, visitor: Visitor) -> str:
        """In whose name the visitor acts. InputError when they have none."""
        if visitor.person is None:
            raise InputError(
                f"{visitor.name} is nobody who can be paged, so nothing is done in that name: an admin links the account "
                "with `snapwatch account`"
            )
        return visitor.person
