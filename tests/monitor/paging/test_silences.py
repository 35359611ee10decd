"""What a silence holds, and that nothing which it held is lost when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.paging.silences import Silence, hold, is_for_the_brief, match, moment
from monitor.rules import decide
from monitor.store import Store
from tests.monitor.scripted import NOON, mention
from tests.monitor.test_rules import SETTINGS, facts

UNTIL = NOON + timedelta(hours=21)


def silence(kind: str, what: str = "", **more: object) -> Silence:
    base = Silence(3, "all", what, UNTIL, "parcel strike is known", "Sam", NOON)
    return replace(base, kind=kind, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "of_it", "of_another"),
    [
        (silence("all"), True, True),
        (silence("source", "x"), True, False),
        (silence("category", "delivery"), True, False),
        (silence("story", "7"), True, False),
    ],
)
def test_a_silence_holds_what_it_is_of(one: Silence, of_it: bool, of_another: bool) -> None:
    assert (match([one], facts(), 7, SETTINGS, NOON) is one) is of_it
    another = facts(sources=("reddit",), category="billing")
    assert (match([one], another, 8, SETTINGS, NOON) is one) is of_another


def test_it_holds_until_its_end_and_no_longer() -> None:
    one = silence("all")
    assert match([one], facts(), 7, SETTINGS, UNTIL - timedelta(microseconds=1)) is one
    assert match([one], facts(), 7, SETTINGS, UNTIL) is None
    assert match([replace(one, ended_at=NOON)], facts(), 7, SETTINGS, NOON) is None


def test_a_story_that_has_got_out_of_the_silenced_source_pages() -> None:
    both = facts(sources=("x", "reddit"))
    assert match([silence("source", "x")], both, 7, SETTINGS, NOON) is None
    assert match([silence("source", "x"), silence("source", "reddit")], both, 7, SETTINGS, NOON) is not None


def test_of_several_the_one_that_holds_longest() -> None:
    longer = silence("category", "delivery", number=4, until=UNTIL + timedelta(hours=1))
    assert match([silence("all"), longer], facts(), 7, SETTINGS, NOON) is longer


def test_what_is_urgent_is_held_only_by_its_own_story_or_category() -> None:
    urgent = facts(category="delivery", sure_of=("safety",))
    for wide in (silence("all"), silence("source", "x"), silence("category", "delivery")):
        assert match([wide], urgent, 7, SETTINGS, NOON) is None
    for own in (silence("story", "7"), silence("category", "safety")):
        assert match([own], urgent, 7, SETTINGS, NOON) is own
    both = facts(category="legal", sure_of=("safety",))
    assert match([silence("category", "safety")], both, 7, SETTINGS, NOON) is None
    assert match([silence("category", "safety"), silence("category", "legal")], both, 7, SETTINGS, NOON)


KINDS = st.sampled_from(["all", "source", "category", "story"])
WHATS = st.sampled_from(["x", "reddit", "delivery", "safety", "legal", "7", ""])


@given(
    st.lists(
        st.builds(silence, KINDS, WHATS, until=st.sampled_from([NOON, UNTIL, UNTIL + timedelta(days=1)]))
    ),
    st.sampled_from(["delivery", "safety", "legal", None]),
    st.sampled_from([(), ("safety",), ("legal", "safety")]),
)
def test_an_urgent_story_is_never_held_by_something_wide(
    silences: list[Silence], category: str | None, sure_of: tuple[str, ...]
) -> None:
    known = facts(category=category, sure_of=sure_of)
    found = match(silences, known, 7, SETTINGS, NOON)
    if found is not None:
        assert found.until > NOON
        if {category, *sure_of} & set(SETTINGS.urgent):
            assert found.kind in ("story", "category")
    else:
        assert match([*silences, silence("story", "7")], known, 7, SETTINGS, NOON) is not None


def test_the_decision_says_which_silence_until_when_and_why() -> None:
    decision = decide(facts(0.58, 210), SETTINGS, NOON)
    held = hold(decision, silence("category", "delivery"), ZoneInfo("Europe/London"), NOON)
    assert (held.action, held.rule, held.severity) == ("hold", "silenced", decision.severity)
    assert held.reason == (
        "held: silence 3 (delivery, until Mon 09:00 GMT): parcel strike is known; " + decision.reason
    )
    hostile = silence("source", "x\nheld: \u202e", why="\x00a\nb")
    assert "(x held:, until Mon" in hold(decision, hostile, UTC, NOON).reason
    assert "): a b; " in hold(decision, hostile, UTC, NOON).reason


def test_the_brief_tells_what_became_critical() -> None:
    urgent = decide(facts(0.9, 210), SETTINGS, NOON)
    assert urgent.severity == "critical"
    assert is_for_the_brief(hold(urgent, silence("all"), UTC, NOON))
    assert not is_for_the_brief(hold(replace(urgent, severity="warning"), silence("all"), UTC, NOON))
    assert not is_for_the_brief(urgent)


def test_moments_are_as_short_as_they_can_be() -> None:
    zone = ZoneInfo("Europe/London")
    assert moment(NOON + timedelta(hours=1), zone, NOON) == "13:00 GMT"
    assert moment(UNTIL, zone, NOON) == "Mon 09:00 GMT"
    assert moment(NOON + timedelta(days=7), zone, NOON) == "8 Nov 12:00 GMT"
    assert moment(NOON + timedelta(days=90), zone, NOON) == "30 Jan 2027 12:00 GMT"
    assert moment(NOON, timezone(timedelta(hours=5)), NOON) == "17:00 UTC+05:00"


# --- the store --------------------------------------------------------------------------------------------------


def a_story(store: Store) -> int:
    return store.write(
        lambda tables: (tables.mentions.add([mention(1)], NOON), tables.stories.open(mention(1), ()).id)[1]  # type: ignore[arg-type]
    )


def test_when_it_ends_by_itself_what_it_held_is_decided_again(store: Store) -> None:
    story = a_story(store)
    number = store.write(lambda tables: tables.silences.add("all", "", UNTIL, "known", "Sam", NOON))
    for _ in range(2):
        store.write(lambda tables: tables.silences.held(number, story))
    assert [each.number for each in store.read.silences.active(NOON)] == [number]
    assert store.read.silences.stories(number) == [story]
    assert store.read.jobs.due(UNTIL - timedelta(seconds=1)) == []
    assert store.read.silences.active(UNTIL) == []
    assert store.read.jobs.due(UNTIL) == [f"silence {number}"]
    assert store.write(lambda tables: tables.silences.release(number, UNTIL)) == 1
    assert store.read.jobs.due(UNTIL) == [f"decide {story}"]
    assert store.read.silences.stories(number) == []
    assert store.read.silences.get(number).ended_at == UNTIL  # type: ignore[union-attr]


def test_ended_by_hand_its_job_is_due_at_once(store: Store) -> None:
    number = store.write(lambda tables: tables.silences.add("source", "x", UNTIL, "known", "Sam", NOON))
    later = NOON + timedelta(minutes=5)
    store.write(lambda tables: tables.silences.end(number, later))
    assert store.read.silences.active(later) == []
    assert store.read.jobs.due(later) == [f"silence {number}"]
    store.write(lambda tables: tables.silences.end(number, later + timedelta(hours=1)))
    assert store.read.silences.get(number).ended_at == later  # type: ignore[union-attr]
