"""Bluesky on loopback, written after its documentation: the app view's and an account server's methods over HTTP
(https://docs.bsky.app/docs/api), and a Jetstream (https://github.com/bluesky-social/jetstream) over a websocket.

Scripted answers (`will`) hold for whichever of the two is asked next: a websocket refuses its handshake with a status
other than 200, and sends a body as its events, one message for each item of a list.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import socket
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response
from websockets.sync.server import Server, ServerConnection, serve

from sources import bluesky_stream
from tests.fake_platforms import Answer, Platform, Request, failing

CID = "bafyreifrcj7svjmx6qsn2kfe5kc73rxxn4cbivb23ea4c42rsstvcmu2wy"
HANDLE = "watcher.example.com"
PASSWORD = "app-SECRET-0123"
_SILENT = logging.Logger("bluesky")
_SILENT.disabled = True
_USUAL = bluesky_stream.OPEN, bluesky_stream.SILENCE, bluesky_stream.WHOLE
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"


def _jwt(secret: str) -> str:
    parts = ({"typ": "at+jwt", "alg": "none"}, {"exp": 4_102_444_800, "scope": secret})
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        + ".AA"
    )


ACCESS, REFRESH = _jwt("access-SECRET"), _jwt("refresh-SECRET")


def micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def tid(at: datetime, number: int = 0) -> str:
    value = micros(at) << 10 | number % 1024
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(60, -1, -5))


def did(number: int = 0) -> str:
    return "did:plc:" + "".join(_ALPHABET[number >> shift & 31] for shift in range(115, -1, -5))


class Event:
    """One entry of the network's record; `at` is when Jetstream saw it."""

    def __init__(
        self, at: datetime, author: str, rkey: str, operation: str, record: dict[str, Any] | None
    ) -> None:
        self.at, self.author, self.rkey, self.operation, self.record = at, author, rkey, operation, record
        self.uri = f"at://{author}/app.bsky.feed.post/{rkey}"
        self.rev = tid(at)

    def json(self) -> dict[str, Any]:
        commit = {
            "rev": self.rev,
            "operation": self.operation,
            "collection": "app.bsky.feed.post",
            "rkey": self.rkey,
        }
        if self.record is not None:
            commit |= {
                "record": self.record,
                "cid": CID,
            }
        return {"did": self.author, "time_us": micros(self.at), "kind": "commit", "commit": commit}


