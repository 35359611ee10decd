"""Many questions at a moment, and one answer that is older than none of them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from monitor.web.together import Together

PATIENCE = 30


class Turns:
    """A lock that counts how often it was taken."""

    def __init__(self) -> None:
        self.lock, self.taken = threading.Lock(), 0

    def __enter__(self) -> None:
        self.lock.acquire()
        self.taken += 1

    def __exit__(self, *_: object) -> None:
        self.lock.release()


def test_who_asks_meanwhile_shares_the_next_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, began, go_on = [0], threading.Event(), threading.Event()

    def work() -> int:
        asked[0] += 1
        number = asked[0]
        began.set()
        assert go_on.wait(PATIENCE)
        return number

    ask, turns = Together(work), Turns()
    monkeypatch.setattr(ask, "_turn", turns)
    waiting = threading.Barrier(6)

    def question() -> int:
        waiting.wait(PATIENCE)
        return ask()

    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(ask)
        assert began.wait(PATIENCE)
        later = [pool.submit(question) for _ in range(5)]
        waiting.wait(PATIENCE)
        go_on.set()
        assert first.result(PATIENCE) == 1
        answers = [each.result(PATIENCE) for each in later]
    # However the threads were scheduled: whoever asked after the first one had begun got a later answer.
    assert all(answer > 1 for answer in answers)
    assert asked[0] == max(answers) <= 6
    # Nobody who only waits for an answer is in the way of the next one.
    assert turns.taken == asked[0]


def test_one_after_the_other_each_is_worked_out() -> None:
    numbers = iter(range(3))
    ask = Together(lambda: next(numbers))
    assert [ask(), ask(), ask()] == [0, 1, 2]


def test_what_fails_fails_for_its_questions_alone() -> None:
    answers = iter([ZeroDivisionError("no"), None])

    def work() -> str:
        if problem := next(answers):
            raise problem
        return "here"

    ask = Together(work)
    with pytest.raises(ZeroDivisionError):
        ask()
    assert ask() == "here"
