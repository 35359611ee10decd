from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import ValidationError

from alerts import twilio, twilio_call
from alerts.messages import render
from alerts.twilio_account import HINTS, reachable
from monitor.errors import ChannelError, InputError
from monitor.notice import Short
from monitor.ports import Asked, CalledBack, Receipt, Said, Texts
from tests.alerts.notices import CRITICAL, TEST_PAGE, UPDATE
from tests.contract_channels import MESSAGE, CalledBackContract, ChannelContract
from tests.fake_twilio import (
    ACCOUNT,
    API_KEY,
    API_SECRET,
    SENDER,
    TOKEN,
    FakeTwilio,
    LocalClient,
    sign,
    texts,
)

SPECIFICATION = (
    Path(__file__).resolve().parents[2].parent / "shared" / "payloads" / "specs" / "twilio_api_v2010.json"
)
SAM = "+447700900123"
CALLBACK = "https://snapwatch.example/channels/sms"
INBOUND = {
    "AccountSid": ACCOUNT,
    "ApiVersion": "2010-04-01",
    "Body": "12a",
    "From": SAM,
    "MessageSid": "SM" + "1" * 32,
    "NumMedia": "0",
    "To": SENDER,
}
SINCE = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)


def settings(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> twilio.Settings:
    monkeypatch.setenv("TWILIO_TOKEN", TOKEN)
    monkeypatch.setenv("TWILIO_SECRET", API_SECRET)
    values: dict[str, Any] = {
        "type": "twilio",
        "account_sid": ACCOUNT,
        "auth_token": {"env": "TWILIO_TOKEN"},
        "sender": SENDER,
    } | changes
    return twilio.Settings(**{name: value for name, value in values.items() if value is not None})


def channel_to(fake: FakeTwilio, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> twilio.Channel:
    return twilio.Channel(settings(monkeypatch, **changes), "sms", CALLBACK, http_client=fake.client)


def call_settings(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> twilio_call.Settings:
    monkeypatch.setenv("TWILIO_TOKEN", TOKEN)
    values: dict[str, Any] = {
        "type": "twilio_call",
        "account_sid": ACCOUNT,
        "auth_token": {"env": "TWILIO_TOKEN"},
        "caller": SENDER,
    }
    return twilio_call.Settings(**values | changes)


class TestTwilio(ChannelContract, CalledBackContract):
    address = SAM
    what = "sms"
    url = f"{CALLBACK}/sms"
    body = urlencode(INBOUND).encode()
    heard = Said(SAM, "12a")
    signature_header = "X-Twilio-Signature"
    secrets = (TOKEN,)

    @pytest.fixture(autouse=True)
    def _set_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    @contextmanager
    def _channel(self, *failure: Any) -> Iterator[twilio.Channel]:
        with FakeTwilio(failure=failure or None) as self.fake:
            yield channel_to(self.fake, self.monkeypatch)

    def working(self) -> Any:
        return self._channel()

    def refusing(self) -> Any:
        return self._channel(400, 21614, f"no mobile {TOKEN}", {})

    def ailing(self) -> Any:
        return self._channel(503, 20503, f"Service unavailable\n{TOKEN}", {})

    def received(self) -> list[str]:
        return [sms["Body"] for sms in self.fake.sent]

    def saw_a_repetition(self, received: list[str]) -> None:
        assert len(received) == 2  # Twilio can't tell: at least once

    def sign(self, url: str, body: bytes, age: int = 0) -> dict[str, str]:
        return sign(url, body)

    def said_back(self, channel: CalledBack, heard: Any, words: str | None) -> list[str]:
        kind, body = channel.answer("sms", heard, words)
        assert kind == "text/xml"
        return texts(body)


def test_what_is_sent_and_the_id(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio() as fake:
        sid = channel_to(fake, monkeypatch).send(MESSAGE, SAM, "1")
    assert fake.sent == [
        {"To": SAM, "From": SENDER, "Body": MESSAGE.short, "StatusCallback": f"{CALLBACK}/status"}
    ]
    assert sid == "SM" + "0" * 31 + "1"


def test_an_api_key_and_a_messaging_service(monkeypatch: pytest.MonkeyPatch) -> None:
    service = "MG" + "c" * 32
    changes = {
        "auth_token": None,
        "api_key_sid": API_KEY,
        "api_key_secret": {"env": "TWILIO_SECRET"},
        "sender": None,
        "messaging_service_sid": service,
    }
    with FakeTwilio() as fake:
        channel = channel_to(fake, monkeypatch, **changes)
        missing = "no answers and receipts come back: auth_token is not given"
        assert channel.check() == f"Twilio accepts the API key for account {ACCOUNT}; {missing}"
        channel.send(MESSAGE, SAM, "1")
    assert fake.sent == [{"To": SAM, "MessagingServiceSid": service, "Body": MESSAGE.short}]


def test_check_reads_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio() as fake:
        assert channel_to(fake, monkeypatch).check() == f"Twilio account {ACCOUNT} is active"


def test_check_finds_a_suspended_account(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        FakeTwilio(account_status="suspended") as fake,
        pytest.raises(ChannelError, match="is suspended") as caught,
    ):
        channel_to(fake, monkeypatch).check()
    assert caught.value.permanent


def test_wrong_credentials_are_permanent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLD_TOKEN", "the-old-token")
    with FakeTwilio() as fake:
        channel = channel_to(fake, monkeypatch, auth_token={"env": "OLD_TOKEN"})
        for call in (channel.check, lambda: channel.send(MESSAGE, SAM, "1")):
            with pytest.raises(ChannelError, match=r"\(20003\).*auth_token") as caught:
                call()
            assert caught.value.permanent
            assert "the-old-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("number", "code"),
    [("+15005550001", 21211), ("+15005550003", 21408), ("+15005550004", 21610), ("+15005550009", 21614)],
)
def test_a_number_that_can_not_be_reached_is_permanent(
    monkeypatch: pytest.MonkeyPatch, number: str, code: int
) -> None:
    with FakeTwilio() as fake, pytest.raises(ChannelError) as caught:
        channel_to(fake, monkeypatch).send(MESSAGE, number, "1")
    assert caught.value.permanent
    assert str(caught.value) == f"sms: Twilio refused ({code}): {HINTS[code]}"


def test_a_sender_of_somebody_else_is_permanent(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio() as fake, pytest.raises(ChannelError, match="21606") as caught:
        channel_to(fake, monkeypatch, sender="+15005550007").send(MESSAGE, SAM, "1")
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("status", "code", "headers", "retry_after"),
    [
        (429, 20429, {"Retry-After": "7"}, 7.0),
        (429, 20429, {}, None),
        (429, 20429, {"Retry-After": "Sun, 22 Nov 2026 03:20:00 GMT"}, None),
        (500, 20500, {}, None),
        (503, 20503, {"Retry-After": "30"}, 30.0),
        (503, 20503, {"Retry-After": "999999999"}, 86_400.0),
        (503, 20503, {"Retry-After": "9" * 400}, None),
        (408, 0, {}, None),
    ],
)
def test_overload_is_temporary(
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    code: int,
    headers: dict[str, str],
    retry_after: float | None,
) -> None:
    with FakeTwilio(failure=(status, code, "busy", headers)) as fake, pytest.raises(ChannelError) as caught:
        channel_to(fake, monkeypatch).send(MESSAGE, SAM, "1")
    assert not caught.value.permanent
    assert caught.value.retry_after == retry_after


def test_nobody_listens_is_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio() as fake:
        channel = channel_to(fake, monkeypatch)
    with pytest.raises(ChannelError, match="can't be reached") as caught:
        channel.send(MESSAGE, SAM, "1")
    assert not caught.value.permanent


@pytest.mark.parametrize("content", ["<html>", "{}", "[]", "null", '{"sid": ""}', '{"sid": 7}'])
def test_an_answer_that_names_no_message_is_temporary(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    class Portal(LocalClient):
        """A hotel's log-in page, say: 200 and HTML."""

        def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
            answer = super().request(method, url, *args, **options)
            answer.content = content
            return answer

    with FakeTwilio() as fake:
        base = fake.client()._base
        channel = twilio.Channel(
            settings(monkeypatch), "sms", CALLBACK, http_client=lambda **options: Portal(base, **options)
        )
        with pytest.raises(ChannelError, match="can't be read") as caught:
            channel.send(MESSAGE, SAM, "1")
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"account_sid": "AC123"}, "String should match pattern"),
        ({"auth_token": None}, "give auth_token, or api_key_sid"),
        ({"api_key_sid": API_KEY}, "api_key_sid and api_key_secret belong together"),
        ({"segments": 0}, "greater than or equal to 1"),
        ({"sender": None}, "give either sender or messaging_service_sid"),
        ({"messaging_service_sid": "MG" + "c" * 32}, "give either sender or messaging_service_sid"),
        ({"sender": "a name that is too long"}, "String should match pattern"),
        ({"auth_token": TOKEN}, "a secret is never written here"),
    ],
)
def test_what_the_configuration_may_not_say(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(monkeypatch, **changes)
    assert words in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="Twilio's API description is not beside the project")
