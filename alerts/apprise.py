"""Chat, push, SMS and mail through Apprise, which speaks to more than a hundred services.

Apprise says no more than whether a service took a message, so every failure is temporary here but an address that can't
be used. Where a number that does not exist has to be told from a provider that is down, a channel of its own is better.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from pydantic import Field, field_validator

from alerts import mail, sms
from alerts.apprise_service import SAMPLES, TO, service_at
from monitor.errors import ChannelError
from monitor.model import Severity
from monitor.notice import Message
from monitor.ports import Carries
from monitor.settings import ChannelSettings, Secret
from monitor.wording.text import clean, one_line

if TYPE_CHECKING:
    from apprise import Apprise, AppriseResult

COLOURS: dict[Severity, Literal["info", "warning", "failure"]] = {
    "info": "info",
    "warning": "warning",
    "critical": "failure",
}
# What calls a whole room or makes words a link where a service reads markup in plain text: @everyone, <!channel>,
# <@1234>, [CQ:at,qq=all], [words](address). The @ of an address such as https://example.social/@ann stays.
_LIVE = re.compile(
    r"(?<!/)@|@(?=everyone|here|channel|all|room|online|team)|<|\[(?=CQ:)|\](?=[(\[:])", re.IGNORECASE
)


class Settings(ChannelSettings):
    url: Secret = Field(
        description="the service as an Apprise address, such as discord://WEBHOOK_ID/WEBHOOK_TOKEN; {to} in it stands "
        "for the person's address (a number, a user); without it the address is only a label"
    )
    form: Literal["chat", "sms", "mail"] = Field(
        "chat",
        description='what is sent: "chat" a few lines, "sms" one SMS, "mail" a whole mail as plain text',
    )
    timeout: float = Field(20, gt=0, le=300, description="seconds to wait for the service")

    @field_validator("url")
    @classmethod
    def _known(cls, value: Secret) -> Secret:
        url = value.get_secret_value()
        if not any(service_at(url, sample, 1) for sample in SAMPLES):
            scheme = re.match(r"[a-z0-9]{2,20}(?=://)", url)
            raise ValueError(
                f"Apprise can't use it as the address of one service{f' ({scheme[0]}://)' if scheme else ''}; "
                "docs/channels/apprise.md has one for each of the common ones, {to} must stand in it where Apprise's "
                "documentation has a target, and what the service needs may have to be installed"
            )
        return value


def build(settings: Settings, name: str, callback: str | None) -> Channel:  # noqa: ARG001
    return Channel(settings, name)


def problem_with(address: str) -> str | None:
    """What is wrong with an address, in words. Which addresses there are is for the service to say: a number, a user."""
    if not re.fullmatch(r"[^\s,;<>\"'\\]{1,200}", address) or not address.isprintable():
        return "should be one address as the service writes it, or any label: no spaces, commas, quotes or brackets"
    return None


class Channel:
    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        self.carries: Carries = settings.form
        self._settings = settings

    def send(self, message: Message, address: str, key: str) -> str:
        """The service takes the message as plain text. Apprise gives no id and can tell no repetition: `key` is the id."""
        problem = self._problem_with(address)
        if problem:
            raise ChannelError(f"{self.name}: the address {problem}", permanent=True)
        service = self._service(address)
        title = one_line(message.subject, 200) if self.carries == "mail" else ""
        result = service.notify(
            body=self._words(message) or "-",
            title=title,
            notify_type=COLOURS[message.severity],
            body_format="text",
        )
        if not result:
            raise ChannelError(f"{self.name}: {self._reason(result, address)}")
        return key

    def check(self) -> str:
        """Apprise can prove nothing without sending; the line says so."""
        service = self._service(SAMPLES[0], *SAMPLES[1:])
        called = next(iter(service.services)).service_name
        return (
            f"{called} through Apprise: not asked; only a test page shows whether it arrives (check --send)"
        )

    def _problem_with(self, address: str) -> str | None:
        personal = TO in self._settings.url.get_secret_value()
        if personal and self.carries == "sms":
            return sms.problem_with(address)
        return mail.problem_with(address) if personal and self.carries == "mail" else problem_with(address)

    def _words(self, message: Message) -> str:
        match self.carries:
            case "sms":
                return clean(message.short).strip()
            case "mail":
                return inert(message.text)
        # In a room that several people read, nobody's own link is shown.
        link = f"\n{message.link}" if message.link and TO in self._settings.url.get_secret_value() else ""
        return inert(message.chat) + link

    def _service(self, *addresses: str) -> Apprise:
        url = self._settings.url.get_secret_value()
        for address in addresses:
            found = service_at(url, address, self._settings.timeout)
            if found is not None:
                return found
        raise ChannelError(
            f"{self.name}: the address is none that the service can send to; write it as Apprise's documentation does",
            permanent=True,
        )

    def _reason(self, result: AppriseResult, address: str) -> str:
        """The last thing that Apprise complained of, without anything that stands in the address of the service."""
        if result.status.name == "TIMEOUT":
            return f"the service did not answer within {self._settings.timeout:g} s"
        words = [entry.message for entry in result.logs() if entry.level in ("WARNING", "ERROR")]
        url = self._settings.url.get_secret_value().partition("://")[2]
        for text in (address, url, unquote(url)):
            for piece in sorted({text, *re.split(r"[/:@?&=,;#]+", text)}, key=len, reverse=True):
                if len(piece) > 3:
                    words = [word.replace(piece, "***") for word in words]
        return f"the service did not take it: {one_line(words[-1], 200) if words else 'Apprise does not say why'}"


def inert(text: str) -> str:
    """The text in which no service finds somebody to call or words to link: an unseen space follows what would begin it."""
    return _LIVE.sub(lambda found: f"{found[0]}\u200b", clean(text)).strip()
