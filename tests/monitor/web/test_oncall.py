"""The screen On call as plain forms: the rota, test pages, silences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.monitor.scripted import NOON
from tests.monitor.web.sites import Site, words

PEOPLE = [
    {"name": "First", "time_zone": "Europe/London", "contacts": {"email": "first@example.org"}},
    {"name": "Second & Co", "time_zone": "America/New_York", "contacts": {"email": "second@example.org"}},
]
TURNS = {"people": ["First", "Second & Co"], "starts": "2026-10-26"}
ROTATIONS = [
    {"name": "front-line", "time_zone": "Europe/London", "layers": [TURNS]},
    {"name": "deputy", "layers": [TURNS | {"people": ["Second & Co", "First"], "hours": ["09:00", "17:00"]}]},
]
CALLS = {"order": ["front-line", "deputy"], "fallback": "First"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """On Sunday at noon; First has the front line until Monday at nine."""
    made = Site(tmp_path, people=PEOPLE, rotations=ROTATIONS, oncall=CALLS, digest={})
    yield made
    made.store.close()


def post(site: Site, what: str, **fields: str) -> Any:
    csrf = re.search(r'name="csrf" value="([^"]*)"', site.screen.get("/oncall").text)
    assert csrf
    return site.screen.post(f"/oncall/{what}", data={"csrf": csrf[1], **fields})


def told(answer: Any) -> str:
    assert answer.status_code == 200, words(answer.text)
    found = re.search(r'id="told"[^>]*>(.*?)</div>', answer.text, re.DOTALL)
    return words(found[1]).replace(" Take that back", "").strip() if found else ""


def test_who_has_it_and_the_weeks(site: Site) -> None:
    page = site.screen.get("/oncall").text
    said = words(page)
    assert "front-line First until Mon 09:00 GMT" in said
    assert "then Second & Co" in said
    assert "Second & Co" not in page
    assert page.count('<table class="weeks"') == 2
    assert "Nobody" in said  # of the deputies, at night
    assert "On your clock, Europe/London" in words(site.screen.get("/oncall?clock=theirs").text)


def test_take_it_and_back(site: Site) -> None:
    said = told(post(site, "take", rotation="front-line", until="2026-11-02T12:00"))
    assert said == "First has front-line from Sun 1 Nov 12:00 until Mon 2 Nov 12:00 GMT."
    (change,) = site.store.read.rota.changes(NOON).made
    assert (change.who, change.person) == ("First", "First")
    assert told(post(site, "undo", number=str(change.number))) == "The change is taken back."
    assert site.store.read.rota.changes(NOON).made == []


def test_what_is_so_already_changes_nothing(site: Site) -> None:
    assert told(post(site, "take", rotation="front-line", until="")).startswith("It is so already")


def test_swap_by_the_choices_that_the_screen_offers(site: Site) -> None:
    page = site.screen.get("/oncall").text
    offered = re.findall(r'<option value="([^"]+)">(First|Second &amp; Co):', page)
    mine = next(key for key, name in offered if name == "First")
    theirs = next(key for key, name in offered if name != "First").replace("&amp;", "&")
    said = told(post(site, "swap", rotation="front-line", first=mine, second=theirs))
    assert said.startswith(
        "Second & Co has front-line from Sun 1 Nov 12:00 until Mon 2 Nov 09:00 GMT; First has"
    )
    assert len(site.store.read.rota.changes(NOON).made) == 2


def test_an_override_on_ones_own_clock_and_an_absence(site: Site) -> None:
    fields = {
        "rotation": "deputy",
        "person": "Second & Co",
        "from": "2026-11-05T09:00",
        "until": "2026-11-05T17:00",
    }
    assert "has deputy from Thu 5 Nov 09:00 until 17:00 GMT" in told(post(site, "override", **fields))
    away = {"person": "First", "from": "2026-11-10", "until": "2026-11-11"}
    assert "from Tue 10 Nov 00:00 until Thu 12 Nov 00:00 GMT" in told(post(site, "away", **away))
    assert "First is away" in words(site.screen.get("/oncall").text)


def test_who_is_away_and_named_in_the_escalation_is_told(tmp_path: Path) -> None:
    named = {"order": ["front-line", "First"], "fallback": "First"}
    site = Site(tmp_path, people=PEOPLE, rotations=ROTATIONS, oncall=named, digest={})
    away = {"person": "First", "from": "2026-11-10", "until": "2026-11-11"}
    assert "First is named in the escalation itself and is paged there" in told(post(site, "away", **away))
    site.store.close()


@pytest.mark.parametrize(
    ("what", "fields", "says"),
    [
        ("override", {"rotation": "deputy", "person": "First"}, "fill in from and until"),
        (
            "override",
            {"rotation": "x", "person": "First", "from": "now", "until": "tomorrow"},
            "there is no rotation",
        ),
        ("away", {"person": "Mallory", "from": "now", "until": "tomorrow"}, "nobody is called 'Mallory'"),
        ("swap", {"rotation": "deputy", "first": "", "second": ""}, "choose two shifts"),
        ("take", {"rotation": "deputy", "until": "2026-10-30T09:00"}, "over already"),
        ("undo", {"number": "7"}, "no change 7"),
        ("undo", {"number": "x"}, "not known"),
        ("end", {"number": "7"}, "no silence 7"),
        ("test", {"person": "Mallory"}, "choose somebody"),
        ("silence", {"kind": "category", "of": "delivry", "until": "2026-11-02", "why": "x"}, "no category"),
        ("silence", {"kind": "all", "until": "2027-11-02", "why": "x"}, "31 days at most"),
        ("silence", {"kind": "all", "until": "2026-11-02", "why": " "}, "say why"),
        ("silence", {"kind": "story", "of": "²", "until": "2026-11-02", "why": "x"}, "no story"),
        ("silence", {"kind": "story", "of": "9" * 30, "until": "2026-11-02", "why": "x"}, "no story"),
        ("silence", {"kind": "colour", "until": "2026-11-02", "why": "x"}, "choose what is to be silent"),
        ("nothing", {}, "not known"),
    ],
)
def test_what_can_not_be_done_is_told_and_what_was_typed_stays(
    site: Site, what: str, fields: dict[str, str], says: str
) -> None:
    answer = post(site, what, **fields)
    assert answer.status_code == 422
    assert says in words(answer.text)
    assert 'role="alert"' in answer.text
    for name in ("from", "until", "of"):
        if fields.get(name, "").startswith("2026-11-02T") or name == "of" in fields:
            assert f'value="{fields[name]}"' in answer.text
    assert site.store.read.rota.changes(NOON).made == []
    assert site.screen.get(f"/oncall/{what}").url.path == "/oncall"


def test_a_test_page_to_oneself_and_that_it_arrived(site: Site) -> None:
    assert told(post(site, "test", person="First")).startswith("The test page is on its way")
    assert "not acknowledged yet" in words(site.screen.get("/oncall/tests").text)
    assert told(post(site, "arrived", code="t1")).startswith("The test page has arrived")
    assert "acknowledged just now" in words(site.screen.get("/oncall").text)
    assert "less than 5 minutes ago" in words(post(site, "test", person="First").text)


def test_silence_and_end(site: Site) -> None:
    fields = {"kind": "category", "of": "delivery", "until": "2026-11-02T09:00", "why": "a <i>strike</i>"}
    assert told(post(site, "silence", **fields)).startswith("From now on that pages nobody")
    page = site.screen.get("/oncall").text
    assert "Delivery until Mon 09:00 GMT : a <i>strike</i> by First" in words(page)
    assert "<i>" not in page
    assert told(post(site, "end", number="1")).startswith("The silence has ended")
    assert "Nothing is silenced" in words(site.screen.get("/oncall").text)


def test_words_of_an_address_are_never_shown(site: Site) -> None:
    page = words(site.screen.get("/oncall?change=pay+Mallory&same=pay+Mallory&clock=pay").text)
    assert "Mallory" not in page


def test_without_a_rotation_it_says_so(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert "There is no rotation" in words(site.screen.get("/oncall").text)
    site.store.close()
