from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts import twilio_call
from alerts.buttons import in_words, wishes
from monitor.errors import ChannelError, InputError
from monitor.notice import Message
from monitor.ports import Asked, CalledBack, Receipt, Said
from tests.contract_channels import HOSTILE, MESSAGE, CalledBackContract, ChannelContract
from tests.fake_twilio import ACCOUNT, SENDER, TOKEN, FakeTwilio, sign, texts

SAM = "+447700900123"
CALLBACK = "https://snapwatch.example/channels/call"
PRESSED = {"AccountSid": ACCOUNT, "CallSid": "CA" + "1" * 32, "Digits": "1", "From": SENDER, "To": SAM}


def settings(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> twilio_call.Settings:
    monkeypatch.setenv("TWILIO_TOKEN", TOKEN)
    values: dict[str, Any] = {
        "type": "twilio_call",
        "account_sid": ACCOUNT,
        "auth_token": {"env": "TWILIO_TOKEN"},
        "caller": SENDER,
    }
    return twilio_call.Settings(**values | changes)


def channel_to(
    fake: FakeTwilio, monkeypatch: pytest.MonkeyPatch, callback: str | None = CALLBACK, **changes: Any
) -> twilio_call.Channel:
    return twilio_call.Channel(settings(monkeypatch, **changes), "call", callback, http_client=fake.client)


class TestTwilioCall(ChannelContract, CalledBackContract):
    address = SAM
    secrets = (TOKEN,)
    what = "pressed"
    url = f"{CALLBACK}/pressed?code=12"
    body = urlencode(PRESSED).encode()
    heard = Said(SAM, "12a")
    signature_header = "X-Twilio-Signature"

    @pytest.fixture(autouse=True)
    def _set_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    @contextmanager
    def _channel(self, *failure: Any) -> Iterator[twilio_call.Channel]:
        with FakeTwilio(failure=failure or None) as self.fake:
            yield channel_to(self.fake, self.monkeypatch)

    def working(self) -> Any:
        return self._channel()

    def refusing(self) -> Any:
        return self._channel(400, 21215, f"not there {TOKEN}", {})

    def ailing(self) -> Any:
        return self._channel(503, 20503, f"Service unavailable\n{TOKEN}", {})

    def received(self) -> list[str]:
        return [words for call in self.fake.sent for words in said(call["Twiml"])]

    def saw_a_repetition(self, received: list[str]) -> None:
        assert len(received) == 2  # the phone rings twice

    def sign(self, url: str, body: bytes, age: int = 0) -> dict[str, str]:
        return sign(url, body)

    def said_back(self, channel: CalledBack, heard: Any, words: str | None) -> list[str]:
        kind, body = channel.answer("pressed", heard, words)
        assert kind == "text/xml"
        return texts(body)


def said(twiml: str) -> list[str]:
    """What a page's TwiML says, which holds nothing else but the wait for a key."""
    response = ElementTree.fromstring(twiml)  # noqa: S314 -- made by ourselves
    assert {each.tag for each in response.iter()} <= {"Response", "Gather", "Say"}
    return [each.text or "" for each in response.iter("Say")]


def test_what_is_asked_of_twilio(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio() as fake:
        sid = channel_to(fake, monkeypatch, language="en-US", ring=25).send(MESSAGE, SAM, "1")
    assert sid.startswith("CA")
    (call,) = fake.sent
    twiml = call.pop("Twiml")
    assert call == {"To": SAM, "From": SENDER, "Timeout": "25", "StatusCallback": f"{CALLBACK}/status"}
    (gather,) = ElementTree.fromstring(twiml)  # noqa: S314 -- made by ourselves
    assert gather.attrib == {
        "action": f"{CALLBACK}/pressed?code=7k2",
        "numDigits": "1",
        "finishOnKey": "",
        "timeout": "10",
    }
    (say,) = gather
    assert say.attrib == {"language": "en-US", "loop": "2"}
    assert say.text == f"{MESSAGE.spoken} Press 1 to acknowledge. Press 2 to snooze for 30 minutes."


def test_without_an_address_for_keys_the_page_is_only_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio() as fake:
        channel_to(fake, monkeypatch, None).send(MESSAGE, SAM, "1")
        channel_to(fake, monkeypatch).send(replace(MESSAGE, code=""), SAM, "2")
        assert "web.public_url" in channel_to(fake, monkeypatch, None).check()
    for call in fake.sent:
        assert "Gather" not in call["Twiml"]
        assert said(call["Twiml"]) == [MESSAGE.spoken]


def test_several_stories_are_acknowledged_at_once_and_not_snoozed(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio() as fake:
        channel_to(fake, monkeypatch).send(replace(MESSAGE, code="aa"), SAM, "1")
    (words,) = said(fake.sent[0]["Twiml"])
    assert words.endswith("Press 1 to acknowledge.")


@given(st.text(max_size=2_000) | st.just("&" * 2_000) | st.just(HOSTILE.spoken))
def test_any_text_is_said_as_text_within_what_twilio_takes(spoken: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        channel = twilio_call.Channel(settings(monkeypatch), "call", CALLBACK)
    twiml = channel._page(replace(MESSAGE, spoken=spoken))
    assert len(twiml) <= 4_000
    (words,) = said(twiml)
    assert words.endswith("Press 2 to snooze for 30 minutes.")


@pytest.mark.parametrize(
    ("code", "digits", "words"),
    [
        ("12", "1", "12a"),
        ("12", "2", "12s"),
        ("12", "3", "12?"),
        ("12", "#", "12?"),
        ("12", "", "12?"),
        ("t3", "1", "t3a"),
        ("aa", "1", "aa"),
        ("aa", "2", "?"),
    ],
)
def test_keys(monkeypatch: pytest.MonkeyPatch, code: str, digits: str, words: str) -> None:
    url, body = f"{CALLBACK}/pressed?code={code}", urlencode(PRESSED | {"Digits": digits}).encode()
    with FakeTwilio() as fake:
        heard = channel_to(fake, monkeypatch).hear("pressed", url, sign(url, body), body)
    assert heard == Said(SAM, words)


@pytest.mark.parametrize("query", ["", "?code=", "?code=12&code=13", "?code=12%0A", "?code=" + "1" * 13])
def test_an_address_without_a_code_is_an_input_error(monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    url, body = f"{CALLBACK}/pressed{query}", urlencode(PRESSED).encode()
    with FakeTwilio() as fake, pytest.raises(InputError):
        channel_to(fake, monkeypatch).hear("pressed", url, sign(url, body), body)


@pytest.mark.parametrize(
    ("status", "receipt"),
    [
        ("queued", None),
        ("ringing", None),
        ("in-progress", None),
        ("completed", Receipt("CA1", delivered=True)),
        ("busy", Receipt("CA1", False, "the phone was busy")),
        ("no-answer", Receipt("CA1", False, "nobody answered the phone")),
        ("failed", Receipt("CA1", False, "the call could not be put through; check the number")),
        ("canceled", Receipt("CA1", False, "the call was cancelled")),
    ],
)
def test_receipts(monkeypatch: pytest.MonkeyPatch, status: str, receipt: Receipt | None) -> None:
    url = f"{CALLBACK}/status"
    body = urlencode({"AccountSid": ACCOUNT, "CallSid": "CA1", "CallStatus": status}).encode()
    with FakeTwilio() as fake:
        channel = channel_to(fake, monkeypatch)
        assert channel.hear("status", url, sign(url, body), body) == receipt
        assert texts(channel.answer("status", receipt, None)[1]) == []


def test_a_caller_of_somebody_else_is_permanent(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio() as fake, pytest.raises(ChannelError, match="21210") as caught:
        channel_to(fake, monkeypatch, caller="+15005550007").send(MESSAGE, SAM, "1")
    assert caught.value.permanent


def test_twilio_can_not_be_asked_what_a_call_was_about(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio() as fake:
        assert not isinstance(channel_to(fake, monkeypatch), Asked)


@pytest.mark.parametrize(
    "changes", [{"caller": "Kestrel"}, {"language": "english"}, {"ring": 0}, {"auth_token": None}]
)
def test_what_the_configuration_may_not_say(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(monkeypatch, **changes)


def test_what_can_be_offered_and_said() -> None:
    assert wishes("12") == ("acknowledge", "snooze")
    assert wishes("aa") == ("acknowledge",)
    assert wishes("") == ()
    assert in_words("12", "ask") == "12?"
    message: Message = MESSAGE
    with pytest.raises(InputError):
        in_words(message.short, "acknowledge")
