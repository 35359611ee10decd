"""A local HTTP server that answers as Twilio's documentation says, and an SDK client that talks to it.

The numbers are Twilio's own for test credentials (https://www.twilio.com/docs/iam/test-credentials).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

from twilio.http.http_client import TwilioHttpClient

ACCOUNT = "AC" + "a" * 32
TOKEN = "t0ken-of-the-account"
API_KEY = "SK" + "b" * 32
API_SECRET = "s3cret-of-the-key"
SENDER = "+15005550006"
DATE = "Sun, 22 Nov 2026 03:12:00 +0000"

REFUSED = {
    "+15005550001": (400, 21211, "The 'To' number +15005550001 is not a valid phone number."),
    "+15005550003": (400, 21408, "Permission to send an SMS has not been enabled for the region."),
    "+15005550004": (400, 21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (400, 21614, "'To' number is not a valid mobile number"),
}


@dataclass
class FakeTwilio(AbstractContextManager["FakeTwilio"]):
    """`with FakeTwilio() as twilio: Channel(settings, "sms", http_client=twilio.client); ... twilio.sent`.

    `failure` (status, Twilio's code, message, headers) is what every request gets while it is set.
    """

    failure: tuple[int, int, str, dict[str, str]] | None = None
    account_status: str = "active"
    sms_url: str = "https://snapwatch.example/channels/sms/sms"
    refuses_callbacks: bool = False
    sent: list[dict[str, str]] = field(default_factory=list)
    """The forms of the messages and calls that were asked for."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    """The messages as the API tells of them, the newest first; a test may change and add some."""
    answers: list[tuple[str, str, int, Any]] = field(default_factory=list)
    """Every exchange: method, path, status, body."""

    def __enter__(self) -> FakeTwilio:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fake._serve(self, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                fake._serve(self, dict(parse_qsl(body)))

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def client(self, **options: Any) -> TwilioHttpClient:
        return LocalClient(f"http://127.0.0.1:{self._server.server_port}", **options)

    def _serve(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        path = urlsplit(request.path).path
        status, body, headers = self._answer(request, path, form)
        self.answers.append((request.command, path, status, body))
        content = json.dumps(body).encode()
        request.send_response(status)
        for name, value in {
            **headers,
            "Content-Type": "application/json",
            "Content-Length": len(content),
        }.items():
            request.send_header(name, str(value))
        request.end_headers()
        request.wfile.write(content)

    def _answer(
        self, request: BaseHTTPRequestHandler, path: str, form: dict[str, str]
    ) -> tuple[int, Any, dict[str, str]]:
        if self.failure is not None:
            status, code, message, headers = self.failure
            return status, _problem(status, code, message), headers
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        user = base64.b64decode(given).decode()
        asked = dict(parse_qsl(urlsplit(request.path).query))
        if user not in (f"{ACCOUNT}:{TOKEN}", f"{API_KEY}:{API_SECRET}"):
            return 401, _problem(401, 20003, "Authenticate"), {}
        base = f"/2010-04-01/Accounts/{ACCOUNT}"
        match request.command, path.removeprefix(base):
            case "GET", ".json" if user.startswith(ACCOUNT):
                return 200, self._account(base), {}
            case "GET", "/Messages.json":
                found = [each for each in self.messages if asked.get("To") in (None, each["to"])]
                return 200, {"messages": found, "page": 0, "page_size": 50, "next_page_uri": None}, {}
            case "GET", "/IncomingPhoneNumbers.json":
                number = {
                    "sid": "PN" + "d" * 32,
                    "phone_number": asked["PhoneNumber"],
                    "sms_url": self.sms_url,
                }
                found = [number] if asked["PhoneNumber"] == SENDER else []
                return 200, {"incoming_phone_numbers": found, "page": 0, "next_page_uri": None}, {}
            case "POST", _ if self.refuses_callbacks and "StatusCallback" in form:
                return 400, _problem(400, 21609, "The StatusCallback URL is not a valid URL."), {}
            case "POST", "/Messages.json":
                return self._message(base, form)
            case "POST", "/Calls.json":
                return self._call(base, form)
        return 404, _problem(404, 20404, f"The requested resource {path} was not found"), {}

    def _account(self, base: str) -> dict[str, Any]:
        return {
            "sid": ACCOUNT,
            "owner_account_sid": ACCOUNT,
            "friendly_name": "fake",
            "status": self.account_status,
            "type": "Full",
            "auth_token": TOKEN,
            "date_created": DATE,
            "date_updated": DATE,
            "uri": f"{base}.json",
            "subresource_uris": {"messages": f"{base}/Messages.json"},
        }

    def _message(self, base: str, form: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        if form.get("To") in REFUSED:
            status, code, message = REFUSED[form["To"]]
            return status, _problem(status, code, message), {}
        if "MessagingServiceSid" not in form and form.get("From") != SENDER:
            return 400, _problem(400, 21606, "The 'From' phone number is not a valid SMS-capable number"), {}
        self.sent.append(form)
        sid = f"SM{len(self.sent):032x}"
        self.messages.insert(
            0,
            {
                "account_sid": ACCOUNT,
                "api_version": "2010-04-01",
                "body": form["Body"],
                "date_created": DATE,
                "date_sent": None,
                "date_updated": DATE,
                "direction": "outbound-api",
                "error_code": None,
                "error_message": None,
                "from": form.get("From"),
                "messaging_service_sid": form.get("MessagingServiceSid"),
                "num_media": "0",
                "num_segments": "1",
                "price": None,
                "price_unit": "USD",
                "sid": sid,
                "status": "queued",
                "subresource_uris": {"media": f"{base}/Messages/{sid}/Media.json"},
                "to": form["To"],
                "uri": f"{base}/Messages/{sid}.json",
            },
        )
        return 201, self.messages[0], {}

    def _call(self, base: str, form: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        if form.get("From") != SENDER:
            return 400, _problem(400, 21210, "The source phone number provided is not yet verified"), {}
        self.sent.append(form)
        sid = f"CA{len(self.sent):032x}"
        unknown = (
            "parent_call_sid phone_number_sid start_time end_time duration price answered_by forwarded_from group_sid "
            "caller_name trunk_sid date_created date_updated"
        )
        return (
            201,
            dict.fromkeys(unknown.split())
            | {
                "account_sid": ACCOUNT,
                "api_version": "2010-04-01",
                "direction": "outbound-api",
                "from": form["From"],
                "from_formatted": form["From"],
                "price_unit": "USD",
                "queue_time": "0",
                "sid": sid,
                "status": "queued",
                "subresource_uris": {"events": f"{base}/Calls/{sid}/Events.json"},
                "to": form["To"],
                "to_formatted": form["To"],
                "uri": f"{base}/Calls/{sid}.json",
            },
            {},
        )


def sign(url: str, body: bytes, token: str = TOKEN) -> dict[str, str]:
    """The header with which Twilio sends a form, after https://www.twilio.com/docs/usage/security: the address, then every
    name and value in order of the names."""
    form = sorted(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    text = url + "".join(name + value for name, value in form)
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return {"X-Twilio-Signature": base64.b64encode(digest).decode()}


def texts(twiml: str) -> list[str]:
    """What Twilio would say or send for a TwiML document: the texts of its verbs, which hold no others."""
    response = ElementTree.fromstring(twiml)  # noqa: S314 -- made by ourselves
    assert response.tag == "Response"
    assert {each.tag for each in response} <= {"Message", "Say"}
    assert [len(each) for each in response] == [0] * len(response)
    return [each.text or "" for each in response]


class LocalClient(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's own client with the host of every address replaced: the SDK has no setting for a local server."""

    def __init__(self, base: str, **options: Any) -> None:
        super().__init__(**options)
        self._base = base

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
        parts = urlsplit(url)
        return super().request(method, self._base + parts.path, *args, **options)


def _problem(status: int, code: int, message: str) -> dict[str, Any]:
    return {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
