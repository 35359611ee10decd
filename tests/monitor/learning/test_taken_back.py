"""A post that is taken back, through everything that showed it: store, stories, pages, mails that wait, drafts, praise,
held briefs, digest, export, labels, and the bytes of the database."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from fastapi.testclient import TestClient

from alerts.messages import render
from alerts.snap import Service, SnapDrafter, load_playbooks
from monitor.app import brief_message, digest_message
from monitor.commands import transfer
from monitor.errors import ChannelError
from monitor.intake import lookup
from monitor.model import Deleted, Mention, MentionKey
from monitor.notice import Message, Notice, Short
from monitor.paging.notices import notice
from monitor.pipeline import Pipeline
from monitor.rules import Decision, Lead, StoryFacts
from monitor.store import Alert, Contact, Store, Story, Tables
from monitor.stories import Board
from monitor.web.app import create
from monitor.web.links import Links
from monitor.wording.text import quoted
from tests.monitor.commands.test_privacy import in_a_story, story_row, told
from tests.monitor.intake.test_looking import Platform
from tests.monitor.scripted import KEY, NOON, FakeClock, ScriptedChannel, config, mention, one_pass, parts


class Shows:
    """A daemon over a platform, with the real pages, digest and brief, and every place in which words may stand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "test.db")
        self.config = config(folder, rules={"pages_per_shift": 1})
        self.clock = FakeClock()
        self.source = Platform([])
        self.email = Mailbox()
        drafter = SnapDrafter(load_playbooks(), Service(), "Kestrel")
        self.parts = replace(
            parts(self.store, self.config, self.source, email=self.email, clock=self.clock),
            render=render,
            drafter=drafter,
            digest=partial(digest_message, self.config, drafter),
            brief=partial(brief_message, self.config),
        )
        self.pipeline = Pipeline(self.parts)
        self.pipeline.schedule(NOON)

    def tell(self, *told: Mention, **by: float) -> None:
        self.source.mentions += told
        one_pass(self.pipeline, self.store, self.clock.forward(**by or {"minutes": 2}))

    def page(self, alert: int) -> str:
        """What a browser shows of it."""
        links = Links(self.folder / "links.key", "https://snapwatch.example")

        def describe(each: Alert, person: str) -> Notice:
            drafter, link, now = self.parts.drafter, self.parts.link, self.clock.now()
            return notice(self.store.read, each, person, self.config, drafter, link, now)

        app = create(
            self.store, self.clock, links, {"First": "UTC"}, describe, lambda: (True, {}), lambda: b""
        )
        link = links.make(alert, "First") or ""
        return TestClient(app).get(urlsplit(link).path).text

    def words(self) -> str:
        """All that a person could be shown now, but for the mails that went out."""
        read, now = self.store.read, self.clock.now()
        out = io.StringIO()
        transfer.export(self.config, out)
        alerts = read.alerts.active()
        mails = [self.parts.digest(read, "", now + timedelta(days=7)), self.parts.brief(read, NOON)]
        mails += [
            self.parts.render(
                notice(read, each, "First", self.config, self.parts.drafter, self.parts.link, now), Short()
            )
            for each in alerts
        ]
        praise = read.praise.between(NOON, now)
        pages = [self.page(alert.id) for alert in alerts]
        shown = [out.getvalue(), *pages, *(f"{each.title} {each.summary}" for each in stories(self.store))]
        shown += [f"{each.mention.text} {each.mention.author.handle}" for each in praise]
        shown += [each.note for alert in alerts for each in read.alerts.events(alert.id)]
        shown += [f"{mail.subject} {mail.text} {mail.html} {mail.short}" for mail in mails]
        shown += [repr(each) for each in read.labels.all()]
        return "\n".join(shown)


def stories(store: Store) -> list[Story]:
    found = (store.read.stories.get(number) for number in range(1, 20))
    return [each for each in found if each is not None]


@dataclass
class Mailbox(ScriptedChannel):
    bodies: list[str] = field(default_factory=list)

    def send(self, message: Message, address: str, key: str) -> str:
        done = super().send(message, address, key)
        self.bodies.append(f"{message.subject} {message.text} {message.html}")
        return done


@pytest.fixture
def shows(tmp_path: Path) -> Iterator[Shows]:
    made = Shows(tmp_path)
    yield made
    made.store.close()


SECRET = "blue ribbon"
COMPLAINT = mention(
    1, f"Kestrel parcel with the {SECRET} is lost, and nobody answers. It had a {SECRET} on it."
)
ANOTHER = mention(2, "Kestrel parcel is lost, mine too")
URGENT = [
    mention(n, f"{letter} Kestrel is on fire, the {SECRET} is lost") for n, letter in ((3, "B"), (4, "C"))
]
GLAD = mention(5, f"The Kestrel driver is a star, with his {SECRET}")
HELD = mention(6, f"Zounds, Kestrel: my {SECRET} is lost")
ALL = (COMPLAINT, ANOTHER, *URGENT, GLAD, HELD)


