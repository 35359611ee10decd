"""RSS and Atom feeds through feedparser, a lane each.

A feed shows its newest entries and forgets the rest, so the cursor holds what it showed last. Where nothing of that is
left, entries have been missed, and the time is told as not covered. What an entry is called may change, and so may its
text: it is known by its guid, or by its link and title together; a new text makes it come again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator
from requests import Response

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from monitor.model import Author, Batch, Interval, Mention, Reading
from monitor.ports import Source
from monitor.settings import SourceSettings
from sources import rss_entry
from sources.http import Session
from sources.newest import key
from sources.rss_entry import Entry, Feed, NoFeedError

PAGE = 800  # entries that one poll hands over; of a longer feed the rest comes with the next
NEWEST = 3  # entries of which one must still be there, or some were missed
RESTS = 900.0  # seconds that a feed which wants to be left alone is left alone at most
ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"


class Settings(SourceSettings):
    feeds: tuple[str, ...] | dict[str, str] = Field(
        min_length=1, description="addresses of feeds, or a table of names and addresses"
    )
    about_brand: bool = Field(
        False,
        description="every entry is about the brand, also where it does not name it, as in an alert or a review feed",
    )
    lookback_hours: int = Field(24, ge=1, le=8760, description="how far back the first poll goes")
    every: int = Field(300, ge=1, description="seconds between two polls")
    measure: str = "replies"

    @field_validator("feeds")
    @classmethod
    def _addresses(cls, value: tuple[str, ...] | dict[str, str]) -> tuple[str, ...] | dict[str, str]:
        for address in value.values() if isinstance(value, dict) else value:
            if not re.fullmatch(r"https?://[^\s/?#@]+([/?][!-~]*)?", address):
                raise ValueError(
                    "an address is missing its https://, or has a user, a # or a character that can't be in one"
                )
        names = list(value) if isinstance(value, dict) else [_called(address) for address in value]
        if len(set(names)) < len(names) or not all(name.strip() and name.isprintable() for name in names):
            raise ValueError("two feeds would have the same name; write a table of names and addresses")
        return value


class Seen(NamedTuple):
    """An entry that was there. `id` is the mention's; the others are hashes of what names it, of all of it but its guid,
    and of its text."""

    id: str
    name: str
    whole: str
    text: str
    at: AwareDatetime


class Cursor(BaseModel):
    """All is known before `since`. `shown` is what the feed had last, `gone` what it had before. `etag` and `modified` are
    what the server said of the last answer that was read to its end; until `rests` the feed wants to be left alone."""

    model_config = ConfigDict(extra="forbid")
    since: AwareDatetime
    first: bool = False
    shown: list[Seen] = []
    gone: list[Seen] = []
    etag: str = ""
    modified: str = ""
    rests: AwareDatetime | None = None


class RssSource(Source):
    def __init__(self, settings: Settings, name: str, brand: Brand) -> None:
        self.name = name
        feeds = settings.feeds
        self._feeds = feeds if isinstance(feeds, dict) else {_called(address): address for address in feeds}
        self.lanes = tuple(self._feeds)
        self.about_brand = settings.about_brand
        self._lookback = timedelta(hours=settings.lookback_hours)
        self._brand = brand
        self.sessions = {lane: Session(name, f"the feed {lane}") for lane in self.lanes}

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        """What is new in the feed, oldest first, at most 800 entries."""
        state = self._state(cursor, now)
        if state.rests and now < state.rests:
            return Batch(cursor=cursor)
        since = min(state.since, now)
        response, feed = self._fetch(lane, state, now)
        if feed is None:
            return Batch(
                cursor=_written(state.model_copy(update={"since": now, "rests": None})),
                covered=(Interval(since, now),),
            )
        found = recognised(self._feeds[lane], feed.entries, [*state.shown, *state.gone], now)
        known = {each.id: each.text for each in (*state.gone, *state.shown)}
        new = {seen.id: (seen, entry) for seen, entry in found if known.get(seen.id) != seen.text}
        page = sorted(new.values(), key=lambda pair: pair[0].at)[:PAGE]
        more = len(page) < len(new)
        lost = _lost(state, [seen for seen, _ in found], since, now)
        since = lost[0].end if lost else since
        if state.first:  # how far back the feed reaches
            since = min(max(since, min((seen.at for seen, _ in found), default=since)), now)
        later = {seen.id for seen, _ in new.values()} - {seen.id for seen, _ in page}
        shown = [seen for seen, _ in found if seen.id not in later] or state.shown
        ids = {seen.id for seen in shown}
        gone = [each for each in (*state.shown, *state.gone) if each.id not in ids]  # a mirror may be behind
        after = Cursor(since=since, first=state.first, shown=shown, gone=gone[: max(len(shown), 20)])
        if not more:
            after = after.model_copy(
                update={
                    "since": now,
                    "first": False,
                    "etag": _header(response, "etag"),
                    "modified": _header(response, "last-modified"),
                    "rests": now + timedelta(seconds=min(feed.rest, RESTS)) if feed.rest else None,
                }
            )
        earliest = now - self._lookback if state.first else datetime.min.replace(tzinfo=UTC)
        ours = [
            (seen, entry)
            for seen, entry in page
            if seen.at >= earliest and (self.about_brand or self._brand.relevant(entry.text))
        ]
        return Batch(
            mentions=tuple(self._mention(lane, feed, seen, entry) for seen, entry in ours),
            readings=tuple(
                Reading(self.name, seen.id, now, replies=entry.replies)
                for seen, entry in ours
                if entry.replies is not None
            ),
            cursor=_written(after),
            more=more,
            covered=lost if more else (*lost, Interval(since, now)),
        )

    def check(self) -> str:
        """A request for each feed."""
        now = datetime.now(UTC)
        said = []
        for lane in self.lanes:
            _, feed = self._fetch(lane, Cursor(since=now), now)
            said.append(f"{lane} ({len(feed.entries) if feed else 0} entries)")
        return f"{self.name}: reads {', '.join(said)}"

    def _state(self, cursor: str | None, now: datetime) -> Cursor:
        if cursor is None:
            return Cursor(since=now - self._lookback, first=True)
        try:
            return Cursor.model_validate_json(cursor)
        except ValidationError:
            raise SourceError(f"{self.name}: the stored cursor can't be read", permanent=True) from None

    def _fetch(self, lane: str, state: Cursor, now: datetime) -> tuple[Response, Feed | None]:
        """The feed; None when it has not changed since the last answer."""
        session = self.sessions[lane]
        asked = {"Accept": ACCEPT, "If-None-Match": state.etag, "If-Modified-Since": state.modified}
        response = session.get(
            self._feeds[lane], headers={each: value for each, value in asked.items() if value}
        )
        if response.status_code == 304:
            return response, None
        if not response.ok:
            raise session.refused(response, now)
        try:
            kind = response.headers.get("content-type", "")
            base = response.url if response.history else self._feeds[lane]
            return response, rss_entry.read(response.content, base, kind)
        except NoFeedError as error:
            raise session.unreadable(str(error)) from None
        except Exception as error:  # feedparser trips over some feeds
            raise session.unreadable(type(error).__name__) from None

    def _mention(self, lane: str, feed: Feed, seen: Seen, entry: Entry) -> Mention:
        author = entry.author or feed.title or lane
        return Mention(
            source=self.name,
            id=seen.id,
            author=Author(author, author, author),
            text=entry.text,
            url=entry.link or self._feeds[lane].partition("?")[0],
            created_at=seen.at,
            language=feed.language,
        )


def build(settings: Settings, name: str, brand: Brand) -> Source:
    """The source `name`; nothing is asked yet."""
    return RssSource(settings, name, brand)


def recognised(
    address: str, entries: Sequence[Entry], before: Sequence[Seen], now: datetime
) -> list[tuple[Seen, Entry]]:
    """Each entry with what it was seen as before, or is now seen as for the first time. What is called by a guid that
    another entry has, too, or by none, is called by its link and title; if those are not its own either, by all of it."""
    guids = Counter(entry.guid for entry in entries)
    places = Counter((entry.link, entry.title) for entry in entries)
    by_name = {each.name: each for each in reversed(before)}
    by_whole = {each.whole: each for each in reversed(before)}
    found = []
    for entry in entries:
        whole = key(address, entry.link, entry.title, entry.text, str(entry.at))
        if entry.guid and guids[entry.guid] == 1:
            name = key(address, "guid", entry.guid)
        elif places[entry.link, entry.title] == 1:
            name = key(address, "place", entry.link, entry.title)
        else:
            name = whole
        former = by_name.get(name) or by_whole.get(whole)
        id, at = (former.id, former.at) if former else (name, entry.at or now)
        found.append((Seen(id, name, whole, key(entry.text), at), entry))
    return found


def _lost(state: Cursor, found: Sequence[Seen], since: datetime, now: datetime) -> tuple[Interval, ...]:
    """What scrolled off between two looks: nothing of the newest that was shown is still there. An old entry that stays on
    top proves nothing."""
    newest_ids = {each.id for each in sorted(state.shown, key=lambda each: each.at)[-NEWEST:]}
    if not found or not newest_ids or newest_ids & {each.id for each in found}:
        return ()
    new = [each.at for each in found if each.id not in {seen.id for seen in (*state.shown, *state.gone)}]
    oldest = min(min(new, default=now), now)
    end = oldest if oldest > since else now  # entries may be dated before they appear
    note = f"the feed shows only {len(found)} entries, and nothing of those that it had before"
    return (Interval(since, end, complete=False, note=note),)


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name, "")
    return value if re.fullmatch("[!-~][ -~]{0,500}", value) else ""


def _called(address: str) -> str:
    """An address without its scheme and what may be secret in it."""
    parts = urlsplit(address)
    return parts.netloc + parts.path.rstrip("/")


def _written(cursor: Cursor) -> str:
    return cursor.model_dump_json(exclude_defaults=True)
