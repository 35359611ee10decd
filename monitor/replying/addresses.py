"""Pure: the addresses that a text gives people to follow, to write to or to call."""

from __future__ import annotations

import re
import unicodedata

_WEB = r"(?:https?://|www\.)\S+|\b(?:[\w-]{1,63}[.。]){1,9}[^\W\d_]{2,24}\b(?:/\S*)?"
_MAIL = r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,9}[\w-]{1,63}"
_HANDLE = r"(?<![\w@])@\w[\w.-]*(?:@[\w.-]+)?|(?<![\w/])/?[ur]/[\w-]{2,}"
_DATE = r"(?:20\d\d-\d\d?-\d\d?|\d\d?[./-]\d\d?[./-](?:20\d\d|2\d))"
_TIME = r"(?:[01]?\d|2[0-3])[.:][0-5]\d"
_MOMENT = rf"(?:{_DATE}|{_TIME})"
_GAP = r"[\s()./_⁄∕·•‐-―−-]{0,3}"
# What begins like a date and goes on with more digits is a telephone number: 01-23-45-67-89.
_PHONE = (
    rf"(?<![^\W_])(?<!\d[./-])(?!{_MOMENT}(?:[\s‐-―-]{{1,3}}{_MOMENT})*(?!{_GAP}\d))\+?\d(?:{_GAP}\d){{6,}}"
)
_ANY = re.compile(
    rf"(?P<mail>{_MAIL})|(?P<handle>{_HANDLE})|(?P<web>{_WEB})|(?P<phone>{_PHONE})", re.IGNORECASE
)

_AROUND = ".,;:!?)]}>'\"”’…"


def addresses(text: str) -> frozenset[str]:
    """Web addresses, mail addresses, handles and telephone numbers in the text, in small letters, numbers as digits."""
    found = set()
    for match in _ANY.finditer(unicodedata.normalize("NFKC", text)):
        said = match[0].rstrip(_AROUND).casefold()
        found.add(
            re.sub(r"\D", "", said) if match["phone"] else re.sub(r"^(?:https?://)?(?:www\.)?", "", said)
        )
    return frozenset(found - {""})


def strange(text: str, *known: str) -> list[str]:
    """The addresses in the text that stand in none of the `known` ones, sorted."""
    return sorted(addresses(text).difference(*map(addresses, known)))
