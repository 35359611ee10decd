"""What goes on now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from monitor.overview.now import CALLED, Now, now_view
from monitor.paging.facts import Facts
from monitor.rules import Decision
from monitor.store import Tables
from tests.monitor.scripted import KEY, NOON, mention
from tests.monitor.web.sites import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


def seen(site: Site) -> Now:
    """A minute later."""
    return now_view(site.store.read, site.settings, site.clock.now() + timedelta(minutes=1))


def test_a_story_that_paged_with_all_that_is_known_of_it(site: Site) -> None:
    found = seen(site)
    (story,) = found.waiting
    assert not found.quiet
    assert story.standing == "open"
    assert story.severity == site.alert.severity
    assert story.reason == site.alert.reason
    assert (story.posts, story.sources) == (1, ("x",))
    assert story.forecast is not None
    assert story.viral_at == 500
    assert [point.spread for point in story.curve][-1] == 60
    assert story.next_person == "Second"
    assert story.next_at == site.alert.step_due_at
    assert (found.taken, found.resting, found.watched) == ((), (), ())


def test_it_goes_where_who_has_it_says(site: Site) -> None:
    site.press("acknowledge")
    assert [each.story.id for each in seen(site).taken] == [1]
    site.press("snooze 30")
    assert [each.story.id for each in seen(site).resting] == [1]
    assert seen(site).waiting == ()
    site.press("resolve")
    assert seen(site).quiet
    assert seen(site).watched == ()


def test_what_paged_nobody_is_watched_until_it_takes_no_more_posts(site: Site) -> None:
    decision = Decision("hold", "calm", "info", "1 post about delivery")
    number = told(site, "7")
    site.store.write(lambda t: t.stories.decided(number, decision, NOON))
    (watched,) = seen(site).watched
    assert (watched.standing, watched.severity, watched.reason) == (
        "watched",
        "info",
        "1 post about delivery",
    )
    site.store.write(lambda t: t.stories.close(number, NOON))
    assert seen(site).watched == ()


def test_who_is_on_call_and_what_the_last_day_brought(site: Site) -> None:
    found = seen(site)
    assert [(each.person, each.rotation, each.until) for each in found.on_duty] == [("First", "", None)]
    assert found.day == (1, 1)
    assert found.sources == ("x",)
    assert found.polled_at is not None
    later = now_view(site.store.read, site.settings, site.clock.now() + timedelta(days=2))
    assert later.day == (0, 0)


def test_alarms_silences_and_praise(site: Site) -> None:
    until = NOON + timedelta(hours=4)
    site.store.write(lambda t: t.alarms.see("disk", "the disk is full", NOON))
    site.store.write(lambda t: t.silences.add("source", "x", until, "planned", "First", NOON))
    site.store.write(lambda t: t.praise.add(KEY, "glad", NOON))
    found = seen(site)
    assert [each.what for each in found.alarms] == ["disk"]
    assert [each.why for each in found.silences] == ["planned"]
    assert [each.reason for each in found.praise] == ["glad"]
    site.store.write(lambda t: t.alarms.end(found.alarms[0].id, NOON))
    assert seen(site).alarms == ()


def test_a_source_that_is_not_read_is_a_blind_spot(site: Site) -> None:
    assert seen(site).blind == ()
    later = now_view(site.store.read, site.settings, site.clock.now() + timedelta(days=1))
    assert [each.lane for each in later.blind] == ["x"]


def test_of_very_many_alerts_the_gravest_are_shown(site: Site) -> None:
    extra = CALLED + 5
    for number in range(extra):
        acknowledged(site, told(site, f"n{number}"))
    found = seen(site)
    assert [each.story.id for each in found.waiting] == [1]
    assert len(found.taken) == CALLED - 1
    assert found.more == extra + 1 - CALLED


def told(site: Site, number: str) -> int:
    """A story of one more post."""
    post = mention(number, f"Another Kestrel parcel {number} is lost")

    def work(tables: Tables) -> int:
        tables.mentions.add([post], NOON)
        return tables.stories.open(post, np.array([1.0, 0.0], np.float32)).id

    return site.store.write(work)


def acknowledged(site: Site, story: int) -> None:
    """Somebody has it."""

    def work(tables: Tables) -> None:
        facts = Facts(site.settings, lambda _: ("reposts+quotes", 500)).of(tables, story, NOON)
        assert facts is not None
        alert = tables.alerts.open(story, facts, Decision("page", "forecast", "warning", "why"), NOON)
        tables.alerts.acknowledge(alert, "First", NOON)

    site.store.write(work)
