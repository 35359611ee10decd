"""`snapwatch digest` and `report`: what screens and mails tell, as a file."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from alerts.mail import standalone_html
from monitor.build import build_drafter
from monitor.config import Config
from monitor.digest import edition
from monitor.errors import InputError
from monitor.notice import Edition
from monitor.opening import clock_of, open_store
from monitor.overview.after_action import report
from monitor.web.report_file import report_file
from monitor.wording.languages import Language
from monitor.wording.text import one_line
from monitor.wording.timetable import last_week, named_week

NAME_LONGEST = 100


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


def digest(
    config: Config, out: Path, week: str | None, group: str, kind: Edition | None, language: Language | None
) -> None:
    """Write the digest of a week (ISO, such as 2026-W44; None: the last one that is over) as one HTML file: as the group
    reads it, but in the edition and the language asked for."""
    found = config.digest.group(group)
    if found is None:
        names = ", ".join(each.name for each in config.digest.groups) or "none"
        raise InputError(f"[digest] has no group {one_line(group, NAME_LONGEST)!r}; its groups are: {names}")
    changed = {"edition": kind, "language": language}
    readers = found.model_copy(update={key: value for key, value in changed.items() if value})
    zone = ZoneInfo(readers.time_zone)
    with open_store(config) as store:
        now = clock_of(config, store).now()
        start, end = named_week(week, zone) if week else last_week(now, zone)
        message = edition(config, build_drafter(config), store.read, readers, start, end, now)
    try:
        out.write_text(standalone_html(message), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out} can't be written: {error.strerror}") from None
