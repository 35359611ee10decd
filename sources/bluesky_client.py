"""The AT Protocol's own client (`atproto`: log-in, tokens, methods) over the guarded session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests

from monitor.errors import SourceError
from monitor.intake.outside import text_at
from sources import http
from sources.http import Session


class RefusedError(SourceError):
    """What a server answered for: its `status`, and the `code` by which the method names the error, "" for none."""

    status = 0
    code = ""


class Client:
    """Asks one server; with an account it logs in when first asked, and again when the server refuses its token. `hints`
    say what a status means, as in `Session.refused`."""

    def __init__(
        self,
        session: Session,
        server: str,
        identifier: str = "",
        password: str = "",
        hints: Mapping[int, str] = http.HINTS,
    ) -> None:
        self._session, self._server, self._hints = session, server, hints
        self._login = (identifier, password)
        self._client: Any = None

    def __repr__(self) -> str:
        return f"Client({self._server!r})"

    @property
    def logged_in(self) -> bool:
        """Whether it holds a token, which the server may refuse."""
        return self._client is not None

    def ask(self, now: datetime, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a query, such as "AppBskyFeedGetPosts". SourceError when there is none."""
        return self._call(now, method, "Params", params)

    def do(self, now: datetime, method: str, **data: Any) -> dict[str, Any]:
        """The answer to a procedure, such as "ComAtprotoRepoCreateRecord". SourceError when there is none."""
        return self._call(now, method, "Data", data)

    def _call(self, now: datetime, method: str, kind: str, said: Mapping[str, Any]) -> dict[str, Any]:
        from atproto import models
        from atproto.exceptions import AtProtocolError

        client = self._client or _client(self._session, self._server, self._hints)
        client.request.now = now
        try:
            if not self._client and self._login[0]:
                client.login(*self._login, fetch_bsky_profile=False)
            self._client = client
            shape = getattr(getattr(models, method), kind, None)  # absent where nothing is said
            content = shape(**said) if shape else None
            name = getattr(models.ids, method)
            if kind == "Params":
                answer = client.invoke_query(name, params=content).content
            else:
                answer = client.invoke_procedure(
                    name, data=content, input_encoding="application/json"
                ).content
        except SourceError:
            if client.request.expired:  # Bluesky allows few log-ins a day: any other failure keeps the token
                self._client = None
            raise
        except (AtProtocolError, ValueError) as error:  # of pydantic, too
            self._client = None
            raise self._session.unreadable(f"its log-in: {type(error).__name__}") from None
        if not isinstance(answer, dict):
            raise self._session.unreadable("it is no object")
        return answer


def refused(
    session: Session, response: requests.Response, now: datetime, hints: Mapping[int, str] = http.HINTS
) -> RefusedError:
    """As the session says it; Bluesky names the end of a wait in ratelimit-reset, in Unix seconds."""
    reset = response.headers.get("ratelimit-reset", "")
    if response.status_code == 429 and "retry-after" not in response.headers and reset.isdecimal():
        response.headers["retry-after"] = str(max(0, int(reset[:12]) - int(now.timestamp())))
    said = session.refused(response, now, hints)
    error = RefusedError(str(said), permanent=said.permanent, retry_after=said.retry_after)
    error.status = response.status_code
    try:
        told = response.json()
    except (ValueError, RecursionError):
        told = None
    error.code = text_at(told, "error") if isinstance(told, dict) else ""
    return error


def _client(session: Session, server: str, hints: Mapping[int, str]) -> Any:
    import atproto
    from atproto_client.request import RequestBase, Response  # type: ignore[import-untyped]

    class Guarded(RequestBase):  # type: ignore[misc]
        now: datetime
        expired = False

        def get(self, url: str, **asked: Any) -> Any:
            return self._ask("GET", url, **asked)

        def post(self, url: str, **asked: Any) -> Any:
            return self._ask("POST", url, **asked)

        def _ask(
            self, verb: str, url: str, headers: Any, params: Any = None, content: Any = None, **_: Any
        ) -> Any:
            headers = self.get_headers(headers)
            body = content.encode() if isinstance(content, str) else content
            response = session.request(verb, url, params=params, data=body, headers=headers)
            if not response.ok:
                error = refused(session, response, self.now, hints)
                self.expired = error.status == 401 or error.code == "ExpiredToken"
                raise error
            return Response(True, response.status_code, session.json(response), dict(response.headers))

    return atproto.Client(server, Guarded())
