"""Write sources/brand_day.jsonl: one day of a made-up brand in the exchange format, the same bytes every time.

    python -m bench.make_brand_day

The texts stand in brand_day_texts.toml. Reposts, likes and replies of a post are drawn as moments in time from the
growth curve of its kind; a reading is what a poll at that moment would have counted. Brand, people, places and
addresses are invented (names under .example can't exist); to rename the brand change BRAND and HANDLE here.
"""

from __future__ import annotations

import json
import math
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

BRAND = "Kestrel Parcels"
HANDLE = "kestrelparcels"
START = datetime(2026, 11, 1, 9, tzinfo=UTC)
DAY = 24 * 60.0
SEED = 20261101
TEXTS = Path(__file__).with_name("brand_day_texts.toml")
OUT = Path(__file__).resolve().parents[1] / "sources" / "brand_day.jsonl"

# Minutes after the post and the spread by then: reposts + quotes on X, score on Reddit.
Curve = tuple[tuple[float, float], ...]
HOT: dict[str, Curve] = {
    "viral_root": (
        (0, 0), (13, 4), (28, 14), (43, 42), (58, 88), (73, 136), (88, 194), (118, 330), (148, 502), (208, 1060),
        (268, 1780), (328, 2500), (388, 3080), (448, 3500), (568, 4030), (688, 4310), (808, 4420), (1348, 4490),
    ),
    "viral_pickup": (
        (0, 0), (12, 18), (30, 58), (62, 140), (122, 290), (182, 420), (242, 570), (420, 900), (600, 1080), (1320, 1140),
    ),
    "viral_reddit": (
        (0, 1), (15, 12), (30, 40), (60, 128), (92, 262), (152, 530), (272, 1120), (392, 1610), (572, 1950), (1292, 2080),
    ),
    "driver_root": ((0, 0), (5, 7), (10, 17), (20, 31), (30, 40), (45, 44), (90, 47), (180, 49), (960, 50)),
}  # fmt: skip
HANDLE_WORDS = (
    "parcel harbour maple window copper quiet paper morning velvet north pebble ginger cloud orchard lantern marble "
    "river button cider meadow tiny rusty sunny attic",
    "watcher kettle walker cat gardener reader baker fox biscuit cyclist teapot sailor owl runner knitter badger "
    "piano moth painter snail hiker drummer hedgehog pilot",
)


@dataclass(eq=False)
class Post:
    """One mention to be; times are minutes since START. `spread` is where the shares end."""

    at: float
    source: str
    text: str
    language: str | None
    spread: int
    kind: str = ""
    parent: Post | None = None
    quotes_parent: bool = False
    handle: str = ""
    followers: int = 0
    id: str = ""
    deleted_at: float = math.inf
    events: dict[str, list[float]] = field(default_factory=dict)


def clock(text: str) -> float:
    """Minutes since START of a time of day; before 09:00 means the Monday."""
    hours, minutes = text.split(":")
    return (int(hours) * 60 + int(minutes) - START.hour * 60) % DAY


