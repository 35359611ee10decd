"""The cases that the benches of drafts put to the drafter: who asks, where, when, and who answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.model import Author, Classification, Mention
from monitor.reply import Case, Draft, Occasion

NOW = datetime(2026, 11, 18, 10, 2, tzinfo=UTC)  # a Wednesday, in open hours
BRAND, RESPONDER = "Acme", "Robin (first on call)"
HANDLES = {
    "x": "customer_{}",
    "bluesky": "customer{}.example.com",
    "mastodon": "customer{}@example.social",
    "reddit": "customer_{}",
}


def mention(platform: str, number: int, text: str, handle: str, name: str = "") -> Mention:
    author = Author(f"u{number}", handle, name, followers=200)
    return Mention(
        platform, str(number), author, text, f"https://posts.example/{number}", NOW - timedelta(minutes=20)
    )


def case(post: Mention, found: Classification | None) -> Case:
    """As the page puts it: the post's own category counts, unless it is none of the known situations."""
    category = found.category if found and found.category != "other" else None
    return Case(post, found, category)


def occasion(draft: Draft, platform: str, post: Mention, customer: str) -> Occasion:
    return Occasion(
        platform=platform,
        public=draft.form != "private",
        customer=customer,
        post=post.text,
        responder=RESPONDER.partition(" (")[0],
        now=NOW,
    )


def shown(handle: str, platform: str) -> str:
    """A handle as replies on the platform write it."""
    return f"u/{handle}" if platform == "reddit" else f"@{handle.lstrip('@')}"
