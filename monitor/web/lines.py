"""The connections that the server holds: so many, and none that does not come to the point. Each is an open file of the
daemon's, which needs some for its own work, too."""

from __future__ import annotations

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 500
"""Connections at a time: half of the files that a process may open on many systems."""
PATIENCE = 20.0
"""Seconds that the head of a request may take to arrive."""


class Line(H11Protocol):
    """One connection. One too many is closed at once; so is one on which nothing is being answered, and no whole head of a
    request has come for PATIENCE seconds, however many bytes trickle in. For bodies there is `bodies.Gate`."""

    _late: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST:
            transport.abort()
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._watch()

    def _watch(self) -> None:
        """The time runs from the first byte, or from the beginning, until a request is being answered."""
        waits = (self.cycle is None or self.cycle.response_complete) and not self.transport.is_closing()
        if waits and self._late is None:
            self._late = self.loop.call_later(PATIENCE, self._end)
        elif not waits and self._late is not None:
            self._late.cancel()
            self._late = None

    def _end(self) -> None:
        self._late = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
