"""Who is on call, as the screen shows it: weeks without a gap, test pages, silences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import Config
from monitor.errors import InputError
from monitor.overview import rota
from monitor.rota.changing import Planner
from monitor.store import Store
from monitor.watching import drills
from tests.monitor.scripted import config

NOW = datetime(2026, 3, 25, 12, tzinfo=UTC)
"""A Wednesday; on Sunday clocks go forward in London."""
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
PEOPLE = [
    {"name": name, "time_zone": zone, "contacts": {"email": f"{name.lower()}@example.org"}}
    for name, zone in (("Ann", "Europe/London"), ("Ben", "America/New_York"), ("Kim", "Europe/London"))
]


def settings(folder: Path, **layer: Any) -> Config:
    turns = {"people": ["Ann", "Ben"], "starts": "2026-03-23", **layer}
    front = {"name": "front-line", "time_zone": "Europe/London", "layers": [turns]}
    return config(
        folder,
        people=PEOPLE,
        rotations=[front],
        digest={},
        oncall={"order": ["front-line", "Kim"], "fallback": "Kim"},
    )


def test_now_next_and_the_steps(store: Store, tmp_path: Path) -> None:
    found = rota.on_call(store.read, settings(tmp_path), NOW)
    (standing,) = found.standings
    assert (standing.now.person, standing.next and standing.next.person) == ("Ann", "Ben")
    assert [(step.after, step.people, step.vacant) for step in found.steps] == [
        (timedelta(0), ("Ann",), ()),
        (timedelta(minutes=10), ("Kim",), ()),
    ]
    assert [each.state for each in found.tested] == ["never"] * 3
    assert (found.changes, found.silences) == ((), ())


def test_weeks_on_ones_own_clock(store: Store, tmp_path: Path) -> None:
    found = rota.calendar(store.read, settings(tmp_path), "front-line", LONDON, NOW)
    days = [day for week in found.weeks for day in week]
    assert (len(days), days[0].date.isoformat(), found.today.isoformat()) == (28, "2026-03-23", "2026-03-25")
    assert [len(day.parts) for day in days[:3]] == [0, 0, 1]
    monday = days[7]
    assert [
        (part.person, f"{part.start.astimezone(LONDON):%H:%M}", part.all_day) for part in monday.parts
    ] == [
        ("Ann", "00:00", False),
        ("Ben", "09:00", False),
    ]
    assert days[2].parts[0].all_day  # also what of today is over


def test_changes_absences_and_holidays_are_seen(store: Store, tmp_path: Path) -> None:
    given_ = settings(tmp_path, holidays=["2026-04-06"])
    planner = Planner(store, given_, NOW)
    planner.override(None, "Kim", "2026-03-26 09:00", "2026-03-26 17:00", "ann")
    planner.away("ben", "2026-03-31", "2026-03-31", "ben", "Europe/London")
    found = rota.calendar(store.read, given_, "front-line", LONDON, NOW)
    days = {f"{day.date:%m-%d}": day for week in found.weeks for day in week}
    assert [(part.person, part.change) for part in days["03-26"].parts] == [
        ("Ann", None),
        ("Kim", 1),
        ("Ann", None),
    ]
    assert days["03-31"].away == ("Ben",)
    assert {part.person for part in days["03-31"].parts} == {"Ann"}
    assert [day for day, each in days.items() if each.holiday] == ["04-06"]
    assert days["04-06"].parts[0].person is None


@given(
    zone=st.sampled_from(["Europe/London", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]),
    now=st.integers(0, 330 * 24 * 60).map(lambda minutes: NEW_YEAR + timedelta(minutes=minutes)),
    hours=st.sampled_from([(), ("09:00", "17:00"), ("22:00", "06:00")]),
)
def test_each_day_is_whole(zone: str, now: datetime, hours: tuple[str, ...]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        made = settings(Path(folder), **({"hours": hours} if hours else {}))
    found = rota.calendar(_Nothing(), made, "front-line", ZoneInfo(zone), now)  # type: ignore[arg-type]
    coming = [day for week in found.weeks for day in week if day.date >= found.today]
    edges = [(part.start, part.end) for day in coming for part in day.parts]
    assert all(one[1] == other[0] for one, other in pairwise(edges))
    assert all(start < end for start, end in edges)
    assert [day.parts for day in coming if day.date > found.today and not day.parts] == []
    assert edges[0][0] <= now


class _Nothing:
    """Tables in which nothing was changed."""

    @property
    def rota(self) -> _Nothing:
        return self

    def changes(self, _: datetime) -> Any:
        from monitor.oncall.rota import Changes

        return Changes()


def test_a_test_page_and_what_became_of_it(store: Store, tmp_path: Path) -> None:
    given_ = settings(tmp_path)
    drill = drills.ask(store, given_.people[0], NOW)
    ann = rota.on_call(store.read, given_, NOW).tested[0]
    assert (ann.state, ann.ways) == ("waiting", (rota.Way("email", "pending", ""),))
    with pytest.raises(InputError, match="less than 5 minutes ago"):
        drills.ask(store, given_.people[0], NOW + timedelta(minutes=4))
    store.write(lambda tables: tables.drills.miss(NOW, NOW + timedelta(minutes=20)))
    assert rota.on_call(store.read, given_, NOW).tested[0].state == "missed"
    store.write(lambda tables: tables.drills.acknowledge(drill.id, NOW))
    assert rota.on_call(store.read, given_, NOW).tested[0].state == "acknowledged"
    drills.ask(store, given_.people[0], NOW + timedelta(minutes=5))


def test_silences_with_what_they_hold(store: Store, tmp_path: Path) -> None:
    store.write(
        lambda tables: tables.silences.add(
            "category", "delivery", NOW + timedelta(hours=1), "strike", "Ann", NOW
        )
    )
    (found,) = rota.on_call(store.read, settings(tmp_path), NOW).silences
    assert (found.silence.name, found.held) == ("delivery", 0)


def test_shifts_to_swap_are_those_of_people(store: Store, tmp_path: Path) -> None:
    night = settings(tmp_path, hours=["09:00", "17:00"])
    found = rota.coming(store.read, night, "front-line", NOW, timedelta(days=3))
    assert [(each.person, each.start.hour) for each in found] == [("Ann", 12)] + [("Ann", 9)] * 3


def test_what_was_taken_over_is_swapped_apart_from_ones_own_turn(store: Store, tmp_path: Path) -> None:
    def coming() -> list[tuple[str | None, int, int]]:
        found = rota.coming(store.read, settings(tmp_path), "front-line", NOW, timedelta(weeks=2))
        return [(each.person, each.start.day, each.end.day) for each in found]

    planner = Planner(store, settings(tmp_path), NOW)
    planner.take(None, "ben")
    assert coming() == [("Ben", 25, 30), ("Ben", 30, 6), ("Ann", 6, 8)]
    planner.swap(None, ("ben", "2026-03-25"), ("ann", "2026-04-06"), "ann")
    assert coming() == [("Ann", 25, 30), ("Ben", 30, 6), ("Ben", 6, 8)]


def test_what_a_change_came_to_is_told_until_it_is_taken_back(store: Store, tmp_path: Path) -> None:
    planner = Planner(store, settings(tmp_path), NOW)
    made = planner.swap(None, ("ann", "2026-03-25"), ("ben", "2026-03-30"), "ann")
    assert planner.stands(made.numbers[1], "Europe/London") == made
    planner.undo(made.numbers[0])
    assert planner.stands(made.numbers[1]) is None
    with pytest.raises(InputError, match="over already"):
        planner.take(None, "kim", "2026-03-25 10:00")
