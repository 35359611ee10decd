"""Google Play: the newest reviews of one app, a lane a language. No account.

Google has no interface for them: google-play-scraper knows what its site asks its own server, and where in the answer
everything stands. Only that knowledge is used. The library's own requests have no time-out, and what they can't read
they call an empty page.
"""

from __future__ import annotations

import json
import re
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import Field, field_validator

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from monitor.intake.outside import count_at, text_at
from monitor.model import Author, Batch, Mention
from monitor.ports import Source
from monitor.settings import SourceSettings
from sources import newest
from sources.app_review import Review, brought
from sources.http import HINTS, Session

SIZE = 150  # reviews that Google gives at a time, however many are asked for
OVERLAP = timedelta(days=2)  # reviews are shown after they were checked
PATIENCE = timedelta(minutes=10)  # an empty page is tried again for so long
TOKEN_FOR = timedelta(hours=1)  # after that the gap is begun again from the top

EARLY = "Google Play's list ended before the last poll was reached"
REPEATS = "Google Play's list began to repeat itself"


class Settings(SourceSettings):
    app: str = Field(
        pattern=r"^[A-Za-z]\w*(\.\w+)+$",
        description="the app's id, as in play.google.com/…?id=com.example.parcels",
    )
    languages: tuple[str, ...] = Field(
        ("en-US",), min_length=1, description="what to read, as language and country, such as de-AT"
    )
    lookback_hours: int = Field(168, ge=1, le=8760, description="how far back the first poll goes")
    every: int = Field(600, ge=60)
    measure: str = "likes"

    @field_validator("languages")
    @classmethod
    def _pairs(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.fullmatch(r"[a-z]{2,3}-[A-Z]{2}", value):
                raise ValueError(f"{value!r} is not a language and a country, such as de-AT")
        return tuple(dict.fromkeys(values))


class GooglePlaySource(Source):
    about_brand = True

    def __init__(self, settings: Settings, name: str) -> None:
        from google_play_scraper.constants.element import ElementSpecs
        from google_play_scraper.constants.request import Formats

        # The library's import turns the check of certificates off, for all that urllib asks in this process.
        ssl._create_default_https_context = ssl.create_default_context
        self.name = name
        self.lanes = settings.languages
        self._settings = settings
        self._formats, self._places = Formats, ElementSpecs.Review
        self.session = Session(
            name, "Google Play"
        )  # its cookies, too, say which of Google's servers knows a token

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        """One page of at most 150 reviews of one language."""
        listing = (
            newest.read(self.name, cursor)
            if cursor
            else newest.begin(now - timedelta(hours=self._settings.lookback_hours))
        )
        asked_for = now.timestamp() - listing.started
        if listing.after and asked_for > TOKEN_FOR.total_seconds():
            listing = listing.model_copy(update={"after": None, "newest": 0.0})
        reviews, after = self._page(lane, listing.after, now)
        entries = [each.entry for each in reviews]
        cut = ""
        if not reviews and (listing.after or listing.seen):
            if not listing.after or asked_for < PATIENCE.total_seconds():
                raise self.session.unreadable("an empty page where there were reviews")
            cut = EARLY
        elif listing.after and entries[0].at.timestamp() > listing.reached + OVERLAP.total_seconds():
            cut, after = REPEATS, None
        step = newest.advance(listing, [] if cut else entries, after, now, OVERLAP, cut)
        return brought(self.name, reviews, step, now)

    def reopen(self, lane: str, start: datetime, end: datetime, now: datetime) -> str | None:  # noqa: ARG002
        return newest.again(start, end)

    def leave(self, cursor: str, now: datetime, lane: str = "") -> Batch:  # noqa: ARG002
        listing, covered = newest.leave(newest.read(self.name, cursor), OVERLAP)
        return Batch(cursor=listing.model_dump_json(exclude_defaults=True), covered=covered)

    def check(self) -> str:
        """One page of reviews, and is there such an app at all?"""
        now = datetime.now(UTC)
        counts = [f"{lane}: {len(self._page(lane, None, now)[0])}" for lane in self.lanes]
        language, country = self.lanes[0].split("-")
        response = self.session.get(self._formats.Detail.build(self._settings.app, language, country))
        if response.status_code == 404:
            text = f"Google Play has no app {self._settings.app}"
            raise SourceError(f"{self.name}: {text}", permanent=True)
        if not response.ok:
            raise self.session.refused(response, now, HINTS)
        return f"{self.name}: newest reviews of {self._settings.app}, {', '.join(counts)}; costs nothing"

    def _page(self, lane: str, token: str | None, now: datetime) -> tuple[list[Review], str | None]:
        """The reviews of a page, the newest first, and the token of the next page, if there is one."""
        language, country = lane.split("-")
        body = self._formats.Reviews.build_body(
            self._settings.app, 2, SIZE, "null", "null", quote(token) if token else None
        )
        response = self.session.post(
            self._formats.Reviews.build(language, country),
            data=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        if not response.ok:
            raise self.session.refused(response, now, HINTS)
        if b"PlayGatewayError" in response.content:
            raise SourceError(f"{self.name}: Google Play refuses for the moment")
        try:
            found = json.loads(response.content.decode().split("\n", 1)[1])
            answer = json.loads(found[0][2])
            if not isinstance(answer, list) or (answer and not isinstance(answer[0], list | None)):
                raise TypeError
            items = (answer[0] if answer else None) or []
        except (ValueError, TypeError, IndexError, KeyError, RecursionError):
            raise self.session.unreadable("its reviews are not where they were") from None
        made = [each for item in items if (each := self._review(item))]
        if items and not made:
            raise self.session.unreadable("no review of it is as it should be")
        try:
            after = answer[-2][-1]
        except (IndexError, KeyError, TypeError):
            after = None
        return made, after if isinstance(after, str) and after.isascii() and after.isprintable() else None

    def _review(self, item: Any) -> Review | None:
        found = {key: place.extract_content(item) for key, place in self._places.items()}
        id, score = text_at(found, "reviewId").strip(), count_at(found, "score")
        try:
            at = found["at"].astimezone(UTC)
        except (AttributeError, OverflowError, ValueError):
            return None
        if not id or score is None:
            return None
        name = text_at(found, "userName")
        mention = Mention(
            source=self.name,
            id=id,
            author=Author(id, name, name),  # Google tells no more of a person, who has one review of an app
            text=f"{score} of 5 stars: {text_at(found, 'content')}".removesuffix(": "),
            url=f"https://play.google.com/store/apps/details?id={self._settings.app}&reviewId={quote(id)}",
            created_at=at,
        )
        entry = newest.Entry(newest.key(id, at.isoformat()), at, count_at(found, "thumbsUpCount"))
        return Review(mention, entry)


def build(settings: Settings, name: str, brand: Brand) -> Source:  # noqa: ARG001
    """The source `name`; nothing is asked of Google yet."""
    return GooglePlaySource(settings, name)
