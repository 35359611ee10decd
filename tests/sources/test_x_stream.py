"""X's filtered stream: the guarded connection over HTTP against a local X."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from monitor.model import Batch
from monitor.ports import Listener
from sources import x, x_stream
from tests.contract_sources import BRAND, START
from tests.fake_platforms import TOKEN, Answer, FakeX, x_post, x_problem, x_user

OURS = "snapwatch brand"
QUERY = "(acme) -is:retweet"


class Heard:
    """Keeps what is heard, and wishes the end after so many batches."""

    def __init__(self, fake: FakeX, until: int) -> None:
        self.batches: list[Batch] = []
        self.stopping = Event()
        self._fake, self._until = fake, until

    def now(self) -> datetime:
        return self._fake.now

    def keep(self, batch: Batch) -> None:
        self.batches.append(batch)
        if len(self.batches) == self._until:
            self.stopping.set()

    @property
    def texts(self) -> list[str]:
        return [mention.text for batch in self.batches for mention in batch.mentions]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeX]:
    monkeypatch.setenv("X_TOKEN", TOKEN)
    with FakeX(now=START) as fake:
        fake.rules = [{"id": "41", "value": QUERY, "tag": OURS}]
        yield fake


def listener(fake: FakeX, brand: Brand = BRAND, query: str | None = "acme") -> x.XListener:
    values = {"type": "x", "bearer_token": {"env": "X_TOKEN"}, "query": query, "stream": True}
    source = x.build(x.Settings.model_validate(values), "brand", brand)
    assert isinstance(source, x.XListener)
    fake.mount(source.session)
    fake.mount(source.stream.session)
    return source


def line(text: str = "acme is late", rule: str = "41", **more: Any) -> bytes:
    post = x_post(START - timedelta(minutes=1), text, **more)
    users = {"users": [x_user()]}
    rules = [{"id": rule, "tag": OURS}]
    return json.dumps({"data": post, "includes": users, "matching_rules": rules}).encode() + b"\r\n"


def listen(fake: FakeX, until: int = 1000, **changes: Any) -> Heard:
    heard = Heard(fake, until)
    listener(fake, **changes).listen(heard.keep, heard.stopping, heard)
    return heard


def refusal(fake: FakeX, *answers: Answer) -> SourceError:
    fake.will(*answers)
    with pytest.raises(SourceError) as caught:
        listen(fake)
    assert TOKEN not in str(caught.value)
    return caught.value


def test_what_is_heard_is_kept_at_once_until_it_is_told_to_stop(fake: FakeX) -> None:
    fake.heard = [b"\r\n", line("acme 1"), b"\r\n", line("acme 2")[:40], line("acme 2")[40:]]
    heard = listen(fake, until=2)  # the stream stays open, silent
    assert heard.texts == ["acme 1", "acme 2"]
    [batch, _] = heard.batches
    assert batch.mentions[0].author.followers == 120
    assert len(batch.readings) == 1
    assert (batch.cursor, batch.covered, batch.more) == (None, (), False)
    assert {each.what.split()[0] for each in batch.billed} == {"post", "author"}
    request = fake.requests[-1]
    assert request.path == "/2/tweets/search/stream"
    assert request.params["tweet.fields"].startswith("created_at,")
    assert request.params["expansions"] == "author_id"


def test_only_a_source_with_a_stream_is_a_listener(fake: FakeX) -> None:
    made = listener(fake)
    assert (made.listens, isinstance(made, Listener)) == (True, True)
    settings = x.Settings.model_validate({"type": "x", "bearer_token": {"env": "X_TOKEN"}})
    assert not x.build(settings, "brand", BRAND).listens


def test_whoever_keeps_what_is_heard_can_end_the_stream(fake: FakeX) -> None:
    def full(_: Batch) -> None:
        raise SourceError("brand: the day's budget is used up")

    fake.heard = [line("acme 1"), line("acme 2")]  # and then it stays open, silent
    heard = Heard(fake, 9)
    with pytest.raises(SourceError, match="budget"):
        listener(fake).listen(full, heard.stopping, heard)


def test_told_to_stop_while_the_stream_is_silent(fake: FakeX) -> None:
    heard = Heard(fake, 1000)

    def stop(_: Any) -> Answer:
        heard.stopping.set()
        return Answer(200, chunks=(), hold=True)

    fake.will(stop)
    listener(fake).listen(heard.keep, heard.stopping, heard)
    assert heard.batches == []


def test_rules_are_ours_alone(fake: FakeX) -> None:
    fake.rules = [
        {"id": "1", "value": "somebody else's", "tag": "other program"},
        {"id": "2", "value": "somebody else's, untagged"},
        {"id": "3", "value": "an old query of ours", "tag": OURS},
        {"id": "4", "value": "of another source", "tag": "snapwatch other"},
    ]
    fake.will(Answer(200, chunks=(line(rule="1"), line("acme, ours", rule="9003"))))
    heard = Heard(fake, 1000)
    with pytest.raises(SourceError, match="ended"):
        listener(fake).listen(heard.keep, heard.stopping, heard)
    assert [rule["id"] for rule in fake.rules] == ["1", "2", "4", "9003"]
    assert fake.rules[-1] == {"id": "9003", "value": QUERY, "tag": OURS}
    assert heard.texts == ["acme, ours"]


def test_rules_that_are_there_are_left_as_they_are(fake: FakeX) -> None:
    fake.rules = [{"id": "5", "value": QUERY, "tag": "somebody else's"}]
    fake.heard = [line(rule="5")]
    assert len(listen(fake, until=1).texts) == 1
    assert [request.method for request in fake.requests] == ["GET", "GET"]


def test_a_rule_that_x_does_not_take_is_told(fake: FakeX) -> None:
    heard = Heard(fake, 1)
    with pytest.raises(SourceError, match="unbalanced") as caught:
        listener(fake, query="acme (").listen(heard.keep, heard.stopping, heard)
    assert caught.value.permanent


def test_a_quote_that_does_not_name_the_brand_is_not_kept(fake: FakeX) -> None:
    fake.rules = []
    fake.heard = [line("look at this", rule="9000"), line("acme, look", rule="9000")]
    heard = listen(fake, until=2, query=None)
    assert heard.texts == ["acme, look"]
    assert [len(batch.readings) for batch in heard.batches] == [0, 1]
    assert all(batch.billed for batch in heard.batches)


def test_a_silent_stream_is_an_error(fake: FakeX, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_stream, "SILENCE", 1.0)
    fake.heard = [line()]
    heard = Heard(fake, 1000)
    with pytest.raises(SourceError, match="silent for 1 seconds") as caught:
        listener(fake).listen(heard.keep, heard.stopping, heard)
    assert not caught.value.permanent
    assert len(heard.texts) == 1


def test_a_stream_that_breaks_or_ends_is_an_error(fake: FakeX) -> None:
    assert "broke off" in str(refusal(fake, Answer(200, chunks=(line(),), cut=True)))
    assert "ended" in str(refusal(fake, Answer(200, chunks=(line(),))))
    assert "reached" in str(refusal(fake, Answer(drop=True)))


def test_a_line_without_an_end_does_not_fill_the_memory(fake: FakeX, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_stream, "LONGEST", 10_000)
    assert "without an end" in str(refusal(fake, Answer(200, chunks=(b"0" * 4096,) * 9, hold=True)))


def test_lines_that_can_not_be_read_are_passed_over(fake: FakeX) -> None:
    odd = [
        b"{\r\n",
        b"[]\r\n",
        b"5\r\n",
        b'{"data": 5}\r\n',
        b'{"data": {"id": "x"}, "matching_rules": 3}\r\n',
    ]
    fake.heard = [*odd, b"\xff\xfe\r\n", b"\r\n", line()]
    assert len(listen(fake, until=1).texts) == 1


def test_an_error_beside_a_post_does_not_end_the_stream(fake: FakeX) -> None:
    problem = x_problem("resource-not-found", "Forbidden", "User has been suspended", parameter="author_id")
    answer = json.loads(line()) | {"errors": [problem]}
    fake.heard = [json.dumps(answer).encode() + b"\r\n"]
    assert len(listen(fake, until=1).texts) == 1


@pytest.mark.parametrize(
    ("said", "words", "retry_after"),
    [
        (
            {
                "errors": [
                    {
                        "title": "operational-disconnect",
                        "disconnect_type": "UpstreamOperationalDisconnect",
                        "detail": "This stream has been disconnected upstream for operational reasons.",
                        "type": "https://api.x.com/2/problems/operational-disconnect",
                    }
                ]
            },
            "operational-disconnect; This stream has been disconnected",
            None,
        ),
        (
            {"errors": [x_problem("usage-capped", "UsageCapExceeded", "Usage cap exceeded")]},
            "allowance",
            3600,
        ),
        ({"title": "ConnectionException", "connection_issue": "TooManyConnections"}, "no further stream", 60),
    ],
)
def test_a_farewell_of_x_is_told(
    fake: FakeX, said: dict[str, Any], words: str, retry_after: float | None
) -> None:
    error = refusal(fake, Answer(200, chunks=(line(), json.dumps(said).encode() + b"\r\n"), hold=True))
    assert words in str(error)
    assert (error.permanent, error.retry_after) == (False, retry_after)


def test_a_second_connection_and_a_rate_limit_are_told_apart(fake: FakeX) -> None:
    body = {
        "title": "ConnectionException",
        "detail": "This stream is currently at the maximum allowed connection limit.",
        "connection_issue": "TooManyConnections",
        "type": "https://api.x.com/2/problems/streaming-connection",
    }
    second = refusal(fake, Answer(429, body))
    assert ("another program" in str(second), second.retry_after) == (True, 60)
    limit = refusal(fake, fake.slow_down(120))
    assert ("slow down" in str(limit), limit.retry_after) == (True, 120)
    assert refusal(fake, Answer(401, {})).permanent


def test_a_refusal_of_100_mb_is_not_read(fake: FakeX) -> None:
    assert "503" in str(refusal(fake, Answer(503, b"0" * (1 << 20), times=100)))
