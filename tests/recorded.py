"""Recordings as fixtures: made from a fake platform on loopback, and played to an adapter.

for step, batch in recorded.results(ROOT / "x.json"): ...
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

from monitor.config import Config
from monitor.model import Batch
from monitor.ports import Source
from monitor.recording import command, tape
from monitor.recording.format import Answer, Step, load
from monitor.sections import StoreSettings
from monitor.settings import SourceSettings
from tests.contract_sources import BRAND
from tests.fake_platforms import MEANT_FOR

ROOT = Path(__file__).with_name("recordings")


def results(file: Path) -> Iterator[tuple[Step, Batch | Exception]]:
    """Each poll of a recording with what the adapter makes of it now. InputError when it asks for something else."""
    yield from command.results(load(file))


def replayed(name: str, file: Path) -> tuple[int, list[str], str]:
    """What `snapwatch record NAME --replay FILE` says: its status, its lines, and what it says beside them."""
    out, err = io.StringIO(), io.StringIO()
    status = command.replay(name, file, out, err)
    return status, out.getvalue().splitlines(), err.getvalue()


def configured(name: str, settings: SourceSettings, folder: Path) -> Config:
    """With that one source. Not validated, which takes a second: only what `record` looks at is there."""
    return Config.model_construct(
        brand=BRAND, sources={name: settings}, store=StoreSettings(path=folder / "test.db")
    )


def make(
    out: Path,
    name: str,
    settings: SourceSettings,
    build: Callable[[], Source],
    now: datetime,
    folder: Path,
    polls: int = 3,
) -> tuple[int, str]:
    """`snapwatch record NAME` of a source over a fake platform; the status, and what it said. Addresses are those that the
    source meant, not those of the fake."""
    of_tape = tape._answer

    def true_address(request: Any, response: Any) -> Answer:
        answer = of_tape(request, response)
        server = dict(request.headers).get(MEANT_FOR)
        if not server:
            return answer
        path = answer.url.split("/", 3)[3]
        return replace(answer, url=f"{server}/{path}")

    err = io.StringIO()
    with mock.patch.object(tape, "_answer", true_address):
        status = command.record(
            configured(name, settings, folder), name, out, polls, lambda: now, err, lambda *_: build()
        )
    return status, err.getvalue()
