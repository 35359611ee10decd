"""Who wrote what is stored, by the name that a person gives, and who is not to be stored any more.

Of an author who wants to be forgotten there are hashes, keyed with a random key of this database. They serve to recognise
the author again and tell nobody who that is; but whoever has the database and an id can try whether it is there.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.model import Author, Mention, MentionKey
from monitor.store.database import Database

KEY = "forgotten key"
"""The row of `meta` that holds the key."""


@dataclass(frozen=True, slots=True)
class Wrote:
    """What is stored of one author: mentions (oldest first), how many readings and labels, how many stories quote one of
    the mentions; `named` are the mentions of others that name the author with an @."""

    author: Author
    mentions: tuple[MentionKey, ...]
    readings: int
    labels: int
    quoted: int
    named: tuple[MentionKey, ...]


class Authors:
    def __init__(self, db: Database) -> None:
        self._db = db

    def find(self, source: str, who: str) -> list[Wrote]:
        """Everybody on the source whose id that is, or whose handle, in any spelling: with or without @ or u/, in capitals
        or not. Where handles differ in capitals alone, that may be several people."""
        self._db.register_function(spelled, deterministic=True)
        rows = self._db.query(
            """SELECT DISTINCT author_id, CASE author_id WHEN '' THEN spelled(author_handle) ELSE '' END AS name
               FROM mentions WHERE source = ? AND deleted_at IS NULL
               AND (author_id = ? OR (spelled(author_handle) = ? AND author_handle <> '')) ORDER BY author_id""",
            [source, who.strip(), spelled(who)],
        )
        return [self._wrote(source, row["author_id"], row["name"]) for row in list(rows)]

    def _wrote(self, source: str, id_: str, name: str) -> Wrote:
        """What somebody wrote, under whatever handle; by the handle alone where the platform gives no id."""
        rows = list(
            self._db.query(
                """SELECT id, author_handle FROM mentions WHERE source = ? AND author_id = ? AND deleted_at IS NULL
                   AND (? = '' OR spelled(author_handle) = ?) ORDER BY created_at""",
                [source, id_, name, name],
            )
        )
        keys = [MentionKey(source, row["id"]) for row in rows]

        def count(table: str) -> int:
            return sum(self._db[table].count_where("source = ? AND id = ?", list(key)) for key in keys)

        names = {f"{key.source} {key.id}" for key in keys}
        stories = self._db.query("SELECT title_mention, summary_mention FROM stories")
        return Wrote(
            Author(id_, rows[-1]["author_handle"]),
            tuple(keys),
            count("readings"),
            count("labels"),
            sum(not names.isdisjoint(row.values()) for row in stories),
            self._naming(source, {spelled(row["author_handle"]) for row in rows}, set(keys)),
        )

    def _naming(self, source: str, handles: set[str], own: set[MentionKey]) -> tuple[MentionKey, ...]:
        known = "|".join(re.escape(handle) for handle in sorted(handles) if handle)
        named = re.compile(rf"@(?:{known})(?!\w)", re.IGNORECASE)
        rows = self._db.query(
            "SELECT id, text FROM mentions WHERE source = ? AND text LIKE '%@%' ORDER BY created_at", [source]
        )
        found = (MentionKey(source, row["id"]) for row in rows if known and named.search(row["text"]))
        return tuple(key for key in found if key not in own)

    def keep_out(self, source: str, who: str, authors: Sequence[Author]) -> None:
        """From now on nothing is stored that these authors write, who were found by that name; where nobody was found, what
        somebody with that id or handle writes."""
        key = self._key() or secrets.token_bytes(32)
        self._db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", [KEY, key.hex()])
        names = [_known_by(each)[0] for each in authors] or _as_given(who)
        for name in names:
            self._db.execute(
                "INSERT OR REPLACE INTO forgotten VALUES (?, ?)",
                [_hash(key, source, name), _hash(key, source, f"given {spelled(who)}")],
            )

    def let_in(self, source: str, who: str) -> int:
        """Whoever was kept out by that name, or has that id, is stored again; how many rows that were."""
        key = self._key()
        if key is None:
            return 0
        names = [*_as_given(who), f"given {spelled(who)}"]
        return sum(
            self._db.execute(
                "DELETE FROM forgotten WHERE hash = ? OR given = ?", [_hash(key, source, name)] * 2
            ).rowcount
            for name in names
        )

    def kept_out(self, mentions: Iterable[Mention]) -> set[MentionKey]:
        """Those of the mentions that are not to be stored."""
        hashes = {row["hash"] for row in self._db.query("SELECT hash FROM forgotten")}
        key = self._key() if hashes else None
        if key is None:
            return set()
        return {
            each.key
            for each in mentions
            if any(_hash(key, each.source, name) in hashes for name in _known_by(each.author))
        }

    def _key(self) -> bytes | None:
        row = next(self._db.query("SELECT value FROM meta WHERE key = ?", [KEY]), None)
        return bytes.fromhex(row["value"]) if row else None


def spelled(handle: str) -> str:
    """A handle in the one spelling in which it is looked for."""
    name = handle.strip().casefold().removeprefix("/")
    return name.removeprefix("u/").removeprefix("user/").lstrip("@")


def _known_by(author: Author) -> list[str]:
    """What an author is known by, the surest first."""
    return [f"id {author.id}", f"handle {spelled(author.handle)}"][0 if author.id else 1 :]


def _as_given(who: str) -> list[str]:
    """The same of somebody of whom nothing is stored."""
    return _known_by(Author(who.strip().lstrip("@"), who))


def _hash(key: bytes, source: str, name: str) -> bytes:
    return hmac.digest(key, f"{source} {name}".encode(), hashlib.sha256)
