"""What a backtest found, as text: a table for people, JSON and JSON Lines for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np

from monitor.hindsight.history import History
from monitor.hindsight.judged import Found, Line
from monitor.hindsight.replay import Figures, Replay, highest
from monitor.text import one_line, web_link


def forecast_lines(of: Replay) -> Iterator[str]:
    """A JSON object a line for each reading before the crossing, in the order of time."""
    rows = np.flatnonzero(of.open)
    rows = rows[np.lexsort((of.post[rows], of.moment[rows]))]
    for row in rows.tolist():
        post = of.posts[of.post[row]]
        yield json.dumps(
            {
                "source": post.key.source,
                "id": post.key.id,
                "at": iso(of.moment[row]),
                "age_s": round(max(of.moment[row] - post.created, 0.0), 3),
                "count": int(of.count[row]),
                "p_viral": _digits(of.p[row]),
                "expected": _digits(of.expected[row]),
                "low": _digits(of.low[row]),
                "high": _digits(of.high[row]),
            }
        )


def _digits(value: float) -> float:
    """Six digits: what is beyond them depends on how many readings were computed at a time."""
    return float(f"{value:.6g}")


def iso(moment: float) -> str:
    """Such as 2026-11-01T10:05:00Z."""
    return _at(moment).isoformat().replace("+00:00", "Z")


def _at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


# --- for people ----------------------------------------------------------------------------------------------------

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
        width = max(len(line.name) for line in ways(each)) + 2
        lines.append(" " * width + "".join(f"{name:>{len(name) + 2}}" for name in HEAD))
        for line in ways(each):
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


def ways(found: Found) -> tuple[Line, ...]:
    return found.configured, *found.tuned


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
    if found.held:
        said.append(f"The cap of a shift would have kept {found.held:,} posts for the morning brief.")
    return said


def _missed(found: Found) -> list[str]:
    missed = misses(found)
    if not missed:
        return []
    crossed = int((found.of.viral & found.measured).sum())
    lines = [f"Missed by the configured pages: {len(missed):,} of {crossed:,}, which page when they cross."]
    for each in missed[:SHOWN]:
        where = web_link(each["url"]) or f"{each['source']} {one_line(each['id'], 60)}"
        seen = (
            f"p was {each['p_viral']:.2f} at most"
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


def only(this: Found, that: Found) -> list[int]:
    """Posts (places in `this`) about which one configuration pages, and the other, of the same history, not."""
    others = {that.of.posts[post].key for post in that.configured.sent.post.tolist()}
    return [post for post in this.configured.sent.post.tolist() if this.of.posts[post].key not in others]


# --- for programs --------------------------------------------------------------------------------------------------


def as_json(history: History, found: Sequence[Found]) -> dict[str, Any]:
    """Everything that the table tells, with all pages and misses. One configuration's is at the top; with a second,
    `configurations` has both and `only` what each pages alone."""
    head: dict[str, Any] = {
        "posts": len(history.posts),
        "readings": len(history.moments),
        "from": iso(history.posts[0].created),
        "until": iso(history.until),
        "short": history.short,
        "lacks": asdict(history.lacks),
    }
    if len(found) == 1:
        return head | _as_json(found[0])
    return head | {
        "configurations": {each.name: _as_json(each) for each in found},
        "only": {
            this.name: [list(this.of.posts[post].key) for post in only(this, that)]
            for this, that in (found, found[::-1])
        },
    }


def _as_json(found: Found) -> dict[str, Any]:
    of, measured = found.of, found.measured
    return {
        "measured": {
            "posts": int(measured.sum()),
            "viral": int((of.viral & measured).sum()),
            "since": iso(of.created[measured].min()) if measured.any() else None,
            "viral_at": sorted({int(each) for each in of.viral_at}),
        },
        **{
            key: {"name": line.name} | asdict(line.figures)
            for key, line in zip(("configured", "tuned", "rule"), ways(found), strict=False)
        },
        "held": found.held,
        "area": {name: trade.area for name, trade in found.trades.items()},
        "reliability": {
            "error": found.reliability.error,
            "skill": found.reliability.skill,
            "bins": [
                {"said": said, "came": came, "readings": readings}
                for said, came, readings in zip(
                    *(each.tolist() for each in found.reliability[:3]), strict=True
                )
            ],
        },
        "pages": sent(found),
        "misses": misses(found),
    }


def sent(found: Found) -> list[dict[str, Any]]:
    """The configured pages about all posts, in the order of time; `right` is None where the outcome is not known."""
    of = found.of
    rows = sorted(
        zip(*(each.tolist() for each in found.configured.sent), strict=True),
        key=lambda each: of.moment[each[1]],
    )
    return [
        _post(of, post)
        | {
            "at": iso(of.moment[row]),
            "count": int(of.count[row]),
            "p_viral": float(f"{of.p[row]:.6g}"),
            "right": bool(of.viral[post]) if of.known[post] or of.viral[post] else None,
            "lead_minutes": round(of.crossed[post] - of.age[row], 1) if of.viral[post] else None,
            "measured": bool(found.measured[post]),
        }
        for post, row in rows
    ]


def misses(found: Found) -> list[dict[str, Any]]:
    """The measured posts that crossed without a configured page before, the furthest spread first. `p_viral` is the
    largest probability before the crossing, None where the first reading came after it."""
    of = found.of
    missed = of.viral & found.measured
    missed[found.configured.sent.post] = False
    places = np.flatnonzero(missed)
    best = highest(of, of.p, of.may_page)
    return [
        _post(of, post)
        | {
            "crossed_after_minutes": round(float(of.crossed[post]), 1),
            "final": int(of.final[post]),
            "p_viral": float(f"{best[post]:.6g}") if np.isfinite(best[post]) else None,
        }
        for post in places[np.argsort(-of.final[places], kind="stable")].tolist()
    ]


def _post(of: Replay, post: int) -> dict[str, Any]:
    each = of.posts[post]
    return {"source": each.key.source, "id": each.key.id, "url": each.url}
