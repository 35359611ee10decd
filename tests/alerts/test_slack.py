from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from alerts import slack
from monitor.errors import ChannelError, InputError
from monitor.ports import Asked, CalledBack, Said
from tests.contract_channels import HOSTILE, MESSAGE, CalledBackContract, ChannelContract
from tests.fake_slack import ACTIONS, SAM, SCOPES, SIGNING, TEAM, TOKEN, FakeSlack, pressed, sign

ROOT = Path(__file__).resolve().parents[2]
CALLBACK = ACTIONS.removesuffix("/actions")


def channel_to(
    fake: FakeSlack, monkeypatch: pytest.MonkeyPatch, callback: str | None = CALLBACK, **changes: Any
) -> slack.Channel:
    monkeypatch.setenv("SLACK_TOKEN", TOKEN)
    monkeypatch.setenv("SLACK_SIGNING", SIGNING)
    values: dict[str, Any] = {
        "type": "slack",
        "bot_token": {"env": "SLACK_TOKEN"},
        "signing_secret": {"env": "SLACK_SIGNING"},
        "timeout": 5,
    } | changes
    return slack.Channel(slack.Settings(**values), "chat", callback, api=fake.api, hooks=fake.hooks)


class TestSlack(ChannelContract, CalledBackContract):
    address = SAM
    secrets = (TOKEN, SIGNING)
    what = "actions"
    url = ACTIONS
    signature_header = "X-Slack-Signature"
    url_is_signed = False
    time_is_signed = True

    @pytest.fixture(autouse=True)
    def _set_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    @contextmanager
    def _channel(self, *failure: Any) -> Iterator[slack.Channel]:
        with FakeSlack(failure=failure or None) as self.fake:
            reply_to = f"{self.fake.hooks}actions/T0001/1/2"
            self.body = pressed("acknowledge", "12", reply_to)
            self.heard = Said(SAM, "12a", reply_to)
            yield channel_to(self.fake, self.monkeypatch)

    def working(self) -> Any:
        return self._channel()

    def refusing(self) -> Any:
        return self._channel(200, {"ok": False, "error": "channel_not_found", "token": TOKEN}, {})

    def ailing(self) -> Any:
        return self._channel(503, f"<html>\n{TOKEN}".encode(), {"Content-Type": "text/html"})

    def received(self) -> list[str]:
        return [each["blocks"][0]["text"]["text"] for each in self.fake.posted]

    def saw_a_repetition(self, received: list[str]) -> None:
        assert len(received) == 2  # Slack can't tell: at least once, and `taken` finds it

    def sign(self, url: str, body: bytes, age: int = 0) -> dict[str, str]:
        return sign(body, age)

    def said_back(self, channel: CalledBack, heard: Any, words: str | None) -> list[str]:
        assert channel.answer("actions", heard, words) == ("text/plain", "")
        told = []
        for reply in self.fake.replies:
            assert reply["response_type"] == "ephemeral"
            assert reply["replace_original"] is False
            assert not set("<>") & set(reply["text"])
            (block,) = reply["blocks"]
            assert block["text"]["type"] == "plain_text"
            told.append(block["text"]["text"])
        return told


def test_a_page_to_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeSlack() as fake:
        given = channel_to(fake, monkeypatch).send(MESSAGE, SAM, "1/0/sam/chat")
        (posted,) = fake.posted
    assert given == f"D{SAM[1:]}:{posted['ts']}"
    text, actions = posted["blocks"]
    assert text == {"type": "section", "text": {"type": "plain_text", "text": MESSAGE.chat, "emoji": False}}
    assert [(each["action_id"], each.get("value"), each.get("url")) for each in actions["elements"]] == [
        ("acknowledge", "7k2", None),
        ("snooze", "7k2", None),
        ("open", None, MESSAGE.link),
    ]
    assert posted["metadata"]["event_payload"] == {"key": "1/0/sam/chat", "thread": MESSAGE.thread}
    assert posted["text"] == MESSAGE.chat.replace("\n", " ")


