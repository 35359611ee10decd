"""Who may enter the dashboard: accounts, what browsers show once somebody has signed in, and tokens of programs.

Of cookies and tokens only SHA-256 is kept. They are 256 random bits, so that nothing slower is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from monitor.store.database import Database
from monitor.store.values import maybe_text, maybe_time, to_text, to_time

AccountRole = Literal["viewer", "responder", "admin"]


@dataclass(frozen=True, slots=True)
class Account:
    """`person`: whom of the configuration they act as. `password`: an argon2 hash; None: they sign in elsewhere.
    `ended_at`: since when they may not enter any more."""

    name: str
    role: AccountRole
    person: str | None
    password: str | None
    made_at: datetime
    changed_at: datetime
    entered_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser in which somebody is signed in. `until`: its end, whatever happens."""

    account: Account
    made_at: datetime
    seen_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """What a program shows. `role`: at most this, and at most the account's."""

    name: str
    account: Account
    role: AccountRole
    made_at: datetime
    used_at: datetime | None
    until: datetime | None


class Accounts:
    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, name: str) -> Account | None:
        """Names are the same in capitals and in small letters. Those that have ended are found, too."""
        rows = self._db.query("SELECT * FROM accounts WHERE name = ? COLLATE NOCASE", [name])
        return next(map(_account, rows), None)

    def all(self) -> list[Account]:
        """By name, with those that have ended."""
        return [
            _account(row) for row in self._db.query("SELECT * FROM accounts ORDER BY name COLLATE NOCASE")
        ]

    def put(
        self, name: str, role: AccountRole, person: str | None, password: str | None, now: datetime
    ) -> None:
        """A new account, in the place of one of that name that has ended."""
        self._db.execute(
            "DELETE FROM accounts WHERE name = ? COLLATE NOCASE AND ended_at IS NOT NULL", [name]
        )
        self._db.execute(
            "INSERT INTO accounts (name, role, person, password, made_at, changed_at) VALUES (?, ?, ?, ?, ?, ?)",
            [name, role, person, password, to_text(now), to_text(now)],
        )

    def change(self, name: str, role: AccountRole, person: str | None, now: datetime) -> None:
        """Their rights; whoever is signed in has to do so anew."""
        self._db.execute(
            "UPDATE accounts SET role = ?, person = ?, changed_at = ? WHERE name = ?",
            [role, person, to_text(now), name],
        )
        self.sign_out(name)

    def set_password(self, name: str, password: str | None, now: datetime) -> None:
        """An argon2 hash, or None for no password; whoever is signed in has to do so anew."""
        self._db.execute(
            "UPDATE accounts SET password = ?, changed_at = ? WHERE name = ?", [password, to_text(now), name]
        )
        self.sign_out(name)

    def rehash(self, name: str, password: str) -> None:
        """The same password, hashed as it is done today."""
        self._db.execute("UPDATE accounts SET password = ? WHERE name = ?", [password, name])

    def end(self, name: str, now: datetime) -> None:
        """They may not enter any more, nor may their tokens."""
        self._db.execute(
            "UPDATE accounts SET password = NULL, changed_at = ?, ended_at = ? WHERE name = ?",
            [to_text(now), to_text(now), name],
        )
        self._db.execute("DELETE FROM tokens WHERE account = ?", [name])
        self.sign_out(name)

    def sign_out(self, name: str, but: bytes = b"") -> int:
        """End their visits, except the one of the hash `but`; how many those were."""
        ended = self._db.execute("DELETE FROM sessions WHERE account = ? AND hash <> ?", [name, but])
        return ended.rowcount


