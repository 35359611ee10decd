"""The forecast of each source, fitted anew to what is stored: by hand, and each week by the daemon."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar

import structlog

from classifiers.forecast.blend import Blend, prior
from monitor.errors import InputError, PortError, StoreError
from monitor.hindsight.history import MeasureOf, gather
from monitor.refit.compare import Verdict, learn
from monitor.refit.own import FORM, InUse, Own, in_use, pack
from monitor.store import Store, Tables, Version

AGAIN_AFTER = 24 * 3600.0
"""Seconds after a fit that failed until the daemon tries again."""

YIELDS = 10
"""How much nicer (as `nice` has it) a fit is to everything else that runs than the daemon is."""

T = TypeVar("T")

log = structlog.get_logger()


class Outcome(NamedTuple):
    """What became of the forecast of one source. `kept` is its model, None when what answers goes on, or is `withdrawn`;
    `why` is for a person; `failed`: it was a fault, which the log tells more of."""

    source: str
    measure: str
    viral_at: int
    verdict: Verdict | None
    kept: Blend | None
    why: str
    failed: bool = False
    withdrawn: bool = False


class Refit(NamedTuple):
    """All outcomes, and the version that answers from now on; None when nothing changed."""

    outcomes: tuple[Outcome, ...]
    version: int | None


def refit(store: Store, measure_of: MeasureOf, now: datetime) -> Refit:
    """Fit the forecast of each source anew. One that beats "count ≥ c", and says more than the shipped forecast does, is
    kept; where one can be compared and does not, a former one is withdrawn. What changes is stored as a version and made
    active in one transaction, unless another was made active meanwhile (InputError).

    It is not compared with the version that it replaces: that one has learnt from the posts to compare on, and is the
    same thing learnt from fewer. So what is found of it holds for that one too.
    """
    tables = store.read
    before = in_use(tables)
    outcomes = tuple(
        _fitted(tables, source, *measure_of(source), before.models.get(source))
        for source in tables.past.sources()
    )
    kept = {
        each.source: Own(each.kept, each.measure, each.viral_at) for each in outcomes if each.kept is not None
    }
    withdrawn = {each.source: each.why for each in outcomes if each.withdrawn}
    former = before.version.number if before.version else None
    weights = pack({name: own for name, own in before.models.items() if name not in withdrawn} | kept)
    if weights == (pack({}) if former is None else tables.fits.weights(former)):
        return Refit(outcomes, None)
    sources = {each.source: _figures(each, before) for each in outcomes if each.kept is not None}
    figures = {"sources": sources, "withdrawn": withdrawn}

    def keep(tables: Tables) -> int:
        active = tables.fits.active()
        if before.version != active and not before.problem:
            raise InputError("another forecast was made active meanwhile, nothing was kept; run it again")
        return tables.fits.add(FORM, former, figures, weights, now)

    return Refit(outcomes, store.write(keep))


def _fitted(tables: Tables, source: str, measure: str, viral_at: int, own: Own | None) -> Outcome:
    none = partial(Outcome, source, measure, viral_at)
    try:
        history = gather(tables.past.records(source), lambda _: measure)
        verdict, learnt = learn(history, measure, viral_at, prior(measure), lambda _: None)
    except InputError as error:
        return none(None, None, str(error))
    except StoreError:
        raise
    except Exception as error:
        log.exception("the forecast of a source can't be fitted", source=source)
        return none(None, None, f"it can't be fitted: {type(error).__name__} (see the log)", failed=True)
    if learnt is not None and verdict.better_than_shipped:
        return none(verdict, learnt.model, verdict.ahead_in_words())
    why = verdict.refused or "it says no more of later posts than the shipped forecast, by log loss"
    compared = verdict.fitted is not None
    return none(verdict, None, why, withdrawn=compared and own is not None and own.measure == measure)


def _figures(outcome: Outcome, before: InUse) -> dict[str, Any]:
    """`first`: nothing that was fitted has answered for this source and measure until now."""
    assert outcome.verdict is not None  # noqa: S101 -- it was kept
    own = before.models.get(outcome.source)
    return {
        "measure": outcome.measure,
        "viral_at": outcome.viral_at,
        "first": own is None or own.measure != outcome.measure,
    } | outcome.verdict.figures()


def refit_in_words(store: Store, measure_of: MeasureOf, now: datetime) -> str:
    """`refit`, for a log: what changed, or nothing. PortError, with a day to wait, when a fit failed; what could be fitted
    of the others was kept.

    Nothing is fitted after a person went back from the newest version, which the same posts would only bring again, until
    one that a person had fitted is kept.
    """
    if store.read.fits.went_back():
        log.info("the forecast is not fitted: a person went back to a former one")
        return ""
    try:
        done = aside(lambda: refit(store, measure_of, now))
    except InputError as error:
        raise PortError(str(error), retry_after=AGAIN_AFTER) from None
    active = store.read.fits.active()
    said = news(active) if done.version is not None and active is not None else ""
    if failed := [each.source for each in done.outcomes if each.failed]:
        if said:
            log.info("the forecast was fitted anew", what=said)
        raise PortError(f"not fitted: {', '.join(failed)} (see the log)", retry_after=AGAIN_AFTER)
    return said


def aside(work: Callable[[], T]) -> T:
    """Do it in a thread of its own that yields to all others: a fit takes minutes, and pages must not wait for it."""

    def yielding() -> T:
        # a thread has a priority of its own on Linux, and none elsewhere
        with suppress(OSError):
            thread = threading.get_native_id()
            usual = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, usual + YIELDS)
        return work()

    with ThreadPoolExecutor(1, thread_name_prefix="fit") as own:
        return own.submit(yielding).result()


def news(version: Version) -> str:
    """What a version changed, in sentences for people; empty where forecasts only learnt from some more posts."""
    gains = [_gain(source, each) for source, each in version.figures["sources"].items() if each.get("first")]
    said = [f"The forecast was fitted to your own posts: {'; '.join(gains)}."] if gains else []
    said += [
        f"On {source} the shipped forecast answers again: what was fitted to your own posts is withdrawn, since {why}."
        for source, why in version.figures.get("withdrawn", {}).items()
    ]
    return " ".join(said)


def _gain(source: str, figures: Mapping[str, Any]) -> str:
    scores = {name: figures[name]["early_recall"] for name in ("fitted", "shipped", "rule")}
    return (
        f"on {source} it finds {scores['fitted']:.0%} of what goes viral half an hour before or sooner, with 7 of 10 pages "
        f"right; the shipped forecast {scores['shipped']:.0%}, a count {scores['rule']:.0%}"
    )
