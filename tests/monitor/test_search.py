"""What the store finds, how it goes on from page to page, and that nothing is left of what was erased."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Author, Classification, Deleted, Forecast, Mention, MentionKey, Sentiment
from monitor.overview.search import SORTS, Found, Query, Sort, all_hits, choices, mention_view, search
from monitor.store import Store, Tables, database, merging
from monitor.store.migrations import migrations
from tests.monitor.scripted import NOON, mention, reading
from tests.monitor.scripted import config as make_config

ZONE = ZoneInfo("Europe/London")
ODD = b"zyxquobble"


def says(complaint: float, **more: object) -> Classification:
    return Classification(complaint, Sentiment(complaint, 1 - complaint, 0.0), "scripted", **more)  # type: ignore[arg-type]


def add(store: Store, *mentions: Mention) -> None:
    store.write(lambda tables: tables.mentions.add(mentions, NOON))


def ids(found: Found) -> list[str]:
    return [hit.mention.id for hit in found.hits]


@pytest.fixture
def look(store: Store, tmp_path: Path) -> Callable[..., list[str]]:
    """Ids of what fits, all pages."""
    config = make_config(tmp_path)

    def looked(size: int = 2, **asked: object) -> list[str]:
        query = Query(**asked)  # type: ignore[arg-type]
        found = search(store.read, config, query, ZONE, NOON, size=size)
        result = ids(found)
        while found.next is not None:
            found = search(store.read, config, query, ZONE, NOON, found.next, size)
            assert found.hits
            result += ids(found)
        assert found.total == len(result)
        return result

    return looked


def some(store: Store) -> None:
    add(
        store,
        mention(1, "Kestrel lost my parcel", NOON),
        mention(2, "Kestrel: great parcel", NOON + timedelta(hours=1), language="de"),
        replace(mention(3, "The parcel is lost", NOON + timedelta(days=1)), source="reddit"),
        replace(mention(4, "Nothing", NOON - timedelta(days=1)), author=Author("a4", "Ann_W", "Ann Lost")),
    )

    def judged(tables: Tables) -> None:
        for key, found in (
            (MentionKey("x", "1"), says(0.9, category="delivery", severity="blame", language="en")),
            (MentionKey("x", "2"), says(0.1, category="praise")),
            (MentionKey("reddit", "3"), says(0.8, category="delivery", severity="accusation", language="fr")),
        ):
            tables.mentions.classified(key, found, NOON)
        for id_, count in (("1", 5), ("2", 50)):
            forecast = Forecast(NOON, count, 500, 0.1, 60.0, 10.0, 90.0)
            tables.mentions.assessed(MentionKey("x", id_), forecast, None, 0)

    store.write(judged)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["3", "2", "1", "4"]),
        ({"words": "lost"}, ["3", "1", "4"]),
        ({"words": "lost -kestrel"}, ["3", "4"]),
        ({"words": "-kestrel"}, ["3", "4"]),
        ({"words": "-kestrel", "sort": "best"}, ["3", "4"]),
        ({"words": "user1"}, ["1"]),
        ({"words": "!!!"}, []),
        ({"source": "reddit"}, ["3"]),
        ({"complaint": True}, ["3", "1"]),
        ({"complaint": False}, ["2"]),
        ({"category": "delivery", "words": "kestrel"}, ["1"]),
        ({"severity": "blame"}, ["1"]),
        ({"language": "en"}, ["1"]),
        ({"language": "de"}, ["2"]),
        ({"language": "fr"}, ["3"]),
        ({"author": "@ann_w"}, ["4"]),
        ({"author": "ann_w", "words": "lost"}, ["4"]),
        ({"author": "ann"}, []),
        ({"since": NOON.date(), "until": NOON.date()}, ["2", "1"]),
        ({"since": NOON.date(), "words": "lost"}, ["3", "1"]),
        ({"until": NOON.date() - timedelta(days=1)}, ["4"]),
        ({"since": date.max}, []),
        ({"until": date.max, "since": date.min}, ["3", "2", "1", "4"]),
        ({"sort": "spread"}, ["2", "1", "3", "4"]),
        ({"sort": "spread", "words": "lost"}, ["1", "3", "4"]),
        ({"source": "\ud800", "words": "\ud800"}, []),
        ({"story": 2**53}, []),
    ],
)
def test_what_fits(
    store: Store, look: Callable[..., list[str]], asked: dict[str, object], expected: list[str]
) -> None:
    some(store)
    assert look(**asked) == expected


def test_scripts_without_spaces(store: Store, look: Callable[..., list[str]]) -> None:
    add(store, mention(1, "昨日の配達は遅い Kestrel"), mention(2, "配送が遅い"))
    assert look(words="配達") == ["1"]
    assert look(words="遅い", sort="spread") == ["2", "1"]
    assert look(words="遅い -配達") == ["2"]
    assert look(words="遅い 配達") == ["1"]
    assert look(words="-配達 -配送") == []
    assert look(words="kestrel配達", sort="best") == ["1"]


def test_the_story_filter_follows_the_story(store: Store, look: Callable[..., list[str]]) -> None:
    some(store)
    import numpy as np

    def told(tables: Tables) -> None:
        tables.stories.open(mention(1, "Kestrel lost my parcel"), np.ones(2, dtype=np.float32))

    store.write(told)
    assert look(story=1) == look(story=1, words="parcel") == look(story=1, words="pa", sort="spread") == ["1"]
    assert look(story=2) == []


def test_facets_choices_and_the_page_of_one(store: Store, tmp_path: Path) -> None:
    some(store)
    config = make_config(tmp_path)
    found = search(store.read, config, Query(), ZONE, NOON)
    assert {each.field: each.counts for each in found.facets}["category"] == (("delivery", 2), ("praise", 1))
    assert {each.field: each.counts for each in found.facets}["complaint"] == (("yes", 2), ("no", 1))
    assert choices(store.read, config).languages == ("de", "en", "fr")
    view = mention_view(store.read, MentionKey("x", "1"))
    assert view is not None
    assert (view.live, view.mention.text, view.story) == (True, "Kestrel lost my parcel", None)
    assert view.classification is not None
    assert view.classification.severity == "blame"
    assert mention_view(store.read, MentionKey("x", "none")) is None


def test_fields_of_an_address() -> None:
    query, wrong = Query.of(
        {"words": " a ", "since": "2026-02-30", "story": "x", "sort": "worst", "complaint": "no", "evil": "1"}
    )
    assert query == Query(words="a", complaint=False)
    assert [each.split(":")[0] for each in wrong] == ["from", "story", "sort"]
    for each in (
        query,
        Query(since=date(2026, 1, 2), story=7, sort="best", complaint=True, severity="blame"),
    ):
        assert Query.of(each.fields()) == (each, ())


def test_a_span_of_time_until_now() -> None:
    for typed, words in (
        ("last:7D refund", "refund"),
        ("late last:24h last:7d parcel", "late   parcel"),
        (" last:7d", ""),
    ):
        query, wrong = Query.of({"words": typed})
        assert (query.words, query.last, query.span, wrong) == (words, "7d", timedelta(days=7), ())
        assert Query.of(query.fields()) == (query, ())
    assert Query.of({"last": "4w"})[0].span == timedelta(weeks=4)
    for typed in ("blast:7d", '"last:7d"', "last:", "last"):
        query, _ = Query.of({"words": typed})
        assert (query.words, query.last) == (typed, "")
    for typed in ("soon", "0d", "7", "d", "-7d", "99999d", "٧d"):
        query, wrong = Query.of({"words": f"refund last:{typed}"})
        assert (query, len(wrong)) == (Query(words="refund"), 1)
        assert wrong[0].endswith("is no span of time such as 24h, 7d or 4w (hours, days, weeks)")


def test_a_kept_search_moves_with_time(tmp_path: Path) -> None:
    store, config = Store(tmp_path / "test.db"), make_config(tmp_path)
    add(store, *(mention(days, "lost", NOON - timedelta(days=days)) for days in range(4)))

    def found(now: datetime, **more: object) -> list[str]:
        return [hit.mention.id for hit in search(store.read, config, Query("lost", **more), ZONE, now).hits]  # type: ignore[arg-type]

    assert found(NOON, last="2d") == ["0", "1", "2"]
    assert found(NOON + timedelta(days=1), last="2d") == ["0", "1"]
    assert found(NOON, last="2d", since=NOON.date()) == ["0"]
    assert found(NOON, last="24h", until=NOON.date() - timedelta(days=1)) == ["1"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.sampled_from(["lost", "lost parcel", "none"]), st.integers(-1, 2)),
        max_size=12,
    )
)
def test_pages_hold_each_once_in_order(
    tmp_path_factory: pytest.TempPathFactory, posts: list[tuple[int, str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("pages")
    store, config = Store(folder / "test.db"), make_config(folder)
    shuffled = [
        mention(number, text, NOON + timedelta(seconds=at)) for number, (at, text, _) in enumerate(posts)
    ]
    add(store, *shuffled)

    def spreads(tables: Tables) -> None:
        for number, (_, _, count) in enumerate(posts):
            if count >= 0:
                forecast = Forecast(NOON, count, 500, 0.1, 60.0, 10.0, 90.0)
                tables.mentions.assessed(MentionKey("x", str(number)), forecast, None, 0)

    store.write(spreads)
    fits = [number for number, (_, text, _) in enumerate(posts) if "lost" in text]
    for sort in SORTS:
        found = search(store.read, config, Query("lost", sort=sort), ZONE, NOON, size=2)
        got = ids(found)
        while found.next:
            found = search(store.read, config, Query("lost", sort=sort), ZONE, NOON, found.next, 2)
            got += ids(found)
        assert sorted(map(int, got)) == fits
        if sort == "newest":
            assert [posts[int(each)][0] for each in got] == sorted(
                (posts[each][0] for each in fits), reverse=True
            )
        if sort == "spread":
            assert [posts[int(each)][2] for each in got] == sorted(
                (posts[each][2] for each in fits), reverse=True
            )
    tables = store.read
    forward = [hit.mention.id for hit in all_hits(lambda: tables, config, Query("lost"), ZONE, NOON)]
    back = [
        hit.mention.id for hit in all_hits(lambda: tables, config, Query("lost"), ZONE, NOON, oldest=True)
    ]
    assert forward == back[::-1]
    store.close()


def test_best_matches_go_on_behind_those_shown_while_posts_arrive(store: Store, tmp_path: Path) -> None:
    add(store, *(mention(number, "lost" + " parcel" * number) for number in range(1, 7)))
    config = make_config(tmp_path)
    first = search(store.read, config, Query("lost", sort="best"), ZONE, NOON, size=3)
    add(store, *(mention(number, "quiet " * 40) for number in range(20, 60)))  # each fits better than before
    second = search(store.read, config, Query("lost", sort="best"), ZONE, NOON, first.next or "", 3)
    assert ids(first) + ids(second) == [str(number) for number in range(1, 7)]


@pytest.mark.parametrize(
    "token", ["", "x", "1", "1,", "1,nan", "1,1e999", "9" * 30 + ",1", "-1,-1.5e-300", "1,١"]
)
@pytest.mark.parametrize("sort", SORTS)
def test_a_page_after_nothing_is_no_error(store: Store, tmp_path: Path, sort: Sort, token: str) -> None:
    some(store)
    search(store.read, make_config(tmp_path), Query("lost", sort=sort), ZONE, NOON, token)


def test_more_than_are_counted(store: Store, tmp_path: Path) -> None:
    add(store, *(mention(number, "Kestrel", NOON + timedelta(seconds=number)) for number in range(1010)))
    config = make_config(tmp_path)
    for sort in SORTS:
        found = search(store.read, config, Query("kestrel", sort=sort), ZONE, NOON)
        assert (found.total, found.more, len(found.hits)) == (1000, True, 25)
        later = search(store.read, config, Query("kestrel", sort=sort), ZONE, NOON, found.next or "")
        assert not set(ids(found)) & set(ids(later))


# --- what is erased ------------------------------------------------------------------------------------------------


def sound(store: Store) -> None:
    """The index holds exactly what the mentions say."""
    with_index = store._connections._writer.conn
    with_index.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    with_index.commit()
    rows = {(row["source"], row["id"]) for row in store.read.search._db.query("SELECT * FROM searchable")}
    live = store.read.search._db.query("SELECT source, id FROM mentions WHERE deleted_at IS NULL")
    assert rows == {(row["source"], row["id"]) for row in live}


def in_files(store: Store, words: bytes = ODD) -> set[str]:
    return {each.name for each in store.path.parent.glob("test.db*") if words in each.read_bytes()}


ERASE: dict[str, Callable[[Tables], object]] = {
    "deleted": lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]),
    "purged": lambda tables: tables.mentions.purge(key=MentionKey("x", "1")),
    "too old": lambda tables: tables.mentions.purge(before=NOON + timedelta(minutes=1)),
    "edited": lambda tables: tables.mentions.add([mention(1, "Other words")], NOON),
}


def odd(number: int = 1) -> Mention:
    return replace(
        mention(number, f"A {ODD.decode()} of Kestrel"), author=Author("a1", "handle", "quibblefax")
    )


@pytest.mark.parametrize("how", ERASE)
@pytest.mark.parametrize("beside", [0, 1, 300])
def test_erased_words_are_in_no_file(store: Store, how: str, beside: int) -> None:
    add(store, odd())
    for start in range(0, beside, 30):
        others = range(start, min(start + 30, beside))
        add(store, *(mention(10 + each, f"w{each} other", NOON + timedelta(hours=1)) for each in others))
    assert in_files(store)
    store.write(ERASE[how])
    assert in_files(store) == set()
    if how == "edited":
        assert in_files(store, b"quibblefax"), "the name stays with its post"
    else:
        assert in_files(store, b"quibblefax") == set()
    sound(store)


def test_erased_in_the_transaction_that_stored_them(store: Store) -> None:
    def both(tables: Tables) -> None:
        tables.mentions.add([odd()], NOON)
        tables.mentions.delete([Deleted("x", "1", NOON)])

    store.write(both)
    assert in_files(store) == set()
    sound(store)


def test_what_is_left_by_a_process_that_died_is_merged_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "AT_ONCE", 0)
    monkeypatch.setattr(database.Connections, "_next", lambda self: self._queue.get())  # it never gets to it
    store = Store(tmp_path / "test.db")
    add(store, odd())
    add(store, mention(2, "other", NOON + timedelta(hours=1)))
    store.write(ERASE["deleted"])
    assert in_files(store), "not merged yet"
    store._connections._queue.put(None)
    store._connections._thread.join()
    monkeypatch.undo()
    again = Store(tmp_path / "test.db")
    again.write(lambda tables: tables.meta.set("anything", "else"))
    again.close()
    assert in_files(again) == set()


@pytest.fixture
def by_hand(store: Store, monkeypatch: pytest.MonkeyPatch) -> database.Connections:
    """A post was erased from an index of many pages; the merging waits to be called."""
    monkeypatch.setattr(database, "AT_ONCE", 0)
    monkeypatch.setattr(database.Connections, "_next", lambda self: self._queue.get())
    monkeypatch.setattr(merging, "PAGES", 4)
    chance = random.Random(1)
    for start in range(10, 1000, 110):
        words = (" ".join(f"w{chance.randrange(9000)}" for _ in range(20)) for _ in range(110))
        add(store, *(mention(start + n, each, NOON + timedelta(hours=1)) for n, each in enumerate(words)))
    add(store, odd())
    store._connections._writer.conn.execute("INSERT INTO words (words) VALUES ('optimize')")
    store._connections._writer.conn.commit()
    store.write(ERASE["deleted"])
    return store._connections


def test_posts_that_are_stored_meanwhile_hold_up_no_merging(
    store: Store, by_hand: database.Connections
) -> None:
    for number in range(100):
        by_hand._merge()
        if by_hand._rest is None:
            break
        if number < 20:  # three transactions between two steps
            for each in range(3):
                add(store, mention(2000 + 3 * number + each, "other", NOON + timedelta(hours=1)))
    assert by_hand._rest is None
    assert in_files(store) == set()
    sound(store)


def test_merging_that_failed_is_begun_anew(
    store: Store, by_hand: database.Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: merging.Merging, connection: sqlite3.Connection) -> bool:
        step(self, connection)
        raise sqlite3.OperationalError("database or disk is full")

    step = merging.Merging.step
    with monkeypatch.context() as failing:
        failing.setattr(merging.Merging, "step", full)
        by_hand._merge()
    assert by_hand._rest == database.AGAIN_SECONDS
    while by_hand._rest is not None:
        by_hand._merge()
    assert in_files(store) == set()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_whatever_happens_the_index_is_what_the_posts_say(
    tmp_path_factory: pytest.TempPathFactory, seed: int, small: bool
) -> None:
    chance = random.Random(seed)
    store = Store(tmp_path_factory.mktemp("walk") / "test.db")
    erased: set[str] = set()
    kept: dict[str, str] = {}
    for step in range(40):
        id_, word = str(chance.randint(1, 6)), f"quob{step:03}zz"
        at = NOON + timedelta(seconds=chance.randint(0, 2))

        def work(
            tables: Tables, id_: str = id_, word: str = word, at: datetime = at, step: int = step
        ) -> None:
            key = MentionKey("x", id_)
            done = chance.choice(["add", "add", "delete", "purge", "classify", "uncorrect", "read"])
            if done == "add":
                tables.mentions.add([mention(id_, f"the {word} parcel", at)], NOON)
            elif done == "delete":
                tables.mentions.delete([Deleted("x", id_, NOON)])
            elif done == "purge":
                tables.mentions.purge(key=key)
            elif done == "classify":
                tables.mentions.classified(key, says(0.7, category=word, language="en"), NOON)
            elif done == "uncorrect":
                tables.mentions.uncorrected(key)
            else:
                tables.mentions.add_readings([reading(id_, step)])
                tables.mentions.assessed(key, Forecast(NOON, step, 500, 0.1, 60.0, 1.0, 90.0), None, 1)
            if chance.random() < 0.1:
                raise KeyError("undone")

        before = {each for each in kept.values() if each}
        try:
            store.write(work)
        except KeyError:
            continue
        rows = store.read.search._db.query("SELECT id, text FROM mentions WHERE deleted_at IS NULL")
        kept = {row["id"]: row["text"].split()[1] for row in rows}
        erased |= before - set(kept.values())
        if small:
            store.write(lambda tables: tables.meta.set("a", "b"))
    sound(store)
    columns = "m.spread IS s.spread AND s.complaint IS c.complaint AND s.category IS c.category"
    wrong = store.read.search._db.query(
        f"""SELECT * FROM searchable AS s JOIN mentions AS m USING (source, id)
            LEFT JOIN classifications AS c USING (source, id) WHERE NOT ({columns})"""  # noqa: S608
    )
    assert list(wrong) == []
    store.close()
    said = b"".join(each.read_bytes() for each in store.path.parent.glob("test.db*"))
    assert [each for each in erased if each.encode() in said] == []


def test_numbers_outlive_vacuum(store: Store, look: Callable[..., list[str]]) -> None:
    some(store)
    store.write(lambda tables: tables.mentions.purge(key=MentionKey("x", "2")))
    store._connections._writer.conn.execute("VACUUM")
    sound(store)
    assert look(words="lost") == ["3", "1", "4"]


def test_a_database_of_the_former_schema_is_found_as_well(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    db = database.Database(path)
    migrations.apply(db, stop_before="m018_search")
    db.conn.commit()
    with db.conn:
        for number, at in enumerate(("2026-01-01", "0001-01-01", "9999-12-31", "2026-01-01", "1969-12-31")):
            db.execute(
                """INSERT INTO mentions (source, id, author_id, author_handle, author_name, text, url, created_at, seen_at,
                   state) VALUES ('x', ?, '', 'ann', '', 'old words', '', ?, '2026-01-01T00:00:00.000000Z', 'done')""",
                [str(number), f"{at}T10:00:00.000000Z"],
            )
        db.execute("UPDATE mentions SET text = '', deleted_at = seen_at WHERE id = '3'")
    db.close()
    store = Store(path)
    found = search(store.read, make_config(tmp_path), Query("old"), ZONE, NOON)
    assert ids(found) == ["2", "0", "4", "1"]
    sound(store)
    store.write(lambda tables: tables.mentions.purge(key=MentionKey("x", "2")))
    sound(store)
    store.close()


def test_a_reader_beside_it_sees_nothing_half_done(store: Store) -> None:
    some(store)
    beside = sqlite3.connect(store.path)
    beside.execute("BEGIN")
    before = beside.execute("SELECT count(*) FROM words WHERE words MATCH 'lost'").fetchone()
    store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    assert beside.execute("SELECT count(*) FROM words WHERE words MATCH 'lost'").fetchone() == before
    beside.close()
