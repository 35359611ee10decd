"""How much of a request is taken before anybody knows who sent it: so many bytes, in so many seconds, so many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect

ROOM = 32 << 20
"""Bytes that the bodies of requests may hold in memory at a time: so many as fit are taken at once. The smaller they are,
the more have to be slow together before an answer to a page finds no place."""
PATIENCE = 30.0
"""Seconds that a body may take to arrive."""
RETRY_AFTER = {"Retry-After": "10"}

Handle = Callable[[bytes], Awaitable[Response]]


class Gate:
    """Lets bodies in, at most `largest` bytes each."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._under_way = 0

    async def take(self, request: Request, handle: Handle) -> Response:
        """The answer of `handle` to the body; 400, 408, 413 or 503 when there is no whole body to give it."""
        if self._under_way >= ROOM // self._largest:
            return refused(503, "too many requests come at once; send it again", RETRY_AFTER)
        self._under_way += 1
        try:
            body = await self._whole(request)
            return body if isinstance(body, Response) else await handle(body)
        finally:
            self._under_way -= 1

    async def _whole(self, request: Request) -> bytes | Response:
        try:
            body = await asyncio.wait_for(self._body(request), PATIENCE)
        except TimeoutError:
            return refused(408, f"the body did not arrive within {PATIENCE:g} seconds")
        except ClientDisconnect:
            return refused(400, "the request was cut off")
        if body is None:
            return refused(413, f"the body has more than {self._largest:,} bytes: send less at a time")
        return body

    async def _body(self, request: Request) -> bytes | None:
        """None when it is too large; then the rest of it is not read."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._largest:
                return None
        return bytes(body)


def refused(status: int, error: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": error}, status_code=status, headers=headers)
