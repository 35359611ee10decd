"""Which posts are asked about, in which order, and what becomes of a word about one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import Config
from monitor.errors import InputError
from monitor.learning import said
from monitor.model import Deleted, MentionKey
from monitor.overview import labelling
from monitor.overview.labelling import Choice
from monitor.store import Answer, Store, Tables
from tests.monitor.scripted import FOUND, KEY, NOON, mention

EVERYTHING = {"unsure": 0.5, "sure": 0.99, "nearly": 0.42, "surely not": 0.03, "just": 0.51}
"""Complaint probabilities by the text of the post; numbers are given in this order from 1."""


def put(store: Store, complaints: Mapping[str, float] = EVERYTHING, **found: object) -> None:
    def work(tables):  # type: ignore[no-untyped-def]
        for number, (text, complaint) in enumerate(complaints.items(), start=1):
            post = mention(number, text, NOON + timedelta(minutes=number))
            tables.mentions.add([post], NOON)
            tables.mentions.classified(post.key, replace(FOUND, complaint=complaint, **found), NOON)  # type: ignore[arg-type]

    store.write(work)


def texts(
    store: Store, settings: Config, choice: Choice = Choice(), after: str = "", limit: int = 9
) -> list[str]:
    return [each.mention.text for each in labelling.queue(store.read, settings, choice, after, limit)]


def say(
    store: Store, settings: Config, *numbers: int, person: str = "First", later: int = 0, **words: str
) -> None:
    keys = [MentionKey("x", str(number)) for number in numbers]
    said.keep(store, settings, keys, words, person, NOON + timedelta(minutes=later))


def test_the_least_sure_come_first_and_the_sure_not_at_all(store: Store, settings: Config) -> None:
    put(store)
    assert texts(store, settings) == ["unsure", "just", "nearly"]
    assert texts(store, settings, Choice("newest")) == list(reversed(EVERYTHING))
    assert texts(store, settings, Choice("paged")) == []
    assert texts(store, settings, Choice(source="reddit")) == []
    assert texts(store, settings, Choice(source="x", story=7)) == []


@pytest.mark.parametrize("pile", ["unsure", "newest"])
def test_page_by_page_is_the_same_as_all_at_once(
    store: Store, settings: Config, pile: labelling.Pile
) -> None:
    put(store, {f"post {number}": 0.5 + (number % 7 - 3) / 20 for number in range(30)})
    whole = texts(store, settings, Choice(pile), limit=30)
    found, after = list[str](), ""
    while posts := labelling.queue(store.read, settings, Choice(pile), after, 4):
        found += [each.mention.text for each in posts]
        after = posts[-1].place
    assert found == whole
    assert len(found) == 30


@given(after=st.text())
def test_any_place_is_taken(after: str) -> None:
    place = labelling.Place.read(after)
    assert place is None or str(place) == after


def test_what_is_no_place_begins_anew(store: Store, settings: Config) -> None:
    put(store)
    assert (
        texts(store, settings, after="nonsense")
        == texts(store, settings, after="x y z")
        == texts(store, settings)
    )


def test_what_was_said_is_asked_no_more_until_it_is_taken_back(store: Store, settings: Config) -> None:
    put(store)
    say(store, settings, 1, complaint="no")
    assert texts(store, settings) == ["just", "nearly"]
    found = labelling.post(store.read, KEY)
    assert found is not None
    assert found.reads is not None
    assert (found.said, found.reads.complaint) == ({"complaint": "no"}, 0.0)
    assert said.take_back(store, "First", NOON + timedelta(hours=1)) == [KEY]
    assert texts(store, settings, Choice("newest"))[-1] == "unsure"
    with pytest.raises(InputError, match="nothing that you said"):
        said.take_back(store, "First", NOON)


def test_only_ones_own_last_word_of_the_last_day_is_taken_back(store: Store, settings: Config) -> None:
    put(store)
    say(store, settings, 1, 2, complaint="yes", category="billing")
    say(store, settings, 3, complaint="no", later=1, person="Second")
    with pytest.raises(InputError):
        said.take_back(store, "First", NOON + timedelta(days=1, minutes=1))
    assert sorted(said.take_back(store, "First", NOON)) == [KEY, MentionKey("x", "2")]
    assert store.read.labels.of(MentionKey("x", "3")) == {"complaint": "no"}


def test_who_said_it_before_is_heard_again(store: Store, settings: Config) -> None:
    put(store)
    say(store, settings, 1, complaint="no", person="Second")
    say(store, settings, 1, complaint="yes", later=1)
    said.take_back(store, "First", NOON)
    assert store.read.labels.of(KEY) == {"complaint": "no"}


def test_who_said_the_same_before_has_still_said_it(store: Store, settings: Config) -> None:
    put(store)
    say(store, settings, 1, complaint="no", person="Second")
    say(store, settings, 1, complaint="no", later=1)
    said.take_back(store, "First", NOON)
    assert [(each.label, each.person) for each in store.read.labels.all()] == [("no", "Second")]


@pytest.mark.parametrize("times", [2, 3])
def test_who_says_the_same_again_and_takes_it_back_has_still_said_it(
    store: Store, settings: Config, times: int
) -> None:
    put(store)
    for later in range(times):
        say(store, settings, 1, complaint="no", later=later)
    assert [(each.label, each.person) for each in store.read.labels.all()] == [("no", "First")]
    said.take_back(store, "First", NOON)
    assert store.read.labels.of(KEY) == {"complaint": "no"}
    found = [(each.label, each.at) for each in store.read.labels.all()]
    assert found == [("no", NOON + timedelta(minutes=times - 2))]


def test_one_key_takes_no_file_back(store: Store) -> None:
    keys = [MentionKey("x", str(number)) for number in range(100, 100 + said.MOST_AT_ONCE + 1)]

    def labelled(tables: Tables) -> None:
        tables.mentions.add([mention(int(each.id)) for each in keys], NOON)
        for each in keys:
            tables.labels.add(each, {"complaint": "no"}, "First", NOON)

    store.write(labelled)
    with pytest.raises(InputError, match="came from a file, of 51 mentions"):
        said.take_back(store, "First", NOON)
    assert store.read.labelling.texts() == len(keys)


def test_all_or_nothing(store: Store, settings: Config) -> None:
    put(store)
    store.write(lambda tables: tables.mentions.delete([Deleted("x", "2", NOON)]))
    with pytest.raises(InputError, match="no mention x 2"):
        say(store, settings, 1, 2, complaint="no")
    assert store.read.labels.of(KEY) == {}
    with pytest.raises(InputError, match="name 1 to 50"):
        say(store, settings, complaint="no")
    with pytest.raises(InputError, match="did you mean billing"):
        say(store, settings, 1, category="biling")


def test_what_the_model_had_said_is_kept_beside_the_first_word(store: Store, settings: Config) -> None:
    put(store)
    say(store, settings, 1, complaint="no")
    say(store, settings, 1, complaint="yes", category="billing", later=1)
    say(store, settings, 1, complaint="yes", later=2, person="Second")
    found = {each.head: (each.label, each.said, each.sure) for each in store.read.labelling.said_before(KEY)}
    assert found == {"complaint": ("yes", "yes", 0.5), "category": ("billing", "delivery", None)}


def test_of_what_no_model_has_read_nothing_is_known(store: Store, settings: Config) -> None:
    store.write(lambda tables: tables.mentions.add([mention(1)], NOON))
    say(store, settings, 1, complaint="yes")
    effect = labelling.effect(store.read, settings, KEY)
    assert effect is not None
    assert (effect.wrong, effect.alike, effect.answers[0].said) == (None, (), None)
    assert labelling.effect(store.read, settings, MentionKey("x", "2")) is None
    assert labelling.learning(store.read, settings).agreement == labelling.Agreement(
        (0, 0), (0, 0), (0, 0), 0
    )


def test_what_the_model_reads_wrongly_in_the_same_way_is_found(store: Store, settings: Config) -> None:
    put(store, {"a": 0.9, "b": 0.8, "b again": 0.7, "no complaint": 0.2})
    other = replace(FOUND, complaint=0.9, embedding=(0.0, 1.0))
    store.write(lambda tables: tables.mentions.add([mention(9, "far away")], NOON))
    store.write(lambda tables: tables.mentions.classified(MentionKey("x", "9"), other, NOON))
    say(store, settings, 1, complaint="no")
    effect = labelling.effect(store.read, settings, KEY)
    assert effect is not None
    assert effect.wrong == "complaint"
    assert {each.post.mention.text for each in effect.alike} == {"b", "b again"}
    say(store, settings, 2, complaint="yes")
    right = labelling.effect(store.read, settings, MentionKey("x", "2"))
    assert right is not None
    assert (right.wrong, right.alike) == (None, ())


def test_one_key_says_what_counts(settings: Config) -> None:
    assert labelling.in_a_word("no", FOUND, settings) == {"complaint": "no"}
    assert labelling.in_a_word("others", None, settings) == {"relevant": "no"}
    assert labelling.in_a_word("yes billing", FOUND, settings) == {"complaint": "yes", "category": "billing"}
    spam = replace(FOUND, relevance=0.01)
    assert labelling.in_a_word("yes", spam, settings) == {"complaint": "yes", "relevant": "yes"}
    for word in ("", "maybe", "no billing"):
        with pytest.raises(InputError):
            labelling.in_a_word(word, FOUND, settings)


def test_what_is_learnt_is_counted(store: Store, settings: Config) -> None:
    put(store)
    say(store, settings, 1, 2, complaint="no")
    say(store, settings, 3, 5, complaint="yes", category="billing", later=1)
    found = labelling.learning(store.read, settings)
    assert (found.texts, found.new, found.active, found.versions) == (4, 4, None, ())
    assert found.needed[0] == labelling.Needed(
        "complaint", {"no": 2, "yes": 2}, "too few labels: 36 more are needed (40 in all)"
    )
    assert found.agreement == labelling.Agreement(sure=(0, 1), unsure=(1, 3), found=(1, 2), false=2)


def test_too_few_says_what_is_missing() -> None:
    assert said.too_few(("no", "yes"), {"no": 37, "yes": 3}) == "too few labels: 5 more 'yes'"
    assert said.too_few(("no", "yes"), {"no": 30, "yes": 10}) == ""
    assert said.too_few((), {"billing": 39, "other": 1}) == ""


@given(
    st.lists(st.tuples(st.sampled_from(["yes", "no"]), st.floats(0, 1) | st.none())),
    st.floats(0.05, 0.95),
)
def test_agreement_counts_each_answer_once(
    said_of: list[tuple[str, float | None]], complaint_at: float
) -> None:
    answers = [Answer("complaint", label, NOON, None, sure) for label, sure in said_of]
    found = labelling.agreement(answers, complaint_at)
    known = [(label, sure) for label, sure in said_of if sure is not None]
    assert found.sure[1] + found.unsure[1] == len(known)
    right = sum((sure >= complaint_at) == (label == "yes") for label, sure in known)
    assert found.sure[0] + found.unsure[0] == right
    assert right == found.found[0] + sum(label == "no" for label, _ in known) - found.false
