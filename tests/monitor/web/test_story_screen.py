"""A story's pages: what they say, what their buttons do, who may press them, and answering from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from alerts.story_curve import story_curve
from monitor.model import Deleted
from monitor.overview.story import Curve
from monitor.store import Tables
from monitor.web.app import create
from monitor.web.room import Room
from monitor.web.visitor import Role, Visitor
from tests.monitor.scripted import KEY, mention, one_pass, reading
from tests.monitor.web.sites import HOSTILE, URL, Site, words

STORY = "/stories/1"
GOOD = "Thank you for telling us. We look for it. You hear by 14:00."


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, replies={"four_eyes": None})
    yield made
    made.store.close()


class FixedDoor:
    """Lets everybody in as one visitor."""

    def __init__(self, role: Role, person: str | None) -> None:
        self._visitor = Visitor("somebody", role, person, ZoneInfo("Asia/Kolkata"), "token", "somebody")

    def visitor(self, request: Request) -> Visitor:
        return self._visitor

    def bearer(self, request: Request) -> Visitor:
        return self.visitor(request)


def entered(site: Site, role: Role, person: str | None, **changes: Any) -> TestClient:
    """The site for such a visitor."""
    room: Room = replace(site.room, door=FixedDoor(role, person), **changes)
    app = create(
        site.store, site.clock, site.links, room.people, room.describe, site.health, lambda: b"",
        answering=room.answering, room=room,
    )  # fmt: skip
    return TestClient(app, base_url=URL)


def get(site: Site, path: str = STORY) -> str:
    answer = site.screen.get(path)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return unescape(found[1]) if found else ""


def press(site: Site, action: str, client: TestClient | None = None, **fields: str) -> Any:
    client = client or site.screen
    page = client.get(STORY).text
    form = {"action": action, "seen": hidden(page, "seen"), "csrf": hidden(page, "csrf"), **fields}
    return client.post(STORY, data=form)


# --- what it says ---------------------------------------------------------------------------------------------------


def test_first_what_it_is_who_has_it_and_what_to_do(site: Site) -> None:
    page = get(site)
    said = words(page)
    order = [
        "Nobody has it yet.", "If nobody acknowledges it, Second is paged", "Acknowledge: I have it",
        "Answer the customer", "Goes viral", "60%", "Why As it was told", "avert", "How it spreads",
        "What to say", "Thank you, a short word.", "You may offer without asking", "The gravest of 1 posts",
        "Platforms", "Top voices user1 100 followers", "What was done", "Hand over, note",
    ]  # fmt: skip
    places = [said.index(each) for each in order]
    assert places == sorted(places)
    assert page.count("<h1") == 1


def test_how_the_forecast_went(site: Site) -> None:
    said = words(get(site))
    assert "How the forecast went The forecast first warned at" in said
    assert "with 6" in said
    assert "the first page went out at" in said
    assert "It has not crossed so far." in said
    assert 'class="curve wide"' not in get(site)  # one row is no picture
    for minutes, count in ((20, 90), (40, 510)):
        later = reading(1, count, site.clock.forward(minutes=minutes))
        site.store.write(lambda tables, later=later: tables.mentions.add_readings([later]))  # type: ignore[misc]
        site.tick()
    page = get(site)
    assert "It crossed at" in words(page)
    assert "60 min after that warning" in words(page)
    assert page.count("How likely it was said to go viral. The forecast first warned") == 2
    assert "60 of 500" in words(page)
    site.store.write(lambda tables: tables.mentions.purge(key=KEY))
    said = words(get(site))
    assert "The forecast first warned at" in said  # what was said outlives the post
    assert "60 min after that warning" in said


def test_a_story_from_before_it_was_kept_says_so(site: Site) -> None:
    def as_before(tables: Tables) -> None:
        tables.meta.set("outlooks begin after story", "1")
        tables.stories._db.execute("DELETE FROM outlooks")

    site.store.write(as_before)
    assert "no more than its newest forecast is known" in words(get(site))


def test_what_a_post_says_is_text(site: Site) -> None:
    for path in (STORY, f"{STORY}/posts", f"{STORY}/live", f"{STORY}/audit", "/stories", f"{STORY}/reply"):
        page = get(site, path)
        assert "<script>alert(1)" not in page
        assert 'onload="x' not in page
        assert "javascript:" not in page
        assert "style=" not in page
    assert unescape(HOSTILE) in unescape(get(site))


def test_there_is_no_story_of_that_number(site: Site) -> None:
    for path in (
        "/stories/99",
        "/stories/99/reply",
        f"/stories/{10**30}",
        "/stories/99/curve.svg",
        "/stories/0/audit",
    ):
        answer = site.screen.get(path)
        assert answer.status_code == 404
        assert "There is no story" in answer.text
    assert site.screen.get("/stories/one").status_code == 404
    assert site.screen.get(f"{STORY}/posts?after=no+such").status_code == 404
    assert "begin at its first one" in site.screen.get(f"{STORY}/posts?after=no+such").text


def test_what_is_gone_is_said(site: Site) -> None:
    site.store.write(lambda tables: tables.mentions.delete([Deleted(*KEY, site.clock.now())]))
    said = words(get(site))
    assert "No post of it is left" in said
    assert "Answer the customer" not in said
    assert "No post is left" in words(get(site, f"{STORY}/posts"))
    assert "It is gone" in words(get(site, f"{STORY}/reply?post=x+1"))


def test_the_live_part_is_the_part_of_the_page(site: Site) -> None:
    live = get(site, f"{STORY}/live")
    assert live.strip() in get(site)
    assert "<html" not in live


def test_all_stories_are_listed_with_who_has_them(site: Site) -> None:
    assert "nobody has it" in words(get(site, "/stories"))
    press(site, "acknowledge")
    assert "First has it" in words(get(site, "/stories?which=all"))
    assert "No such story" in words(get(site, "/stories?which=over"))


# --- the curve ------------------------------------------------------------------------------------------------------


class Drawn:
    """Draws, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, curve: Curve, zone: ZoneInfo, *, narrow: bool = False) -> bytes:
        self.times += 1
        return story_curve(
            [(each.at, each.spread) for each in curve.points], zone, curve.viral_at, narrow=narrow
        )


