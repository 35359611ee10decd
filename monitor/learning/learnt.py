"""The heads that a team's labels made, where they answer: in the daemon, and in the commands that classify."""

from __future__ import annotations

import io
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import structlog

from classifiers.categories import Categories, Rows
from classifiers.heads import Head
from classifiers.network import Features
from classifiers.once import Once
from monitor.build import build_classifier
from monitor.errors import StoreError
from monitor.model import Classification
from monitor.ports import Classifier

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Tables, Version

AGAIN = "run `snapwatch train-head` again"

log = structlog.get_logger()


@runtime_checkable
class Learner(Protocol):
    """A classifier whose heads can be replaced (classifiers.bundled.Bundled says what each of these is)."""

    shipped: str
    examples: Rows

    @property
    def categories(self) -> Categories: ...

    def features(self, texts: Sequence[str]) -> Features: ...
    def use(self, heads: Mapping[str, Head], version: str = "") -> None: ...


class InUse(NamedTuple):
    """The heads that answer in place of the classifier's own, their version, and what keeps others from it."""

    heads: dict[str, Head]
    version: Version | None
    problem: str


def learner_in(classifier: Classifier) -> Learner | None:
    """What can learn in the classifier that `build_classifier` made; None when it can't."""
    inner = classifier.inner if isinstance(classifier, Once) else classifier
    return inner if isinstance(inner, Learner) else None


def in_use(learner: Learner, tables: Tables) -> InUse:
    """The active heads, as far as they fit the classifier. Heads belong to the shipped model that they were made for,
    and categories to the names that the configuration had then."""
    active = tables.heads.active()
    if active is None:
        return InUse({}, None, "")
    name = f"the team's heads (version {active.number})"
    if active.model != learner.shipped:
        return InUse({}, None, f"{name} were made for the model {active.model} and are not used; {AGAIN}")
    try:
        heads = unpack(tables.heads.weights(active.number))
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile, zlib.error):
        return InUse({}, None, f"{name} are damaged and are not used; {AGAIN}")
    if not _fit(heads, learner):
        return InUse({}, None, f"{name} do not fit the model and are not used; {AGAIN}")
    if "category" in heads and set(active.figures["categories"]) != set(learner.categories):
        del heads["category"]
        problem = f"{name} know other categories than the configuration: its examples decide; {AGAIN}"
        return InUse(heads, active, problem)
    return InUse(heads, active, "")


def _fit(heads: Mapping[str, Head], learner: Learner) -> bool:
    """Whether each head takes the classifier's features, says as many labels as the shipped one, and holds numbers: with
    any other no text could be read, and each mention would be given up."""
    values, logits = learner.features([])
    return all(
        head.weight.shape == (len(head.labels), values.shape[1])
        and head.bias.shape == (len(head.labels),)
        and (
            not head.scale
            if name == "category"
            else name in logits and logits[name].shape[1] == len(head.labels)
        )
        and all(np.isfinite(each).all() for each in (head.weight, head.bias, head.scale))
        for name, head in heads.items()
    )


def build_taught(config: Config | None) -> Classifier:
    """The configured classifier, or the bundled one, with the active heads of the configuration's database: for a command.
    What keeps them from it is told on standard error. ClassifierError when the model can't be loaded."""
    classifier = build_classifier(config)
    problem = use_active(classifier, config.store.path) if config else ""
    if problem:
        print(problem, file=sys.stderr)
    return classifier


def use_active(classifier: Classifier, path: Path) -> str:
    """Let the active heads of the database at `path`, if there is one, answer in this classifier from now on; what keeps
    them from it, in words. The database is not touched."""
    from monitor.store import peek

    learner = learner_in(classifier)
    if learner is None:
        return ""
    try:
        with peek(path) as tables:
            return _use(learner, in_use(learner, tables)) if tables is not None else ""
    except StoreError as error:
        return f"the team's heads can't be looked up and are not used: {error}"


def _use(learner: Learner, found: InUse) -> str:
    learner.use(found.heads, f"team{found.version.number}" if found.version else "")
    return found.problem


class Taught:
    """A classifier in which the active heads of the database answer, from the moment on that they are active.

    Whatever fails about the heads leaves those that answer as they are: no mention may be given up for it, and what is
    wrong with a database shows elsewhere. For one thread at a time.
    """

    def __init__(self, inner: Classifier, learner: Learner, read: Callable[[], Tables]) -> None:
        self._inner = inner
        self._learner = learner
        self._read = read
        self._active: int | None = None
        self._refresh()

    @property
    def version(self) -> str:
        return self._inner.version

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """One classification for each text, in the same order."""
        self._refresh()
        return self._inner.classify(texts)

    def _refresh(self) -> None:
        try:
            tables = self._read()
            active = tables.heads.active()
            number = active.number if active else None
            if number != self._active:
                problem = _use(self._learner, in_use(self._learner, tables))
                self._active = number
                if problem:
                    log.warning("not all of what was learnt is used", problem=problem)
                else:
                    log.info("the classifier's heads changed", model=self.version)
        except StoreError as error:
            log.error("the team's heads can't be looked up", error=str(error))
        except Exception:
            log.exception("the team's heads can't be used")


def taught(classifier: Classifier, read: Callable[[], Tables]) -> Classifier:
    """The classifier with the active heads of the database, for the daemon."""
    learner = learner_in(classifier)
    return classifier if learner is None else Taught(classifier, learner, read)


def pack(heads: Mapping[str, Head]) -> bytes:
    """Heads as bytes that `unpack` reads; plain arrays, so that nothing in them can be run."""
    arrays: dict[str, Any] = {}
    for name, head in heads.items():
        arrays |= {
            f"{name}.labels": np.array(head.labels),
            f"{name}.weight": head.weight.astype(np.float32),
            f"{name}.bias": head.bias.astype(np.float32),
            f"{name}.scale": np.float32(head.scale),
        }
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    return packed.getvalue()


def unpack(packed: bytes) -> dict[str, Head]:
    """ValueError and its like when that is not what `pack` made."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        return {
            name: Head(
                tuple(arrays[f"{name}.labels"].tolist()),
                arrays[f"{name}.weight"],
                arrays[f"{name}.bias"],
                float(arrays[f"{name}.scale"]),
            )
            for name in dict.fromkeys(each.partition(".")[0] for each in arrays)
        }
