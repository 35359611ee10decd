"""Scripted ports and a fake clock: the pipeline's world, without network, model or waiting."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import numpy as np

from classifiers import categories
from classifiers.heads import Head
from classifiers.network import Features
from monitor.config import Config, parse
from monitor.errors import ChannelError, SourceError
from monitor.exchange import dump
from monitor.model import (
    Author,
    Batch,
    Classification,
    Emotion,
    Forecast,
    Interval,
    Mention,
    MentionKey,
    Reading,
    Sentiment,
)
from monitor.notice import Alarm, Message, Notice, Promise, Short
from monitor.oncall.calendar import Found
from monitor.oncall.sections import Person
from monitor.parts import Parts
from monitor.pipeline import Pipeline
from monitor.ports import Ask, Source
from monitor.reply import Case, Draft, Drafts, Internal
from monitor.spread import spread
from monitor.store import Store, Tables

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
KEY = MentionKey("x", "1")
"""Of `mention(1)`."""
FOUND = Classification(
    0.9, Sentiment(0.7, 0.2, 0.1), "scripted", severity="blame", severity_score=1.0, category="delivery",
    sarcasm=0.2, relevance=0.8, embedding=(1.0, 0.0),
)  # fmt: skip


class FakeClock:
    def __init__(self, now: datetime = NOON) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> datetime:
        self.moment += timedelta(**by)
        return self.moment


def mention(
    number: int | str, text: str = "My Kestrel parcel is lost", at: datetime = NOON, **more: object
) -> Mention:
    author = Author(f"a{number}", f"user{number}", followers=100)
    return Mention("x", str(number), author, text, f"https://example.org/{number}", at, **more)  # type: ignore[arg-type]


def reading(number: int | str, reposts: int, at: datetime = NOON) -> Reading:
    return Reading("x", str(number), at, reposts=reposts, quotes=0)


class ScriptedSource(Source):
    """Gives out its mentions page by page; the cursor is how many it has given."""

    def __init__(self, mentions: Sequence[Mention] = (), page: int = 2, read_size: int = 100) -> None:
        self.name = "x"
        self.mentions = list(mentions)
        self.page = page
        self.read_size = read_size
        self.counters: dict[str, int] = {}
        self.failures: list[SourceError | Exception] = []
        self.reads: list[tuple[str, ...]] = []

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:
        if self.failures:
            raise self.failures.pop(0)
        start = int(cursor or 0)
        new = [each for each in self.mentions[start : start + self.page] if each.created_at <= now]
        readings = [reading(each.id, self.counters[each.id], now) for each in new if each.id in self.counters]
        more = len(new) == self.page and start + self.page < len(self.mentions)
        covered = () if more else (Interval(now - timedelta(minutes=1), now),)
        return Batch(tuple(new), tuple(readings), (), str(start + len(new)), more, covered)

    def read(self, ids: Sequence[str], now: datetime) -> Batch:
        self.reads.append(tuple(ids))
        return Batch(
            readings=tuple(reading(id_, self.counters[id_], now) for id_ in ids if id_ in self.counters)
        )

    def check(self) -> str:
        return "scripted"


class ScriptedClassifier:
    """Complaints are the texts that hold the word "lost"; issues are told apart by their first letter. A text with
    "kwijt" is Dutch and was not measured; one with "buy" is spam, with "!" angry, with "fire" surely about
    safety and never glad."""

    version = "scripted-1"

    def __init__(self) -> None:
        self.poison: str | None = None

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        if self.poison is not None and any(self.poison in text for text in texts):
            raise ValueError("this text breaks the model")
        results = []
        for text in texts:
            vector = [0.0] * 26
            vector[(ord(text[:1].lower() or "a") - ord("a")) % 26] = 1.0
            complaint = 0.9 if "lost" in text else 0.1
            results.append(
                Classification(
                    complaint,
                    Sentiment(complaint, 1 - complaint, 0.0)
                    if "fire" in text
                    else Sentiment(complaint, 0.0, 1 - complaint),
                    self.version,
                    category="safety" if "fire" in text else "delivery",
                    category_score=1.0 if "fire" in text else 0.5,
                    language="nl" if "kwijt" in text else None,
                    measured=False if "kwijt" in text else None,
                    emotion=Emotion(0.8, 0.1, 0.1, 0.0) if "!" in text else None,
                    relevance=0.01 if "buy" in text else None,
                    embedding=tuple(vector),
                )
            )
        return results


class ScriptedLearner(ScriptedClassifier):
    """Its shipped head knows one word for a complaint, "lost"; its features are which words there are."""

    shipped = "scripted-1"

    def __init__(self) -> None:
        super().__init__()
        self.version = self.shipped
        self.categories = {"delivery": ("parcel late", "driver gone"), "other": ("good day", "nice weather")}
        texts, labels = categories.rows(self.categories)
        self.examples = categories.Rows(self.features(texts).values, labels)
        self.heads: dict[str, Head] = {}

    def features(self, texts: Sequence[str]) -> Features:
        values = np.zeros((len(texts), 32), np.float32)
        for row, text in zip(values, texts, strict=True):
            for word in set(text.lower().split()):
                row[crc32(word.encode()) % 32] = 1
        complaint = np.array([[-1, 1] if "lost" in text else [1, -1] for text in texts], np.float32)
        logits = {"complaint": complaint.reshape(-1, 2), "sarcasm": np.zeros((len(texts), 2), np.float32)}
        logits["sentiment"] = np.zeros((len(texts), 3), np.float32)
        logits["severity"] = np.zeros((len(texts), 4), np.float32)
        return Features(values, logits)

    def use(self, heads: Mapping[str, Head], version: str = "") -> None:
        self.heads = dict(heads)
        self.version = f"{self.shipped}+{version}" if version else self.shipped

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        features, logits = self.features(texts)
        scores = {name: head.probabilities(features, logits.get(name)) for name, head in self.heads.items()}
        found = super().classify(texts)
        if "complaint" in scores:
            pairs = zip(found, scores["complaint"], strict=True)
            found = [replace(each, complaint=float(score[1])) for each, score in pairs]
        if "category" in scores:
            names = [self.heads["category"].labels[place] for place in scores["category"].argmax(1)]
            found = [replace(each, category=name) for each, name in zip(found, names, strict=True)]
        return found


class ScriptedForecaster:
    """The probability is the spread in percent."""

    def forecast(self, asks: Sequence[Ask], now: datetime) -> list[Forecast | None]:
        return [self._one(ask, now) for ask in asks]

    def _one(self, ask: Ask, now: datetime) -> Forecast | None:
        counts = [
            count
            for each in ask.readings
            if each.at <= now and (count := spread(each, ask.measure)) is not None
        ]
        if not counts:
            return None
        count = max(counts)
        p = min(count / 100, 1.0)
        return Forecast(now, count, ask.viral_at, p, float(count), float(count), float(count))


class ScriptedDrafter:
    def drafts(self, case: Case, responder: str, now: datetime) -> Drafts:
        draft = Draft(
            "general", f"{responder} is on it", "s", "n", "a", "p", report_by=now + timedelta(hours=2)
        )
        return Drafts((draft,), may_offer=Internal("a cup of tea"))

    def holding(self, case: Case, responder: str, now: datetime) -> Draft | None:
        return None


@dataclass
class ScriptedChannel:
    """Keeps what it was given; `outcomes` are raised first, one a call."""

    name: str = "email"
    carries: str = "mail"
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    outcomes: list[ChannelError | Exception] = field(default_factory=list)
    file: Path | None = None
    after_send: Callable[[], None] = lambda: None

    def send(self, message: Message, address: str, key: str) -> str:
        if self.outcomes:
            raise self.outcomes.pop(0)
        self.sent.append((address, message.subject, key))
        if self.file is not None:
            with self.file.open("a") as file:
                file.write(json.dumps([address, message.subject, key]) + "\n")
        self.after_send()
        return f"id-{len(self.sent)}"

    def check(self) -> str:
        return "scripted"


def config(folder: Path, **changes: object) -> Config:
    """Two people on call with mail and SMS, one source named x."""
    history = folder / "empty.jsonl"
    history.touch()
    document: dict[str, object] = {
        "brand": {"name": "Kestrel"},
        "store": {"path": str(folder / "test.db")},
        "sources": {
            "x": {"type": "replay", "file": str(history), "measure": "reposts+quotes", "viral_at": 500}
        },
        "channels": {
            "email": {"type": "outbox", "folder": str(folder / "outbox"), "form": "email"},
            "sms": {"type": "outbox", "folder": str(folder / "outbox"), "form": "sms"},
        },
        "classifier": {"type": "bundled"},
        "people": [
            {"name": "First", "contacts": {"email": "first@example.org", "sms": "+442079460001"}},
            {"name": "Second", "contacts": {"email": "second@example.org"}},
        ],
        "oncall": {"order": ["First", "Second"], "escalate_after_minutes": 10, "repeat": 2},
        "digest": {"to": ["Second"]},
    }
    return parse(document | changes, "test.toml", folder)


def fill(store: Store, folder: Path) -> None:
    """Put `mention(1)` into the store, and into the file that its source replays: it sets the clock."""
    (folder / "empty.jsonl").write_text(dump(mention(1)) + "\n", encoding="utf-8")
    store.write(lambda tables: tables.mentions.add([mention(1)], NOON))


def render(notice: Notice, short: Short) -> Message:
    subject = f"{notice.severity}: {notice.reason}" + (f" [{notice.changed}]" if notice.changed else "")
    return Message(subject, notice.title, notice.title, notice.code, f"story-{notice.story_id}", notice.at)


def bundle(notices: Sequence[Notice], short: Short) -> Message:
    pages = [render(each, short) for each in notices]
    subject, codes = " + ".join(page.subject for page in pages), " ".join(page.short for page in pages)
    return Message(subject, "", "", codes, "bundle", notices[0].at)


def alarm(alarm: Alarm, person: Person, at: datetime, short: Short) -> Message:
    subject = f"{'over' if alarm.over_at else 'alarm'} {alarm.what}: {alarm.words}"
    return Message(subject, "", "", subject, f"alarm-{alarm.what}", at)


def promise(promise: Promise, person: Person, at: datetime, short: Short) -> Message:
    state = "ran out" if promise.by <= at else "runs out"
    subject = f"{promise.code} {state} for {person.name}: {promise.customer} on {promise.platform}"
    return Message(subject, promise.words, "", subject, f"promise-{promise.code}", at)


def digest(tables: Tables, group: str, due: datetime) -> Message:
    return Message(f"digest {group}{due:%Y-%m-%d %H:%M}", "", "", "", "digest", due)


def brief(tables: Tables, due: datetime) -> Message:
    told = " | ".join(held.reason for held in tables.held.told(due))
    return Message(f"brief {due:%Y-%m-%d %H:%M}: {told}", "", "", "", "brief", due)


def parts(
    store: Store,
    settings: Config,
    source: ScriptedSource,
    email: ScriptedChannel | None = None,
    sms: ScriptedChannel | None = None,
    clock: FakeClock | None = None,
) -> Parts:
    return Parts(
        store=store,
        config=settings,
        sources={"x": source},
        classifier=ScriptedClassifier(),
        forecaster=ScriptedForecaster(),
        drafter=ScriptedDrafter(),
        channels={"email": email or ScriptedChannel(), "sms": sms or ScriptedChannel("sms", "sms")},  # type: ignore[dict-item]
        render=render,
        bundle=bundle,
        alarm=alarm,
        promise=promise,
        digest=digest,
        brief=brief,
        measure_of=lambda _: ("reposts+quotes", 500),
        refit=lambda _: "",
        calendar=lambda *_: Found([], []),
        link=lambda alert, person: f"https://example.org/a/{alert}/{person}",
        clock=clock or FakeClock(),
        lint=lambda _, __: (),
    )


def one_pass(pipeline: Pipeline, store: Store, now: datetime) -> None:
    """Everything that is due at that moment, in the order of the way."""
    for job in store.read.jobs.due(now):
        pipeline.run_job(job, now)
    while pipeline.classify(now) or pipeline.assess(now):
        pass
    pipeline.escalate(now)
    for lane in sorted(pipeline.lanes_due(now)):
        pipeline.dispatch(lane, now)
