"""`snapwatch account` and `snapwatch token`: who may enter the dashboard, and what programs may."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import structlog

from monitor.config import Config
from monitor.errors import InputError
from monitor.opening import open_store
from monitor.rota.roster import known as person_of
from monitor.store import Account, Store, Tables, peek
from monitor.web.enter import passwords
from monitor.web.enter.keys import hash_of, new_token
from monitor.web.enter.rights import known
from monitor.web.visitor import ROLES, Role

NAME = re.compile(r"\w[\w.@+|:/-]{0,99}")
"""Of an account, as its provider or its proxy calls it: an address of mail, a log-in name, a number."""
TOKEN = re.compile(r"[\w.@+-]{1,60}")

Ask = Callable[[], str]
"""Asks for a new password."""

log = structlog.get_logger()


def add(config: Config, name: str, role: str, person: str | None, ask: Ask | None, now: datetime) -> str:
    """A new account. `ask` None: it gets no password, and signs in elsewhere. InputError."""
    if not NAME.fullmatch(name):
        raise InputError(
            "a name has at most 100 letters, digits and . @ + | : / _ -, such as ann@example.com, and begins with a letter "
            "or a digit"
        )
    role_, acts_as = _role(role), person_of(config, person) if person else None
    with open_store(config) as store:
        there = store.read.accounts.get(name)
        if there is not None and there.ended_at is None:
            raise InputError(
                f"{there.name} has an account: `snapwatch account change` and `account password` change it"
            )
        kept = _hashed(ask, name) if ask else None
        store.write(lambda tables: tables.accounts.put(name, role_, acts_as, kept, now))
    log.info("account made", account=name, role=role_, person=acts_as)
    signs = "with the password" if ask else "by OpenID Connect or the proxy in front"
    return f"{name} may enter as {role_}{_acting(acts_as)}, and signs in {signs}"


def listed(config: Config, now: datetime) -> Iterator[str]:
    with peek(config.store.path) as tables:
        accounts = tables.accounts.all() if tables else []
        if not accounts:
            yield "no accounts yet: `snapwatch account add NAME --role admin` makes the first one"
        for each in accounts:
            yield _line(each, config, tables, now) if tables else ""


def change(
    config: Config, name: str, role: str | None, person: str | None, *, nobody: bool, now: datetime
) -> str:
    """Other rights. Whoever is signed in has to do so anew. `nobody`: they act as nobody any more."""
    with open_store(config) as store:
        account = _account(store, name)
        role_ = _role(role) if role else account.role
        acts_as = None if nobody else person_of(config, person) if person else account.person
        if (role_, acts_as) == (account.role, account.person):
            raise InputError(f"{account.name} is {role_}{_acting(acts_as)} already; nothing was changed")
        store.write(lambda tables: tables.accounts.change(account.name, role_, acts_as, now))
    log.info("account changed", account=account.name, role=role_, person=acts_as)
    return f"{account.name} may enter as {role_}{_acting(acts_as)}, and has to sign in anew"


def password(config: Config, name: str, ask: Ask | None, now: datetime) -> str:
    """Another password, or with `ask` None no password any more. Whoever is signed in has to do so anew."""
    with open_store(config) as store:
        account = _account(store, name)
        kept = _hashed(ask, account.name) if ask else None
        store.write(lambda tables: tables.accounts.set_password(account.name, kept, now))
        tokens = sum(each.account.name == account.name for each in store.read.tokens.all())
    log.info("password changed", account=account.name)
    stay = f"; {tokens} of its tokens stay: `snapwatch token list`" if tokens else ""
    done = "has another password" if ask else "has no password any more"
    return f"{account.name} {done}, and has to sign in anew{stay}"


def end(config: Config, name: str, now: datetime) -> str:
    """They, and their tokens, may not enter any more. What they did stays in every audit."""
    with open_store(config) as store:
        account = _account(store, name)
        store.write(lambda tables: tables.accounts.end(account.name, now))
    log.info("account ended", account=account.name)
    return f"{account.name} may not enter any more, nor may its tokens"


def add_token(
    config: Config, name: str, account: str, role: str | None, days: int, now: datetime
) -> tuple[str, str]:
    """The token, which is kept nowhere, and what there is to know of it."""
    if not TOKEN.fullmatch(name):
        raise InputError("a token's name has at most 60 letters, digits and . @ + _ -, such as reports")
    with open_store(config) as store:
        owner = _account(store, account)
        role_ = _role(role) if role else owner.role
        if ROLES.index(role_) > ROLES.index(owner.role):
            raise InputError(f"{owner.name} is {owner.role}: its tokens may do no more than that")
        if any(each.name == name for each in store.read.tokens.all()):
            raise InputError(
                f"there is a token {name} already: choose another name, or `snapwatch token end {name}`"
            )
        token, until = new_token(), now + timedelta(days=days)
        store.write(lambda tables: tables.tokens.add(hash_of(token), name, owner.name, role_, until, now))
    log.info("token made", token=name, account=owner.name, role=role_)
    return (
        token,
        f"{name}: {role_} in the name of {owner.name}, until {until:%d %B %Y}. It is shown this once.",
    )


def tokens(config: Config, now: datetime) -> Iterator[str]:
    with peek(config.store.path) as tables:
        found = tables.tokens.all() if tables else []
    if not found:
        yield "no tokens yet: `snapwatch token add NAME --account ACCOUNT` makes one"
    for each in found:
        used = f"last used {each.used_at:%d %B %Y}" if each.used_at else "never used"
        over = each.until is not None and each.until <= now
        until = f"{'over since' if over else 'until'} {each.until:%d %B %Y}" if each.until else "without end"
        yield f"{each.name}  {each.role} in the name of {each.account.name}; {used}; {until}"


def end_token(config: Config, name: str) -> str:
    with open_store(config) as store:
        if not store.write(lambda tables: tables.tokens.end(name)):
            raise InputError(f"there is no token {name!r}: `snapwatch token list` shows them")
    log.info("token ended", token=name)
    return f"{name} lets nobody in any more"


def _account(store: Store, name: str) -> Account:
    account = store.read.accounts.get(name)
    if account is None or account.ended_at is not None:
        raise InputError(f"there is no account {name!r}: `snapwatch account list` shows them")
    return account


def _role(text: str) -> Role:
    found = next((role for role in ROLES if role == text), None)
    if found is None:
        raise InputError(f"{text!r} is no role; they are {', '.join(ROLES)}")
    return found


def _hashed(ask: Ask, name: str) -> str:
    given = ask()
    if what := passwords.flaw(given, name):
        raise InputError(f"this password {what}; nothing was changed")
    return passwords.hashed(given)


def _acting(person: str | None) -> str:
    return f", acting as {person}" if person else ""


def _line(account: Account, config: Config, tables: Tables, now: datetime) -> str:
    if account.ended_at is not None:
        return f"{account.name}  ended on {account.ended_at:%d %B %Y}"
    person = account.person
    acts = _acting(person)
    if person and known(config, person) is None:
        acts += " (nobody in [[people]] is called that: acts as nobody)"
    signs = "password" if account.password else "no password"
    seen = f"last signed in {account.entered_at:%d %B %Y}" if account.entered_at else "never signed in"
    visits = len(tables.visits.of(account.name, now - timedelta(hours=config.web.session_hours), now))
    browsers = f"; signed in in {visits} browser{'' if visits == 1 else 's'}" if visits else ""
    return f"{account.name}  {account.role}{acts}; {signs}; {seen}{browsers}"
