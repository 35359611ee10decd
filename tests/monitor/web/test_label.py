"""The screen Label as plain forms: one post, one button, and what that did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from monitor.model import MentionKey
from monitor.store import Store
from monitor.web.screens.all import screens
from monitor.web.visitor import ForbiddenError, Visitor
from tests.monitor.scripted import FOUND, KEY, NOON, mention
from tests.monitor.web.sites import Site, words

HOSTILE = (
    '<script>alert(1)</script> {{ 7*7 }} \u202egnp.exe " onfocus="x'
    + "a\u0301\u0302\u0303\u0304\u0305\u0306" * 9
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    put(made.store, {7: ("Where is it", 0.49), 8: (HOSTILE, 0.55), 9: ("Long. " * 9000, 0.58)})
    yield made
    made.store.close()


def put(store: Store, posts: dict[int, tuple[str, float]]) -> None:
    def work(tables: Any) -> None:
        for number, (text, complaint) in posts.items():
            tables.mentions.add([mention(number, text)], NOON)
            key = MentionKey("x", str(number))
            tables.mentions.classified(key, replace(FOUND, complaint=complaint), NOON)

    store.write(work)


def hidden(page: str) -> dict[str, str]:
    """The fields of the form that labels the post."""
    form = page[page.index('class="answers"') :]
    return dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form[: form.index("</form>")])
    )


def press(site: Site, say: str, page: str | None = None, **more: str) -> Any:
    page = page or site.screen.get("/label").text
    return site.screen.post("/label", data={**hidden(page), "say": say, **more})


def test_the_least_sure_post_first_with_what_the_model_says(site: Site) -> None:
    said = words(site.screen.get("/label").text)
    assert "Where is it" in said
    assert "The model: 49% complaint" in said
    assert "Nobody has labelled anything yet" in said


def test_one_button_and_the_next_is_there(site: Site) -> None:
    answer = press(site, "yes billing")
    assert answer.history[0].status_code == 303
    assert site.store.read.labels.of(MentionKey("x", "7")) == {"complaint": "yes", "category": "billing"}
    said = words(answer.text)
    assert "What you said last Where is it" in said
    assert "Complaint a complaint: 49% a complaint Category delivery billing" in said
    assert "The model: 55% complaint" in said


def test_undo_brings_the_post_back(site: Site) -> None:
    page = press(site, "no").text
    form = page[page.index('id="undo"') :]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))
    answer = site.screen.post("/label/undo", data=fields)
    assert "Taken back" in words(answer.text)
    assert "Where is it" in words(answer.text)
    assert site.store.read.labels.of(MentionKey("x", "7")) == {}
    again = site.screen.post("/label/undo", data=fields)
    assert again.status_code == 422
    assert "nothing that you said" in words(again.text)


def test_the_daemon_takes_a_word_and_its_undoing_up(site: Site) -> None:
    key = MentionKey("x", "20")
    site.store.write(lambda tables: tables.mentions.add([mention(20, "Quite lost by Kestrel")], NOON))
    site.tick(minutes=1)
    story = site.store.read.stories.of(key)
    assert story not in (None, 1)
    page = press(site, "no", site.screen.get("/label?post=x 20").text).text
    assert "It counts in no story." in words(page)
    site.tick(minutes=1)
    assert site.store.read.stories.of(key) is None
    site.screen.post("/label/undo", data=hidden(page))
    site.tick(minutes=1)
    site.tick(minutes=1)
    found = site.store.read.mentions.classification(key)
    assert found is not None
    assert found.complaint == 0.9
    assert site.store.read.stories.of(key) is not None


def test_skipping_goes_on_and_labelling_stays_there(site: Site) -> None:
    page = site.screen.get("/label").text
    skip = re.search(r'href="([^"]*)" data-key="s"', page)
    assert skip
    second = site.screen.get(skip[1].replace("&amp;", "&")).text
    assert "The model: 55% complaint" in words(second)
    assert "The model: 58% complaint" in words(press(site, "others", second).text)


def test_everything_can_be_said_of_one_post(site: Site) -> None:
    press(
        site, "more", complaint="yes", severity="blame", sentiment="negative", sarcasm="yes", relevance="yes"
    )
    assert site.store.read.labels.of(MentionKey("x", "7")) == {
        "complaint": "yes", "relevance": "yes", "sentiment": "negative", "severity": "blame", "sarcasm": "yes",
    }  # fmt: skip


@pytest.mark.parametrize("say", ["", "perhaps", "yes parking", "more"])
def test_what_can_not_be_said_is_told_and_the_post_stays(site: Site, say: str) -> None:
    answer = press(site, say)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "Where is it" in words(answer.text)
    assert site.store.read.labels.of(MentionKey("x", "7")) == {}


def test_the_same_of_several(site: Site) -> None:
    press(site, "no", post1="x 8", post2="x 9")
    for number in ("7", "8", "9"):
        assert site.store.read.labels.of(MentionKey("x", number)) == {"complaint": "no"}


def test_a_form_of_another_site_does_nothing(site: Site) -> None:
    answer = press(site, "no", csrf="stolen")
    assert answer.status_code == 403
    assert site.store.read.labels.of(MentionKey("x", "7")) == {}


def test_one_post_by_its_address_also_a_labelled_one(site: Site) -> None:
    press(site, "no")
    assert "Somebody said: no complaint." in words(site.screen.get("/label?post=x 7").text)
    gone = site.screen.get("/label?post=x 99")
    assert "is not stored" in words(gone.text)
    assert "The model: 55% complaint" in words(gone.text)


@pytest.mark.parametrize(
    "query",
    ["pile=paged", "pile=newest", "pile=none", "source=x", "story=1", "story=x", "after=x", "last=x 3"],
)
def test_each_pile_and_any_address_is_answered(site: Site, query: str) -> None:
    assert site.screen.get(f"/label?{query}").status_code == 200
    assert site.screen.get(f"/label/cards?{query}").status_code == 200


def test_an_empty_pile_says_what_to_do(site: Site) -> None:
    assert "Nothing is left in this pile" in words(site.screen.get("/label?source=nowhere").text)
    assert "Nothing is left in this pile" in words(site.screen.get("/label/cards?source=nowhere").text)


def test_hostile_text_is_text(site: Site) -> None:
    page = site.screen.get("/label/cards").text
    assert "<script>alert" not in page
    assert 'onfocus="x' not in page
    assert "\u202e" not in page
    assert "49 " not in re.sub(r"49%", "", page)  # {{ 7*7 }} is no sum
    assert "All 54,000 characters" in page or "All 53,999 characters" in page


def test_in_the_page_the_answer_is_what_it_did(site: Site) -> None:
    answer = press(site, "no", live="1")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "What you said last" in words(answer.text)
    wrong = press(site, "", live="1")
    assert (wrong.status_code, "<html" in wrong.text) == (422, False)
    back = site.screen.post("/label/undo", data={**hidden(site.screen.get("/label").text), "live": "1"})
    assert 'data-post="x 7"' in back.text
    assert "One key a post" in words(back.text)  # in place of what it had done
    assert "Nobody has labelled anything yet." in words(back.text)
    assert site.store.read.labels.of(KEY) == {}


def test_the_versions_that_answered_stand_there_with_their_figures(site: Site) -> None:
    figures = {"macro_f1": 0.798, "log_loss": 0.414, "ece": 0.116, "recall": 0.772}
    better = figures | {"recall": 0.88}
    heads = {"complaint": {"learnt": 560, "held_out": 140, "old": figures, "new": better}}

    def work(tables: Any) -> None:
        first = tables.heads.add("m", None, {"categories": [], "heads": heads}, b"x", NOON)
        tables.heads.add("m", first, {"categories": [], "heads": heads}, b"x", NOON)

    site.store.write(work)
    site.clock.forward(minutes=5)
    press(site, "no")
    said = words(site.screen.get("/label").text)
    assert "1 post labelled, 1 since version 2 was made 5 minutes ago" in said
    assert "Version 2 answers" in said
    assert "Version 1, former" in said
    assert "Of 100 complaints it finds 88, before 77. F1 0.80, before 0.80" in said
    assert "learnt from 560 posts, and was tried on 140 others" in said


class Viewer:
    """A door through which somebody comes who may only look."""

    def visitor(self, _: Request) -> Visitor:
        return Visitor("vera", "viewer", None, ZoneInfo("UTC"), "token", "vera")

    bearer = visitor


@pytest.mark.parametrize("path", ["/label", "/label/undo", "/oncall/take", "/oncall/test", "/oncall/silence"])
def test_who_may_only_look_sees_no_button_and_can_press_none(site: Site, path: str) -> None:
    app = FastAPI()
    app.include_router(screens(replace(site.room, door=Viewer())))
    client = TestClient(app, base_url="http://127.0.0.1")
    for screen in ("/label", "/oncall"):
        page = client.get(screen).text
        main = page[page.index("<main") : page.index("</main>")]
        assert 'method="post"' not in main
    assert "You can look" in words(client.get("/label").text)
    with pytest.raises(ForbiddenError):
        client.post(path, data={"csrf": "token", "post": "x 7", "say": "no"})
    assert site.store.read.labels.of(MentionKey("x", "7")) == {}
