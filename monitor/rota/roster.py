"""Who is on call, from the configuration and what the store knows."""

from __future__ import annotations

from datetime import datetime

from monitor.config import Config
from monitor.errors import InputError
from monitor.oncall import chain
from monitor.oncall.rota import Changes, Rota
from monitor.store import Tables


def rota(config: Config, tables: Tables | None, now: datetime) -> Rota:
    """The rotations with what people have changed and what calendars say; without a store, as they are configured."""
    return of(config, tables.rota.changes(now) if tables else Changes())


def of(config: Config, changes: Changes) -> Rota:
    return Rota(config.rotations, changes, {person.name for person in config.people})


def everybody(config: Config, tables: Tables | None, now: datetime) -> list[str]:
    """Whoever a page could reach now, in the order of the steps, and the fallback last."""
    found, instead = rota(config, tables, now), chain.fallback(config.oncall, config.rotations, config.people)
    paged = [chain.people_at(step, found, instead, now).people for step in chain.steps(config.oncall)]
    return list(dict.fromkeys([*(person for people in paged for person in people), instead]))


def first(config: Config, tables: Tables | None, now: datetime) -> str:
    """Who would be paged first now: drafts are signed by them."""
    instead = chain.fallback(config.oncall, config.rotations, config.people)
    return chain.people_at(chain.steps(config.oncall)[0], rota(config, tables, now), instead, now).people[0]


def known(config: Config, name: str) -> str:
    """The person of that name, or the one whose name begins so; capitals don't matter. InputError tells who there is:
    nobody else can be reached."""
    names = [person.name for person in config.people]
    same = [each for each in names if each.casefold() == name.casefold()]
    found = same or [each for each in names if each.casefold().startswith(name.casefold())]
    if len(found) != 1:
        what = "more than one person is" if found else "nobody is"
        raise InputError(f"{what} called {name!r} in the configuration; there are: {', '.join(names)}")
    return found[0]
