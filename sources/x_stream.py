"""X's filtered stream: rules that are ours, and the one connection over which X sends what matches them.

tweepy keeps the rules. Its own way to connect is not used: it reconnects by itself, sleeps for up to five minutes, and
can't be stopped while the stream is silent.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any

import requests

from monitor.errors import SourceError
from monitor.intake.outside import objects_at
from monitor.ports import Clock
from sources.http import CONNECT
from sources.x_refused import XSession

ADDRESS = "https://api.twitter.com/2/tweets/search/stream"
SILENCE = 60.0
"""Seconds without a byte after which a stream is taken for dead: X sends an empty line every 20 seconds."""
GLANCE = 0.2
"""Seconds after which a silent stream notices that it is to stop."""

CHUNK = 4096
LONGEST = 1 << 20  # bytes of a line; the longest posts have some ten thousand


class Stream:
    """Follows the queries of one source. `tag` marks its rules; those of others are never touched."""

    def __init__(self, name: str, token: str, queries: Sequence[str]) -> None:
        import tweepy

        logging.getLogger("tweepy.client").setLevel(logging.INFO)  # at debug it tells the token
        self._queries = tuple(queries)
        self._tag = f"snapwatch {name}"
        self.client = tweepy.StreamingClient(token, return_type=dict)
        self.client.session = self.session = XSession(name, token)

    def follow(self, fields: dict[str, str], stopping: Event, clock: Clock) -> Iterator[dict[str, Any]]:
        """What X sends for our rules, one answer with one post each, until `stopping` is set. SourceError when the stream
        can't be opened, breaks, or is silent."""
        rules = self._rules(clock)
        self.session.now = clock.now()
        headers = {"Authorization": f"Bearer {self.client.bearer_token}", "Accept-Encoding": "identity"}
        with self.session.get(
            ADDRESS, params=fields, headers=headers, stream=True, timeout=(CONNECT, SILENCE)
        ) as response:
            for line in self._lines(response, stopping):
                answer = self._answer(line)
                if rules & {str(rule.get("id")) for rule in objects_at(answer, "matching_rules")}:
                    yield answer

    def _rules(self, clock: Clock) -> set[str]:
        """The ids of the rules that say our queries, after removing those of ours that are old and adding what is missing.
        One that somebody else made serves as well."""
        import tweepy

        there = objects_at(self.session.ask(clock.now(), self.client.get_rules), "data")
        old = [
            rule for rule in there if rule.get("tag") == self._tag and rule.get("value") not in self._queries
        ]
        if ids := [str(rule.get("id")) for rule in old]:
            self.session.ask(clock.now(), self.client.delete_rules, ids=ids)
        ours = [rule for rule in there if rule.get("value") in self._queries]
        said = {rule.get("value") for rule in ours}
        if new := [tweepy.StreamRule(query, self._tag) for query in self._queries if query not in said]:
            answer = self.session.ask(clock.now(), self.client.add_rules, add=new)
            if answer.get("errors"):
                raise self.session.refusal(answer, 400, {})
            ours += objects_at(answer, "data")
        return {str(rule.get("id")) for rule in ours}

    def _lines(self, response: requests.Response, stopping: Event) -> Iterator[bytes]:
        over = Event()
        threading.Thread(target=_shut, args=(response, stopping, over), daemon=True).start()
        rest = b""
        try:
            for chunk in response.iter_content(CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                if stopping.is_set():
                    return
                yield from (line for line in lines if line.strip())
                if len(rest) > LONGEST:
                    raise self.session.unreadable("a line without an end")
            why = "ended"
        except requests.RequestException:
            why = f"broke off, or was silent for {SILENCE:g} seconds"
        finally:
            over.set()
        if not stopping.is_set():
            raise SourceError(f"{self.session.source}: X's stream {why}")

    def _answer(self, line: bytes) -> dict[str, Any]:
        """One line; empty when it can't be read, since polling brings what it held. SourceError when it is no post but a
        farewell, such as an operational disconnect."""
        try:
            answer = json.loads(line)
        except ValueError:
            return {}
        if not isinstance(answer, dict):
            return {}
        if isinstance(post := answer.get("data"), dict):
            return answer | {"data": [post]}
        if answer.get("errors") or answer.get("title"):
            raise self.session.refusal(answer, 0, {})
        return {}


def _shut(response: requests.Response, stopping: Event, over: Event) -> None:
    """Wakes whoever waits for the next line as soon as it is to stop."""
    while not over.is_set():
        if stopping.wait(GLANCE):
            response.raw.shutdown()
            return
