"""Pure: what a page of an app's reviews brings, for the stores that list them newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from monitor.model import Batch, Mention, Reading
from sources import newest


class Review(NamedTuple):
    """`entry` is its place in the listing; its count are the people who found it helpful."""

    mention: Mention
    entry: newest.Entry


def brought(name: str, reviews: Sequence[Review], step: newest.Step, now: datetime) -> Batch:
    """What is new of the reviews, and the counts that are."""
    changed = {*step.fresh, *step.moved}
    return Batch(
        mentions=tuple(each.mention for each in reviews if each.entry.key in step.fresh),
        readings=tuple(
            Reading(name, each.mention.id, now, likes=each.entry.count)
            for each in reviews
            if each.entry.key in changed and each.entry.count is not None
        ),
        cursor=step.listing.model_dump_json(exclude_defaults=True),
        more=step.more,
        covered=step.covered,
    )
