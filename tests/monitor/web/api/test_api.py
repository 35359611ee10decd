"""The JSON API: what it tells, who may do what, how it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from monitor.errors import StoreError
from monitor.model import Deleted
from monitor.web.api.app import api
from monitor.web.api.entrance import LARGEST, Rates
from tests.monitor.scripted import KEY, NOON, FakeClock, mention
from tests.monitor.web.api.houses import House
from tests.monitor.web.sites import HOSTILE, OFFER

POST = {"source": "x", "post_id": "1"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


# --- who ------------------------------------------------------------------------------------------------------------


def test_a_token_says_who_it_is(house: House) -> None:
    assert house.ask("/me").json() == {
        "name": "first", "role": "responder", "person": "First", "time_zone": "UTC"
    }  # fmt: skip


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nope"}, {"Authorization": "Basic first"}])
def test_without_a_good_token_there_is_nothing(house: House, headers: dict[str, str]) -> None:
    for path in ("/api/v1/me", "/api/v1/stories", "/api/v1/nothing"):
        answer = house.client.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_cookie_is_no_token(house: House) -> None:
    house.client.cookies.set("session", "first")
    assert house.client.get("/api/v1/me").status_code == 401


def test_the_description_is_for_everybody(house: House) -> None:
    said = house.client.get("/api/openapi.json").json()
    assert said["openapi"].startswith("3.1")
    assert said["servers"] == [{"url": "/api"}]
    assert said["components"]["schemas"]["Problem"]


def test_a_page_of_another_site_may_not_ask(house: House) -> None:
    house.do("/alerts/1/acknowledge")
    for header in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        assert house.ask("/me", headers=header).status_code == 403
        assert house.ask("/alerts/1/resolve", method="POST", headers=header).status_code == 403
    assert house.state == "acknowledged"


CHANGES = [
    ("POST", "/alerts/1/acknowledge", None),
    ("POST", "/alerts/1/unacknowledge", None),
    ("POST", "/alerts/1/snooze", {"minutes": 5}),
    ("POST", "/alerts/1/resolve", None),
    ("POST", "/alerts/1/reassign", {"to": "Second"}),
    ("POST", "/alerts/1/note", {"text": "called the depot"}),
    ("POST", "/replies", POST),
    ("PUT", "/replies/1/text", {"text": "Thank you", "version": 1}),
    ("POST", "/replies/1/approve", {"version": 1}),
    ("POST", "/replies/1/withdraw", {}),
    ("POST", "/replies/1/copied", None),
    ("POST", "/replies/1/posted", {}),
    ("POST", "/replies/1/kept", None),
    ("POST", "/labels", {"posts": [POST], "complaint": True}),
]


def test_every_change_is_in_the_list_above(house: House) -> None:
    paths = house.client.get("/api/openapi.json").json()["paths"]
    described = {
        (method.upper(), path.removeprefix("/v1").replace("{number}", "1"))
        for path, methods in paths.items()
        for method in methods
        if method != "get"
    }
    reads = {("POST", "/lint"), ("POST", "/proposals")}
    assert described == {(method, path) for method, path, _ in CHANGES} | reads


def test_who_only_looks_changes_nothing(house: House) -> None:
    for token in ("boss", "helps"):
        for method, path, body in CHANGES:
            answer = house.ask(path, token, method, json=body)
            assert (answer.status_code, "responder" in answer.json()["detail"]) == (403, True), path


def test_who_is_nobody_on_call_changes_nothing(house: House) -> None:
    for method, path, body in CHANGES:
        answer = house.ask(path, "nobody", method, json=body)
        assert (answer.status_code, "nobody who can be paged" in answer.json()["detail"]) == (409, True), path


# --- how much -------------------------------------------------------------------------------------------------------


def test_a_token_that_asks_too_often_is_told_to_wait(tmp_path: Path) -> None:
    house = House(tmp_path, Rates("3/minute", "1/minute"))
    note = {"text": "a"}
    assert house.do("/alerts/1/note", **note).status_code == 200
    over = house.do("/alerts/1/note", **note)
    assert (over.status_code, over.headers["retry-after"]) == (429, "10")
    assert house.ask("/me").status_code == 200
    assert house.ask("/me").status_code == 429
    assert house.ask("/me", "second").status_code == 200
    house.store.close()


def test_a_token_is_counted_as_one_however_it_is_sent(tmp_path: Path) -> None:
    house = House(tmp_path, Rates("3/minute", "2/minute"))
    kinds = ("Bearer", "bearer", "BEARER", "bEARER")
    statuses = [
        house.client.get("/api/v1/me", headers={"Authorization": f"{kind} first"}).status_code
        for kind in kinds
    ]
    assert statuses == [200, 200, 200, 429]
    house.store.close()


@pytest.mark.parametrize("path", ["/v1/mentions/x/openapi.json", "/v1/alerts/openapi.json"])
def test_only_the_description_is_for_everybody(house: House, path: str) -> None:
    assert house.client.get(f"/api{path}").status_code == 401


def test_a_body_that_is_too_large_is_not_read(house: House) -> None:
    answer = house.do("/lint", text="a" * LARGEST)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_nobody_may_send_is_not_read_at_all(house: House) -> None:
    answer = house.client.post("/api/v1/lint", content=b"a" * (LARGEST + 1))
    assert answer.status_code == 401


# --- stories and posts ----------------------------------------------------------------------------------------------


def test_stories_come_with_alert_forecast_and_what_was_written(house: House) -> None:
    line = house.ask("/stories", "boss").json()["items"][0]
    assert (line["story"]["id"], line["alert"]["state"], line["posts"]) == (1, "open", 1)
    assert line["lead"]["post"]["text"] == HOSTILE
    assert line["lead"]["post"]["url"] is None  # it was javascript:
    assert line["lead"]["forecast"]["p_viral"] == 0.6
    story = house.ask("/stories/1", "boss").json()
    assert [each["source"] for each in story["platforms"]] == ["x"]
    assert story["voices"][0]["author"]["handle"] == "user1"
    assert house.ask("/stories/1/posts").json()["items"][0]["points"] == [
        {"at": "2026-11-01T12:00:00Z", "spread": 60}
    ]
    curve = house.ask("/stories/1/curve").json()
    assert (curve["measure"], curve["viral_at"], curve["points"][0]["spread"]) == ("reposts+quotes", 500, 60)
    assert {each["what"] for each in house.ask("/stories/1/done").json()["items"]} >= {"opened", "paged"}


def test_how_the_forecast_went_comes_with_its_story(house: House) -> None:
    went = house.ask("/stories/1/outlooks").json()
    (said,) = went["outlooks"]
    assert went["whole"] is True
    assert went["warned"] == said
    assert (said["source"], said["id"], said["count"], said["crossed"]) == ("x", "1", 60, False)
    assert said["at"] == "2026-11-01T12:00:00Z"
    assert said["fit"] is None
    assert went["paged_at"] is not None
    assert went["crossed_at"] is None
    house.store.write(lambda tables: tables.mentions.purge(key=KEY))
    (said,) = house.ask("/stories/1/outlooks").json()["outlooks"]
    assert (said["source"], said["id"], said["count"]) == (None, None, 60)
    assert house.ask("/stories/9/outlooks").status_code == 404


def test_a_list_goes_on_where_its_page_ended(house: House) -> None:
    house.store.write(lambda t: t.mentions.add([mention(n, "lost it") for n in range(2, 6)], NOON))
    house.tick(minutes=1)
    seen: list[str] = []
    after = None
    while True:
        page = house.ask("/mentions", params={"limit": 2, **({"after": after} if after else {})}).json()
        seen += [each["post"]["id"] for each in page["items"]]
        after = page["after"]
        if after is None:
            break
    assert sorted(seen) == ["1", "2", "3", "4", "5"]


def test_a_page_that_nobody_gave_is_not_there(house: House) -> None:
    assert house.ask("/stories", params={"after": "what?"}).status_code == 404


def test_a_parameter_that_there_is_not_is_told(house: House) -> None:
    answer = house.ask("/stories", params={"wich": "all"})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "query.wich: there is no such parameter here",
    )


def test_posts_are_searched_and_read(house: House) -> None:
    found = house.ask("/mentions", params={"words": "kestrel", "complaint": "true"}).json()
    assert (found["total"], found["items"][0]["post"]["text"]) == (1, HOSTILE)
    assert house.ask("/mentions", params={"words": "buzzard"}).json()["items"] == []
    assert house.ask("/mentions", params={"since": "1"}).status_code == 422
    post = house.ask("/mentions/x/1").json()
    assert (post["live"], post["readings"][0]["reposts"], post["found"]["category"]) == (True, 60, "delivery")
    assert house.ask("/mentions/x/2").status_code == 404


def test_an_id_may_be_an_address(house: House) -> None:
    at = "at://did:plc:a/app.bsky.feed.post/1?x=y#z"
    house.store.write(lambda t: t.mentions.add([mention(at)], NOON))
    answer = house.client.get(
        "/api/v1/mentions/x/at:%2F%2Fdid:plc:a%2Fapp.bsky.feed.post%2F1%3Fx=y%23z",
        headers={"Authorization": "Bearer first"},
    )
    assert answer.json()["post"]["id"] == at


def test_of_what_its_platform_removed_nothing_is_left(house: House) -> None:
    house.store.write(lambda t: t.mentions.delete([Deleted("x", "1", NOON)]))
    post = house.ask("/mentions/x/1").json()
    assert (post["live"], post["post"]["text"], post["post"]["author"]["handle"]) == (False, "", "")
    assert house.ask("/drafts", params=POST).status_code == 404
    assert house.do("/replies", **POST).status_code == 404


# --- alerts ---------------------------------------------------------------------------------------------------------


def test_an_alert_is_taken_given_back_snoozed_noted_handed_over_and_resolved(house: House) -> None:
    said = house.do("/alerts/1/acknowledge").json()
    assert (said["said"], said["alert"]["holder"]) == (
        "Alert 1 is yours, First. Nobody else will be paged about it.", "First",
    )  # fmt: skip
    assert house.do("/alerts/1/unacknowledge").json()["alert"]["state"] == "open"
    snoozed = house.do("/alerts/1/snooze", minutes=30).json()["alert"]
    assert (snoozed["state"], snoozed["snoozed_until"]) == ("snoozed", "2026-11-01T12:30:00Z")
    assert house.do("/alerts/1/note", text="the depot looks").status_code == 200
    assert house.do("/alerts/1/reassign", to="Second").json()["alert"]["state"] == "open"
    assert house.do("/alerts/1/acknowledge", "second").json()["alert"]["holder"] == "Second"
    assert house.do("/alerts/1/resolve").json()["alert"]["state"] == "resolved"
    events = [(each["event"], each["person"]) for each in house.ask("/alerts/1/events").json()]
    assert ("note", "First") in events
    assert ("resolved", "First") in events
    assert house.ask("/alerts").json() == []


def test_a_snooze_is_of_minutes_of_one_day(house: House) -> None:
    for minutes in (0, 1441, "5", True, 1.5, None):
        answer = house.do("/alerts/1/snooze", minutes=minutes)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["where"] == "body.minutes"
    assert house.state == "open"
    assert house.do("/alerts/1/snooze", minutes=5.0).status_code == 200


def test_nobody_is_handed_what_they_are_not_there_for(house: House) -> None:
    answer = house.do("/alerts/1/reassign", to="Nobody")
    assert (answer.status_code, house.state) == (404, "open")
    assert "First" in answer.json()["detail"]


def test_what_is_not_there_is_a_problem(house: House) -> None:
    for path in ["/alerts/9", "/alerts/9/events", "/stories/9", "/replies/9", "/stories/9/curve"]:
        answer = house.ask(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert "9" in answer.json()["detail"]


# --- replies --------------------------------------------------------------------------------------------------------


def test_drafts_tell_colleagues_what_they_may_offer(house: House) -> None:
    said = house.ask("/drafts", params=POST).json()
    assert [each["name"] for each in said["variants"]] == ["short", "long", "private"]
    assert said["may_offer"] == OFFER
    for token in ("boss", "helps"):
        assert OFFER not in house.ask("/drafts", token, params=POST).text


def test_a_text_is_read_by_lint_and_not_kept(house: House) -> None:
    said = house.do("/lint", "boss", text="Sorry if, policy", **POST).json()
    assert (said["blocked"], said["length"], said["limit"]) == (True, 16, 280)
    assert {each["rule"] for each in said["findings"]} == {"policy", "no-thanks"}
    assert house.ask("/replies").json() == []


def test_a_reply_goes_its_whole_way(house: House) -> None:
    begun = house.do("/replies", **POST)
    assert (begun.status_code, begun.headers["location"]) == (201, "replies/1")
    assert begun.json()["text"].startswith("Thank you, a short word.")
    again = house.do("/replies", **POST)
    assert (again.status_code, again.json()["detail"]) == (409, "r1 is under way for this post")
    text = "Thank you, sorry if"
    edited = house.ask("/replies/1/text", method="PUT", json={"text": text, "version": 1}).json()
    assert (edited["version"], edited["text"]) == (2, text)
    stale = house.ask("/replies/1/text", method="PUT", json={"text": "x", "version": 1})
    assert stale.status_code == 409
    assert "conditional-apology" in house.do("/replies/1/approve", version=2).json()["detail"]
    approved = house.do("/replies/1/approve", version=2, ticked=["conditional-apology"], post=False).json()
    assert (approved["state"], approved["approvals"]) == ("approved", ["First"])
    assert house.do("/replies/1/copied").json()["state"] == "copied"
    assert house.do("/replies/1/posted", url="javascript:x").status_code == 409
    assert house.do("/replies/1/posted", url="https://x.example/1").json()["state"] == "posted"
    done = [each["what"] for each in house.ask("/replies/1").json()["done"]]
    assert done == ["begun", "edited", "approved", "copied", "posted"]


def test_four_eyes_are_four_eyes_also_here(tmp_path: Path) -> None:
    house = House(tmp_path, replies={"four_eyes": "info"})
    house.do("/replies", **POST)
    assert house.do("/replies/1/approve", version=1).json()["state"] == "proposed"
    assert house.do("/replies/1/approve", version=1).status_code == 409
    assert house.do("/replies/1/approve", "second", version=1).json()["state"] == "approved"
    house.store.close()


def test_an_error_of_lint_blocks_whatever_is_ticked(house: House) -> None:
    house.do("/replies", **POST)
    house.ask("/replies/1/text", method="PUT", json={"text": "hank, policy", "version": 1})
    answer = house.do("/replies/1/approve", version=2, ticked=["policy"])
    assert (answer.status_code, house.ask("/replies/1").json()["reply"]["state"]) == (409, "draft")


def test_what_was_proposed_waits_for_a_person(house: House) -> None:
    said = house.do("/proposals", "helps", text="Thank you, we look into it", **POST)
    assert (said.status_code, said.json()["state"]) == (201, "draft")
    assert (said.json()["editor"], said.json()["owner"]) == ("First's assistant", "First")
    assert house.do("/replies/1/approve", "helps", version=2).status_code == 403
    assert house.do("/replies/1/approve", version=2).json()["approvals"] == ["First"]


def test_who_only_looks_proposes_nothing_either(house: House) -> None:
    assert house.do("/proposals", "boss", text="Thank you", **POST).status_code == 403
    assert house.do("/proposals", "nobody", text="Thank you", **POST).status_code == 409
    assert house.ask("/replies").json() == []


# --- labels, and how it refuses -------------------------------------------------------------------------------------


def test_what_people_say_counts_in_place_of_the_model(house: House) -> None:
    said = house.do("/labels", posts=[POST, POST], complaint=False, category="other")
    assert said.json() == {"labels": {"complaint": "no", "category": "other"}, "posts": 1}
    assert house.store.read.labels.of(KEY) == {"complaint": "no", "category": "other"}
    assert house.do("/labels", posts=[POST]).status_code == 409
    assert house.do("/labels", posts=[POST], category="no such").status_code == 409
    assert house.do("/labels", posts=[{"source": "x", "post_id": "9"}], complaint=True).status_code == 404


def test_what_is_no_note_is_told(house: House) -> None:
    for content in (
        *(
            b"",
            b"{",
            b"[]",
            b"null",
            b'{"text": "\\ud800"}',
            b'{"text": 5}',
            b'{"text": "a", "more": 1}',
            b"\xff",
        ),
        *(b"[" * 60_000, b'{"text": " "}'),
    ):
        answer = house.ask(
            "/alerts/1/note", method="POST", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_form_is_no_json(house: House) -> None:
    answer = house.ask("/alerts/1/note", method="POST", data={"text": "a"})
    assert answer.status_code == 422


def test_a_method_that_is_not_taken_is_told_which_are(house: House) -> None:
    for path, methods in house.client.get("/api/openapi.json").json()["paths"].items():
        answer = house.ask(re.sub(r"{\w+}", "1", path.removeprefix("/v1")), method="TRACE")
        assert (answer.status_code, answer.headers["allow"]) == (405, ", ".join(sorted(methods)).upper())


def test_a_fault_of_ours_says_nothing_of_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeClock, "now", lambda _: 1 / 0)
    answer = house.ask("/stories")
    assert (answer.status_code, answer.json()["title"]) == (500, "Internal Server Error")
    assert "zero" not in answer.text


def test_a_database_that_is_busy_is_not_named(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_: FakeClock) -> None:
        raise StoreError("/srv/secret/snapwatch.db is locked by another process")

    monkeypatch.setattr(FakeClock, "now", locked)
    answer = house.ask("/stories")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "/srv" not in answer.text


def test_without_drafter_and_lint_there_are_no_replies(house: House) -> None:
    app = api(replace(house.room, answering=None))
    client = TestClient(app)
    assert client.get("/v1/replies", headers={"Authorization": "Bearer first"}).status_code == 404
    assert client.get("/v1/stories", headers={"Authorization": "Bearer first"}).status_code == 200


def test_a_promise_is_kept_by_word(house: House) -> None:
    text = house.do("/replies", **POST).json()["text"]
    assert text
    house.do("/replies/1/approve", version=1, post=False)
    house.do("/replies/1/copied")
    assert house.do("/replies/1/posted").json()["promise"] == "open"
    house.clock.forward(minutes=5)
    assert house.do("/replies/1/kept").json()["promise"] == "kept"
