"""Mastodon.py over the guarded session: a server's answer, or a SourceError that names it and holds no secret."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.errors import SourceError
from monitor.intake.outside import LONGEST_WAIT, objects_at
from sources import http
from sources.mastodon_status import time


class MissingError(SourceError):
    """What was asked for is not there. `told`: as the API tells it, and not any web server."""

    told = False


class Client:
    """`hints` say what a status means, as in `Session.refused`."""

    def __init__(self, name: str, server: str, token: str, hints: Mapping[int, str]) -> None:
        from mastodon import Mastodon

        self._name, self._server, self._hints = name, server, hints
        self.session = http.Session(name, server.partition("//")[2])
        self.session.hooks["response"].append(self._refuse)
        sdk: Any = Mastodon(
            api_base_url=server,
            session=self.session,
            ratelimit_method="throw",  # else it sleeps
            request_timeout=http.READ,
            user_agent=self.session.headers["User-Agent"],
        )
        # It would ask first what the server is able to, again and again where the server can't say.
        sdk.timeline_is_available = sdk.verify_minimum_version = lambda *_, **__: True
        if token:  # given above, it would be read from a file of that name
            sdk.access_token = token
        self.sdk = sdk

    def __repr__(self) -> str:
        return f"Client({self._server!r})"

    def call(self, method: str, *args: Any, **params: Any) -> Any:
        from mastodon import MastodonNotFoundError

        try:
            return getattr(self.sdk, method)(*args, **params)
        except MastodonNotFoundError as error:
            missing = MissingError(f"{self._name}: {self._server} {self._hints[404]}", permanent=True)
            missing.told = error.args[-1] != "Endpoint not found."
            raise missing from None
        except Exception as error:  # Mastodon.py trips in many ways over answers that are not as documented
            cause = error.__context__  # the session's own error is wrapped
            raise (
                cause if isinstance(cause, SourceError) else self.session.unreadable(type(error).__name__)
            ) from None

    def objects(self, answer: Any) -> list[dict[str, Any]]:
        found = objects_at({"all": answer}, "all")
        if not isinstance(answer, list) or (answer and not found):
            raise self.session.unreadable("it is no list of objects")
        return found

    def object(self, answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise self.session.unreadable("it is no object")
        return answer

    def _refuse(self, response: Any, *_: Any, **__: Any) -> None:
        """Sees every answer before Mastodon.py, which keeps no header in its errors, and trips over odd ones."""
        reset = time(response.headers.pop("x-ratelimit-reset", None))
        response.headers.pop("deprecation", None)
        if response.ok or (response.status_code == 404 and "/streaming/" not in response.url):
            return
        response.close()
        now = time(response.headers.get("date")) or datetime.now(UTC)  # clocks may disagree
        if response.status_code == 429 and reset and "retry-after" not in response.headers:
            pause = min(max((reset - now).total_seconds(), 0.0), LONGEST_WAIT)
            response.headers["retry-after"] = f"{pause:.0f}"
        raise self.session.refused(response, now, self._hints)
