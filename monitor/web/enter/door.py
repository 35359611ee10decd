"""Which door the dashboard has."""

from __future__ import annotations

from monitor.config import Config
from monitor.ports import Clock
from monitor.store import Store
from monitor.web.enter.accounts import AccountDoor
from monitor.web.enter.local import LocalDoor
from monitor.web.enter.tokens import TokenCheck
from monitor.web.visitor import Door


def door_of(config: Config, store: Store, clock: Clock) -> Door:
    """As the configuration says who may enter. `clock` is the real one, also where a day is replayed: visits last as long
    as people's days do."""
    tokens = TokenCheck(config, store, clock)
    return AccountDoor(config, store, clock, tokens) if config.web.asks else LocalDoor(config, tokens)
