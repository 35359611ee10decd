"""Tells all who look at a screen that something has changed: one look at the store for all of them, none while nobody
listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from monitor.errors import StoreError
from monitor.store import Pulse

EVERY = 2.0
"""Seconds between two looks, and so between two tellings at least."""
LASTS = 150
"""Looks that one listens for; then the line ends and the browser comes back, and has to be let in anew."""
MOST, EACH = 200, 20
"""Who listen at a time: all together, and one visitor in all their browsers."""
ANEW = 10
"""After so many looks on which nothing was told, who listens has to be let in anew: within half a minute of signing out
nobody hears anything any more."""


class Pulses:
    def __init__(
        self, look: Callable[[], Pulse], wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """`look` may take its time: it is called in a thread."""
        self._look, self._wait = look, wait
        self._listening: dict[asyncio.Queue[Pulse | None], str] = {}
        self._watch: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = False

    def full(self, who: str = "") -> bool:
        """Whether that visitor finds no place."""
        mine = sum(each == who for each in self._listening.values())
        return self._ended or len(self._listening) >= MOST or mine >= EACH

    async def listen(self, who: str = "", may: Callable[[], bool] = lambda: True) -> AsyncIterator[Pulse]:
        """How things stand, and again whenever that has changed, until LASTS or `end`, and for as long as `may`, called in
        a thread, says that this visitor may know: it is asked before each telling, and after ANEW looks."""
        heard: asyncio.Queue[Pulse | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._listening[heard] = who
        if self._watch is None or self._watch.done():
            self._watch = self._loop.create_task(self._watching())
        try:
            known, quiet = None, 0
            for _ in range(LASTS):
                pulse = await heard.get()
                quiet += 1
                if pulse is not None and pulse == known and quiet < ANEW:
                    continue
                if pulse is None or not await run_in_threadpool(may):
                    return
                quiet = 0
                if pulse != known:
                    known = pulse
                    yield pulse
        finally:
            del self._listening[heard]

    async def _watching(self) -> None:
        while self._listening and not self._ended:
            with suppress(StoreError):  # the next look may do better
                self._tell(await run_in_threadpool(self._look))
            await self._wait(EVERY)

    def _tell(self, pulse: Pulse | None) -> None:
        for each in self._listening:
            each.put_nowait(pulse)

    def end(self) -> None:
        """From any thread: nobody is told anything any more, and all lines end at once."""
        self._ended = True
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._tell, None)
