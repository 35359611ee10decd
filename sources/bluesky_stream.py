"""Bluesky's streams of everything that anybody posts, read in stretches that end: Jetstream and the firehose.

Both play back what came since a cursor. Jetstream's (JSON, https://github.com/bluesky-social/jetstream) is a moment; the
firehose's (CBOR, https://atproto.com/specs/event-stream) the number of an event. The last event that was read is asked
for once more: so a stream that lives always has something to say, and one that begins later has forgotten what lies
between. Times are microseconds by the server's clock.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import requests
from pydantic import BaseModel, Field

from monitor.errors import SourceError
from monitor.intake.outside import count_at, object_at, text_at
from sources.bluesky_client import refused
from sources.http import Session

POST = "app.bsky.feed.post"
URI = re.compile(rf"at://(did:[a-z]+:[\w.:%-]+)/{re.escape(POST)}/([\w.:~-]+)", re.ASCII)
"""Of a post: its author, its key."""
OPEN, SILENCE, QUIET, WHOLE = 10.0, 10.0, 2.0, 20.0
"""Seconds: to connect; without any event, an error; after an event, the end; for one stretch."""
LARGEST = 5 << 20
"""Bytes of a message, unpacked; the firehose allows 2 MB."""
EVENTS, FOUND = 20_000, 500
"""Events, and posts that are wanted, in one stretch."""
SECOND = 1_000_000
OVERLAP = 10 * SECOND
"""Jetstream's order is that of its work, not exactly that of time, and a second server's clock differs."""
LATE = 60 * SECOND
"""A stream that begins so much later than asked has forgotten what lies between."""

_SILENT = logging.Logger("bluesky")  # its own would repeat what a server sends
_SILENT.disabled = True

Record = dict[str, Any]


class Change(NamedTuple):
    """`record` is None when the post was deleted; of two changes of one post the later has the greater `rev`."""

    uri: str
    rev: str
    record: Record | None


class Event(NamedTuple):
    time: int
    seq: int
    changes: tuple[Change, ...] = ()


class Position(BaseModel, extra="forbid"):
    """Where the next stretch begins: the last event, and the posts that were handed on lately, with time and rev.
    One with `until` ends there."""

    time: int = Field(ge=0, lt=253_402_300_800_000_000)
    seq: int = 0
    seen: dict[str, tuple[int, str]] = {}
    until: int | None = None


class Stretch(NamedTuple):
    """`begin` is the position's time, or later where the stream has forgotten; everything from there until `end` was
    looked through but for `unreadable` messages."""

    written: list[tuple[Change, int]]
    deleted: list[str]
    position: Position
    begin: int
    end: int
    more: bool
    unreadable: int


class ForgottenError(Exception):
    """The firehose does not know the number (any more)."""


class Stream:
    def __init__(self, name: str, url: str, session: Session) -> None:
        self._name, self._url, self._session = name, url, session
        self.kind = "firehose" if url.endswith("com.atproto.sync.subscribeRepos") else "jetstream"

    def start(self, now: datetime, at: datetime) -> Position:
        """A firehose can't be asked by time: it begins now."""
        return Position(time=micros(now if self.kind == "firehose" else at))

    def read(self, start: Position, now: datetime, wanted: Callable[[Record], bool]) -> Stretch:
        """What came since: until the present of the server, a limit, or a break after something new was read.
        SourceError when nothing comes or nothing can be read."""
        try:
            return self._read(start, start.seq, now, wanted)
        except ForgottenError:
            return self._read(start, 0, now, wanted, late=0)

    def _read(
        self, start: Position, seq: int, now: datetime, wanted: Callable[[Record], bool], late: int = LATE
    ) -> Stretch:
        from websockets.exceptions import ConnectionClosed

        found: dict[str, tuple[Change, int]] = {}
        gone: list[str] = []
        seen = dict(start.seen)
        asked, reached, first, count, unreadable, more = seq, start.time, None, 0, 0, False
        end: int | None = None
        began = time.monotonic()
        with self._open(start.time, seq, now) as connection:
            present = min(_present(connection, now), start.until or 2**63)
            while not more:
                try:
                    message = connection.recv(timeout=SILENCE if first is None else QUIET)
                except TimeoutError:
                    if self.kind == "firehose" and first is not None:
                        reached = max(
                            reached, present - SECOND
                        )  # its cursor is a number: no moment is skipped
                    break
                except ConnectionClosed:
                    if reached == start.time:
                        raise
                    more = True
                    break
                slow = time.monotonic() - began > WHOLE
                try:
                    event = _jetstream(message) if self.kind == "jetstream" else _firehose(message)
                except (ValueError, RecursionError):  # who writes a record decides how deep it is
                    unreadable += 1
                    more = slow or unreadable >= EVENTS
                    continue
                if asked and event.seq > asked and event.time < start.time - LATE:
                    raise ForgottenError  # the number is another server's
                first = event.time if first is None else first
                if event.time >= present:
                    reached, seq, end = max(reached, present - 1), seq or event.seq, present
                    break
                count += event.time > start.time  # what is read again does not count
                reached, seq = max(reached, event.time), event.seq
                for change in event.changes:
                    _take(change, event.time, wanted, found, gone, seen, start)
                more = slow or count >= EVENTS or len(found) >= FOUND
        if more and reached == start.time:
            raise SourceError(f"{self._name}: the stream brings nothing new in {WHOLE:g} seconds")
        if first is None:
            if unreadable:
                raise self._session.unreadable("not one event of the stream")
            raise SourceError(
                f"{self._name}: the stream is silent: no event of anybody in {SILENCE:g} seconds"
            )
        begin = start.time if first <= start.time + late else min(first, reached)
        kept = {uri: each for uri, each in seen.items() if each[0] > reached - 2 * OVERLAP}
        position = Position(time=reached, seq=seq, seen=kept, until=start.until)
        return Stretch(list(found.values()), gone, position, begin, end or reached, more, unreadable)

    @contextmanager
    def _open(self, at: int, seq: int, now: datetime) -> Iterator[Any]:
        """A connection; what goes wrong with it is a SourceError."""
        import ssl

        from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
        from websockets.sync.client import connect

        asked: dict[str, Any] = {"cursor": seq - 1} if seq else {}
        if self.kind == "jetstream":
            asked = {
                "wantedCollections": POST,
                "cursor": max(at - OVERLAP, 0),
                "maxMessageSizeBytes": LARGEST,
            }
        try:
            with connect(
                f"{self._url}?{urlencode(asked)}",
                open_timeout=OPEN,
                close_timeout=0.1,
                ping_interval=None,
                max_size=LARGEST,
                logger=_SILENT,
                user_agent_header=str(self._session.headers["User-Agent"]),
            ) as connection:
                yield connection
            return
        except InvalidStatus as error:
            refusal = requests.Response()
            refusal.status_code = error.response.status_code
            refusal.headers.update(dict(error.response.headers.raw_items()))
            raise refused(self._session, refusal, now) from None
        except TimeoutError:
            text = f"does not open within {OPEN:g} seconds"
        except ConnectionClosed as error:
            large = error.sent is not None and error.sent.code == 1009
            text = f"sends a message of more than {LARGEST >> 20} MB" if large else "breaks off"
        except WebSocketException as error:
            text = f"does not open ({type(error).__name__})"
        except ssl.SSLError:
            text = "can't prove who it is (its TLS certificate or protocol is not accepted)"
        except OSError:
            text = "can't be reached"
        raise SourceError(f"{self._name}: the stream {text}")


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * SECOND)


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / SECOND, UTC)


