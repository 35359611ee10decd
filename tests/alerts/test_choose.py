"""Which playbook answers: words before the category, harm before all, the post's language first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.snap import GENERAL, Playbook, Reply, load_playbooks
from alerts.snap.choose import choose, evidence
from classifiers.categories import shipped
from monitor.model import SEVERITIES, Author, Classification, Mention, Sentiment
from monitor.reply import Case

NOW = datetime(2026, 11, 18, 10, 2, tzinfo=UTC)
TEXT = Reply(opening="a", status="b", next_steps="c", approximate_time="d", planned_outcome="e")
SHIPPED = load_playbooks()
FOUND = Classification(complaint=0.9, sentiment=Sentiment(0.9, 0.1, 0.0), model="m")


def book(name: str, **keys: object) -> Playbook:
    return Playbook.model_validate({"name": name, "long": TEXT, **keys})


def case(text: str, category: str | None = None, score: float | None = 0.9, **more: object) -> Case:
    """A post as the model read it; `category` is the model's own."""
    mention = Mention("x", "1", Author("7", "ann"), text, "", NOW)
    found = replace(FOUND, category=category, category_score=score)
    return replace(Case(mention, found, category), **more)  # type: ignore[arg-type]


def names(books: tuple[Playbook, ...]) -> list[str]:
    return [each.label for each in books]


def first(text: str, category: str | None = None, score: float | None = 0.9) -> str:
    return choose(SHIPPED, case(text, category, score))[0].name


@given(
    text=st.text(max_size=300) | st.lists(st.sampled_from(sum((b.words for b in SHIPPED), ()))).map(" ".join),
    category=st.none() | st.sampled_from([*shipped(), "something new", ""]),
    score=st.none() | st.floats(0, 1),
    severity=st.sampled_from(SEVERITIES),
    language=st.none() | st.sampled_from(["en", "de", "pt-BR", "", "zz_Hant"]),
)
def test_the_general_one_ends_the_list_and_none_is_named_twice(
    text: str, category: str | None, score: float | None, severity: str, language: str | None
) -> None:
    asked = case(text, category, score, severity=severity)
    chosen = choose(SHIPPED, replace(asked, mention=replace(asked.mention, language=language)))
    assert chosen[-1].name == GENERAL
    assert len(set(names(chosen))) == len(chosen)
    assert all(evidence(each, asked) for each in chosen[:-1])


@given(st.text(max_size=200), st.sampled_from(sorted(shipped())))
def test_capitals_and_white_space_change_nothing(text: str, category: str) -> None:
    shouted = "  ".join(text.replace("\n", "").upper().lower().split(" "))
    plain = text.replace("\n", "").upper().lower()
    assert choose(SHIPPED, case(shouted, category)) == choose(SHIPPED, case(plain, category))


@pytest.mark.parametrize(
    ("text", "category", "name"),
    [
        ("My suitcase never came out on the belt.", "delivery", "luggage"),
        ("My parcel was left at the door of a stranger.", "service", "delivery"),
        ("The vase arrived broken, half of it is dust", "delivery", "damaged"),
        ("still waiting for my refund after six weeks", "billing", "refund"),
        ("two more pounds a month, what a rip-off", "billing", "price"),
        ("I can't log in since the update", "outage", "account"),
        ("the app is down for everybody here", "service", "outage"),
        ("I reinstalled it and still the same issue", "outage", "unsolved"),
        ("Your driver threw my new lamp over the fence", "safety", "damaged"),
        ("your agent hung up on me", "delivery", "service"),
        ("half an hour in line and one counter open", "service", "queue"),
        ("my train is running late again", "delivery", "delay"),
        ("you cancelled our flight to Rome", "delivery", "cancellation"),
        ("I want to cancel my subscription and can't find how", "cancellation", "leaving"),
        ("can't change the date of my reservation", "outage", "booking"),
        ("seat broken, no wifi, freezing cabin", "outage", "comfort"),
        ("the charger caught fire", "defect", "safety"),
        ("you will hear from my lawyer", "service", "legal"),
        ("I see another customer's orders", "other", "privacy"),
        ("no ramp for my wheelchair at your new shop", "service", "accessibility"),
        ("I'm a reporter at a local paper, whom can I ask?", "other", "press"),
        ("The toaster stopped working after a week", "service", "defect"),
        ("charged twice for one dinner", "service", "billing"),
        ("UNBELIEVABLE. Just unbelievable.", "other", GENERAL),
    ],
)
def test_the_words_of_a_post_choose(text: str, category: str, name: str) -> None:
    assert first(text, category) == name


GRAVE = {book.name for book in SHIPPED if book.first}


@pytest.mark.parametrize("category", sorted(set(shipped()) - {"other"} - GRAVE))
def test_where_no_word_is_said_the_category_chooses(category: str) -> None:
    assert first("This is not what I expected.", category) == category


@pytest.mark.parametrize("category", sorted(GRAVE & set(shipped())))
def test_harm_needs_a_word_or_a_whole_story(category: str) -> None:
    assert first("This is not what I expected.", category) == GENERAL
    assert first("This is not what I expected.", category, None) == category  # its story's
    assert first("It came smashed to pieces.", category) == "damaged"


