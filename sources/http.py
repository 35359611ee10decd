"""One guarded way to ask a platform over HTTP, for sources whose library takes a `requests.Session`, or that have none.

Whatever a server does ends within a bounded time, in bounded memory, as an answer or as a SourceError. Connections are
kept open and used again; a ~/.netrc changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from monitor.errors import SourceError
from monitor.intake.outside import wait

CONNECT, READ, WHOLE = 10.0, 30.0, 60.0
"""Seconds: to connect; of silence; for a whole answer."""

LARGEST = 16 << 20
"""Bytes of an answer, unpacked: the largest pages of the platforms have about one million."""

REDIRECTS = 5
CHUNK = 1 << 16

HINTS = {
    401: "refuses the credentials",
    403: "does not let this account read that",
    404: "has nothing at that address",
    410: "has nothing at that address any more",
}


class TooMuch(requests.RequestException):
    """The answer is larger, or comes more slowly, than is waited for."""


class Bounded(HTTPAdapter):
    """Reads each answer, also of a redirect, within the limits, unless a stream was asked for."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        streaming, kwargs["stream"] = kwargs.get("stream"), True
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT, READ)
        began = time.monotonic()
        response = super().send(request, *args, **kwargs)
        if not streaming:
            self._fill(response, began)
        return response

    @staticmethod
    def _fill(response: requests.Response, began: float) -> None:
        body = bytearray()
        while chunk := _some(response):
            body += chunk
            if len(body) > LARGEST:
                response.close()
                raise TooMuch(f"sends more than {LARGEST >> 20} MB")
            if time.monotonic() - began > WHOLE:
                response.close()
                raise TooMuch(f"takes more than {WHOLE:g} seconds to answer")
        response._content = bytes(body)  # what `content` would read, without a limit


def _some(response: requests.Response) -> bytes:
    """What has arrived, b"" at the end. `iter_content` would wait until a whole chunk is there, however slowly it comes."""
    try:
        found: bytes = response.raw.read1(CHUNK, decode_content=True)
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.ReadTimeout(error) from None
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from None
    return found


class Session(requests.Session):
    """Raises SourceError, in words that name the source, for everything that is no answer."""

    def __init__(self, name: str, platform: str) -> None:
        super().__init__()
        self._name, self._platform = name, platform
        self.auth = lambda request: request  # or a ~/.netrc would add or replace a password
        self.max_redirects = REDIRECTS
        self.headers["User-Agent"] = "snapwatch (+https://pypi.org/project/snapwatch)"
        for scheme in ("https://", "http://"):
            self.mount(scheme, Bounded())

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            return super().request(*args, **kwargs)
        except requests.Timeout:
            text = f"did not answer within {READ:g} seconds"
        except TooMuch as error:
            text = str(error)
        except requests.TooManyRedirects:
            text = f"redirects more than {REDIRECTS} times"
        except requests.exceptions.SSLError:
            text = "can't prove who it is (its TLS certificate or protocol is not accepted)"
        except requests.ConnectionError:
            text = "can't be reached"
        except requests.RequestException as error:
            text = f"sent something that can't be read ({type(error).__name__})"
        raise SourceError(f"{self._name}: {self._platform} {text}")

    def json(self, response: requests.Response) -> Any:
        """The answer's JSON. SourceError when it is none."""
        try:
            return response.json()
        except (ValueError, RecursionError):  # also bytes that are no text, and brackets without end
            kind = response.headers.get("content-type", "no content type").split(";")[0][:80]
            raise self.unreadable(
                f"it is no JSON: {kind if kind.isprintable() else 'an odd content type'}"
            ) from None

    def unreadable(self, why: str) -> SourceError:
        return SourceError(f"{self._name}: {self._platform} sent something that can't be read ({why})")

    def refused(
        self, response: requests.Response, now: datetime, hints: Mapping[int, str] = HINTS
    ) -> SourceError:
        """What a status other than success means: permanent for those in `hints`, else worth another try, not before
        Retry-After has passed. The body, which may repeat a secret, is not told."""
        status = response.status_code
        after = wait(response.headers.get("retry-after"), now)
        if status in hints:
            return SourceError(f"{self._name}: {self._platform} {hints[status]}", permanent=True)
        text = "asks to slow down" if status == 429 else f"answers {status}"
        return SourceError(f"{self._name}: {self._platform} {text}", retry_after=after)
