"""Between the words of the model and what SQLite stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.model import (
    COUNTERS,
    Author,
    Classification,
    Emotion,
    Forecast,
    Mention,
    MentionKey,
    Reading,
    Sentiment,
)

GRADES = ("no explicit reproach", "disapproval", "accusation", "blame")
"""Of severity, as classifiers call them; their scores are evenly spaced from 0 to 1."""
EMOTIONS = tuple(each.name for each in fields(Emotion))


def to_text(at: datetime) -> str:
    """UTC with microseconds: text that sorts as time does."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def to_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def maybe_text(at: datetime | None) -> str | None:
    return None if at is None else to_text(at)


def maybe_time(text: str | None) -> datetime | None:
    return None if text is None else to_time(text)


def mention_name(key: MentionKey) -> str:
    """A key in one word, as the columns that point at a mention hold it."""
    return f"{key.source} {key.id}"


def to_key(name: str) -> MentionKey:
    source, _, id_ = name.partition(" ")
    return MentionKey(source, id_)


def to_blob(vector: Sequence[float] | npt.NDArray[np.float32]) -> bytes | None:
    """Half precision: 384 numbers in 768 bytes; cosines keep three digits."""
    return np.asarray(vector, dtype=np.float16).tobytes() if len(vector) else None


def to_array(blob: bytes) -> npt.NDArray[np.float32]:
    return np.frombuffer(blob, dtype=np.float16).astype(np.float32)


def to_vector(blob: bytes | None) -> tuple[float, ...]:
    return () if blob is None else tuple(np.frombuffer(blob, dtype=np.float16).astype(float).tolist())


def mention_row(mention: Mention) -> dict[str, Any]:
    """The columns of a mention. Written out: `dataclasses.asdict` took half of the time of a poll."""
    author = mention.author
    return {
        "source": mention.source,
        "id": mention.id,
        "author_id": author.id,
        "author_handle": author.handle,
        "author_name": author.name,
        "author_followers": author.followers,
        "text": mention.text,
        "url": mention.url,
        "created_at": to_text(mention.created_at),
        "language": mention.language,
        "in_reply_to": mention.in_reply_to,
        "quoted": mention.quoted,
    }


def mention(row: Mapping[str, Any]) -> Mention:
    return Mention(
        source=row["source"],
        id=row["id"],
        author=Author(row["author_id"], row["author_handle"], row["author_name"], row["author_followers"]),
        text=row["text"],
        url=row["url"],
        created_at=to_time(row["created_at"]),
        language=row["language"],
        in_reply_to=row["in_reply_to"],
        quoted=row["quoted"],
    )


def reading_row(reading: Reading) -> dict[str, Any]:
    counters = {name: getattr(reading, name) for name in COUNTERS}
    return {"source": reading.source, "id": reading.id, "at": to_text(reading.at)} | counters


def reading(row: Mapping[str, Any]) -> Reading:
    return Reading(
        row["source"],
        row["id"],
        to_time(row["at"]),
        row["likes"],
        row["replies"],
        row["reposts"],
        row["quotes"],
        row["views"],
    )


def classification_row(found: Classification) -> dict[str, Any]:
    """The columns of a classification, without those that say of which mention and when."""
    row = {each.name: getattr(found, each.name) for each in fields(found)}
    sentiment, emotion = row.pop("sentiment"), row.pop("emotion")
    emotions = asdict(emotion) if emotion else dict.fromkeys(EMOTIONS)
    return row | asdict(sentiment) | emotions | {"embedding": to_blob(found.embedding)}


def said_row(said: Mapping[str, str]) -> dict[str, Any]:
    """The columns of a classification that people have spoken of, head by head: what they say is certain."""
    row: dict[str, Any] = {}
    for head, label in said.items():
        if head == "sentiment":
            row |= {each.name: float(each.name == label) for each in fields(Sentiment)}
        elif head in ("severity", "category"):
            row[head] = label
        else:
            row[head] = float(label == "yes")
    if "complaint" in said:
        row["measured"] = None  # a person has read it: nothing can be misread for its language
    if "category" in said:
        row["category_score"] = 1.0
    if "severity" in said:
        grade = GRADES.index(said["severity"]) if said["severity"] in GRADES else None
        row["severity_score"] = None if grade is None else grade / (len(GRADES) - 1)
    return row


def classification(row: Mapping[str, Any]) -> Classification:
    return Classification(
        complaint=row["complaint"],
        sentiment=Sentiment(row["negative"], row["neutral"], row["positive"]),
        model=row["model"],
        severity=row["severity"],
        severity_score=row["severity_score"],
        category=row["category"],
        language=row["language"],
        measured=None if row["measured"] is None else bool(row["measured"]),
        sarcasm=row["sarcasm"],
        emotion=None if row["anger"] is None else Emotion(*(row[name] for name in EMOTIONS)),
        offensive=row["offensive"],
        relevance=row["relevance"],
        category_score=row["category_score"],
        embedding=to_vector(row["embedding"]),
    )


def forecast(row: Mapping[str, Any]) -> Forecast:
    return Forecast(
        to_time(row["at"]),
        row["count"],
        row["viral_at"],
        row["p_viral"],
        row["expected"],
        row["low"],
        row["high"],
        maybe_time(row["crosses_at"]),
        row["readings"],
        row["rate"],
        bool(row["sparse"]),
    )


def forecast_row(said: Forecast) -> dict[str, Any]:
    """The columns of a forecast, without those that say of which mention."""
    times = {
        "at": to_text(said.at),
        "crossed_at": to_text(said.at) if said.crossed else None,
        "crosses_at": maybe_text(said.crosses_at),
    }
    return asdict(said) | times | {"sparse": int(said.sparse)}
