"""All SQL of the project. `Store` is the one door; what is behind it knows nothing of the pipeline.

    store.write(lambda t: (t.mentions.add(...), t.jobs.succeeded(...)))    one transaction: all of it or nothing
    store.read.stories.get(7)                                             what is committed

A second store (PostgreSQL) is another class with `write`, `read` and the same groups of methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from monitor.store.accounts import Account, AccountRole, Accounts, Token, Tokens, Visit, Visits
from monitor.store.alarms import AlarmRow, Alarms
from monitor.store.alerts import Alert, Alerts, AlertState, Event
from monitor.store.authors import Authors, Wrote, spelled
from monitor.store.database import Connections, Database, outdated
from monitor.store.devices import Devices
from monitor.store.drills import Drill, Drills
from monitor.store.gathered import Gathered, Part
from monitor.store.glances import Counted, Glances, Pulse
from monitor.store.heard import Heard
from monitor.store.held import Held, HeldBack
from monitor.store.jobs import Job, Jobs, Meta
from monitor.store.labelling import Among, Answer, Labelling, Place
from monitor.store.labels import OWN, Labelled, Labels, denied
from monitor.store.ledger import Bill, Gap, Hole, Sources, lane_name
from monitor.store.lessons import Kind as LessonKind
from monitor.store.lessons import Lesson, Lessons
from monitor.store.looks import Looks
from monitor.store.mentions import Mentions
from monitor.store.moves import Move, Moves
from monitor.store.outbox import Contact, Kind, Outbox
from monitor.store.outlooks import Outlooks
from monitor.store.past import Past
from monitor.store.praise import Praise, Praised
from monitor.store.replies import Replies, ReplyEvent, ReplyRow
from monitor.store.reports import Beginning, Reports
from monitor.store.rota import Rotas, Stretch
from monitor.store.search import RANKED, Fitting, Search, Shown, View, Wanted
from monitor.store.sending import Delivery, Lane, Sending
from monitor.store.silences import Silences
from monitor.store.situations import Situations
from monitor.store.stories import Platform, Stories, Story
from monitor.store.story_pages import Done, Order, StoryPages, Voice, Which
from monitor.store.thresholds import Threshold, Thresholds
from monitor.store.values import GRADES
from monitor.store.versions import Version, Versions
from monitor.store.voices import Voices
from monitor.store.watched import Watched
from monitor.store.weekly import Weekly

__all__ = [
    "GRADES",
    "OWN",
    "RANKED",
    "Account",
    "AccountRole",
    "AlarmRow",
    "Alert",
    "AlertState",
    "Among",
    "Answer",
    "Beginning",
    "Bill",
    "Contact",
    "Counted",
    "Delivery",
    "Done",
    "Drill",
    "Event",
    "Fitting",
    "Gap",
    "Held",
    "Hole",
    "Job",
    "Kind",
    "Labelled",
    "Lane",
    "Lesson",
    "LessonKind",
    "Move",
    "Order",
    "Part",
    "Place",
    "Platform",
    "Praised",
    "Pulse",
    "ReplyEvent",
    "ReplyRow",
    "Shown",
    "Store",
    "Story",
    "Stretch",
    "Tables",
    "Threshold",
    "Token",
    "Version",
    "View",
    "Visit",
    "Voice",
    "Wanted",
    "Which",
    "Wrote",
    "denied",
    "lane_name",
    "peek",
    "spelled",
]

T = TypeVar("T")


class Tables:
    """The groups of methods, over one connection."""

    def __init__(self, db: Database) -> None:
        self.savepoint = db.savepoint
        """`with tables.savepoint():` undoes alone what the block wrote when it raises."""
        self.mentions = Mentions(db)
        self.stories = Stories(db)
        self.story_pages = StoryPages(db)
        self.glances = Glances(db)
        self.moves = Moves(db)
        self.voices = Voices(db)
        self.alerts = Alerts(db)
        self.outbox = Outbox(db)
        self.outlooks = Outlooks(db)
        self.sending = Sending(db)
        self.alarms = Alarms(db)
        self.drills = Drills(db)
        self.devices = Devices(db)
        self.watched = Watched(db)
        self.gathered = Gathered(db)
        self.held = HeldBack(db)
        self.heard = Heard(db)
        self.replies = Replies(db)
        self.reports = Reports(db)
        self.rota = Rotas(db)
        self.silences = Silences(db)
        self.situations = Situations(db)
        self.praise = Praise(db)
        self.thresholds = Thresholds(db)
        self.jobs = Jobs(db)
        self.sources = Sources(db)
        self.looks = Looks(db)
        self.authors = Authors(db)
        self.weekly = Weekly(db)
        self.labels = Labels(db)
        self.labelling = Labelling(db)
        self.lessons = Lessons(db)
        self.search = Search(db)
        self.heads = Versions(db, "heads")
        self.fits = Versions(db, "fits")
        self.past = Past(db)
        self.meta = Meta(db)
        self.accounts = Accounts(db)
        self.visits = Visits(db)
        self.tokens = Tokens(db)


@contextmanager
def peek(path: Path) -> Iterator[Tables | None]:
    """What is committed in a database, for who must neither make nor change it; None when there is none, or one of a
    former version that nobody has opened since."""
    if not path.exists():
        yield None
        return
    db = Database(path, read_only=True)
    try:
        yield None if outdated(db) else Tables(db)
    finally:
        db.close()


class Store:
    def __init__(self, path: Path) -> None:
        """Open, making or migrating the file as needed. StoreError when that can't be done."""
        self._connections = Connections(path)
        self.path = path

    def write(self, work: Callable[[Tables], T]) -> T:
        """Run `work` in one transaction, on the writer thread: all of it is kept, or nothing and it raises."""
        return self._connections.write(lambda db: work(Tables(db)))

    @property
    def read(self) -> Tables:
        """What is committed, seen from this thread."""
        return Tables(self._connections.reader())

    def close(self) -> None:
        self._connections.close()
