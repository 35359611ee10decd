"""What a backtest found, for people: a table, and sentences that a page has too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from monitor.hindsight.history import History
from monitor.hindsight.judged import Found
from monitor.hindsight.programs import misses, only
from monitor.hindsight.replay import Figures
from monitor.wording.text import one_line, web_link

SMALL = 10
"""V under which probabilities are badly calibrated: on the comments of public threads they are .20 off at 2, .06 at 5."""

SHOWN = 10
"""Misses that the table names; JSON has all."""

HEAD = ("pages", "right", "precision", "recall", "early recall", "lead", "to come", "a week")


def table(history: History, found: Sequence[Found]) -> str:
    """The figures of each configuration beside the rule, what was missed, and how far to believe it."""
    lines = [about(history)]
    lines += [f"Of note: {'; '.join(said)}." for said in [history.lacks.words()] if said]
    for each in found:
        lines += [
            "",
            *([f"Configuration {each.name}"] if each.name else []),
            measured_in_words(history, each),
        ]
        width = max(len(line.name) for line in each.ways) + 2
        lines.append(" " * width + "".join(f"{name:>{len(name) + 2}}" for name in HEAD))
        for line in each.ways:
            row = zip(HEAD, cells(line.figures), strict=True)
            lines.append(f"{line.name:{width}}" + "".join(f"{cell:>{len(name) + 2}}" for name, cell in row))
        lines += notes(each)
        lines += _missed(each)
    if len(found) == 2:
        lines += ["", *differences(*found)]
    return "\n".join(lines) + "\n"


def about(history: History) -> str:
    """How much history there is, and of when."""
    first, last = (datetime.fromtimestamp(at, UTC) for at in (history.posts[0].created, history.until))
    return (
        f"{len(history.posts):,} posts with {len(history.moments):,} readings, "
        f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC."
    )


def measured_in_words(history: History, found: Found) -> str:
    """Which posts the figures are of."""
    of, measured = found.of, found.measured
    thresholds = " or ".join(f"{each:,.0f}" for each in np.unique(of.viral_at))
    if not measured.any():
        return "No post to measure on: all are among those that the model learnt from, or their outcome is not known."
    since = datetime.fromtimestamp(of.created[measured].min(), UTC)
    words = (
        f"Measured on {int(measured.sum()):,} posts written since {since:%Y-%m-%d %H:%M}, "
        f"{int((of.viral & measured).sum()):,} of which crossed {thresholds}"
    )
    if history.short:
        return f"{words}. None was 48 hours old when the history ended: all count as finished there."
    return f"{words}; levels are tuned on those before."


def cells(of: Figures) -> tuple[str, ...]:
    return (
        f"{of.pages:,}",
        f"{of.right:,}",
        share(of.precision),
        share(of.recall),
        share(of.early_recall),
        "-" if of.lead is None else f"{of.lead:.0f}m",
        share(of.to_come),
        "-" if of.a_week is None else f"{of.a_week:.1f}",
    )


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def notes(found: Found) -> list[str]:
    """What the lines of the table don't say."""
    forecast, count = (found.trades[name].area for name in ("forecast", "count"))
    said = [
        f"At every level: area under precision against early recall {forecast:.3f}, of count ≥ c {count:.3f}.",
        f"Probabilities: calibration error {found.reliability.error:.4f}, "
        f"Brier skill {found.reliability.skill:.3f}.",
    ]
    said += small(int(found.of.viral_at.min()))
    if found.held:
        said.append(f"The cap of a shift would have kept {found.held:,} posts for the morning brief.")
    return said


def small(viral_at: int) -> list[str]:
    """A word of warning where it is due."""
    if viral_at >= SMALL:
        return []
    return [
        f"V = {viral_at} is small: under {SMALL}, probabilities are badly calibrated; levels and counts still hold."
    ]


def _missed(found: Found) -> list[str]:
    missed = misses(found)
    if not missed:
        return []
    crossed = int((found.of.viral & found.measured).sum())
    lines = [f"Missed by the configured pages: {len(missed):,} of {crossed:,}, which page when they cross."]
    for each in missed[:SHOWN]:
        where = web_link(each["url"]) or f"{each['source']} {one_line(each['id'], 60)}"
        seen = (
            f"harm was {each['harm']:.2f} at most, p {each['p_viral']:.2f}"
            if each["p_viral"] is not None
            else "had crossed when it was first read"
        )
        lines.append(
            f"  {where}  crossed {each['crossed_after_minutes']:.0f} min after it was written; {seen}"
        )
    if len(missed) > SHOWN:
        lines.append(f"  and {len(missed) - SHOWN:,} more")
    return lines


def differences(one: Found, other: Found) -> list[str]:
    """What each of two configurations would have paged about and the other not."""
    lines = []
    for this, that in ((one, other), (other, one)):
        alone = only(this, that)
        right = int(this.of.viral[alone].sum())
        lines.append(f"Only {this.name} pages {len(alone):,} posts, {right:,} of which crossed.")
    return lines
