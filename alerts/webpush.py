"""Push messages to browsers, on a phone or a desk, without an app: RFC 8030, encrypted as RFC 8291, signed as RFC 8292.

A person's address here is what their browsers gave when they subscribed, as a JSON list; the page for that is the daemon's.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from pydantic import Field, SecretStr, field_validator

from alerts.browsers import public_half, subscriptions, vapid
from monitor.errors import ChannelError
from monitor.intake.outside import wait
from monitor.notice import Message
from monitor.settings import ChannelSettings, Secret
from monitor.wording.text import one_line

LONGEST = 1_500  # characters: push services take 4,096 bytes, encrypted
GONE = (404, 410)
LATER = (408, 429)


class Settings(ChannelSettings):
    vapid_key: Secret = Field(
        description="the key that proves to browsers who sends, such as a file from "
        "`openssl ecparam -name prime256v1 -genkey -noout`; who has subscribed must do so again after a change"
    )
    contact: str = Field(
        pattern=r"^(mailto:[^@\s]+@[^@\s]+|https://\S+)$",
        description="whom a push service may ask about messages, such as mailto:service@example.com",
    )
    keep: int = Field(
        14400,
        ge=60,
        le=2419200,
        description="seconds that a message waits for a phone that is off",
    )
    timeout: float = Field(10, gt=0, le=300, description="seconds to wait for the push service")

    @field_validator("vapid_key")
    @classmethod
    def _usable(cls, value: SecretStr) -> SecretStr:
        try:
            vapid(value.get_secret_value())
        except ValueError:
            raise ValueError(
                "should be an elliptic-curve private key, as PEM or as 32 bytes in Base64, such as from "
                "`openssl ecparam -name prime256v1 -genkey -noout`"
            ) from None
        return value


def build(settings: Settings, name: str, callback: str | None) -> Channel:  # noqa: ARG001
    return Channel(settings, name)


def problem_with(address: str) -> str | None:
    """What is wrong with an address in the configuration, in words: it only says that the person wants push messages."""
    if not re.fullmatch(r"[A-Za-z0-9][\w.@~-]{0,99}", address, re.ASCII):
        return "should be any name, such as sam: browsers are added by the page that `snapwatch device` tells"
    return None


class Outcome(NamedTuple):
    """What became of a message to one browser; no error: it was taken."""

    id: str = ""
    error: str = ""
    permanent: bool = False
    retry_after: float | None = None
    gone: bool = False


class Channel:
    carries: Literal["chat"] = "chat"

    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        self._settings = settings
        self._ended: list[str] = []

    @property
    def public_key(self) -> str:
        """What a browser subscribes with."""
        return public_half(self._settings.vapid_key.get_secret_value())

    def send(self, message: Message, address: str, key: str) -> str:
        """One message to every browser; sent when one push service took it. A repetition of `key` takes the place of what
        is shown or still waits. ChannelError, permanent when every browser has unsubscribed."""
        browsers = subscriptions(address)
        if not browsers:
            raise ChannelError(
                f"{self.name}: no browser has subscribed yet; see `snapwatch device`", permanent=True
            )
        outcomes = [self._push(each, _payload(message, key), key) for each in browsers]
        taken = [each for each in outcomes if not each.error]
        if taken:
            return taken[0].id or key
        worth = [each for each in outcomes if not each.permanent] or outcomes
        waits = [each.retry_after for each in worth if each.retry_after is not None]
        raise ChannelError(
            f"{self.name}: {worth[0].error}",
            permanent=worth[0].permanent,
            retry_after=min(waits, default=None),
        )

    def ended(self) -> list[str]:
        """The endpoints whose push service has said, since this was asked last, that the browser has unsubscribed."""
        ended, self._ended = self._ended, []
        return ended

    def check(self) -> str:
        """Nothing can be proved without a browser; the line says so."""
        return f"the key is right ({self.public_key[:12]}…); only a test page shows whether browsers get it"

    def _push(self, subscription: dict[str, Any], payload: str, key: str) -> Outcome:
        import requests
        from pywebpush import WebPushException, webpush

        settings = self._settings
        topic = base64.urlsafe_b64encode(hashlib.sha256(key.encode("utf-8", "replace")).digest())[
            :32
        ].decode()
        try:
            with requests.Session() as session:
                session.auth = lambda request: request  # or a ~/.netrc would add a password
                session.max_redirects = 0
                session.hooks["response"] = [_leave_body]
                answer = webpush(
                    subscription,
                    payload,
                    vapid_private_key=vapid(settings.vapid_key.get_secret_value()),
                    vapid_claims={"sub": settings.contact},
                    timeout=settings.timeout,
                    ttl=settings.keep,
                    headers={
                        "Urgency": "high",
                        "Topic": topic,
                        "Content-Type": "application/octet-stream",
                    },
                    requests_session=session,
                )
        except WebPushException as error:
            outcome = _refused(error.response)
            if outcome.gone:
                self._ended.append(subscription["endpoint"])
            return outcome
        except requests.RequestException as error:
            return Outcome(error=f"the push service can't be reached ({type(error).__name__})")
        except Exception as error:  # keys that are none, a curve that does not fit
            return Outcome(error=f"a subscription can't be used ({type(error).__name__})", permanent=True)
        return Outcome(one_line(getattr(answer, "headers", {}).get("location", ""), 200))


def _leave_body(response: Any, *_: Any, **__: Any) -> None:
    """A browser names the address: what comes from there may have no end, and nobody needs it."""
    response.close()
    response.raw = io.BytesIO()


def _refused(response: Any) -> Outcome:
    status = getattr(response, "status_code", None)
    if status in GONE:
        text = "every browser has unsubscribed; see `snapwatch device`"
        return Outcome(error=text, permanent=True, gone=True)
    if status is None or (400 <= status < 500 and status not in LATER):
        return Outcome(error=f"the push service refuses the message or the key ({status})", permanent=True)
    after = wait(response.headers.get("retry-after"), datetime.now(UTC))
    return Outcome(error=f"the push service answers {status}", retry_after=after)


def _payload(message: Message, key: str) -> str:
    """Short and masked: a phone shows it while it is locked."""
    title, _, body = message.chat.strip().partition("\n")
    shown = {
        "title": one_line(title or message.short, 120),
        "body": "\n".join(one_line(line, 300) for line in body.splitlines())[:LONGEST],
        "link": message.link,
        "tag": one_line(key, 100),
        "severity": message.severity,
    }
    return json.dumps(shown)
