"""Pure: how the forecast of a story went, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from monitor.outlook import MATTERS
from monitor.overview.course import Course
from monitor.overview.report_words import length

At = Callable[[datetime], str]
"""How moments are written."""


def in_words(course: Course, at: At) -> str:
    """What it said, when, and whether that came true, in a few sentences."""
    return " ".join(_sentences(course, at))


def _sentences(course: Course, at: At) -> Iterator[str]:
    warned, crossed = course.warned, course.crossed_at
    if warned is not None:
        yield f"The forecast first warned at {at(warned.at)}, with {percent(warned.p_viral)}{_paged(course, at)}."
        if crossed is not None:
            said = f", which had said {at(warned.crosses_at)}" if warned.crosses_at else ""
            yield f"It crossed at {at(crossed)}, {length(crossed - warned.at)} after that warning{said}."
        elif course.over:
            yield "It did not cross. Whether that is because somebody acted, figures can't say."
        else:
            yield "It has not crossed so far."
    elif crossed is not None:
        yield f"It crossed at {at(crossed)}, {_unwarned(course)}{_paged(course, at)}."
    elif course.outlooks or course.whole:
        yield f"No warning{'' if course.over else ' so far'}: {_most(course, at)}{_paged(course, at)}."
    if not course.whole:
        yield _unknown(course, at)


def _paged(course: Course, at: At) -> str:
    if course.paged_at is None:
        return "; nobody was paged" if course.warned or course.crossed_at else ""
    went = f"; the first page went out at {at(course.paged_at)}"
    # A page weighs more than the probability: docs/decision.md.
    return went if course.warned else f"{went}, for what it is about and how grave it is count, too"


def _unwarned(course: Course) -> str:
    if not course.whole:
        return "and no warning before that is known"
    highest = course.highest
    if highest is not None:
        return f"without a warning: until then {percent(highest.p_viral)} was the most that was written down"
    return f"without a warning: until then it was never given {percent(MATTERS)} or more"


def _most(course: Course, at: At) -> str:
    highest = course.highest
    if highest is None:
        return f"it was never given {percent(MATTERS)} or more"
    most = f"{percent(highest.p_viral)} was the most that was written down, at {at(highest.at)}"
    return f"{most}; {percent(highest.page_at)} warns"


def _unknown(course: Course, at: At) -> str:
    began = "The story began before snapwatch wrote down what it said, or as a part of another one:"
    if not course.outlooks:
        return f"{began} no more than its newest forecast is known."
    return f"{began} what was said before {at(course.outlooks[0].at)} is not known."


def percent(p: float) -> str:
    """ "35%"; what is not certain is never 0% or 100%."""
    return "over 99%" if 0.995 <= p < 1 else "under 1%" if 0 < p < 0.005 else f"{p:.0%}"
