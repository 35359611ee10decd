"""Posts are looked up again on the way: what is gone goes, what is shown comes first, pages keep their readings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.commands.check import _taken
from monitor.daemon import _flight
from monitor.digest.leadership import digest_data
from monitor.errors import SourceError
from monitor.intake.lookup import Looked
from monitor.model import Batch, Billed, Deleted, Mention, MentionKey
from monitor.pipeline import Pipeline
from monitor.store import Store
from tests.monitor.scripted import (
    NOON,
    FakeClock,
    ScriptedDrafter,
    ScriptedSource,
    config,
    mention,
    one_pass,
    parts,
    reading,
)

DAY = timedelta(days=1)


class Platform(ScriptedSource):
    """Shows every post but those in `gone` (it says so) and in `hidden` (it says nothing of them)."""

    def __init__(self, mentions: Sequence[Mention], read_size: int = 100) -> None:
        super().__init__(mentions, page=1000, read_size=read_size)
        self.gone: set[str] = set()
        self.hidden: set[str] = set()
        self.edited: dict[str, str] = {}
        self.down: list[SourceError] = []

    def read(self, ids: Sequence[str], now: datetime) -> Batch:
        if self.down:
            raise self.down.pop(0)
        self.reads.append(tuple(ids))
        shown = [id_ for id_ in ids if id_ not in self.gone | self.hidden]
        return Batch(
            mentions=tuple(
                replace(each, text=self.edited[each.id]) for each in self.mentions if each.id in self.edited
            ),
            readings=tuple(reading(id_, 0, now) for id_ in shown),
            deleted=tuple(Deleted("x", id_, now) for id_ in ids if id_ in self.gone),
            billed=tuple(Billed(f"post {id_}", self.read_price) for id_ in ids if self.read_price),
        )


class World:
    """Mentions that are neither complaints nor praise, so that nothing but looking up asks for them again."""

    def __init__(
        self,
        folder: Path,
        posts: Sequence[Mention],
        read_size: int = 100,
        start: datetime = NOON,
        **limits: object,
    ) -> None:
        self.store = Store(folder / "test.db")
        self.platform = Platform(posts, read_size)
        self.clock = FakeClock(start)
        settings = config(folder)
        table = settings.sources["x"].model_copy(update=limits)
        self.config = settings.model_copy(update={"sources": {"x": table}})
        self.pipeline = Pipeline(parts(self.store, self.config, self.platform, clock=self.clock))
        self.pipeline.schedule(start)
        self.pass_()

    def pass_(self, **by: float) -> None:
        one_pass(self.pipeline, self.store, self.clock.forward(**by) if by else self.clock.now())

    def hours(self, count: int, step: int = 1) -> None:
        for _ in range(count // step):
            self.pass_(hours=step)

    def text(self, id_: str) -> str:
        found = self.store.read.mentions.get(MentionKey("x", id_))
        assert found is not None
        return found.text

    def looked(self) -> Looked:
        return self.store.read.looks.on_day("x", self.clock.now())


Make = Callable[..., World]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[World] = []

    def world(posts: Sequence[Mention], **settings: object) -> World:
        made.append(World(tmp_path, posts, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield world
    for each in made:
        each.store.close()


def plain(count: int) -> list[Mention]:
    return [mention(n, f"Where to buy Kestrel number {n}") for n in range(count)]


def test_every_post_is_looked_up_at_growing_ages_until_its_retention_ends(make: Make) -> None:
    world = make(plain(1))
    asked = []
    for _ in range(3 * 30):
        before = len(world.platform.reads)
        world.pass_(hours=8)
        asked += [(world.clock.now() - NOON) // DAY] * (len(world.platform.reads) - before)
    assert asked == [1, 3, 7, 14, 21, 28]
    assert world.store.read.mentions.waiting() == 0
    world.pass_(days=400)
    assert world.store.read.mentions.count() == 0


def test_what_is_gone_is_erased_and_what_was_edited_is_read_anew(make: Make) -> None:
    world = make(plain(3))
    world.platform.gone = {"0"}
    world.platform.edited = {"1": "Where to buy it now"}
    with capture_logs() as logs:
        world.hours(25)
    assert [world.text(id_) for id_ in "012"] == [
        "",
        "Where to buy it now",
        "Where to buy Kestrel number 2",
    ]
    assert world.looked() == Looked(3, 0, 1)
    (told,) = [entry for entry in logs if entry["event"] == "posts are gone, and were erased"]
    assert (told["source"], told["posts"]) == ("x", 1)
    world.hours(48)
    assert "0" not in world.platform.reads[-1]
    found = world.store.read.mentions.classification(MentionKey("x", "1"))
    assert found is not None  # of its new text


def test_a_post_of_which_the_platform_says_nothing_thrice_is_erased(make: Make) -> None:
    world = make(plain(2))
    world.platform.hidden = {"0"}
    world.hours(24 * 7 - 6, 6)
    assert world.text("0")
    world.hours(6, 6)
    assert (world.text("0"), world.looked().gone) == ("", 1)
    assert world.text("1")


def test_an_answer_in_between_counts(make: Make) -> None:
    world = make(plain(1))
    world.platform.hidden = {"0"}
    world.hours(24 * 4, 12)
    world.platform.hidden = set()
    world.hours(24 * 4, 12)
    world.platform.hidden = {"0"}
    world.hours(24 * 14, 12)
    assert world.text("0")


def test_a_platform_that_fails_erases_nothing_and_is_asked_again(make: Make) -> None:
    world = make(plain(1))
    world.platform.gone = {"0"}
    world.platform.down = [SourceError("x: down")]
    world.hours(24, 8)
    job = world.store.read.jobs.get("look x")
    assert job is not None
    assert (job.failures, bool(world.text("0"))) == (1, True)
    world.hours(2)
    assert world.text("0") == ""


def test_the_share_of_the_budget_is_spread_over_the_day_and_what_is_lost_is_counted(make: Make) -> None:
    world = make(plain(40), reads_per_day=40)
    with capture_logs() as logs:
        world.hours(24 * 3)
    done = [world.store.read.looks.on_day("x", NOON + n * DAY) for n in range(4)]
    # Due at noon of the second day: a quarter of 40, by the hour. What has waited for a day is lost.
    assert [each.posts for each in done[:3]] == [0, 9, 5]
    assert [each.lost for each in done[:3]] == [0, 0, 40 - 9 - 5]
    assert len(world.platform.reads) > 10  # spread over the hours
    assert world.store.read.looks.between(NOON, NOON + 3 * DAY)["x"] == Looked(14, 26, 0)
    week = digest_data(
        world.config,
        ScriptedDrafter(),
        world.store.read,
        world.config.digest.first,
        NOON - timedelta(hours=12),
        NOON + 2.5 * DAY,
        NOON + 3 * DAY,
    ).week
    assert [(each.looked, each.unlooked) for each in week.sources] == [(14, 26)]
    said = list(_taken(world.store.read, world.config, "x", NOON + 2 * DAY))
    assert "looked up today: 5 posts, 0 of them gone, 26 looks over the budget" in said
    told = [entry for entry in logs if "not looked up as often" in entry["event"]]
    assert len(told) == len([each for each in done if each.lost])


def test_dollars_are_billed_and_bound_what_is_looked_up(make: Make) -> None:
    world = make(plain(40), dollars_per_day=0.4)
    world.platform.read_price = 0.01
    world.hours(36)
    bill = world.store.read.sources.billed("x", NOON + DAY)
    assert 0.09 <= bill.dollars <= 0.101


def test_readings_for_pages_come_first(make: Make) -> None:
    complaints = [mention(n, f"Kestrel parcel {n} is lost") for n in range(30)]
    world = make([*complaints, *[replace(each, id=f"g{each.id}") for each in plain(30)]], reads_per_day=60)
    world.platform.counters = {each.id: 1 for each in complaints}
    world.hours(36)
    day = NOON + DAY
    read, looked = (
        world.store.read.sources.spent("x", day).posts,
        world.store.read.looks.on_day("x", day).posts,
    )
    assert read + looked <= 60
    assert looked <= 15
    assert read >= len(
        complaints
    )  # all fall due at one moment, so that some of the even shares find nobody waiting


def test_looks_and_readings_of_a_source_take_turns() -> None:
    assert _flight("look x") == _flight("read x") != _flight("read y")
    assert (
        _flight("poll x search")
        == _flight("poll x mentions")
        == _flight("fill x search")
        != _flight("read x")
    )
    assert _flight("poll x search") != _flight("poll y search") != _flight("listen x")


def test_a_full_batch_is_followed_by_the_next_at_once(make: Make) -> None:
    world = make(plain(8), read_size=5)
    world.hours(24)
    world.pass_()
    assert [len(ids) for ids in world.platform.reads] == [5, 3]


def test_words_that_people_are_shown_are_looked_up_every_day_and_first(make: Make) -> None:
    old = [mention(n, f"An old Kestrel thing {n}", NOON - timedelta(days=20)) for n in range(20)]
    crossed = mention("hot", "Kestrel parcel is lost")
    world = make([*old, crossed], reads_per_day=8, read_size=4)  # two looks a day
    world.platform.counters = {"hot": 600}
    world.store.write(lambda tables: tables.mentions.add_readings([reading("hot", 600, NOON)]))
    world.pass_(minutes=1)
    assert len(world.store.read.alerts.active()) == 1
    world.hours(24 * 3)  # from here on nothing but looking up asks for it
    before = len(world.platform.reads)
    world.hours(24 * 4)
    asked = [ids for ids in world.platform.reads[before:] if "hot" in ids]
    assert len(asked) >= 4
    assert all(ids[0] == "hot" for ids in asked)
    world.platform.gone = {"hot"}
    world.hours(24)
    assert world.text("hot") == ""


def test_what_the_digest_will_tell_is_looked_up_on_the_day_before(make: Make) -> None:
    friday, tuesday = NOON - 2 * DAY, NOON - 5 * DAY
    told = [mention(n, "Kestrel parcel is lost", tuesday + timedelta(minutes=n)) for n in range(2)]
    world = make(told, start=friday)  # the digest is due on Monday at 8; by their age, they are on Tuesday
    world.hours(40, 4)
    assert world.platform.reads == []
    world.hours(4, 4)
    title, *_ = world.store.read.looks.quoted_by([1])
    assert [ids for ids in world.platform.reads if title.id in ids] == [world.platform.reads[0]]


def test_a_source_that_is_gone_or_can_not_read_has_no_job(make: Make) -> None:
    world = make(plain(1))
    world.store.write(lambda tables: tables.jobs.ensure("look gone", NOON))
    world.pass_()
    assert world.store.read.jobs.get("look gone") is None
    world.platform.read_size = 0
    world.hours(2)
    assert world.store.read.jobs.get("look x") is None


def test_the_index_serves_what_is_due(make: Make) -> None:
    db = make(plain(1)).store.read.looks._db
    sql = "EXPLAIN QUERY PLAN SELECT id FROM mentions WHERE source = ? AND look_due_at <= ? ORDER BY look_due_at LIMIT 9"
    (step,) = [row["detail"] for row in db.query(sql, ["x", "2026"])]
    assert "mentions_look_due (source=? AND look_due_at<?)" in step
