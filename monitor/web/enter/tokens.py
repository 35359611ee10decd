"""Whose token a program shows."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from fastapi import Request

from monitor.config import Config
from monitor.errors import StoreError
from monitor.ports import Clock
from monitor.store import Store, Token
from monitor.web.enter.keys import hash_of
from monitor.web.enter.rights import known, lower, zone_of
from monitor.web.visitor import StrangerError, Visitor

USED_EVERY = timedelta(minutes=5)
"""So exactly it is kept when a token was used."""


class TokenCheck:
    def __init__(self, config: Config, store: Store, clock: Clock) -> None:
        self._config, self._store, self._clock = config, store, clock

    def bearer(self, request: Request) -> Visitor:
        """With the rights of the token and at most those of its account, as both stand now. StrangerError."""
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not key.strip():
            raise StrangerError("send a token: Authorization: Bearer …; `snapwatch token add` makes one")
        hash_, now = hash_of(key.strip()), self._clock.now()
        token = self._store.read.tokens.get(hash_, now)
        if token is None:
            raise StrangerError("this token is not known, or it is over; `snapwatch token add` makes another")
        if token.used_at is None or now - token.used_at > USED_EVERY:
            with suppress(StoreError):
                self._store.write(lambda tables: tables.tokens.used(hash_, now))
        return self._visitor(token)

    def _visitor(self, token: Token) -> Visitor:
        account = token.account
        person = known(self._config, account.person)
        return Visitor(
            name=f"{account.name} ({token.name})",
            role=lower(token.role, account.role),
            person=person,
            zone=zone_of(self._config, person),
            csrf="",
            account=account.name,
        )
