"""The whole way over real wires: tweepy and praw read from local platforms, the bundled model classifies, a mail server
with TLS and authentication and a Twilio counterpart receive the page, and a browser's request acknowledges it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from alerts import twilio
from monitor import app, serving
from monitor.config import Config, parse
from monitor.notice import Notice
from monitor.paging.notices import notice
from monitor.parts import Parts
from monitor.pipeline import Pipeline
from monitor.store import Alert, Store
from monitor.web.app import create
from tests import fake_platforms as platforms
from tests import fake_twilio
from tests.fake_smtp import Authority, FakeSmtp
from tests.monitor.scripted import FakeClock, one_pass

MORNING = datetime(2026, 11, 1, 9, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
DUMPED = "@acme my parcel was marked delivered and we found it dumped in a recycling bin. This is outrageous."
JOINED = (
    "acme dumped my parcel in the recycling bin too and marked it delivered. Unacceptable!",
    "Found my acme parcel thrown in a recycling bin, tracking says delivered. Furious.",
    "So acme marks parcels as delivered and dumps them in a recycling container. Disgusting service.",
    "@acme where is my money back? my parcel was in the recycling bin as well, marked delivered",
)
PRAISE = "Big thank you to the @acme driver who carried my parcel upstairs, what a star!"


class World:
    """Everything real but the platforms, the providers and the time."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = FakeClock(MORNING)
        self.x = platforms.FakeX(now=MORNING).start()
        self.reddit = platforms.FakeReddit(now=MORNING).start()
        self.smtp = FakeSmtp(Authority(folder), username="snapwatch", password=PASSWORD).__enter__()
        self.twilio = fake_twilio.FakeTwilio().__enter__()
        for name, secret in {
            "X_TOKEN": platforms.TOKEN,
            "REDDIT_SECRET": platforms.CLIENT_SECRET,
            "SMTP_PASSWORD": PASSWORD,
            "TWILIO_TOKEN": fake_twilio.TOKEN,
        }.items():
            monkeypatch.setenv(name, secret)
        self.config = self._config(folder)
        self.store = Store(self.config.store.path)
        self.parts = self._parts()
        self.pipeline = Pipeline(self.parts)
        self.browser = TestClient(self._web())

    def _config(self, folder: Path) -> Config:
        document = {
            "brand": {"name": "Acme", "handles": ["acme"]},
            "store": {"path": str(folder / "watch.db")},
            "sources": {
                "x": {"type": "x", "bearer_token": {"env": "X_TOKEN"}, "query": "@acme OR acme"},
                "reddit": {
                    "type": "reddit",
                    "client_id": platforms.CLIENT_ID,
                    "client_secret": {"env": "REDDIT_SECRET"},
                    "user_agent": "linux:snapwatch:test (by /u/nobody)",
                    "subreddits": ["acme"],
                    "query": "acme",
                },
            },
            "channels": {
                "email": {
                    "type": "smtp",
                    "host": "localhost",
                    "port": self.smtp.port,
                    "security": "starttls",
                    "username": "snapwatch",
                    "password": {"env": "SMTP_PASSWORD"},
                    "sender": "snapwatch <snapwatch@example.com>",
                    "ca_file": str(self.smtp.authority.ca_file if self.smtp.authority else ""),
                },
                "sms": {
                    "type": "twilio",
                    "account_sid": fake_twilio.ACCOUNT,
                    "auth_token": {"env": "TWILIO_TOKEN"},
                    "sender": fake_twilio.SENDER,
                },
            },
            "people": [
                {"name": "Sam", "contacts": {"email": "sam@example.com", "sms": "+447700900123"}},
                {"name": "Kim", "contacts": {"email": "kim@example.com"}},
            ],
            "oncall": {"order": ["Sam", "Kim"]},
            "digest": {"to": ["Kim"]},
            "web": {"public_url": "https://watch.example.com"},
        }
        return parse(document, "test.toml", folder)

    def _parts(self) -> Parts:
        parts = app.compose(self.config, self.store)
        self.x.mount(parts.sources["x"].session)  # type: ignore[attr-defined]
        self.reddit.mount(parts.sources["reddit"].session)  # type: ignore[attr-defined]
        settings = self.config.channels["sms"]
        assert isinstance(settings, twilio.Settings)
        channels = {**parts.channels, "sms": twilio.Channel(settings, "sms", http_client=self.twilio.client)}
        return replace(parts, channels=channels, clock=self.clock)

    def _web(self) -> object:
        def describe(alert: Alert, person: str) -> Notice:
            parts = self.parts
            return notice(
                self.store.read, alert, person, self.config, parts.drafter, parts.link, self.clock.now()
            )

        return create(
            self.store,
            self.clock,
            serving.links_of(self.config),
            {person.name: person.time_zone for person in self.config.people},
            describe,
            lambda: (True, {}),
            lambda: b"",
        )

    def advance(self, **by: float) -> None:
        """Forward the clock and do everything that is due."""
        now = self.clock.forward(**by)
        self.x.now = self.reddit.now = now
        self.pipeline.schedule(now)
        one_pass(self.pipeline, self.store, now)

    def post(self, text: str, user: str, reposts: int = 0, followers: int = 100) -> dict[str, object]:
        self.x.users[user] = platforms.x_user(user, f"user{user}", followers)
        counters = {
            "retweet_count": reposts,
            "quote_count": 0,
            "reply_count": 1,
            "like_count": 2,
            "impression_count": 90,
        }
        made = platforms.x_post(
            self.clock.now(), text, author_id=user, public_metrics=counters, sequence=len(self.x.posts)
        )
        self.x.posts.append(made)
        return made

    def mail(self, number: int) -> EmailMessage:
        return self.smtp.mails[number].message

    def stop(self) -> None:
        self.store.close()
        self.x.stop()
        self.reddit.stop()
        self.smtp.__exit__()
        self.twilio.__exit__()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(tmp_path, monkeypatch)
    yield made
    made.stop()


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_from_the_first_post_to_the_digest(world: World) -> None:
    world.advance(minutes=1)
    hot = world.post(DUMPED, "1", reposts=4, followers=48_000)
    glad = world.post(PRAISE, "2", reposts=3)
    world.advance(minutes=2)
    assert world.store.read.mentions.count() == 2
    assert world.smtp.mails == []

    for number, text in enumerate(JOINED, start=3):
        world.post(text, str(number))
    thread = platforms.reddit_post(
        world.clock.now(),
        "abc",
        "acme dumped our parcels in a recycling bin and marked them delivered",
        author="neighbour",
    )
    world.reddit.things.append(thread)
    for reposts in (40, 90, 160):
        hot["public_metrics"] |= {"retweet_count": reposts}  # type: ignore[operator]
        world.advance(minutes=6)
        if world.smtp.mails:
            break

    # One story on two platforms, one page: mail and SMS to the first person on call.
    (sent,) = world.smtp.mails
    first = sent.message
    assert first["To"] == "sam@example.com"
    assert sent.encrypted
    assert sent.user == "snapwatch"
    text = body(first, "plain")
    for part in (
        "recycling bin",
        "snapwatch ack 1",
        "I'm Sam",
        "48,000 followers",
        "https://watch.example.com/a/1-",
    ):
        assert part in text
    assert "DRAFT" in text
    assert "<table" in body(first, "html")
    (sms,) = world.twilio.sent
    assert len(sms["Body"]) <= 160
    assert sms["To"] == "+447700900123"
    alert = world.store.read.alerts.get(1)
    assert alert is not None
    assert set(
        world.store.read.stories.volume(alert.story_id, world.clock.now(), timedelta(hours=1)).sources
    ) == {"x", "reddit"}

    # Praise goes viral meanwhile: no page, a line in the digest.
    glad["public_metrics"] |= {"retweet_count": 700}  # type: ignore[operator]

    # Nobody answers: the second person is paged. Then the link of that mail takes it, and it is quiet.
    world.advance(minutes=10)
    escalated = next(sent.message for sent in world.smtp.mails if sent.message["To"] == "kim@example.com")
    link = next(
        line
        for line in body(escalated, "plain").splitlines()
        if line.startswith("https://watch.example.com/a/")
    )
    path = link.removeprefix("https://watch.example.com")
    page = world.browser.get(path).text
    assert "Nobody has it yet" in page
    (seen,) = set(re.findall(r'name="seen" value="([^"]+)"', page))
    assert "You have it since" in world.browser.post(path, data={"action": "acknowledge", "seen": seen}).text
    world.advance(minutes=1)
    assert world.mail(-1)["To"] == "sam@example.com"
    assert "Kim has it since" in body(world.mail(-1), "plain")
    assert "Kim has it" in world.twilio.sent[-1]["Body"]
    mails, texts = len(world.smtp.mails), len(world.twilio.sent)
    for _ in range(4):
        world.advance(minutes=10)
    assert (len(world.smtp.mails), len(world.twilio.sent)) == (mails, texts)

    # Monday: the digest.
    world.advance(days=1)
    digest = world.mail(-1)
    assert digest["To"] == "kim@example.com"
    assert "Acme" in digest["Subject"]
    told = " ".join(body(digest, "plain").split())
    assert "recycling bin" in told
    assert "PRAISE THAT SPREAD" in told
    assert "what a star!” (user2, X): spread 700 so far" in told
    assert "A thank-you to approve: Hello @user2, thank you for telling everybody" in told
    assert "I'm Sam" in told.partition("A thank-you to approve")[2]
    assert not any("what a star" in body(mail.message, "plain") for mail in world.smtp.mails[:-1])


def test_no_secret_lies_in_the_database(world: World) -> None:
    world.post(DUMPED, "1", reposts=300)
    world.advance(minutes=5)
    assert world.smtp.mails
    world.store.close()
    stored = b"".join(path.read_bytes() for path in world.store.path.parent.glob("watch.db*"))
    world.store = Store(world.config.store.path)
    for secret in (PASSWORD, platforms.TOKEN, platforms.CLIENT_SECRET, fake_twilio.TOKEN):
        assert secret.encode() not in stored
    link = str(serving.links_of(world.config).make(1, "Sam"))
    assert link.partition("/a/1-")[2].encode() not in stored


def test_one_platform_down_stops_nothing(world: World) -> None:
    world.reddit.will(*[platforms.Answer(503)] * 20)
    world.post(DUMPED, "1", reposts=300)
    world.advance(minutes=5)
    assert world.smtp.mails
    job = world.store.read.jobs.get("poll reddit search")
    assert job is not None
    assert job.failures == 1
