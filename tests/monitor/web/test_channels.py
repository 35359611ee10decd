"""POST /channels/NAME/WHAT: what is heard is done, and nothing of what is not signed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from alerts import twilio
from monitor.clock import RealClock
from monitor.errors import ChannelError, InputError, StoreError
from monitor.ports import Receipt, Said
from monitor.web import bodies
from monitor.web.channels import LARGEST, channels
from tests.monitor.scripted import ScriptedChannel

URL = "https://watch.example.org/snapwatch"
SECRET = "hunter2"


@dataclass
class Called(ScriptedChannel):
    """Trusts whoever says the secret. What it hears is the body; "gone" is a receipt, "nothing" is nothing."""

    urls: list[str] = field(default_factory=list)

    def hear(self, what: str, url: str, headers: Mapping[str, str], body: bytes) -> Said | Receipt | None:
        self.urls.append(url)
        if headers.get("x-secret") != SECRET:
            raise ChannelError("sms: the signature is not right", permanent=True)
        if what != "sms":
            raise InputError(f"nothing is heard at {what!r}")
        text = body.decode()
        if text == "gone":
            return Receipt("id-1", delivered=False, error="gone")
        return None if text == "nothing" else Said("+442079460001", text)

    def answer(self, what: str, heard: Said | Receipt | None, words: str | None) -> tuple[str, str]:
        return "text/xml", f"<{words}>"


class Phone:
    def __init__(self, public_url: str | None = URL) -> None:
        self.channel = Called("sms", "sms")
        self.said: list[tuple[str, str]] = []
        self.receipts: list[Receipt] = []
        self.trouble: Exception | None = None

        def heard(name: str, said: Said, _now: object) -> str | None:
            if self.trouble:
                raise self.trouble
            self.said.append((name, said.text))
            return f"heard {said.text}"

        app = FastAPI()
        known = {"sms": self.channel, "email": ScriptedChannel()}
        app.include_router(channels(known, public_url, heard, self.receipts.append, RealClock()))  # type: ignore[arg-type]
        self.client = TestClient(app)

    def post(self, body: str | bytes, where: str = "sms/sms", **headers: str) -> tuple[int, str]:
        given = {"X-Secret": SECRET, **headers}
        answer = self.client.post(f"/channels/{where}", content=body, headers=given)
        return answer.status_code, answer.text


@pytest.fixture
def phone() -> Phone:
    return Phone()


def test_an_answer_is_heard_and_answered(phone: Phone) -> None:
    assert phone.post("12a") == (200, "<heard 12a>")
    assert phone.said == [("sms", "12a")]


def test_a_receipt_is_written_down(phone: Phone) -> None:
    assert phone.post("gone") == (200, "<None>")
    assert [each.provider_id for each in phone.receipts] == ["id-1"]
    assert phone.post("nothing") == (200, "<None>")
    assert phone.said == []


def test_the_address_is_ours_whatever_the_request_says_of_itself(phone: Phone) -> None:
    phone.post("12a", "sms/sms?code=12&x=%20", Host="evil.example", **{"X-Forwarded-Host": "evil.example"})
    assert phone.channel.urls == [f"{URL}/channels/sms/sms?code=12&x=%20"]


def test_what_is_not_signed_is_refused_and_nothing_of_it_is_said(
    phone: Phone, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = phone.post("12a", **{"X-Secret": "guess-of-a-thief"})
    assert status == 401
    assert "signature" in said
    logged = capsys.readouterr().out
    assert "a call was refused" in logged
    assert "thief" not in logged
    assert SECRET not in logged + said
    assert "12a" not in logged
    assert phone.said == []


def test_what_can_not_be_read_or_found_is_refused(phone: Phone) -> None:
    assert phone.post("12a", "sms/other")[0] == 400
    assert phone.post("12a", "email/sms")[0] == 404
    assert phone.post("12a", "pigeon/sms")[0] == 404
    assert phone.post("12a", "sms")[0] == 404
    assert phone.post("x" * (LARGEST + 1))[0] == 413
    assert phone.post("x" * LARGEST)[0] == 200
    assert phone.client.get("/channels/sms/sms").status_code == 405
    assert Phone(public_url=None).post("12a")[0] == 404


def test_a_busy_store_asks_to_come_again(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    phone.trouble = StoreError("the database is busy")
    answer = phone.client.post("/channels/sms/sms", content="12a", headers={"X-Secret": SECRET})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, bodies.RETRY_AFTER["Retry-After"])
    phone.trouble = None
    monkeypatch.setattr(bodies, "ROOM", 0)
    assert phone.post("12a")[0] == 503


def test_hundreds_that_are_slow_hold_no_answer_up() -> None:
    """Whoever knows the address may open them without a signature."""

    class Request:
        def __init__(self, *waited_for: asyncio.Event) -> None:
            self._waited_for = waited_for

        async def stream(self) -> AsyncIterator[bytes]:
            for each in self._waited_for:
                await each.wait()
            yield b"12a"

    async def work() -> None:
        gate, end = bodies.Gate(LARGEST), asyncio.Event()

        async def done(body: bytes) -> Response:
            return Response(body)

        slow = [asyncio.create_task(gate.take(Request(end), done)) for _ in range(300)]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        assert (await gate.take(Request(), done)).body == b"12a"  # type: ignore[arg-type]
        end.set()
        assert {(await each).status_code for each in slow} == {200}

    asyncio.run(work())


# --- Twilio's own signature, over the whole way ---------------------------------------------------------------------


@pytest.fixture
def twilio_phone(monkeypatch: pytest.MonkeyPatch) -> tuple[TestClient, list[str]]:
    monkeypatch.setenv("TWILIO", "t0ken")
    settings = twilio.Settings.model_validate(
        {
            "type": "twilio",
            "account_sid": "AC" + "a" * 32,
            "auth_token": {"env": "TWILIO"},
            "sender": "+15005550006",
        }
    )
    channel = twilio.build(settings, "sms", f"{URL}/channels/sms")
    said: list[str] = []

    def heard(_name: str, what: Said, _now: object) -> str:
        said.append(f"{what.address} {what.text}")
        return "Alert 12 is yours, Sam."

    app = FastAPI()
    app.include_router(channels({"sms": channel}, URL, heard, lambda _: None, RealClock()))
    return TestClient(app), said


def test_an_sms_by_twilio(twilio_phone: tuple[TestClient, list[str]]) -> None:
    from twilio.request_validator import RequestValidator

    client, said = twilio_phone
    form = {"From": "+442079460001", "Body": "12a", "MessageSid": "SM1", "AccountSid": "AC" + "a" * 32}
    signature = RequestValidator("t0ken").compute_signature(f"{URL}/channels/sms/sms", form)
    answer = client.post("/channels/sms/sms", data=form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200
    assert "Alert 12 is yours, Sam." in answer.text
    assert answer.headers["content-type"].startswith("text/xml")
    assert said == ["+442079460001 12a"]
    forged = client.post(
        "/channels/sms/sms", data=form | {"Body": "13a"}, headers={"X-Twilio-Signature": signature}
    )
    assert forged.status_code == 401
    assert client.post("/channels/sms/sms", data=form).status_code == 401
    assert len(said) == 1
