"""Four platforms on which people write, edit and delete over a simulated day, and whose search lags behind.

Each wraps a fake platform and the world of its tests. A post is shown from `shown_at` on, which may be later than it was
written; what is asked for by its id is there at once. `due` brings about what has happened up to a moment.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from monitor.model import MentionKey
from tests.fake_platforms import FakeReddit, FakeX, Platform, reddit_post, x_post
from tests.fakes.hackernews import FakeHackerNews, comment
from tests.fakes.mastodon import FakeMastodon, status


@dataclass
class Post:
    """A post as its author knows it."""

    key: MentionKey
    written_at: datetime
    shown_at: datetime
    text: str
    deleted_at: datetime | None = None
    edited_at: datetime | None = None


@dataclass(order=True)
class Deed:
    at: datetime
    number: int
    work: Callable[[], None] = field(compare=False)


class People(Protocol):
    """What happens on a platform."""

    fake: Platform
    slack: bool
    """Whether the platform has a limit, so that not all that it showed can be had."""

    def write(self, at: datetime, shown_at: datetime, number: int) -> Post: ...

    def delete(self, post: Post) -> None: ...

    def edit(self, post: Post, text: str) -> Post | None:
        """Another post, where an edited one gets another id."""
        ...


class OnX:
    slack = False

    def __init__(self, fake: FakeX) -> None:
        self.fake = fake
        self._shown: dict[str, datetime] = {}
        visible = fake._visible
        fake._visible = lambda: [  # type: ignore[method-assign]
            post for post in visible() if self._shown[post["id"]] <= fake.now and not _is_old(post)
        ]

    def write(self, at: datetime, shown_at: datetime, number: int) -> Post:
        made = x_post(at, words(number), sequence=number % 4096)
        self.fake.posts.append(made)
        self._shown[made["id"]] = shown_at
        return Post(MentionKey("x", made["id"]), at, shown_at, made["text"])

    def delete(self, post: Post) -> None:
        self.fake.gone[post.key.id] = "https://api.twitter.com/2/problems/resource-not-found"

    def edit(self, post: Post, text: str) -> Post:
        old = next(each for each in self.fake.posts if each["id"] == post.key.id)
        at = self.fake.now
        new = x_post(at, text, sequence=4000)
        new["edit_history_tweet_ids"] = old["edit_history_tweet_ids"] = [old["id"], new["id"]]
        self.fake.posts.append(new)
        self._shown[new["id"]] = at
        return Post(MentionKey("x", new["id"]), at, at, text)


def _is_old(post: dict[str, Any]) -> bool:
    return bool(post["edit_history_tweet_ids"][-1] != post["id"])


class OnReddit:
    slack = True

    def __init__(self, fake: FakeReddit) -> None:
        self.fake = fake
        self._shown: dict[str, datetime] = {}
        visible = fake._visible
        fake._visible = lambda: [  # type: ignore[method-assign]
            thing for thing in visible() if self._shown[thing["data"]["name"]] <= fake.now
        ]

    def write(self, at: datetime, shown_at: datetime, number: int) -> Post:
        made = reddit_post(at, f"{number:x}", words(number))
        self.fake.things.append(made)
        name = made["data"]["name"]
        self._shown[name] = shown_at
        return Post(MentionKey("reddit", name), at, shown_at, made["data"]["title"])

    def delete(self, post: Post) -> None:
        self._data(post).update(author="[deleted]", selftext="[deleted]")

    def edit(self, post: Post, text: str) -> None:
        self._data(post).update(selftext=text, edited=self.fake.now.timestamp())

    def _data(self, post: Post) -> dict[str, Any]:
        found: dict[str, Any] = next(
            thing["data"] for thing in self.fake.things if thing["data"]["name"] == post.key.id
        )
        return found


class OnHackerNews:
    slack = False

    def __init__(self, fake: FakeHackerNews) -> None:
        self.fake = fake
        self._shown: dict[str, datetime] = {}
        search = fake._search

        def lagging(params: dict[str, str]) -> Any:
            every = fake.hits
            fake.hits = [
                hit
                for hit in every
                if self._shown[hit["objectID"]] <= fake.now and hit["objectID"] not in fake.gone
            ]
            try:
                return search(params)
            finally:
                fake.hits = every

        fake._search = lagging  # type: ignore[method-assign]

    def write(self, at: datetime, shown_at: datetime, number: int) -> Post:
        made = comment(at, 1000 + number, f"<p>{words(number)}")
        self.fake.hits.append(made)
        self._shown[made["objectID"]] = shown_at
        return Post(MentionKey("hackernews", made["objectID"]), at, shown_at, made["comment_text"])

    def delete(self, post: Post) -> None:
        self.fake.gone[post.key.id] = "deleted"

    def edit(self, post: Post, text: str) -> None:
        hit = next(each for each in self.fake.hits if each["objectID"] == post.key.id)
        hit["comment_text"] = f"<p>{text}"


class OnMastodon:
    slack = False

    def __init__(self, fake: FakeMastodon) -> None:
        self.fake = fake

    def write(self, at: datetime, shown_at: datetime, number: int) -> Post:
        text = f"{words(number)} #acme"
        made = status(at, f"<p>{text}</p>", sequence=number % 65_536)
        self.fake.statuses.append(made)
        self.fake.late[made["id"]] = shown_at
        return Post(MentionKey("mastodon", made["id"]), at, shown_at, text)

    def delete(self, post: Post) -> None:
        self.fake.statuses = [each for each in self.fake.statuses if each["id"] != post.key.id]

    def edit(self, post: Post, text: str) -> None:
        found = next(each for each in self.fake.statuses if each["id"] == post.key.id)
        at = self.fake.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        found.update(content=f"<p>{text} #acme</p>", edited_at=at)


def words(number: int) -> str:
    """What people write: one in four complains, and is followed."""
    return f"Kestrel lost my acme parcel {number}" if number % 4 == 0 else f"acme drove by, {number}"


def later(deeds: list[Deed], at: datetime, work: Callable[[], None]) -> None:
    """Have something happen at that moment."""
    insort(deeds, Deed(at, len(deeds), work))
