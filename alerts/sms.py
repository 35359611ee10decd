"""What fits into SMS, counted as networks do (3GPP TS 23.038 and 23.040, concatenation with a header of six octets).

A message whose characters are all in the GSM 7-bit alphabet holds 160 septets, or 153 in each part of a longer one; a
single character outside makes the whole message UCS-2, 70 code units or 67 a part.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import phonenumbers
import regex
from anyascii import anyascii
from pydantic import Field

from monitor.settings import ChannelSettings

BASIC = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\n\r"
)
EXTENDED = frozenset("^{}\\[~]|€")  # sent as an escape and a second septet

SEPTETS, SEPTETS_A_PART = 160, 153
UNITS, UNITS_A_PART = 70, 67

_JOINERS = "\u200c\u200d"
_LINK = re.compile(r"\b[a-z][a-z0-9+.-]*://\S*|\bwww\.\S*", re.IGNORECASE)
_DOMAIN_DOT = re.compile(r"(?<=[^\s.])\.(?=[^\W\d_])")


class SmsSettings(ChannelSettings):
    """Keys of channels that split an SMS themselves."""

    segments: int = Field(
        1,
        ge=1,
        le=10,
        description="SMS that one page may fill; each is billed, and they may arrive torn apart",
    )
    unicode: bool = Field(
        False,
        description="send letters as they are written; an SMS with one outside the GSM alphabet holds 70 characters in "
        "place of 160. If false, they are written in Latin letters",
    )


def is_gsm(text: str) -> bool:
    """Whether the whole text is in the GSM 7-bit alphabet."""
    return BASIC.union(EXTENDED).issuperset(text)


def septets(text: str) -> int:
    """The length of a text in the GSM 7-bit alphabet; ValueError for a character outside it."""
    outside = set(text) - BASIC - EXTENDED
    if outside:
        raise ValueError(f"not in the GSM 7-bit alphabet: {sorted(outside)!r}")
    return sum(2 if char in EXTENDED else 1 for char in text)


def units(text: str) -> int:
    """The length of a text in UCS-2, which phones read as UTF-16: a character beyond U+FFFF counts two."""
    return sum(2 if char > "\uffff" else 1 for char in text)


def size(text: str, *, gsm: bool) -> int:
    return septets(text) if gsm else units(text)


def room(segments: int, *, gsm: bool) -> int:
    """So many septets or units go into so many segments, if none is left free at the end of a part."""
    if segments == 1:
        return SEPTETS if gsm else UNITS
    return segments * (SEPTETS_A_PART if gsm else UNITS_A_PART)


def parts(text: str) -> list[str]:
    """The segments as which a text is sent. No escaped character and no surrogate pair is split between two of them,
    and no letter from its accents where that fits into one."""
    gsm = is_gsm(text)
    if size(text, gsm=gsm) <= room(1, gsm=gsm):
        return [text]
    most = SEPTETS_A_PART if gsm else UNITS_A_PART
    split, used = [""], 0
    for atom in text if gsm else _atoms(text):
        length = size(atom, gsm=gsm)
        if used + length > most:
            split.append("")
            used = 0
        split[-1] += atom
        used += length
    return split


def _atoms(text: str) -> Iterable[str]:
    """Letters with their accents, and composed emoji, whole; but for those that no part could hold."""
    for grapheme in regex.findall(r"\X", text):
        yield from [grapheme] if units(grapheme) <= UNITS_A_PART else grapheme


def to_gsm(text: str) -> str:
    """The text on one line in the alphabet: other scripts in Latin letters, emoji and control characters left out."""
    return _one_line(map(_to_gsm, unicodedata.normalize("NFC", text)))


def to_letters(text: str) -> str:
    """The text on one line with letters and digits of every script as they are, and all else as in `to_gsm`."""
    kept: list[str] = []
    for char in unicodedata.normalize("NFKC", text):
        if char in _JOINERS:
            kept.append(char if kept and kept[-1] > "\u024f" and kept[-1] not in _JOINERS else "")
        else:
            kept.append(char if _is_letter(char) else _to_gsm(char))
    return _one_line(kept)


def _one_line(pieces: Iterable[str]) -> str:
    return re.sub(r"\s+", " ", "".join(pieces)).strip()


def _is_letter(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] == "L" or category in ("Mn", "Mc", "Nd")


def _to_gsm(char: str) -> str:
    if char.isspace() or unicodedata.category(char) == "Cc":
        return " "
    if char in BASIC or char in EXTENDED:
        return char
    latin = anyascii(char).replace("`", "'")
    if latin.startswith(":") and latin.endswith(
        ":"
    ):  # anyascii names an emoji; a name says less than it costs
        return ""
    return "".join(one for one in latin if one in BASIC or one in EXTENDED)


def without_links(text: str) -> str:
    """A text in which no phone finds a link: posts are written by anybody, and a page is trusted."""
    return _DOMAIN_DOT.sub(". ", _LINK.sub("(link)", text))


def shorten(text: str, room: int, *, gsm: bool = True) -> str:
    """The text in at most `room` septets, or else units, cut between words where that loses little; "..." shows the cut."""
    if size(text, gsm=gsm) <= room:
        return text
    if room < 4:
        return ""
    kept, used = "", 3
    for atom in text if gsm else _atoms(text):
        used += size(atom, gsm=gsm)
        if used > room:
            break
        kept += atom
    whole_words = kept if text[len(kept)] == " " else kept.rpartition(" ")[0]
    if len(whole_words) > 2 * len(kept) // 3:
        kept = whole_words
    return kept.rstrip(" .,;:") + "..."


def problem_with(address: str) -> str | None:
    """What is wrong with a phone number, in words; None when it can be sent to. Written as +447700900123 (E.164)."""
    if not re.fullmatch(r"\+[0-9]{4,15}", address):
        return "is not a phone number in international form; write it like +447700900123: +, country, number, no spaces"
    try:
        number = phonenumbers.parse(address)
    except phonenumbers.NumberParseException:
        return "has no known country code after the +"
    if not phonenumbers.is_possible_number(number):
        return "has too few or too many digits for its country"
    return None
