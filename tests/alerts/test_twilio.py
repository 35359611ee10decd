from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from alerts import twilio
from monitor.errors import ChannelError
from tests.contract_channels import MESSAGE, ChannelContract
from tests.fake_twilio import ACCOUNT, API_KEY, API_SECRET, SENDER, TOKEN, FakeTwilio, LocalClient

SPECIFICATION = (
    Path(__file__).resolve().parents[2].parent / "shared" / "payloads" / "specs" / "twilio_api_v2010.json"
)
SAM = "+447700900123"


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
    return twilio.Channel(settings(monkeypatch, **changes), "sms", http_client=fake.client)


class TestTwilio(ChannelContract):
    address = SAM
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


def test_what_is_sent_and_the_id(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTwilio() as fake:
        sid = channel_to(fake, monkeypatch).send(MESSAGE, SAM, "1")
    assert fake.sent == [{"To": SAM, "From": SENDER, "Body": MESSAGE.short}]
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
        assert channel.check() == f"Twilio accepts the API key for account {ACCOUNT}"
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
    assert str(caught.value) == f"sms: Twilio refused ({code}): {twilio.HINTS[code]}"


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


def test_an_answer_that_is_no_json_is_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    class Portal(LocalClient):
        """A hotel's log-in page, say: 200 and HTML."""

        def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
            answer = super().request(method, url, *args, **options)
            answer.content = "<html>"
            return answer

    with FakeTwilio() as fake:
        base = fake.client()._base
        channel = twilio.Channel(
            settings(monkeypatch), "sms", http_client=lambda **options: Portal(base, **options)
        )
        with pytest.raises(ChannelError, match="can't be read") as caught:
            channel.send(MESSAGE, SAM, "1")
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"account_sid": "AC123"}, "String should match pattern"),
        ({"auth_token": None}, "give either auth_token, or api_key_sid"),
        ({"api_key_sid": API_KEY}, "api_key_sid and api_key_secret belong together"),
        ({"api_key_sid": API_KEY, "api_key_secret": {"env": "TWILIO_SECRET"}}, "give either auth_token, or"),
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
    operations = [
        ("/2010-04-01/Accounts/{Sid}.json", "get"),
        ("/2010-04-01/Accounts/{AccountSid}/Messages.json", "post"),
    ]
    assert len(fake.answers) == len(operations)
    for (path, method), (_, _, status, body) in zip(operations, fake.answers, strict=True):
        operation = specification["paths"][path][method]
        schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
        name = schema["$ref"].rpartition("/")[2]
        known = specification["components"]["schemas"][name]["properties"]
        assert set(body) == set(known)
        jsonschema.validate(body, _nullable({**schema, "components": specification["components"]}))
    sent = specification["paths"][operations[1][0]]["post"]["requestBody"]["content"]
    form = sent["application/x-www-form-urlencoded"]["schema"]
    assert set(fake.sent[0]) <= set(form["properties"])
    jsonschema.validate(fake.sent[0], {**form, "components": specification["components"]})


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


EMULATOR = os.environ.get("SNAPWATCH_TWILIO_EMULATOR")
"""Where `emulate start --service twilio` (npm emulate@0.12.2, Node 22) listens, such as http://localhost:4000."""


@pytest.mark.skipif(EMULATOR is None, reason="SNAPWATCH_TWILIO_EMULATOR is not set")
def test_against_a_server_that_others_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATED_TOKEN", "twilio_test_auth_token")

    def channel(**changes: Any) -> twilio.Channel:
        seeded = {
            "account_sid": "AC" + "0" * 32,
            "auth_token": {"env": "EMULATED_TOKEN"},
            "sender": "+15551234567",
        }
        client = partial(LocalClient, str(EMULATOR))
        return twilio.Channel(settings(monkeypatch, **(seeded | changes)), "sms", http_client=client)

    assert channel().check().endswith("is active")
    assert channel().send(MESSAGE, SAM, "1").startswith("SM")
    for code, wrong in (
        ("20003", channel(auth_token={"env": "TWILIO_TOKEN"})),
        ("21606", channel(sender=SENDER)),
    ):
        with pytest.raises(ChannelError, match=code) as caught:
            wrong.send(MESSAGE, SAM, "1")
        assert caught.value.permanent
