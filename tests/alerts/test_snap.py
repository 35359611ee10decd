from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alerts.length import fits, length, limit
from alerts.snap import GENERAL, Playbook, Reply, Service, SnapDrafter, flaw, load_playbooks
from alerts.snap.drafter import AGAIN
from classifiers.categories import OTHER, shipped
from monitor.errors import ConfigError, InputError
from monitor.model import Author, Mention
from monitor.ports import Drafter
from monitor.reply import Case, Draft

SITUATIONS = (
    "delivery", "billing", "defect", "outage", "service", "safety", "legal", "privacy", "cancellation", "general",
)  # fmt: skip
NOW = datetime(2026, 11, 18, 10, 2, tzinfo=UTC)  # a Wednesday
MENTION = Mention("x", "1", Author("7", "ann"), "Where is my parcel?", "https://x.example/1", NOW)
VAGUE = replace(MENTION, text="I'm so fed up with you.")

TURN_OFFS = {
    "arguing": r"\bbut you\b|\bactually\b|\bas you can see\b|\byou (should have|failed|did not|didn't)\b|in fact",
    "policy as a reason": r"\bpolic(y|ies)\b|\bterms\b|\bunfortunately\b|\bnot (able|possible|allowed)\b|\bcannot\b",
    "unsupported promise": r"\bpromis|\bguarantee|\bdefinitely\b|\bensure\b|\bwill (fix|solve|resolve|refund|replace)",
    "unsupported time": r"\bsoon\b|\bshortly\b|\basap\b|\bimmediately\b|\btoday\b|\btomorrow\b|\bwithin\b|\bat once\b",
    "conditional apology": r"\bsorry (if|you feel|that you feel|for any)\b",
    "title": r"\b(Mr|Mrs|Ms|Miss|Dr|Sir|Madam|dear)\b",
    "joke": r"\blol\b|\bhaha|!|[\U0001F300-\U0001FAFF]|[:;]-?\)",
    "internal remark": r"\binternal\b|\boffer\b|\bmanager\b",
    "passing on": r"\b(transfer|forward|pass(ed|ing)? (you|this|it)|contact our|call our|department|get in touch with)\b",
    "blame": r"\b(courier|carrier|supplier|partner|fault|blame|mistake by)\b",
    "script language": r"\bvalued\b|\binconvenience\b|\breach out\b|\btouch base\b|\bfeedback\b|\bticket\b|\bescalat"
    r"|\bcase number\b|\bper our\b|\bkindly\b|\bassist|\bat your earliest",
    "compensation": r"\brefund|\bvoucher|\bdiscount|\bcredit\b|\bcompensat|\bfree of charge\b|\bgoodwill\b|\bgift|[€$£]",
    "empty slot": r"[{}\[\]<>]|\bNone\b|\bundefined\b|  ",
}


def drafter(*user: Playbook, service: Service | None = None, brand: str = "Acme") -> SnapDrafter:
    return SnapDrafter(load_playbooks(user), service or Service(), brand, {"x-uk": "x"})


def proposed(
    drafter: Drafter, mention: Mention, category: str | None, responder: str, now: datetime = NOW
) -> Draft:
    return drafter.drafts(Case(mention, category=category), responder, now).first


@cache
def reachable_at(contact: str) -> SnapDrafter:
    return drafter(service=Service(contact=contact))


SHIPPED: Drafter = drafter()


def reply(text: str = "Thank you, I'm sorry.", **parts: str) -> Reply:
    base = {
        "opening": "{{ greeting }}, " + text,
        "status": "I'm {{ responder }}.",
        "next_steps": "Write {{ privately }}.",
        "approximate_time": "By {{ report_by }}.",
        "planned_outcome": "A solution.",
    }
    return Reply(**(base | parts))


def assert_fit_to_send(draft: Draft, platform: str, responder: str) -> None:
    """Everything that docs of the team ask of a reply, whatever the playbook."""
    assert fits(platform, draft.text), f"{length(platform, draft.text)} of {limit(platform)}"
    parts = (draft.status, draft.next_steps, draft.approximate_time, draft.planned_outcome)
    at = -1
    for part in parts:
        assert flaw(part) is None, part
        found = draft.text.index(part)
        assert found > at
        at = found
    assert responder in draft.text
    assert responder in draft.status
    opening = draft.text[: draft.text.index(draft.status)].lower()
    assert "thank you" in opening
    assert "sorry" in opening
    for sentence in re.split(r"\n\n", draft.text):
        assert sentence.endswith((".", "?")), "a sentence was cut"


def assert_no_turn_offs(text: str) -> None:
    for name, pattern in TURN_OFFS.items():
        found = re.search(pattern, text, re.IGNORECASE if name != "title" else 0)
        assert found is None, f"{name}: {found and found[0]!r} in {text!r}"


