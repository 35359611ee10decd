"""`snapwatch report`: the after-action report of a story as a file."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.app import clock_of, open_store
from monitor.config import Config
from monitor.errors import InputError
from monitor.overview.after_action import report
from monitor.web.report_file import report_file


def write_report(config: Config, story: int, out: Path, zone: str | None) -> None:
    """Write it as one HTML file, with times of that zone; absent: the digest's. InputError when there is no such story, or
    the file can't be written."""
    try:
        clocks = ZoneInfo(zone or config.digest.time_zone)
    except (KeyError, ValueError, OSError):
        raise InputError(f"{zone!r} is not a time zone; write one such as Europe/London") from None
    with open_store(config) as store:
        told = report(store.read, config, story, clock_of(config, store).now())
    page = report_file(told, config.brand.name, clocks)
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out} can't be written: {error.strerror}") from None
