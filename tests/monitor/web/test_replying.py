"""The page on which customers are answered: what its buttons do, what it refuses, and that nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import InputError
from monitor.model import Deleted, MentionKey
from monitor.paging import respond
from monitor.store import ReplyRow
from monitor.web.reply_editor import LARGEST, OFTEN
from monitor.web.reply_form import FIELDS
from monitor.web.reply_words import eyes, lasting, promised
from monitor.web.screens.assets import asset
from tests.monitor.scripted import KEY, NOON, mention, reading
from tests.monitor.web.sites import OFFER, Site, words
from tests.monitor.web.test_pages import Outline

GOOD = "Thank you for telling us. We look for it. You hear by 14:00."


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, replies={"four_eyes": None})
    yield made
    made.store.close()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Site]:
    """Where a second person has to approve."""
    made = Site(tmp_path, replies={"four_eyes": "info"})
    yield made
    made.store.close()


def link(site: Site, person: str = "First", query: str = "") -> str:
    return site.of(person).replace("/a/", "/r/") + query


def get(site: Site, person: str = "First", query: str = "") -> str:
    answer = site.client.get(link(site, person, query))
    assert answer.status_code == 200
    return str(answer.text)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return unescape(found[1]) if found else ""


def editor(page: str) -> str:
    """The words in the editor, as a browser reads them."""
    found = re.search(r'<textarea id="text"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert found
    return unescape(found[1])


def ticks(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'name="tick" value="([^"]*)"', page)]


def press(site: Site, action: str, person: str = "First", page: str | None = None, **fields: Any) -> Any:
    """As a browser does: the fields of the page, with what was typed in place of some."""
    page = get(site, person) if page is None else page
    form: dict[str, Any] = {"action": action}
    form |= {
        name: hidden(page, name) for name in ("post", "seen", "at", "variant", "write") if hidden(page, name)
    }
    if '<textarea id="text"' in page:
        form["text"] = editor(page)
    return site.client.post(link(site, person), data=form | fields)


def reply(site: Site) -> ReplyRow:
    found = site.store.read.replies.of_mention(KEY)
    assert found
    return found[-1]


def state(site: Site) -> str:
    return str(reply(site).state)


def approved(site: Site, **fields: Any) -> Any:
    return press(site, "approve", text=GOOD, **fields)


def post(site: Site) -> None:
    """As the daemon does."""
    site.tick(seconds=1)
    assert state(site) == "posted"


# --- what it shows ----------------------------------------------------------------------------------------------


def test_get_shows_the_post_the_proposal_and_changes_nothing(site: Site) -> None:
    for _ in range(3):
        page = get(site)
    said = words(page)
    assert "Nobody has answered yet." in said
    assert "lost Kestrel parcel" in said
    assert "Answer user1" in said
    assert "spread 60" in said
    assert editor(page) == "Thank you, a short word. I'll update you by 14:00."
    assert "nothing found against it" in said
    assert 'value="approve"' in page
    assert "Approve and post" in said
    assert site.store.read.replies.of_mention(KEY) == []


def test_internal_words_stand_in_the_marked_box_alone(site: Site) -> None:
    page = get(site)
    box = page[
        page.index('class="card inside"') : page.index("</section>", page.index('class="card inside"'))
    ]
    assert "For you, not for the customer" in box
    for canary in ("a cup of tea", "the parcel desk", "call the duty manager"):
        assert canary in box
        assert page.count(canary) == 1
    assert OFFER not in page  # escaped
    for path in (f"{link(site)}/lint", link(site)):
        answer = site.client.post(path, data={"post": "x 1", "text": GOOD, "seen": "0", "action": "check"})
        outside = answer.text.replace(box, "")
        assert "cup of tea" not in outside


def test_the_page_says_what_runs_on_it(site: Site) -> None:
    answer = site.client.get(link(site))
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    (script,) = re.findall(r"<script[^>]*>", answer.text)
    assert script == f'<script src="..{asset("reply.js")}" defer>'
    assert not re.search(r"\son\w+=", re.sub(r"&\S+?;|“[^”]*”", "", answer.text).split("<form")[1])
    script = site.client.get(asset("reply.js"))
    assert script.headers["content-type"].startswith("text/javascript")
    assert len(answer.content) + len(script.content) < 40_000


def test_hostile_posts_and_handles_stay_text(site: Site) -> None:
    evil = '"><img src=x onerror=alert(1)>{{7*7}}\u202e'

    def work(tables: Any) -> None:
        hostile = mention(2, f"lost Kestrel parcel {evil}")
        tables.mentions.add([replace(hostile, author=replace(hostile.author, handle=evil))], NOON)

    site.store.write(work)
    site.tick(minutes=1)
    page = get(site, query="?post=x 2")
    for each in (page, get(site)):
        assert "<img" not in each
        assert "<script>alert" not in each
        assert "\u202e" not in each
        assert "javascript:" not in each
    assert "{{7*7}}" in page
    assert 'dir="auto"' in page


def test_another_post_of_the_story_can_be_chosen(site: Site) -> None:
    site.store.write(lambda tables: tables.mentions.add([mention(2, "lost another Kestrel parcel")], NOON))
    site.tick(minutes=1)
    page = get(site)
    assert "Answer another post (1)" in words(page)
    assert "?post=x%202" in page
    other = get(site, query="?post=x%202")
    assert "Answer user2" in words(other)
    assert "For the whole story" in other
    press(site, "save", page=other, text=GOOD)
    assert site.store.read.replies.live_of(MentionKey("x", "2")) is not None
    assert "a draft is kept" in words(get(site))


@pytest.mark.parametrize("name", ["x 99", "y 1", "x", "x%00 1", "%", "🙂 1"])
def test_a_post_of_no_story_of_this_alert_is_refused(site: Site, name: str) -> None:
    site.store.write(lambda tables: tables.mentions.add([mention(99, "buy")], NOON))
    assert site.client.get(link(site, query=f"?post={name}")).status_code == 404
    answer = site.client.post(link(site), data={"action": "save", "seen": "0", "post": name, "text": GOOD})
    assert answer.status_code == 404
    assert site.store.read.replies.live() == []


def test_without_a_draft_a_person_writes_alone(site: Site) -> None:
    site.drafter.fails = True
    page = get(site)
    assert editor(page) == ""
    assert press(site, "approve", page=page, text=GOOD).status_code == 200
    assert (reply(site).text, state(site)) == (GOOD, "approved")


def test_the_page_of_the_alert_leads_there(site: Site) -> None:
    for person in ("First", "Second"):
        page = site.client.get(site.of(person)).text
        token = site.of(person).rpartition("/")[2]
        assert f'href="../r/{token}">Answer the customer</a>' in page
        assert f'href="../a/{token}"' in get(site, person)
    approved(site)
    assert "Answer the customer · approved" in words(site.client.get(site.of("Second")).text)


# --- who may ----------------------------------------------------------------------------------------------------


def test_forged_links_and_those_of_others_are_refused(site: Site) -> None:
    token = site.link.rsplit("/", 1)[1]
    stranger = site.of("Third").rsplit("/", 1)[1]
    drill = site.store.write(lambda tables: tables.drills.begin("First", NOON))
    test = site.of("First", drill.code).rsplit("/", 1)[1]
    for bad in (token[:-1], "2" + token[1:], stranger, test, "1-", "1", "%00", "é", "rules.js"):
        assert site.client.get(f"/r/{bad}").status_code == 404
        for path in (f"/r/{bad}", f"/r/{bad}/lint"):
            answer = site.client.post(path, data={"action": "approve", "seen": "0", "text": GOOD})
            assert answer.status_code == 404
    assert site.store.read.replies.of_mention(KEY) == []


def test_whoever_left_the_configuration_is_refused(site: Site) -> None:
    with pytest.raises(InputError, match="not in the configuration"):
        site.desk.kept(1, "Third", NOON)
    assert site.client.get(link(site, "Third")).status_code == 404


def test_a_link_expires(site: Site) -> None:
    site.clock.forward(days=15)
    assert site.client.get(link(site)).status_code == 404
    assert site.client.post(f"{link(site)}/lint", data={"text": GOOD}).status_code == 404


# --- checking ---------------------------------------------------------------------------------------------------


def read(site: Site, text: str, **fields: Any) -> Any:
    answer = site.client.post(
        f"{link(site)}/lint", data={"post": "x 1", "text": text, "variant": "short"} | fields
    )
    assert answer.status_code == 200
    return answer.json()


def test_words_are_read_as_they_are_typed(site: Site) -> None:
    found = read(site, "🙂 no policy, sorry if so")
    assert found["blocked"]
    assert found["counted"] == "24 of 280 characters on X"
    assert found["found"] == "1 error to mend, 2 warnings to look at"
    assert found["approve"] == "Approve and post"
    assert 'data-start="5" data-end="11"' in found["html"]
    assert "rules#policy" in found["html"]
    assert "&lt;i&gt;customers&lt;/i&gt;" in found["html"]
    assert not read(site, GOOD)["html"].strip()
    assert site.store.read.replies.of_mention(KEY) == []


def test_a_private_message_is_read_as_one_and_never_posted(site: Site) -> None:
    found = read(site, "Thank you. It is policy.", variant="private")
    assert not found["blocked"]
    assert found["counted"] == "24 of 10,000 characters in a private message on X"
    assert found["approve"] == "Approve, to post it by hand"
    press(site, "approve", text="Thank you. It is policy.", variant="private")
    assert (state(site), reply(site).form) == ("copied", "private")
    assert site.store.read.jobs.get(reply(site).job) is None
    assert "a private message" in words(get(site))


def test_what_was_public_and_is_private_now_is_written_anew(site: Site) -> None:
    press(site, "save", text=GOOD)
    first = reply(site)
    press(site, "save", text=GOOD, variant="private")
    assert reply(site).id != first.id
    assert reply(site).form == "private"
    row = site.store.read.replies.get(first.id)
    assert row is not None
    assert row.state == "withdrawn"
    # And what is public is read as public, whatever variant a browser names.
    press(site, "save", text="Thank you, policy", variant="short")
    assert press(site, "approve").status_code == 400
    assert state(site) == "draft"


def test_marks_of_a_tick_hold_for_their_words_alone(site: Site) -> None:
    page = press(site, "check", text="Thank you, sorry if so").text
    (tick,) = ticks(page)
    assert "checked" in press(site, "check", page=page, tick=[tick]).text
    other = press(site, "check", text="Thank you, sorry if so. sorry if", tick=[tick]).text
    assert "checked" in other
    missing = press(site, "check", text="No", tick=[tick]).text
    assert "checked" not in missing


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=300),
    variant=st.text(max_size=10),
    ticked=st.lists(st.text(max_size=20), max_size=3),
)
def test_any_words_can_be_read_and_kept(site: Site, text: str, variant: str, ticked: list[str]) -> None:
    site.clock.forward(seconds=20)
    found = read(site, text, variant=variant, tick=ticked)
    assert found["found"]
    page = press(site, "save", text=text, variant=variant, tick=ticked)
    assert page.status_code in (200, 400)
    assert editor(page.text).strip() == text.replace("\r\n", "\n").replace("\r", "\n").strip()


def test_typing_is_not_read_without_end(site: Site) -> None:
    for _ in range(OFTEN):
        read(site, GOOD)
    refused = site.client.post(f"{link(site)}/lint", data={"post": "x 1", "text": GOOD})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3")
    assert (
        site.client.post(f"{link(site, 'Second')}/lint", data={"post": "x 1", "text": GOOD}).status_code
        == 200
    )
    site.clock.forward(seconds=11)
    read(site, GOOD)


def test_what_is_too_large_is_refused(site: Site) -> None:
    for path in (link(site), f"{link(site)}/lint"):
        assert site.client.post(path, data={"text": "x" * (LARGEST + 1)}).status_code == 413
    answer = press(site, "save", text="🙂" * 10_001)
    assert answer.status_code == 400
    assert "no platform takes more" in words(answer.text)
    assert site.client.post(link(site), content="seen=0&" * FIELDS + "action=save").status_code == 400
    assert site.store.read.replies.of_mention(KEY) == []


@pytest.mark.parametrize(
    "body", [b"", b"\xff\x00=&&;%zz", b"action=save", b"action=approve&seen=0", b"action=use&seen=0"]
)
def test_what_is_no_form_of_ours_does_nothing(site: Site, body: bytes) -> None:
    assert site.client.post(link(site), content=body).status_code in (400, 409)
    assert site.client.post(f"{link(site)}/lint", content=body).status_code == 200
    assert site.store.read.replies.of_mention(KEY) == []


def test_the_rules_are_explained(site: Site) -> None:
    page = site.client.get("/r/rules")
    assert page.status_code == 200
    assert 'id="conditional-apology"' in page.text
    assert "Why policy is wrong." in page.text


# --- variants, drafts -------------------------------------------------------------------------------------------


def test_another_variant_keeps_what_was_typed_in_sight(site: Site) -> None:
    page = press(site, "use long", text="My own <b>words</b>").text
    assert editor(page).startswith("Thank you, a long word.")
    assert "What you had written before My own <b>words</b>" in words(page)
    assert hidden(page, "variant") == "long"
    again = press(site, "use private", page=page).text
    assert "What you had written before" not in words(again)
    assert hidden(press(site, "use nonsense").text, "variant") == "nonsense"  # and it reads as a short one
    assert site.store.read.replies.of_mention(KEY) == []


def test_a_draft_is_kept_with_the_time_that_it_was_shown_with(site: Site) -> None:
    page = get(site)
    site.clock.forward(minutes=20)
    answer = press(site, "save", page=page)
    assert len(answer.history) == 1
    row = reply(site)
    assert row.report_by == NOON + timedelta(hours=2)
    assert row.text == editor(page)
    assert (row.state, row.editor, row.playbook) == ("draft", "First", "delivery")
    assert "You kept a draft at 12:20 UTC." in words(answer.text)
    assert "First kept a draft" in words(get(site, "Second"))
    site.clock.forward(hours=1)
    later = press(site, "use long").text
    press(site, "save", page=later)
    assert reply(site).report_by == NOON + timedelta(hours=3, minutes=20)


def test_words_are_kept_as_they_were_typed(site: Site) -> None:
    press(site, "save", text="\r\nThank you.\r\n\r\nMore <b>&amp; 🙂\r\n")
    assert reply(site).text == "Thank you.\n\nMore <b>&amp; 🙂"
    assert editor(get(site)) == reply(site).text
    press(site, "save", text="\n\nThank you")
    assert editor(get(site)) == "Thank you"


def test_an_empty_reply_is_refused(site: Site) -> None:
    for action in ("save", "approve"):
        answer = press(site, action, text="  ")
        assert answer.status_code == 400
        assert "The reply is empty" in words(answer.text)


# --- approving --------------------------------------------------------------------------------------------------


def test_approve_and_post(site: Site) -> None:
    answer = approved(site)
    assert (state(site), reply(site).approvals) == ("approved", ("First",))
    said = words(answer.text)
    assert "Approved: it is about to be posted." in said
    assert "You approved it." in said
    assert "data-again" in answer.text
    assert site.store.read.jobs.get(reply(site).job) is not None
    post(site)
    assert [each["text"] for each in site.poster.taken] == [GOOD]
    page = get(site)
    assert "Posted at 12:00 UTC." in words(page)
    assert 'href="https://x.example.org/brand/1"' in page
    assert "You promised to write again by 14:00 UTC: 1 h 59 min left." in words(page)
    assert "First promised to write again" in words(get(site, "Second"))
    assert 'value="approve"' not in page
    assert "data-again" not in page


def test_an_error_blocks_also_where_the_browser_says_otherwise(site: Site) -> None:
    page = press(site, "check", text="Thank you, policy").text
    assert re.search(r'value="approve" disabled', page)
    answer = press(site, "approve", text="Thank you, policy", tick=["policy 00000000", "policy"])
    assert answer.status_code == 400
    assert "It can't be sent: policy" in words(answer.text)
    assert editor(answer.text) == "Thank you, policy"
    assert state(site) == "draft"


def test_every_warning_needs_a_tick(site: Site) -> None:
    text = "Thank you, sorry if so"
    answer = press(site, "approve", text=text)
    assert answer.status_code == 400
    assert "Tick what is meant to be so" in words(answer.text)
    assert "required" in answer.text
    (tick,) = ticks(answer.text)
    assert (
        press(site, "approve", page=answer.text, tick=["conditional-apology", tick[:-1]]).status_code == 400
    )
    assert press(site, "approve", page=answer.text, tick=[tick]).status_code == 200
    assert state(site) == "approved"
    assert "ticked: conditional-apology" in words(get(site))


def test_where_nothing_is_posted_it_is_copied(site: Site) -> None:
    site.desk.posted_on = ()
    page = get(site)
    assert "Approve, to post it by hand" in words(page)
    page = approved(site).text
    assert state(site) == "copied"
    assert "data-copy" in page
    assert GOOD in words(page)
    bad = press(site, "posted", url="javascript:alert(1)")
    assert bad.status_code == 400
    assert "no address of a post" in words(bad.text)
    done = press(site, "posted", url=" https://x.example/10 ")
    assert (state(site), reply(site).url) == ("posted", "https://x.example/10")
    assert "It was posted, says First" in words(done.text)
    assert press(site, "kept").status_code == 200
    assert "What it promised was kept." in words(get(site))


def test_what_is_about_to_be_posted_can_be_taken_by_hand(site: Site) -> None:
    approved(site)
    press(site, "copy")
    assert state(site) == "copied"
    assert site.store.read.jobs.get(reply(site).job) is None
    press(site, "posted")
    assert (state(site), reply(site).url) == ("posted", "")


def test_withdraw(site: Site) -> None:
    press(site, "save", text=GOOD)
    answer = press(site, "withdraw", why="already <i>answered</i> by phone")
    assert state(site) == "withdrawn"
    assert "First withdrew it (already <i>answered</i> by phone)" in words(answer.text)
    assert "The last reply was withdrawn." in words(answer.text)
    assert press(site, "save", text=GOOD).status_code == 200
    assert state(site) == "draft"


def test_what_was_refused_can_be_tried_again(site: Site) -> None:
    approved(site)
    site.poster.outcomes = ["refused", "refused"]
    site.tick(seconds=1)
    page = get(site)
    assert "It could not be posted. X: the platform refuses this reply. Nothing stands there" in words(page)
    assert editor(page) == GOOD
    first = reply(site).id
    press(site, "approve", page=page)
    assert (state(site), reply(site).id) == ("approved", first + 1)
    site.tick(seconds=1)
    assert "Approve, to post it by hand" in words(get(site))
    press(site, "approve hand")
    assert (state(site), reply(site).id) == ("copied", first + 2)
    assert site.store.read.jobs.get(reply(site).job) is None


def test_a_time_that_is_over_is_not_promised(site: Site) -> None:
    page = get(site)
    press(site, "save", page=page)
    site.clock.forward(hours=3)
    answer = press(site, "approve")
    assert answer.status_code == 400
    assert "The time that it promises is over already" in words(answer.text)
    assert "I&#39;ll update you by 17:00." in answer.text  # there are proposals that hold
    again = press(site, "use short", page=answer.text).text
    press(site, "approve", page=again)
    assert (state(site), reply(site).report_by) == ("approved", NOON + timedelta(hours=5))


def test_what_hangs_is_ended_by_a_person_who_looked(site: Site) -> None:
    approved(site)
    site.poster.outcomes = ["taken, nobody knows"]
    site.poster.blind = 99
    site.tick(seconds=1)
    page = get(site)
    assert "It is being posted." in words(page)
    assert "X: no answer in time; the next try is at 12:00 UTC." in words(page)
    assert 'value="withdraw"' not in page
    row = reply(site)
    seen = f"{row.id}.{row.version}.posting.1"
    assert press(site, "withdraw", seen=seen).status_code == 400
    site.clock.forward(minutes=11)
    page = get(site)
    assert "Nobody knows whether it was posted." in words(page)
    assert "data-copy" not in page
    assert press(site, "posted", page=page, url="https://x.example/11").status_code == 200
    assert state(site) == "posted"


def test_change_what_is_approved_and_write_again(site: Site) -> None:
    approved(site)
    page = get(site, query="?post=x 1&write=1")
    assert editor(page) == GOOD
    press(site, "save", page=page, text=GOOD + " Soon.")
    assert (state(site), reply(site).approvals) == ("draft", ())
    press(site, "approve")
    post(site)
    assert "Write to them again" in words(get(site))
    page = get(site, query="?post=x 1&write=1")
    assert editor(page).startswith("Thank you, a short word.")
    checked = press(site, "check", page=page, text="Thank you. policy").text
    assert "1 error to mend" in words(checked)
    press(site, "approve", page=checked, text="Thank you. It is here.")
    assert (state(site), reply(site).text) == ("approved", "Thank you. It is here.")


# --- four eyes --------------------------------------------------------------------------------------------------


def test_a_second_person_approves_by_their_own_link(two: Site) -> None:
    page = get(two)
    assert "Approve as the first of two" in words(page)
    assert "ask Second to press" in words(page)
    mine = approved(two).text
    assert state(two) == "proposed"
    assert "A second person has to approve it." in words(mine)
    assert "ask Second to press" in words(mine)
    assert 'value="approve"' not in mine
    assert press(two, "approve").status_code == 400
    theirs = get(two, "Second")
    assert "It waits for you, as the second pair of eyes. First approved it." in words(theirs)
    assert "Approve and post" in words(theirs)
    press(two, "approve", "Second", page=theirs)
    assert (state(two), reply(two).approvals) == ("approved", ("First", "Second"))


def test_who_changes_a_word_takes_the_approval_back(two: Site) -> None:
    approved(two)
    assert press(two, "approve", "Second", text=GOOD + " Really.").status_code == 200
    assert (state(two), reply(two).approvals) == ("proposed", ("Second",))
    assert "It waits for you" in words(get(two))


def test_the_second_person_ticks_too(two: Site) -> None:
    text = "Thank you, sorry if so"
    page = press(two, "check", text=text).text
    press(two, "approve", page=page, tick=ticks(page))
    assert state(two) == "proposed"
    assert press(two, "approve", "Second").status_code == 400
    page = get(two, "Second")
    assert "checked" not in page
    press(two, "approve", "Second", page=page, tick=ticks(page))
    assert state(two) == "approved"


# --- two at once, and again -------------------------------------------------------------------------------------


def test_a_stale_page_shows_both_texts_and_does_nothing(site: Site) -> None:
    page = get(site)
    press(site, "save", "Second", text="Thank you, from Second")
    for action in ("save", "approve"):
        answer = press(site, action, page=page, text="Thank you, from First")
        assert answer.status_code == 409
        said = words(answer.text)
        assert "Nothing was done: the reply has changed" in said
        assert "What is kept now Thank you, from Second" in said
        assert editor(answer.text) == "Thank you, from First"
    assert reply(site).text == "Thank you, from Second"
    press(site, "save", page=answer.text)  # who has seen both decides
    assert reply(site).text == "Thank you, from First"


@pytest.mark.parametrize("action", ["check", "use long"])
def test_checking_does_not_hide_that_somebody_else_wrote(site: Site, action: str) -> None:
    page = get(site)
    press(site, "save", "Second", text="Thank you, from Second")
    checked = press(site, action, page=page, text="Thank you, from First").text
    assert press(site, "save", page=checked, text="Thank you, from First").status_code == 409
    assert reply(site).text == "Thank you, from Second"


def test_a_request_that_is_sent_again_does_nothing(site: Site) -> None:
    page = get(site)
    form = {name: hidden(page, name) for name in ("post", "seen", "at", "variant")} | {
        "text": GOOD,
        "action": "approve",
    }
    assert site.client.post(link(site), data=form).status_code == 200
    assert site.client.post(link(site), data=form).status_code == 409
    post(site)
    again = site.client.post(link(site), data=form | {"text": "Thank you. Lost?"})
    assert again.status_code == 409
    assert "What you had written, which was not sent Thank you. Lost?" in words(again.text)
    assert 'value="approve"' not in again.text
    assert len(site.store.read.replies.of_mention(KEY)) == 1
    for missing in ({"seen": ""}, {"seen": "0"}):
        assert (
            site.client.post(link(site), data={"post": "x 1", "action": "kept"} | missing).status_code == 409
        )


def test_two_begin_at_once_and_nothing_is_overwritten(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = site.desk.begin

    def second_is_faster(alert_id: Any, key: Any, draft: Any, person: str, now: Any) -> ReplyRow:
        begin(alert_id, key, replace(draft, text="Thank you, from Second"), "Second", now)
        return begin(alert_id, key, draft, person, now)

    monkeypatch.setattr(site.desk, "begin", second_is_faster)
    answer = press(site, "save", text=GOOD)
    assert answer.status_code == 409
    assert editor(answer.text) == GOOD
    assert reply(site).text == "Thank you, from Second"


def test_unknown_buttons_do_nothing(site: Site) -> None:
    for action in ("delete", "", "kept", "posted", "copy", "withdraw"):
        assert press(site, action).status_code == 400
    press(site, "save", text=GOOD)
    for action in ("delete", "kept", "posted", "copy"):
        answer = press(site, action, text="Thank you, more")
        assert answer.status_code == 400
        assert editor(answer.text) == "Thank you, more"
    assert (state(site), reply(site).text) == ("draft", GOOD)


# --- afterwards -------------------------------------------------------------------------------------------------


def test_the_clock_of_a_promise_and_what_the_post_did_since(site: Site) -> None:
    approved(site)
    post(site)
    site.store.write(
        lambda tables: tables.mentions.add_readings(
            [reading(1, 0, NOON - timedelta(hours=1)), reading(1, 63, NOON + timedelta(hours=1))]
        )
    )
    site.clock.forward(minutes=110)
    assert "9 min left" in words(get(site))
    assert "an hour before the reply" in words(get(site))
    site.clock.forward(minutes=75)
    page = get(site)
    assert "that is over since 1 h 5 min. Write now." in words(page)
    assert 'class="card state nobody"' in page


def test_a_post_that_is_gone(site: Site) -> None:
    press(site, "save", text=GOOD)
    site.store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    page = get(site)
    said = words(page)
    assert "It is gone: X shows it no more" in said
    assert "The post is gone: nothing can be answered any more." in said
    assert '<textarea id="text"' not in page
    assert GOOD not in said
    answer = site.client.post(
        link(site), data={"post": "x 1", "action": "save", "seen": hidden(page, "seen"), "text": GOOD}
    )
    assert answer.status_code in (400, 409)
    assert "which was not sent" in words(answer.text)


def test_a_story_of_which_nothing_is_left(site: Site) -> None:
    site.store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    answer = site.client.get(link(site))
    assert (answer.status_code, "No post of this story is left" in answer.text) == (404, True)


def test_what_is_over_can_still_be_answered(site: Site) -> None:
    respond.resolve(site.store, "1", "First", site.clock.now())
    assert approved(site).status_code == 200
    assert state(site) == "approved"


def test_a_story_that_was_merged_is_answered_by_its_old_link(site: Site) -> None:
    def work(tables: Any) -> None:
        tables.mentions.add([mention(2, "fire in a Kestrel van, lost")], NOON)

    site.store.write(work)
    site.tick(minutes=1)
    second = site.store.read.alerts.get(2)
    assert second is not None

    def merge(tables: Any) -> None:
        tables.alerts.merge(tables.alerts.get(1), second, site.clock.now())

    site.store.write(merge)
    page = site.client.get(
        link(site).replace(site.of("First").rsplit("/", 1)[1], site.of("First", 2).rsplit("/", 1)[1])
    )
    assert page.status_code == 200
    assert "lost Kestrel parcel" in words(page.text)


# --- for everybody ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["new", "save", "approve", "posted", "errors"])
def test_every_field_has_a_name_and_every_heading_its_place(site: Site, how: str) -> None:
    page = get(site)
    if how == "errors":
        page = press(site, "check", text="policy, sorry if").text
    elif how != "new":
        if how == "posted":
            site.desk.posted_on = ()
        page = press(site, "save" if how == "save" else "approve", text=GOOD).text
    outline = Outline()
    outline.feed(page)
    assert [each for each in outline.stack if each not in ("link",)] == []
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.refers) <= set(outline.ids)
    assert set(outline.fields) <= set(outline.refers)
    assert outline.headings[0] == 1
    assert set(outline.headings[1:]) == {2}


def test_spans_and_promises_in_words() -> None:
    def at(_: Any) -> str:
        return "15:30"

    assert lasting(timedelta(minutes=70)) == "1 h 10 min"
    assert lasting(timedelta(seconds=5)) == "1 min"
    assert lasting(timedelta(hours=72)) == "3 days"
    assert (
        promised("You", NOON, at, NOON - timedelta(hours=2))
        == "You promised to write again by 15:30: 2 h left."
    )
    assert eyes(1, ["Kim"], approved=False) == ""
    assert "ask Kim or Sam to press" in eyes(2, ["Kim", "Sam"], approved=False)
    assert "nobody else is in the configuration" in eyes(1, [], approved=True)
