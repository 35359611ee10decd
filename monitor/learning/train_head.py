"""`snapwatch train-head`: fits the classifier's heads to what the team has said, and keeps those that are better."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TextIO

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from classifiers import categories, learn
from classifiers.heads import Array, Head, softmax
from monitor.build import build_classifier
from monitor.config import Config
from monitor.errors import InputError
from monitor.learning.learnt import InUse, Learner, in_use, learner_in, pack
from monitor.learning.said import LEAST_OF_EACH, SAYS, too_few
from monitor.opening import clock_of, open_store
from monitor.store import Store, Tables, Version

LEAST_HELD_OUT = 10
"""Held-out texts; fewer can't tell better from worse."""

AT_A_TIME = 1024


@dataclass
class Text:
    """A text with what was last said of it, or of copies of it."""

    text: str
    bucket: int
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def is_held_out(self) -> bool:
        return learn.is_held_out(self.bucket)


class Outcome(NamedTuple):
    """What became of one head. `verdict` is None where it was not fitted, `kept` where it was not better; `why` is for a
    person."""

    head: str
    rows: int
    held_out: int
    why: str
    verdict: learn.Verdict | None = None
    kept: Head | None = None


def train_head(config: Config, out: TextIO) -> int:
    """Fit, compare, keep, and tell it in a table. Status 1 when there were too few labels for every head."""
    learner = _learner(config)
    with open_store(config) as store:
        return train(store, learner, clock_of(config, store).now(), out)


def _learner(config: Config) -> Learner:
    learner = learner_in(build_classifier(config))
    if learner is None:
        raise InputError(
            f'only the bundled model can learn from labels; [classifier] has type = "{config.classifier.type}"'
        )
    return learner


def train(store: Store, learner: Learner, now: datetime, out: TextIO) -> int:
    """`train_head` with the parts that it needs. What is kept is stored and made active in one transaction, unless other
    heads were made active meanwhile (InputError)."""
    started = store.read.heads.active()
    texts = collected(store.read)
    if not texts:
        raise InputError("nobody has labelled anything yet: `snapwatch label` stores what people say")
    before = in_use(learner, store.read)
    outcomes = [*_outcomes(texts, learner, before)]
    out.write(_table(outcomes))
    kept = {each.head: each.kept for each in outcomes if each.kept}
    former = before.version.number if before.version else None
    if not kept:
        out.write(f"Nothing was kept; {_called(former)} still answers.\n")
        return 0 if any(each.verdict for each in outcomes) else 1
    figures = {
        "categories": sorted(learner.categories),
        "heads": {each.head: _figures(each) for each in outcomes if each.kept},
    }
    weights = pack(before.heads | kept)

    def keep(tables: Tables) -> int:
        if tables.heads.active() != started:
            raise InputError("other heads were made active meanwhile, nothing was kept; run it again")
        return tables.heads.add(learner.shipped, former, figures, weights, now)

    number = store.write(keep)
    out.write(
        f"Version {number} answers from now on: {', '.join(kept)}. "
        f"`snapwatch train-head --back` returns to {_called(former)}.\n"
    )
    return 0


def collected(tables: Tables) -> list[Text]:
    """Every labelled text once, with the newest label of each head."""
    found: dict[str, Text] = {}
    for each in tables.labels.all():
        key = learn.key(each.text)
        found.setdefault(key, Text(each.text, learn.bucket(each.text))).labels[each.head] = each.label
    return list(found.values())


def _outcomes(texts: Sequence[Text], learner: Learner, before: InUse) -> Sequence[Outcome]:
    spoken_of = {head for text in texts for head in text.labels}
    names = {**SAYS, "category": _category_names(texts, learner)}
    names = {head: labels for head, labels in names.items() if head in spoken_of}
    logits = learner.features([]).logits
    lacking = {head: _lacking(head, names[head], texts) for head in names}
    lacking |= {head: "the model does not say this" for head in names if head in SAYS and head not in logits}
    wanted = [text for text in texts if any(not lacking[head] for head in text.labels)]
    features, logits = _features(learner, [text.text for text in wanted])
    return [
        _refused(head, texts, why)
        if why
        else _category(names[head], wanted, features, learner, before)
        if head == "category"
        else _shipped(head, names[head], wanted, features, logits[head], before)
        for head, why in lacking.items()
    ]


def _category_names(texts: Sequence[Text], learner: Learner) -> tuple[str, ...]:
    """The categories that have examples, and those that have labels enough."""
    counts = Counter(text.labels["category"] for text in texts if "category" in text.labels)
    new = [
        name for name, count in counts.items() if count >= LEAST_OF_EACH and name not in learner.categories
    ]
    return (*learner.categories, *sorted(new))


