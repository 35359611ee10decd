"""What signed requests bring, and what unsigned and unreadable ones don't."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from standardwebhooks import Webhook

from monitor.errors import InputError, SourceError
from monitor.exchange import dump, parse_line
from monitor.model import Author, Batch, Deleted, Mention, Reading
from monitor.ports import Receiver
from sources import webhook
from tests.contract_sources import BRAND, JSON, START

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FORMER = "whsec_" + "b2xkLXNlY3JldC1vbGQtc2VjcmV0LW9sZC1zZWNyZXQ="


def source(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> webhook.WebhookSource:
    monkeypatch.setenv("HOOK", SECRET)
    monkeypatch.setenv("OLD", FORMER)
    values = {"type": "webhook", "secret": {"env": "HOOK"}} | changes
    made = webhook.build(webhook.Settings.model_validate(values), "shop", BRAND)
    assert isinstance(made, webhook.WebhookSource)
    return made


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> webhook.WebhookSource:
    return source(monkeypatch)


def signed(body: str, id: str = "msg-1", at: datetime = START, secret: str = SECRET) -> dict[str, str]:
    return {
        "Webhook-Id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": f"v1a,other {Webhook(secret).sign(id, at, body)}",
    }


def send(shop: webhook.WebhookSource, body: Any, id: str = "msg-1") -> Batch:
    text = body if isinstance(body, str) else json.dumps(body)
    return shop.receive(signed(text, id), text.encode(), START)


def test_it_is_told_and_not_polled(shop: webhook.WebhookSource) -> None:
    assert isinstance(shop, Receiver)
    assert (tuple(shop.lanes), shop.about_brand, shop.read_size) == ((), True, 0)
    assert shop.poll("cursor", START) == Batch(cursor="cursor")
    assert shop.check() == "shop: waits for signed requests, POST /hooks/shop"


def test_an_object(shop: webhook.WebhookSource) -> None:
    batch = send(
        shop,
        {
            "id": 4711,
            "title": "Late",
            "text": "Where is it?",
            "author": "ann",
            "url": "https://shop.example/4711",
            "created_at": "2026-11-01T11:00:00+01:00",
            "likes": 2,
            "more": None,
        },
    )
    assert batch.mentions == (
        Mention(
            source="shop",
            id="4711",
            author=Author("ann", "ann", "ann"),
            text="Late\n\nWhere is it?",
            url="https://shop.example/4711",
            created_at=datetime(2026, 11, 1, 10, tzinfo=UTC),
        ),
    )
    assert batch.readings == (Reading("shop", "4711", START, likes=2),)


def test_without_id_and_date_it_is_the_requests_and_now(shop: webhook.WebhookSource) -> None:
    [mention] = send(shop, {"text": "late"}).mentions
    assert (mention.id, mention.created_at) == ("msg-1", START)
    assert [each.id for each in send(shop, [{"text": "late"}, {"text": "lost"}]).mentions] == [
        "msg-1.1",
        "msg-1.2",
    ]


def test_lines_of_the_exchange_format_become_this_sources(shop: webhook.WebhookSource) -> None:
    mention = Mention("x", "9", Author("1", "ann"), "late\u2028again", "", START)
    lines = [dump(mention), "", '{"type": "reading", "id": "9", "at": "2026-11-01T12:00:00Z", "views": 3}']
    lines += ['{"type": "deleted", "id": "8", "at": "2026-11-01T12:00:00Z"}', '{"text": "raw \u2028 text"}']
    batch = send(shop, "\r\n".join(lines))
    assert [(each.source, each.id) for each in batch.mentions] == [("shop", "9"), ("shop", "msg-1.4")]
    assert batch.readings == (Reading("shop", "9", START, views=3),)
    assert batch.deleted == (Deleted("shop", "8", START),)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "the body is empty"),
        ("late", "line 1: not JSON"),
        ('{"text": "a"}\n{"text": ', "line 2: not JSON"),
        ('{"text": "a"}\n{"id": "b"}', "line 2: text is missing"),
        ('[{"text": "a"}, {"text": ""}]', "item 2: text is empty"),
        ("[1]", "item 1: should be a JSON object"),
        ("null", "line 1: should be a JSON object"),
        ('{"text": 7}', "item 1: text must be a string, not a number"),
        ('{"text": "a", "author": {"id": 1}}', "item 1: author must be a string, not an object"),
        ('{"text": "a", "created_at": "yesterday"}', "item 1: created_at is not a date"),
        ('{"text": "\\ud83d"}', "item 1: text holds half of a surrogate pair"),
        ('{"type": "mention", "id": "1"}', "item 1: author is missing"),
        ('{"type": "label", "at": "2026-11-01T12:00:00Z"}', "item 1: a label is not taken here"),
        ("[" * 100_000, "line 1: not JSON"),
    ],
)
def test_what_can_not_be_read_is_told_and_nothing_of_it_kept(
    shop: webhook.WebhookSource, body: str, says: str
) -> None:
    with pytest.raises(InputError, match=f"^{says}"):
        send(shop, body)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,Z2Vzc2Vk é"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "9" * 30},
        {"webhook-timestamp": str(int(START.timestamp()) + 1)},
        {"Webhook-Id": "msg-2"},
        {"Webhook-Id": ""},
    ],
)
def test_what_is_not_signed_is_refused(shop: webhook.WebhookSource, change: dict[str, str]) -> None:
    body = '{"text": "late"}'
    with pytest.raises(SourceError, match="signature") as caught:
        shop.receive(signed(body) | change, body.encode(), START)
    assert caught.value.permanent
    assert SECRET[6:] not in str(caught.value)


def test_another_body_and_bytes_that_are_no_text_are_refused(shop: webhook.WebhookSource) -> None:
    for body in (b'{"text": "lost"}', b"\xff\xfe", b""):
        with pytest.raises(SourceError, match="signature"):
            shop.receive(signed('{"text": "late"}'), body, START)


@pytest.mark.parametrize(("minutes", "right"), [(-6, False), (-5, True), (0, True), (5, True), (6, False)])
def test_a_request_counts_for_five_minutes(shop: webhook.WebhookSource, minutes: int, right: bool) -> None:
    body, at = '{"text": "late"}', START + timedelta(minutes=minutes)
    try:
        found = len(shop.receive(signed(body, at=at), body.encode(), START).mentions)
    except SourceError:
        found = 0
    assert bool(found) is right


def test_two_secrets_count_while_one_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    body = '{"text": "late"}'
    both = source(monkeypatch, old_secret={"env": "OLD"})
    for secret in (SECRET, FORMER):
        assert both.receive(signed(body, secret=secret), body.encode(), START).mentions
    with pytest.raises(SourceError):
        source(monkeypatch).receive(signed(body, secret=FORMER), body.encode(), START)


@given(
    st.lists(JSON, max_size=3)
    | JSON
    | st.dictionaries(st.sampled_from(["text", "type", "id", "likes", "author"]), JSON)
)
def test_whatever_is_signed_is_read_or_refused(body: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        shop = source(patch)
        try:
            batch = send(shop, json.dumps(body))
        except InputError:
            return
    for record in (*batch.mentions, *batch.readings, *batch.deleted):
        assert parse_line(dump(record)) == record


def test_the_secret_is_nowhere(shop: webhook.WebhookSource) -> None:
    assert SECRET[6:] not in repr(shop) + str(vars(shop)) + shop.check()


@pytest.mark.parametrize("secret", ["short", "whsec_c2hvcnQ=", "whsec_ü", "whsec_"])
def test_a_weak_secret_is_refused_and_not_told(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("WEAK", secret)
    with pytest.raises(ValidationError, match="at least 24 random bytes"):
        source(monkeypatch, secret={"env": "WEAK"})
