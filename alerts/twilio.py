"""SMS through Twilio, with answers and receipts where Twilio can reach us."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from alerts.sms import SmsSettings, room, shorten, to_gsm, to_letters
from alerts.sms import problem_with as problem_with
from alerts.twilio_account import FOR_NOW, Account, AccountSettings, hint, reachable, speakable
from monitor.errors import ChannelError, InputError
from monitor.notice import Message, Short
from monitor.ports import Receipt, Said
from monitor.wording.text import clean

if TYPE_CHECKING:
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

ANSWERED_BY_TWILIO = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "START", "UNSTOP", "HELP", "INFO"}
)  # fmt: skip
"""Words to which Twilio itself answers, when nothing else is in the SMS
(https://help.twilio.com/articles/223134027)."""

NOT_DELIVERED = ("undelivered", "failed", "canceled")

ANSWER_PARTS = 3
"""SMS that one answer may fill."""

RECENT = 50
"""Messages to one number among which one is looked for: its newest ones."""


class Settings(SmsSettings, AccountSettings):
    sender: str | None = Field(
        None,
        pattern=r"^(\+[0-9]{8,15}|[0-9]{3,8}|[A-Za-z][A-Za-z0-9 ]{0,10})$",
        description="a Twilio number such as +15005550006, a short code, or a sender name of at most 11 letters, to which "
        "nobody can answer",
    )
    messaging_service_sid: str | None = Field(
        None,
        pattern=r"^MG[0-9a-fA-F]{32}$",
        description="instead of sender: Twilio picks one of the service's numbers",
    )

    @model_validator(mode="after")
    def _one_sender(self) -> Settings:
        if (self.sender is None) == (self.messaging_service_sid is None):
            raise ValueError("give either sender or messaging_service_sid")
        return self


def build(settings: Settings, name: str, callback: str | None) -> Channel:
    return Channel(settings, name, reachable(callback))


class Channel:
    carries: Literal["sms"] = "sms"

    def __init__(
        self,
        settings: Settings,
        name: str,
        callback: str | None = None,
        http_client: Callable[..., TwilioHttpClient] | None = None,
    ) -> None:
        self.name = name
        self._settings = settings
        self._account = Account(settings, name, callback, http_client)
        takes_answers = settings.sender is None or not settings.sender[0].isalpha()
        self.short = Short(
            segments=settings.segments,
            unicode=settings.unicode,
            answers=takes_answers and self._account.callback is not None,
        )

    def send(self, message: Message, address: str, key: str) -> str:  # noqa: ARG002
        """Twilio takes the SMS for delivery; its SID. Twilio can't tell a repetition, so `key` has no use here; `taken`
        finds out afterwards."""
        problem = problem_with(address)
        if problem:
            raise ChannelError(f"{self.name}: the number {problem}", permanent=True)
        return self._account.call(
            lambda client: self._account.sid(
                lambda **told: client.messages.create(
                    to=address, body=clean(message.short), **self._origin, **told
                )
            )
        )

    def taken(self, message: Message, address: str, key: str, since: datetime) -> str | None:  # noqa: ARG002
        """The SID of an SMS to the number that Twilio took since then (by its own clock) and that says the same: word for
        word, or at least in how it asks for the code, since figures in a text made anew differ.

        It is another one's when two deliveries of one alert to one number came in the same seconds: then one SMS about it
        was sent in place of two. One that failed on its way was not taken."""

        def find(client: Client) -> str | None:
            for sms in client.messages.list(to=address, limit=RECENT):
                if (
                    sms.date_created >= since.replace(microsecond=0)
                    and sms.direction == "outbound-api"
                    and sms.status not in NOT_DELIVERED
                    and _says_the_same(sms.body or "", message)
                ):
                    return str(sms.sid)
            return None

        return self._account.call(find)

    def check(self) -> str:
        """The account, and where the number's answers go. Not whether it may send to a country."""
        says = self._account.check()
        number = self._settings.sender
        if not self.short.answers or number is None or not number.startswith("+"):
            return says
        wanted = f"{self._account.callback}/sms"
        known = self._account.call(
            lambda client: [each.sms_url for each in client.incoming_phone_numbers.list(phone_number=number)]
        )
        if known and known != [wanted]:
            raise ChannelError(
                f"{self.name}: pages ask for an answer, but answers to {number} go elsewhere; in Twilio's console, enter "
                f"{wanted} as the number's address for incoming messages",
                permanent=True,
            )
        return says

    def hear(self, what: str, url: str, headers: Mapping[str, str], body: bytes) -> Said | Receipt | None:
        """`sms`: what somebody wrote; `status`: what became of an SMS."""
        form = self._account.heard(url, headers, body)
        try:
            if what == "sms":
                word = form["Body"].strip().upper()
                return None if word in ANSWERED_BY_TWILIO else Said(form["From"], form["Body"])
            if what == "status":
                return _receipt(form["MessageSid"], form["MessageStatus"], form.get("ErrorCode", ""))
        except KeyError as error:
            raise InputError(f"{self.name}: Twilio's request has no {error.args[0]}") from None
        raise InputError(f"{self.name}: nothing is heard at {what!r}")

    def answer(self, what: str, heard: Said | Receipt | None, words: str | None) -> tuple[str, str]:  # noqa: ARG002
        """TwiML that answers by SMS, or does nothing."""
        from twilio.twiml.messaging_response import MessagingResponse

        response = MessagingResponse()
        if words:
            gsm = not self._settings.unicode
            written = to_gsm(words) if gsm else to_letters(words)
            response.message(speakable(shorten(written, room(ANSWER_PARTS, gsm=gsm), gsm=gsm)))
        return "text/xml", str(response)

    @property
    def _origin(self) -> dict[str, str]:
        if self._settings.sender is not None:
            return {"from_": self._settings.sender}
        return {"messaging_service_sid": str(self._settings.messaging_service_sid)}


def _receipt(sid: str, status: str, code: str) -> Receipt | None:
    """None while it is on its way."""
    if status in ("delivered", "read"):
        return Receipt(sid, delivered=True)
    if status not in NOT_DELIVERED:
        return None
    number = int(code) if code.isascii() and code.isdigit() else 0
    why = f"{status} ({number}): {hint(number)}" if number else status
    return Receipt(sid, delivered=False, error=why, permanent=number not in FOR_NOW)


def _says_the_same(sent: str, message: Message) -> bool:
    sent, ours = " ".join(sent.split()), " ".join(clean(message.short).split())
    if sent.endswith(ours):  # a trial account puts words of Twilio before it
        return True
    if not message.code or ours.partition(" ")[0] not in sent:  # an update is not the page before it
        return False
    asked = list(re.finditer(rf"(?<!\S){re.escape(message.code)}[a-z]?\b", ours))
    if not asked:
        return False
    last = asked[-1]
    return re.search(rf"{re.escape(ours[max(0, last.start() - 5) : last.end()])}\b", sent) is not None
