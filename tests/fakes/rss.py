"""Feeds on loopback: RSS 2.0 (https://www.rssboard.org/rss-specification), with conditional requests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from tests.fake_platforms import Answer, Platform, Request, failing

HOST = "news.example"


@dataclass
class Item:
    at: datetime
    guid: str = ""
    title: str = "acme is late again"
    link: str = ""
    text: str = "<p>Where is my <b>parcel</b>?</p>"
    dated: bool = True
    more: str = ""

    def __str__(self) -> str:
        parts = [
            f"<title>{escape(self.title)}</title>",
            f"<description>{escape(self.text)}</description>",
            self.more,
        ]
        parts += [f'<guid isPermaLink="false">{escape(self.guid)}</guid>'] if self.guid else []
        parts += [f"<link>{escape(self.link)}</link>"] if self.link else []
        parts += [f"<pubDate>{format_datetime(self.at)}</pubDate>"] if self.dated else []
        return f"<item>{''.join(parts)}</item>"


def rss(items: Sequence[Item | str], head: str = "<title>News</title>") -> bytes:
    body = "".join(str(item) for item in items)
    text = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{body}</channel></rss>'
    return text.encode()


class FakeFeed(Platform):
    """One feed, newest first, of which it shows `limit` items. `body` is sent in its place."""

    hosts = (HOST,)

    def __init__(self, now: datetime | None = None, items: Iterable[Item] = ()) -> None:
        super().__init__(now)
        self.items = list(items)
        self.limit = 10**6
        self.head = "<title>News</title>"
        self.body: bytes | None = None
        self.kind = "application/rss+xml"

    def answer(self, request: Request) -> Answer:
        if request.path == "/loop":
            return failing("redirect loop", "")
        shown = sorted(
            (item for item in self.items if item.at <= self.now), key=lambda item: item.at, reverse=True
        )
        body = rss(shown[: self.limit], self.head) if self.body is None else self.body
        headers = {
            "ETag": f'W/"{hashlib.sha256(body).hexdigest()}"',
            "Last-Modified": format_datetime(self.now),
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Answer(304, b"", headers)
        return Answer(200, body, {"Content-Type": self.kind} | headers)
