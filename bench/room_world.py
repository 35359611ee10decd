"""A made-up year of a brand in a database of its own, for screens, the API and the digest to be tried on:

    python -m bench.room_world FOLDER [--mentions 200000] [--stories 2000] [--days 365]

writes FOLDER/config.toml and FOLDER/snapwatch.db, the same ones each time. The rows are written as the daemon leaves them,
without its steps: those would take hours. What the posts say: `bench.room_posts`.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from bench.room_posts import COMPLAINTS, NOW, PLACES, SIZE, SOURCES, VIRAL_AT, Posts, put_row
from monitor.model import Forecast, Interval, Mention
from monitor.store import Store
from monitor.store import values as stored
from monitor.wording.sentences import title

SEED = 8
PEOPLE = ("Sam (first on call)", "Kim (second on call)", "Alex (team lead)")
BATCH = 5_000

CONFIG = """# A made-up year, for trying the screens on.
[brand]
name = "Kestrel Parcels"
names = ["Kestrel"]
handles = ["kestrelparcels"]

{sources}
[classifier]
type = "bundled"

[channels.email]
type = "outbox"
folder = "outbox"
form = "email"

{people}
[[rotations]]
name = "front-line"
time_zone = "Europe/London"
[[rotations.layers]]
people = ["Sam (first on call)", "Kim (second on call)"]

[oncall]
order = ["front-line", "Alex (team lead)"]
fallback = "Alex (team lead)"

[service]
contact = "direct message"

[digest]
time_zone = "Europe/London"
to = ["Alex (team lead)"]

[web]
listen = "127.0.0.1:8080"
public_url = "http://localhost:8080"

[store]
path = "snapwatch.db"
"""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--mentions", type=int, default=200_000)
    asked.add_argument("--stories", type=int, default=2_000)
    asked.add_argument("--days", type=int, default=365)
    asked.add_argument("--hostile", type=float, default=0.01, help="the share of hostile posts in stories")
    options = asked.parse_args()
    make(options.folder, options.mentions, options.stories, options.days, options.hostile)


def make(folder: Path, mentions: int, stories: int, days: int, hostile: float = 0.01) -> None:
    """Write the folder's configuration and database, which must not exist yet."""
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder)
    path = folder / "snapwatch.db"
    if path.exists():
        raise SystemExit(f"{path} is there already")
    store = Store(path)
    try:
        World(store, mentions, stories, days, hostile).write()
    finally:
        store.close()


def write_config(folder: Path) -> Path:
    for name in SOURCES:
        (folder / "in" / name).mkdir(parents=True, exist_ok=True)
    sources = "\n".join(
        f'[sources.{name}]\ntype = "folder"\nfolder = "in/{name}"\nmeasure = "reposts+quotes"\nviral_at = {VIRAL_AT}\n'
        for name in SOURCES
    )
    people = "\n".join(
        f'[[people]]\nname = "{name}"\ntime_zone = "Europe/London"\n'
        f'contacts = {{ email = "{name[:3].lower()}@example.com" }}\n'
        for name in PEOPLE
    )
    path = folder / "config.toml"
    path.write_text(CONFIG.format(sources=sources, people=people), encoding="utf-8")
    return path


