"""Pure: takes out of a text what identifies a person or an order, before it leaves by SMS or chat.

"[phone]" stands for a phone number, "[e-mail]", "[card]" for a payment card, "[bank account]" for an IBAN, and
"[order number]" for order, booking, parcel and ticket numbers, and any other long number. Handles, links, postal
addresses, dates, times, prices and flight numbers stay. Nothing but the look of it tells one from the other:
docs/privacy.md says how often that goes wrong.

The text is read from left to right until nothing is found, and every repetition in a pattern is bounded or never given
back, so that the time grows with the length of the text alone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn

Mask = Callable[[str], str]

PHONE, MAIL, CARD, BANK, ORDER = "[phone]", "[e-mail]", "[card]", "[bank account]", "[order number]"
MASKS = (PHONE, MAIL, CARD, BANK, ORDER)

REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "AU", "IN", "BR")
"""Where a number without a country code is looked for; one with a code is known everywhere. More regions find little
more: a long number that belongs to none of these still goes, as an order number."""

CARD_DIGITS = range(13, 20)
ONE_PIECE = 8
"""From so many digits on, a number in one piece goes whatever it is; hyphens, dots and slashes don't part it."""
IN_GROUPS = 12
"""From so many on, a number goes whose groups have three digits or more."""

NUMBERS = 50
"""So many long numbers of a text are looked at, each in a millisecond or more; further ones go unseen."""

CODE, CODE_DIGITS = 8, 6
"""From so many letters and digits on, with so many digits among them, a code goes that nothing announces."""
LOCATOR, TURNS = 6, 2
"""A code in capitals as long as an airline's record locator goes if it changes so often between letter and digit."""

OWN_LONGEST = 2_000
"""A company's own patterns read so much of a text: how long they take is not known."""

_NOUNS = (
    "order|booking|reservation|confirmation|locator|pnr|tracking|parcel|shipment|consignment|ticket|case|claim|"
    "reference|ref|invoice|account|customer|membership|policy|bestellung|bestellnummer|auftrag|auftragsnummer|"
    "sendungsnummer|buchung|buchungsnummer|buchungscode|kundennummer|commande|réservation|dossier|pedido|reserva|"
    "ordine|prenotazione|bestelling"
)
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_DATE = (
    rf"(?:{_YEAR}[-./]{_MONTH}[-./]{_DAY}|{_DAY}[-./]{_MONTH}[-./](?:{_YEAR}|\d\d)|{_MONTH}[-./]{_DAY}[-./](?:{_YEAR}|\d\d)"
    rf"|{_YEAR}[-–/]{_YEAR}|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
)
_MONEY = "USD|EUR|GBP|INR|AUD|CAD|CHF"
_COUNTED = (
    "dollars?|euros?|pounds?|quid|bucks|rupees|people|followers|users|customers|passengers|miles|points|km|views|"
    "million|billion|percent"
)

