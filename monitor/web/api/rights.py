"""Who may do what over the API, as its routes ask for it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from monitor.web.api.problems import ProblemError
from monitor.web.room import Room
from monitor.web.visitor import ForbiddenError, Role, Visitor, allowed
from monitor.wording.text import one_line

TOKEN = HTTPBearer(auto_error=False, description="a token that `snapwatch token add` made")


class May:
    """A dependency: the visitor whom the entrance let in, if they may do what the role may and ask for nothing
    that is not known. ForbiddenError, ProblemError."""

    def __init__(self, role: Role) -> None:
        self._role = role

    def __call__(
        self, request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(TOKEN)]
    ) -> Visitor:
        known = {each.alias for each in request.scope["route"].dependant.query_params}
        if unknown := sorted(request.query_params.keys() - known):
            named = one_line(", ".join(unknown), 200)
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY, f"query.{named}: there is no such parameter here"
            )
        visitor: Visitor = request.state.visitor
        return allowed(visitor, self._role)


Viewer = Annotated[Visitor, Depends(May("viewer"))]
Responder = Annotated[Visitor, Depends(May("responder"))]


def proposer(room: Room, visitor: Visitor) -> str:
    """To whom the visitor proposes words: who may answer customers, with whatever token. ForbiddenError, InputError."""
    person = person_of(room, visitor)
    if person is None:
        room.person(visitor)
        raise ForbiddenError(
            f"{visitor.name} only looks: who proposes needs an account of the role responder"
        )
    return person


def person_of(room: Room, visitor: Visitor) -> str | None:
    """Whose words a proposal is, if anybody's: a token that only reads may propose where its account may answer."""
    if visitor.account is None or visitor.may("responder"):
        return visitor.person
    account = room.store.read.accounts.get(visitor.account)
    return visitor.person if account is not None and account.role != "viewer" else None