def _refused(head: str, texts: Sequence[Text], why: str) -> Outcome:
    held_out = [text.is_held_out for text in texts if head in text.labels]
    return Outcome(head, held_out.count(False), held_out.count(True), why)


def _lacking(head: str, names: Sequence[str], texts: Sequence[Text]) -> str:
    """What is missing before the head can be fitted, in words; nothing when it can. A category may do without labels."""
    labelled = [text for text in texts if text.labels.get(head) in names]
    counts = Counter(text.labels[head] for text in labelled)
    each = names if head in SAYS else ()
    if short := too_few(each, counts):
        return short
    held_out = Counter(text.labels[head] for text in labelled if text.is_held_out)
    if held_out.total() < LEAST_HELD_OUT:
        more = learn.HELD_OUT * (LEAST_HELD_OUT - held_out.total())
        return f"only {held_out.total()} of them are held out to measure on: about {more} more are needed"
    if len(held_out) < max(len(each), 2):
        unseen = [name for name in each or counts if name not in held_out]
        return f"nothing that is held out to measure on says {' or '.join(map(repr, unseen))}: label more"
    return ""


def _features(learner: Learner, texts: Sequence[str]) -> tuple[Array, dict[str, Array]]:
    """Features and the shipped heads' logits of all texts, some at a time: they fill memory once, not twice."""
    starts = range(0, len(texts), AT_A_TIME)
    shown = Console(stderr=True)
    parts = track(starts, "Reading", console=shown, disable=not sys.stderr.isatty(), transient=True)
    features: Array | None = None
    logits: list[dict[str, Array]] = []
    for start in parts:
        found = learner.features(texts[start : start + AT_A_TIME])
        if features is None:
            features = np.empty((len(texts), found.values.shape[1]), np.float32)
        features[start : start + AT_A_TIME] = found.values
        logits.append(found.logits)
    if features is None:
        return learner.features([])
    return features, {head: np.concatenate([part[head] for part in logits]) for head in logits[0]}


def _shipped(
    head: str, names: Sequence[str], texts: Sequence[Text], features: Array, logits: Array, before: InUse
) -> Outcome:
    """A head that keeps the shipped labels."""
    known = _Known.of(head, names, texts)
    former = before.heads.get(head)
    said = (former.probabilities(features, logits) if former else softmax(logits))[known.places]
    right = said.argmax(1) == known.labels
    recall = np.mean([right[known.labels == place].mean() for place in range(len(names))])
    inside, outside = known.places[~known.held_out], known.places[known.held_out]
    if recall < 1 / len(names):
        # Learnt from mistakes alone, a head would turn right answers into wrong ones.
        why = f"what answers now is right in {recall:.0%}, less than by chance: label what it gets right as well"
        return Outcome(head, len(inside), len(outside), why)
    rows = learn.Rows(features[inside], known.learnt, logits[inside], known.folds)
    fitted, strength = learn.learn(rows, names)
    new = fitted.probabilities(features[outside], logits[outside])
    return _judged(head, known, said[known.held_out], new, fitted, strength)


def _category(
    names: Sequence[str], texts: Sequence[Text], features: Array, learner: Learner, before: InUse
) -> Outcome:
    """The category: labels join the examples of the categories that there are."""
    known = _Known.of("category", names, texts)
    inside, outside = known.places[~known.held_out], features[known.places[known.held_out]]
    sentences, of = categories.rows(learner.categories)
    measured = {learn.key(text.text) for text in texts if text.is_held_out}
    free = np.array([learn.key(each) not in measured for each in sentences])
    places = np.array([names.index(name) for name in of])
    folds = np.array([learn.fold(learn.bucket(each)) for each in sentences])
    rows = learn.Rows(
        np.concatenate([features[inside], learner.examples.features[free]]),
        np.concatenate([known.learnt, places[free]]),
        None,
        np.concatenate([known.folds, folds[free]]),
    )
    fitted, strength = learn.learn(rows, names)
    fitted = learn.evened(fitted, np.bincount(known.learnt, minlength=len(names)))
    former = before.heads.get("category") or categories.fit(*learner.examples)
    everything = list(dict.fromkeys([*names, *former.labels]))
    old, new = (_under(everything, head, outside) for head in (former, fitted))
    found = _judged("category", known, old, new, fitted, strength)
    counts = Counter(text.labels["category"] for text in texts if "category" in text.labels)
    rare = [f"{name} ({count})" for name, count in sorted(counts.items()) if name not in names]
    waiting = f"; too few labels yet: {', '.join(rare)}" if rare else ""
    return found._replace(why=found.why + waiting)


