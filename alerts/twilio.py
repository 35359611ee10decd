"""SMS through Twilio."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import Field, model_validator

from alerts.sms import problem_with as problem_with
from monitor.errors import ChannelError
from monitor.model import Message
from monitor.settings import ChannelSettings, Secret
from monitor.text import clean

if TYPE_CHECKING:
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

T = TypeVar("T")

# https://www.twilio.com/docs/api/errors: what a person can do about the ones that pages meet.
HINTS = {
    20003: "check account_sid and auth_token (or the API key and its secret)",
    20404: "check account_sid and messaging_service_sid",
    20429: "too many requests at once",
    21211: "the number does not exist; correct it in the configuration",
    21212: "the sender is no number that can send",
    21408: "allow the country under Messaging > Settings > Geo permissions in Twilio's console",
    21606: "the sender must be an SMS number of this account",
    21608: "a trial account sends only to numbers verified in Twilio's console",
    21610: "they answered STOP to this sender; they must send START to it",
    21614: "the number can't receive SMS; use a mobile number",
    21659: "the sender must be an SMS number of this account",
}


class Settings(ChannelSettings):
    account_sid: str = Field(
        pattern=r"^AC[0-9a-fA-F]{32}$", description='"AC" and 32 digits, on the console\'s first page'
    )
    auth_token: Secret | None = Field(
        None, description="the account's token; or an API key, which can be revoked alone"
    )
    api_key_sid: str | None = Field(
        None, pattern=r"^SK[0-9a-fA-F]{32}$", description="an API key in place of auth_token"
    )
    api_key_secret: Secret | None = Field(None, description="the secret of that API key")
    sender: str | None = Field(
        None,
        pattern=r"^(\+[0-9]{8,15}|[0-9]{3,8}|[A-Za-z][A-Za-z0-9 ]{0,10})$",
        description="a Twilio number such as +15005550006, a short code, or a sender name of at most 11 letters",
    )
    messaging_service_sid: str | None = Field(
        None,
        pattern=r"^MG[0-9a-fA-F]{32}$",
        description="instead of sender: Twilio picks one of the service's numbers",
    )
    timeout: float = Field(20, gt=0, le=300, description="seconds to wait for Twilio's answer")

    @model_validator(mode="after")
    def _coherent(self) -> Settings:
        if (self.api_key_sid is None) != (self.api_key_secret is None):
            raise ValueError("api_key_sid and api_key_secret belong together: give both or neither")
        if (self.auth_token is None) == (self.api_key_sid is None):
            raise ValueError("give either auth_token, or api_key_sid and api_key_secret")
        if (self.sender is None) == (self.messaging_service_sid is None):
            raise ValueError("give either sender or messaging_service_sid")
        return self


def build(settings: Settings, name: str, callback: str | None) -> Channel:  # noqa: ARG001
    return Channel(settings, name)


class Channel:
    carries: Literal["sms"] = "sms"

    def __init__(
        self, settings: Settings, name: str, http_client: Callable[..., TwilioHttpClient] | None = None
    ) -> None:
        """`http_client` makes the SDK's HTTP client; tests give one that talks to this machine."""
        self.name = name
        self._settings = settings
        self._http_client = http_client

    def send(self, message: Message, address: str, key: str) -> str:  # noqa: ARG002
        """Twilio takes the SMS for delivery; its SID. Twilio can't tell a repetition, so `key` has no use here."""
        problem = problem_with(address)
        if problem:
            raise ChannelError(f"{self.name}: the number {problem}", permanent=True)
        origin = {
            "from_": self._settings.sender,
            "messaging_service_sid": self._settings.messaging_service_sid,
        }
        chosen = {name: value for name, value in origin.items() if value is not None}
        return self._call(
            lambda client: str(client.messages.create(to=address, body=clean(message.short), **chosen).sid)
        )

    def check(self) -> str:
        """Prove the credentials: read the account, or with an API key, which may not, the newest message."""
        sid = self._settings.account_sid
        if self._settings.auth_token is None:
            self._call(lambda client: client.messages.list(limit=1))
            return f"Twilio accepts the API key for account {sid}"
        account = self._call(lambda client: client.api.v2010.accounts(sid).fetch())
        if account.status != "active":
            raise ChannelError(f"{self.name}: the Twilio account {sid} is {account.status}", permanent=True)
        return f"Twilio account {sid} is active"

    def _call(self, action: Callable[[Client], T]) -> T:
        from requests.exceptions import RequestException, Timeout
        from twilio.base.exceptions import TwilioException
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        settings = self._settings
        waits: list[float | None] = []

        def note_wait(response: Any, *_args: Any, **_kwargs: Any) -> None:
            asked = response.headers.get("Retry-After", "")
            waits.append(float(asked) if asked.isascii() and asked.isdigit() else None)

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
            raise ChannelError(f"{self.name}: Twilio did not answer within {settings.timeout:g} s") from None
        except RequestException as error:
            raise ChannelError(f"{self.name}: Twilio can't be reached ({type(error).__name__})") from None
        except (ValueError, KeyError, TypeError):
            raise ChannelError(f"{self.name}: Twilio's answer can't be read") from None

    def _explained(self, error: Exception, retry_after: float | None) -> ChannelError:
        """A 4xx is for good, but for too many requests and time-outs."""
        status, code = getattr(error, "status", 0), getattr(error, "code", 0)
        temporary = status in (0, 408, 429) or status >= 500 or code == 20429
        hint = HINTS.get(code) or f"see https://www.twilio.com/docs/api/errors/{code}"
        return ChannelError(
            f"{self.name}: Twilio refused ({code or status}): {hint}",
            permanent=not temporary,
            retry_after=retry_after,
        )
