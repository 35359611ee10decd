"""The spread V at which a mention counts as viral: a number, or what one in a hundred of the brand's own posts reaches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from monitor.config import Config, adapter_module
from monitor.settings import AUTO, SourceSettings
from monitor.spread import OVER
from monitor.store import Tables, Threshold

PAST = timedelta(days=90)
"""How far back is normal: what a brand's posts reach changes with its audience."""

RARE = 0.99
ENOUGH = 200
"""With fewer posts, one or two of them alone would be the 99th percentile; the platform's default holds until then."""

EVERY = timedelta(days=1)


def rare(spreads: Sequence[int]) -> int | None:
    """The spread that one in a hundred reaches (the 99th percentile, a value that occurs); None while they are too few."""
    return int(np.quantile(spreads, RARE, method="higher")) if len(spreads) >= ENOUGH else None


def compute(config: Config, tables: Tables, now: datetime) -> dict[str, Threshold | None]:
    """Today's V of each source; None when it asks for none of its own, or has too few posts. It only reads."""
    return {
        name: _of_source(tables, name, now) if settings.viral_at == AUTO else None
        for name, settings in config.sources.items()
    }


def _of_source(tables: Tables, source: str, now: datetime) -> Threshold | None:
    """What was found last counts on while the posts are too few, as long as it says anything of PAST."""
    spreads = tables.thresholds.spreads(source, now - PAST, now - OVER)
    found = rare(spreads)
    if found is not None:
        return Threshold(found, len(spreads), now)
    last = tables.thresholds.get(source)
    return last if last and last.at > now - PAST else None


def measure_of(config: Config, tables: Tables, source: str) -> tuple[str, int]:
    """The measure of spread and the threshold V of a source."""
    settings = config.sources.get(source)
    learnt = tables.thresholds.get(source) if settings and settings.viral_at == AUTO else None
    return in_force(config, source, learnt.viral_at if learnt else None)


def in_force(config: Config, source: str, learnt: int | None) -> tuple[str, int]:
    """`measure_of`, given what was learnt of the source's own posts.

    A mention that was replayed or imported may name a source that is not configured: its adapter's defaults hold.
    """
    settings = config.sources.get(source)
    if settings is None:
        return _default(source, "measure"), _default(source, "viral_at")
    if settings.viral_at != AUTO:
        return settings.measure, int(settings.viral_at)
    usual = learnt or _default(settings.type, "viral_at")
    return settings.measure, max(usual, settings.viral_at_least)


def is_own(config: Config, tables: Tables, source: str) -> bool:
    """Whether the threshold of a source was learnt from the brand's own posts, and is not the floor."""
    settings = config.sources.get(source)
    learnt = tables.thresholds.get(source) if settings and settings.viral_at == AUTO else None
    return learnt is not None and settings is not None and learnt.viral_at >= settings.viral_at_least


def in_words(config: Config, tables: Tables | None, source: str) -> str:
    """The threshold of a configured source and where it comes from; `tables` is None where there is no database yet."""
    settings = config.sources[source]
    if settings.viral_at != AUTO:
        return f"viral at {settings.viral_at:,} {settings.measure}"
    learnt = tables.thresholds.get(source) if tables else None
    floor = f", never under {settings.viral_at_least:,}"
    if learnt is None or tables is None:
        usual = max(_default(settings.type, "viral_at"), settings.viral_at_least)
        return (
            f"viral at {usual:,} {settings.measure} until {ENOUGH} of the brand's posts have settled{floor}"
        )
    _, viral_at = measure_of(config, tables, source)
    return (
        f"viral at {viral_at:,} {settings.measure}: one in 100 of {learnt.posts:,} posts of the brand reached "
        f"{learnt.viral_at:,} ({learnt.at:%d %B}){floor}"
    )


def _default(kind: str, key: str) -> Any:
    """What the adapters of that type take where the configuration is silent."""
    module = adapter_module("sources", kind)
    model: type[SourceSettings] = module.Settings if module else SourceSettings
    return model.model_fields[key].default