class FakeBluesky(Platform):
    """`events` in the order of time. Somebody else writes each `chatter` seconds, and once after the present: a stream
    that lives. `keeps` is how far back the stream plays; search takes back what is later than `now` - `lag`."""

    hosts = ("public.api.bsky.app", "bsky.social")

    def __init__(self, now: datetime | None = None, chatter: float | None = 600.0) -> None:
        super().__init__(now)
        self.events: list[Event] = []
        self.profiles: dict[str, dict[str, Any]] = {}
        self.hidden: set[str] = set()
        self.counters: dict[str, dict[str, int]] = {}
        self.chatter = chatter
        self.keeps = timedelta(hours=72)
        self.lag = timedelta(0)
        self.break_after: int | None = None
        self.records: dict[str, dict[str, Any]] = {}
        """What the account has posted, by its address."""
        self.closed: set[str] = set()
        """Posts whose thread lets the account not reply."""
        self.blocking: dict[str, str] = {}
        """Authors whose posts the account is not shown, and in which field their profile says why."""
        self.active = True
        self._stream: Server | None = None

    def start(self) -> Self:
        super().start()
        self._stream = serve(
            self._send,
            "127.0.0.1",
            0,
            process_request=self._greet,
            process_response=self._date,
            compression=None,
            close_timeout=0.1,
            logger=_SILENT,
        )
        threading.Thread(target=self._stream.serve_forever, daemon=True).start()
        return self

    __enter__ = start

    def stop(self) -> None:
        super().stop()
        if self._stream:
            self._stream.shutdown()

    @property
    def stream(self) -> str:
        assert self._stream, "start it first"
        return f"ws://127.0.0.1:{self._stream.socket.getsockname()[1]}/subscribe"

    def post(self, at: datetime, text: str = "acme is late again", author: str = "", **more: Any) -> Event:
        number = len(self.events)
        record = {"$type": "app.bsky.feed.post", "createdAt": stamp(at), "langs": ["en"], "text": text} | more
        return self.add(Event(at, author or did(), tid(at, number), "create", record))

    def change(self, event: Event, at: datetime, text: str | None) -> Event:
        """The author edits the post, or deletes it."""
        record = None if text is None else (event.record or {}) | {"text": text}
        return self.add(Event(at, event.author, event.rkey, "delete" if text is None else "update", record))

    def add(self, event: Event) -> Event:
        self.events.append(event)
        self.events.sort(key=lambda each: each.at)
        return event

    def shown(self) -> dict[str, Event]:
        """The posts that there are now, with their newest text."""
        found: dict[str, Event] = {}
        for event in self.events:
            if event.at > self.now:
                break
            if event.operation == "create":
                found[event.uri] = event
            elif event.operation == "update" and event.uri in found:
                found[event.uri] = Event(
                    found[event.uri].at, event.author, event.rkey, "create", event.record
                )
            else:
                found.pop(event.uri, None)
        return {
            uri: event
            for uri, event in found.items()
            if uri not in self.hidden and event.author not in self.hidden
        }

    def will_slowly(self, answer: Answer) -> None:
        bluesky_stream.OPEN = bluesky_stream.SILENCE = bluesky_stream.WHOLE = 0.3
        super().will_slowly(answer)

    def _patient(self) -> None:
        if self._usual:
            bluesky_stream.OPEN, bluesky_stream.SILENCE, bluesky_stream.WHOLE = _USUAL
        super()._patient()

    def free(self, request: Request) -> bool:
        return request.path == "/xrpc/com.atproto.server.createSession"

    def answer(self, request: Request) -> Answer:
        method = request.path.removeprefix("/xrpc/")
        asked = parse_qs(request.query)
        if method == "com.atproto.server.createSession":
            said = json.loads(request.body)
            session = {
                "accessJwt": ACCESS,
                "refreshJwt": REFRESH,
                "handle": HANDLE,
                "did": did(99),
                "active": True,
            }
            return Answer(200, session) if said["password"] == PASSWORD else _error(401)
        if method == "com.atproto.server.getSession":
            return Answer(200, {"did": did(99), "handle": HANDLE, "active": self.active})
        if method == "com.atproto.repo.createRecord":
            return self._create(json.loads(request.body))
        if method == "com.atproto.repo.getRecord":
            uri = "at://{repo[0]}/{collection[0]}/{rkey[0]}".format(**asked)
            if uri not in self.records:
                return Answer(400, {"error": "RecordNotFound", "message": f"Could not locate record: {uri}"})
            return Answer(200, {"uri": uri, "cid": CID, "value": self.records[uri]})
        if method == "app.bsky.actor.getProfile":
            viewer = {self.blocking.get(asked["actor"][0], "muted"): True}
            return Answer(200, self._profile(asked["actor"][0]) | {"viewer": viewer})
        if request.path == "/loop":
            return failing("redirect loop", "")
        if method == "app.bsky.feed.getPosts":
            shown = {uri: e for uri, e in self.shown().items() if e.author not in self.blocking}
            return Answer(200, {"posts": [self._view(shown[uri]) for uri in asked["uris"] if uri in shown]})
        if method == "app.bsky.actor.getProfiles":
            assert len(asked["actors"]) <= 25
            known = [actor for actor in asked["actors"] if actor not in self.hidden]
            return Answer(200, {"profiles": [self._profile(actor) for actor in known]})
        if method == "app.bsky.feed.searchPosts":
            if request.headers.get("authorization") != f"Bearer {ACCESS}":
                return _error(403)
            return self._search({key: values[0] for key, values in asked.items()})
        if request.path == "/subscribe":
            return Answer(200, list(self._playback(int(asked["cursor"][0]))))
        return _error(404)

    def _create(self, asked: dict[str, Any]) -> Answer:
        """As an account server does: it knows the form of a record and nothing of its thread."""
        record, rkey = asked["record"], asked["rkey"]
        uri = f"at://{asked['repo']}/{asked['collection']}/{rkey}"
        if len(record["text"]) > 300 or not re.fullmatch(r"[234567a-j][2-7a-z]{12}", rkey):
            return Answer(400, {"error": "InvalidRequest", "message": "Invalid app.bsky.feed.post record"})
        if uri in self.records:
            return Answer(500, {"error": "InternalServerError", "message": "Internal Server Error"})
        self.records[uri] = record
        return Answer(200, {"uri": uri, "cid": CID, "validationStatus": "valid"})

    def _search(self, asked: dict[str, str]) -> Answer:
        until = min(_time(asked.get("until"), self.now + timedelta(microseconds=1)), self.now - self.lag)
        found = [
            event
            for event in self.shown().values()
            if _time(asked.get("since"), datetime.min.replace(tzinfo=UTC)) <= event.at < until
            and asked["q"].strip('"@#').lower() in (event.record or {})["text"].lower()
        ]
        found.sort(key=lambda event: event.at, reverse=True)
        start, size = int(asked.get("cursor", 0)), int(asked["limit"])
        page = found[start : start + size]
        more = {"cursor": str(start + size)} if start + size < len(found) else {}
        return Answer(200, {"posts": [self._view(event) for event in page]} | more)

    def _view(self, event: Event) -> dict[str, Any]:
        counters = {"likeCount": 5, "replyCount": 2, "repostCount": 3, "quoteCount": 1}
        return {
            "uri": event.uri,
            "cid": CID,
            "viewer": {"replyDisabled": True} if event.uri in self.closed else {},
            "author": {key: self._profile(event.author)[key] for key in ("did", "handle", "displayName")},
            "record": event.record,
            "indexedAt": stamp(event.at),
        } | self.counters.get(event.uri, counters)

    def _profile(self, author: str) -> dict[str, Any]:
        usual = {"did": author, "handle": "ann.example.com", "displayName": "Ann", "followersCount": 120}
        return self.profiles.get(author, usual)

    def _playback(self, cursor: int) -> Iterator[dict[str, Any]]:
        first = max(cursor, micros(self.now - self.keeps))
        if cursor > micros(self.now):
            first = micros(self.now)
        started = bisect_left(self.events, first, key=lambda event: micros(event.at))
        ours = [event.json() for event in self.events[started:] if event.at <= self.now]
        others = []
        if self.chatter:
            step = round(self.chatter * 1_000_000)
            others = [_other(at) for at in range(first, micros(self.now), step)]
            others.append(_other(micros(self.now) + 1_000_000))
        yield from sorted(ours + others, key=lambda event: int(event["time_us"]))

    def _greet(self, connection: ServerConnection, _: object) -> Response | None:
        assert connection.request
        parts = urlsplit(connection.request.path)
        headers = {name.lower(): value for name, value in connection.request.headers.raw_items()}
        request = Request(parts.path, {}, headers, query=parts.query)
        self.requests.append(request)
        if self._slow is None:
            self._patient()
        scripted = self._script.popleft() if self._script else None
        answer = (scripted(request) if callable(scripted) else scripted) or self.answer(request)
        connection.ends = scripted is not None  # type: ignore[attr-defined]
        if answer is self._slow:
            self._slow = None
        self._released.wait(answer.late)
        connection.answer = answer  # type: ignore[attr-defined]
        if answer.drop:
            connection.socket.shutdown(socket.SHUT_RDWR)
        if answer.status == 200:
            return None
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        sent = Headers({"Content-Length": str(len(body)), **answer.headers})
        return Response(answer.status, HTTPStatus(answer.status).phrase, sent, body)

    def _date(self, _: ServerConnection, __: object, response: Response) -> Response:
        if "Date" in response.headers:
            del response.headers["Date"]
        response.headers["Date"] = format_datetime(self.now, usegmt=True)
        return response

    def _send(self, connection: ServerConnection) -> None:
        answer: Answer = connection.answer  # type: ignore[attr-defined]
        try:
            if answer.cut:
                connection.socket.shutdown(socket.SHUT_RDWR)
            elif answer.times > 1:
                connection.send(_dripping(answer), text=True)
            else:
                items = answer.body if isinstance(answer.body, list) else [answer.body]
                for number, item in enumerate(items):
                    if number == self.break_after:
                        connection.socket.shutdown(socket.SHUT_RDWR)
                        return
                    connection.send(item if isinstance(item, bytes) else json.dumps(item))
            if not connection.ends:  # type: ignore[attr-defined]
                for _ in connection:
                    pass
        except (ConnectionClosed, OSError):
            pass


def _dripping(answer: Answer) -> Iterator[bytes]:
    for _ in range(answer.times):
        yield answer.body
        time.sleep(answer.pause)


def _other(at: int) -> dict[str, Any]:
    written = datetime.fromtimestamp(at / 1_000_000, UTC)
    record = {"$type": "app.bsky.feed.post", "createdAt": stamp(written), "text": "what a morning"}
    return Event(written, did(7), tid(written), "create", record).json()


def _time(text: str | None, otherwise: datetime) -> datetime:
    return datetime.fromisoformat(text) if text else otherwise


def _error(status: int) -> Answer:
    return Answer(status, {"error": "AuthenticationRequired", "message": "no"})
