"""The guarded session: whatever a server does ends in time, in bounded memory, as an answer or a SourceError."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from monitor.errors import SourceError
from monitor.intake.outside import LONGEST_WAIT, wait
from sources import http
from tests.fake_platforms import Answer, Platform

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HUGE = Answer(200, b"0" * (1 << 20), times=100)
LOOP = Answer(302, {}, {"Location": "/"})


class Fake(Platform):
    hosts = ("api.example.org",)


@pytest.fixture
def fake() -> Iterator[Fake]:
    with Fake() as fake:
        yield fake


def session(fake: Fake) -> http.Session:
    made = http.Session("shop", "the platform")
    fake.mount(made)
    return made


def ask(fake: Fake, *answers: Answer) -> str:
    fake.will(*answers)
    with pytest.raises(SourceError) as caught:
        session(fake).get("https://api.example.org/")
    assert not caught.value.permanent
    return str(caught.value)


def test_an_answer_of_100_mb_is_not_read(fake: Fake) -> None:
    assert ask(fake, HUGE) == "shop: the platform sends more than 16 MB"


def test_nor_is_one_that_unpacks_to_it(fake: Fake) -> None:
    bomb = gzip.compress(b"0" * (100 << 20))
    assert len(bomb) < http.LARGEST
    told = ask(fake, Answer(200, bomb, {"Content-Encoding": "gzip"}))
    assert told == "shop: the platform sends more than 16 MB"


def test_nor_that_of_a_redirect(fake: Fake) -> None:
    told = ask(fake, Answer(302, b"0" * (1 << 20), {"Location": "/"}, times=100))
    assert told == "shop: the platform sends more than 16 MB"


def test_an_answer_that_drips_is_given_up(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "WHOLE", 0.1)
    told = ask(fake, Answer(200, b"0" * http.CHUNK, times=1000, pause=0.01))
    assert told == "shop: the platform takes more than 0.1 seconds to answer"


def test_nor_is_one_that_drips_byte_by_byte_waited_for(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "WHOLE", 0.1)
    told = ask(fake, Answer(200, b"0", times=1000, pause=0.01))
    assert told == "shop: the platform takes more than 0.1 seconds to answer"


def test_redirects_end(fake: Fake) -> None:
    assert ask(fake, *[LOOP] * 9) == "shop: the platform redirects more than 5 times"


def test_a_server_without_the_right_certificate_is_told(fake: Fake) -> None:
    with pytest.raises(SourceError, match=r"can't prove who it is|can't be reached"):
        http.Session("shop", "the platform").get(fake.url.replace("http:", "https:"))


def test_a_page_in_place_of_json_is_a_source_error(fake: Fake) -> None:
    fake.will(Answer(200, b"<html>", {"Content-Type": "text/html; charset=utf-8"}))
    made = session(fake)
    with pytest.raises(SourceError, match=r"can't be read \(it is no JSON: "):
        made.json(made.get("https://api.example.org/"))


def test_brackets_without_end_are_a_source_error(fake: Fake) -> None:
    fake.will(Answer(200, b"[" * 200_000))
    made = session(fake)
    with pytest.raises(SourceError, match="can't be read"):
        made.json(made.get("https://api.example.org/"))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("Sun, 01 Nov 2026 12:02:00 GMT", 120.0),
        ("Sun, 01 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Nov 2099 11:00:00 GMT", LONGEST_WAIT),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert wait(header, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "permanent", "says"),
    [
        (401, True, "credentials"),
        (404, True, "nothing"),
        (429, False, "slow down"),
        (503, False, "answers 503"),
    ],
)
def test_a_status_says_whether_another_try_can_help(
    fake: Fake, status: int, permanent: bool, says: str
) -> None:
    fake.will(Answer(status, b"a secret", {"Retry-After": "7"}))
    made = session(fake)
    error = made.refused(made.get("https://api.example.org/"), NOW)
    assert error.permanent is permanent
    assert says in str(error)
    assert "secret" not in str(error)
    assert error.retry_after == (None if permanent else 7.0)