_KINDS = {
    "link": r"\b(?i:https?://|www\.)\S{1,2000}",
    "mail": r"(?<![\w.+%'@\]-])[\w.+%'-]{1,64}(?:@|[ ]?[\[(](?i:at)[\])][ ]?)"
    r"(?:[\w-]{1,63}(?:\.|[ ]?[\[(](?i:dot)[\])][ ]?)){1,8}[^\W\d_]{2,24}(?!\w)",
    "handle": r"(?<!\w)[@#]\w{1,64}(?:@[\w.-]{1,253})?",
    "iban": r"(?<![\w\]])[A-Z]{2}\d\d(?:[A-Z0-9]{11,30}|(?:[ _*,][A-Z0-9]{4}){2,7}(?:[ _*,][A-Z0-9]{1,3})?)(?![\w\[])",
    "date": rf"(?<![\w.,/-]){_DATE}(?:[ ]?[-–][ ]?{_DATE}|[T ]\d\d:\d\d(?::\d\d)?(?:\.\d{{1,6}})?Z?)?(?![\w\[/-]|[.,]\d)",
    "price": rf"(?:[$€£¥₹]|\b(?:{_MONEY})[ ])[ ]?\d{{1,9}}(?:[.,' ]\d{{2,3}}){{0,3}}(?!\d)"
    rf"|(?<![\w.+(])(?!0\d)\d{{1,9}}(?:[.,' ]\d{{2,3}}){{0,3}}(?:[.,]\d{{1,12}})?[ ]?"
    rf"(?:[$€£¥₹%]|(?i:{_MONEY}|{_COUNTED})\b)",
    "amount": r"(?<![\w.,+(-])[1-9]\d{0,2}(?:,\d{3}){1,5}(?:\.\d{1,2})?(?![\w\[-]|[.,]\d)"
    r"|(?<![\w.,+(-])[1-9]\d?(?:\.\d{3}){1,2}(?:,\d{1,2})?(?![\w\[-]|[.,]\d)"
    r"|(?<![\w.,+(-])[1-9]\d{0,3}0{4,9}(?![\w\[-]|[.,]\d)",
    "version": r"(?<![\w.+])(?!1(?:\.\d{3}){2}\.\d{4}(?!\w))(?!\d\d(?:\.\d\d){4}(?!\d))"
    r"[1-9]\d{0,2}(?:\.\d{1,5}){2,5}\.[0-9a-z]{1,10}(?![\w\[]|\.\d)",
    "call": r"(?<!\w)(?i:call|phone|telephone|tel|text|sms|whatsapp|fax|mobile|cell|dial|ring|ph)\b[.:]?"
    r"(?:[ ](?i:me|us|him|her|them|on|at|number|no|is)\b\.?){0,3}[ :]{0,2}"
    r"(?=[+(\d])(?:[+(]?\d(?:[ ().-]{0,2}\d){5,14})(?!\w)",
    "told": rf"(?<!\w)(?i:{_NOUNS})\b(?:[ ](?i:code|numbers?|nummer|nr|num|no|id|reference|ref)\b\.?){{0,2}}"
    rf"(?:[ ](?i:is|was|ist))?(?:[:=]|[ ]?\#)?[ ]?\#?(?!{_YEAR}\b)(?=[A-Z0-9/-]{{0,30}}\d)"
    r"[A-Z0-9](?:[A-Z0-9]|[-/](?=[A-Z0-9])){3,30}(?![\w\[])",
    "pnr": r"(?<!\w)(?i:pnr|record[ ]locator)(?:[ ](?i:is))?[: #]{1,3}[A-Z]{6}(?![\w\[])",
    "long": r"(?<!\d)\d{20,}+",
    "number": r"(?<![^\W_])(?<![$€£¥₹.,\]])(?:\+[ ]?|\()?"
    r"\d(?:(?:[ .()/–-]{0,2}|[ ][/–-][ ]|[ ]?[_*]{1,2}[ ]?|,)\d){6,34}(?![^\W_]|\[)",
    "code": r"(?<![\w\]-])(?=[A-Za-z]*+\d|\d*+[A-Za-z])[A-Za-z0-9](?:-?[A-Za-z0-9]){5,38}(?![\w\[-])",
}
_PATTERN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()))
_JOINERS = re.compile(r"(?<=\d)[\u200c\u200d\u20e3\ufe0f]+|[\u200c\u200d]+(?=\d)")
"""Unseen beside a digit, and what makes a keycap of it: else half a number would go, and half of it stay."""
_PARTED = re.compile(r"[ ]?[_*,]+[ ]?")
"""What people put between the digits of their numbers so that no program finds them."""
_CALLED = re.compile(r"[+(]?\d.*", re.DOTALL)
_TOLD = re.compile(r"(?<=[ :=#])[A-Z0-9/-]+$")
_NANP = re.compile(r"(?<!\d)(?:1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?!\d)")
"""How North America writes its numbers; the made-up ones of examples are valid nowhere."""
_ZIP = re.compile(r"\d{5}-\d{4}")
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}|[A-Z]\d[A-Z]\d[A-Z]\d")
_RANGE = re.compile(r"\d{1,4}[ ]?[-–/][ ]?\d{1,4}")
_MODEL = re.compile(r"[A-Za-z]?\d{3}-\d{3,4}[A-Za-z]{0,2}|\d{3,5}x\d{3,5}")
_FLIGHT = re.compile(r"(?:[A-Z]{2,3}|[A-Z]\d|\d[A-Z])\d{1,4}[A-Z]?")