@pytest.mark.parametrize("platform", ["x", "bluesky", "mastodon", "reddit"])
@pytest.mark.parametrize("category", SITUATIONS)
def test_every_shipped_playbook_says_what_it_must_and_nothing_that_it_must_not(
    category: str, platform: str
) -> None:
    for handle in ("ann", "fifteen_letters", "Sworn_Enemy-of.Jokes", "ann@social.example", "[deleted]", ""):
        for contact in ("direct message", "https://acme.example/help", "help@acme.example"):
            mention = replace(MENTION, source=platform, author=Author("7", handle, "Dr. Angry Customer"))
            draft = proposed(reachable_at(contact), mention, category, "Christopher", NOW)
            assert draft.playbook == category
            assert_fit_to_send(draft, platform, "Christopher")
            assert_no_turn_offs(draft.text)
            assert contact in draft.next_steps
            assert "12:15 pm UTC on Wednesday" in draft.approximate_time
            assert "Angry" not in draft.text


@pytest.mark.parametrize(
    "text",
    [
        "We're sorry if this upset you.", "Our policy does not allow it.", "Dear Mr Smith", "We will refund you.",
        "Sorry you feel that way.", "The courier lost it.", "We guarantee it.", "You will hear from us soon.",
        "Here is a voucher.", "Please contact our billing team.", "Hello [name]", "We apologise for the inconvenience.",
    ],
)  # fmt: skip
def test_the_list_of_turn_offs_finds_them(text: str) -> None:
    with pytest.raises(AssertionError):
        assert_no_turn_offs(text)


def test_the_situations_are_shipped_and_a_thank_you_and_one_for_a_second_answer() -> None:
    assert {book.name for book in load_playbooks()} >= {*SITUATIONS, "praise", AGAIN}


@pytest.mark.parametrize("platform", ["x", "bluesky", "mastodon", "reddit"])
def test_the_thank_you_thanks_names_who_writes_and_is_sorry_for_nothing(platform: str) -> None:
    for handle in ("ann", "fifteen_letters", "[deleted]"):
        mention = replace(MENTION, source=platform, author=Author("7", handle))
        draft = proposed(SHIPPED, mention, "praise", "Christopher", NOW)
        assert draft.playbook == "praise"
        assert fits(platform, draft.text)
        assert draft.text.index("thank you") < draft.text.index("Christopher")
        assert "sorry" not in draft.text
        assert "12:15 pm UTC on Wednesday" in draft.approximate_time
        assert_no_turn_offs(draft.text)


def test_every_shipped_category_but_other_has_its_playbook() -> None:
    for category in shipped():
        expected = GENERAL if category == OTHER else category
        assert proposed(SHIPPED, VAGUE, category, "Sam", NOW).playbook == expected


def test_a_brands_own_category_gets_the_playbook_of_its_name_once_there_is_one() -> None:
    assert proposed(SHIPPED, VAGUE, "lost-baggage", "Sam", NOW).playbook == GENERAL
    own = drafter(Playbook(name="lost-baggage", short=reply()))
    assert proposed(own, VAGUE, "lost-baggage", "Sam", NOW).playbook == "lost-baggage"


@pytest.mark.parametrize("category", [None, "", "something new", "GENERAL"])
def test_what_no_playbook_is_for_gets_the_general_one(category: str | None) -> None:
    assert proposed(SHIPPED, VAGUE, category, "Sam", NOW).playbook == GENERAL


def test_a_draft_reads_like_this() -> None:
    assert proposed(SHIPPED, MENTION, "delivery", "Sam", NOW).text == (
        "Hello @ann, thank you for telling us. I'm sorry about your parcel. I'm Sam from Acme and your "
        "case is with me. Please send me the order number by direct message. I'll trace it myself. I'll "
        "write to you by 12:15 pm UTC on Wednesday. My aim: you have your parcel in your hands."
    )


def test_where_there_is_room_the_reply_says_more() -> None:
    texts = {
        platform: proposed(SHIPPED, replace(MENTION, source=platform), "delivery", "Sam", NOW).text
        for platform in ("x", "mastodon", "reddit")
    }
    assert "out of public replies" in texts["reddit"]
    assert "You should not have to chase it." in texts["mastodon"]
    assert "out of public replies" not in texts["mastodon"]
    assert len(texts["x"]) < len(texts["mastodon"]) < len(texts["reddit"])