def test_the_fake_answers_as_the_api_description_says(monkeypatch: pytest.MonkeyPatch) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    specification = json.loads(SPECIFICATION.read_text(encoding="utf-8"))
    with FakeTwilio() as fake:
        channel = channel_to(fake, monkeypatch)
        channel.check()
        channel.send(MESSAGE, SAM, "1")
        twilio_call.Channel(call_settings(monkeypatch), "call", CALLBACK, fake.client).send(MESSAGE, SAM, "1")
    operations = [
        ("/2010-04-01/Accounts/{Sid}.json", "get"),
        ("/2010-04-01/Accounts/{AccountSid}/Messages.json", "post"),
        ("/2010-04-01/Accounts/{AccountSid}/Calls.json", "post"),
    ]
    answers = [each for each in fake.answers if "IncomingPhoneNumbers" not in each[1]]
    for (path, method), (_, _, status, body) in zip(operations, answers, strict=True):
        operation = specification["paths"][path][method]
        schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
        name = schema["$ref"].rpartition("/")[2]
        known = specification["components"]["schemas"][name]["properties"]
        assert set(body) == set(known)
        jsonschema.validate(body, _nullable({**schema, "components": specification["components"]}))
    for (path, _), form in zip(operations[1:], fake.sent, strict=True):
        content = specification["paths"][path]["post"]["requestBody"]["content"]
        schema = content["application/x-www-form-urlencoded"]["schema"]
        assert set(form) <= set(schema["properties"])
        typed: dict[str, Any] = {
            key: int(value) if key == "Timeout" else value for key, value in form.items()
        }
        jsonschema.validate(typed, {**schema, "components": specification["components"]})


