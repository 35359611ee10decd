"""Webhook: mentions that another program sends, signed as Standard Webhooks (standardwebhooks.com) has it.

A request is kept whole or not at all. Sent again, it changes nothing: what it holds has the same ids.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field

from monitor.errors import InputError, SourceError
from monitor.exchange import Label, parse_line, string
from monitor.intake.brand import Brand
from monitor.model import Batch, Deleted, Mention, Reading, Record
from monitor.ports import Source
from monitor.settings import SigningSecret, SourceSettings
from sources import plain

TOLERANCE = timedelta(minutes=5)

_REFUSED = (
    "the signature is not right: check the secret, the clock, and that the body is sent as it was signed"
)
_moment = plain.moment_in(ZoneInfo("UTC"))


class Settings(SourceSettings):
    secret: SigningSecret = Field(
        description='what requests are signed with: "whsec_" and at least 24 bytes in Base64'
    )
    old_secret: SigningSecret | None = Field(
        None, description="the former secret, while senders change to the new one"
    )
    measure: str = "likes"


class WebhookSource(Source):
    lanes = ()
    about_brand = True

    def __init__(self, settings: Settings, name: str) -> None:
        from standardwebhooks import Webhook

        self.name = name
        secrets = [settings.secret, settings.old_secret]
        self._hooks = [Webhook(secret.get_secret_value()) for secret in secrets if secret]

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:  # noqa: ARG002
        """Nothing: it is told."""
        return Batch(cursor=cursor)

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Batch:
        """The mentions, readings and deletions of a signed request, as this source's."""
        id = self._verified({name.lower(): value for name, value in headers.items()}, body, now)
        items = list(_items(body))
        records: list[Record] = []
        for number, (where, item) in enumerate(items, start=1):
            own = id if len(items) == 1 else f"{id}.{number}"
            try:
                records += self._records(item, own, now)
            except InputError as error:
                raise InputError(f"{where}: {error}") from None
        return Batch(
            mentions=tuple(each for each in records if isinstance(each, Mention)),
            readings=tuple(each for each in records if isinstance(each, Reading)),
            deleted=tuple(each for each in records if isinstance(each, Deleted)),
        )

    def check(self) -> str:
        return f"{self.name}: waits for signed requests, POST /hooks/{self.name}"

    def _verified(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """The request's id, once its signature and time are right."""
        id, said = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        given = [each.encode(errors="replace") for each in headers.get("webhook-signature", "").split()]
        try:
            at, text = datetime.fromtimestamp(int(said), UTC), body.decode()
        except (ValueError, OverflowError, OSError):
            at, text = None, ""
        if id and at and abs(now - at) <= TOLERANCE:
            right = [hook.sign(id, at, text).encode() for hook in self._hooks]
            if any(hmac.compare_digest(one, other) for one in right for other in given):
                return id
        raise SourceError(f"{self.name}: {_REFUSED}", permanent=True)

    def _records(self, item: Any, id: str, now: datetime) -> list[Record]:
        if not isinstance(item, dict):
            raise InputError("should be a JSON object")
        if "type" in item:
            record = parse_line(json.dumps(item | {"source": self.name}))
            if isinstance(record, Label):
                raise InputError("a label is not taken here; see `snapwatch label`")
            return [record]
        fields = {name: _field(item, name) for name in plain.FIELDS if item.get(name) is not None}
        return plain.records(self.name, {"id": id, **fields}, _moment, now, now)


def build(settings: Settings, name: str, brand: Brand) -> Source:  # noqa: ARG001
    """The source `name`."""
    return WebhookSource(settings, name)


def _items(body: bytes) -> Iterator[tuple[str, Any]]:
    """What a body holds, each with where it stands: an object, a list of them, or a line each."""
    text = body.decode()
    if not text.strip():
        raise InputError("the body is empty")
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    if whole is not None:
        items = whole if isinstance(whole, list) else [whole]
        yield from ((f"item {number}", item) for number, item in enumerate(items, start=1))
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except (ValueError, RecursionError):
                raise InputError(f"line {number}: not JSON") from None


def _field(item: dict[str, Any], name: str) -> str:
    value = item[name]
    if isinstance(value, int) and not isinstance(value, bool) and name not in ("text", "title"):
        return str(value)
    return string(item, name, empty=True)
