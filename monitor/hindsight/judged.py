"""Pure: how good the pages of one configuration would have been, beside the rule "count ≥ c"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from classifiers.forecast.curves import Bools, Floats
from monitor.config import Config
from monitor.hindsight.replay import (
    Figures,
    Pages,
    Ranking,
    Reliability,
    Replay,
    Trade,
    figures,
    pages,
    reliability,
    tuned,
    unlearnt,
)
from monitor.rules import REACHES
from monitor.sections import RulesSettings
from monitor.wording.timetable import shift_of


class Line(NamedTuple):
    """One way of paging: its name in words, the pages that it would have sent, and how good those about the measured posts
    are."""

    name: str
    sent: Pages
    figures: Figures


@dataclass(frozen=True, slots=True)
class Found:
    """What the replay under one configuration found.

    `configured` are the pages that would have gone out, `held` how many posts the cap of a shift would have kept for the
    morning brief. `tuned` are what the forecast and the rule "count ≥ c" do with levels that were tuned on earlier posts;
    a history that is too short to have any has none. `trades` are what both could do at any level.
    """

    name: str
    of: Replay
    measured: Bools
    configured: Line
    tuned: tuple[Line, ...]
    held: int
    reliability: Reliability
    trades: dict[str, Trade]

    @property
    def ways(self) -> tuple[Line, ...]:
        """All ways of paging: as configured, then as tuned, the forecast first."""
        return self.configured, *self.tuned


def judged(
    name: str, of: Replay, config: Config | None, precision: float, learnt: tuple[float, float] | None
) -> Found:
    """The figures of a replay. The model has learnt from the posts written between the two moments `learnt`: they are left
    out."""
    rules = config.rules if config else RulesSettings()
    harm = averted(of)
    hits = of.may_page & (harm >= rules.page_at)
    sent, held = _under_cap(of, harm, hits, config) if config else (pages(hits, of.post), 0)
    signals = {"forecast": of.p, "count": of.relative}
    usable = unlearnt(of.created, of.known, learnt)
    levels = {key: tuned(of, signal, precision, usable) for key, signal in signals.items()}
    measured = usable if of.short else levels["count"].measured
    lines = []
    for key in levels if not of.short else ():
        reached = of.may_page & (signals[key] >= levels[key].of_post[of.post])
        found = pages(reached, of.post)
        lines.append(Line(_level(of, key, levels[key].last), found, figures(of, found, measured)))
    return Found(
        name,
        of,
        measured,
        Line(f"as configured: harm ≥ {rules.page_at:g}", sent, figures(of, sent, measured)),
        tuple(lines),
        held,
        reliability(of, of.p, measured),
        {key: Ranking(of, signal, measured).trade() for key, signal in signals.items()},
    )


def _level(of: Replay, signal: str, level: float) -> str:
    if not np.isfinite(level):
        return f"{signal}: no level found"
    if signal == "forecast":
        return f"forecast ≥ {level:.2f}"
    one = len(np.unique(of.viral_at)) == 1
    return f"count ≥ {level * of.viral_at[0]:.0f}" if one else f"count ≥ {level:.0%} of V"


def averted(of: Replay) -> Floats:
    """The harm that a page could avert at each reading, as monitor.rules.harm has it of a story of one ordinary post."""
    ends = np.maximum(of.expected, REACHES * of.viral_at[of.post])
    return np.asarray(of.p * (1 - np.minimum(of.count / ends, 1.0)))


def _under_cap(of: Replay, harm: Floats, hits: Bools, config: Config) -> tuple[Pages, int]:
    """The pages that the cap of a shift lets through (monitor.rules.under_cap): a post that it held pages at its next
    reading in a shift that has room. Also how many posts it held for good."""
    rows = np.flatnonzero(hits)
    rows = rows[np.argsort(of.moment[rows], kind="stable")]
    zone, cap = ZoneInfo(config.oncall.time_zone), config.rules.pages_per_shift
    sent: dict[int, int] = {}
    waiting: set[int] = set()
    end, in_all, critical = float("-inf"), 0, 0
    for row in rows.tolist():
        post = int(of.post[row])
        if post in sent:
            continue
        if of.moment[row] >= end:
            _, ends = shift_of(datetime.fromtimestamp(of.moment[row], UTC), config.oncall.shifts, zone)
            end, in_all, critical = ends.timestamp(), 0, 0
        grave = bool(harm[row] >= config.rules.critical_at)
        if (critical if grave else in_all) >= cap:
            waiting.add(post)
            continue
        sent[post] = row
        in_all, critical = in_all + 1, critical + grave
    whose = sorted(sent)
    return Pages(
        np.array(whose, dtype=np.int64), np.array([sent[post] for post in whose], dtype=np.int64)
    ), len(waiting - sent.keys())