def test_the_curve_is_drawn_once_for_each_reading(site: Site) -> None:
    draw = Drawn()
    client = entered(site, "viewer", None, draw=draw)

    def picture() -> str:
        found = re.search(
            r'<img class="curve" src="([^"]*)" width="720" height="250"', client.get(STORY).text
        )
        assert found
        return unescape(found[1])

    first = picture()
    for _ in range(3):
        answer = client.get(first)
    assert answer.headers["content-type"] == "image/svg+xml"
    # The browser keeps it, and shows it to nobody who has signed out.
    assert answer.headers["cache-control"] == "private, no-cache"
    mark = answer.headers["etag"]
    for shown in (mark, f"W/{mark}"):
        again = client.get(first, headers={"if-none-match": shown})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", mark)
    assert client.get(f"{first}&size=narrow", headers={"if-none-match": mark}).status_code == 200
    draw.times -= 1
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert draw.times == 1
    assert picture() == first
    later = site.clock.forward(minutes=5)
    site.store.write(lambda tables: tables.mentions.add_readings([reading(1, 90, later)]))
    assert picture() != first
    client.get(picture())
    assert draw.times == 2
    assert "90 reposts and quotes" in words(client.get(STORY).text)
    assert "The readings as a table" in words(client.get(STORY).text)


def test_without_pictures_the_curve_is_told(site: Site) -> None:
    page = get(site)
    assert "<img" not in page
    assert "had 60 reposts and quotes at" in words(page)
    assert site.screen.get(f"{STORY}/curve.svg").status_code == 404


# --- what its buttons do --------------------------------------------------------------------------------------------


def test_the_buttons_do_what_those_of_the_personal_page_do(site: Site) -> None:
    assert press(site, "acknowledge").status_code == 200
    assert (site.state, site.alert.holder) == ("acknowledged", "First")
    assert "You have it since" in words(get(site))
    press(site, "note", text="asked the depot")
    assert "First noted : “ asked the depot” " in words(get(site)).replace(
        "<q", "“"
    ) or "asked the depot" in get(site)
    press(site, "snooze 30")
    assert site.alert.snoozed_until == site.clock.now() + timedelta(minutes=30)
    press(site, "acknowledge")
    press(site, "back")
    assert site.state == "open"
    press(site, "give", to="Second")
    assert site.alert.assigned == "Second"
    press(site, "resolve")
    assert site.state == "resolved"
    assert "It is over since" in words(get(site))