def test_the_personal_link_is_not_shown_to_a_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeSlack() as fake:
        channel_to(fake, monkeypatch).send(MESSAGE, TEAM, "1")
        (posted,) = fake.posted
    assert MESSAGE.link
    assert MESSAGE.link not in json.dumps(posted)
    assert [each["action_id"] for each in posted["blocks"][1]["elements"]] == ["acknowledge", "snooze"]


@pytest.mark.parametrize(
    ("callback", "changes", "code", "offered"),
    [
        (None, {}, "12", ["open"]),
        (CALLBACK, {"signing_secret": None}, "12", ["open"]),
        (CALLBACK, {}, "", ["open"]),
        (CALLBACK, {}, "aa", ["acknowledge", "open"]),
    ],
)
def test_buttons_that_nobody_would_hear_are_not_shown(
    monkeypatch: pytest.MonkeyPatch,
    callback: str | None,
    changes: dict[str, Any],
    code: str,
    offered: list[str],
) -> None:
    with FakeSlack() as fake:
        channel = channel_to(fake, monkeypatch, callback, **changes)
        channel.send(replace(MESSAGE, code=code), SAM, "1")
        assert [each["action_id"] for each in fake.posted[0]["blocks"][1]["elements"]] == offered
        assert ("no buttons" in channel.check()) == (callback is None or bool(changes))
        channel.send(replace(MESSAGE, code="", link=None), SAM, "2")
        assert len(fake.posted[0]["blocks"]) == 1


def test_nothing_of_hostile_text_is_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeSlack() as fake:
        channel_to(fake, monkeypatch).send(replace(HOSTILE, chat=HOSTILE.chat + "x" * 5_000), TEAM, "1\ud800")
        (posted,) = fake.posted
    assert "&lt;!channel&gt;" in posted["text"]
    assert not set("<>") & set(posted["text"])
    assert {each["text"]["type"] for each in (posted["blocks"][0], *posted["blocks"][1]["elements"])} == {
        "plain_text"
    }
    assert len(posted["blocks"][0]["text"]["text"]) <= 3_000


def test_what_slack_took_is_found_by_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    since = datetime.now(UTC)
    with FakeSlack() as fake:
        channel = channel_to(fake, monkeypatch)
        assert isinstance(channel, Asked)
        for address in (SAM, TEAM):
            assert channel.taken(MESSAGE, address, "1", since) is None
            given = channel.send(MESSAGE, address, "1")
            assert channel.taken(replace(MESSAGE, chat="other words"), address, "1", since) == given
            assert channel.taken(MESSAGE, address, "2", since) is None
            assert channel.taken(MESSAGE, address, "1", since + timedelta(hours=1)) is None
        del fake.posted[0]["metadata"]  # what people write
        assert channel.taken(MESSAGE, TEAM, "1", since) is None


@pytest.mark.parametrize(
    ("failure", "permanent", "retry_after", "words"),
    [
        ((200, {"ok": False, "error": "channel_not_found"}, {}), True, None, "/invite"),
        ((200, {"ok": False, "error": "invalid_auth"}, {}), True, None, "bot_token"),
        ((200, {"ok": False, "error": "is_archived"}, {}), True, None, "archived"),
        ((200, {"ok": False, "error": "missing_scope", "needed": "chat:write"}, {}), True, None, "scopes"),
        ((200, {"ok": False, "error": "never_heard_of"}, {}), True, None, "never_heard_of"),
        ((429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "30"}), False, 30.0, "ratelimited"),
        ((429, b"slow down", {"Retry-After": "soon"}), False, None, "429"),
        ((429, b"slow down", {"Retry-After": "999999999"}), False, 86_400.0, "429"),
        ((429, b"slow down", {"Retry-After": "9" * 400}), False, None, "429"),
        ((200, {"ok": False, "error": "internal_error"}, {}), False, None, "internal_error"),
        ((500, {"ok": False, "error": "fatal_error"}, {}), False, None, "fatal_error"),
        ((200, b"<html>log in</html>", {"Content-Type": "text/html"}), False, None, "refused (200)"),
        ((200, [], {}), False, None, "refused (200)"),
    ],
)
def test_what_goes_wrong(
    monkeypatch: pytest.MonkeyPatch, failure: Any, permanent: bool, retry_after: float | None, words: str
) -> None:
    with FakeSlack(failure=failure) as fake, pytest.raises(ChannelError) as caught:
        channel_to(fake, monkeypatch).send(MESSAGE, SAM, "1")
    assert caught.value.permanent == permanent
    assert caught.value.retry_after == retry_after
    assert words in str(caught.value)