@pytest.mark.parametrize(
    ("source", "handle", "greeting"),
    [
        ("x", "ann", "Hello @ann,"),
        ("x", "@ann", "Hello @ann,"),
        ("x-uk", "ann", "Hello @ann,"),
        ("reddit", "ann", "Hello u/ann,"),
        ("reddit", "u/ann", "Hello u/ann,"),
        ("reddit", "/u/ann", "Hello u/ann,"),
        ("reddit", "[deleted]", "Hello,"),
        ("mastodon", "ann@social.example", "Hello @ann@social.example,"),
        ("bluesky", "ann.example.com", "Hello @ann.example.com,"),
        ("x", "None", "Hello,"),
        ("x", "ann bob", "Hello,"),
        ("x", "{{ 7*7 }}", "Hello,"),
        ("x", "ann\nBcc: x", "Hello,"),
        ("reviews", "", "Hello,"),
    ],
)
def test_customers_are_addressed_by_the_name_that_they_write_under(
    source: str, handle: str, greeting: str
) -> None:
    mention = replace(MENTION, source=source, author=Author("7", handle))
    assert proposed(SHIPPED, mention, "billing", "Sam", NOW).text.startswith(greeting)


@given(
    text=st.text(),
    handle=st.text(max_size=60),
    name=st.text(max_size=60),
    source=st.sampled_from(["x", "reddit", "b"]),
)
def test_nothing_that_a_post_says_changes_the_reply(text: str, handle: str, name: str, source: str) -> None:
    hostile = Mention(source, "1", Author("7", handle, name), text, "https://x.example/1", NOW)
    draft = proposed(SHIPPED, hostile, "service", "Sam", NOW)
    assume(not draft.facts)  # what it says of a place or a time is said back: other tests
    assert_fit_to_send(draft, source, "Sam")
    assert_no_turn_offs(draft.text.replace(draft.text.split(",")[0], ""))
    plain = proposed(SHIPPED, replace(hostile, text="x", author=Author("7", handle)), "service", "Sam", NOW)
    assert draft == plain
    nameless = proposed(SHIPPED, replace(hostile, author=Author("7", "")), "service", "Sam", NOW)
    # Without a handle there may be room for more words, but for no other ones.
    assert (draft.playbook, draft.form, draft.asks) == (nameless.playbook, nameless.form, nameless.asks)


def test_templates_in_a_post_stay_text() -> None:
    author = Author("7", "{{ responder }}", "{% for x in y %}")
    hostile = replace(MENTION, text="{{ cycler.__init__.__globals__ }} {{ 7*7 }}", author=author)
    text = proposed(SHIPPED, hostile, None, "Sam", NOW).text
    assert "49" not in text
    assert "{" not in text


def test_a_long_name_costs_the_greeting_before_it_costs_the_draft() -> None:
    mention = replace(MENTION, author=Author("7", "fifteen_letters"))
    draft = proposed(SHIPPED, mention, "billing", "Christopher-Alexander-Maximilian-Ferdinand", NOW)
    assert draft.playbook == "billing"
    assert draft.text.startswith("Hello, thank you")
    assert fits("x", draft.text)


def test_what_stands_behind_a_colleagues_name_stays_inside() -> None:
    assert proposed(SHIPPED, MENTION, None, "Sam (first on call)", NOW) == proposed(
        SHIPPED, MENTION, None, "Sam", NOW
    )


@pytest.mark.parametrize(
    "responder", ["", "  ", "(first on call)", "[name]", "{{ responder }}", "Sam\nBcc: x", "None"]
)
def test_a_draft_without_a_colleague_is_refused(responder: str) -> None:
    with pytest.raises(InputError, match="colleague"):
        proposed(SHIPPED, MENTION, None, responder, NOW)


def test_what_can_not_fit_is_refused_and_said() -> None:
    with pytest.raises(InputError, match="280 characters of x"):
        proposed(SHIPPED, MENTION, None, "S" * 200, NOW)


# Playbooks of the user


def test_a_users_playbook_replaces_key_by_key() -> None:
    own = drafter(Playbook(name="delivery", may_offer="Express replacement up to 50."))
    assert (
        own.drafts(Case(MENTION, category="delivery"), "Sam", NOW).may_offer.words
        == "Express replacement up to 50."
    )
    assert own.drafts(Case(MENTION, category="billing"), "Sam", NOW).may_offer.words == ""
    assert proposed(own, MENTION, "delivery", "Sam", NOW) == proposed(
        SHIPPED, MENTION, "delivery", "Sam", NOW
    )
    assert "Express" not in proposed(own, MENTION, "delivery", "Sam", NOW).text


def test_a_users_playbook_takes_a_category_over() -> None:
    own = drafter(Playbook(name="lost-parcel", categories=("delivery", "lost"), short=reply()))
    for category in ("delivery", "lost"):
        draft = proposed(own, MENTION, category, "Sam", NOW)
        assert draft.playbook == "lost-parcel"
        assert draft.text.startswith("Hello @ann, Thank you, I'm sorry. I'm Sam.")
    assert proposed(own, MENTION, "billing", "Sam", NOW).playbook == "billing"