class Visits:
    def __init__(self, db: Database) -> None:
        self._db = db

    def begin(self, hash_: bytes, account: str, until: datetime, now: datetime) -> None:
        """Somebody has signed in. Visits that are over are forgotten."""
        self._db.execute("DELETE FROM sessions WHERE until <= ?", [to_text(now)])
        self._db.execute(
            "INSERT INTO sessions (hash, account, made_at, seen_at, until) VALUES (?, ?, ?, ?, ?)",
            [hash_, account, to_text(now), to_text(now), to_text(until)],
        )
        self._db.execute("UPDATE accounts SET entered_at = ? WHERE name = ?", [to_text(now), account])

    def get(self, hash_: bytes, seen_since: datetime, now: datetime) -> Visit | None:
        """None when it is over, was not seen since then, or its account has ended."""
        rows = self._db.query(
            """SELECT accounts.*, sessions.made_at AS began_at, seen_at, until FROM sessions
               JOIN accounts ON accounts.name = sessions.account
               WHERE hash = ? AND until > ? AND seen_at > ? AND ended_at IS NULL""",
            [hash_, to_text(now), to_text(seen_since)],
        )
        return next(map(_visit, rows), None)

    def of(self, account: str, seen_since: datetime, now: datetime) -> list[Visit]:
        """The account's that go on, the newest first."""
        rows = self._db.query(
            """SELECT accounts.*, sessions.made_at AS began_at, seen_at, until FROM sessions
               JOIN accounts ON accounts.name = sessions.account
               WHERE account = ? AND until > ? AND seen_at > ? ORDER BY sessions.made_at DESC""",
            [account, to_text(now), to_text(seen_since)],
        )
        return [_visit(row) for row in rows]

    def seen(self, hash_: bytes, now: datetime) -> None:
        self._db.execute("UPDATE sessions SET seen_at = ? WHERE hash = ?", [to_text(now), hash_])

    def end(self, hash_: bytes) -> None:
        self._db.execute("DELETE FROM sessions WHERE hash = ?", [hash_])


class Tokens:
    def __init__(self, db: Database) -> None:
        self._db = db

    def add(
        self, hash_: bytes, name: str, account: str, role: AccountRole, until: datetime | None, now: datetime
    ) -> None:
        self._db.execute(
            "INSERT INTO tokens (hash, name, account, role, made_at, until) VALUES (?, ?, ?, ?, ?, ?)",
            [hash_, name, account, role, to_text(now), maybe_text(until)],
        )

    def get(self, hash_: bytes, now: datetime) -> Token | None:
        """None when it is over, or its account has ended."""
        rows = self._db.query(
            f"{_TOKENS} WHERE hash = ? AND (until IS NULL OR until > ?) AND ended_at IS NULL",
            [hash_, to_text(now)],
        )
        return next(map(_token, rows), None)

    def all(self) -> list[Token]:
        """By name, with those that are over."""
        return [_token(row) for row in self._db.query(f"{_TOKENS} ORDER BY token")]

    def used(self, hash_: bytes, now: datetime) -> None:
        self._db.execute("UPDATE tokens SET used_at = ? WHERE hash = ?", [to_text(now), hash_])

    def end(self, name: str) -> bool:
        """Whether there was one of that name."""
        return self._db.execute("DELETE FROM tokens WHERE name = ?", [name]).rowcount > 0


_TOKENS = """SELECT accounts.*, tokens.name AS token, tokens.role AS most, tokens.made_at AS token_at, used_at, until
             FROM tokens JOIN accounts ON accounts.name = tokens.account"""


def _account(row: Mapping[str, Any]) -> Account:
    return Account(
        row["name"],
        row["role"],
        row["person"],
        row["password"],
        to_time(row["made_at"]),
        to_time(row["changed_at"]),
        maybe_time(row["entered_at"]),
        maybe_time(row["ended_at"]),
    )


def _visit(row: Mapping[str, Any]) -> Visit:
    return Visit(_account(row), to_time(row["began_at"]), to_time(row["seen_at"]), to_time(row["until"]))


def _token(row: Mapping[str, Any]) -> Token:
    return Token(
        row["token"],
        _account(row),
        row["most"],
        to_time(row["token_at"]),
        maybe_time(row["used_at"]),
        maybe_time(row["until"]),
    )
