"""The heads that a team's labels made: in use from the moment on that they are active, and never in a mention's way."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.heads import Head
from classifiers.once import Once
from monitor import app
from monitor.exchange import dump
from monitor.learning import learnt
from monitor.learning.learnt import pack, taught, unpack
from monitor.store import Store
from tests.monitor.learning.test_train_head import categories, complaints, run, say
from tests.monitor.scripted import NOON, ScriptedLearner, config, mention


def test_categories_learnt_for_other_names_are_not_used(store: Store) -> None:
    say(store, *complaints(), *categories())
    run(store)
    changed = ScriptedLearner()
    changed.categories = {**changed.categories, "tickets": ("no ticket", "ticket machine")}
    found = learnt.in_use(changed, store.read)
    assert set(found.heads) == {"complaint"}
    assert "other categories" in found.problem
    assert "train-head` again" in found.problem


def test_heads_of_another_shipped_model_are_not_used(store: Store) -> None:
    say(store, *complaints())
    run(store)
    newer = ScriptedLearner()
    newer.shipped = newer.version = "scripted-2"
    classifier = taught(newer, lambda: store.read)
    assert classifier.version == "scripted-2"
    problem = learnt.use_active(newer, store.path)
    assert "were made for the model scripted-1 and are not used; run `snapwatch train-head` again" in problem
    run(store, newer)
    assert [(each.model, each.former) for each in store.read.heads.all()] == [
        ("scripted-1", None),
        ("scripted-2", None),
    ]
    assert learnt.use_active(newer, store.path) == ""
    assert newer.version == "scripted-2+team2"


def test_damaged_weights_are_not_used(store: Store) -> None:
    store.write(lambda tables: tables.heads.add("scripted-1", None, {"categories": []}, b"nonsense", NOON))
    model = ScriptedLearner()
    assert "are damaged" in learnt.use_active(model, store.path)
    assert model.version == "scripted-1"


def test_a_command_uses_the_active_heads_and_makes_no_database(store: Store, tmp_path: Path) -> None:
    say(store, *complaints())
    run(store)
    once = Once(ScriptedLearner())
    assert learnt.use_active(once, store.path) == ""
    assert once.version == "scripted-1+team1"
    assert once.classify(["my new fridge broken"])[0].complaint > 0.5
    assert learnt.use_active(once, tmp_path / "none.db") == ""
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "bad.db").write_bytes(b"no database" * 100)
    assert "can't be looked up" in learnt.use_active(once, tmp_path / "bad.db")


def test_what_remembers_answers_forgets_them_with_the_heads(store: Store) -> None:
    classifier = taught(Once(ScriptedLearner()), lambda: store.read)
    assert classifier.classify(["my new fridge broken"])[0].complaint < 0.5
    say(store, *complaints())
    run(store)
    assert classifier.classify(["my new fridge broken"])[0].complaint > 0.5


def test_a_store_that_can_not_be_asked_costs_no_mention(store: Store) -> None:
    say(store, *complaints())
    run(store)
    classifier = taught(ScriptedLearner(), lambda: store.read)
    connection = store._connections.reader().conn
    connection.set_progress_handler(lambda: 1, 1)
    assert classifier.classify(["my new fridge broken"])[0].complaint > 0.5


def test_the_daemon_uses_the_active_heads(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.jsonl").write_text(dump(mention(1)) + "\n", encoding="utf-8")
    monkeypatch.setattr(app, "build_classifier", lambda _config: Once(ScriptedLearner()))
    made = app.compose(config(tmp_path), store)
    assert made.classifier.version == "scripted-1"
    say(store, *complaints())
    run(store)
    assert made.classifier.classify(["my new fridge broken"])[0].model.startswith("scripted-1")
    assert made.classifier.version == "scripted-1+team1"
    assert app.compose(config(tmp_path), store).classifier.version == "scripted-1+team1"


def test_what_could_run_code_is_not_read() -> None:
    packed = io.BytesIO()
    np.savez(packed, **{"complaint.labels": np.array([partial(print)], dtype=object)})
    with pytest.raises(ValueError, match="pickle"):
        unpack(packed.getvalue())


@given(st.integers(1, 5), st.integers(2, 4), st.floats(0, 10), st.text(min_size=1, max_size=5))
def test_heads_come_back_as_they_were_packed(size: int, labels: int, scale: float, name: str) -> None:
    rng = np.random.default_rng(size)
    name = name.rstrip("\0")  # numpy ends a text there
    head = Head(
        tuple(f"{name}{place}" for place in range(labels)),
        rng.normal(size=(labels, size)).astype(np.float32),
        rng.normal(size=labels).astype(np.float32),
        float(np.float32(scale)),
    )
    found = unpack(pack({"complaint": head, "category": head}))
    assert set(found) == {"complaint", "category"}
    for each in found.values():
        assert (each.labels, each.scale) == (head.labels, head.scale)
        assert np.array_equal(each.weight, head.weight)
        assert np.array_equal(each.bias, head.bias)


def kept(store: Store, head: Head, name: str = "complaint") -> None:
    figures = {"categories": sorted(ScriptedLearner().categories), "heads": {}}
    weights = pack({name: head})
    store.write(lambda tables: tables.heads.add("scripted-1", None, figures, weights, NOON))


FITS = Head(("no", "yes"), np.zeros((2, 32), np.float32), np.zeros(2, np.float32), 1.0)


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("complaint", replace(FITS, weight=np.zeros((2, 31), np.float32))),
        ("complaint", replace(FITS, bias=np.zeros(3, np.float32))),
        ("complaint", replace(FITS, bias=np.array([0, np.nan], np.float32))),
        ("complaint", replace(FITS, scale=np.inf)),
        ("sentiment", FITS),
        ("unheard-of", FITS),
        ("category", FITS),
    ],
)
def test_heads_that_would_break_every_reading_are_not_used(store: Store, name: str, head: Head) -> None:
    kept(store, head, name)
    classifier = taught(ScriptedLearner(), lambda: store.read)
    (found,) = classifier.classify(["lost"])
    assert (found.complaint, classifier.version) == (0.9, "scripted-1")
    assert "do not fit the model" in learnt.use_active(ScriptedLearner(), store.path)


def test_heads_that_fit_are_used(store: Store) -> None:
    kept(store, FITS)
    assert taught(ScriptedLearner(), lambda: store.read).version == "scripted-1+team1"


def test_a_version_that_can_not_be_used_at_all_ends_nothing(store: Store) -> None:
    figures: dict[str, object] = {"heads": {}}  # of no version that was ever released
    weights = pack({"category": replace(FITS, scale=0.0)})
    store.write(lambda tables: tables.heads.add("scripted-1", None, figures, weights, NOON))
    classifier = taught(ScriptedLearner(), lambda: store.read)
    assert classifier.classify(["lost"])[0].complaint == 0.9
