"""The bench of drafts and lint: its sets are whole, and its checks find what they are for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from alerts.lint import RULES, Linter
from alerts.snap import Service, SnapDrafter, load_playbooks
from bench import snap, snap_cases, snap_hostile
from bench.classifier import DATA
from monitor.reply import Draft, Fact

OPEN = {
    "arguing", "sarcasm", "blame", "half-knowledge", "internal", "passed-on", "policy", "promise", "time", "compensation",
}  # fmt: skip
KINDS = {
    "template", "html", "markdown", "commands", "headers", "csv", "characters", "huge", "handle", "injection", "quotes",
    "slots", "personal", "links", "words",
}  # fmt: skip

POST = snap_cases.mention("x", 1, "@acme my washing machine has been broken since Monday", "ann_w")


def draft() -> Draft:
    drafter = SnapDrafter(load_playbooks(), Service(), snap_cases.BRAND)
    return drafter.drafts(snap_cases.case(POST, None), snap_cases.RESPONDER, snap_cases.NOW).first


def wrong(draft: Draft) -> set[str]:
    found = snap.faults(draft, "x", POST, "@ann_w")
    return {each.partition(":")[0] for each in found}


def test_the_replies_are_half_good_and_half_with_one_slip() -> None:
    settings, entries = snap.replies()
    faults = Counter(each["fault"] for each in entries)
    assert len(entries) == len({each["text"] for each in entries}) == 300
    assert faults.pop("") == 150
    assert faults.keys() == RULES.keys()
    assert all(
        faults[rule] >= (8 if rule in OPEN else 5) for rule in RULES if RULES[rule].severity == "error"
    )
    assert all(faults[rule] >= 8 for rule in OPEN)
    assert {each["platform"] for each in entries} == set(snap_cases.HANDLES)
    assert settings.banned
    assert settings.preferred
    for each in entries:
        if each["fault"] != "too-long" and each["public"]:
            assert snap.measured(each["platform"], each["text"]) <= snap.MOST[each["platform"]], each["text"]
        if each["fault"] != "unsigned":
            assert each["responder"].casefold() in each["text"].casefold()


def test_the_replies_that_nothing_is_learnt_from_are_others() -> None:
    _, learnt_from = snap.replies()
    _, entries = snap.replies(snap.HELD_OUT)
    assert not {each["text"] for each in entries} & {each["text"] for each in learnt_from}
    faults = Counter(each["fault"] for each in entries)
    assert faults.pop("") == 120
    assert faults.keys() < RULES.keys()
    assert faults.keys() >= OPEN


def test_there_are_two_hundred_hostile_posts_of_every_kind() -> None:
    posts = snap_hostile.hostile()
    assert len(posts) == len({(each["text"], each.get("handle")) for each in posts}) == 200
    counted = Counter(each["kind"] for each in posts)
    assert counted.keys() == KINDS
    assert min(counted.values()) >= 6


def test_what_is_wrong_with_a_draft_is_found_without_asking_the_drafter() -> None:
    good = draft()
    assert wrong(good) == set()
    assert "parts missing" in wrong(replace(good, next_steps="We dance."))
    assert "slot empty" in wrong(replace(good, text=good.text + " {product}"))
    assert "fact not in the post" in wrong(replace(good, facts=(Fact("product", "tumble dryer"),)))
    assert "words from nowhere" in wrong(replace(good, text=good.text + " Zanzibar"))
    assert "too long" in wrong(replace(good, text=good.text + " and" * 80))
    assert "handle wrong" in wrong(replace(good, text=good.text + " @rival"))
    assert "time claimed is another" in wrong(replace(good, report_by=snap_cases.NOW))


@pytest.mark.parametrize(
    "words", ["49", "Have a refund.", "See evil.example", "@rival", "<b>", "\u202e", "4111111111", "[name]"]
)
def test_what_a_hostile_post_got_into_a_draft_is_found(words: str) -> None:
    good = draft()
    assert list(snap_hostile.obeyed(good, {"never": ["49"]}, "@ann_w")) == []
    assert list(snap_hostile.obeyed(replace(good, text=f"{good.text} {words}"), {"never": ["49"]}, "@ann_w"))


def test_what_became_markup_in_a_page_is_found() -> None:
    assert snap_hostile.tags('<p class="a"><a href="https://b.example">c</a>').tags == {"p class", "a href"}
    assert snap_hostile.tags("&lt;script&gt;").tags == set()


def test_hostile_posts_become_nothing_but_text() -> None:
    posts = [each for each in snap_hostile.hostile() if each["kind"] in ("template", "headers", "handle")]
    figures = snap_hostile.withstood(None, posts, show=False)
    assert figures["posts"] == len(posts)
    assert figures["pages"] == len(posts) * len(snap_cases.HANDLES)
    assert figures["drafts"] > figures["pages"]
    assert not [name for name in figures if name.startswith("wrong: page")]


def test_lint_is_judged_by_the_rule_that_a_reply_was_written_for() -> None:
    settings, entries = snap.replies()
    bad = next(each for each in entries if each["fault"] == "empty-slot")
    judged = snap.judge(Linter(settings, Service()), [bad, bad | {"fault": "sarcasm"}])
    assert "empty-slot" in judged[0].errors
    assert "sarcasm" not in judged[1].rules


def test_the_same_complaints_are_drawn_every_time() -> None:
    if not DATA.is_dir():
        pytest.skip("the posts are not here")
    texts = snap.sample(DATA, "airline", "text", 50)
    assert len(texts) == 50
    assert texts == snap.sample(DATA, "airline", "text", 50)