def test_of_equal_evidence_the_one_that_the_category_is_named_after_leads() -> None:
    assert first("your app has been down all day, can't log in", "outage") == "outage"


def test_a_sure_category_counts_more_than_one_word_and_less_than_two() -> None:
    assert first("A bag of crisps, and it is only half full", "defect") == "defect"
    assert first("My bag never came", "defect") == "luggage"
    assert first("A bag of crisps, and it is only half full", "defect", 0.6) == "luggage"


def test_a_category_that_is_a_guess_gives_way_to_the_general_one() -> None:
    assert first("This is not what I expected.", "privacy", 0.4) == GENERAL
    assert first("This is not what I expected.", "privacy", None) == "privacy"  # its story's


def test_of_as_many_words_the_surer_category_decides() -> None:
    books = [book("delivery", words=["box"]), book("billing", words=["price"]), book(GENERAL)]
    assert names(choose(books, case("the price of the box", "billing")))[0] == "billing"
    assert names(choose(books, case("the price of the box", "delivery")))[0] == "delivery"


def test_harm_goes_before_everything_else() -> None:
    text = "Two hours late, bag lost, no refund, rude crew, and the agent "
    assert first(text + "made a racist remark", "delivery") == "discrimination"
    assert first(text + "let the oven catch fire: my son was hurt", "delivery") == "safety"
    assert first(text + "will hear from my lawyer", "delivery") == "legal"


def test_a_category_that_somebody_names_decides() -> None:
    asked = replace(case("Your delivery staff are the best, what service!"), found=None, category="praise")
    assert choose(SHIPPED, asked)[0].name == "praise"
    assert names(choose(SHIPPED, replace(asked, category=GENERAL))) == [GENERAL]


def test_nobody_is_thanked_because_a_model_takes_irony_for_praise() -> None:
    glad = replace(FOUND, complaint=0.1, sentiment=Sentiment(0.0, 0.1, 0.9), category="delivery")
    happy = replace(case("Great job with my parcel, keep it up"), found=glad, category="delivery")
    assert "praise" not in names(choose(SHIPPED, happy))


def test_handles_and_links_say_nothing() -> None:
    assert first("@refund_me https://rude.example/refund www.lawyer.example hm", "other") == GENERAL
    assert first("#refund now", "other") == "refund"


def test_phrases_are_whole_words_in_one_sentence() -> None:
    books = [book("a", words=["cap*", "red + box"]), book(GENERAL)]
    for said in ("CAPS", "a captain", "the box is red", "red, and a box"):
        assert names(choose(books, case(said)))[0] == "a", said
    for said in ("escape", "It is red. A box came", "redbox", "boxes are red"):
        assert names(choose(books, case(said))) == [GENERAL], said


def test_a_word_counts_once_however_many_phrases_it_is_in() -> None:
    found = evidence(book("a", words=["my bag", "bag*", "lost + bag"]), case("You lost my bag. My bag!"))
    assert found
    assert found.words == {"lost", "my", "bag"}


def test_curly_apostrophes_are_apostrophes() -> None:
    assert first("it won’t load, it doesn’t load", "other") == "outage"


@pytest.mark.parametrize("wrong", ["", " ", "*", "a *", "de*lay", "late +", "+", "a", "x" * 81])
def test_a_word_that_would_be_in_every_post_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        book("a", words=[wrong])


def test_of_another_playbooks_category_one_with_words_gets_the_posts_that_say_one() -> None:
    books = [book("delivery"), book("frozen", categories=["delivery"], words=["ice"]), book(GENERAL)]
    assert names(choose(books, case("the ice is gone", "delivery"))) == ["frozen", "delivery", GENERAL]
    assert names(choose(books, case("it is gone", "delivery"))) == ["delivery", GENERAL]


def test_severities_limit_and_lead() -> None:
    books = [
        book("outage"),
        book("outage-big", categories=["outage"], severities=["critical"]),
        book(GENERAL),
    ]
    assert names(choose(books, case("hm", "outage", severity="critical")))[0] == "outage-big"
    assert names(choose(books, case("hm", "outage", severity="warning"))) == ["outage", GENERAL]


def test_the_posts_language_comes_first_and_english_where_there_is_none() -> None:
    german = [book("delivery", language="de", words=["paket*"]), book(GENERAL, language="de")]
    books = [book("delivery"), book(GENERAL), *german]
    asked = case("Wo bleibt mein Paket?", "delivery")
    spoken = replace(asked, mention=replace(asked.mention, language="de-AT"))
    assert names(choose(books, spoken)) == ["delivery.de", "general.de", "delivery", GENERAL]
    told = replace(asked, found=replace(FOUND, category="delivery", category_score=0.9, language="de"))
    assert choose(books, told) == choose(books, spoken)
    assert names(choose(books, asked)) == ["delivery", GENERAL]
    french = replace(asked, mention=replace(asked.mention, language="fr"))
    assert names(choose(books, french)) == ["delivery", GENERAL]
