"""Heads fitted to labels: refused where that can't be told, kept where better, in use at once, and back again."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifiers import bundled, learn
from classifiers.heads import Head
from classifiers.once import Once
from monitor.errors import InputError
from monitor.learning import learnt, teach, train_head
from monitor.learning.learnt import taught, unpack
from monitor.learning.train_head import train
from monitor.store import Store
from tests.monitor.scripted import NOON, ScriptedClassifier, ScriptedLearner, config
from tests.monitor.test_crash import DIED, DyingStore, in_a_child

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

STARTS = (
    "today", "again", "really", "why", "well", "hello", "yes", "no", "so", "look", "oh", "hi", "hm", "wow",
)  # fmt: skip
FILL = ("kettle", "lamp", "chair", "table", "phone", "spoon")


def say(store: Store, *lines: tuple[str, dict[str, str]]) -> None:
    """Label texts of one's own."""
    store.write(
        lambda tables: [tables.labels.add(teach.own(text), said, "Ann", NOON, text) for text, said in lines]
    )


def posts(number: int, word: str) -> list[str]:
    return [f"post {place} my {FILL[place % len(FILL)]} {word}" for place in range(number)]


def complaints(number: int = 60) -> list[tuple[str, dict[str, str]]]:
    """The shipped head misses "broken"; people say that it is a complaint. What it knows already they confirm."""
    return [
        *((text, {"complaint": "yes"}) for text in posts(number, "broken")),
        *((text, {"complaint": "yes"}) for text in posts(number // 2, "lost")),
        *((text, {"complaint": "no"}) for text in posts(number, "shines")),
    ]


def run(store: Store, learner: ScriptedLearner | None = None) -> tuple[int, str]:
    out = io.StringIO()
    status = train(store, learner or ScriptedLearner(), NOON, out)
    return status, out.getvalue()


def line(report: str, head: str) -> str:
    (found,) = [each for each in report.splitlines() if each.split()[0] == head]
    return found


# --- too few --------------------------------------------------------------------------------------------------------


def test_without_labels_there_is_nothing_to_learn(store: Store) -> None:
    with pytest.raises(InputError, match="nobody has labelled anything yet"):
        run(store)


def test_too_few_labels_say_how_many_are_missing(store: Store) -> None:
    say(store, *((text, {"complaint": "no", "sarcasm": "yes"}) for text in posts(12, "shines")))
    status, report = run(store)
    assert status == 1
    assert "28 more are needed (40 in all)" in line(report, "complaint")
    say(store, *((text, {"complaint": "no"}) for text in posts(60, "shines")))
    say(store, *((text, {"complaint": "yes"}) for text in posts(3, "broken")))
    status, report = run(store)
    assert status == 1
    assert "5 more 'yes'" in line(report, "complaint")
    assert "28 more are needed" in line(report, "sarcasm")
    assert "severity" not in report, "nobody spoke of it"
    assert "Nothing was kept; what was shipped still answers." in report
    assert store.read.heads.all() == []


def test_too_few_to_measure_on(store: Store) -> None:
    learnt_from = [each for each in complaints(40) if not learn.is_held_out(learn.bucket(each[0]))]
    say(store, *learnt_from)
    assert "only 0 of them are held out to measure on: about 50 more" in line(run(store)[1], "complaint")
    held_out = [
        (text, {"complaint": "no"}) for text in posts(200, "shines") if learn.is_held_out(learn.bucket(text))
    ]
    say(store, *held_out)
    assert "nothing that is held out to measure on says 'yes'" in line(run(store)[1], "complaint")


def test_what_the_model_does_not_say_can_not_be_learnt(store: Store) -> None:
    say(store, *((text, {"relevance": "no"}) for text in posts(90, "spam")))
    say(store, *((text, {"relevance": "yes"}) for text in posts(90, "shines")))
    status, report = run(store)
    assert status == 1
    assert "the model does not say this" in line(report, "relevance")


def test_mistakes_alone_teach_nothing(store: Store) -> None:
    say(store, *((text, {"complaint": "yes"}) for text in posts(60, "broken")))
    say(store, *((text, {"complaint": "no"}) for text in posts(60, "lost and found again")))
    status, report = run(store)
    assert status == 1
    assert "right in 0%, less than by chance: label what it gets right as well" in line(report, "complaint")


# --- better ---------------------------------------------------------------------------------------------------------


def test_what_is_better_is_kept_and_answers(store: Store) -> None:
    say(store, *complaints())
    status, report = run(store)
    assert status == 0
    assert "kept: log loss is lower in" in line(report, "complaint")
    assert "Version 1 answers from now on: complaint." in report
    active = store.read.heads.active()
    assert active is not None
    assert (active.number, active.model, active.former) == (1, "scripted-1", None)
    figures = active.figures["heads"]["complaint"]
    assert figures["learnt"] + figures["held_out"] == 150
    assert figures["new"]["macro_f1"] > figures["old"]["macro_f1"]
    model = ScriptedLearner()
    assert model.classify(["my new fridge broken"])[0].complaint < 0.5
    classifier = taught(model, lambda: store.read)
    assert classifier.version == "scripted-1+team1"
    assert classifier.classify(["my new fridge broken"])[0].complaint > 0.5
    assert classifier.classify(["my new fridge shines"])[0].complaint < 0.5


def test_what_is_no_better_is_not_kept(store: Store) -> None:
    say(store, *complaints())
    run(store)
    status, report = run(store)
    assert status == 0
    assert "not kept" in line(report, "complaint")
    assert "Nothing was kept; version 1 still answers." in report
    assert [each.number for each in store.read.heads.all()] == [1]


def test_noise_is_no_progress(store: Store) -> None:
    # Labels as the shipped head says: it is right in 88% and says so.
    rng = np.random.default_rng(0)
    texts = [*posts(100, "lost"), *posts(100, "shines")]
    truth = [("yes" if "lost" in text else "no") for text in texts]
    noisy = [label if rng.random() < 0.88 else {"yes": "no", "no": "yes"}[label] for label in truth]
    say(store, *((text, {"complaint": label}) for text, label in zip(texts, noisy, strict=True)))
    _, report = run(store)
    assert "not kept" in line(report, "complaint")


def test_a_head_that_misses_more_complaints_is_not_kept_whatever_it_gains(store: Store) -> None:
    # The shipped head finds every complaint, and much else: fewer false ones for some missed ones would look better.
    texts = {
        "yes": [*posts(25, "lost gift"), *posts(25, "lost maybe")],
        "no": [
            *posts(100, "lost smile"),
            *posts(125, "lost maybe")[25:],
            *posts(150, "shines"),
        ],
    }
    say(store, *((text, {"complaint": label}) for label, each in texts.items() for text in each))
    status, report = run(store)
    told = line(report, "complaint")
    before, after, f1_before, f1_after = map(float, told.split()[3:7])
    assert (before, after < 1, f1_before < f1_after) == (1.0, True, True)
    assert f"not kept: it misses more: finds {after:.1%}, until now 100.0%" in told
    assert (status, store.read.heads.all()) == (0, [])


def test_copies_count_once_and_the_newest_label_counts(store: Store) -> None:
    say(store, *complaints(), *(("RT @ann: " + text, said) for text, said in complaints()))
    assert " 150 " not in run(store)[1]
    collected = train_head.collected(store.read)
    assert len(collected) == 150
    say(store, ("Post 1 my lamp BROKEN", {"complaint": "no"}))
    (found,) = [
        each for each in train_head.collected(store.read) if learn.key(each.text) == "post 1 my lamp broken"
    ]
    assert found.labels == {"complaint": "no"}


def test_the_held_out_texts_are_never_learnt_from(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def watching(rows: learn.Rows, names: tuple[str, ...]) -> tuple[Head, float]:
        seen.append(len(rows.labels))
        return original(rows, names)

    original = learn.learn
    monkeypatch.setattr(learn, "learn", watching)
    say(store, *complaints())
    run(store)
    inside = [text for text, _ in complaints() if not learn.is_held_out(learn.bucket(text))]
    assert seen == [len(inside)]


# --- categories -----------------------------------------------------------------------------------------------------


def categories(number: int = 60) -> list[tuple[str, dict[str, str]]]:
    return [
        *((text, {"category": "parking"}) for text in posts(number, "carpark full")),
        *((text, {"category": "seats"}) for text in posts(number, "seat torn")),
    ]


def test_categories_of_ones_own_join_those_that_have_examples(store: Store) -> None:
    say(store, *categories(), ("once", {"category": "tickets"}))
    status, report = run(store)
    assert status == 0
    assert " kept: log loss is lower in" in line(report, "category")
    assert "too few labels yet: tickets (1)" in line(report, "category")
    classifier = taught(ScriptedLearner(), lambda: store.read)
    found = classifier.classify(
        ["post 777 my sofa carpark full", "post 777 my sofa seat torn", "driver gone"]
    )
    assert [each.category for each in found] == ["parking", "seats", "delivery"]


def test_a_former_head_stays_beside_a_new_one(store: Store) -> None:
    say(store, *complaints())
    run(store)
    say(store, *categories())
    run(store)
    active = store.read.heads.active()
    assert active is not None
    assert (active.number, active.former) == (2, 1)
    assert set(unpack(store.read.heads.weights(2))) == {"complaint", "category"}


# --- versions -------------------------------------------------------------------------------------------------------


def test_back_to_the_former_version_and_to_what_was_shipped(store: Store) -> None:
    say(store, *complaints())
    run(store)
    classifier = taught(ScriptedLearner(), lambda: store.read)
    say(store, *categories())
    run(store)
    assert classifier.classify(["post 777 my sofa seat torn"])[0].category == "seats"
    assert classifier.version == "scripted-1+team2"
    assert store.write(lambda tables: tables.heads.back()) == replace(store.read.heads.all()[0], active=True)
    assert classifier.classify(["post 777 my sofa seat torn"])[0].category == "delivery"
    assert classifier.version == "scripted-1+team1"
    assert store.write(lambda tables: tables.heads.back()) is None
    classifier.classify(["x"])
    assert classifier.version == "scripted-1"
    assert len(store.read.heads.all()) == 2


def test_after_going_back_a_new_version_comes_after_the_one_that_answered(store: Store) -> None:
    say(store, *complaints())
    run(store)
    store.write(lambda tables: tables.heads.back())
    run(store)
    assert [(each.number, each.former, each.active) for each in store.read.heads.all()] == [
        (1, None, False),
        (2, None, True),
    ]


def test_another_classifier_stays_as_it_is(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ScriptedClassifier()
    assert taught(plain, lambda: store.read) is plain
    assert learnt.use_active(plain, store.path) == ""
    monkeypatch.setattr(train_head, "build_classifier", lambda _config: plain)
    with pytest.raises(InputError, match="only the bundled model can learn"):
        train_head.train_head(config(tmp_path), io.StringIO())


def test_two_at_a_time_do_not_undo_each_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    original = learn.learn

    def beside_another(rows: learn.Rows, names: tuple[str, ...]) -> tuple[Head, float]:
        monkeypatch.setattr(learn, "learn", original)
        run(store)
        return original(rows, names)

    monkeypatch.setattr(learn, "learn", beside_another)
    say(store, *complaints())
    with pytest.raises(InputError, match="meanwhile, nothing was kept; run it again"):
        run(store)
    assert [(each.number, each.active) for each in store.read.heads.all()] == [(1, True)]


# --- the commands ---------------------------------------------------------------------------------------------------


@pytest.fixture
def learner(monkeypatch: pytest.MonkeyPatch) -> ScriptedLearner:
    made = ScriptedLearner()
    monkeypatch.setattr(train_head, "build_classifier", lambda _config: made)
    return made


def test_list_and_back(store: Store, tmp_path: Path, learner: ScriptedLearner) -> None:
    settings = config(tmp_path)
    assert learner.version == "scripted-1"
    out = io.StringIO()
    train_head.versions(settings, out)
    assert out.getvalue() == "what was shipped answers\n"
    with pytest.raises(InputError, match="nothing to go back to"):
        train_head.back(settings)
    say(store, *complaints())
    run(store)
    out = io.StringIO()
    train_head.versions(settings, out)
    assert out.getvalue().startswith(
        "version 1 (answers)  2026-11-01 12:00 UTC  after what was shipped  for scripted-1  macro-F1: complaint 0."
    )
    assert train_head.back(settings) == "what was shipped answers from now on."


def test_versions_of_another_model_do_not_answer_and_can_not_be_gone_back_to(
    store: Store, tmp_path: Path, learner: ScriptedLearner
) -> None:
    say(store, *complaints())
    run(store)
    say(store, *categories())
    run(store)
    learner.shipped = learner.version = "scripted-2"
    out = io.StringIO()
    train_head.versions(config(tmp_path), out)
    told = out.getvalue().splitlines()
    assert [each.partition("  ")[0] for each in told[:2]] == [
        f"version {number} (of another model, not in use)" for number in (1, 2)
    ]
    assert told[2] == "what was shipped answers"
    assert "(version 2) were made for the model scripted-1 and are not used" in told[3]
    with pytest.raises(
        InputError, match=r"version 1 is of another model \(scripted-1; this one is scripted-2\)"
    ):
        train_head.back(config(tmp_path))
    active = store.read.heads.active()
    assert active is not None
    assert active.number == 2, "nothing was changed"


# --- a crash --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after_commit", [False, True], ids=["before", "after"])
def test_killed_at_the_end_there_is_a_whole_version_or_none(tmp_path: Path, after_commit: bool) -> None:
    path = tmp_path / "test.db"
    made = Store(path)
    say(made, *complaints())
    made.close()

    def child() -> None:
        train(DyingStore(path, 1, after_commit), ScriptedLearner(), NOON, io.StringIO())

    assert in_a_child(child) == DIED
    store = Store(path)
    found = learnt.in_use(ScriptedLearner(), store.read)
    assert (set(found.heads), found.problem) == ({"complaint"} if after_commit else set(), "")
    assert len(store.read.heads.all()) == after_commit
    if not after_commit:
        run(store)
        assert store.read.heads.active() is not None
    store.close()


# --- the real model -------------------------------------------------------------------------------------------------


def test_the_bundled_model_learns_a_category_from_few_texts(store: Store) -> None:
    model = bundled.build(bundled.Settings())
    lines = [
        (f"{start} {middle}", {"category": category})
        for category, middles in {
            "parking": (
                "the car park was full",
                "there was no place to park my car",
                "the parking machine is broken",
            ),
            "seats": ("my seat was torn", "the seats are too narrow", "somebody sat on my seat"),
        }.items()
        for middle in middles
        for start in STARTS
    ]
    say(store, *lines)
    out = io.StringIO()
    assert train(store, model, NOON, out) == 0, out.getvalue()
    assert " kept: log loss is lower in" in line(out.getvalue(), "category")
    classifier = taught(Once(model), lambda: store.read)
    found = classifier.classify(["no free parking place for my car", "a torn seat", "my parcel is late"])
    assert [each.category for each in found] == ["parking", "seats", "delivery"]
    assert classifier.version == f"{model.shipped}+team1"
    assert {each.model for each in found} == {classifier.version}
