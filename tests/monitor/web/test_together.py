"""Many questions at a moment, and one answer that is older than none of them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from monitor.web.together import Together

PATIENCE = 30


def test_who_asks_meanwhile_shares_the_next_answer() -> None:
    asked, began, go_on = [0], threading.Event(), threading.Event()

    def work() -> int:
        asked[0] += 1
        number = asked[0]
        began.set()
        assert go_on.wait(PATIENCE)
        return number

    ask = Together(work)
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


def test_who_has_an_answer_does_not_wait_for_the_next_one() -> None:
    """Of those who share an answer nobody needs the turn of whoever works for the next one."""
    begun, go_on = [threading.Semaphore(0) for _ in range(3)], [threading.Event() for _ in range(3)]
    asked = iter(range(3))

    def work() -> int:
        number = next(asked)
        begun[number].release()
        assert go_on[number].wait(PATIENCE)
        return number

    ask = Together(work)
    with ThreadPoolExecutor(12) as pool:
        try:
            first = pool.submit(ask)
            assert begun[0].acquire(timeout=PATIENCE)
            sharing = [pool.submit(ask) for _ in range(10)]
            go_on[0].set()
            assert first.result(PATIENCE) == 0
            assert begun[1].acquire(timeout=PATIENCE)
            later = pool.submit(ask)
            go_on[1].set()
            assert begun[2].acquire(timeout=PATIENCE)
            assert 1 in {each.result(PATIENCE) for each in sharing}
        finally:
            for each in go_on:
                each.set()
        assert later.result(PATIENCE) == 2


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
