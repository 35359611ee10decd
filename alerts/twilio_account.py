"""What SMS and calls through Twilio share: the account, its errors in our words, and the signature of what it sends us."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, model_validator

from monitor.errors import ChannelError, InputError
from monitor.intake.outside import seconds
from monitor.settings import ChannelSettings, Secret
from monitor.wording.text import clean

if TYPE_CHECKING:
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

T = TypeVar("T")

# https://www.twilio.com/docs/api/errors: what a person can do about the ones that pages meet.
HINTS = {
    13224: "Twilio can't call this number; correct it in the configuration",
    20003: "check account_sid and auth_token (or the API key and its secret)",
    20404: "check account_sid and messaging_service_sid",
    20429: "too many requests at once",
    21210: "the caller must be a number of this account that can call",
    21211: "the number does not exist; correct it in the configuration",
    21212: "the sender is no number that can send",
    21215: "allow the country under Voice > Settings > Geo permissions in Twilio's console",
    21217: "the number does not exist; correct it in the configuration",
    21219: "a trial account calls only numbers verified in Twilio's console",
    21408: "allow the country under Messaging > Settings > Geo permissions in Twilio's console",
    21606: "the sender must be an SMS number of this account",
    21608: "a trial account sends only to numbers verified in Twilio's console",
    21610: "they answered STOP to this sender; they must send START to it",
    21614: "the number can't receive SMS; use a mobile number",
    21659: "the sender must be an SMS number of this account",
    30001: "too much was waiting at Twilio",
    30002: "the account was suspended; see Twilio's console",
    30003: "the phone is switched off or out of reach",
    30004: "the phone or its network blocks this sender",
    30005: "the number is not in use any more; correct it in the configuration",
    30006: "the number is a landline, or its network takes no SMS; use a mobile number",
    30007: "the network took it for spam; register the sender with Twilio, or use another one",
    30008: "the network did not say why",
    30034: "the number has to be registered for A2P 10DLC in Twilio's console before it sends to the USA",
}
FOR_NOW = frozenset({20429, 30001, 30003, 30008, 30017, 30022, 30036, 30410})
"""Errors after which another try can help, as their descriptions say; those of a request, beside its status."""

CALLBACK_REFUSED = frozenset({21205, 21609})


class AccountSettings(ChannelSettings):
    """Keys of every channel that goes through Twilio."""

    account_sid: str = Field(
        pattern=r"^AC[0-9a-fA-F]{32}$", description='"AC" and 32 digits, on the console\'s first page'
    )
    auth_token: Secret | None = Field(
        None,
        description="the account's token; or an API key, which can be revoked alone. What Twilio sends us (answers, "
        "receipts) is believed only with the token, so give it beside an API key as well",
    )
    api_key_sid: str | None = Field(
        None, pattern=r"^SK[0-9a-fA-F]{32}$", description="an API key, with which requests are made"
    )
    api_key_secret: Secret | None = Field(None, description="the secret of that API key")
    timeout: float = Field(20, gt=0, le=300, description="seconds to wait for Twilio's answer")

    @model_validator(mode="after")
    def _credentials(self) -> AccountSettings:
        if (self.api_key_sid is None) != (self.api_key_secret is None):
            raise ValueError("api_key_sid and api_key_secret belong together: give both or neither")
        if self.auth_token is None and self.api_key_sid is None:
            raise ValueError("give auth_token, or api_key_sid and api_key_secret")
        return self


def reachable(callback: str | None) -> str | None:
    """The address when Twilio could call it from outside; None for one of this machine or a private network, with which
    Twilio refuses to send anything (21609)."""
    host = urlsplit(callback or "").hostname
    if not host or not re.fullmatch(r"[!-~]+", callback or ""):
        return None
    try:
        return callback if ipaddress.ip_address(host).is_global else None
    except ValueError:
        local = "." not in host or host.endswith((".localhost", ".local", ".internal"))
        return None if local or "_" in host else callback


def speakable(text: str) -> str:
    """`clean` without what XML has no place for, so that TwiML made of any text can be read."""
    return re.sub("[\ufffe\uffff]", "", clean(text))


class Account:
    """One account, for the channel of that name. `callback` is where Twilio can reach us; it is of use only with the
    token that proves who calls."""

    def __init__(
        self,
        settings: AccountSettings,
        name: str,
        callback: str | None,
        http_client: Callable[..., TwilioHttpClient] | None = None,
    ) -> None:
        """`http_client` makes the SDK's HTTP client; tests give one that talks to this machine."""
        self._settings = settings
        self._name = name
        self._http_client = http_client
        self.callback = callback if settings.auth_token else None

    def check(self) -> str:
        """Prove the credentials: read the account, or with an API key, which may not, the newest message. The line also
        tells why nothing comes back from Twilio, if so."""
        sid = self._settings.account_sid
        silent = "" if self.callback else f"; no answers and receipts come back: {self._missing()}"
        if self._settings.api_key_sid is not None:
            self.call(lambda client: client.messages.list(limit=1))
            return f"Twilio accepts the API key for account {sid}{silent}"
        account = self.call(lambda client: client.api.v2010.accounts(sid).fetch())
        if account.status != "active":
            raise ChannelError(f"{self._name}: the Twilio account {sid} is {account.status}", permanent=True)
        return f"Twilio account {sid} is active{silent}"

    def _missing(self) -> str:
        return (
            "web.public_url is not set, or no address on the internet"
            if self._settings.auth_token
            else "auth_token is not given"
        )

    def sid(self, create: Callable[..., Any]) -> str:
        """The SID of what `create` makes. ValueError when Twilio names none: then it has taken nothing."""
        sid = self._told(create).sid
        if not isinstance(sid, str) or not sid:
            raise ValueError("no SID")
        return sid

    def _told(self, create: Callable[..., Any]) -> Any:
        """What `create` makes, with the address where Twilio tells what becomes of it; without, when Twilio does not take
        the address: the page goes out all the same."""
        from twilio.base.exceptions import TwilioRestException

        if self.callback is None:
            return create()
        try:
            return create(status_callback=f"{self.callback}/status")
        except TwilioRestException as error:
            if error.code not in CALLBACK_REFUSED:
                raise
            return create()

    def call(self, action: Callable[[Client], T]) -> T:
        """What `action` returns; every failure as a ChannelError."""
        from requests.exceptions import RequestException, Timeout
        from twilio.base.exceptions import TwilioException
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        settings = self._settings
        waits: list[float | None] = []

        def note_wait(response: Any, *_args: Any, **_kwargs: Any) -> None:
            waits.append(seconds(response.headers.get("Retry-After")))

        secret = settings.api_key_secret or settings.auth_token
        http_client = (self._http_client or TwilioHttpClient)(
            timeout=settings.timeout, request_hooks={"response": note_wait}
        )
        try:
            client = Client(
                settings.api_key_sid or settings.account_sid,
                secret.get_secret_value() if secret else None,
                settings.account_sid,
                http_client=http_client,
            )
            return action(client)
        except TwilioException as error:
            raise self._explained(error, waits[-1] if waits else None) from None
        except Timeout:
            raise ChannelError(f"{self._name}: Twilio did not answer within {settings.timeout:g} s") from None
        except RequestException as error:
            raise ChannelError(f"{self._name}: Twilio can't be reached ({type(error).__name__})") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ChannelError(f"{self._name}: Twilio's answer can't be read") from None

    def _explained(self, error: Exception, retry_after: float | None) -> ChannelError:
        """A 4xx is for good, but for too many requests and time-outs."""
        status, code = getattr(error, "status", 0), getattr(error, "code", 0)
        temporary = status in (0, 408, 429) or status >= 500 or code in FOR_NOW
        return ChannelError(
            f"{self._name}: Twilio refused ({code or status}): {hint(code)}",
            permanent=not temporary,
            retry_after=retry_after,
        )

    def heard(self, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        """The form that Twilio sent. ChannelError when its X-Twilio-Signature is not right for this address and this form;
        nothing of it is looked at before. The signature holds no time: an old request passes again, and only changes the
        state to what it said then."""
        from twilio.request_validator import RequestValidator

        token = self._settings.auth_token
        if token is None:
            raise ChannelError(
                f"{self._name}: without auth_token nobody can prove to be Twilio", permanent=True
            )
        given = next((value for key, value in headers.items() if key.lower() == "x-twilio-signature"), "")
        try:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=200))
            genuine = RequestValidator(token.get_secret_value()).validate(url, form, given)
        except ValueError:  # bytes that are no text, an address that is none
            genuine = False
        if not genuine:
            raise ChannelError(f"{self._name}: the request's signature is not Twilio's", permanent=True)
        if form.get("AccountSid") != self._settings.account_sid:
            raise InputError(f"{self._name}: the request is of another Twilio account")
        return form


def hint(code: int | None) -> str:
    """What an error means and what to do, in words."""
    return HINTS.get(code or 0) or f"see https://www.twilio.com/docs/api/errors/{code}"
