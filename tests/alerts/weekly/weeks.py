"""Made-up weeks for the digest for leadership."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

from alerts.weekly.figures import (
    Answer,
    DayVolume,
    DigestData,
    Gap,
    LessonLine,
    PraiseLine,
    Promised,
    SourceVolume,
    Spending,
    StoryLine,
    WeekFigures,
)

START = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = timedelta(days=7)
OPENED = datetime(2026, 11, 18, 9, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def curve(counts: list[int]) -> tuple[tuple[datetime, int], ...]:
    return tuple((OPENED + 30 * step * MINUTE, count) for step, count in enumerate(counts))


def figures(
    mentions: int = 100, complaints: int = 10, first: date = date(2026, 11, 16), **others: object
) -> WeekFigures:
    days = [DayVolume(first + timedelta(days=ahead), 0, 0) for ahead in range(7)]
    days[2] = replace(days[2], mentions=mentions, complaints=complaints)
    values = {"sources": (SourceVolume("x", mentions, complaints),), **others}
    return WeekFigures(tuple(days), **values)  # type: ignore[arg-type]


def answer(
    taken: float | None = 5, replied: float | None = 30, viral: float | None = None, **others: object
) -> Answer:
    """Minutes from the page; the first post was 20 minutes before it."""
    return Answer(
        OPENED - 20 * MINUTE,
        OPENED,
        OPENED + timedelta(hours=2),
        None if taken is None else OPENED + taken * MINUTE,
        None if replied is None else OPENED + replied * MINUTE,
        None if viral is None else OPENED + viral * MINUTE,
        **others,  # type: ignore[arg-type]
    )


def earlier(*mentions: int, share: float = 0.1, **others: object) -> tuple[WeekFigures, ...]:
    """Weeks before, the oldest first."""
    first = date(2026, 11, 16) - len(mentions) * WEEK
    return tuple(
        figures(each, round(each * share), first + place * WEEK, **others)
        for place, each in enumerate(mentions)
    )


STORY = StoryLine(
    title="Parcels marked as delivered that never came",
    severity="critical",
    state="resolved",
    opened_at=OPENED,
    posts=214,
    sources=("x", "reddit"),
    peak_spread=900,
    viral_at=500,
    crossed_at=OPENED + 90 * MINUTE,
    paged_at=OPENED + 20 * MINUTE,
    acknowledged_at=OPENED + 26 * MINUTE,
    acknowledged_by="Sam",
    replied_at=OPENED + 50 * MINUTE,
    curve=curve([3, 40, 310, 560, 900]),
    top_post_url="https://x.example/1",
)
BEFORE = earlier(980, 1010, 1000, 1030, 990, 1005, 1020, 995, stories=2)
DATA = DigestData(
    brand="Acme",
    start=START,
    end=START + WEEK,
    time_zone="Europe/London",
    made_at=START + WEEK + timedelta(hours=8),
    week=figures(
        1200,
        228,
        stories=3,
        viral=1,
        escalations=1,
        categories=(("delivery", 200), ("", 28)),
        answers=(answer(4, 30, 70), answer(7, 200), answer(41, None, urgent=True)),
        promises=(Promised(False), Promised(True)),
        spending=(Spending("x", 12_345, 2000, 61.73, 14.2),),
    ),
    before=BEFORE,
    stories=(
        replace(
            STORY,
            title="Charged twice",
            severity="warning",
            state="open",
            crossed_at=None,
            curve=curve([1, 90]),
        ),
        STORY,
        replace(STORY, title="App logs out", severity="info", crossed_at=None, paged_at=None, curve=()),
    ),
    gaps=(Gap("reddit", OPENED, OPENED + timedelta(hours=3), "Reddit answered 503", "lost"),),
    praise=(PraiseLine("What a <b>star</b>", "ann", "x", 340, "https://x.example/9", "Thank you, @ann!"),),
    open_changes=(LessonLine("Answer before noon", "Charged twice", "Kim", date(2026, 11, 20), late=True),),
    done_changes=(LessonLine("A photo at each door", "Parcels"),),
    link="https://snapwatch.example.com",
)
QUIET = replace(
    DATA, week=figures(1004, 100), stories=(), gaps=(), praise=(), open_changes=(), done_changes=()
)
EMPTY = replace(QUIET, week=figures(0, 0), before=())


class Page(HTMLParser):
    """What a browser would make of it: tags with their attributes, and the text."""

    VOID = ("meta", "img", "br")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[ \t\n]+", " ", " ".join(self.words)).strip()

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]
