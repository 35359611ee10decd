"""What the first page would wait for is loaded ahead, and nothing ends where that can't be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from structlog.testing import capture_logs

from monitor import serving
from monitor.errors import ClassifierError
from monitor.reply import Finding, Occasion
from monitor.store import Store
from tests.monitor.scripted import ScriptedSource, config, parts


def test_what_pages_need_is_loaded_ahead(tmp_path: Path) -> None:
    read: list[str] = []

    def lint(text: str, _: Occasion) -> Sequence[Finding]:
        read.append(text)
        return []

    def broken(text: str, _: Occasion) -> Sequence[Finding]:
        raise ClassifierError("the model is not there")

    store = Store(tmp_path / "test.db")
    made = parts(store, config(tmp_path), ScriptedSource([]))
    with capture_logs() as said:
        serving.warm(replace(made, lint=lint))
        assert read
        assert said == []
        serving.warm(replace(made, lint=broken))
    assert [each["event"] for each in said] == ["what pages need could not be loaded ahead"]
    store.close()