def test_what_could_not_be_done_is_said_and_what_was_typed_is_kept(site: Site) -> None:
    answer = press(site, "give")
    assert answer.status_code == 400
    assert "Choose who shall take it." in words(answer.text)
    answer = press(site, "nonsense", text="my <b>words</b>")
    assert answer.status_code == 400
    assert "my &lt;b&gt;words&lt;/b&gt;</textarea>" in answer.text
    assert site.state == "open"


def test_a_button_on_an_older_page_does_nothing(site: Site) -> None:
    page = get(site)
    press(site, "acknowledge")
    form = {"action": "back", "seen": hidden(page, "seen"), "csrf": hidden(page, "csrf")}
    answer = site.screen.post(STORY, data=form)
    assert answer.status_code == 409
    assert "Nothing was done: something had happened" in words(answer.text)
    assert site.state == "acknowledged"


@pytest.mark.parametrize("path", [STORY, f"{STORY}/reply", f"{STORY}/reply/lint"])
def test_a_form_of_another_site_does_nothing(site: Site, path: str) -> None:
    for csrf in ({}, {"csrf": "guessed"}):
        answer = site.screen.post(path, data={"action": "acknowledge", "seen": "0", "text": "x", **csrf})
        assert answer.status_code == 403
    assert site.state == "open"
    assert site.store.read.replies.of_mention(KEY) == []


def test_who_may_only_look_is_shown_no_button(site: Site) -> None:
    viewer = entered(site, "viewer", "First")
    page = viewer.get(STORY).text
    assert "<form" not in page[page.index("<main") : page.index("</main>")]
    assert "acknowledging takes the role responder" in words(page)
    for path in (STORY, f"{STORY}/reply", f"{STORY}/reply/lint"):
        assert viewer.post(path, data={"action": "acknowledge", "csrf": "token"}).status_code == 403
    assert viewer.get(f"{STORY}/reply").status_code == 403
    assert site.state == "open"


def test_who_acts_in_nobodys_name_can_only_look(site: Site) -> None:
    nobody = entered(site, "responder", None)
    page = nobody.get(STORY).text
    assert "You act in nobody's name here" in unescape(words(page))
    assert press(site, "acknowledge", nobody, csrf="token", seen="0").status_code == 400
    assert nobody.get(f"{STORY}/reply").status_code == 404
    assert site.state == "open"


# --- answering ------------------------------------------------------------------------------------------------------


def answer_page(site: Site, query: str = "") -> str:
    return get(site, f"{STORY}/reply{query}")


def typed(page: str, action: str, **fields: Any) -> dict[str, Any]:
    names = ("csrf", "post", "seen", "at", "variant", "write")
    return {"action": action, **{name: hidden(page, name) for name in names}, **fields}


def test_the_editor_is_the_one_of_the_personal_link(site: Site) -> None:
    page = answer_page(site)
    mine = site.client.get(site.of("First").replace("/a/", "/r/")).text

    def body(text: str) -> str:
        found = re.search(r'<div class="answer">.*?<script', text, re.DOTALL)
        assert found
        told = re.sub(r'(href|data-lint|src)="[^"]*"|name="csrf" value="[^"]*"', "", found[0])
        return re.sub(r"[\d:]{5}", "", told)

    assert body(page) == body(mine)
    assert 'class="top"' in page  # in the frame of the dashboard
    assert 'data-lint="/stories/1/reply/lint"' in page


