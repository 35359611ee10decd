"""What a backtest found, for programs: the forecasts as JSON Lines, and everything that the table tells as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

import numpy as np

from monitor.hindsight.history import History
from monitor.hindsight.judged import Found, averted
from monitor.hindsight.replay import Replay, highest


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
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


def only(this: Found, that: Found) -> list[int]:
    """Posts (places in `this`) about which one configuration pages, and the other, of the same history, not."""
    others = {that.of.posts[post].key for post in that.configured.sent.post.tolist()}
    return [post for post in this.configured.sent.post.tolist() if this.of.posts[post].key not in others]


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
            key: line and {"name": line.name} | asdict(line.figures)
            for key, line in zip_longest(("configured", "tuned", "rule"), found.ways)
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
            "p_viral": _digits(of.p[row]),
            "right": bool(of.viral[post]) if of.known[post] or of.viral[post] else None,
            "lead_minutes": round(of.crossed[post] - of.age[row], 1) if of.viral[post] else None,
            "measured": bool(found.measured[post]),
        }
        for post, row in rows
    ]


def misses(found: Found) -> list[dict[str, Any]]:
    """The measured posts that crossed without a configured page before, the furthest spread first. `p_viral` is the
    largest probability before the crossing, `harm` the most that a page could have averted; None where the first reading
    came after it."""
    of = found.of
    missed = of.viral & found.measured
    missed[found.configured.sent.post] = False
    places = np.flatnonzero(missed)
    best, harm = (highest(of, signal, of.may_page) for signal in (of.p, averted(of)))
    return [
        _post(of, post)
        | {
            "crossed_after_minutes": round(float(of.crossed[post]), 1),
            "final": int(of.final[post]),
            "p_viral": _digits(best[post]) if np.isfinite(best[post]) else None,
            "harm": _digits(harm[post]) if np.isfinite(harm[post]) else None,
        }
        for post in places[np.argsort(-of.final[places], kind="stable")].tolist()
    ]


def _post(of: Replay, post: int) -> dict[str, Any]:
    each = of.posts[post]
    return {"source": each.key.source, "id": each.key.id, "url": each.url}