def test_nobody_listens_is_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeSlack() as fake:
        channel = channel_to(fake, monkeypatch)
    with pytest.raises(ChannelError, match="can't be reached") as caught:
        channel.send(MESSAGE, SAM, "1")
    assert not caught.value.permanent
    # The press took effect; whoever pressed only does not hear of it.
    assert channel.answer("actions", Said(SAM, "12a", f"{fake.hooks}x"), "Sam has 12.") == ("text/plain", "")


def test_a_wrong_token_is_permanent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLD_TOKEN", "xoxb-old")
    with FakeSlack() as fake, pytest.raises(ChannelError, match="invalid_auth") as caught:
        channel_to(fake, monkeypatch, bot_token={"env": "OLD_TOKEN"}).check()
    assert caught.value.permanent
    assert "xoxb-old" not in str(caught.value)


def test_answers_go_to_slack_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeSlack() as fake:
        settings = channel_to(fake, monkeypatch)._settings
        ours = slack.build(settings, "chat", CALLBACK)
        reached = []
        monkeypatch.setattr(ours, "_reply", lambda address, _words: reached.append(address))
        for address in (
            "https://hooks.slack.com/actions/T1/2/3",
            "http://hooks.slack.com/actions/T1/2/3",
            "https://hooks.slack.com.evil.example/x",
            "https://hooks.slack.com@evil.example/x",
            "https://evil.example/https://hooks.slack.com/",
            fake.hooks,
            "",
        ):
            ours.answer("actions", Said(SAM, "12a", address), "Sam has 12.")
    assert reached == ["https://hooks.slack.com/actions/T1/2/3"]


def test_buttons_that_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeSlack() as fake:
        channel = channel_to(fake, monkeypatch)
        opened = pressed("open", "", "")
        assert channel.hear("actions", ACTIONS, sign(opened), opened) is None
        other = urlencode({"payload": json.dumps({"type": "view_closed"})}).encode()
        assert channel.hear("actions", ACTIONS, sign(other), other) is None
        for body in (pressed("acknowledge", "12 a", ""), b"payload=[]", b"payload={", b"payload=%7B%7D"):
            with pytest.raises(InputError):
                channel.hear("actions", ACTIONS, sign(body), body)


def test_without_a_signing_secret_nothing_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    body = pressed("acknowledge", "12", "")
    with FakeSlack() as fake, pytest.raises(ChannelError, match="signing_secret"):
        channel_to(fake, monkeypatch, signing_secret=None).hear("actions", ACTIONS, sign(body), body)


@pytest.mark.parametrize(
    ("address", "good"),
    [("U024BE7LH", True), ("C024BE91L", True), ("#general", False), ("@sam", False), ("u024be7lh", False)],
)
def test_addresses(address: str, good: bool) -> None:
    assert (slack.problem_with(address) is None) == good


def test_the_manifest_that_the_page_shows_asks_for_what_is_used_and_no_more() -> None:
    page = (ROOT / "docs" / "channels" / "slack.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    manifest = json.loads(block)
    assert manifest["oauth_config"]["scopes"]["bot"] == SCOPES
    assert manifest["settings"]["interactivity"]["request_url"].endswith("/channels/slack/actions")
