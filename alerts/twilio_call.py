"""Calls through Twilio: a voice says the page, and a key acknowledges it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import Field

from alerts.buttons import Wish, in_words, wishes
from alerts.sms import problem_with as problem_with
from alerts.twilio_account import Account, AccountSettings, reachable, speakable
from monitor.errors import ChannelError, InputError
from monitor.notice import Message
from monitor.ports import Receipt, Said
from monitor.wording.text import one_line

if TYPE_CHECKING:
    from twilio.http.http_client import TwilioHttpClient

SPOKEN = 600
"""Characters that are said at most, three quarters of a minute; Twilio takes 4,000 with everything escaped."""

KEYS: dict[str, Wish] = {"1": "acknowledge", "2": "snooze"}
OFFERS: dict[Wish, str] = {
    "acknowledge": "Press 1 to acknowledge.",
    "snooze": "Press 2 to snooze for 30 minutes.",
}
NOT_REACHED = {
    "busy": "the phone was busy",
    "no-answer": "nobody answered the phone",
    "canceled": "the call was cancelled",
    "failed": "the call could not be put through; check the number",
}


class Settings(AccountSettings):
    caller: str = Field(
        pattern=r"^\+[0-9]{8,15}$",
        description="the Twilio number that calls, such as +15005550006; people should save it as a contact that rings "
        "through",
    )
    language: str = Field(
        "en-GB",
        pattern=r"^[a-z]{2,3}-[A-Z]{2}$",
        description="how the voice speaks, such as en-US; pages are in English",
    )
    ring: int = Field(
        30, ge=5, le=600, description="seconds that the phone rings; fewer than its answering machine waits"
    )


def build(settings: Settings, name: str, callback: str | None) -> Channel:
    return Channel(settings, name, reachable(callback))


class Channel:
    carries: Literal["call"] = "call"

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

    def send(self, message: Message, address: str, key: str) -> str:  # noqa: ARG002
        """Twilio begins to call; the call's SID. Twilio can neither tell a repetition nor be asked what a call was about,
        so after a crash at the wrong moment the phone rings twice."""
        problem = problem_with(address)
        if problem:
            raise ChannelError(f"{self.name}: the number {problem}", permanent=True)
        settings = self._settings
        twiml = self._page(message)
        return self._account.call(
            lambda client: self._account.sid(
                lambda **told: client.calls.create(
                    to=address, from_=settings.caller, twiml=twiml, timeout=settings.ring, **told
                )
            )
        )

    def check(self) -> str:
        return self._account.check()

    def hear(self, what: str, url: str, headers: Mapping[str, str], body: bytes) -> Said | Receipt | None:
        """`pressed`: the key that somebody pressed; the code stands in the address, which is signed. `status`: what became
        of a call."""
        form = self._account.heard(url, headers, body)
        try:
            if what == "pressed":
                (code,) = parse_qs(urlsplit(url).query).get("code", [""])
                return Said(form["To"], in_words(code, KEYS.get(form.get("Digits", ""), "ask")))
            if what == "status":
                return _receipt(form["CallSid"], form["CallStatus"])
        except (KeyError, ValueError):
            raise InputError(f"{self.name}: Twilio's request can't be read") from None
        raise InputError(f"{self.name}: nothing is heard at {what!r}")

    def answer(self, what: str, heard: Said | Receipt | None, words: str | None) -> tuple[str, str]:  # noqa: ARG002
        """TwiML that says the words and hangs up."""
        from twilio.twiml.voice_response import VoiceResponse

        response = VoiceResponse()
        if words:
            response.say(one_line(speakable(words), SPOKEN), language=self._settings.language)
        return "text/xml", str(response)

    def _page(self, message: Message) -> str:
        """The page, said twice; a key ends it at once. Without an address for keys, it is only said."""
        from twilio.twiml.voice_response import VoiceResponse

        words, language = one_line(speakable(message.spoken), SPOKEN), self._settings.language
        offered = wishes(message.code) if self._account.callback else ()
        response = VoiceResponse()
        if not offered:
            response.say(words, language=language, loop=2)
            return str(response)
        action = f"{self._account.callback}/pressed?{urlencode({'code': message.code})}"
        gather = response.gather(action=action, num_digits=1, finish_on_key="", timeout=10)
        gather.say(" ".join([words, *(OFFERS[each] for each in offered)]), language=language, loop=2)
        return str(response)


def _receipt(sid: str, status: str) -> Receipt | None:
    """None while it rings. A call that was not answered did not reach the person: other ways come at once, and the chain
    calls again when their turn comes again."""
    if status == "completed":
        return Receipt(sid, delivered=True)
    if status in NOT_REACHED:
        return Receipt(sid, delivered=False, error=NOT_REACHED[status], permanent=True)
    return None
