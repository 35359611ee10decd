"""Log lines: one an event, whatever the text says, and no values of variables in tracebacks."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.log import configure_log
from monitor.sections import LogSettings


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=30))
def test_no_text_begins_a_new_line_or_moves_the_cursor(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(LogSettings(format="console"))
    structlog.get_logger().info("seen", text=text)
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert line.rstrip("\n").isprintable()


def test_json_lines_can_be_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(LogSettings(format="json", level="warning"))
    log = structlog.get_logger()
    log.info("not this one")
    log.warning("page", story=7, reason="61 posts\nin 40 minutes")
    event = json.loads(capsys.readouterr().err)
    assert (event["event"], event["level"], event["story"]) == ("page", "warning", 7)


@pytest.mark.parametrize("form", ["console", "json"])
def test_tracebacks_hold_no_values(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(LogSettings(format=form))  # type: ignore[arg-type]
    secret = "hunter" + "2"

    def fail(token: str) -> None:
        raise ValueError("it broke" if token else "")

    try:
        fail(secret)
    except ValueError:
        structlog.get_logger().exception("failed")
    said = capsys.readouterr().err
    assert "it broke" in said
    assert secret not in said
