"""A watched folder: tables (CSV) and files in the exchange format (JSON Lines) that people or programs put there.

What was read is remembered in the cursor: for each file its size and time, how far it was read, and what stands there. A
file that grew is read on; one that was replaced is read anew, and what is in it again is ignored by its id.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from monitor.errors import InputError, SourceError
from monitor.intake.brand import Brand
from monitor.model import Batch, Deleted, Interval, Mention, Reading, Record
from monitor.ports import Source
from monitor.settings import FilePath, SourceSettings, TimeZone
from sources import plain, tables

ROWS = 500  # of a page
TOLD = 10  # bad lines of a page that are named one by one
SETTLED = timedelta(seconds=5)  # a file that was touched since then may still be in the writing
MARK = 4096
KINDS = {".csv": "table", ".jsonl": "lines", ".ndjson": "lines"}

log = structlog.get_logger()


class Settings(SourceSettings):
    folder: FilePath = Field(description="where the files are put")
    columns: dict[str, str] = Field(
        {}, description="which column of a CSV file is which field, where it can't be guessed"
    )
    date_format: str | None = Field(
        None, description="how dates are written, such as %d/%m/%Y; absent: ISO 8601"
    )
    time_zone: TimeZone = Field("UTC", description="of dates that name none")
    about_brand: bool = Field(True, description="keep also what does not name the brand")
    measure: str = "likes"

    @field_validator("columns")
    @classmethod
    def _fields(cls, value: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(value.keys() - set(plain.FIELDS)):
            raise ValueError(f"{unknown[0]!r} is not a field; fields are {', '.join(plain.FIELDS)}")
        return value


class File(BaseModel):
    """How far a file was read: `offset` and `line` of the next page, and a `mark` of the bytes before it; `size` and
    `changed` as they were then. `done` when nothing was left."""

    size: int = -1
    changed: int = 0
    offset: int = 0
    line: int = 0
    mark: str = ""
    done: bool = False


class Cursor(BaseModel):
    """The files of the folder by name; what was passed over (`odd`), so that it is told once; the time covered so far, and
    while files are being read the oldest thing in them."""

    model_config = ConfigDict(extra="forbid")
    files: dict[str, File] = {}
    odd: list[str] = []
    until: AwareDatetime | None = None
    oldest: AwareDatetime | None = None


class Waiting(NamedTuple):
    """A file with something to read; not `settled` when it may still be in the writing."""

    modified: int
    name: str
    settled: bool
    size: int
    changed: int


class FolderSource(Source):
    def __init__(self, settings: Settings, name: str, brand: Brand) -> None:
        self.name = name
        self.about_brand = settings.about_brand
        self._settings, self._brand = settings, brand
        self._moment = plain.moment_in(ZoneInfo(settings.time_zone), settings.date_format)

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        """At most ROWS rows of the files that wait longest."""
        try:
            state = Cursor.model_validate_json(cursor or "{}")
        except ValidationError:
            raise SourceError(f"{self.name}: the stored cursor can't be read", permanent=True) from None
        waiting = self._waiting(state, now)
        records: list[Record] = []
        room, more = ROWS, False
        for each in waiting:
            found, count = self._read(each, state, now, room)
            records += found
            room -= count
            if more := room == 0:  # this file or another one may have more
                break
        mentions = tuple(each for each in records if isinstance(each, Mention))
        state.oldest = min([*(each.created_at for each in mentions), state.oldest or now])
        covered: tuple[Interval, ...] = ()
        if not more:
            covered = (Interval(min(state.until or state.oldest, now), now),)
            state.until, state.oldest = now, None
        return Batch(
            mentions=mentions,
            readings=tuple(each for each in records if isinstance(each, Reading)),
            deleted=tuple(each for each in records if isinstance(each, Deleted)),
            cursor=state.model_dump_json(exclude_defaults=True),
            more=more,
            covered=covered,
        )

    def check(self) -> str:
        """Reads the first rows of every file, and tells the first that is wrong in each."""
        state, now = Cursor(), datetime.now(UTC)
        waiting = self._waiting(state, now)
        told = [f"{len(waiting)} files"] + [f"passed over: {name}" for name in state.odd]
        for each in waiting:
            try:
                with self._opened(each.name) as file, self._rows(each, file, tables.Page()) as rows:
                    made = ((row.line, self._made(row, now, now)) for row in islice(rows, ROWS))
                    told += [
                        f"{each.name}: line {n}: {bad}" for n, bad in made if isinstance(bad, InputError)
                    ][:1]
            except (InputError, OSError) as error:
                told.append(f"{each.name}: {_why(error)}")
        return f"{self.name}: {self._settings.folder}: {'; '.join(told[:20])}"

    def _waiting(self, state: Cursor, now: datetime) -> list[Waiting]:
        """The files with something to read, those first that were changed first; forgets files that are gone."""
        there: dict[str, os.stat_result] = {}
        odd: list[str] = []
        try:
            with os.scandir(self._settings.folder) as entries:
                for entry in entries:
                    if Path(entry.name).suffix.lower() not in KINDS or entry.name.startswith("."):
                        continue
                    if entry.name.isprintable() and entry.is_file(follow_symlinks=False):
                        there[entry.name] = entry.stat(follow_symlinks=False)
                    else:
                        odd.append(ascii(entry.name))
        except OSError as error:
            text = f"{self._settings.folder} can't be read ({error.strerror})"
            raise SourceError(f"{self.name}: {text}", permanent=True) from None
        for name in sorted(set(odd) - set(state.odd)):
            log.warning("passed over: no plain file, or its name can't be shown", source=self.name, file=name)
        state.odd = sorted(odd)
        state.files = {name: state.files.get(name) or File() for name in there}
        waiting = []
        for name, found in there.items():
            known, settled = state.files[name], _settled(found.st_mtime_ns, now)
            same = (known.size, known.changed) == (found.st_size, found.st_ctime_ns)
            if not (same and known.done) if settled else not same and _kind(name) == "lines":
                waiting.append(Waiting(found.st_mtime_ns, name, settled, found.st_size, found.st_ctime_ns))
        return sorted(waiting)

    def _read(self, each: Waiting, state: Cursor, now: datetime, room: int) -> tuple[list[Record], int]:
        """What the next `room` rows of a file hold, and how many there were; its place in the cursor moves on. What
        can't be read is told and passed over until the file changes."""
        name, known = each.name, state.files[each.name]
        records: list[Record] = []
        bad: list[tuple[int, InputError]] = []
        page, count = tables.Page(known.offset, known.line), 0
        known.size, known.changed = each.size, each.changed
        try:
            with self._opened(name) as file:
                if _mark(file, page.bytes) != known.mark:
                    page = tables.Page()
                written = datetime.fromtimestamp(each.modified // 10**9, UTC)
                with self._rows(each, file, page) as rows:
                    for count, row in enumerate(rows, start=1):
                        made = self._made(row, written, now)
                        if isinstance(made, InputError):
                            bad.append((row.line, made))
                        else:
                            records += made
                        if count == room:
                            break
                known.offset, known.line = page.offset, page.line
                known.mark = _mark(file, page.bytes)
                known.done = each.settled and count < room
        except (InputError, OSError) as error:
            # A disk or a share that fails for a moment is asked again; what is forbidden shows when that changes.
            known.done = isinstance(error, InputError | PermissionError)
            log.warning("a file can't be read", source=self.name, file=name, reason=_why(error))
        for line, reason in bad[:TOLD]:
            log.warning("bad line skipped", source=self.name, file=name, line=line, reason=str(reason))
        if len(bad) > TOLD:
            log.warning("more bad lines skipped", source=self.name, file=name, count=len(bad) - TOLD)
        return records, count

    def _rows(
        self, each: Waiting, file: BinaryIO, page: tables.Page
    ) -> AbstractContextManager[Iterator[tables.Row]]:
        if _kind(each.name) == "lines":
            return tables.lines(file, page, whole=not each.settled)
        return tables.table(file, page, self._settings.columns)

    def _made(self, row: tables.Row, written: datetime, now: datetime) -> list[Record] | InputError:
        """What a row holds, as this source's; nothing when it is empty or not about the brand."""
        if row.found is None or isinstance(row.found, InputError):
            return row.found or []
        try:
            if isinstance(row.found, dict):
                made = plain.records(self.name, row.found, self._moment, written, now)
            else:
                made = [replace(row.found, source=self.name)]
        except InputError as error:
            return error
        named = [each for each in made if isinstance(each, Mention)]
        if self.about_brand or not named or self._brand.relevant(named[0].text):
            return made
        return []

    @contextmanager
    def _opened(self, name: str) -> Iterator[BinaryIO]:
        """Only a plain file of the folder itself, whatever became of the name meanwhile."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with os.fdopen(os.open(self._settings.folder / name, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputError("it is no plain file")
            yield file


def build(settings: Settings, name: str, brand: Brand) -> Source:
    """The source `name`; the folder is looked at in each poll."""
    return FolderSource(settings, name, brand)


def _kind(name: str) -> str:
    return KINDS[Path(name).suffix.lower()]


def _settled(modified: int, now: datetime) -> bool:
    """Nobody wrote to it for a moment; a time from the future, by another machine's clock, tells nothing."""
    age = now - datetime.fromtimestamp(modified // 10**9, UTC)
    return age >= SETTLED or age < -12 * SETTLED


def _mark(file: BinaryIO, position: int) -> str:
    """Tells whether the file still has what was read of it: its first bytes, and those before the position."""
    file.seek(0)
    head = file.read(min(MARK, position))
    file.seek(max(position - MARK, 0))
    return (
        hashlib.blake2b(head + file.read(min(MARK, position)), digest_size=8).hexdigest() if position else ""
    )


def _why(error: InputError | OSError) -> str:
    return str(error) if isinstance(error, InputError) else str(error.strerror)