def test_from_the_draft_to_the_posted_reply(site: Site) -> None:
    page = answer_page(site)
    checked = site.screen.post(f"{STORY}/reply/lint", data=typed(page, "check", text="It is policy.")).json()
    assert checked["blocked"]
    answer = site.screen.post(f"{STORY}/reply", data=typed(page, "approve", text="It is policy."))
    assert answer.status_code == 400
    assert "It is policy." in answer.text
    page = answer_page(site)
    answer = site.screen.post(
        f"{STORY}/reply", data=typed(page, "approve", text=GOOD), follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/stories/1/reply?post=x%201")
    site.tick(seconds=1)
    assert [each["text"] for each in site.poster.taken] == [GOOD]
    assert "Posted" in words(answer_page(site))
    said = words(get(site))
    assert "Reply r1: First approved it" in said
    assert GOOD in said
    assert "(answered)" in said


def test_warnings_are_ticked_one_by_one(site: Site) -> None:
    """Several fields of one name come through."""
    text = "Sorry if late, sorry if lost."
    page = answer_page(site)
    data = typed(page, "approve", text=text)
    shown = site.screen.post(f"{STORY}/reply", data=data)
    assert shown.status_code == 400
    ticks = [unescape(each) for each in re.findall(r'name="tick" value="([^"]*)"', shown.text)]
    assert len(ticks) == 2
    data = typed(shown.text, "approve", text=text, tick=ticks)
    assert site.screen.post(f"{STORY}/reply", data=data, follow_redirects=False).status_code == 303
    assert site.store.read.replies.of_mention(KEY)[-1].state == "approved"


def test_two_people_do_not_answer_at_once(site: Site) -> None:
    page = answer_page(site)
    second = entered(site, "responder", "Second")
    other = typed(second.get(f"{STORY}/reply").text, "save", text="Thank you, says Second.")
    assert second.post(f"{STORY}/reply", data=other, follow_redirects=False).status_code == 303
    answer = site.screen.post(f"{STORY}/reply", data=typed(page, "approve", text=GOOD))
    assert answer.status_code == 409
    assert "Thank you, says Second." in answer.text
    assert GOOD in answer.text


def test_a_story_that_paged_nobody_is_answered_too(site: Site) -> None:
    """And its page says that nothing is to be acknowledged."""

    def work(tables: Any) -> int:
        post = mention(7, "Kestrel, where is my hat?")
        tables.mentions.add([post], site.clock.now())
        return int(tables.stories.open(post, np.array([0.0, 1.0], dtype=np.float32)).id)

    number = site.store.write(work)
    page = get(site, f"/stories/{number}")
    said = words(page)
    assert "Nobody was paged about this." in said
    assert "Acknowledge" not in said
    assert "Answer the customer" in said
    assert "It has not been judged yet." in said
    site.store.write(lambda t: t.stories.close(number, site.clock.now()))
    assert "It is over: what is written from now on begins a new story." in words(
        get(site, f"/stories/{number}")
    )
    path = f"/stories/{number}/reply"
    shown = get(site, path)
    assert f"Story {number}" in words(shown)
    assert (
        site.screen.post(path, data=typed(shown, "approve", text=GOOD), follow_redirects=False).status_code
        == 303
    )
    (reply,) = site.store.read.replies.of_mention(mention(7).key)
    assert (reply.text, reply.alert_id, reply.story_id) == (GOOD, None, number)
    said = words(get(site, f"/stories/{number}"))
    assert re.search(r"Answer the customer \([a-z]", said)  # and how that stands
    assert GOOD in said[said.index("What was done") :]
    answer = site.screen.post(
        f"/stories/{number}", data={"action": "acknowledge", "csrf": hidden(page, "csrf")}
    )
    assert answer.status_code == 404
    assert "Nobody was paged" in answer.text


def test_a_post_of_another_story_is_not_answered_here(site: Site) -> None:
    answer = site.screen.get(f"{STORY}/reply?post=x+999")
    assert answer.status_code == 404
    assert "none of this story" in unescape(answer.text)


def test_every_post_of_it_a_page_at_a_time(site: Site) -> None:
    posts = [mention(each, f"Where is it? {each}") for each in range(100, 150)]

    def work(tables: Any) -> None:
        tables.mentions.add(posts, site.clock.now())
        for each in posts:
            tables.stories.join(1, each)

    site.store.write(work)
    one_pass(site.pipeline, site.store, site.clock.now())
    for order in ("spread", "newest", "first"):
        path, seen = f"{STORY}/posts?order={order}", list[str]()
        while path:
            page = get(site, path)
            seen += re.findall(r'data-item="(x \d+)"', page)
            following = re.search(r'rel="next" href="([^"]*)"', page)
            path = f"{STORY}/posts{unescape(following[1])}" if following else ""
        assert sorted(seen) == sorted(["x 1", *(f"x {each.id}" for each in posts)])