def gone(shows: Shows, how: str) -> None:
    """One look after that, nothing says the words any more."""
    told = {each.id for each in ALL if SECRET in each.text}
    if how == "deleted":
        shows.source.gone = told
    elif how == "protected":
        shows.source.hidden = told
    elif how == "edited":
        shows.source.edited = {each.id: each.text.replace(SECRET, "thing") for each in ALL}
    else:
        for each in sorted(told):
            shows.store.write(lambda tables, each=each: tables.mentions.purge(key=MentionKey("x", each)))  # type: ignore[misc]
        return
    for age in lookup.AGES:
        shows.clock.moment = NOON + age
        for job in ("read x", "look x"):
            shows.store.write(lambda tables, job=job: tables.jobs.postpone(job, shows.clock.now()))  # type: ignore[misc]
            shows.pipeline.run_job(job, shows.clock.now())


@pytest.mark.parametrize("how", ["deleted", "protected", "edited", "purged"])
def test_a_post_that_is_taken_back_is_shown_nowhere_and_stands_in_no_file(shows: Shows, how: str) -> None:
    shows.source.counters = {"1": 600, "2": 40, "3": 5, "4": 5, "5": 700, "6": 450}
    shows.tell(*ALL)
    shows.store.write(lambda tables: tables.labels.add(KEY, {"category": "delivery"}, "Ann", NOON))
    shows.store.write(lambda tables: tables.held.add(2, Decision("hold", "cap", "warning", "held"), NOON))
    shows.store.write(lambda tables: tables.held.brief(NOON))
    read = shows.store.read
    title = next(each.title for each in stories(shows.store) if each.id > 1 and SECRET in each.title)
    shows.store.write(lambda tables: tables.alerts.tell(1, f"1 more: {quoted(title)}", NOON))
    assert len(read.alerts.active()) >= 2
    assert read.praise.between(NOON, NOON + timedelta(days=1))
    before = shows.words()
    assert before.count(SECRET) > 10
    assert told(shows.store, SECRET.encode())
    gone(shows, how)
    assert SECRET not in shows.words()
    assert told(shows.store, SECRET.encode()) == set()
    live = {each.id: read.mentions.is_live(each.key) for each in ALL}
    assert live == {each.id: how == "edited" or SECRET not in each.text for each in ALL}
    if how != "purged":
        assert read.mentions.count() == len(ALL)  # tombstones stay
    if how in ("deleted", "protected"):
        assert "user1" not in shows.words().replace("user1@", "")


@pytest.mark.parametrize("how", ["deleted", "edited"])
def test_a_page_that_waits_to_be_sent_tells_nothing_that_was_taken_back(shows: Shows, how: str) -> None:
    shows.email.outcomes = [ChannelError("the server is down")]
    shows.source.counters = {"1": 600}
    shows.tell(COMPLAINT, ANOTHER)
    assert shows.email.bodies == []
    gone(shows, how)
    shows.tell(minutes=20)
    page = next(body for body in shows.email.bodies if "week" not in body[:60])
    assert SECRET not in page
    assert "mine too" in page or "thing" in page


def test_a_digest_that_waits_to_be_sent_is_made_anew(shows: Shows) -> None:
    shows.source.counters = {"1": 600}
    shows.tell(COMPLAINT, ANOTHER)
    shows.store.write(
        lambda tables: tables.outbox.enqueue(
            [Contact("Second", "email", NOON)], digest=NOON + timedelta(days=2)
        )
    )
    shows.email.bodies.clear()
    shows.email.outcomes = [ChannelError("the server is down")]
    shows.tell(minutes=1)
    assert shows.email.bodies == []
    gone(shows, "deleted")
    shows.tell(minutes=20)
    digests = [body for body in shows.email.bodies if "week" in body[:80]]
    assert digests
    assert all(SECRET not in body for body in digests)


def test_a_story_that_was_split_loses_the_title_that_went_with_a_post(store: Store) -> None:
    store.write(in_a_story)
    other = mention(2, "The same happened to me")
    store.write(lambda tables: tables.mentions.add([other], NOON))
    store.write(lambda tables: tables.stories.join(1, other))
    store.write(
        lambda tables: tables.stories.open(mention(1), np.ones(2, dtype=np.float32))
    )  # takes the post along
    assert (story_row(store) or ("", None))[0].endswith("blue ribbon is lost")
    store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    assert told(store, b"blue ribbon") == set()


def test_a_merged_story_is_named_by_the_title_that_it_has_now(store: Store) -> None:
    def work(tables: Tables) -> None:
        in_a_story(tables)
        other = mention(2, "A quite different thing")
        tables.mentions.add([other], NOON)
        stays = tables.stories.open(other, np.ones(2, dtype=np.float32))
        facts = StoryFacts(1, 1, 0, ("x",), 9, None, NOON, Lead(other, None, "reposts"))
        number = tables.alerts.open(stays.id, facts, Decision("page", "crossed", "warning", "why"), NOON)
        tables.alerts.tell(
            number, f"1 more: {quoted('My Kestrel parcel with the blue ribbon is lost')}", NOON
        )
        board = tables.stories.board(Board(NOON, NOON), NOON, NOON)
        one, another = board.get(stays.id), board.get(1)
        assert one is not None
        assert another is not None
        tables.moves.merge(one, another, "they say the same", NOON)

    store.write(work)
    (alert,) = store.read.alerts.active()
    assert alert.changed == "1 more: “A quite different thing”"
    store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    assert told(store, b"blue ribbon") == set()
