"""Replies on X, posted through tweepy in the name of an account: OAuth 1.0a, whose tokens do not run out.

X has no idempotency key. It refuses a text that the account has posted just before, and what an earlier try posted is
looked for among the account's own posts.
"""

from __future__ import annotations

import html
import logging
import re
import time
import unicodedata
from datetime import UTC, datetime, timedelta
from itertools import dropwhile

from pydantic import Field

from monitor.errors import PostError
from monitor.intake.outside import count_at, object_at, text_at
from monitor.model import Mention
from monitor.ports import Poster
from monitor.reply import Approved, Posted
from monitor.settings import Secret, Settings
from sources import x_post
from sources.posting import as_post_error
from sources.x_account import READS_ONLY, Account, DuplicateError

PAGES, PAGE = 31, 100  # X ends the list of an account's posts after 3,200, without a word
CLOCKS = timedelta(minutes=1)
"""How far X's clock may be behind ours."""
LOOKING = 120.0
"""Seconds that looking for a reply may take, over all its pages."""
_LINK = re.compile(r"https?://t\.co/\w+")
_HANDLE = re.compile(r"@\w{1,15}", re.ASCII)


class ReplySettings(Settings):
    consumer_key: Secret = Field(description="the app's key, from X's developer console")
    consumer_secret: Secret = Field(description="the key's secret")
    access_token: Secret = Field(
        description="the account's token for that app, made with the permission to write"
    )
    access_token_secret: Secret = Field(description="the token's secret")


class XPoster(Poster):
    def __init__(self, settings: ReplySettings, name: str) -> None:
        import tweepy

        for each in ("tweepy.client", "oauthlib", "requests_oauthlib"):
            logging.getLogger(each).setLevel(logging.INFO)  # at debug they tell tokens and signatures
        secrets = {key: getattr(settings, key).get_secret_value() for key in ReplySettings.model_fields}
        self.name = name
        self.client = tweepy.Client(**secrets, return_type=dict)
        self.client.session = self.session = Account(name, *secrets.values())
        self._id = ""

    def post(self, reply: Approved, to: Mention, now: datetime) -> Posted:
        """When X says that it has the text already, it is looked for: an earlier try may have been shown only since."""
        if not x_post.is_id(to.id):
            raise PostError(f"{self.name}: the mention's id is none of X's", permanent=True)
        with as_post_error():
            try:
                answer = self.session.ask(
                    now, self.client.create_tweet, text=reply.text, in_reply_to_tweet_id=to.id
                )
            except DuplicateError:
                if found := self.find(reply, to, reply.at, now):
                    return found
                raise
            id = text_at(object_at(answer, "data"), "id")
            if not x_post.is_id(id):
                raise self.session.unreadable("it names no post")
        return _posted(id)

    def find(self, reply: Approved, to: Mention, since: datetime, now: datetime) -> Posted | None:
        """Among the account's own posts since then, and since the post that is answered: X bills each that it shows."""
        if not x_post.is_id(to.id):
            return None
        began = time.monotonic()
        with as_post_error():
            asked = {
                "id": self._id or self._account(now)[0],
                "since_id": max(x_post.id_at(since - CLOCKS), int(to.id)),
                "exclude": ["retweets"],
                "max_results": PAGE,
                "tweet_fields": ["note_tweet", "referenced_tweets"],
                "user_auth": True,
            }
            token = None
            for _ in range(PAGES):
                answer = self.session.ask(now, self.client.get_users_tweets, **asked, pagination_token=token)
                meta, posts = object_at(answer, "meta"), x_post.posts_of(answer)
                if count_at(meta, "result_count") != len(posts):
                    raise self.session.unreadable("it is no list of posts")
                for post in posts:
                    if x_post.reference(post, "replied_to") == to.id and is_same(
                        reply.text, x_post.text_of(post)
                    ):
                        return _posted(post["id"])
                token = text_at(meta, "next_token")
                if not token:
                    return None
                if time.monotonic() - began > LOOKING:
                    break
        raise PostError(
            f"{self.name}: X shows too many posts of the account to say whether the reply is there"
        )

    def check(self) -> str:
        """Asks who the account is, for a cent."""
        with as_post_error():
            _, handle = self._account(datetime.now(UTC))
        if self.session.access == "read":
            raise PostError(f"{self.name}: X {READS_ONLY}", permanent=True)
        return f"{self.name}: replies are posted as @{handle}"

    def _account(self, now: datetime) -> tuple[str, str]:
        """Its id and its handle."""
        user = object_at(self.session.ask(now, self.client.get_me), "data")
        id, handle = text_at(user, "id"), text_at(user, "username")
        if not x_post.is_id(id) or not _HANDLE.fullmatch(f"@{handle}"):
            raise self.session.unreadable("it names no account")
        self._id = id
        return id, handle


def is_same(approved: str, shown: str) -> bool:
    """Whether X shows the approved text: it wraps links, escapes &, < and >, and puts handles before a reply or hides
    them there."""
    ours, theirs = _words(approved), _words(html.unescape(shown))
    return len(ours) == len(theirs) and all(map(_is_same_word, ours, theirs))


def _words(text: str) -> list[str]:
    return list(dropwhile(_HANDLE.fullmatch, unicodedata.normalize("NFC", text).split()))


def _is_same_word(ours: str, theirs: str) -> bool:
    link = _LINK.search(theirs)
    if link is None or ours == theirs:
        return ours == theirs
    before, after = theirs[: link.start()], theirs[link.end() :]
    return len(ours) > len(before + after) and ours.startswith(before) and ours.endswith(after)


def _posted(id: str) -> Posted:
    return Posted(id, f"https://x.com/i/status/{id}")
