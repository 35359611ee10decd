"""What a person at the terminal reads: where to look, and what to do about a page."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from monitor.progress import Progress
from tests.monitor.scripted import FakeClock
from tests.monitor.web.sites import Site


def test_it_leads_to_the_dashboard(tmp_path: Path) -> None:
    site, out = Site(tmp_path), io.StringIO()
    progress = Progress(Console(file=out, width=200), site.store, "http://localhost:8080", None)
    progress.show(FakeClock().now())
    progress.show(FakeClock().now())
    told = out.getvalue()
    assert told.count("Look in:  http://localhost:8080\n") == 1
    assert "1 alert, 1 not acknowledged" in told
    assert (
        f"Take it:  http://localhost:8080/stories/{site.alert.story_id}  or  .venv/bin/snapwatch ack 1"
        in told
    )
    assert "\x1b" not in told


def test_a_restart_says_nothing_again_of_what_somebody_has(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.press("acknowledge")
    out = io.StringIO()
    Progress(Console(file=out, width=200), site.store, "http://localhost:8080", None).show(FakeClock().now())
    assert "1 alert, 0 not acknowledged" in out.getvalue()
    assert "Take it" not in out.getvalue()
