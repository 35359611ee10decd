"""Who may do what over the API, as its routes ask for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from monitor.web.room import Room
from monitor.web.visitor import Role, Visitor, allowed

TOKEN = HTTPBearer(auto_error=False, description="a token that `snapwatch token add` made")


class May:
    """A dependency: the visitor whom the entrance let in, if they may do what the role may. ForbiddenError."""

    def __init__(self, role: Role) -> None:
        self._role = role

    def __call__(
        self, request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(TOKEN)]
    ) -> Visitor:
        visitor: Visitor = request.state.visitor
        return allowed(visitor, self._role)


Viewer = Annotated[Visitor, Depends(May("viewer"))]
Responder = Annotated[Visitor, Depends(May("responder"))]


def proposer(room: Room, visitor: Visitor) -> str:
    """To whom the visitor proposes words. InputError when they act in nobody's name."""
    return room.person(visitor)
