"""Pure: a page as Slack shows it, in which nothing that people outside wrote is markup."""

from __future__ import annotations

from typing import Any

from alerts.buttons import Wish, wishes
from monitor.notice import Message
from monitor.wording.text import clean, web_link

LONGEST = 2_900
"""Characters of one text block; Slack takes 3,000 (https://docs.slack.dev/reference/block-kit/blocks/section-block)."""

LABELS: dict[Wish, str] = {"acknowledge": "Acknowledge", "snooze": "Snooze 30 minutes"}
"""Buttons that ask for something, by their action_id."""


def blocks(message: Message, *, buttons: bool, personal: bool) -> list[dict[str, Any]]:
    """The text, and under it the buttons. `personal`: one person alone reads it, so their own link may stand there."""
    offered: list[dict[str, Any]] = [
        {"type": "button", "action_id": wish, "value": message.code, "text": _plain(LABELS[wish])}
        for wish in (wishes(message.code) if buttons else ())
    ]
    if personal and web_link(message.link):
        offered.append({"type": "button", "action_id": "open", "url": message.link, "text": _plain("Open")})
    return [section(message.chat), *([{"type": "actions", "elements": offered}] if offered else [])]


def section(text: str) -> dict[str, Any]:
    shown = clean(text)
    return {
        "type": "section",
        "text": _plain(shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"),
    }


def escaped(text: str) -> str:
    """For the one place where Slack reads markup: what a notification shows."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> dict[str, Any]:
    """Text in which nothing is markup, a name that rings somebody, or an emoji."""
    return {"type": "plain_text", "text": text, "emoji": False}
