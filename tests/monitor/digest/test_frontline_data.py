"""What the front-line edition is made of: the week's answers, stories that go on, and who was praised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.frontline import FrontLineData
from monitor.digest.frontline import frontline_data, names, praised
from monitor.model import Author, Classification, Deleted, Mention, Sentiment
from monitor.paging import respond
from monitor.sections import DigestGroup
from monitor.store import Tables
from tests.monitor.replying.desks import DRAFT, Office
from tests.monitor.scripted import NOON, config, mention, one_pass

GROUP = DigestGroup(name="shops", edition="front-line", to=("Second",), time_zone="Europe/London")
KNOWN = ("Sam", "Jana Novak", "Jana Petrov", "Al Li", "Émile Bois")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path, replies={"four_eyes": None})
    one_pass(made.pipeline, made.store, made.clock.now())
    yield made
    made.store.close()


def told(
    office: Office, start: timedelta = timedelta(days=-1), end: timedelta = timedelta(days=1)
) -> FrontLineData:
    return frontline_data(
        office.settings,
        office.parts.drafter,
        office.store.read,
        GROUP,
        NOON + start,
        NOON + end,
        office.clock.now(),
    )


def answer(office: Office) -> None:
    office.approved()
    office.clock.forward(minutes=1)
    office.run()


def test_an_answer_stands_in_the_same_words(office: Office) -> None:
    respond.acknowledge(office.store, "1", "First", office.clock.now())
    answer(office)
    found = told(office)
    (story,) = (each for each in found.stories if each.told)
    (said,) = story.told
    assert said.text == DRAFT.text
    assert said.by == "First"
    assert said.held == "open"
    assert (story.state, story.holder) == ("acknowledged", "First")
    assert story.goes_on
    assert found.answers == 1
    assert found.private == 0


def test_a_story_that_goes_on_is_told_without_an_answer_and_with_the_older_ones(office: Office) -> None:
    (story,) = told(office).stories
    assert story.told == ()
    assert story.goes_on
    answer(office)
    found = told(office, timedelta(hours=1), timedelta(days=7))
    assert found.answers == 0
    assert [each.text for each in found.stories[0].told] == [DRAFT.text]


def test_a_story_that_is_over_is_told_in_the_week_of_its_answers_alone(office: Office) -> None:
    answer(office)
    respond.resolve(office.store, "1", "First", office.clock.now())
    assert told(office).stories[0].state == "resolved"
    later = told(office, timedelta(days=1), timedelta(days=8))
    assert later.stories == ()
    assert later.answers == 0


def test_what_was_erased_is_not_told(office: Office) -> None:
    answer(office)
    office.store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", office.clock.now())]))
    found = told(office)
    assert DRAFT.text not in str(found)
    (story,) = found.stories
    assert story.told[0].text == ""
    assert story.say == ""


def test_a_drafter_that_fails_leaves_the_rest(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no template")

    monkeypatch.setattr(office.parts.drafter, "drafts", fail)
    (story,) = told(office).stories
    assert story.say == ""
    assert not story.may_offer


def praise(office: Office, number: int, text: str, positive: float = 0.97, author: str = "7") -> None:
    """A post that the model has read so."""
    post = replace(mention(number, text), author=Author(author, f"name{author}"))
    said = Classification(0.02, Sentiment(0.0, 1 - positive, positive), "m")
    office.store.write(lambda tables: tables.mentions.add([post], NOON))
    office.store.write(lambda tables: tables.mentions.classified(post.key, said, NOON))


def test_glad_posts_with_the_colleagues_that_they_name_first(tmp_path: Path) -> None:
    office = Office(tmp_path, replies={"four_eyes": None}, digest={"to": ["Second"], "staff": ["Jana Novak"]})
    praise(office, 13, "kestrel is nice", 0.99)
    praise(office, 14, "kestrel: Jana was so kind")
    praise(office, 15, "kestrel: Jana was so kind")  # the same words again
    praise(office, 16, "the kestrel app, well", 0.9)
    found = told(office)
    assert found.glad == 2
    assert found.knows_staff
    assert [each.names for each in found.praise] == [("Jana Novak",), ()]
    office.store.close()


def test_who_complained_that_week_is_not_thanked(office: Office) -> None:
    praise(office, 13, "thank you so much, kestrel", author="8")
    assert [each.handle for each in told(office).praise] == ["name8"]
    lost = replace(mention(14, "kestrel lost it"), author=Author("8", "name8"))
    said = Classification(0.9, Sentiment(0.9, 0.1, 0.0), "m")
    office.store.write(lambda tables: tables.mentions.add([lost], NOON))
    office.store.write(lambda tables: tables.mentions.classified(lost.key, said, NOON))
    assert told(office).praise == ()


def test_a_complaint_without_an_author_is_nobodys(office: Office) -> None:
    nobody = Author("", "")
    for number, complaint in ((13, 0.02), (14, 0.9)):
        post = replace(mention(number, f"kestrel {number}"), author=nobody)
        said = Classification(complaint, Sentiment(complaint, 0.0, 1 - complaint), "m")
        office.store.write(partial(added, post))
        office.store.write(partial(classified, post, said))
    assert [each.text for each in told(office).praise] == ["kestrel 13"]


def added(post: Mention, tables: Tables) -> None:
    tables.mentions.add([post], NOON)


def classified(post: Mention, said: Classification, tables: Tables) -> None:
    tables.mentions.classified(post.key, said, NOON)


def test_what_stands_in_a_story_is_not_praise(office: Office) -> None:
    praise(office, 13, "1187 is mine, thank you")
    assert len(told(office).praise) == 1
    (alert,) = office.store.read.alerts.active()
    office.store.write(lambda tables: tables.stories.join(alert.story_id, mention(13)))
    assert told(office).praise == ()


def test_known_names_are_those_of_people_without_their_roles_and_of_staff(tmp_path: Path) -> None:
    people = [{"name": "Sam (first on call)", "contacts": {"email": "s@example.org"}}]
    made = config(
        tmp_path, people=people, oncall={"order": ["Sam (first on call)"]},
        digest={"to": ["Sam (first on call)"], "staff": ["Jana Novak", "Sam"]},
    )  # fmt: skip
    assert names(made) == ("Sam", "Jana Novak")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sam was great", ("Sam",)),
        ("same as ever, samples", ()),
        ("sam was great", ()),
        ("Thanks Jana!", ()),
        ("Thanks Jana Petrov!", ("Jana Petrov",)),
        ("Al helped", ()),
        ("Al Li helped, and Émile", ("Al Li", "Émile Bois")),
        ("@Sam's team", ("Sam",)),
        ("", ()),
    ],
)
def test_who_is_named(text: str, found: tuple[str, ...]) -> None:
    assert praised(text, KNOWN) == found


@given(st.text(), st.lists(st.text(min_size=1).filter(str.strip), max_size=4).map(tuple))
def test_only_who_is_known_and_stands_there_is_named(text: str, known: tuple[str, ...]) -> None:
    for name in praised(text, known):
        assert name in known
        assert name.split()[0] in text
