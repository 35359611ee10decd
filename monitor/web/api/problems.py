"""Errors as programs read them: RFC 9457, `application/problem+json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from monitor.errors import InputError, StoreError
from monitor.web.visitor import ForbiddenError, StrangerError
from monitor.wording.text import one_line

PREFIX = "/v1"
"""Of every address."""
MEDIA = "application/problem+json"
AGAIN = {"Retry-After": "10"}
BUSY = "the database can't be read or written at this moment; the log says why"
"""Its own words name files of the machine."""
WHO = {"WWW-Authenticate": 'Bearer realm="snapwatch"'}


log = structlog.get_logger()


class Flaw(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(description='the part of the request, such as "query.limit" or "body.text"')
    what: str


class Problem(BaseModel):
    """Why a request was refused. Nothing of it was done."""

    type: str = Field("about:blank", description="about:blank: the status says it all")
    title: str = Field(description="the status in words")
    status: int
    detail: str = Field(description="what is wrong and what to do, in a sentence")
    errors: list[Flaw] = Field([], description="each thing that is wrong with what was sent")


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        self.status = status
        super().__init__(detail)


def problem(
    status: int,
    detail: str,
    errors: Sequence[Flaw] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to a request that can't be done."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors))
    return JSONResponse(body.model_dump(), status, headers, MEDIA)


def of_error(error: Exception) -> Response | None:
    """The answer to what our own code raises on purpose; None for anything else."""
    match error:
        case ProblemError():
            return problem(error.status, str(error))
        case StrangerError():
            return problem(401, str(error), headers=WHO)
        case ForbiddenError():
            return problem(403, str(error))
        case InputError():
            return problem(409, str(error))
        case StoreError():
            log.error("the API could not read or keep what was asked", error=str(error))
            return problem(503, BUSY, headers=AGAIN)
        case _:
            return None


def speak_of_problems(app: FastAPI) -> None:
    """All errors of the app come as problems: InputError is 409, as things stand it can't be done; what is not there is a
    ProblemError."""

    def ours(_: Request, error: Exception) -> Response:
        found = of_error(error)
        if found is None:
            raise error
        return found

    for kind in (ProblemError, StrangerError, ForbiddenError, InputError, StoreError):
        app.add_exception_handler(kind, ours)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == 405:  # the route itself knows of its own method alone
            address = request.scope["route"].path_format
            methods = app.openapi()["paths"][PREFIX + address.removeprefix(PREFIX)]
            headers["Allow"] = ", ".join(sorted(map(str.upper, methods)))
        return problem(error.status_code, _WORDS.get(error.status_code, error.detail), headers=headers)

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> Response:
        flaws = [Flaw(where=_where(each["loc"]), what=_what(each)) for each in error.errors()]
        return problem(422, "what was sent can't be used: see errors", flaws)

    @app.exception_handler(Exception)
    def broken(_: Request, __: Exception) -> Response:
        return problem(500, "this is a fault of snapwatch; its log says more")


_WORDS = {
    404: "there is nothing at this address; /api/openapi.json names all",
    405: "this address does not take that method",
}


def _where(place: Sequence[str | int]) -> str:
    return one_line(".".join(map(str, place)), 200)


def _what(flaw: Mapping[str, Any]) -> str:
    return one_line(str(flaw["msg"]).removeprefix("Value error, "), 300)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route's description says of how it may refuse."""
    return {
        each: {
            "description": HTTPStatus(each).phrase,
            "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for each in sorted({*EVERYWHERE, *statuses})
    }


EVERYWHERE = (400, 401, 403, 413, 422, 429, 503)
