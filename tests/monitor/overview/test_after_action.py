"""The after-action report: right for any story, in whatever state it and its posts are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from monitor.errors import InputError
from monitor.model import Author, Deleted, Forecast, Interval, MentionKey
from monitor.overview import report_words as say
from monitor.overview.after_action import MOMENTS, report
from monitor.overview.report import Report
from monitor.overview.report_curve import drawings
from monitor.paging import respond
from monitor.store import Tables
from monitor.stories import Candidate, vector
from tests.monitor.replying.desks import BY, Office
from tests.monitor.scripted import KEY, NOON, mention, one_pass, reading

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path, replies={"four_eyes": None})
    yield made
    made.store.close()


def told(office: Office, story: int = 1) -> Report:
    return report(office.store.read, office.settings, story, office.clock.now())


def words(found: Report) -> str:
    return " ".join(say.summary(found, LONDON))


def paged(office: Office, after: int = 4) -> None:
    """The story pages at noon, and somebody takes it so many minutes later."""
    one_pass(office.pipeline, office.store, office.clock.now())
    respond.acknowledge(office.store, "1", "First", office.clock.forward(minutes=after))


def answered(office: Office) -> None:
    office.approved()
    office.clock.forward(minutes=1)
    office.run()


def test_a_whole_story_from_its_first_post_to_its_end(office: Office) -> None:
    paged(office)
    answered(office)
    office.store.write(
        lambda tables: tables.mentions.add_readings(
            [reading(1, 60 + n, NOON + timedelta(minutes=10 * n)) for n in range(1, 13)]
        )
    )
    office.clock.forward(hours=3)
    respond.resolve(office.store, "1", "First", office.clock.now())
    found = told(office)
    assert not found.open
    assert found.outcome == "calm"
    assert found.posts == 1
    assert [(each.name, each.took) for each in found.steps][2:] == [
        ("taken", timedelta(minutes=4)), ("answered", timedelta(minutes=5)), ("over", timedelta(hours=3, minutes=5)),
    ]  # fmt: skip
    assert found.step("taken").held == "kept"
    assert found.step("answered").held == "kept"
    (reply,) = found.said
    assert reply.text.startswith("Hello @user1")
    assert reply.customer == "user1"
    assert reply.by == ("First",)
    assert reply.drafted
    assert reply.report_by == BY
    assert "since" in reply.after
    kinds = [each.kind for each in found.moments]
    assert list(dict.fromkeys(kinds)) == ["post", "seen", "alert", "page", "person", "reply", "end"]
    assert [each.at for each in found.moments] == sorted(each.at for each in found.moments)
    assert {"paged", "acknowledged", "replied", "over"} <= {each.name for each in found.marks}
    assert found.foretold[0].words
    assert "acknowledged 4 min later, in time" in words(found)
    assert "It did not go viral" in words(found)


def test_a_promise_that_ran_out_is_told_as_such(office: Office) -> None:
    paged(office)
    answered(office)
    office.settle(150)
    found = told(office)
    assert found.said[0].held == "late"
    assert "ran out before we wrote again" in words(found)
    assert any(each.kind == "promise" for each in found.moments)
    office.desk.kept(1, "First", office.clock.now())
    assert told(office).said[0].held == "late"


def test_a_story_that_is_acknowledged_late_and_never_answered(office: Office) -> None:
    paged(office, after=25)
    found = told(office)
    assert found.open
    assert found.step("taken").held == "late"
    assert found.step("answered").held == "open"
    assert "the promise is within 10 min" in words(found)
    assert "No customer has been answered from here yet." in words(found)
    assert "It goes on" in words(found)
    office.clock.forward(days=2)
    assert told(office).step("answered").held == "late"
    respond.resolve(office.store, "1", "First", office.clock.now())
    # Perhaps no answer was needed: nobody is told that they broke a promise.
    assert told(office).step("answered").held == "none"


def test_a_story_of_which_nobody_was_paged(office: Office) -> None:
    office.source.counters = {}
    number = office.store.write(_quiet)
    found = told(office, number)
    assert found.alert is None
    assert found.outcome == "open"
    assert "Nobody was paged" in words(found)
    assert found.step("paged").ended is None
    assert drawings(found, LONDON) == ()
    office.store.write(lambda tables: tables.stories.close(number, NOON + timedelta(hours=30)))
    found = told(office, number)
    assert found.outcome == "calm"
    assert found.state == "resolved"
    assert found.moments[-1].kind == "end"


@pytest.mark.parametrize(
    ("minutes", "outcome", "said"),
    [(30, "early", "30 min after the first page"), (-5, "late", "5 min before the first page")],
)
def test_whether_it_went_viral_before_or_after_the_page(
    office: Office, minutes: int, outcome: str, said: str
) -> None:
    paged(office)
    office.store.write(lambda tables: _crossed(tables, NOON + timedelta(minutes=minutes)))
    found = told(office)
    assert found.outcome == outcome
    assert said in words(found)
    assert any(each.kind == "viral" for each in found.moments)


def test_what_went_viral_without_a_page(office: Office) -> None:
    number = office.store.write(_quiet)
    office.store.write(lambda tables: _crossed(tables, NOON, MentionKey("x", "9")))
    assert told(office, number).outcome == "unseen"
    assert "nobody was paged" in words(told(office, number))


def test_nothing_of_erased_posts_is_told(office: Office) -> None:
    paged(office)
    answered(office)
    office.store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", office.clock.now())]))
    found = told(office)
    assert found.erased == found.posts == 1
    assert found.title == "(erased)"
    assert "user1" not in str(found)
    assert "Hello" not in str(found)
    assert found.said[0].text == ""
    assert "It was erased since" in words(found)
    assert found.voices == ()
    assert found.curve is None
    office.store.write(lambda tables: tables.mentions.purge(before=NOON + timedelta(days=1)))
    found = told(office)
    assert found.posts == 0
    assert found.step("seen").took is None
    assert found.step("taken").took == timedelta(minutes=4)
    assert "All of its posts were erased" in words(found)


def test_what_people_corrected_beside_what_the_model_had_said(office: Office) -> None:
    paged(office)
    assert "Nobody has labelled" in say.wrong(told(office))

    def work(tables: Tables) -> None:
        tables.labels.add(KEY, {"complaint": "no", "category": "billing"}, "First", office.clock.now())
        tables.mentions.corrected(KEY)

    office.store.write(work)
    found = told(office)
    by_head = {each.head: each for each in found.corrected}
    assert by_head["complaint"].label == "no"
    assert by_head["complaint"].person == "First"
    assert "no complaint" in say.corrected(by_head["complaint"])
    assert "about billing" in say.corrected(by_head["category"])


def test_a_merged_story_is_told_as_the_one_that_it_is_part_of(office: Office) -> None:
    paged(office)
    number = office.store.write(_quiet)
    office.store.write(
        lambda tables: tables.lessons.add(number, "well", "kept calm", "", None, "First", office.clock.now())
    )

    centroid = vector("My Kestrel parcel is lost", (1.0, 0.0))

    def work(tables: Tables) -> None:
        one, other = (Candidate(each, centroid, 1, NOON, NOON) for each in (1, number))
        tables.moves.merge(one, other, "they say the same", office.clock.now())

    office.store.write(work)
    found = told(office, number)
    assert found.story_id == 1
    assert [each.text for each in found.lessons] == ["kept calm"]
    assert any("became part of this one" in each.words for each in found.moments)


def test_where_we_could_not_look_stands_in_the_timeline(office: Office) -> None:
    paged(office)
    gap = Interval(
        NOON - timedelta(minutes=30), NOON - timedelta(minutes=10), complete=False, note="rate limit"
    )
    office.store.write(lambda tables: tables.sources.cover("x search", [gap]))
    (blind,) = (each for each in told(office).moments if each.kind == "blind")
    assert blind.words == "X could not be read for 20 min"
    assert blind.note == "rate limit"


def test_a_long_timeline_is_cut_and_says_so(office: Office) -> None:
    paged(office)
    for _ in range(MOMENTS + 5):
        respond.note(office.store, "1", "First", "again", office.clock.forward(seconds=1))
    found = told(office)
    assert len(found.moments) == MOMENTS
    assert found.more > 0


def test_there_is_no_report_of_no_story(office: Office) -> None:
    with pytest.raises(InputError, match="no story 7"):
        told(office, 7)


def _quiet(tables: Tables) -> int:
    """A story of one post that has paged nobody; its number."""
    post = replace(mention(9, "slow answer"), author=Author("a9", "user9"))
    tables.mentions.add([post], NOON)
    return tables.stories.open(post, np.array([0.0, 1.0], dtype=np.float32)).id


def _crossed(tables: Tables, at: datetime, key: MentionKey = KEY) -> None:
    tables.mentions.assessed(key, Forecast(at, 600, 500, 1.0, 900.0, 600.0, 1400.0), None, 0)