class World:
    """Writes all of it; `random` and NumPy are seeded, so that it is the same each time."""

    def __init__(self, store: Store, mentions: int, stories: int, days: int, hostile: float) -> None:
        self._store = store
        self._random = random.Random(SEED)
        self._rng = np.random.default_rng(SEED)
        self._start = NOW - timedelta(days=days)
        self._days = days
        self._mentions, self._stories = mentions, stories
        self._posts = Posts(self._random, hostile)

    def write(self) -> None:
        complaints = int(self._mentions * 0.45)
        sizes = self._sizes(complaints)
        for story, size in enumerate(sizes, start=1):
            self._batched(self._story(story, size))
        self._batched(self._noise() for _ in range(self._mentions - complaints))
        self._ledger()

    def _sizes(self, posts: int) -> list[int]:
        """Few large stories and many small ones: by a power law; together at most so many posts."""
        weights = [1 / (rank**0.9) for rank in range(1, self._stories + 1)]
        scale = (posts - self._stories) / sum(weights)
        return [1 + math.floor(weight * scale) for weight in weights]

    # --- posts ------------------------------------------------------------------------------------------------

    def _story(self, story: int, size: int) -> Iterator[Callable[[Any], None]]:
        category = self._random.choice(list(COMPLAINTS))
        # One in a hundred goes on now, the largest among them.
        goes_on = story <= 3 or self._random.random() < 0.01
        began = NOW - timedelta(hours=self._random.uniform(1, 30)) if goes_on else self._any_time()
        lasts = timedelta(hours=self._random.uniform(0.5, 40))
        middle = self._unit(self._rng.normal(size=SIZE))
        place = self._random.choice(PLACES)
        times = sorted(
            min(NOW, began + lasts * (self._random.random() ** 2)) - timedelta(seconds=self._random.random())
            for _ in range(size)
        )
        largest = (
            self._random.choice((5, 30, 80, 300, 900, 2500)) if size > 3 else self._random.choice((0, 2, 9))
        )
        first: Mention | None = None
        spreads = []
        posts = []
        for rank, at in enumerate(times):
            mention = self._posts.complaint(category, place, at)
            first = first or mention
            spread = largest if rank == 0 else int(largest * self._random.random() ** 6)
            spreads.append(spread)
            posts.append((mention, spread))
        assert first is not None
        yield self._opened(story, first, times, middle, category, size, goes_on=goes_on)
        for mention, spread in posts:
            vector = self._unit(middle + 0.6 * self._unit(self._rng.normal(size=SIZE)))
            yield self._placed(mention, story, category, vector, spread, leads=mention is first)
        paged = largest >= 80 or category in ("privacy", "safety") or size > 200
        if paged:
            yield self._alert(story, first, category, size, max(spreads), goes_on=goes_on)

    def _noise(self) -> Callable[[Any], None]:
        mention = self._posts.talk(self._any_time)
        complaint = self._random.random() ** 3 * 0.49
        found = self._posts.found(complaint, "other", self._unit(self._rng.normal(size=SIZE)))

        def put(db: Any) -> None:
            self._posts.insert(db, mention, None)
            self._posts.classify(db, mention, found)

        return put

    # --- rows -------------------------------------------------------------------------------------------------

    def _placed(
        self, mention: Mention, story: int, category: str, vector: Any, spread: int, *, leads: bool
    ) -> Callable[[Any], None]:
        found = self._posts.found(0.5 + 0.5 * self._random.random(), category, vector)

        def put(db: Any) -> None:
            self._posts.insert(db, mention, story)
            self._posts.classify(db, mention, found)
            curve = self._posts.read(db, mention, spread)
            if not curve:
                return
            at, count = curve[-1]
            done = NOW - mention.created_at > timedelta(hours=5)
            crossed = next((at for at, so_far in curve if so_far >= VIRAL_AT), None)
            soon = not done and not crossed and spread >= VIRAL_AT / 2
            said = Forecast(
                at, count, VIRAL_AT, 1.0 if crossed else 0.01 if done else min(0.97, spread / VIRAL_AT * 0.6),
                float(spread), spread * 0.7, spread * 1.6 + 3, NOW + timedelta(minutes=40) if soon else None, len(curve),
                spread / 200,
            )  # fmt: skip
            row = {"source": mention.source, "id": mention.id} | stored.forecast_row(said)
            row["crossed_at"] = stored.to_text(crossed) if crossed else None
            put_row(db, "forecasts", row)
            if leads and spread >= VIRAL_AT / 10:
                _outlooks(db, story, mention, curve, spread)

        return put

    def _opened(
        self,
        story: int,
        first: Mention,
        times: list[datetime],
        middle: Any,
        category: str,
        size: int,
        *,
        goes_on: bool,
    ) -> Callable[[Any], None]:
        def put(db: Any) -> None:
            reason = f"{size:,} posts about {category}"
            row = {
                "id": story, "opened_at": stored.to_text(times[0]), "updated_at": stored.to_text(times[-1]),
                "closed_at": None if goes_on else stored.to_text(times[-1] + timedelta(hours=30)),
                "title": title(first.text), "title_mention": stored.mention_name(first.key), "summary": "",
                "summary_mention": "", "centroid": stored.to_blob(middle), "members": size,
                "action": "page" if size > 200 else "watch", "severity": "warning", "reason": reason,
                "decided_at": stored.to_text(times[-1]),
            }  # fmt: skip
            put_row(db, "stories", row)

        return put

    def _alert(
        self, story: int, first: Mention, category: str, size: int, spread: int, *, goes_on: bool
    ) -> Callable[[Any], None]:
        person = self._random.choice(PEOPLE)
        to_page, to_take, to_reply = (
            timedelta(minutes=self._random.uniform(*span)) for span in ((3, 60), (1, 40), (10, 90))
        )
        critical = category in ("privacy", "safety") or spread > VIRAL_AT
        taken = not goes_on or self._random.random() < 0.6
        replied = taken and self._random.random() < 0.6

        def put(db: Any) -> None:
            opened = min(NOW, first.created_at + to_page)
            acked = min(NOW, opened + to_take)
            reason = f"{min(size, 40)} people complain of {category}, faster than is normal; likely to pass {VIRAL_AT}"
            row = {
                "story_id": story, "state": "resolved" if not goes_on else "acknowledged" if taken else "open",
                "severity": "critical" if critical else "warning", "reason": reason,
                "opened_at": stored.to_text(opened), "paged_at": stored.to_text(opened), "posts": size, "spread": spread,
                "sources": first.source, "crossed": int(spread >= VIRAL_AT), "p_viral": min(0.95, spread / VIRAL_AT),
                "holder": person if taken else None, "acknowledged_at": stored.to_text(acked) if taken else None,
                "held_since": stored.to_text(acked) if taken and goes_on else None,
                "resolved_at": None if goes_on else stored.to_text(acked + timedelta(hours=5)),
                "step_due_at": None if taken else stored.to_text(NOW + timedelta(minutes=7)),
            }  # fmt: skip
            alert = put_row(db, "alerts", row)
            happened = [(opened, "opened", None, reason), (opened, "paged", PEOPLE[0], "by email")]
            if taken:
                happened.append((acked, "acknowledged", person, ""))
            if not goes_on:
                happened.append((acked + timedelta(hours=5), "resolved", person, ""))
            for at, event, who, note in happened:
                row = {
                    "alert_id": alert,
                    "at": stored.to_text(at),
                    "event": event,
                    "person": who,
                    "note": note,
                }
                put_row(db, "alert_events", row)
            put_row(db, "deliveries", {
                "alert_id": alert, "person": PEOPLE[0], "channel": "email", "state": "sent",
                "due_at": stored.to_text(opened), "sent_at": stored.to_text(opened + timedelta(seconds=20)), "attempts": 1,
            })  # fmt: skip
            if replied and (at := acked + to_reply) <= NOW:
                self._reply(db, alert, story, first, person, acked, at)

        return put

    def _reply(
        self, db: Any, alert: int, story: int, first: Mention, person: str, begun: datetime, at: datetime
    ) -> None:
        by = at + timedelta(hours=2)
        says = f"We will update you by {by:%H:%M}."
        text = (
            f"@{first.author.handle} Sorry about this. We are looking into it with the team in charge. {says}"
        )
        kept = by < NOW
        row = {
            "key": f"made-up-{story}", "alert_id": alert, "story_id": story, "source": first.source,
            "mention_id": first.id, "state": "posted", "text": text, "version": 1, "needs": 1, "playbook": "delivery",
            "form": "short", "drafted": text, "says": says, "report_by": stored.to_text(by), "editor": person,
            "owner": person, "created_at": stored.to_text(begun), "changed_at": stored.to_text(at),
            "tried_at": stored.to_text(at), "tries": 1, "posted_at": stored.to_text(at), "posted_id": f"r{story}",
            "url": f"https://social.example.com/{first.source}/r{story}", "promise": "kept" if kept else "open",
            "broken_at": stored.to_text(by) if kept and self._random.random() < 0.2 else None,
        }  # fmt: skip
        reply = put_row(db, "replies", row)
        for what, when in (("begun", begun), ("approved", at), ("posted", at)):
            event = {
                "reply_id": reply,
                "at": stored.to_text(when),
                "who": person,
                "what": what,
                "version": 1,
                "text": text,
            }
            put_row(db, "reply_events", event)

    def _ledger(self) -> None:
        """What was read of each source: everything but a few hours, and what it took."""

        def put(tables: Any) -> None:
            for name in SOURCES:
                tables.sources.polled(name, None, NOW)
                tables.sources.cover(name, [Interval(self._start, NOW - timedelta(minutes=2))])
                hole = self._any_time()
                tables.sources.cover(
                    name, [Interval(hole, hole + timedelta(hours=3), False, "the platform answered 503")]
                )
                tables.jobs.ensure(f"poll {name}", NOW + timedelta(minutes=1))
            db = tables.meta._db
            for day in range(self._days):
                date = (NOW - timedelta(days=day)).date().isoformat()
                for name in SOURCES:
                    put_row(
                        db,
                        "bills",
                        {"source": name, "day": date, "posts": 90, "dollars": 0.45 if name == "x" else 0.0},
                    )
                    put_row(db, "reads", {"source": name, "day": date, "posts": 400})

        self._store.write(put)

    # --- helpers ----------------------------------------------------------------------------------------------

    def _batched(self, work: Iterator[Callable[[Any], None]]) -> None:
        batch = []
        for each in work:
            batch.append(each)
            if len(batch) == BATCH:
                self._run(batch)
                batch = []
        self._run(batch)

    def _run(self, batch: list[Callable[[Any], None]]) -> None:
        def put(tables: Any) -> None:
            for each in batch:
                each(tables.meta._db)

        self._store.write(put)

    def _any_time(self) -> datetime:
        """More by day than by night."""
        day = self._start + timedelta(days=self._random.randrange(self._days))
        hour = min(23.9, max(0.0, self._random.gauss(14, 4)))
        return min(day.replace(hour=0, minute=0) + timedelta(hours=hour), NOW - timedelta(minutes=1))

    @staticmethod
    def _unit(vector: Any) -> Any:
        return vector / np.linalg.norm(vector)


def _outlooks(db: Any, story: int, lead: Mention, curve: list[tuple[datetime, int]], spread: int) -> None:
    """What the forecast said of the story as its leading post spread: nearer to the truth from reading to reading."""
    for number, (at, count) in enumerate(curve, start=1):
        known = number / len(curve)
        expected = max(count, spread * (0.4 + 0.6 * known))
        crossed = count >= VIRAL_AT
        put_row(db, "outlooks", {
            "story_id": story, "number": number, "at": stored.to_text(at), "page_at": 0.35,
            "p_viral": 1.0 if crossed else min(0.97, expected / VIRAL_AT * (0.3 + 0.4 * known)),
            "source": lead.source, "mention_id": lead.id, "count": count, "viral_at": VIRAL_AT,
            "expected": expected, "low": max(count, expected * (0.5 + 0.3 * known)), "high": expected * (3 - 1.7 * known),
            "crosses_at": None if crossed else stored.to_text(at + timedelta(minutes=200 * (1.1 - known))),
            "sparse": int(number == 1),
        })  # fmt: skip


if __name__ == "__main__":
    main()
