"""Who looks at a screen, and what they may do there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from fastapi import Request

from monitor.errors import SnapwatchError

Role = Literal["viewer", "responder", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "responder", "admin")
"""Each may do what those before it may: a viewer reads; a responder answers alerts and customers, labels, changes the rota;
an admin also sees the configuration and may do all of it in another person's name."""


class StrangerError(SnapwatchError):
    """Nobody who may enter. `enter`: signing in at /login helps."""

    def __init__(self, message: str, *, enter: bool = False) -> None:
        self.enter = enter
        super().__init__(message)


class ForbiddenError(SnapwatchError):
    """They may not do this; the words say who may."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may enter.

    `name` stands in audit logs. `person` is whom of the configuration they act as; None: they can only look. `zone` is the
    one that times are shown in. `csrf` has to be in every form that they send. `account` is None on the loopback, where
    nobody signs in. They, and admins, may choose whom they act as.
    """

    name: str
    role: Role
    person: str | None
    zone: ZoneInfo
    csrf: str
    account: str | None = None

    def may(self, role: Role) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)


class Door(Protocol):
    """Lets people in."""

    def visitor(self, request: Request) -> Visitor:
        """Who sends the request. StrangerError when that can't be said."""
        ...

    def bearer(self, request: Request) -> Visitor:
        """Whose token the request carries. StrangerError when it carries none that is good."""
        ...


def admit(door: Door, role: Role) -> Callable[[Request], Visitor]:
    """A dependency: whoever sends the request, if they may do what the role may. StrangerError, ForbiddenError. What goes
    wrong afterwards is told within the frame of the screens: `request.state.visitor` says to whom."""

    def enter(request: Request) -> Visitor:
        request.state.visitor = door.visitor(request)
        return allowed(request.state.visitor, role)

    return enter


def allowed(visitor: Visitor, role: Role) -> Visitor:
    """The visitor. ForbiddenError when they may not do what the role may."""
    if not visitor.may(role):
        raise ForbiddenError(
            f"you are {'an' if visitor.role == 'admin' else 'a'} {visitor.role} here, and this needs the role {role}: "
            "an admin gives it with `snapwatch account change`, or makes a token with it"
        )
    return visitor
