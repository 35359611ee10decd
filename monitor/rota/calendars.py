"""On-call calendars from the outside: a file or an address, read within limits of size, time and memory.

`python -m monitor.rota.calendars` is the process in which a calendar is expanded: a recurrence rule that matches no day
keeps its library busy for minutes, and what is read may be anybody's.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from monitor.config import Config
from monitor.errors import InputError, PortError
from monitor.oncall.calendar import Event, Found, expand, shifts
from sources.http import Session

LARGEST = 4 << 20
"""Bytes of a calendar: some ten thousand events."""
SECONDS = 20
"""Of the processor, to expand one."""
MEMORY = 1 << 30
AHEAD = timedelta(days=120)
"""How much of a layer's calendar is kept: it also holds while the calendar can't be read."""


def of_layer(config: Config, rotation: str, number: int, now: datetime) -> Found:
    """What the calendar of a rotation's layer says from now on. PortError when it can't be read or is none."""
    settings = next(each for each in config.rotations if each.name == rotation)
    layer = settings.layers[number]
    assert layer.calendar is not None  # noqa: S101 -- asked of layers that have one
    zone = ZoneInfo(layer.time_zone or settings.time_zone)
    try:
        events, wrong = read(_content(layer.calendar), zone, now, now + AHEAD)
    except InputError as error:
        raise PortError(f"the calendar of {rotation} (layer {number + 1}): {error}") from None
    found = shifts(events, config.people)
    return Found(found.shifts, [*found.strange, *wrong])


def _content(calendar: Path | SecretStr) -> bytes:
    if isinstance(calendar, Path):
        return of_file(calendar)
    session = Session("calendar", "its server")
    address = calendar.get_secret_value()
    if address.startswith("https:"):
        del session.adapters["http://"]  # no redirect leads out of TLS
    try:
        response = session.get(address)
    except PortError as error:
        raise InputError(str(error).partition(": ")[2]) from None
    if not response.ok:
        raise InputError(f"its server answers {response.status_code}")
    return _bounded(response.content)


def of_file(path: Path) -> bytes:
    """InputError when it can't be read, or is too large."""
    try:
        with path.open("rb") as file:
            return _bounded(file.read(LARGEST + 1))
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror})") from None


def _bounded(content: bytes) -> bytes:
    if len(content) > LARGEST:
        raise InputError(f"it is larger than {LARGEST >> 20} MB")
    return content


def read(
    content: bytes, zone: ZoneInfo, start: datetime, end: datetime, seconds: int = SECONDS
) -> tuple[list[Event], list[str]]:
    """`expand`, in a process that is ended when it takes too long or too much memory. InputError then, too."""
    head = json.dumps([zone.key, start.isoformat(), end.isoformat(), seconds]).encode() + b"\n"
    path = [str(Path(__file__).resolve().parents[1]), *filter(None, sys.path)]
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "monitor.rota.calendars"],
            input=head + content,
            capture_output=True,
            timeout=3 * seconds + 10,
            env={"PYTHONPATH": os.pathsep.join(path)},  # and no secrets: it reads what may be anybody's
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"it takes more than {seconds} seconds to read") from None
    if done.returncode < 0:
        raise InputError(f"it takes more than {seconds} seconds to read")
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise InputError(f"it takes more than {MEMORY >> 30} GB of memory to read") from None
    if isinstance(answer, str):
        raise InputError(answer)
    events = [
        Event(summary, datetime.fromisoformat(since), datetime.fromisoformat(until), tuple(mails), organizer)
        for summary, since, until, mails, organizer in answer["events"]
    ]
    return events, answer["wrong"]


def main() -> None:
    """The process of `read`: a line that says what is asked and the calendar in; JSON out."""
    zone, start, end, seconds = json.loads(sys.stdin.buffer.readline())
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with suppress(ValueError, OSError):  # a machine that allows less
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        events, wrong = expand(
            sys.stdin.buffer.read(),
            ZoneInfo(zone),
            datetime.fromisoformat(start),
            datetime.fromisoformat(end),
        )
    except InputError as error:
        print(json.dumps(str(error)))
        return
    print(json.dumps({"events": events, "wrong": wrong[:100]}, default=datetime.isoformat))


if __name__ == "__main__":
    main()
