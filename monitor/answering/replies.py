"""Pure: what somebody answered to a page, in the words of a tired person.

    12a  a12  ack 12     take alert 12            12s  12s 2h  12s until 8:00    snooze it, 30 minutes or as said
    12r  resolve 12      it is over               12u  give back 12              give it back
    12n called them      add a note               12?  ?                         how it stands; what is open
    aa                   take all that I was told of                             12a 13r: several at once

A message is orders from its beginning on; words after them count for nothing. What reads like prose ("a 12 hour delay",
"the A12 is closed", "12a not") orders nothing: a story that nobody looks at costs more than one more message.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import time
from typing import Literal

Act = Literal["acknowledge", "snooze", "resolve", "give back", "note", "status"]

ALL = "all"
"""The code of whatever is open and was told to whoever answers."""

LONGEST, ORDERS = 2_000, 20
"""Characters of a message that are read, and orders that it may hold; what is beyond is nothing."""
NOTE_LONGEST = 500

WORDS: dict[str, Act] = {
    "a": "acknowledge", "ack": "acknowledge", "acked": "acknowledge", "acknowledge": "acknowledge",
    "acknowledged": "acknowledge", "take": "acknowledge", "mine": "acknowledge",
    "s": "snooze", "snooze": "snooze", "later": "snooze",
    "r": "resolve", "resolve": "resolve", "resolved": "resolve", "done": "resolve", "over": "resolve",
    "u": "give back", "unack": "give back", "back": "give back", "release": "give back",
    "n": "note", "note": "note",
    "?": "status", "status": "status",
}  # fmt: skip
POLITE = {
    "ok",
    "okay",
    "please",
    "pls",
    "thanks",
    "thank",
    "thx",
    "you",
    "hi",
    "hello",
    "and",
    "alert",
    "give",
    "it",
}
REFUSES = {
    "not",
    "no",
    "nor",
    "never",
    "dont",
    "cant",
    "wont",
    "cannot",
    "nothing",
    "nobody",
    "without",
    "wrong",
    "nope",
}

_CODE = r"#?(?P<code>t?[0-9]{1,9})"
_LAST = re.compile(rf"{_CODE}[-.:]?(?P<word>[a-z]+|\?)")
_FIRST = re.compile(r"(?P<word>[a-z]+|\?)[-.:]?#?(?P<code>[0-9]{1,9})")
_BARE = re.compile(_CODE)
_SNOOZED = re.compile(rf"{_CODE}s(?P<span>[0-9.]+[a-z]*)")
_SPAN = re.compile(r"(?P<number>[0-9]{1,4}(?:\.[0-9]{1,2})?)(?P<unit>[a-z]*)")
_CLOCK = re.compile(r"(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2}))?(?P<half>am|pm)?")
_UNITS = {"": 1, "m": 1, "min": 1, "mins": 1, "minute": 1, "minutes": 1} | dict.fromkeys(
    ("h", "hr", "hrs", "hour", "hours"), 60
)
_UNTIL = {"until", "till", "til"}
_QUOTED = re.compile(r"(>|-- $|--$|_{5,}|-{3,} ?original|on .{5,200} wrote:$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to do. `code` is an alert's ("12"), a test page's ("t3"), ALL, or empty where the message names none; how
    long to snooze is `minutes`, or until clocks next show `until`; both None: as long as is usual."""

    act: Act
    code: str
    minutes: int | None = None
    until: time | None = None
    text: str = ""


def read(message: str) -> tuple[Order, ...]:
    """What the message orders, of each code what was said last; empty when it can't be understood."""
    lines = _lines(message)
    found: dict[tuple[str, bool], Order] = {}
    for number, line in enumerate(lines):
        orders = _line(line, lines[number + 1 :])
        for order in orders:
            key = (order.code, order.act in ("note", "status"))
            found.pop(key, None)
            found[key] = order
        if not orders or orders[-1].act == "note":
            break
    return tuple(found.values())[:ORDERS]


def _lines(message: str) -> list[str]:
    """The lines that whoever wrote it wrote, without those of the mail that they answer."""
    text = unicodedata.normalize("NFKC", message[:LONGEST])
    lines: list[str] = []
    for line in text.splitlines():
        if _QUOTED.match(line.strip() if line.strip() != "--" else line):
            break
        if line.strip():
            lines.append(line.strip())
    return lines


def _line(line: str, further: list[str]) -> list[Order]:
    words = [(_plain(each.group()), each.end()) for each in re.finditer(r"[^\s,;&/]+", line)]
    reader = _Reader([word for word, _ in words])
    while reader.order() and not reader.ended:
        pass
    orders = reader.orders
    if orders and orders[-1].act == "note":
        text = [line[words[reader.at - 1][1] :].lstrip(" :,;-"), *further]
        orders[-1] = replace(orders[-1], text="\n".join(text).strip()[:NOTE_LONGEST])
        return [] if reader.loose else orders
    rest = reader.rest
    return [] if rest and (reader.loose or REFUSES.intersection(rest)) else orders


