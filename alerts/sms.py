"""What fits into one SMS: 160 septets of the GSM 7-bit alphabet (3GPP TS 23.038, section 6.2.1).

A single character outside the alphabet makes the whole message UCS-2, 70 characters a part; a page must not be torn
into parts that arrive in any order.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from anyascii import anyascii

SEPTETS = 160
BASIC = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\n\r"
)
EXTENDED = frozenset("^{}\\[~]|€")  # sent as an escape and a second septet

_LINK = re.compile(r"\b[a-z][a-z0-9+.-]*://\S*|\bwww\.\S*", re.IGNORECASE)
_DOMAIN_DOT = re.compile(r"(?<=[^\s.])\.(?=[^\W\d_])")


def septets(text: str) -> int:
    """The length of a text in the GSM 7-bit alphabet; ValueError for a character outside it."""
    outside = set(text) - BASIC - EXTENDED
    if outside:
        raise ValueError(f"not in the GSM 7-bit alphabet: {sorted(outside)!r}")
    return sum(2 if char in EXTENDED else 1 for char in text)


def to_gsm(text: str) -> str:
    """The text on one line in the alphabet: other scripts in Latin letters, emoji and control characters left out."""
    return re.sub(r"\s+", " ", "".join(map(_to_gsm, unicodedata.normalize("NFC", text)))).strip()


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


def shorten(text: str, room: int) -> str:
    """The text in at most `room` septets, cut between words where that loses little; "..." shows the cut."""
    if septets(text) <= room:
        return text
    if room < 4:
        return ""
    kept, used = "", 3
    for char in text:
        used += septets(char)
        if used > room:
            break
        kept += char
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
