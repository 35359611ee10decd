"""Messages to a program of one's own: a signed POST of JSON, as Standard Webhooks (standardwebhooks.com) has it.

The body's fields are told in docs/channels/webhook.md and stay as they are; further ones may come.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from monitor.errors import ChannelError
from monitor.intake.outside import wait
from monitor.notice import Message
from monitor.settings import ChannelSettings, SigningSecret
from monitor.wording.text import clean

LATER = (408, 425, 429)
"""Of the answers 4xx, those after which another try can help."""
MOVED = (301, 308)


class Settings(ChannelSettings):
    url: str = Field(
        description="where messages are posted, such as https://hooks.example.com/snapwatch; a person's address that "
        "begins with / is added to it"
    )
    secret: SigningSecret = Field(
        description='what requests are signed with: "whsec_" and at least 24 bytes in Base64'
    )
    timeout: float = Field(10, gt=0, le=300, description="seconds to wait for the answer")

    @field_validator("url")
    @classmethod
    def _https(cls, value: str) -> str:
        parts = urlsplit(value)
        if not parts.hostname or parts.query or parts.fragment or parts.username or not value.isprintable():
            raise ValueError("should be an address such as https://hooks.example.com/snapwatch")
        if parts.scheme != "https" and not (
            parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        ):
            raise ValueError("should start with https://, unless the program runs on this machine")
        return value.rstrip("/")


def build(settings: Settings, name: str, callback: str | None) -> Channel:  # noqa: ARG001
    return Channel(settings, name)


def problem_with(address: str) -> str | None:
    """What is wrong with an address, in words."""
    if not re.fullmatch(r"(/(?!\.)[\w.~-]{1,100}){1,8}|[A-Za-z0-9][\w.@~-]{0,99}", address, re.ASCII):
        return "should be a name (sam) or a path to be added to the url (/sam): letters, digits and . _ ~ - @"
    return None


class Channel:
    carries: Literal["chat"] = "chat"

    def __init__(self, settings: Settings, name: str) -> None:
        from standardwebhooks import Webhook

        self.name = name
        self._settings = settings
        self._hook = Webhook(settings.secret.get_secret_value())

    def send(self, message: Message, address: str, key: str) -> str:
        """Post it; `key` is the request's id (webhook-id), the same on every try, by which the other side can tell a
        repetition; it is the id of the message as well."""
        problem = problem_with(address)
        if problem:
            raise ChannelError(f"{self.name}: the address {problem}", permanent=True)
        id, at = re.sub(r"[^\w.:/-]", "_", key, flags=re.ASCII), datetime.now(UTC)
        body = json.dumps(_body(message, address, id), ensure_ascii=False)
        headers = {
            "content-type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._hook.sign(id, at, body),
        }
        path = address if address.startswith("/") else ""
        self._ask("POST", f"{self._settings.url}{path}", data=body.encode(), headers=headers)
        return id

    def check(self) -> str:
        """Ask whether somebody answers; whether messages are taken, only a test page shows."""
        self._ask("OPTIONS", self._settings.url, allow=(400, 500))
        host = urlsplit(self._settings.url).hostname
        return f"{host} answers; only a test page shows whether it takes messages (check --send)"

    def _ask(self, method: str, url: str, allow: tuple[int, int] = (400, 400), **options: Any) -> None:
        """ChannelError for every answer that is no success and not in that range."""
        import requests

        try:
            with requests.Session() as session:
                session.auth = lambda request: request  # or a ~/.netrc would add a password
                answer = session.request(
                    method,
                    url,
                    timeout=self._settings.timeout,
                    allow_redirects=False,
                    stream=True,
                    **options,
                )
                answer.close()
        except requests.RequestException as error:
            # Our own words: a library's hold the address.
            raise ChannelError(f"{self.name}: can't be reached ({type(error).__name__})") from None
        status = answer.status_code
        if 200 <= status < 300 or allow[0] <= status < allow[1]:
            return
        permanent = status in MOVED or (400 <= status < 500 and status not in LATER)
        what = "is somewhere else now: correct the url" if status in MOVED else f"answers {status}"
        after = wait(answer.headers.get("retry-after"), datetime.now(UTC))
        raise ChannelError(f"{self.name}: the program {what}", permanent=permanent, retry_after=after)


def _body(message: Message, address: str, id: str) -> dict[str, Any]:
    """Personal data is masked in these forms of the message; lone surrogates, which JSON can't carry, are gone."""
    return {
        "id": id,
        "at": message.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "to": address,
        "severity": message.severity,
        "text": clean(message.chat),
        "short": clean(message.short),
        "thread": clean(message.thread),
        "code": message.code,
        "link": message.link,
    }