def test_playbooks_may_be_written_over_several_lines() -> None:
    own = drafter(Playbook(name="general", short=reply(next_steps="Write\n  to us.\n"), long=reply()))
    assert proposed(own, VAGUE, None, "Sam", NOW).next_steps == "Write to us."


def test_a_flaw_that_shows_only_later_falls_back_on_the_general_playbook() -> None:
    only_on_reddit = "{% if platform == 'reddit' %}Write to  {% else %}Write to us.{% endif %}"
    own = drafter(
        Playbook(
            name="delivery", long=reply(next_steps=only_on_reddit), short=reply(next_steps=only_on_reddit)
        )
    )
    assert proposed(own, MENTION, "delivery", "Sam", NOW).playbook == "delivery"
    assert proposed(own, replace(MENTION, source="reddit"), "delivery", "Sam", NOW).playbook == GENERAL


def test_an_error_that_shows_only_later_falls_back_on_the_general_playbook() -> None:
    fails = "Write {% if platform == 'reddit' %}{{ 1 // 0 }}{% else %}to us{% endif %}."
    own = drafter(Playbook(name="delivery", long=reply(next_steps=fails), short=reply(next_steps=fails)))
    assert proposed(own, replace(MENTION, source="reddit"), "delivery", "Sam", NOW).playbook == GENERAL


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("Write {{ privatly }}.", "'privatly' is undefined"),
        ("Write {{ privately.", "TemplateSyntaxError"),
        ("Write to [name].", "a slot to fill in"),
        ("Write to <name>.", "a slot to fill in"),
        ("Write to {{ '' }} us.", "a hole"),
        ("{{ '' }}", "is empty"),
        ("Write to {{ none }}.", "a placeholder"),
        ("Hello {{ customer }}, write.", r"handle is not known \(use {{ greeting }}\)"),
        ("{{ ''.__class__.__mro__ }}", "SecurityError"),
        ("{{ 1 // 0 }}", "ZeroDivisionError"),
        ("TODO.", "a placeholder"),
    ],
)
def test_a_broken_part_is_told_when_the_daemon_starts(template: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        drafter(Playbook(name="billing", long=reply(next_steps=template), short=reply()))
    assert [line.split(":")[0] for line in caught.value.problems] == ["playbooks.billing.long.next_steps"]


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        drafter(
            Playbook(name="billing", long=reply(status="{{ nobody }}"), short=reply(extra="{{ nothing }}")),
            Playbook(name="outage", short=reply("Thank you. " * 30), long=reply("Thank you. " * 30)),
        )
    assert [line.split(":")[0] for line in caught.value.problems] == [
        "playbooks.billing.long.status",
        "playbooks.billing.short.extra",
        "playbooks.outage.short",
    ]
    assert "shorten it by" in caught.value.problems[-1]


def test_names_and_categories_are_claimed_once() -> None:
    with pytest.raises(ConfigError) as caught:
        load_playbooks(
            [
                Playbook(name="delivery"),
                Playbook(name="delivery"),
                Playbook(name="lost", categories=("delivery",), short=reply()),
                Playbook(name="new"),
            ]
        )
    told = "\n".join(caught.value.problems)
    assert "playbooks.delivery: given twice" in told
    assert "playbooks.lost: category 'delivery' is also claimed by delivery" in told
    assert "playbooks.new: has no text" in told


def test_the_general_playbook_must_be_there() -> None:
    with pytest.raises(ConfigError, match="general"):
        SnapDrafter([book for book in load_playbooks() if book.name != GENERAL], Service(), "Acme")


@pytest.mark.parametrize("brand", ["", "[brand]", "{{ brand }}", "Ac\nme"])
def test_a_brand_that_is_none_is_told(brand: str) -> None:
    with pytest.raises(ConfigError, match="brand"):
        drafter(brand=brand)


def test_a_draft_is_plain_data() -> None:
    draft = proposed(SHIPPED, MENTION, "outage", "Sam", NOW)
    assert json.loads(json.dumps(draft.text)) == draft.text


def test_the_examples_of_the_documentation_work() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "drafts.md").read_text(encoding="utf-8")
    examples = tomllib.loads("".join(re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)))
    service = Service.model_validate(examples["service"])
    own = drafter(*(Playbook.model_validate(book) for book in examples["playbooks"]), service=service)
    assert own.drafts(Case(MENTION, category="billing"), "Sam", NOW).may_offer.words.startswith("Refund")
    for source in ("x", "reddit"):
        draft = proposed(own, replace(MENTION, source=source), "delivery", "Sam", NOW)
        assert draft.playbook == "lost-luggage"
        assert_fit_to_send(draft, source, "Sam")
        assert_no_turn_offs(draft.text)
    shown = " ".join(re.findall(r"^> ?(.*)$", page, re.MULTILINE))
    assert shown == proposed(SHIPPED, MENTION, "delivery", "Sam", NOW).text
