"""Who is on call, from the configuration and what the store knows."""

from __future__ import annotations

from datetime import datetime

from monitor.config import Config
from monitor.oncall import chain
from monitor.oncall.rota import Changes, Rota
from monitor.store import Tables


def rota(config: Config, tables: Tables | None, now: datetime) -> Rota:
    """The rotations with what people have changed and what calendars say; without a store, as they are configured."""
    changes = tables.rota.changes(now) if tables else Changes()
    return Rota(config.rotations, changes, {person.name for person in config.people})


def first(config: Config, tables: Tables | None, now: datetime) -> str:
    """Who would be paged first now: drafts are signed by them."""
    instead = chain.fallback(config.oncall, config.rotations, config.people)
    return chain.people_at(chain.steps(config.oncall)[0], rota(config, tables, now), instead, now).people[0]