def _plain(word: str) -> str:
    """A word without what surrounds it; a question is one, whatever it asks about: "12a?"."""
    plain = word.casefold().replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    asked = re.fullmatch(rf"({_CODE})[a-z]+[?]+", plain)
    return (
        f"{asked[1]}?"
        if asked
        else plain.strip('.!:()[]{}<>"*_-\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}')
    )


class _Reader:
    """Reads orders from the beginning of a line. `loose`: one of them is made of words such as prose has, too, so that they
    count only in a message that is nothing but orders."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self.at = 0
        self.orders: list[Order] = []
        self.loose = False
        self._polite()
        self._code_first = _BARE.fullmatch(self._token()) is not None

    @property
    def rest(self) -> list[str]:
        return self._tokens[self.at :]

    @property
    def ended(self) -> bool:
        """Whether all that comes is no order any more: a note's text, or nothing."""
        return not self.rest or self.orders[-1].act == "note"

    def order(self) -> bool:
        """Read the next one; False when there is none."""
        token, following = self._token(), self._token(1)
        bare, next_bare = _BARE.fullmatch(token), _BARE.fullmatch(following)
        if found := _SNOOZED.fullmatch(token):
            minutes = _minutes(found["span"])
            return minutes is not None and self._take(Order("snooze", _code(found), minutes), 1)
        if (found := _LAST.fullmatch(token)) and found["word"] in WORDS:
            return self._take(Order(WORDS[found["word"]], _code(found)), 1)
        if (found := _FIRST.fullmatch(token)) and found["word"] in WORDS:
            return self._take(Order(WORDS[found["word"]], _code(found)), 1, loose=_is_letter(found["word"]))
        if bare and following in WORDS and (self._code_first or not _BARE.fullmatch(self._token(2))):
            return self._take(Order(WORDS[following], _code(bare)), 2, loose=_is_letter(following))
        if bare:
            return self._take(Order("status", _code(bare)), 1, loose=True)
        if token in ("aa", "ackall") or (WORDS.get(token) == "acknowledge" and following == ALL):
            return self._take(Order("acknowledge", ALL), 1 + (following == ALL), loose=True)
        if token not in WORDS:
            return False
        if next_bare:
            self._take(Order(WORDS[token], _code(next_bare)), 2, loose=_is_letter(token))
            while WORDS[token] in ("acknowledge", "resolve") and (bare := _BARE.fullmatch(self._token())):
                self._take(Order(WORDS[token], _code(bare)), 1, loose=True)
            return True
        return self._take(Order(WORDS[token], ""), 1, loose=True)

    def _token(self, ahead: int = 0) -> str:
        return self._tokens[self.at + ahead] if self.at + ahead < len(self._tokens) else ""

    def _take(self, order: Order, words: int, *, loose: bool = False) -> bool:
        self.at += words
        self.loose = self.loose or loose
        self.orders.append(
            self._with_span(order) if order.act == "snooze" and order.minutes is None else order
        )
        if order.act != "note":
            self._polite()
        return True

    def _polite(self) -> None:
        while self._token() in POLITE:
            self.at += 1

    def _with_span(self, order: Order) -> Order:
        """For how long to snooze, if that is what the next words say."""
        if self._token() == "for":
            self.at += 1
        until = self._token() in _UNTIL
        token, following = self._token(until), self._token(until + 1)
        if not until and token.isdigit() and following in _UNITS and following:
            token, words = token + following, 2
        else:
            words = 1 + until
        minutes = None if until else _minutes(token)
        clock = _clock(token) if minutes is None else None
        if minutes is None and clock is None:
            return order
        self.at += words
        return replace(order, minutes=minutes, until=clock)


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha()


def _minutes(span: str) -> int | None:
    found = _SPAN.fullmatch(span)
    if found is None or found["unit"] not in _UNITS:
        return None
    return round(float(found["number"]) * _UNITS[found["unit"]])


def _clock(word: str) -> time | None:
    found = _CLOCK.fullmatch(word)
    if found is None:
        return None
    hour, half = int(found["hour"]), found["half"]
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + 12 * (half == "pm") if half else hour
    minute = int(found["minute"] or 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _code(found: re.Match[str]) -> str:
    """Without leading zeros, as the store writes it."""
    code = found["code"]
    letter = "t" if code.startswith("t") else ""
    return f"{letter}{int(code.removeprefix('t'))}"
