"""The MCP server over HTTP, at /mcp: streamable HTTP, each request by itself, with a bearer token."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.web.api.assistants.server import server
from monitor.web.api.assistants.study import study_of
from monitor.web.api.entrance import LARGEST, Entrance, Rates
from monitor.web.api.problems import problem
from monitor.web.api.rights import person_of
from monitor.web.proposals import Answering
from monitor.web.room import Room
from monitor.web.visitor import Visitor

RATE = "300/minute"
"""How often a token may ask: each question is a POST, also of what only reads."""


def assistants(room: Room, answering: Answering, rates: Rates | None = None) -> ASGIApp:
    """The application, to be mounted at /mcp."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        visitor: Visitor = request.state.visitor
        if request.method != "POST":
            refused = problem(405, "send JSON-RPC with POST; there is no stream", headers={"Allow": "POST"})
        elif find_spec("mcp") is None:
            refused = problem(501, "install snapwatch[assistants] where the daemon runs")
        elif visitor.account is not None and visitor.role != "viewer":
            refused = problem(403, ONLY_READS)
        else:
            await _served(room, answering, visitor, scope, receive, send)
            return
        await refused(scope, receive, send)

    return Entrance(serve, room.door, rates or Rates(RATE, RATE))


ONLY_READS = (
    "this token may do more than read, also over the API, and what an assistant reads may tell it to: make one for the "
    "assistant with `snapwatch token add NAME --account ACCOUNT --role viewer`"
)


async def _served(
    room: Room, answering: Answering, visitor: Visitor, scope: Scope, receive: Receive, send: Send
) -> None:
    # In a thread: the first import takes a second or two, and others are being answered.
    mcp = await run_in_threadpool(import_module, "mcp.server.streamable_http_manager")
    person = await run_in_threadpool(person_of, room, visitor)
    study = study_of(room.store, room.config, room.clock, answering, visitor.name, person, visitor.zone)
    manager = mcp.StreamableHTTPSessionManager(
        server(study), json_response=True, stateless=True, max_request_body_size=LARGEST
    )
    async with manager.run():
        await manager.handle_request(scope, receive, send)
