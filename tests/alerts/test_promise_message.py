"""What is said when a promise to a customer runs out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import sms
from alerts.messages import promise
from monitor.notice import Message, Promise, Short
from monitor.oncall.sections import Person

SINCE = datetime(2026, 11, 1, 13, 2, tzinfo=UTC)
BY = datetime(2026, 11, 1, 15, tzinfo=UTC)
SAM = Person(name="Sam", contacts={}, time_zone="Europe/Berlin")
LINK = "https://watch.example.org/a/12-abcdefghijkl"


def about(**changes: object) -> Promise:
    made: dict[str, object] = {
        "code": "r12", "customer": "@ann", "platform": "X", "words": "I'll write to you again by 3:00 pm GMT on Sunday.",
        "by": BY, "since": SINCE, "owner": "Sam", "url": "https://x.example.org/brand/7", "link": LINK,
    }  # fmt: skip
    return Promise(**(made | changes))  # type: ignore[arg-type]


def forms(message: Message) -> dict[str, str]:
    return {name: getattr(message, name) for name in ("text", "html", "short", "chat", "spoken")}


@pytest.mark.parametrize("minutes", [-30, 30])
def test_who_what_by_when_and_how_to_say_that_it_is_kept(minutes: int) -> None:
    message = promise(about(), SAM, BY + timedelta(minutes=minutes))
    told = forms(message)
    for name in ("text", "html", "short"):
        assert "@ann on X" in told[name]
    for name in ("text", "html", "short", "chat"):
        assert "16:00 CET" in told[name]
        assert "snapwatch kept r12" in told[name]
    for name in ("text", "html", "chat"):
        assert "https://x.example.org/brand/7" in told[name]
    assert "3:00 pm GMT on Sunday" in " ".join(told["text"].split())
    assert "30 minutes" in told["spoken"]
    assert ("RAN OUT" in message.subject) == (minutes > 0)
    assert message.code == ""  # nothing is to be acknowledged
    assert message.link == LINK
    assert sms.is_gsm(message.short)
    assert len(sms.parts(message.short)) == 1


def test_both_pages_of_a_promise_are_one_thread() -> None:
    assert promise(about(), SAM, SINCE).thread == promise(about(), SAM, BY).thread


def test_nobody_is_named_who_is_not_known() -> None:
    message = promise(about(customer="", url=None, link=None), SAM, SINCE)
    assert "Write to the customer on X by" in message.subject


@given(words=st.text(max_size=400), customer=st.text(max_size=80))
def test_whatever_was_said_is_text(words: str, customer: str) -> None:
    hostile = f"{words}<script>alert(1)</script> http://evil.example {{{{ 7*7 }}}}"
    message = promise(about(words=hostile, customer=customer), SAM, SINCE, Short(segments=2))
    assert "<script>" not in message.html
    assert "\n" not in message.subject
    assert "evil.example" not in message.short + message.chat.replace("x.example.org", "") + message.spoken
    assert "snapwatch kept r12" in message.short
    assert len(sms.parts(message.short)) <= 2
