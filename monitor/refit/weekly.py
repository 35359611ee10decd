"""The forecast of each source, fitted anew to what is stored: by hand, and each week by the daemon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import structlog

from classifiers.forecast.blend import Blend, prior
from monitor.errors import InputError, PortError, StoreError
from monitor.hindsight.history import MeasureOf, gather
from monitor.refit.compare import Verdict, learn
from monitor.refit.own import FORM, Own, in_use, pack
from monitor.store import Store, Tables, Version

AGAIN_AFTER = 24 * 3600.0
"""Seconds after a fit that failed until the daemon tries again."""

log = structlog.get_logger()


class Outcome(NamedTuple):
    """What became of the forecast of one source. `kept` is its model, None when the former one goes on; `why` is for a
    person; `failed`: it was a fault, which the log tells more of."""

    source: str
    measure: str
    viral_at: int
    verdict: Verdict | None
    kept: Blend | None
    why: str
    failed: bool = False


class Refit(NamedTuple):
    """All outcomes, and the version that answers from now on; None when nothing changed."""

    outcomes: tuple[Outcome, ...]
    version: int | None


def refit(store: Store, measure_of: MeasureOf, now: datetime) -> Refit:
    """Fit the forecast of each source anew. What beats "count ≥ c", and says more than the shipped forecast does, is stored
    and made active in one transaction, unless another version was made active meanwhile (InputError).

    It is not compared with the version that it replaces: that one has learnt from the posts to compare on, and is the
    same thing learnt from fewer.
    """
    tables = store.read
    before = in_use(tables)
    outcomes = tuple(_fitted(tables, source, *measure_of(source)) for source in tables.past.sources())
    kept = {
        each.source: Own(each.kept, each.measure, each.viral_at) for each in outcomes if each.kept is not None
    }
    if not kept:
        return Refit(outcomes, None)
    former = before.version.number if before.version else None
    figures = {"sources": {each.source: _figures(each) for each in outcomes if each.kept is not None}}
    weights = pack(before.models | kept)

    def keep(tables: Tables) -> int:
        active = tables.fits.active()
        if before.version != active and not before.problem:
            raise InputError("another forecast was made active meanwhile, nothing was kept; run it again")
        return tables.fits.add(FORM, former, figures, weights, now)

    return Refit(outcomes, store.write(keep))


def _fitted(tables: Tables, source: str, measure: str, viral_at: int) -> Outcome:
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
    if learnt is None:
        return none(verdict, None, verdict.refused)
    if not verdict.better_than_shipped:
        return none(verdict, None, "it says no more of later posts than the shipped forecast, by log loss")
    return none(verdict, learnt.model, verdict.ahead_in_words())


def _figures(outcome: Outcome) -> dict[str, Any]:
    assert outcome.verdict is not None  # noqa: S101 -- it was kept
    return {"measure": outcome.measure, "viral_at": outcome.viral_at} | outcome.verdict.figures()


def refit_in_words(store: Store, measure_of: MeasureOf, now: datetime) -> str:
    """`refit`, for a log: what changed, or nothing. PortError, with a day to wait, when a fit failed; what could be fitted
    of the others was kept."""
    try:
        done = refit(store, measure_of, now)
    except InputError as error:
        raise PortError(str(error), retry_after=AGAIN_AFTER) from None
    active = store.read.fits.active()
    said = news(active) if done.version is not None and active is not None else ""
    if failed := [each.source for each in done.outcomes if each.failed]:
        if said:
            log.info("the forecast was fitted anew", what=said)
        raise PortError(f"not fitted: {', '.join(failed)} (see the log)", retry_after=AGAIN_AFTER)
    return said


def news(version: Version) -> str:
    """What a version changed, in one sentence for people."""
    gains = [_gain(source, figures) for source, figures in version.figures["sources"].items()]
    return f"The forecast was fitted to your own posts: {'; '.join(gains)}."


def _gain(source: str, figures: Mapping[str, Any]) -> str:
    scores = {name: figures[name]["early_recall"] for name in ("fitted", "shipped", "rule")}
    return (
        f"on {source} it finds {scores['fitted']:.0%} of what goes viral half an hour before or sooner, with 7 of 10 pages "
        f"right; the shipped forecast {scores['shipped']:.0%}, a count {scores['rule']:.0%}"
    )
