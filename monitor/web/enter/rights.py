"""What an account's row means under the configuration of now."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from monitor.config import Config
from monitor.web.visitor import ROLES, Role


def lower(one: Role, other: Role) -> Role:
    """The role that may do less."""
    return min(one, other, key=ROLES.index)


def known(config: Config, person: str | None) -> str | None:
    """The person; None when the configuration has nobody of that name any more."""
    return person if any(each.name == person for each in config.people) else None


def zone_of(config: Config, person: str | None) -> ZoneInfo:
    """The zone that times are shown in: the person's, or that of the shifts."""
    found = next((each.time_zone for each in config.people if each.name == person), config.oncall.time_zone)
    return ZoneInfo(found)
