"""App Store: Apple's public feed of the newest reviews of one app, a lane a country. No account.

Apple shows the newest 500 reviews of a country, in ten pages, and no review by its id. A review that was edited comes to
the top again, with a new time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field, field_validator

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from monitor.intake.outside import object_at, objects_at, text_at, time_at
from monitor.model import Author, Batch, Mention
from monitor.ports import Source
from monitor.settings import SourceSettings
from sources import newest
from sources.app_review import Review, brought
from sources.http import HINTS, Session

PAGES = 10
OVERLAP = timedelta(days=2)  # reviews are shown after they were checked, and pages come from several caches

PATIENCE = 3600.0  # seconds; Apple's feed is empty now and then for a moment

CUT = "Apple shows only the last 500 reviews of a country"
EARLY = "Apple's feed ended before the last poll was reached"


class Settings(SourceSettings):
    app: str = Field(
        pattern=r"^[0-9]{1,12}$", description="the app's number, as in apps.apple.com/…/id310633997"
    )
    countries: tuple[str, ...] = Field(
        ("us",), min_length=1, description="stores to read, by their two letters, such as gb"
    )
    lookback_hours: int = Field(168, ge=1, le=8760, description="how far back the first poll goes")
    every: int = Field(600, ge=60)
    measure: str = "likes"

    @field_validator("countries")
    @classmethod
    def _letters(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.fullmatch(r"[a-z]{2}", value):
                raise ValueError(f"{value!r} is not a country's two small letters, such as gb")
        return tuple(dict.fromkeys(values))


class AppStoreSource(Source):
    about_brand = True

    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        self.lanes = settings.countries
        self._settings = settings
        self.session = Session(name, "Apple")

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        """One page of at most 50 reviews of one country."""
        since = now - timedelta(hours=self._settings.lookback_hours)
        listing = newest.read(self.name, cursor) if cursor else newest.begin(since)
        page = _number(listing.after)
        reviews, last = self._page(lane, page, now)
        early = not reviews and page > 1 and page <= last
        if (not reviews and page == 1 and listing.seen) or (
            early and now.timestamp() - listing.started < PATIENCE
        ):
            text = "an empty page where there were reviews; if it stays, is the app still in this store?"
            raise self.session.unreadable(text)
        after = str(page + 1) if page < min(last, PAGES) and not early else None
        cut = CUT if page >= PAGES else EARLY if early else ""
        entries = [each.entry for each in reviews]
        step = newest.advance(listing, entries, after, now, OVERLAP, cut)
        return brought(self.name, reviews, step, now)

    def reopen(self, lane: str, start: datetime, end: datetime, now: datetime) -> str | None:  # noqa: ARG002
        return newest.again(start, end)

    def leave(self, cursor: str, now: datetime, lane: str = "") -> Batch:  # noqa: ARG002
        listing, covered = newest.leave(newest.read(self.name, cursor), OVERLAP)
        return Batch(cursor=listing.model_dump_json(exclude_defaults=True), covered=covered)

    def check(self) -> str:
        """Is the app in the store of each country?"""
        now, names = datetime.now(UTC), []
        for country in self.lanes:
            answer = self._get("https://itunes.apple.com/lookup", now, id=self._settings.app, country=country)
            found = objects_at(answer, "results")
            if "results" not in answer:
                raise self.session.unreadable("it has no results")
            if not found:
                text = f"the App Store of {country!r} has no app {self._settings.app}"
                raise SourceError(f"{self.name}: {text}", permanent=True)
            names += [text_at(each, "trackName") for each in found[:1]]
        name = "".join(c for c in next(iter(names), "") if c.isprintable())[:80]
        return f"{self.name}: reads the reviews of {name!r} in {', '.join(self.lanes)}; costs nothing"

    def _page(self, country: str, page: int, now: datetime) -> tuple[list[Review], int]:
        """The reviews of a page, the newest first, and the number of the last page, where Apple names it."""
        path = f"{country}/rss/customerreviews/page={page}/id={self._settings.app}/sortby=mostrecent/json"
        answer = self._get(f"https://itunes.apple.com/{path}", now)
        feed = object_at(answer, "feed")
        if not feed:
            raise self.session.unreadable("it has no feed")
        if isinstance(feed.get("entry"), dict):  # a list of one
            feed["entry"] = [feed["entry"]]
        entries = objects_at(feed, "entry")
        links = (object_at(link, "attributes") for link in objects_at(feed, "link"))
        last = [text_at(each, "href") for each in links if each.get("rel") == "last"]
        found = re.search(r"/page=([0-9]{1,3})/", "".join(last))
        made = [each for entry in entries if (each := self._review(entry, country))]
        if not made and any("im:rating" in entry for entry in entries):
            raise self.session.unreadable("no review of it is as it should be")
        return made, int(found[1]) if found else PAGES

    def _review(self, entry: dict[str, Any], country: str) -> Review | None:
        """None for what is no review, such as the app itself, which older feeds begin with."""
        id, at = _label(entry, "id").strip(), time_at(object_at(entry, "updated"), "label")
        rating = _label(entry, "im:rating")
        if not id or at is None or not re.fullmatch("[1-5]", rating):
            return None
        author = object_at(entry, "author")
        name = _label(author, "name")
        number = re.search(r"/id([0-9]{1,20})$", _label(author, "uri"))
        votes = _label(entry, "im:voteSum")
        head = f"{rating} of 5 stars: {_label(entry, 'title')}".removesuffix(": ")
        mention = Mention(
            source=self.name,
            id=id,
            author=Author(number[1] if number else name, name, name),
            text="\n\n".join(filter(None, (head, _label(entry, "content")))),
            url=f"https://apps.apple.com/{country}/app/id{self._settings.app}?see-all=reviews",
            created_at=at,
        )
        count = int(votes) if re.fullmatch("[0-9]{1,9}", votes, re.ASCII) else None
        return Review(mention, newest.Entry(newest.key(id, at.isoformat()), at, count))

    def _get(self, url: str, now: datetime, **params: str) -> dict[str, Any]:
        response = self.session.get(url, params=params)
        if not response.ok:
            raise self.session.refused(response, now, HINTS)
        answer = self.session.json(response)
        if not isinstance(answer, dict):
            raise self.session.unreadable("it is no object")
        return answer


def _number(after: str | None) -> int:
    return int(after) if after and re.fullmatch("[0-9]{1,2}", after, re.ASCII) else 1


def _label(data: dict[str, Any], key: str) -> str:
    return text_at(object_at(data, key), "label")


def build(settings: Settings, name: str, brand: Brand) -> Source:  # noqa: ARG001
    """The source `name`; nothing is asked of Apple yet."""
    return AppStoreSource(settings, name)