def mask(text: str, own: Sequence[re.Pattern[str]] = ()) -> str:
    """The text without them; `own` are further patterns of what counts as an order number. Masking what was masked changes
    nothing."""
    text = _JOINERS.sub("", text)
    for pattern in own:
        text = pattern.sub(ORDER, text[:OWN_LONGEST]) + text[OWN_LONGEST:]
    # One number that is gone can show another beside it.
    while (masked := _once(text)) != text:
        text = masked
    return text


def _once(text: str) -> str:
    return _PATTERN.sub(partial(_replaced, looked_at=itertools.count()), text)


def masker(own: Sequence[str]) -> Mask:
    """`mask` with a company's own patterns."""
    return partial(mask, own=[re.compile(pattern) for pattern in own])


def _replaced(found: re.Match[str], looked_at: Iterator[int]) -> str:
    text = found[0]
    match found.lastgroup:
        case "mail":
            return MAIL
        case "iban":
            return BANK if iban.is_valid(_PARTED.sub("", text)) else text[:2] + _once(text[2:])
        case "call":
            return _CALLED.sub(PHONE, text, count=1)
        case "told":
            return _TOLD.sub(ORDER, text)
        case "pnr":
            return text[:-LOCATOR] + ORDER
        case "long":
            return ORDER
        case "number":
            return _number(text) if next(looked_at) < NUMBERS else ORDER
        case "code":
            return ORDER if _is_code(text) else text
    return text


def _number(text: str) -> str:
    if _PARTED.search(text):
        return _parted(text)
    if text.startswith("(") and ")" not in text:
        return "(" + _number(text[1:])
    digits = re.sub(r"\D", "", text)
    abroad = text.startswith("+") or digits.startswith("00")
    if not abroad and len(digits) in CARD_DIGITS and luhn.is_valid(digits):
        return CARD
    if abroad and len(digits) >= ONE_PIECE:
        return PHONE
    if _ZIP.fullmatch(text) or _RANGE.fullmatch(text):
        return text
    phones = [found.span() for found in _NANP.finditer(text)]
    for region in REGIONS if not phones else ():
        phones = [
            (each.start, each.end) for each in PhoneNumberMatcher(text, region, leniency=Leniency.VALID)
        ]
        if phones:
            break
    return _cut(text, phones)


def _parted(text: str) -> str:
    """A number with other signs between its digits, as if these were spaces. Between commas stand figures of a list more
    often than parts of a number, so there it has to look like a phone number or a card."""
    groups = re.findall(r"\d+", text)
    spelt = groups[0][0] == "0" and (len(groups[0]) > 1 or all(len(group) == 1 for group in groups))
    if "," not in text or spelt or text[0] == "+" or all(len(group) >= 3 for group in groups):
        masked = _once(spaced := _PARTED.sub(" ", text))
        if masked != spaced and not ("," in text and ORDER in masked):
            return masked
    return re.sub(r"[^_*,]+", lambda found: _once(found[0]), text)


def _cut(text: str, phones: Sequence[tuple[int, int]]) -> str:
    """The text with phones where they were found, and what is between them looked at anew."""
    if not phones:
        return _ordered(text)
    pieces, last = [], 0
    for start, end in phones:
        pieces += [_once(text[last:start]), PHONE]
        last = end
    return "".join([*pieces, _once(text[last:])])


def _ordered(text: str) -> str:
    groups = re.findall(r"\d+", text)
    count = sum(map(len, groups))
    if count < ONE_PIECE:
        return text
    whole = " " not in text or (count >= IN_GROUPS and all(len(group) >= 3 for group in groups[:-1]))
    return ORDER if whole else re.sub(r"[^ ]+", lambda found: _once(found[0]), text)


def _is_code(text: str) -> bool:
    signs = text.replace("-", "")
    digits = sum(char.isdigit() for char in signs)
    if len(signs) >= CODE and digits >= CODE_DIGITS:
        return not _MODEL.fullmatch(text)
    turns = sum(one.isdigit() != other.isdigit() for one, other in itertools.pairwise(signs))
    looks = len(text) == LOCATOR and text.isupper() and turns >= TURNS
    return looks and not (_POSTCODE.fullmatch(text) or _FLIGHT.fullmatch(text))
