"""POST /channels/NAME/WHAT: where the provider of a channel calls back, with what somebody answered or with a receipt.

200  taken: the body is what the provider does next, such as the answer by SMS
400  can't be read
401  the signature is not right; what was said is not looked at
404  no such channel, it is not called back, or the configuration names no `web.public_url`
413  too large
503  the store is busy, or too many requests come at once: send it again after Retry-After
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from monitor.errors import ChannelError, InputError, StoreError
from monitor.ports import CalledBack, Channel, Clock, Receipt, Said
from monitor.web.bodies import RETRY_AFTER, Gate, refused
from monitor.wording.text import one_line

LARGEST = 1 << 16
"""Bytes of a body: what a person writes on a phone is short."""

Heard = Callable[[str, Said, datetime], str | None]
"""Does what somebody said by the channel of that name; what they are told, None for no word."""

TakeReceipt = Callable[[Receipt], None]
"""Writes down what became of a message."""

log = structlog.get_logger()


def channels(
    known: Mapping[str, Channel], public_url: str | None, heard: Heard, receipt: TakeReceipt, clock: Clock
) -> APIRouter:
    """The route. The address that a provider signs is made from `public_url`, never from what the request says."""
    router = APIRouter()
    gate = Gate(LARGEST)

    def take(name: str, what: str, query: str, headers: Mapping[str, str], body: bytes) -> Response | None:
        channel = known.get(name)
        if public_url is None or not isinstance(channel, CalledBack):
            return None
        url = f"{public_url}/channels/{name}/{what}" + (f"?{query}" if query else "")
        said = channel.hear(what, url, headers, body)
        words = heard(name, said, clock.now()) if isinstance(said, Said) else None
        if isinstance(said, Receipt):
            receipt(said)
        media_type, answer = channel.answer(what, said, words)
        return Response(answer, media_type=media_type)

    @router.post("/channels/{name}/{what}")
    async def called(name: str, what: str, request: Request) -> Response:
        where = one_line(f"{name}/{what}", 80)

        async def taken(body: bytes) -> Response:
            headers = {key.lower(): value for key, value in request.headers.items()}
            try:
                done = await run_in_threadpool(take, name, what, request.url.query, headers, body)
            except ChannelError as error:
                log.warning("a call was refused", channel=where, reason=str(error))
                return refused(401, "the signature is not right")
            except InputError as error:
                log.warning("a call could not be read", channel=where, reason=str(error))
                return refused(400, str(error))
            except StoreError as error:
                log.error("what a channel was told could not be stored", channel=where, reason=str(error))
                return refused(503, "the store is busy; send it again", RETRY_AFTER)
            return done or refused(404, "no channel of that name is called back")

        return await gate.take(request, taken)

    return router