def _nullable(schema: Any) -> Any:
    """OpenAPI 3.0 writes `nullable`, JSON Schema a second type."""
    if isinstance(schema, list):
        return [_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _nullable(value) for key, value in schema.items()}
    if plain.get("nullable") is True and isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
    return plain


def test_what_an_sms_may_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio() as fake:
        channel = channel_to(fake, monkeypatch, segments=2, unicode=True)
        assert isinstance(channel, Texts)
        assert channel.short == Short(segments=2, unicode=True, answers=True)
        # Nobody can answer a name; and what nobody can prove to have sent is not believed.
        assert not channel_to(fake, monkeypatch, sender="Kestrel").short.answers
        key = {"auth_token": None, "api_key_sid": API_KEY, "api_key_secret": {"env": "TWILIO_SECRET"}}
        assert not channel_to(fake, monkeypatch, **key).short.answers
        assert channel_to(fake, monkeypatch, **key | {"auth_token": {"env": "TWILIO_TOKEN"}}).short.answers
        assert not twilio.build(settings(monkeypatch), "sms", None).short.answers


@pytest.mark.parametrize(
    ("callback", "is_reachable"),
    [
        (None, False),
        ("https://snapwatch.example.com/channels/sms", True),
        ("http://8.8.8.8:8080/channels/sms", True),
        ("http://localhost:8080/channels/sms", False),
        ("http://127.0.0.1/channels/sms", False),
        ("http://[::1]/channels/sms", False),
        ("http://192.168.1.7/channels/sms", False),
        ("http://snapwatch/channels/sms", False),
        ("https://snap_watch.example.com/channels/sms", False),
        ("https://snapwatch.example.com/channels/my sms", False),
    ],
)
def test_an_address_that_twilio_can_not_reach_is_not_given(callback: str | None, is_reachable: bool) -> None:
    assert reachable(callback) == (callback if is_reachable else None)


