"""Who looks at a screen is told when something has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from monitor.errors import StoreError
from monitor.store import Pulse
from monitor.web import pulses
from monitor.web.pulses import Pulses


class Looks:
    """What each look finds, and then the last of it for ever; `asked` is how often somebody looked."""

    def __init__(self, *found: int | StoreError) -> None:
        self._found = list(found)
        self.asked = 0

    def __call__(self) -> Pulse:
        self.asked += 1
        found = self._found.pop(0) if len(self._found) > 1 else self._found[0]
        if isinstance(found, StoreError):
            raise found
        return Pulse(found, (found,))


async def no_time(_: float) -> None:
    await asyncio.sleep(0)


def run(work: Callable[[], AsyncIterator[int]]) -> list[int]:
    async def gathered() -> list[int]:
        return [each async for each in work()]

    return asyncio.run(gathered())


def test_each_change_is_told_once_to_everybody() -> None:
    made = Pulses(Looks(1, 1, 2, 2, 3), no_time)

    async def hear(heard: list[int]) -> None:
        async for pulse in made.listen():
            heard.append(pulse.waiting)
            if pulse.waiting == 3:
                return

    async def both() -> tuple[list[int], list[int]]:
        first: list[int] = []
        second: list[int] = []
        await asyncio.gather(hear(first), hear(second))
        return first, second

    first, second = asyncio.run(both())
    assert first == [1, 2, 3]
    assert second == [1, 2, 3]


def test_nobody_looks_while_nobody_listens() -> None:
    look = Looks(1)
    made = Pulses(look, no_time)

    async def work() -> None:
        stream = made.listen()
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        for _ in range(50):
            await asyncio.sleep(0.001)
        before = look.asked
        for _ in range(50):
            await asyncio.sleep(0.001)
        assert look.asked == before

    asyncio.run(work())


def test_a_look_that_fails_ends_nothing() -> None:
    made = Pulses(Looks(StoreError("busy"), StoreError("busy"), 4), no_time)

    async def work() -> AsyncIterator[int]:
        async for pulse in made.listen():
            yield pulse.waiting
            return

    assert run(work) == [4]


def test_the_end_ends_all_lines_and_lets_nobody_in() -> None:
    made = Pulses(Looks(1), no_time)

    async def work() -> AsyncIterator[int]:
        async for pulse in made.listen():
            yield pulse.waiting
            await asyncio.to_thread(made.end)

    assert not made.full()
    assert run(work) == [1]
    assert made.full()


def test_a_line_ends_by_itself_so_that_its_reader_has_to_be_let_in_anew() -> None:
    look = Looks(1)
    made = Pulses(look, no_time)

    async def work() -> AsyncIterator[int]:
        async for pulse in made.listen():
            yield pulse.waiting

    assert run(work) == [1]
    assert look.asked >= pulses.LASTS


def test_who_may_not_know_any_more_is_told_nothing_more() -> None:
    answers = iter([True, True, False])
    made = Pulses(Looks(1, 2, 3), no_time)

    async def work() -> AsyncIterator[int]:
        async for pulse in made.listen("ann", lambda: next(answers)):
            yield pulse.waiting

    assert run(work) == [1, 2]


def test_whoever_has_left_is_gone_soon_though_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulses, "LASTS", 2 * pulses.ANEW + 1)
    made = Pulses(Looks(1), no_time)
    asked: list[bool] = []

    def may() -> bool:
        asked.append(len(asked) < 2)
        return asked[-1]

    async def work() -> AsyncIterator[int]:
        async for pulse in made.listen("ann", may):
            yield pulse.waiting

    assert run(work) == [1]
    assert asked == [True, True, False]
    assert (pulses.ANEW + 1) * pulses.EVERY <= 30


def test_nobody_takes_all_the_places() -> None:
    made = Pulses(Looks(1), no_time)

    async def work() -> None:
        streams = [made.listen("ann") for _ in range(pulses.EACH)]
        for each in streams:
            assert not made.full("ann")
            await anext(each)
        assert made.full("ann")
        assert not made.full("sam")
        await streams[0].aclose()  # type: ignore[attr-defined]
        assert not made.full("ann")
        for each in streams[1:]:
            await each.aclose()  # type: ignore[attr-defined]

    asyncio.run(work())


def test_two_that_differ_in_anything_have_other_marks() -> None:
    assert Pulse(1, (1, None)).mark == Pulse(1, (1, None)).mark
    assert len({Pulse(1, (1, None)).mark, Pulse(2, (1, None)).mark, Pulse(1, (1, "a")).mark}) == 3
