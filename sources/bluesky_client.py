"""The AT Protocol's own client (`atproto`: log-in, tokens, methods) over the guarded session."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import requests

from monitor.errors import SourceError
from sources.http import Session


class Client:
    """Asks one server; with an account it logs in when first asked, and again when the server refuses its token."""

    def __init__(self, session: Session, server: str, identifier: str = "", password: str = "") -> None:
        self._session, self._server = session, server
        self._login = (identifier, password)
        self._client: Any = None

    def __repr__(self) -> str:
        return f"Client({self._server!r})"

    def ask(self, now: datetime, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a query, such as "AppBskyFeedGetPosts". SourceError when there is none."""
        from atproto import models
        from atproto.exceptions import AtProtocolError

        client = self._client or _client(self._session, self._server)
        client.request.now = now
        try:
            if not self._client and self._login[0]:
                client.login(*self._login, fetch_bsky_profile=False)
            self._client = client
            query = getattr(models, method).Params(**params)
            answer = client.invoke_query(getattr(models.ids, method), params=query).content
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


def refused(session: Session, response: requests.Response, now: datetime) -> SourceError:
    """As the session says it; Bluesky names the end of a wait in ratelimit-reset, in Unix seconds."""
    reset = response.headers.get("ratelimit-reset", "")
    if response.status_code == 429 and "retry-after" not in response.headers and reset.isdecimal():
        response.headers["retry-after"] = str(max(0, int(reset[:12]) - int(now.timestamp())))
    return session.refused(response, now)


def _client(session: Session, server: str) -> Any:
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
            response = session.request(verb, url, params=params, data=content, headers=headers)
            if not response.ok:
                self.expired = response.status_code == 401 or b'"ExpiredToken"' in response.content[:200]
                raise refused(session, response, self.now)
            return Response(True, response.status_code, session.json(response), dict(response.headers))

    return atproto.Client(server, Guarded())