def test_a_page_goes_out_though_twilio_does_not_take_our_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio(refuses_callbacks=True) as fake:
        channel_to(fake, monkeypatch).send(MESSAGE, SAM, "1")
    assert fake.sent == [{"To": SAM, "From": SENDER, "Body": MESSAGE.short}]


def test_check_finds_that_answers_go_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio(sms_url="https://demo.twilio.com/welcome/sms/reply/") as fake:
        with pytest.raises(ChannelError, match=f"enter {CALLBACK}/sms") as caught:
            channel_to(fake, monkeypatch).check()
        assert caught.value.permanent
        assert channel_to(fake, monkeypatch, sender="12345").check()  # what can't be looked up is not doubted


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Unsubscribe ", "HELP", "Info", "START", "cancel", "QUIT", "end", "StopAll"]
)
def test_words_that_twilio_answers_are_left_to_it(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    body = urlencode(INBOUND | {"Body": word}).encode()
    url = f"{CALLBACK}/sms"
    with FakeTwilio() as fake:
        assert channel_to(fake, monkeypatch).hear("sms", url, sign(url, body), body) is None


def test_a_request_of_another_account_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    body = urlencode(INBOUND | {"AccountSid": "AC" + "e" * 32}).encode()
    url = f"{CALLBACK}/sms"
    with FakeTwilio() as fake, pytest.raises(InputError, match="another Twilio account"):
        channel_to(fake, monkeypatch).hear("sms", url, sign(url, body), body)


def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    body = urlencode(INBOUND).encode()
    url = "https://snapwatch.example:99999999/channels/sms/sms"
    with FakeTwilio() as fake, pytest.raises(ChannelError, match="signature"):
        channel_to(fake, monkeypatch).hear("sms", url, sign(url, body), body)


@pytest.mark.parametrize(
    ("status", "code", "receipt"),
    [
        ("queued", "", None),
        ("sent", "", None),
        ("delivered", "", Receipt("SM1", delivered=True)),
        ("undelivered", "30005", Receipt("SM1", False, f"undelivered (30005): {HINTS[30005]}", True)),
        ("undelivered", "30003", Receipt("SM1", False, f"undelivered (30003): {HINTS[30003]}", False)),
        (
            "failed",
            "30999",
            Receipt("SM1", False, "failed (30999): see https://www.twilio.com/docs/api/errors/30999", True),
        ),
        ("failed", "", Receipt("SM1", False, "failed", True)),
        ("failed", "<b>", Receipt("SM1", False, "failed", True)),
    ],
)
def test_receipts(monkeypatch: pytest.MonkeyPatch, status: str, code: str, receipt: Receipt | None) -> None:
    form = {"AccountSid": ACCOUNT, "MessageSid": "SM1", "MessageStatus": status} | (
        {"ErrorCode": code} if code else {}
    )
    body, url = urlencode(form).encode(), f"{CALLBACK}/status"
    with FakeTwilio() as fake:
        channel = channel_to(fake, monkeypatch)
        assert channel.hear("status", url, sign(url, body), body) == receipt
        assert texts(channel.answer("status", receipt, None)[1]) == []


def test_an_answer_is_a_few_sms(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio() as fake:
        for unicode, longest in ((False, 459), (True, 201)):
            channel = channel_to(fake, monkeypatch, unicode=unicode)
            (words,) = texts(channel.answer("sms", Said(SAM, "?"), "Łódź is open. " * 200)[1])
            assert words.startswith("Łódź" if unicode else "Lodz")
            assert 150 < len(words) <= longest


def test_what_twilio_took_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    later = replace(MESSAGE, short="CRITICAL: Parcels lost in Leeds. 63 posts in 41 minutes. Ack: 7k2")
    with FakeTwilio() as fake:
        channel = channel_to(fake, monkeypatch)
        assert isinstance(channel, Asked)
        assert channel.taken(MESSAGE, SAM, "1", SINCE) is None
        sid = channel.send(MESSAGE, SAM, "1")
        assert channel.taken(MESSAGE, SAM, "1", SINCE) == sid
        assert (
            channel.taken(MESSAGE, SAM, "1", SINCE + timedelta(milliseconds=800)) == sid
        )  # its clock has whole seconds
        assert channel.taken(later, SAM, "1", SINCE) == sid
        assert channel.taken(MESSAGE, "+447700900456", "1", SINCE) is None
        assert channel.taken(MESSAGE, SAM, "1", SINCE + timedelta(seconds=2)) is None


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"body": f"Sent from your Twilio trial account - {MESSAGE.short}"}, True),
        ({"body": "CRITICAL: other words. Ack: 7k2 https://snapwatch.example/a/x"}, True),
        ({"body": "CRITICAL: other words. Ack: 7k21"}, False),
        ({"body": "CRITICAL: 7k2 is a bus line. Ack: 8"}, False),
        ({"body": "UPDATE: other words. Ack: 7k2"}, False),
        ({"body": ""}, False),
        ({"direction": "inbound"}, False),
        ({"direction": "outbound-reply"}, False),
        ({"status": "undelivered"}, False),
        ({"status": "failed"}, False),
        ({"status": "delivered"}, True),
        ({"date_created": "Sun, 22 Nov 2026 03:11:59 +0000"}, False),
    ],
)
def test_what_counts_as_the_same_sms(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], found: bool
) -> None:
    with FakeTwilio() as fake:
        channel = channel_to(fake, monkeypatch)
        sid = channel.send(MESSAGE, SAM, "1")
        fake.messages[0].update(changes)
        assert channel.taken(MESSAGE, SAM, "1", SINCE) == (sid if found else None)
        without = replace(MESSAGE, code="", short="Sam has it since 03:12 GMT")
        assert channel.taken(without, SAM, "1", SINCE) is None


@pytest.mark.parametrize("short", [Short(), Short(answers=True), Short(3, unicode=True, answers=True)])
def test_pages_made_anew_are_found_by_how_they_ask(monkeypatch: pytest.MonkeyPatch, short: Short) -> None:
    with FakeTwilio() as fake:
        channel = channel_to(fake, monkeypatch)
        for page in (CRITICAL, UPDATE, TEST_PAGE):
            fake.messages.clear()
            sid = channel.send(render(page, short), SAM, "1")
            later = replace(
                page,
                at=page.at + timedelta(minutes=3),
                mentions=131,
                reason="another reason",
                link="https://snapwatch.example/a/b",
            )
            assert channel.taken(render(later, short), SAM, "1", SINCE) == sid
            other = replace(page, code="8")
            assert channel.taken(render(other, short), SAM, "1", SINCE) is None


def test_nobody_can_be_asked_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio(failure=(503, 20503, "down", {})) as fake, pytest.raises(ChannelError) as caught:
        channel_to(fake, monkeypatch).taken(MESSAGE, SAM, "1", SINCE)
    assert not caught.value.permanent
