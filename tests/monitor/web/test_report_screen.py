"""The report's screen and file, and the list of lessons: who may do what, and that nothing a post says is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Deleted
from monitor.paging import respond
from tests.monitor.scripted import NOON, reading
from tests.monitor.web.sites import Site, words


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


def get(site: Site, path: str = "/stories/1/report", status: int = 200) -> str:
    answer = site.screen.get(path)
    assert answer.status_code == status, answer.text
    return str(answer.text)


def send(site: Site, path: str, **form: str) -> Any:
    csrf = re.search(r'name="csrf" value="([^"]+)"', get(site))
    assert csrf
    return site.screen.post(path, data={"csrf": csrf[1], **form}, follow_redirects=False)


def test_the_report_of_a_story_tells_all_of_it(site: Site) -> None:
    respond.acknowledge(site.store, "1", "First", site.clock.forward(minutes=3))
    said = words(get(site))
    for part in (
        "After-action report of story 1", "This story still goes on", "What happened", "How long it took", "3 min",
        "within 10 min", "kept", "How it spread", "Timeline", "First took it", "What was said",
        "Nothing has been said to customers from here yet", "What was foretold", "What the model got wrong",
        "Who was heard furthest", "Lessons", "Nobody has written down a lesson yet",
    ):  # fmt: skip
        assert part in said, part


def test_the_report_tells_what_was_foretold_when_and_when_it_came(site: Site) -> None:
    for minutes, count in ((20, 90), (40, 510)):
        later = reading(1, count, site.clock.forward(minutes=minutes))
        site.store.write(lambda tables, later=later: tables.mentions.add_readings([later]))  # type: ignore[misc]
        site.tick()
    for page in (get(site), get(site, "/stories/1/report/file")):
        assert "It crossed at Sun 1 November, 13:00, 60 min after that warning." in words(page)
        assert page.count('class="band"') == 2  # where it was said to end, behind how it spread
        assert page.count("How likely it was said to go viral.") == 2
        assert "newest forecast is kept" not in page


def test_nothing_that_a_post_says_is_markup(site: Site) -> None:
    for page in (get(site), get(site, "/stories/1/report/file")):
        assert "<script>alert" not in page
        assert "javascript:" not in page
        assert "49" not in re.findall(r"parcel ([^<]*)", page)
        assert 'onload="x"' not in page
    assert "style=" not in get(site)


def test_the_file_needs_nothing_else(site: Site) -> None:
    answer = site.screen.get("/stories/1/report/file")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="report-1.html"'
    page = answer.text
    assert "<style>" in page
    assert not re.search(r"<script|<link|<img|src=", page)
    assert "Lessons" in words(page)
    outward = re.findall(r"<a [^>]*href=\"http[^>]*>", page)
    assert all("noreferrer" in each for each in outward)


def test_a_lesson_is_written_done_and_removed(site: Site) -> None:
    text = 'Ask <b>twice</b> & "listen"'
    answer = send(
        site, "/stories/1/report/lessons", kind="change", text=text, owner="Second", due="2026-10-30"
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/stories/1/report#lessons"
    page = get(site)
    assert text in unescape(page)
    assert "<b>twice" not in page
    assert "late" in words(page)
    assert text in unescape(get(site, "/lessons"))
    answer = send(site, "/lessons/1", what="done", back="lessons")
    assert answer.headers["location"] == "/lessons"
    assert "done by First" in words(get(site))
    assert "Nothing waits to be changed" in words(get(site, "/lessons"))
    assert text in unescape(get(site, "/lessons?kind=change"))
    assert send(site, "/lessons/1", what="remove").headers["location"] == "/stories/1/report#lessons"
    said = words(get(site))
    assert "Removed (1)" in said
    assert "removed by First" in said
    assert "Nothing yet" in words(get(site, "/lessons?kind=change"))


def test_what_was_typed_is_kept_with_the_problem(site: Site) -> None:
    answer = send(site, "/stories/1/report/lessons", kind="change", text="Ask twice", owner="Kim", due="soon")
    assert answer.status_code == 400
    assert "is no day" in unescape(answer.text)
    assert "Ask twice" in answer.text
    assert 'value="Kim"' in answer.text
    assert site.store.read.lessons.open() == []


@pytest.mark.parametrize("said", [{}, {"owner": "Kim"}, {"due": "2026-12-01"}])
def test_who_does_it_and_until_when_is_asked_for_once(site: Site, said: dict[str, str]) -> None:
    where = "/stories/1/report/lessons"
    answer = send(site, where, kind="change", text="Ask twice", **said)
    assert answer.status_code == 400
    assert "Whose task is it, and until which day?" in words(answer.text)
    assert "Ask twice" in answer.text
    assert 'name="asked" value="1"' in answer.text
    assert site.store.read.lessons.open() == []
    assert send(site, where, kind="change", text="Ask twice", asked="1", **said).status_code == 303
    (kept,) = site.store.read.lessons.open()
    assert kept.owner == said.get("owner", "")
    assert send(site, where, kind="well", text="Listened").status_code == 303


def test_a_form_of_another_site_changes_nothing(site: Site) -> None:
    form = {"csrf": "guessed", "kind": "well", "text": "all fine"}
    assert site.screen.post("/stories/1/report/lessons", data=form).status_code == 403
    assert site.screen.post("/lessons/1", data={"what": "remove"}).status_code == 403
    assert site.store.read.lessons.newest(1) == []


@pytest.mark.parametrize("path", ["/stories/7/report", "/stories/7/report/file", f"/stories/{10**30}/report"])
def test_no_such_story(site: Site, path: str) -> None:
    assert "there is no" in words(get(site, path, 404)).lower()


def test_a_story_of_which_everything_was_erased(site: Site) -> None:
    site.store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    said = words(get(site))
    assert "It was erased since" in said
    assert "All of its posts were erased" in said
    assert "Kestrel parcel" not in said


def test_a_list_of_many_lessons_has_pages(site: Site) -> None:
    for number in range(60):
        site.store.write(
            lambda tables, number=number: tables.lessons.add(  # type: ignore[misc]
                1, "well", f"lesson-{number}", "", None, "First", NOON
            )
        )
    first = get(site, "/lessons?kind=well")
    assert len(re.findall(r"lesson-\d+", first)) == 50
    older = re.search(r'href="(/lessons\?kind=well&amp;before=\d+)"', first)
    assert older
    rest = get(site, unescape(older[1]))
    found = re.findall(r"lesson-\d+", first) + re.findall(r"lesson-\d+", rest)
    assert len(set(found)) == len(found) == 60
    assert 'rel="next"' not in rest
    assert get(site, "/lessons?kind=else", 422)
