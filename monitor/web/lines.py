"""The connections that the server holds: so many, and none that does not come to the point. Each is an open file of the
daemon's, which needs some for its own work, too."""

from __future__ import annotations

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 500
"""Connections at a time: half of the files that a process may open on many systems."""
PATIENCE = 20.0
"""Seconds that the head of a request may take to arrive."""
UNREAD = 300.0
"""Seconds in which what was written has to leave: a large page takes a slow phone two minutes."""


class Line(H11Protocol):
    """One connection. One too many is closed at once; so is one on which nothing is being answered, and no whole head of a
    request has come for PATIENCE seconds, however many bytes trickle in; so is one whose other end does not read what it
    has asked for. For bodies there is `bodies.Gate`."""

    _late: TimerHandle | None = None
    _unread: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # tells when anything waits to be read, and when nothing does
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
        self._read()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(UNREAD, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._read()

    def _read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

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
