"""What many ask for at the same moment is worked out once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """`work`, from any thread: one at a time. Who asks while it is under way waits for the next one, together with all who
    do: no answer is older than its question."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._turn, self._door = Lock(), Lock()
        self._next: Future[T] | None = None

    def __call__(self) -> T:
        """What `work` returns or raises."""
        with self._door:
            first = self._next is None
            mine = self._next = self._next or Future()
        if first:  # who asks first does it for all: the others wait for the answer, for nobody's turn
            with self._turn:
                with self._door:
                    self._next = None
                try:
                    mine.set_result(self._work())
                except BaseException as error:
                    mine.set_exception(error)
        return mine.result()