def _present(connection: Any, now: datetime) -> int:
    """The end of the present second, by the server's own clock where it says so: ours may be wrong."""
    try:
        return micros(parsedate_to_datetime(connection.response.headers["Date"])) + SECOND
    except (LookupError, TypeError, ValueError, OverflowError):
        return micros(now) + SECOND


def _take(
    change: Change,
    at: int,
    wanted: Callable[[Record], bool],
    found: dict[str, tuple[Change, int]],
    gone: list[str],
    seen: dict[str, tuple[int, str]],
    start: Position,
) -> None:
    uri, rev, record = change
    known = seen.get(uri)
    if known and rev <= known[1]:
        return  # read again
    if record is None:
        found.pop(uri, None)
        gone += [uri] if uri in start.seen else []  # of the others nobody here knows whether they were wanted
    elif URI.fullmatch(uri) and (known or wanted(record)):
        found[uri] = change, at
    else:
        return
    if known or record is not None:
        seen[uri] = at, rev


def _jetstream(message: str | bytes) -> Event:
    """ValueError when it is no event."""
    data = json.loads(message)
    at = count_at(data, "time_us") if isinstance(data, dict) else None
    if at is None:
        raise ValueError("no event")
    commit = object_at(data, "commit")
    if commit.get("collection") != POST:
        return Event(at, 0)
    record = None if commit.get("operation") == "delete" else object_at(commit, "record")
    uri = f"at://{text_at(data, 'did')}/{POST}/{text_at(commit, 'rkey')}"
    return Event(at, 0, (Change(uri, text_at(commit, "rev"), record),))


def _firehose(message: str | bytes) -> Event:
    """ValueError when it is no event, ForgottenError when it tells that the cursor is none."""
    from atproto import CAR, CID, firehose_models
    from atproto.exceptions import AtProtocolError

    try:
        frame = firehose_models.Frame.from_bytes(message if isinstance(message, bytes) else b"")
        if isinstance(frame, firehose_models.ErrorFrame):
            raise ForgottenError if frame.body.error == "FutureCursor" else ValueError("an error")
        body = frame.body
        at, seq, rev = micros(datetime.fromisoformat(body["time"])), int(body["seq"]), text_at(body, "rev")
        ops = [op for op in body.get("ops") or () if op["path"].startswith(f"{POST}/")]
        blocks = CAR.from_bytes(body["blocks"]).blocks if any(op["cid"] for op in ops) else {}
        changes = (
            Change(
                f"at://{body['repo']}/{op['path']}",
                rev,
                object_at({"": blocks.get(CID.decode(op["cid"]))}, "") if op["cid"] else None,
            )
            for op in ops
        )
        return Event(at, seq, tuple(changes))
    except (AtProtocolError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError("no event") from error