class _Known(NamedTuple):
    """The texts that somebody has spoken of: where they are, what was said, and which of them are not learnt from.
    `folds` are of those that are."""

    places: NDArray[np.int64]
    labels: learn.Labels
    held_out: NDArray[np.bool_]
    folds: learn.Labels

    @classmethod
    def of(cls, head: str, names: Sequence[str], texts: Sequence[Text]) -> _Known:
        places = [place for place, text in enumerate(texts) if text.labels.get(head) in names]
        known = [texts[place] for place in places]
        return cls(
            np.array(places),
            np.array([names.index(text.labels[head]) for text in known]),
            np.array([text.is_held_out for text in known]),
            np.array([learn.fold(text.bucket) for text in known if not text.is_held_out]),
        )

    @property
    def learnt(self) -> learn.Labels:
        return self.labels[~self.held_out]


def _under(names: Sequence[str], head: Head, features: Array) -> Array:
    """The head's probabilities in the columns of these names."""
    found = np.zeros((len(features), len(names)), np.float32)
    found[:, [names.index(label) for label in head.labels]] = head.probabilities(features)
    return found


def _judged(head: str, known: _Known, old: Array, new: Array, fitted: Head, strength: float) -> Outcome:
    """Compare what the former and the new head say of the held-out texts."""
    verdict = learn.compare(old, new, known.labels[known.held_out])
    against = verdict.against(misses=head == "complaint")  # a missed complaint is worse than a false one
    why = (
        f"not kept: {against}" if against else f"kept: log loss is lower in {verdict.surer:.0%} of resamples"
    )
    why += "" if np.isfinite(strength) else "; recalibrated only"
    kept = None if against else fitted
    return Outcome(head, len(known.learnt), int(known.held_out.sum()), why, verdict, kept)


def _table(outcomes: Sequence[Outcome]) -> str:
    """One line a head; figures on the held-out texts: what answered until now, and the newly fitted head."""
    figures = f"{'recall':^11}  {'macro-F1':^11}  {'log loss':^13}  {'ECE':^11}"
    lines = [f"{'':10}  {'learnt':>7} {'held out':>8}  {figures}"]
    for each in outcomes:
        line = f"{each.head:10}  {each.rows:7,} {each.held_out:8,}  "
        if each.verdict:
            old, new = each.verdict.old, each.verdict.new
            line += f"{old.recall:.3f} {new.recall:.3f}  {old.macro_f1:.3f} {new.macro_f1:.3f}  "
            line += f"{old.log_loss:6.3f} {new.log_loss:6.3f}  {old.ece:.3f} {new.ece:.3f}  "
        lines.append(line + each.why)
    return "\n".join(lines) + "\n"


def _figures(outcome: Outcome) -> dict[str, Any]:
    assert outcome.verdict is not None  # noqa: S101 -- it was kept
    old, new = outcome.verdict.old, outcome.verdict.new
    return {
        "learnt": outcome.rows,
        "held_out": outcome.held_out,
        "old": old._asdict(),
        "new": new._asdict(),
    }


def _called(number: int | None) -> str:
    return "what was shipped" if number is None else f"version {number}"


def versions(config: Config, out: TextIO) -> None:
    """Every version that was kept, oldest first, and which one answers."""
    learner = _learner(config)
    with open_store(config) as store:
        found, now = store.read.heads.all(), in_use(learner, store.read)
    for each in found:
        out.write(_version_line(each, learner, answers=now.version == each))
    if now.version is None:
        out.write(f"{_called(None)} answers\n")
    if now.problem:
        out.write(f"{now.problem}\n")


def _version_line(version: Version, learner: Learner, *, answers: bool) -> str:
    use = "answers" if answers else "" if version.model == learner.shipped else "of another model, not in use"
    gains = ", ".join(
        f"{head} {figures['old']['macro_f1']:.3f} -> {figures['new']['macro_f1']:.3f}"
        for head, figures in version.figures["heads"].items()
    )
    return (
        f"version {version.number}{f' ({use})' if use else ''}  {version.made_at:%Y-%m-%d %H:%M} UTC"
        f"  after {_called(version.former)}  for {version.model}  macro-F1: {gains}\n"
    )


def back(config: Config) -> str:
    """Return to the former version, at the end to what was shipped. InputError, and nothing changes, when there is none or
    it is of another model."""
    learner = _learner(config)

    def work(tables: Tables) -> Version | None:
        if tables.heads.active() is None:
            raise InputError("what was shipped answers already; there is nothing to go back to")
        former = tables.heads.back()
        if former is not None and former.model != learner.shipped:
            raise InputError(
                f"version {former.number} is of another model ({former.model}; this one is {learner.shipped}) and can't "
                f"answer; nothing was changed. `snapwatch train-head` makes heads for this model from the same labels"
            )
        return former

    with open_store(config) as store:
        former = store.write(work)
    return f"{_called(former.number if former else None)} answers from now on."
