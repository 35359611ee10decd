"""V that is learnt from the brand's own posts is learnt from what was known when the first measured one was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from bench.make_history import BEGIN, records
from monitor.config import Config
from monitor.hindsight.history import gather
from monitor.hindsight.load import thresholds_in
from monitor.model import Deleted, Mention, Reading, Record
from tests.monitor.scripted import config

MADE = records(posts=900, days=40, seed=5)
"""Half of them are written in the first twenty days: from then on the others are measured."""

HALF = BEGIN + timedelta(days=20)


@pytest.fixture
def auto(tmp_path: Path) -> Config:
    made = config(tmp_path)
    x = made.sources["x"].model_copy(update={"viral_at": "auto", "viral_at_least": 2, "measure": "reposts"})
    return made.model_copy(update={"sources": {"x": x}})


def found(auto: Config, lines: list[Record], learnt: tuple[float, float] | None = None) -> int:
    return thresholds_in(auto, gather(lines, lambda _: "reposts"), learnt)("x")[1]


def times(factor: int, readings_of: list[Record]) -> list[Record]:
    return [
        replace(each, reposts=factor * (each.reposts or 0)) if isinstance(each, Reading) else each
        for each in readings_of
    ]


def test_it_is_what_one_in_a_hundred_of_the_finished_posts_had_reached(auto: Config) -> None:
    first = [
        each for each in MADE if isinstance(each, Mention) and each.created_at < HALF - timedelta(days=2)
    ]
    finals = {each.id: 0 for each in first}
    for each in MADE:
        if isinstance(each, Reading) and each.id in finals:
            finals[each.id] = max(finals[each.id], each.reposts or 0)
    near = np.quantile(list(finals.values()), [0.985, 0.995])
    assert near[0] <= found(auto, MADE) <= near[1]
    assert found(auto, times(3, MADE)) == 3 * found(auto, MADE)


def test_what_came_later_does_not_move_it(auto: Config) -> None:
    known = [each for each in MADE if isinstance(each, Mention) and each.created_at < HALF]
    grown = [Reading("x", each.id, HALF + timedelta(days=15), reposts=10_000) for each in known]
    gone = [Deleted("x", each.id, HALF + timedelta(days=15)) for each in known[::2]]
    assert found(auto, [*MADE, *grown, *gone]) == found(auto, MADE)


def test_what_a_model_has_learnt_from_is_not_measured_so_that_it_may_be_later(auto: Config) -> None:
    later = times(30, [each for each in MADE if _written(each) >= HALF])
    made = [each for each in MADE if _written(each) < HALF] + later
    learnt = (BEGIN.timestamp(), HALF.timestamp())
    assert found(auto, made, learnt) > found(auto, made)


CREATED = {each.id: each.created_at for each in MADE if isinstance(each, Mention)}


def _written(record: Record):  # type: ignore[no-untyped-def]
    return CREATED[record.id]
