"""Mastodon's streams (server-sent events) through Mastodon.py, one connection a lane.

Each is read by a thread of its own, which ends with the next sign of life after it is no longer wanted; what they hear is
handed over by one. A server that stays silent, or has no such streams, is noticed after SILENCE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, Protocol
from urllib.parse import quote

from monitor.errors import SourceError
from monitor.model import Batch, Deleted
from monitor.ports import Clock
from sources.mastodon_status import ID, Entry, entries

SILENCE = 60.0
"""Seconds without a byte; Mastodon sends a sign of life every 15."""

LONGEST = 1 << 20
"""Bytes of a line; a post has some thousand."""

HEARD = 1000
"""Posts that wait to be kept before a stream has to wait."""


class Heard(Protocol):
    """What a stream needs of its source."""

    name: str
    client: Any

    def batch(self, lane: str, fresh: Sequence[Entry], now: datetime) -> Batch: ...


def _bounded(name: str, handle: Callable[[Any], None], response: Any) -> None:
    """Mastodon.py gathers a line until it ends, however long it is."""
    arriving = response.iter_content

    def checked(chunk_size: int) -> Iterator[bytes]:
        length = 0
        for chunk in arriving(chunk_size):
            length = 0 if b"\n" in chunk else length + len(chunk)
            if length > LONGEST:
                raise SourceError(f"{name}: the stream has a line of more than {LONGEST >> 20} MB")
            yield chunk

    response.iter_content = checked
    handle(response)


class _OverError(Exception):
    """Nobody listens any more."""


def listen(
    source: Heard, lanes: Sequence[str], keep: Callable[[Batch], None], stopping: Event, clock: Clock
) -> None:
    """Hand over what arrives on any lane until `stopping` is set. SourceError when a stream can't be opened, breaks or
    falls silent."""
    heard: Queue[Batch | SourceError] = Queue(HEARD)
    over = Event()
    for lane in lanes:
        Thread(target=_follow, args=(source, lane, heard, over, clock), daemon=True).start()
    try:
        while not stopping.is_set():
            try:
                found = heard.get(timeout=0.2)
            except Empty:
                continue
            if isinstance(found, SourceError):
                raise found
            keep(found)
    finally:
        over.set()


def _follow(source: Heard, lane: str, heard: Queue[Batch | SourceError], over: Event, clock: Clock) -> None:
    """Until nobody listens any more; what ends the stream before that is told."""
    from mastodon import CallbackStreamListener, MastodonNetworkError

    def tell(*found: Batch) -> None:
        if over.is_set():
            raise _OverError
        for batch in found:
            heard.put(batch, timeout=SILENCE)

    def post(status: Any) -> None:
        tell(source.batch(lane, entries([status] if isinstance(status, dict) else []), clock.now()))

    def notified(event: Any) -> None:
        if isinstance(event, dict) and event.get("type") == "mention":
            tell(source.batch(lane, entries([event], "status"), clock.now()))

    def gone(id: Any) -> None:
        if lane != "public" and ID.fullmatch(str(id)):  # of all posts there, next to none are ours
            tell(Batch(deleted=(Deleted(source.name, str(id), clock.now()),)))

    listener: Any = CallbackStreamListener(  # type: ignore[no-untyped-call]
        update_handler=post, status_update_handler=post, notification_handler=notified, delete_handler=gone
    )
    listener.handle_heartbeat = tell
    listener.handle_stream = partial(_bounded, source.name, listener.handle_stream)
    said = "has ended"
    try:
        match lane:
            case "mentions":
                source.client.stream_user_notifications(listener, timeout=SILENCE)
            case "public":
                source.client.stream_public(listener, timeout=SILENCE)
            case _:
                source.client.stream_hashtag(quote(lane[1:]), listener, timeout=SILENCE)
    except (_OverError, Full):
        return
    except SourceError as error:
        heard.put(error)
        return
    except MastodonNetworkError:
        said = f"broke off, or was silent for {SILENCE:g} seconds"
    except Exception as error:
        said = f"sent something that can't be read ({type(error).__name__})"
    heard.put(SourceError(f"{source.name}: the stream of {lane} {said}"))
