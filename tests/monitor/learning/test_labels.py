"""What people say of mentions: it counts at once, the newest word wins, and it goes with its mention."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from classifiers.bundled import FOLDER
from monitor.config import Config
from monitor.learning import teach, train_head
from monitor.learning.said import SAYS
from monitor.model import Classification, Deleted, Forecast, MentionKey, Sentiment
from monitor.pipeline import Pipeline
from monitor.ports import Ask
from monitor.rules import Decision, Lead, StoryFacts
from monitor.store import Store, Tables, peek
from monitor.store.values import GRADES
from tests.monitor.scripted import (
    FOUND,
    KEY,
    NOON,
    ScriptedForecaster,
    ScriptedSource,
    mention,
    one_pass,
    parts,
    reading,
)

pytestmark = pytest.mark.usefixtures("one_mention")


def say(store: Store, key: MentionKey = KEY, **said: str) -> None:
    def work(tables: Tables) -> None:
        tables.labels.add(key, said, "Ann", NOON)
        tables.mentions.corrected(key)

    store.write(work)


def found(store: Store, key: MentionKey = KEY) -> Classification:
    stored = store.read.mentions.classification(key)
    assert stored is not None
    return stored


# --- what is stored -------------------------------------------------------------------------------------------------


def test_grades_and_answers_are_those_of_the_shipped_heads() -> None:
    heads = json.loads((FOLDER / "manifest.json").read_bytes())["heads"]
    for head, labels in SAYS.items():
        if head in heads:  # the first model says nothing of relevance
            assert tuple(heads[head]["labels"]) == labels
    assert SAYS["severity"] == GRADES


@pytest.mark.parametrize("classified_first", [True, False])
def test_a_persons_word_counts_in_place_of_the_models(store: Store, classified_first: bool) -> None:
    said = {
        "complaint": "no",
        "sentiment": "positive",
        "severity": "disapproval",
        "category": "other",
        "sarcasm": "yes",
        "relevance": "no",
    }
    if classified_first:
        store.write(lambda tables: tables.mentions.classified(KEY, FOUND, NOON))
    say(store, **said)
    if not classified_first:
        assert store.read.mentions.unclassified(10), "the model has to read it still"
        store.write(lambda tables: tables.mentions.classified(KEY, FOUND, NOON))
    now = found(store)
    assert (now.complaint, now.sentiment, now.severity, now.category) == (
        0.0,
        Sentiment(0.0, 0.0, 1.0),
        "disapproval",
        "other",
    )
    assert now.severity_score == pytest.approx(1 / 3)
    assert (now.sarcasm, now.relevance, now.model, now.embedding) == (1.0, 0.0, "scripted", (1.0, 0.0))


def test_of_what_nobody_spoke_the_models_word_stays(store: Store) -> None:
    store.write(lambda tables: tables.mentions.classified(KEY, FOUND, NOON))
    say(store, category="billing")
    now = found(store)
    assert (now.complaint, now.category, now.severity) == (0.9, "billing", "blame")


def test_the_newest_word_wins_and_the_older_ones_stay_as_history(store: Store) -> None:
    store.write(lambda tables: tables.mentions.classified(KEY, FOUND, NOON))
    say(store, complaint="no", category="billing")
    say(store, complaint="yes")
    say(store, complaint="yes")
    assert found(store).complaint == 1.0
    assert store.read.labels.of(KEY) == {"complaint": "yes", "category": "billing"}
    rows = list(store._connections.reader().query("SELECT head, label, person, at FROM labels"))
    assert [(row["head"], row["label"]) for row in rows] == [
        ("complaint", "no"),
        ("category", "billing"),
        ("complaint", "yes"),
    ]
    assert {row["person"] for row in rows} == {"Ann"}
    assert all(row["at"].startswith("2026-11-01T12:00") for row in rows)


def test_what_is_said_again_is_the_newest_word_also_of_a_copy(store: Store) -> None:
    copy = MentionKey("x", "2")
    store.write(lambda tables: tables.mentions.add([mention(2, "RT @ann: My Kestrel parcel is lost")], NOON))
    for key, label in ((KEY, "no"), (copy, "yes"), (KEY, "no")):
        say(store, key, complaint=label)
    (found,) = train_head.collected(store.read)
    assert found.labels == {"complaint": "no"}
    assert [(each.key, each.label) for each in store.read.labels.all()] == [(copy, "yes"), (KEY, "no")]


def test_an_older_word_that_comes_later_is_history(store: Store) -> None:
    say(store, complaint="yes")
    for label in ("no", "yes"):
        store.write(
            lambda tables, said=label: tables.labels.add(
                KEY, {"complaint": said}, None, NOON - timedelta(days=1)
            )
        )
    assert store.read.labels.of(KEY) == {"complaint": "yes"}
    assert [(each.label, each.person) for each in store.read.labels.all()] == [
        ("no", None),
        ("yes", None),
        ("yes", "Ann"),
    ]


def test_it_is_assessed_again(store: Store) -> None:
    store.write(lambda tables: tables.mentions.classified(KEY, FOUND, NOON))
    store.write(lambda tables: tables.mentions.assessed(KEY, None, None, 0))
    assert store.read.mentions.to_assess(10) == []
    say(store, complaint="no")
    assert store.read.mentions.to_assess(10) == [KEY]


def test_all_of_them_with_their_texts(store: Store) -> None:
    store.write(lambda tables: tables.mentions.add([mention(2, "Nice day")], NOON))
    say(store, complaint="yes")
    say(store, MentionKey("x", "2"), complaint="no")
    say(store, complaint="no", sarcasm="yes")
    own = teach.own("A text of ours")
    store.write(lambda tables: tables.labels.add(own, {"category": "parking"}, None, NOON, "A text of ours"))
    assert [(each.text, each.head, each.label) for each in store.read.labels.all()] == [
        ("My Kestrel parcel is lost", "complaint", "yes"),
        ("Nice day", "complaint", "no"),
        ("My Kestrel parcel is lost", "complaint", "no"),
        ("My Kestrel parcel is lost", "sarcasm", "yes"),
        ("A text of ours", "category", "parking"),
    ]
    assert store.read.labels.names("category") == {"parking"}


# --- what it does to stories ----------------------------------------------------------------------------------------


def watched(store: Store, settings: Config, *texts: str) -> Pipeline:
    source = ScriptedSource([mention(number, text) for number, text in enumerate(texts, start=2)])
    pipeline = Pipeline(parts(store, settings, source))
    pipeline.schedule(NOON)
    one_pass(pipeline, store, NOON)
    return pipeline


def test_what_a_person_calls_a_complaint_opens_a_story(store: Store, settings: Config) -> None:
    pipeline = watched(store, settings, "The Kestrel weather is fine")
    key = MentionKey("x", "2")
    assert store.read.stories.of(key) is None
    say(store, key, complaint="yes")
    one_pass(pipeline, store, NOON)
    assert store.read.stories.of(key) is not None
    talk = store.read.weekly.talk(NOON, NOON + timedelta(hours=1), settings.rules)
    assert sum(each.complaints for each in talk) == 2


def test_what_a_person_has_read_is_not_watched_for_its_language(store: Store, settings: Config) -> None:
    pipeline = watched(store, settings)
    foreign = replace(FOUND, complaint=0.1, language="xx", measured=False)
    store.write(lambda tables: tables.mentions.classified(KEY, foreign, NOON))
    say(store, complaint="no")
    assert (found(store).measured, found(store).language) == (None, "xx")
    one_pass(pipeline, store, NOON)
    assert store.read.stories.of(KEY) is None


@pytest.mark.parametrize("first", ["read", "said"])
def test_a_persons_word_counts_where_the_model_can_not_read_the_text(
    store: Store, settings: Config, first: str
) -> None:
    made = parts(store, settings, ScriptedSource())
    made.classifier.poison = "parcel"  # type: ignore[attr-defined]
    pipeline = Pipeline(made)
    if first == "read":
        one_pass(pipeline, store, NOON)
        assert store.read.mentions.classification(KEY) is None
    say(store, complaint="yes", sentiment="negative")
    one_pass(pipeline, store, NOON)
    assert found(store) == Classification(1.0, Sentiment(1.0, 0.0, 0.0), "a person")
    assert store.read.stories.of(KEY) is not None
    say(store, complaint="no", sentiment="neutral")
    one_pass(pipeline, store, NOON)
    assert found(store) == Classification(0.0, Sentiment(0.0, 1.0, 0.0), "a person")
    assert store.read.stories.of(KEY) is None


def test_a_person_calls_a_complaint_what_the_model_holds_for_spam(store: Store, settings: Config) -> None:
    pipeline = watched(store, settings, "buy my Kestrel, they lost it")
    key = MentionKey("x", "2")
    assert store.read.stories.of(key) is None
    say(store, key, complaint="yes")
    one_pass(pipeline, store, NOON)
    assert store.read.stories.of(key) is not None


@pytest.mark.parametrize("said", [{"complaint": "no"}, {"relevance": "no"}])
def test_an_answer_that_is_no_complaint_stays_out_of_the_story_that_it_answers(
    store: Store, settings: Config, said: dict[str, str]
) -> None:
    source = ScriptedSource([mention(2, "same here!", in_reply_to="1")])
    pipeline = Pipeline(parts(store, settings, source))
    pipeline.schedule(NOON)
    one_pass(pipeline, store, NOON)
    key = MentionKey("x", "2")
    assert store.read.stories.of(key) == store.read.stories.of(KEY) is not None
    say(store, key, **said)
    one_pass(pipeline, store, NOON)
    assert store.read.stories.of(key) is None
    store.write(lambda tables: tables.mentions.add_readings([reading(2, 3)]))
    one_pass(pipeline, store, NOON)
    assert store.read.stories.of(key) is None


@pytest.mark.parametrize("said", [{"complaint": "no"}, {"relevance": "no"}])
def test_what_is_no_complaint_leaves_its_story_and_its_words_with_it(
    store: Store, settings: Config, said: dict[str, str]
) -> None:
    pipeline = watched(store, settings, "My Kestrel lamp is lost too")
    story = store.read.stories.of(KEY)
    assert story == store.read.stories.of(MentionKey("x", "2"))
    assert store.read.stories.get(story or 0).title == "My Kestrel parcel is lost"  # type: ignore[union-attr]
    say(store, **said)
    one_pass(pipeline, store, NOON)
    assert store.read.stories.of(KEY) is None
    assert store.read.stories.get(story or 0).title == "My Kestrel lamp is lost too"  # type: ignore[union-attr]
    say(store, MentionKey("x", "2"), **said)
    one_pass(pipeline, store, NOON)
    assert store.read.stories.count() == 0


def test_a_story_that_somebody_was_paged_about_keeps_its_posts(store: Store, settings: Config) -> None:
    watched(store, settings)

    def paged(tables: Tables) -> None:
        facts = StoryFacts(1, 1, 0, ("x",), 9, None, NOON, Lead(mention(1), None, "reposts"))
        tables.alerts.open(1, facts, Decision("page", "crossed", "warning", "why"), NOON)

    store.write(paged)
    say(store, complaint="no")
    assert store.read.stories.of(KEY) == 1


class Meanwhile(ScriptedForecaster):
    """Somebody speaks between the moment that a mention was looked at and the one that its story is decided."""

    def __init__(self, speak: Callable[[], None]) -> None:
        self._speak: Callable[[], None] | None = speak

    def forecast(self, asks: Sequence[Ask], now: datetime) -> list[Forecast | None]:
        speak, self._speak = self._speak, None
        if speak is not None:
            speak()
        return super().forecast(asks, now)


@pytest.mark.parametrize(("text", "says"), [("The Kestrel sky is blue", "yes"), ("My Kestrel is lost", "no")])
def test_a_word_that_comes_while_the_mention_is_assessed_counts(
    store: Store, settings: Config, text: str, says: str
) -> None:
    key = MentionKey("x", "2")
    source = ScriptedSource([mention(2, text)])
    forecaster = Meanwhile(lambda: say(store, key, complaint=says))
    store.write(lambda tables: tables.mentions.purge(key=KEY))
    pipeline = Pipeline(replace(parts(store, settings, source), forecaster=forecaster))
    pipeline.schedule(NOON)
    one_pass(pipeline, store, NOON)
    assert (store.read.stories.of(key) is not None) == (says == "yes")


def test_what_is_taken_back_while_the_mention_is_assessed_counts_no_more(
    store: Store, settings: Config
) -> None:
    def take_back(tables: Tables) -> None:
        tables.labels.forget(KEY)
        tables.mentions.uncorrected(KEY)

    say(store, complaint="no")
    forecaster = Meanwhile(lambda: store.write(take_back))
    pipeline = Pipeline(replace(parts(store, settings, ScriptedSource()), forecaster=forecaster))
    one_pass(pipeline, store, NOON)
    assert found(store).complaint == 0.9
    assert store.read.stories.of(KEY) is not None


# --- erasing --------------------------------------------------------------------------------------------------------


def told(store: Store, words: bytes) -> set[str]:
    return {each.name for each in store.path.parent.glob("test.db*") if words in each.read_bytes()}


@pytest.mark.parametrize("how", ["deleted", "purged", "too old", "its author"])
def test_with_a_mention_goes_all_that_was_said_of_it(store: Store, how: str) -> None:
    store.write(lambda tables: tables.mentions.classified(KEY, FOUND, NOON))
    say(store, category="rare-word-of-a-category")
    assert told(store, b"rare-word-of-a-category")
    erase = {
        "deleted": lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]),
        "purged": lambda tables: tables.mentions.purge(key=KEY),
        "too old": lambda tables: tables.mentions.purge(before=NOON + timedelta(days=1)),
        "its author": lambda tables: tables.mentions.purge(author=("x", "@user1")),
    }
    store.write(erase[how])
    assert store.read.labels.of(KEY) == {}
    assert list(store.read.labels.all()) == []
    assert told(store, b"rare-word-of-a-category") == set()
    assert told(store, b"parcel is lost") == set()


def test_what_left_its_story_is_erased_from_it_as_well(store: Store, settings: Config) -> None:
    watched(store, settings)
    say(store, complaint="no")
    store.write(lambda tables: tables.mentions.purge(key=KEY))
    assert told(store, b"parcel is lost") == set()


def test_a_text_of_ones_own_can_be_forgotten(store: Store) -> None:
    own = teach.own("A secret of ours")
    store.write(lambda tables: tables.labels.add(own, {"complaint": "no"}, "Ann", NOON, "A secret of ours"))
    assert told(store, b"A secret of ours")
    assert store.write(lambda tables: tables.labels.forget(own))
    assert told(store, b"A secret of ours") == set()
    assert not store.write(lambda tables: tables.labels.forget(own))


# --- looking without touching ---------------------------------------------------------------------------------------


def test_looking_makes_no_database_and_changes_none(store: Store, tmp_path: Path) -> None:
    with peek(tmp_path / "none.db") as tables:
        assert tables is None
    assert not (tmp_path / "none.db").exists()
    with peek(store.path) as tables:
        assert tables is not None
        assert tables.mentions.is_live(KEY)
        with pytest.raises(Exception, match="writing"):
            tables.labels.add(KEY, {"complaint": "no"}, None, NOON)


def test_a_database_of_a_former_version_is_not_looked_into(tmp_path: Path) -> None:
    made = Store(tmp_path / "old.db")
    made.write(lambda tables: tables.meta.set("any", "thing"))
    made._connections._writer.execute("DELETE FROM _sqlite_migrations WHERE name = 'm003_labels_heads'")
    made.close()
    with peek(tmp_path / "old.db") as tables:
        assert tables is None
