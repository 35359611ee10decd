"""The door of everybody who signs in: by a password, at a provider, or at the proxy in front. Whichever says who somebody
is, the account says what they may do."""

from __future__ import annotations

import hmac
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from fastapi import Request

from monitor.config import Config
from monitor.errors import StoreError
from monitor.ports import Clock
from monitor.store import Account, Store, Tables
from monitor.web.enter import passwords, proxy
from monitor.web.enter.cookies import ACTING, LONGEST_VISIT, VISIT
from monitor.web.enter.keys import csrf_of, hash_of, new_key
from monitor.web.enter.rights import known, zone_of
from monitor.web.enter.tokens import TokenCheck
from monitor.web.visitor import ForbiddenError, StrangerError, Visitor

SEEN_EVERY = timedelta(minutes=5)
"""So exactly it is kept when a visit was last seen."""

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

log = structlog.get_logger()


class AccountDoor:
    def __init__(self, config: Config, store: Store, clock: Clock, tokens: TokenCheck) -> None:
        self._config, self._store, self._clock, self._tokens = config, store, clock, tokens
        self._web = config.web
        self._idle = timedelta(hours=config.web.session_hours)
        self._secret = secrets.token_bytes(32)

    def visitor(self, request: Request) -> Visitor:
        if not proxy.is_covered(request, self._web):
            raise StrangerError(
                f"what is typed here could be read on its way: open {self._web.address}; if you did, let the proxy pass "
                "the name on by which it was asked (the header Host)"
            )
        name = proxy.named(request, self._web)
        if name is not None:
            account = self.account(name, "The proxy")
            csrf = hmac.digest(self._secret, account.name.encode(), "sha256").hex()
            return self._as(account, csrf, request)
        key = VISIT.of(request, https=self._web.https)
        now = self._clock.now()
        visit = self._store.read.visits.get(hash_of(key), now - self._idle, now) if key else None
        if visit is None:
            raise StrangerError("you are not signed in, or not any more", enter=True)
        if now - visit.seen_at > SEEN_EVERY:
            with suppress(StoreError):  # whoever only reads need not wait for it
                self._store.write(lambda tables: tables.visits.seen(hash_of(key), now))
        return self._as(visit.account, csrf_of(key), request)

    def was(self, request: Request) -> Visitor | None:
        """Whose visit has ended by itself in this browser: they may do nothing, but what they send is theirs."""
        key = VISIT.of(request, https=self._web.https)
        visit = self._store.read.visits.get(hash_of(key), LONG_AGO, LONG_AGO) if key else None
        return self._as(visit.account, csrf_of(key), request) if visit else None

    def bearer(self, request: Request) -> Visitor:
        return self._tokens.bearer(request)

    def now(self) -> datetime:
        """By which visits begin and end."""
        return self._clock.now()

    def account(self, name: str, who: str) -> Account:
        """The account of whom somebody we believe has named. ForbiddenError when there is none."""
        account = self._store.read.accounts.get(name)
        if account is None or account.ended_at is not None:
            log.warning("sign-in refused", name=name[:100], why="no account", by=who)
            raise ForbiddenError(
                f"{who} says that you are {name[:100]!r}, and there is no such account here: an admin makes one "
                "with `snapwatch account add`"
            )
        return account

    def checked(self, name: str, password: str) -> Account | None:
        """The account whose password it is; it takes as long when there is none. Slow on purpose."""
        account = self._store.read.accounts.get(name)
        kept = account.password if account and account.ended_at is None else None
        if not passwords.matches(kept, password) or account is None or kept is None:
            return None
        if passwords.is_dated(kept):
            dated = passwords.hashed(password)
            self._store.write(lambda tables: tables.accounts.rehash(account.name, dated))
            return self._store.read.accounts.get(name)
        return account

    def begin(self, account: Account, request: Request) -> str:
        """Somebody has signed in: the value of their new cookie. The visit that the browser had before is over.
        ForbiddenError when the account has changed since it was looked up."""
        before, key, now = VISIT.of(request, https=self._web.https), new_key(), self._clock.now()

        def work(tables: Tables) -> None:
            fresh = tables.accounts.get(account.name)
            if fresh is None or fresh.ended_at is not None or fresh.changed_at != account.changed_at:
                raise ForbiddenError("this account has changed just now: sign in anew")
            if before:
                tables.visits.end(hash_of(before))
            tables.visits.begin(hash_of(key), account.name, now + LONGEST_VISIT, now)

        self._store.write(work)
        return key

    def leave(self, request: Request) -> None:
        """The visit of this browser is over."""
        if key := VISIT.of(request, https=self._web.https):
            self._store.write(lambda tables: tables.visits.end(hash_of(key)))

    def _as(self, account: Account, csrf: str, request: Request) -> Visitor:
        person = known(self._config, account.person)
        if account.role == "admin":
            person = known(self._config, ACTING.of(request, https=self._web.https)) or person
        return Visitor(account.name, account.role, person, zone_of(self._config, person), csrf, account.name)
