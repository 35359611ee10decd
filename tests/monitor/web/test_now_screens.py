"""Now, Sources and Settings, as whoever sits at the machine reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Interval
from monitor.overview.now import now_view
from tests.monitor.scripted import NOON
from tests.monitor.web.sites import Site, words


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


def text(site: Site, address: str = "/") -> str:
    answer = site.screen.get(address)
    assert answer.status_code == 200
    return words(answer.text)


def test_now_says_what_waits_why_and_who_is_next(site: Site) -> None:
    said = text(site)
    assert "Nobody has it 1" in said
    assert "lost Kestrel parcel <script>alert(1)</script> {{ 7*7 }}" in said
    assert "60% likely to cross 500 reposts and quotes" in said
    assert "Goes viral 60% now 60" in said
    assert "If nobody acknowledges it, Second is paged" in said
    assert "(1) Now" in said
    assert "<script>alert" not in site.screen.get("/").text


def test_one_press_takes_it(site: Site) -> None:
    page = site.screen.get("/").text
    (form,) = re.findall(r'<form method="post" action="/stories/1".*?</form>', page, re.DOTALL)
    fields = dict(re.findall(r'name="(csrf|seen)" value="([^"]*)"', form))
    answer = site.screen.post("/stories/1", data={**fields, "action": "acknowledge"}, follow_redirects=False)
    assert answer.status_code == 303
    assert site.state == "acknowledged"
    said = text(site)
    assert "You have it since" in said
    assert "Acknowledge" not in said


def test_the_live_part_is_what_the_page_shows(site: Site) -> None:
    page, part = site.screen.get("/").text, site.screen.get("/now").text
    assert part.strip() in page
    assert "<html" not in part


def test_the_number_beside_now_is_the_one_above_the_list(site: Site) -> None:
    site.press("acknowledge")
    site.store.write(lambda t: t.alerts.escalate(1, 0, site.clock.now() + timedelta(minutes=5)))
    said = text(site)
    assert "Nobody has it 1" in said
    assert "(1) Now" in said
    assert site.store.read.glances.pulse().waiting == 1


def test_what_changes_while_a_screen_is_read_is_noticed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page names how things stood before it was read, so that its script asks for it again."""

    def meanwhile(*given: Any) -> Any:
        found = now_view(*given)
        site.press("acknowledge")
        return found

    monkeypatch.setattr("monitor.web.screens.now.now_view", meanwhile)
    (mark,) = re.findall(r'data-mark="([^"]*)"', site.screen.get("/").text)
    assert mark != site.store.read.glances.pulse().mark


def test_all_quiet_and_nothing_read_yet(site: Site) -> None:
    site.press("resolve")
    assert "All quiet Nothing waits for anybody. Whoever is on call is paged when that changes." in text(site)
    site.clock.forward(days=3)
    site.store.write(lambda t: t.jobs.remove("poll x"))
    said = text(site)
    assert "Nothing was read yet" in said
    assert "snapwatch run" in said


def test_alarms_silences_and_blind_spots_stand_on_top(site: Site) -> None:
    until, missed = NOON + timedelta(hours=4), Interval(NOON - timedelta(hours=3), NOON, False, "503 <b>")
    site.store.write(lambda t: t.alarms.see("disk", "the disk is <i>full</i>; free some space", NOON))
    site.store.write(lambda t: t.silences.add("all", "", until, "planned <b>work</b>", "First", NOON))
    site.store.write(lambda t: t.sources.cover("x", [missed]))
    said = text(site)
    first = said.index("Nobody has it 1")
    assert 0 < said.index("the disk is <i>full</i>; free some space") < first
    assert 0 < said.index("Silence of everything") < said.index("planned <b>work</b>") < first
    assert (
        0
        < said.index("Posts may be missing : a source was not read for a while in the last 24 hours")
        < said.index("503 <b>")
        < first
    )


def test_sources(site: Site) -> None:
    missed = Interval(NOON - timedelta(hours=3), NOON - timedelta(hours=2), False, "503 <b>")
    site.store.write(lambda t: t.sources.cover("x", [missed]))
    site.store.write(
        lambda t: t.jobs.failed("poll x", "x: it answered <i>503</i>", 4, NOON + timedelta(minutes=5))
    )
    said = text(site, "/sources")
    assert "X Fails" in said
    assert "4 times in a row: it answered <i>503</i>" in said
    assert "Blind spots of the last 7 days (1)" in said
    assert "503 <b>" in said
    assert site.screen.get("/sources/live").text.strip() in site.screen.get("/sources").text


def test_settings(site: Site) -> None:
    said = text(site, "/settings")
    assert "[oncall]" in said
    assert "escalate_after_minutes 10" in said
    assert "[watch]" not in said
    assert "failing_minutes 30 by default" in text(site, "/settings?every=true")


def test_events_are_for_who_may_enter(site: Site) -> None:
    assert site.client.get("/events").status_code == 401
    site.room.pulses.end()
    assert site.screen.get("/events").status_code == 503


def test_what_goes_wrong_is_told_within_the_frame(site: Site) -> None:
    missing = site.screen.get("/stories/999")
    assert missing.status_code == 404
    said = words(missing.text)
    assert "This did not work There is no story 999." in said
    assert "Sources" in said
    strange = site.screen.get("/settings?every=<b>")
    assert strange.status_code == 422
    assert "asks for something that the screen does not have" in words(strange.text)
    foreign = site.screen.post("/stories/1", data={"action": "acknowledge", "csrf": "wrong"})
    assert foreign.status_code == 403
    assert "load the page anew" in words(foreign.text)
    assert site.state == "open"
