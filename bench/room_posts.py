"""What people write in the made-up year of `bench.room_world`: complaints of an issue, talk of the brand, and a few posts
that are hostile (`bench/hostile_posts.toml`), with what a model says of them and how they spread, as rows of the store."""

from __future__ import annotations

import math
import random
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.model import Author, Classification, Emotion, Mention, Reading, Sentiment
from monitor.store import values as stored

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 20, 14, 37, tzinfo=UTC)
"""A Friday afternoon. What is served over such a database begins then."""
VIRAL_AT = 500
SIZE = 384
"""Of an embedding."""
SOURCES = {"x": 0.4, "reddit": 0.2, "bluesky": 0.15, "mastodon": 0.1, "hackernews": 0.05, "reviews": 0.1}
"""How much of the talk is where."""
COMPLAINTS = {
    "delivery": (
        "My {brand} parcel was due {day} and nobody came. {hours} hours at the window for nothing.",
        "{brand} says delivered. It is not here, and the photo shows a door that isn't mine. {place}",
        "Third missed delivery from {brand} this week in {place}. Does anybody work there?",
        "@{handle} where is my parcel? Tracking has said 'out for delivery' since {day}.",
    ),
    "service": (
        "On hold with {brand} for {hours} hours, then the line went dead. Twice.",
        "{brand} chat closed my case without an answer. Again. What is the point?",
        "@{handle} five mails, no reply since {day}. I am done.",
    ),
    "billing": (
        "{brand} charged me twice for one parcel and calls it 'a hold'. It is {hours} days old.",
        "@{handle} why is there a fee of {hours} euros on my account that nobody can explain?",
    ),
    "refund": (
        "Still no refund from {brand}. Promised by {day}. I sent the form three times.",
        "{brand} refuses my refund because the label 'was printed in {place}'. What?",
    ),
    "quality": (
        "Parcel from {brand} arrived crushed, wet and open. Everything in it is broken. Photo from {place}.",
        "The {brand} locker in {place} ate my parcel and shows an error since {day}.",
    ),
    "outage": (
        "{brand} app is down again in {place}. Can't open the locker, can't pay, can't do anything.",
        "Is {brand} down for anyone else? Login loops since {day}.",
    ),
    "privacy": (
        "{brand} sent me the address and phone number of a stranger in {place}. This is a data leak.",
    ),
    "safety": ("The {brand} locker door in {place} fell on my child's hand. It was loose since {day}.",),
    "staff": ("The {brand} driver in {place} shouted at my mother because she was slow. On {day}.",),
}
PLACES = ("Leeds", "Hove", "Cork", "Delft", "Graz", "Porto", "Lyon", "Gent", "Turku", "Brno", "Ghent", "York")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "yesterday", "this morning")


class Posts:
    """By chance, as `chance` is seeded; `hostile` is the share of complaints that are."""

    def __init__(self, chance: random.Random, hostile: float) -> None:
        self._random, self._hostile = chance, hostile
        texts = tomllib.loads((HERE / "brand_day_texts.toml").read_text(encoding="utf-8"))
        lines = [
            line for text in texts.values() if isinstance(text, str) for line in text.strip().splitlines()
        ]
        self._talk = [line.rpartition("|")[2] for line in lines]
        self._posts = tomllib.loads((HERE / "hostile_posts.toml").read_text(encoding="ascii"))["post"]
        self._number = 0

    def complaint(self, category: str, place: str, at: datetime) -> Mention:
        text = self._random.choice(COMPLAINTS[category]).format(
            brand="Kestrel", handle="kestrelparcels", place=place, day=self._random.choice(DAYS),
            hours=self._random.randint(2, 9),
        )  # fmt: skip
        mention = self._mention(text, at)
        return self._made_hostile(mention) if self._random.random() < self._hostile else mention

    def talk(self, at: Callable[[], datetime]) -> Mention:
        """No complaint."""
        text = self._random.choice(self._talk).format(brand="Kestrel", at="@kestrelparcels")
        return self._mention(text.replace("||", "\n"), at())

    def _mention(self, text: str, at: datetime) -> Mention:
        self._number += 1
        source = self._random.choices(list(SOURCES), list(SOURCES.values()))[0]
        who = self._random.randint(1, 60_000)
        author = Author(str(who), f"user{who}", f"User {who}", int(10 ** self._random.uniform(0.5, 4.5)))
        url = f"https://social.example.com/{source}/{self._number}"
        return Mention(source, str(self._number), author, text, url, at, "en")

    def _made_hostile(self, mention: Mention) -> Mention:
        """The same post as somebody would write it who wants to be more than text."""
        post = self._random.choice(self._posts)
        author = replace(mention.author, handle=post.get("handle", "ann_w"), name=post.get("name", ""))
        return replace(mention, text=post["text"] * post.get("repeat", 1), author=author)

    def found(self, complaint: float, category: str, vector: Any) -> Classification:
        negative = min(1.0, complaint * 0.9 + 0.05)
        positive = (1 - negative) * self._random.random()
        severe = stored.GRADES[min(3, int(complaint * 3.2))]
        return Classification(
            complaint=complaint,
            sentiment=Sentiment(negative, 1 - negative - positive, positive),
            model="bundled 1",
            severity=severe,
            severity_score=stored.GRADES.index(severe) / 3,
            category=category,
            language="en",
            measured=True,
            sarcasm=self._random.random() * 0.3,
            emotion=Emotion(negative * 0.8, positive * 0.7, 0.1, 0.1),
            offensive=0.02,
            relevance=0.2 + 0.8 * self._random.random(),
            category_score=0.4 + 0.6 * self._random.random(),
            embedding=tuple(vector.tolist()),
        )

    def insert(self, db: Any, mention: Mention, story: int | None) -> None:
        voice = stored.mention_name(mention.key) if story else None
        row = stored.mention_row(mention) | {
            "seen_at": stored.to_text(mention.created_at + timedelta(minutes=self._random.uniform(1, 9))),
            "story_id": story,
            "state": "done",
            "voice": voice,
            "look_due_at": stored.to_text(NOW + timedelta(days=1)),
        }
        put_row(db, "mentions", row)

    def read(self, db: Any, mention: Mention, spread: int) -> list[tuple[datetime, int]]:
        """Its readings until now, on its way to that spread; what they say, in time order."""
        curve = []
        for minutes in (2, 5, 10, 20, 35, 50, 70, 100, 140, 200) if spread > 2 else (5, 200):
            at = mention.created_at + timedelta(minutes=minutes)
            if at > NOW:
                break
            count = round(spread * (1 - math.exp(-((minutes / 60) ** 1.6))))
            curve.append((at, count))
            reposts, quotes = count - count // 5, count // 5
            reading = Reading(
                mention.source, mention.id, at, count * 3, count // 4, reposts, quotes, count * 90
            )
            put_row(db, "readings", stored.reading_row(reading) | {"early": 0})
        return curve

    def classify(self, db: Any, mention: Mention, found: Classification) -> None:
        row = {"source": mention.source, "id": mention.id, "at": stored.to_text(mention.created_at)}
        put_row(db, "classifications", row | stored.classification_row(found))


def put_row(db: Any, table: str, row: dict[str, Any]) -> int:
    marks = ", ".join("?" for _ in row)
    cursor = db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))  # noqa: S608
    return int(cursor.lastrowid or 0)
