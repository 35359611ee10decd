"""The JSON API under schemathesis: whatever is sent to any operation, the answer is as its description says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from monitor.web.api.app import api
from monitor.web.api.entrance import Rates
from tests.monitor.scripted import NOON, mention
from tests.monitor.web.api.houses import House

OFTEN = "1000000/minute"
EXAMPLES = 20
"""Of each operation, in each mode."""

WITH = {"Authorization": "Bearer first"}
QUIET = settings(
    max_examples=EXAMPLES,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    stateful_step_count=8,
)

load_all_checks()


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Of an API over a store with two stories, replies in several states, and labels."""
    house = House(tmp_path_factory.mktemp("fuzzed"), Rates(OFTEN, OFTEN))
    posts = [mention(2, "lost as well"), mention("at://a/b?c#d", "lost \x00 <b>"), mention(4, "zebra lost")]
    house.store.write(lambda t: t.mentions.add(posts, NOON))
    house.tick(minutes=1)
    for post_id in ("1", "2"):
        assert house.do("/replies", source="x", post_id=post_id).status_code == 201
    house.do("/replies/1/approve", version=1, post=False)
    house.do("/labels", posts=[{"source": "x", "post_id": "2"}], complaint=True)
    yield schemathesis.openapi.from_asgi("/openapi.json", app=api(house.room, Rates(OFTEN, OFTEN)))
    house.store.close()


def real(case: Case, number: int) -> Case:
    """The case, about things that are there: chance alone would find none of them."""
    if isinstance(case.path_parameters, dict) and "number" in case.path_parameters:
        case.path_parameters["number"] = number
    for part in (case.query, case.body):
        if isinstance(part, dict) and {"source", "post_id"} <= part.keys():
            part |= {"source": "x", "post_id": str(number)}
        if isinstance(part, dict) and "version" in part:
            part["version"] = number
    return case


def operations(schema: Any) -> list[Any]:
    return [each.ok() for each in schema.get_all_operations()]


def tried(operation: Any, mode: GenerationMode) -> int:
    """Send what may be sent, or what may not, and hold every answer against the description; how many."""
    sent = 0

    @QUIET
    @given(operation.as_strategy(generation_mode=mode), st.integers(0, 3))
    def send(case: Case, number: int) -> None:
        nonlocal sent
        sent += 1
        if mode is GenerationMode.POSITIVE and number:
            real(case, number)
        case.call_and_validate(headers=WITH)

    send()
    return sent


def test_every_check_there_is_is_made(schema: Any) -> None:
    assert len(CHECKS.get_all_names()) >= 14
    assert len(operations(schema)) >= 33


def test_what_may_be_sent_is_answered_as_described(schema: Any) -> None:
    assert sum(tried(each, GenerationMode.POSITIVE) for each in operations(schema)) > 300


def test_what_may_not_be_sent_is_refused_as_described(schema: Any) -> None:
    takes = [
        each
        for each in operations(schema)
        if list(each.body) or any(list(part) for part in (each.query, each.path_parameters))
    ]
    assert sum(tried(each, GenerationMode.NEGATIVE) for each in takes) > 200


def test_one_thing_after_another_is_answered_as_described(schema: Any) -> None:
    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return {"headers": WITH}

    Walk.run(settings=QUIET)
