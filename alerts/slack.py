"""Slack: to a person or into a channel, with buttons that acknowledge."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import parse_qsl

import structlog
from pydantic import Field

from alerts.buttons import in_words
from alerts.slack_blocks import LABELS, blocks, escaped, section
from monitor.errors import ChannelError, InputError
from monitor.intake.outside import seconds
from monitor.notice import Message
from monitor.ports import Receipt, Said
from monitor.settings import ChannelSettings, Secret
from monitor.wording.text import clean, one_line

if TYPE_CHECKING:
    from slack_sdk import WebClient
    from slack_sdk.web import SlackResponse

T = TypeVar("T")

RECENT = 200
SKEW = timedelta(minutes=5)
ANSWER_SECONDS = 2
"""Slack wants its own answer within three seconds, and shows a warning after that."""

# https://docs.slack.dev/reference/methods/chat.postMessage#errors: what a person can do about the ones that pages meet.
HINTS = {
    "account_inactive": "the app or its workspace was removed; install it again and enter the new bot_token",
    "channel_not_found": "no such person or channel, or the app was not invited: write /invite and its name there",
    "invalid_auth": "check bot_token",
    "is_archived": "the channel is archived; open it again or use another one",
    "messages_tab_disabled": "allow direct messages under App Home > Messages Tab in the app's settings",
    "missing_scope": "add the scopes that docs/channels/slack.md lists, and install the app again",
    "not_authed": "check bot_token",
    "not_in_channel": "invite the app: write /invite and its name in the channel",
    "restricted_action": "an administrator of the workspace has to let the app post there",
    "token_expired": "check bot_token",
    "token_revoked": "install the app again and enter the new bot_token",
    "user_not_found": "no such person in this workspace; copy the member id from their profile",
}
FOR_NOW = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)

log = structlog.get_logger()


class Settings(ChannelSettings):
    bot_token: Secret = Field(description="the app's bot token, which begins with xoxb-")
    signing_secret: Secret | None = Field(
        None, description="with which Slack signs what buttons send; without it, pages have no buttons"
    )
    timeout: int = Field(10, gt=0, le=300, description="seconds to wait for Slack's answer")


def build(settings: Settings, name: str, callback: str | None) -> Channel:
    return Channel(settings, name, callback)


def problem_with(address: str) -> str | None:
    """What is wrong with an address, in words; None for the id of a member (U…) and of a channel (C…)."""
    if re.fullmatch(r"[UWCGD][A-Z0-9]{6,20}", address):
        return None
    return "is not an id of Slack; copy the member ID (U…) from a profile, or the channel ID (C…) from its details"


class Channel:
    carries: Literal["chat"] = "chat"

    def __init__(
        self,
        settings: Settings,
        name: str,
        callback: str | None = None,
        *,
        api: str = "https://slack.com/api/",
        hooks: str = "https://hooks.slack.com/",
    ) -> None:
        """`api` and `hooks` are where Slack is; tests give addresses of this machine."""
        self.name = name
        self._settings = settings
        self._buttons = bool(callback and settings.signing_secret)
        self._api, self._hooks = api, hooks

    def send(self, message: Message, address: str, key: str) -> str:
        """Slack shows the message; the ids of its conversation and of itself. Slack can't tell a repetition, but keeps the
        `key` with the message, so that `taken` finds it."""
        problem = problem_with(address)
        if problem:
            raise ChannelError(f"{self.name}: the address {problem}", permanent=True)
        shown = self._call(
            lambda client: client.chat_postMessage(
                channel=address,
                text=escaped(one_line(message.chat, 300)),  # what a notification shows
                blocks=blocks(message, buttons=self._buttons, personal=address[0] in "UWD"),
                metadata={
                    "event_type": "page",
                    "event_payload": {"key": clean(key), "thread": clean(message.thread)},
                },
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return f"{shown['channel']}:{shown['ts']}"

    def taken(self, message: Message, address: str, key: str, since: datetime) -> str | None:  # noqa: ARG002
        """By the key, among the newest messages of the conversation since then."""

        def find(client: WebClient) -> str | None:
            where = address
            if address[0] in "UW":
                where = client.conversations_open(users=address)["channel"]["id"]
            oldest = f"{(since - SKEW).timestamp():.6f}"
            found = client.conversations_history(
                channel=where, oldest=oldest, limit=RECENT, include_all_metadata=True
            )
            for each in found["messages"]:
                if each.get("metadata", {}).get("event_payload", {}).get("key") == clean(key):
                    return f"{where}:{each['ts']}"
            return None

        return self._call(find)

    def check(self) -> str:
        """Whose token it is."""
        who = self._call(lambda client: client.auth_test())
        buttons = "" if self._buttons else "; no buttons: they need signing_secret and web.public_url"
        return one_line(f"Slack knows the app as {who['user']} in {who['team']}{buttons}", 300)

    def hear(self, what: str, url: str, headers: Mapping[str, str], body: bytes) -> Said | Receipt | None:  # noqa: ARG002
        """`actions`: a button that somebody pressed. What is older than five minutes is refused."""
        self._prove(headers, body)
        if what != "actions":
            raise InputError(f"{self.name}: nothing is heard at {what!r}")
        try:
            payload = json.loads(dict(parse_qsl(body.decode(), strict_parsing=True))["payload"])
            if payload["type"] != "block_actions":
                return None
            pressed = payload["actions"][0]
            if pressed["action_id"] not in LABELS:
                return None  # the link to the page
            return Said(
                str(payload["user"]["id"]),
                in_words(str(pressed["value"]), pressed["action_id"]),
                reply_to=str(payload.get("response_url", "")),
            )
        except (LookupError, TypeError, ValueError):
            raise InputError(f"{self.name}: Slack's request can't be read") from None

    def answer(self, what: str, heard: Said | Receipt | None, words: str | None) -> tuple[str, str]:  # noqa: ARG002
        """An empty answer, as Slack wants it. The words go to the address that Slack gave for them, for whoever pressed
        alone to see."""
        if words and isinstance(heard, Said) and heard.reply_to.startswith(self._hooks):
            self._reply(heard.reply_to, words)
        return "text/plain", ""

    def _prove(self, headers: Mapping[str, str], body: bytes) -> None:
        from slack_sdk.signature import SignatureVerifier

        secret = self._settings.signing_secret
        if secret is None:
            raise ChannelError(
                f"{self.name}: without signing_secret nobody can prove to be Slack", permanent=True
            )
        try:
            genuine = SignatureVerifier(secret.get_secret_value()).is_valid_request(body, dict(headers))
        except (TypeError, ValueError):  # bytes that are no text, a time that is no number
            genuine = False
        if not genuine:
            raise ChannelError(
                f"{self.name}: the request's signature is not Slack's, or too old", permanent=True
            )

    def _reply(self, address: str, words: str) -> None:
        from slack_sdk.webhook import WebhookClient

        try:
            answer = WebhookClient(address, timeout=ANSWER_SECONDS, retry_handlers=[]).send(
                text=escaped(one_line(words, 300)),
                blocks=[section(words)],
                response_type="ephemeral",
                replace_original=False,
            )
            failed = "" if answer.status_code == 200 else str(answer.status_code)
        except (OSError, HTTPException) as error:
            failed = type(error).__name__
        if failed:  # what they asked for was done all the same
            log.warning("Slack does not show an answer", channel=self.name, why=failed)

    def _call(self, action: Callable[[WebClient], T]) -> T:
        from slack_sdk import WebClient
        from slack_sdk.errors import SlackApiError, SlackClientError

        settings = self._settings
        client = WebClient(
            settings.bot_token.get_secret_value(), self._api, timeout=settings.timeout, retry_handlers=[]
        )
        try:
            return action(client)
        except SlackApiError as error:
            raise self._explained(error.response) from None
        except (OSError, HTTPException) as error:
            raise ChannelError(f"{self.name}: Slack can't be reached ({type(error).__name__})") from None
        except (SlackClientError, LookupError, TypeError, ValueError, AttributeError):
            raise ChannelError(f"{self.name}: Slack's answer can't be read") from None

    def _explained(self, response: SlackResponse) -> ChannelError:
        said = response.data.get("error") if isinstance(response.data, dict) else None
        code = said if isinstance(said, str) and re.fullmatch(r"[a-z_]{1,60}", said) else ""
        headers = {key.lower(): value for key, value in response.headers.items()}
        temporary = (
            not code or code in FOR_NOW or response.status_code in (408, 429) or response.status_code >= 500
        )
        hint = HINTS.get(code, "see https://docs.slack.dev/reference/methods/chat.postMessage")
        return ChannelError(
            f"{self.name}: Slack refused ({code or response.status_code}): {hint}",
            permanent=not temporary,
            retry_after=seconds(headers.get("retry-after")),
        )
