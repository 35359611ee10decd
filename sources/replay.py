"""Replay: a file in the exchange format, played as if it happened now.

The records keep their own sources ("x", "reddit"), so a mention's `source` is not this source's name. Readings are in
the file, too: there is nothing to read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from monitor.errors import InputError, SourceError
from monitor.exchange import bounded_lines, read_records, time_of
from monitor.intake.brand import Brand
from monitor.model import Batch, Deleted, Interval, Mention, Reading, Record
from monitor.ports import Source
from monitor.settings import FilePath, SourceSettings

BATCH = 500

log = structlog.get_logger()


class Settings(SourceSettings):
    file: FilePath = Field(
        Path(__file__).with_name("brand_day.jsonl"),
        description="JSON Lines; a made-up brand's day when not given",
    )
    speed: float = Field(
        1.0, gt=0, allow_inf_nan=False, description="seconds of the story for each second that passes"
    )


class Cursor(BaseModel):
    """The bytes and lines of the file that are done, and the moment up to which everything was played."""

    model_config = ConfigDict(extra="forbid")
    offset: int = Field(0, ge=0)
    line: int = Field(0, ge=0)
    until: AwareDatetime | None = None


class ReplaySource(Source):
    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        self._file = settings.file

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        """The lines since the cursor whose time has come, at most BATCH; a line waits for the one before it."""
        try:
            state = Cursor.model_validate_json(cursor or "{}")
        except ValidationError:
            raise SourceError(f"{self.name}: the stored cursor can't be read", permanent=True) from None
        records: list[Record] = []
        offset, line, more = state.offset, state.line, False
        with _opened(self._file) as file:
            file.seek(state.offset)
            for number, record in read_records(bounded_lines(file)):
                if isinstance(record, InputError):
                    reason = str(record)
                    log.warning("bad line skipped", source=self.name, line=state.line + number, reason=reason)
                elif time_of(record) > now or (more := len(records) == BATCH):
                    break
                else:
                    records.append(record)
                offset, line = file.tell(), state.line + number
        until = time_of(records[-1]) if more else now
        start = min(state.until or until, *map(time_of, records[:1]), until)
        covered = (Interval(start, until),) if records or state.until else ()
        state = Cursor(offset=offset, line=line, until=until if covered else None)
        return Batch(
            mentions=tuple(each for each in records if isinstance(each, Mention)),
            readings=tuple(each for each in records if isinstance(each, Reading)),
            deleted=tuple(each for each in records if isinstance(each, Deleted)),
            cursor=state.model_dump_json(),
            more=more,
            covered=covered,
        )

    def check(self) -> str:
        """Reads the whole file and counts what it holds."""
        counts: Counter[type] = Counter()
        bad: list[str] = []
        with _opened(self._file) as file:
            for number, record in read_records(bounded_lines(file)):
                counts[type(record)] += 1
                if isinstance(record, InputError):
                    bad.append(f"line {number}: {record}")
        if not counts[Mention]:
            what = f"; {bad[0]}" if bad else ""
            raise SourceError(f"{self.name}: {self._file} holds no mention{what}", permanent=True)
        told = f"{self.name}: {counts[Mention]} mentions, {counts[Reading]} readings, {len(bad)} bad lines"
        return told + (f" ({'; '.join(bad[:3])})" if bad else "")


def build(settings: Settings, name: str, brand: Brand) -> Source:  # noqa: ARG001
    """The source `name`; the file is opened at each poll."""
    return ReplaySource(settings, name)


def span(file: Path) -> tuple[datetime, datetime]:
    """The times of the first and the last record, for a clock that plays them. SourceError when there is none."""
    with _opened(file) as lines:
        times = [
            time_of(each)
            for _, each in read_records(bounded_lines(lines))
            if not isinstance(each, InputError)
        ]
    if not times:
        raise SourceError(f"{file} holds no record in the exchange format", permanent=True)
    return min(times), max(times)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        with file.open("rb") as opened:
            yield opened
    except OSError as error:
        raise SourceError(f"{file} can't be read ({error.strerror})", permanent=True) from None