class Day:
    def __init__(self) -> None:
        self.random = Random(SEED)
        self.texts: dict[str, str] = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
        self.posts: list[Post] = []

    def lines(self, group: str) -> Iterator[tuple[float | None, str | None, str]]:
        """The texts of a group, each with its fixed time and language where it has them."""
        for line in self.texts[group].strip().splitlines():
            at, language, text = None, "en", line
            if text[2] == ":" and text[5] == "|":
                at, text = clock(text[:5]), text[6:]
            if text[2] == "|":
                language, text = text[:2], text[3:]
            text = text.replace(" || ", "\n\n")
            yield at, language, text.replace("{brand}", BRAND).replace("{at}", "@" + HANDLE)

    def post(
        self,
        group: str,
        source: str,
        start: str,
        end: str,
        *,
        pull: float = 1.0,
        rising: bool = False,
        parents: list[Post] | None = None,
        quote: bool = False,
        reddit_share: float = 0.0,
    ) -> list[Post]:
        """Post every text of a group at some time in a window, in the written order; `pull` scales their spread.

        `rising`: few at the start of the window and many at its end. `parents`: what they reply to or quote.
        """
        lines = list(self.lines(group))
        first = clock(start)
        length = (clock(end) - first) % DAY or DAY
        drawn = sorted(first + length * self.random.random() ** (0.6 if rising else 1.0) for _ in lines)
        made = []
        for (fixed, language, text), at in zip(lines, drawn, strict=True):
            where = "reddit" if self.random.random() < reddit_share else source
            spread = int(pull * self.random.lognormvariate(0, 1.1) * (2.0 if where == "reddit" else 0.8))
            post = Post(at if fixed is None else fixed, where, text, language, spread, group)
            if where == "reddit":
                post.language = None  # Reddit gives none
            known = [p for p in parents or [] if p.at < post.at and p.source == where]
            if known:
                # most people answer the post that started it
                post.parent = known[0] if self.random.random() < 0.6 else self.random.choice(known)
                post.quotes_parent = quote
            made.append(post)
        self.posts += made
        return made

    def one(self, group: str, at: str, handle: str, followers: int, source: str = "x") -> Post:
        """The posts that the day turns on: a fixed time and author, and a curve of its own."""
        (post,) = self.post(group, source, at, at)
        post.at, post.handle, post.followers = clock(at), handle, followers
        if group in HOT:
            post.spread = int(HOT[group][-1][1])
        return post

    def write_background(self) -> None:
        for group in ("praise", "jokes", "questions", "neutral", "sarcasm"):
            self.post(
                group, "x", "09:00", "23:30", reddit_share=0.06 if group in ("jokes", "questions") else 0.0
            )
        self.post("spam", "x", "09:20", "06:00", pull=0.2)
        self.post("namesake", "x", "09:10", "21:00", pull=2.0)
        self.post("single_complaints", "x", "09:30", "08:30", pull=0.6)
        self.post("refund", "x", "11:50", "21:30", pull=1.2)
        self.post("refund_reddit", "reddit", "15:05", "15:10", pull=2.0)
        self.post("app", "x", "09:25", "20:30", pull=1.5)
        self.post("app_reddit", "reddit", "13:40", "13:45", pull=2.0)
        self.posts[0].at = 0.0

    def write_driver(self) -> None:
        """The video that looks hot for half an hour, until people see that it is old."""
        root = self.one("driver_root", "16:20", "commute_clips_daily", 20_000)
        self.post("driver_quotes", "x", "16:25", "16:50", parents=[root], quote=True, pull=0.8)
        self.post("driver_debunk", "x", "16:49", "18:30", parents=[root], pull=3.0)

    def write_viral(self) -> None:
        """Parcels marked 'delivered' and dumped: the complaint that goes viral on X and Reddit."""
        root = self.one("viral_root", "10:32", "inkwell_and_oats", 640)
        second = self.one("viral_thread_2", "10:36", root.handle, root.followers)
        second.parent, second.spread = root, 210
        pickup = self.one("viral_pickup", "10:58", "tannery_lane_news", 48_000)
        pickup.parent, pickup.quotes_parent = root, True
        threads = self.post("viral_reddit", "reddit", "11:28", "17:00", pull=60)
        threads[0].at, threads[0].kind, threads[0].spread = clock("11:28"), "hot_reddit", 2080
        threads[1].at, threads[1].spread = clock("14:12"), 160
        threads[2].at, threads[2].spread = clock("16:03"), 340
        customers = self.post("viral_customers", "x", "10:47", "13:10", pull=6.0)
        roots = [root, pickup, second, *customers]
        self.post("viral_copies", "x", "11:20", "13:30", pull=4.0)
        self.post("viral_copies", "x", "13:00", "16:00", pull=2.0)
        self.post("viral_copies", "x", "15:00", "21:00", pull=1.0)
        self.post("viral_replies", "x", "10:40", "17:30", parents=roots, pull=0.5)
        self.post("viral_quotes", "x", "11:02", "16:30", parents=[root, pickup], quote=True, pull=5.0)
        self.post("viral_later", "x", "13:20", "22:30", pull=5.0)
        self.post("viral_jokes", "x", "13:40", "21:00", pull=7.0)
        comments = self.post("viral_reddit_comments", "reddit", "11:40", "22:00", parents=threads, pull=7.0)
        for comment in comments:
            comment.kind = "comment"
        self.post("aftermath", "x", "06:40", "08:50", pull=1.5)

    def name_everything(self) -> None:
        """Order by time, then ids, authors and the few that get deleted."""
        self.posts.sort(key=lambda post: post.at)
        handles = self._handles()
        for number, post in enumerate(self.posts, 1001):
            if post.source == "x":
                post.id = str(number)
            else:
                post.id = ("t1_" if post.kind == "comment" else "t3_") + f"kp{number}"
            if not post.handle:
                post.handle = next(handles)
                post.followers = int(self.random.lognormvariate(math.log(260), 1.3))
        for group, nth, after in (
            ("spam", 0, 42), ("spam", 1, 95), ("driver_quotes", 1, 55), ("driver_quotes", 4, 70), ("jokes", 6, 180),
            ("viral_customers", 25, 210), ("viral_copies", 9, 31),
        ):  # fmt: skip
            post = [p for p in self.posts if p.kind == group][nth]
            post.deleted_at = post.at + after

    def _handles(self) -> Iterator[str]:
        firsts, seconds = (words.split() for words in HANDLE_WORDS)
        pairs = [(a, b) for a in firsts for b in seconds]
        self.random.shuffle(pairs)
        for first, second in pairs:
            number = self.random.choice(["", f"_{self.random.randrange(2, 99)}"])
            yield f"{first}_{second}{number}"

    def age(self, post: Post) -> float:
        """One draw from the growth curve of a post: the age in minutes at which somebody shared it."""
        curve = HOT.get("viral_reddit" if post.kind == "hot_reddit" else post.kind)
        if curve is None:  # half of an ordinary post's sharing comes in its first 50 minutes
            return self.random.lognormvariate(math.log(50), 1.3)
        target = self.random.random() * curve[-1][1]
        for (t0, n0), (t1, n1) in pairwise(curve):
            if target <= n1:
                return t0 + (t1 - t0) * (target - n0) / (n1 - n0) if target > n0 else t0
        return curve[-1][0]

    def draw_engagement(self, post: Post) -> None:
        totals: dict[str, int]
        if post.source == "x":
            quotes = sum(self.random.random() < 0.11 for _ in range(post.spread))
            likes = int(post.spread * self.random.uniform(2.2, 4.5)) + self.random.randrange(6)
            replies = int(post.spread * self.random.uniform(0.15, 0.5)) + (self.random.random() < 0.4)
            totals = {"likes": likes, "replies": replies, "reposts": post.spread - quotes, "quotes": quotes}
        else:
            replies = 0 if post.kind == "comment" else int(post.spread * self.random.uniform(0.12, 0.3))
            totals = {"likes": post.spread, "replies": replies}
        for name, total in totals.items():
            post.events[name] = sorted(self.age(post) for _ in range(total))

    def ages_to_read(self, post: Post) -> list[float]:
        """When polling reads a post: the hot ones every few minutes, the cold ones a handful of times."""
        if post.kind in HOT or post.kind == "hot_reddit":
            ages = [2.0 + 5 * k for k in range(72)] + [365.0 + 10 * k for k in range(24)]
            ages += [610.0 + 30 * k for k in range(30)]
        elif post.spread >= 8:
            ages = [2, 7, 15, 30, 45, 60, 90, 150, 240, 360, 600, 900, 1260]
        else:
            ages = [2, 12, 45, 120, 300, 720, 1200]
        ages = [age + self.random.random() for age in ages]
        return [age for age in ages if post.at + age < min(DAY, post.deleted_at)]

    def reading(self, post: Post, age: float) -> dict[str, object]:
        counts = {name: bisect_right(ages, age) for name, ages in post.events.items()}
        if post.source == "x":
            seen = post.followers * 0.12 * (1 - math.exp(-age / 240))
            counts["views"] = int(seen) + 38 * counts["likes"] + 55 * counts["reposts"] + 3 * int(age**0.5)
            if self.random.random() < 0.05:
                del counts["views"]  # X leaves it out now and then
        else:
            counts["likes"] += 1  # the author's own vote
        if counts["likes"] > 3 and self.random.random() < 0.04:
            counts["likes"] -= self.random.randrange(1, 3)  # somebody took a like back
        at = moment(post.at + age)
        return {"type": "reading", "source": post.source, "id": post.id, "at": at, **counts}

    def mention(self, post: Post) -> dict[str, object]:
        name = post.handle.replace("_", " ").title()
        author: dict[str, object] = {"id": f"id_{post.handle}", "handle": post.handle, "name": name}
        if post.source == "x":
            author["followers"] = post.followers
            url = f"https://x.example/{post.handle}/status/{post.id}"
        else:
            url = f"https://reddit.example/r/parcels/comments/{post.id.split('_')[1]}"
        line: dict[str, object] = {"type": "mention", "source": post.source, "id": post.id, "author": author}
        line |= {"text": post.text, "url": url, "created_at": moment(post.at), "language": post.language}
        line["in_reply_to"] = post.parent.id if post.parent and not post.quotes_parent else None
        if post.parent and post.quotes_parent:
            line["quoted"] = post.parent.id
        return line

    def deletion(self, post: Post) -> dict[str, object]:
        return {"type": "deleted", "source": post.source, "id": post.id, "at": moment(post.deleted_at)}

    def records(self) -> list[dict[str, object]]:
        """Every line of the file, ordered by time."""
        self.write_background()
        self.write_driver()
        self.write_viral()
        self.name_everything()
        timed: list[tuple[str, dict[str, object]]] = []
        for post in self.posts:
            self.draw_engagement(post)
            timed.append((moment(post.at), self.mention(post)))
            for age in self.ages_to_read(post):
                timed.append((moment(post.at + age), self.reading(post, age)))
            if post.deleted_at < DAY:
                timed.append((moment(post.deleted_at), self.deletion(post)))
        root = next(post for post in self.posts if post.kind == "viral_root")
        timed.append((moment(DAY), self.reading(root, DAY - root.at)))
        timed.sort(key=lambda pair: pair[0])
        return [record for _, record in timed]


def moment(minutes: float) -> str:
    return (START + timedelta(seconds=round(minutes * 60))).strftime("%Y-%m-%dT%H:%M:%SZ")


def brand_day() -> str:
    """The whole file as text."""
    return "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in Day().records())


if __name__ == "__main__":
    OUT.write_text(brand_day(), encoding="utf-8")
