"""Drafts as a whole: which variants, with which facts and questions, and that no post can change what we say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.length import fits
from alerts.snap import GENERAL, Need, Playbook, Reply, Service, SnapDrafter, flaw, load_playbooks
from alerts.snap.drafter import AGAIN
from monitor.errors import ConfigError
from monitor.model import Author, Classification, Emotion, Mention, Sentiment, Severity
from monitor.reply import Case, Draft, Fact
from tests.alerts.notices import ORDERS
from tests.alerts.test_facts import posts

NOW = datetime(2026, 11, 18, 10, 2, tzinfo=UTC)  # a Wednesday
PLATFORMS = ("x", "bluesky", "mastodon", "reddit", "googleplay")
POST = Mention("x", "1", Author("7", "ann"), "My parcel is lost since Monday and I want a refund.", "", NOW)


def drafter(*user: Playbook, service: Service | None = None, products: Sequence[str] = ()) -> SnapDrafter:
    return SnapDrafter(load_playbooks(user), service or Service(), "Acme", {"x-uk": "x"}, products)


@cache
def shipped(contact: str = "direct message") -> SnapDrafter:
    return drafter(service=Service(contact=contact), products=("Kestrel Box",))


def found(anger: float, language: str | None = "en") -> Classification:
    rest = (1 - anger) / 3
    return Classification(
        0.9, Sentiment(0.9, 0.1, 0.0), "m", language=language, emotion=Emotion(anger, rest, rest, rest)
    )


def reply(**parts: str) -> Reply:
    base = {
        "opening": "{{ greeting }}, thank you, and I'm sorry.",
        "status": "I'm {{ responder }}.",
        "next_steps": "I will look at it.",
        "approximate_time": "I'll write by {{ report_by }}.",
        "planned_outcome": "My aim: a solution.",
    }
    return Reply(**(base | parts))


def book(name: str = "delivery", **parts: object) -> Playbook:
    given = {"categories": ("delivery",), "needs": (), "short": reply(), "long": reply(), "private": reply()}
    return Playbook.model_validate({"name": name, **given, **parts})


def case(text: str = POST.text, source: str = "x", **more: object) -> Case:
    mention = replace(POST, text=text, source=source)
    return Case(mention, **({"category": "delivery"} | more))  # type: ignore[arg-type]


def texts(made: SnapDrafter, what: Case) -> dict[str, str]:
    return {each.form: each.text for each in made.drafts(what, "Sam", NOW).variants}


# Which variants


@pytest.mark.parametrize(
    ("platform", "forms"),
    [
        ("x", ["short", "private"]), ("bluesky", ["short", "private"]), ("reddit", ["long", "short", "private"]),
        ("mastodon", ["long", "short", "private"]), ("googleplay", ["short", "private"]),
    ],
)  # fmt: skip
def test_the_form_that_fits_best_comes_first_and_the_private_one_last(
    platform: str, forms: list[str]
) -> None:
    made = drafter(
        book(long=reply(status="I'm {{ responder }} and I have your case."), private=reply(extra="Bye."))
    )
    assert [each.form for each in made.drafts(case(source=platform), "Sam", NOW).variants] == forms


def test_what_says_the_same_is_proposed_once() -> None:
    made = drafter(book(long=None))
    assert [each.form for each in made.drafts(case(source="reddit"), "Sam", NOW).variants] == [
        "short",
        "private",
    ]


def test_in_private_nobody_is_called_by_a_handle_and_here_is_where_we_are() -> None:
    made = drafter(
        book(
            private=reply(next_steps="Write {{ privately }}."),
            short=reply(next_steps="Write {{ privately }}."),
        )
    )
    written = texts(made, case())
    assert written["short"].startswith("Hello @ann,")
    assert "Write by direct message." in written["short"]
    assert written["private"].startswith("Hello, ")
    assert "Write here." in written["private"]


def test_whoever_was_answered_before_is_led_to_the_private_channel() -> None:
    first, *_, private = shipped().drafts(case(turn=1), "Sam", NOW).variants
    assert (first.form, first.playbook) == ("short", AGAIN)
    assert "direct message" in first.next_steps
    assert (private.form, private.playbook) == ("private", "delivery")
    assert shipped().drafts(case(turn=0), "Sam", NOW).first.playbook == "delivery"


def test_a_playbook_names_its_own_channel() -> None:
    made = drafter(book(contact="https://acme.com/parcels", short=reply(next_steps="Write {{ privately }}.")))
    assert "Write at https://acme.com/parcels." in texts(made, case())["short"]


def test_what_colleagues_may_offer_stands_beside_the_draft_alone() -> None:
    made = drafter(book(may_offer="Canary one", owner="Canary two", escalate="Canary three"))
    proposed = made.drafts(case(), "Sam", NOW)
    assert [each.words for each in (proposed.may_offer, proposed.owner, proposed.escalate)] == [
        "Canary one",
        "Canary two",
        "Canary three",
    ]
    assert not any("Canary" in each.text for each in proposed.variants)


# What this customer said


def test_a_draft_says_back_what_the_customer_said_and_nothing_that_is_not_for_all() -> None:
    theirs = "{% if their.{0} %}, {{ their.{0} }}{% endif %}"
    slots = ("product", "place", "date", "wait", "flight", "wish")
    opening = (
        "{{ greeting }}, thank you, and I'm sorry"
        + "".join(theirs.replace("{0}", each) for each in slots)
        + "."
    )
    made = drafter(book(short=reply(opening=opening), private=reply(opening=opening), long=None))
    text = "My parcel is lost at the Leeds depot since Monday. I have waited three weeks. I want a refund. Order 12345678."
    public, private = made.drafts(case(text), "Sam", NOW).variants
    said = (
        Fact("product", "parcel"), Fact("place", "at the Leeds depot"), Fact("date", "since Monday"),
        Fact("wait", "three weeks"),
    )  # fmt: skip
    assert public.facts == said
    assert private.facts == (*said, Fact("wish", "refund"))
    assert ", parcel, at the Leeds depot, since Monday, three weeks." in public.text
    assert "refund" not in public.text
    assert not any("12345678" in each.text for each in (public, private))


@pytest.mark.parametrize("language", ["de", "fr", "ja"])
def test_a_post_in_another_language_is_not_quoted_in_english(language: str) -> None:
    made = drafter(
        book(
            short=reply(
                opening="{{ greeting }}, thank you, sorry{{ ', ' ~ their.product if their.product }}."
            )
        )
    )
    for what in (case(found=found(0.1, language)), replace(case(), mention=replace(POST, language=language))):
        assert made.drafts(what, "Sam", NOW).first.facts == ()
    assert made.drafts(case(found=found(0.1, "en")), "Sam", NOW).first.facts


def test_words_that_time_has_changed_are_left_out() -> None:
    opening = "{{ greeting }}, thank you, sorry{{ ', ' ~ their.date if their.date }}."
    made = drafter(book(short=reply(opening=opening)))
    week = NOW + timedelta(days=7)
    assert made.drafts(case(), "Sam", NOW).first.facts == (Fact("date", "since Monday"),)
    assert made.drafts(case(), "Sam", week).first.facts == ()


def test_the_brands_products_are_said_back_as_the_customer_calls_them() -> None:
    opening = "{{ greeting }}, thank you, sorry about your {{ their.product or 'order' }}."
    made = drafter(book(short=reply(opening=opening)), products=("Kestrel Box",))
    assert (
        "about your kestrel box."
        in texts(made, case("the kestrel box that I got is not what I want"))["short"]
    )


# Questions


NEEDS = (
    Need(fact="order number", given=("order",), ask="Please send me the order number {{ privately }}."),
    Need(fact="model", given=("product",), ask="Which one is it?"),
)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("It is lost and nobody helps me.", "order number"),
        ("My parcel is lost and nobody helps me.", "order number"),
        ("It is lost, order number 12345678, and nobody helps me.", "model"),
        ("My parcel is lost, order number 12345678, and nobody helps.", ""),
    ],
)
def test_one_question_is_asked_for_what_is_missing(text: str, asks: str) -> None:
    draft = drafter(book(needs=NEEDS)).drafts(case(text), "Sam", NOW).first
    assert draft.asks == asks
    assert draft.next_steps.endswith("I will look at it.")
    assert draft.next_steps.count("?") + draft.next_steps.count("Please send") == bool(asks)
    assert draft.next_steps in draft.text


def test_a_question_that_does_not_fit_is_told_at_the_start() -> None:
    with pytest.raises(ConfigError, match=r"playbooks\.delivery\.short: \d+ characters on X"):
        drafter(book(needs=(Need(fact="all", ask="Please tell me all of it. " * 12),)))


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({"needs": (Need(fact="it", ask="{{ nobody }}"),)}, "long.needs.it"),
        ({"short": reply(heated_opening="{{ nobody }}")}, "short.heated_opening"),
        ({"private": reply(status="{{ nobody }}")}, "private.status"),
        ({"holding": reply(opening="{{ customer }} thank you")}, "holding.opening"),
        ({"short": reply(opening="Sorry about your {{ their.product }}.")}, "short.opening"),
        ({"short": reply(opening="Sorry {{ their.nobody }}.")}, "short.opening"),
        ({"short": reply(approximate_time="By {{ promised_by }}.")}, "short.approximate_time"),
    ],
)
def test_every_text_is_tried_at_the_start(part: dict[str, object], where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        drafter(book(**part))  # type: ignore[arg-type]
    assert [line.split(": ")[0] for line in caught.value.problems][:1] == [f"playbooks.delivery.{where}"]


# Anger, times, room


@pytest.mark.parametrize(
    ("anger", "severity", "opening"),
    [(0.7, "info", "heated"), (0.1, "critical", "heated"), (0.1, "warning", "calm"), (None, "info", "calm")],
)
def test_empathy_goes_first_where_somebody_is_angry(
    anger: float | None, severity: Severity, opening: str
) -> None:
    made = drafter(
        book(short=reply(opening="Hello calm, thanks, sorry.", heated_opening="Hello heated, thanks, sorry."))
    )
    what = case(found=found(anger) if anger is not None else None, severity=severity)
    assert made.drafts(what, "Sam", NOW).first.opening == f"Hello {opening}, thanks, sorry."


def test_a_report_is_promised_in_the_customers_zone_and_its_moment_is_kept() -> None:
    draft = shipped().drafts(case(time_zone="America/New_York"), "Sam", NOW).first
    assert "7:15 am EST on Wednesday" in draft.approximate_time
    assert draft.report_by == datetime(2026, 11, 18, 12, 15, tzinfo=UTC)


def test_a_promise_is_made_where_the_service_supports_it_alone() -> None:
    promising = book(sla="parcel", short=reply(promised_time="You have it by {{ promised_by }}."))
    kept = drafter(promising, service=Service(sla={"parcel": 9})).drafts(case(), "Sam", NOW).first
    assert kept.approximate_time == "You have it by 10:15 am UTC on Thursday."
    assert kept.report_by == datetime(2026, 11, 19, 10, 15, tzinfo=UTC)
    without = drafter(promising).drafts(case(), "Sam", NOW).first
    assert without.approximate_time == "I'll write by 12:15 pm UTC on Wednesday."
    assert without.report_by == datetime(2026, 11, 18, 12, 15, tzinfo=UTC)


def test_a_time_that_a_text_does_not_name_is_none() -> None:
    assert (
        drafter(book(short=reply(approximate_time="I'll write."))).drafts(case(), "Sam", NOW).first.report_by
        is None
    )


def test_where_room_is_short_the_least_is_left_out_first() -> None:
    long = "x" * 25
    opening = (
        "{{ greeting }}, thank you, sorry{{ ' about your ' ~ their.product if their.product }}"
        "{{ ' ' ~ their.place if their.place }}."
    )
    text = "My parcel is lost at the Milton Keynes depot and nobody helps me."
    seen = []
    for filling in range(0, 9):
        short = reply(
            opening=opening,
            status=f"I'm {{{{ responder }}}}. {' '.join([long] * filling)}".strip(),
            extra="Bye.",
        )
        try:
            draft = drafter(book(short=short)).drafts(case(text), "Sam", NOW).first
        except ConfigError:
            break
        seen.append(
            (
                draft.text.endswith("Bye."),
                "Milton" in draft.text,
                "parcel" in draft.text,
                "@ann" in draft.text,
            )
        )
        assert fits("x", draft.text)
    assert seen[0] == (True, True, True, True)
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) > 2


# One statement for a story


@pytest.mark.parametrize("category", ["delivery", "outage", None])
def test_a_holding_statement_names_nobody_and_repeats_nobody(category: str | None) -> None:
    draft = shipped().holding(case(category=category, posts=60), "Sam (first on call)", NOW)
    assert draft is not None
    assert fits("x", draft.text)
    assert "Sam" in draft.status
    assert "first on call" not in draft.text
    assert "@ann" not in draft.text
    assert (draft.facts, draft.asks) == ((), "")
    assert draft.report_by == datetime(2026, 11, 18, 12, 15, tzinfo=UTC)


def test_where_no_playbook_has_one_there_is_none() -> None:
    books = [each.model_copy(update={"holding": None}) for each in load_playbooks()]
    assert SnapDrafter(books, Service(), "Acme").holding(case(), "Sam", NOW) is None


# Whatever a post says


def assert_whole(draft: Draft, platform: str, post: str, responder: str) -> None:
    plain = " ".join(post.split())
    parts = (draft.opening, draft.status, draft.next_steps, draft.approximate_time, draft.planned_outcome)
    at = -1
    for part in parts:
        assert part
        assert flaw(part) is None
        assert draft.text.index(part) > at
        at = draft.text.index(part)
    assert responder in draft.text
    assert fits(platform, draft.text, private=draft.form == "private")
    for fact in draft.facts:
        assert fact.words in plain
        assert fact.words in draft.text
    assert not re.search(
        r"[{}<>\[\]#*`|\\]|://(?!acme\.com/help)|[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f]", draft.text
    )


handles = st.sampled_from(["ann", "ann.example.com", "ann@social.example", "[deleted]", ""]) | st.text(
    max_size=40
)


@given(
    text=posts | st.sampled_from(ORDERS),
    handle=handles,
    name=st.text(max_size=20),
    platform=st.sampled_from(PLATFORMS),
    category=st.sampled_from(["delivery", "billing", "safety", "refund", "praise", "nothing", None]),
    severity=st.sampled_from(["info", "warning", "critical"]),
    turn=st.integers(0, 3),
    contact=st.sampled_from(["direct message", "https://acme.com/help", "help@acme.com"]),
)
def test_every_draft_to_any_post_is_whole_fits_and_invents_nothing(
    text: str,
    handle: str,
    name: str,
    platform: str,
    category: str | None,
    severity: Severity,
    turn: int,
    contact: str,
) -> None:
    mention = Mention(platform, "1", Author("7", handle, name), text, "", NOW)
    what = Case(mention, found(0.5), category, severity, 9, turn, None)
    proposed = shipped(contact).drafts(what, "Christopher", NOW)
    assert 2 <= len(proposed.variants) <= 3
    assert proposed.first.form != "private"
    assert len({each.text for each in proposed.variants}) == len(proposed.variants)
    for draft in proposed.variants:
        assert_whole(draft, platform, text, "Christopher")
        mentioned = re.findall(r"(?<!help)@\w[\w.@-]*", draft.text)
        assert len(mentioned) <= 1
        assert not mentioned or mentioned[0].lstrip("@").rstrip(".") in handle
        if draft.form != "private":
            assert all(fact.slot not in ("wish", "order") for fact in draft.facts)
    statement = shipped(contact).holding(what, "Christopher", NOW)
    assert statement is not None
    assert_whole(statement, platform, text, "Christopher")


@pytest.mark.parametrize(
    ("source", "handle", "greeting"),
    [
        ("reddit", "_ann_", "Hello,"), ("reddit", "an__n", "Hello,"), ("reddit", "an_n", "Hello u/an_n,"),
        ("bluesky", "handle.invalid", "Hello,"), ("bluesky", "ann", "Hello,"), ("x", "sixteen_letters_", "Hello,"),
        ("x", "an.n", "Hello,"), ("mastodon", "ann@[evil](x)", "Hello,"), ("googleplay", "Ann", "Hello,"),
        ("hackernews", "ann", "Hello,"), ("youtube", "@ann", "Hello @ann,"),
    ],
)  # fmt: skip
def test_a_handle_is_written_as_the_platform_writes_it_or_not_at_all(
    source: str, handle: str, greeting: str
) -> None:
    mention = replace(POST, source=source, author=Author("7", handle, "Dr. Ann"))
    assert (
        drafter(book()).drafts(Case(mention, category="delivery"), "Sam", NOW).first.text.startswith(greeting)
    )


def test_the_general_playbook_answers_where_another_ones_forms_fail() -> None:
    failing = "{% if platform == 'reddit' %}{{ 1 // 0 }}{% endif %}I will look at it."
    made = drafter(
        book(
            long=reply(next_steps=failing), short=reply(next_steps=failing), private=reply(next_steps=failing)
        )
    )
    what = case("My parcel is lost.", "reddit")
    assert {each.playbook for each in made.drafts(what, "Sam", NOW).variants} == {GENERAL}


def test_on_mastodon_no_draft_leaves_out_whom_it_would_tell_while_one_names_them() -> None:
    plain = len(
        "Hello, thank you, and I'm sorry.\n\nI'm Sam. . I'll write by 12:15 pm UTC on Wednesday. My aim: a solution."
    )
    full = reply(next_steps="x" * (497 - plain) + ".")
    long_handle = replace(POST, source="mastodon", author=Author("7", "ann_with_a_long_name"))
    own = drafter(book(long=full))
    public = [
        each
        for each in own.drafts(Case(long_handle, category="delivery"), "Sam", NOW).variants
        if each.form != "private"
    ]
    assert [each.form for each in public] == ["short"]
    assert "@ann_with_a_long_name" in public[0].text
    fitting = own.drafts(
        Case(replace(long_handle, author=Author("7", "[deleted]")), category="delivery"), "Sam", NOW
    )
    assert fitting.first.form == "long"
