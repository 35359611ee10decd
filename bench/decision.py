"""What the price of a false page (`page_at`) buys: `python -m bench.decision DATA`.

DATA as for bench/series.py. On the last 30% of each series, later than all that the prior has learnt from, a post pages
at its first reading before the crossing, and within 48 hours, at which the harm a page can avert (monitor.rules: p times
the share of its spread still to come) reaches the price; beside it, at which the probability alone does. Early: at least
30 minutes before the crossing. Also how far posts that cross go, in thresholds: what monitor.rules.REACHES stands for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench import series
from bench.report import keep
from bench.series import TWO_DAYS, Post
from classifiers.forecast.blend import prior
from classifiers.forecast.curves import Floats
from monitor.rules import REACHES

EARLY_MINUTES = 30.0
LATER = 0.7
PRICES = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)

SERIES: Sequence[tuple[str, Callable[[Path], list[Post]], str, int]] = (
    ("retweets (Higgs)", series.higgs, "reposts", 100),
    ("comments (Reddit)", series.reddit, "replies", 50),
    ("points (Hacker News domains)", series.domains, "likes", 50),
)


def prices(posts: Sequence[Post], measure: str, viral_at: int) -> list[dict[str, Any]]:
    """What each price brings, by harm and by probability alone."""
    said = prior(measure).predict([post.asked for post in posts], viral_at)
    open_ = (said.count < viral_at) & (said.age <= TWO_DAYS)
    ends = np.maximum(said.expected, REACHES * viral_at)
    harm = said.p_viral * (1 - np.minimum(said.count / ends, 1.0))
    crossed = np.array([post.crossed_at(viral_at) for post in posts])
    final = np.array([post.final for post in posts])
    found = []
    for by, signal in (("harm", harm), ("probability", said.p_viral)):
        for price in PRICES:
            rows = np.flatnonzero(open_ & (signal >= price))
            whose, first = np.unique(said.post[rows], return_index=True)
            at = rows[first]
            right = np.isfinite(crossed[whose])
            lead = (crossed[whose] - said.age[at])[right]
            found.append(
                {
                    "by": by,
                    "price": price,
                    "pages": len(whose),
                    "right": int(right.sum()),
                    "viral": int(np.isfinite(crossed).sum()),
                    "early": int((lead >= EARLY_MINUTES).sum()),
                    "lead": float(np.median(lead)) if len(lead) else None,
                    "to_come": float(np.median((1 - said.count[at] / np.maximum(final[whose], 1))[right]))
                    if len(lead)
                    else None,
                }
            )
    return found


def reach(posts: Sequence[Post], viral_at: int) -> Floats:
    """Quartiles of where posts that cross end, in thresholds."""
    final = np.array([post.final for post in posts])
    return np.asarray(np.quantile(final[final >= viral_at] / viral_at, (0.25, 0.5, 0.75)))


def main(data: Path) -> None:
    results: dict[str, Any] = {}
    for title, load, measure, viral_at in SERIES:
        posts = load(data)
        ends = reach(posts, viral_at)
        later = posts[int(len(posts) * LATER) :]
        found = prices(later, measure, viral_at)
        results[title] = {"viral_at": viral_at, "ends_in_thresholds": ends.round(2).tolist(), "prices": found}
        print(
            f"{title}, V = {viral_at}: {found[0]['viral']} of {len(later)} later posts cross; those that cross end at"
        )
        print(f"  {ends[1]:.2f} V in the median ({ends[0]:.2f} to {ends[2]:.2f})")
        for row in found:
            precision, early = row["right"] / max(row["pages"], 1), row["early"] / row["viral"]
            print(
                f"  {row['by']:<11} >= {row['price']:.2f}  pages {row['pages']:4}  precision {precision:.2f}  "
                f"recall {row['right'] / row['viral']:.2f}  early {early:.2f}  "
                f"lead {row['lead'] or 0:4.0f} min  to come {row['to_come'] or 0:.0%}"
            )
    keep("decision", {"series": results})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
