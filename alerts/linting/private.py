"""What must not be said in front of everybody: personal data, and compensation at first contact."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.meaning import meant
from alerts.linting.phrases import phrases
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot
from alerts.snap.service import privately
from monitor.wording.masking import MAIL, MASKS, ORDER, PHONE, mask

_MASKED = re.compile("|".join(map(re.escape, MASKS)))
_OURS = re.compile(r"\b(?:us|our|ours|helpline|hotline|call|dial|ring|phone|line|contact)\b[^.!?]{0,30}$")
_THEIRS = re.compile(r"\byou\b[^.!?]{0,14}$|\byour\b[^.!?]{0,40}$")
_ADDRESS = re.compile(
    r"\b\d{1,5}[A-Za-z]?,? (?:[A-Z][\w'-]{1,20} ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|"
    r"Drive|Dr|Close|Court|Ct|Way|Place|Pl|Square|"
    r"Terrace|Gardens|Crescent|Boulevard|Blvd|Hill|Grove|Park|Row|Mews|Walk|Parade)\b|"
    r"\b[A-Z][a-zß]{2,20}(?:straße|strasse|weg|platz|gasse) \d{1,4}\b|"
    r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b(?:[Ff]lat|[Aa]partment|[Aa]pt|"
    r"[Ss]uite) \d{1,4}[A-Za-z]?\b"
)
_MORE = phrases(
    r"(?:card |account |number )?(?:ending|ends) (?:in |with )?\d{3,4}",
    r"(?:born|date of birth|dob|birthday)(?: is| on|:)? ?\d{1,4}[-./ ](?:\d{1,2}|"
    r"[a-z]{3,9})[-./ ]\d{2,4}",
    r"(?:password|pin|passcode|security code|one-time code|cvv)(?: is|:| was) ?\S{3,20}",
    r"(?:reply|comment|answer|respond|post)(?: to this \w{2,8}| here| below|"
    r" publicly)? with your (?:\w{1,12} ){0,2}(?:order|booking|account|phone|mobile|e-?mail|"
    r"address|card|number|postcode|name|details|reference|birth)\w{0,4}",
    r"(?:post|put|leave|share|give|write|drop|type|tell) (?:me |"
    r"us )?your (?:\w{1,12} ){0,3}?(?:number|e-?mail|address|postcode|phone|details|card|"
    r"date of birth)(?: \w{1,12}){0,3} (?:here|below|publicly|in (?:a|the) (?:reply|comments?|"
    r"thread))",
    r"(?:nhs|passport|social security|national insurance|driving licence|tax|ssn)(?: number|"
    r" no)?(?: is|:)? ?[a-z0-9][a-z0-9 -]{5,14}\d",
)


def personal_data(reading: Reading) -> Iterator[Spot]:
    if not reading.occasion.public:
        return
    suggestion = f"Leave it out, or go on {privately(reading.service.contact)}."
    seen = _without_contact(reading)
    for kind, start, end in _spans(seen):
        before = reading.plain[max(start - 60, 0) : start]
        if kind in (PHONE, MAIL, ORDER) and _OURS.search(before) and not _THEIRS.search(before):
            continue  # where customers reach the brand
        yield Spot(start, end, suggestion)
    for found in _ADDRESS.finditer(seen):
        yield Spot(found.start(), found.end(), suggestion)
    for found in _MORE.finditer(reading.plain):
        yield Spot(found.start(), found.end(), suggestion)


def _without_contact(reading: Reading) -> str:
    """The text in which the brand's own address is blank, and is as long."""
    contact = reading.service.contact
    seen = re.sub(re.escape(contact), lambda found: " " * len(found[0]), reading.cased, flags=re.IGNORECASE)
    return seen.replace("[", " ")  # "[phone]" stands for nothing here


def _spans(text: str) -> Iterator[tuple[str, int, int]]:
    """What masking takes out, and where it stood: what is left is found again in the same order."""
    for line in re.finditer(r"[^\n]+", text):
        masked = mask(line[0])
        kinds = _MASKED.findall(masked)
        if not kinds:
            continue
        at = line.start()
        for n, piece in enumerate(_MASKED.split(masked)):
            found = text.find(piece, at, line.end()) if piece else (line.end() if n == len(kinds) else at)
            found = found if found >= 0 else line.end()
            if n:
                yield kinds[n - 1], at, max(found, at + 1)
            at = found + len(piece)


_MONEY = (
    r"(?:[£$€¥₹] ?\d{1,6}(?:[.,]\d{1,2})?|\d{1,6}(?:[.,]\d{1,2})? ?(?:[£$€]|eur|usd|gbp|euros?|"
    r"dollars?|pounds?|quid))"
)
_GIFT = (
    r"(?:refunds?|vouchers?|compensation|discounts?|credit(?! card| cards|ed|or|s? card)|"
    r"gift ?cards?|coupons?|reimbursement|cashback|goodwill|money back|upgrade|bonus|promo code|"
    r"rebate|(?:discount|loyalty|bonus|extra) points|price reduction)"
)
_OFFERS = phrases(
    rf"(?:full|partial|complete|free|immediate|instant|£\d{{1,5}}|\$\d{{1,5}}|"
    rf"€\d{{1,5}}|\d{{1,3}} ?%)(?: \w{{1,12}}){{0,2}} {_GIFT}",
    r"(?:i|we|they|you)(?:'ll| will|'d| would| can| could|'ve| have|'re| are|'m|"
    r" am)(?: \w{1,12}){0,4} (?:refund(?:ed|ing)?|reimburs\w{1,3}|compensat\w{1,3}|waiv\w{1,3}|"
    r"credit(?:ed|ing)?)(?! card)",
    r"(?:be|to|and|let me|happy to|gladly) (?:\w{1,9} )?(?:refund(?:ed)?|reimburs\w{1,3}|"
    r"compensat\w{1,3}|waive\w?) (?:you|your|the|it|this|in full)",
    rf"(?:offer(?:ed|ing)?|giv(?:e|en|ing)|issu(?:e|ed|ing)|process(?:ed|ing)?|send|sent|"
    rf"arrang(?:e|ed|ing)|provid(?:e|ed|ing)|add(?:ed|ing)?|appl(?:y|ied|ying)|get you|pay|paid|"
    rf"owe|approv(?:e|ed|ing)|authori[sz]\w{{1,3}}|grant(?:ed|ing)?|receive|entitled to|"
    rf"eligible for|put|include|due|deserve|claim|for) (?:\w{{1,12}} ){{0,4}}?{_GIFT}",
    rf"{_GIFT} (?:of|worth|for|is on its way|on your|as a|will be|has been (?:issued|sent|approved|"
    rf"processed)|to make up|code)(?: {_MONEY})?",
    rf"{_MONEY} (?:off|back|credit|voucher|gift|discount|towards?|as (?:a|an)|refund|"
    rf"in (?:vouchers|credit)|compensation|goodwill)",
    r"\d{1,3} ?(?:%|per ?cent) (?:off|discount|back|reduction)",
    r"(?:free|complimentary) (?:\w{1,12} )?(?:months?|delivery|shipping|weeks?|tickets?|meals?|"
    r"coffees?|gift|upgrades?|drinks?|desserts?|nights?|flights?|years?|days?|item|replacement|"
    r"product|return|rides?|subscription|stay|data|postage|treat|breakfast|lunch|dinner)",
    r"(?:months?|weeks?|night|meal|drink|coffee|delivery|dessert|year|ride|next \w{2,10}|this one|"
    r"it)(?:'s| is| are)? (?:on us|on the house|free(?: of charge)?)",
    rf"(?:entitled to|owe you|pay (?:you|it|that|this)|give you|send you|get you|refund|credit|"
    rf"put) (?:\w{{1,12}} ){{0,3}}{_MONEY}",
    rf"{_MONEY}[^.!?]{{0,30}} (?:and )?(?:i|we)(?:'ll| will) (?:pay|send|transfer|refund|"
    rf"credit) (?:it|that|this|them)",
    r"(?:knock|take|taking|knocking|cut|deduct) [^.!?]{1,30}off (?:your|the|it|this)",
    r"on the house",
    r"free of charge|for free|at no (?:extra )?(?:cost|charge)",
    r"goodwill (?:gesture|payment|credit|amount)?|gesture of (?:goodwill|good will|apology)|"
    r"as a (?:small )?(?:gesture|token|thank[- ]you|sorry|apology)",
    r"(?:off|on) your next (?:\w{2,12})",
    r"compensat(?:e|ion)",
    r"your money back",
    r"money(?:'s| is| will be| goes)? (?:\w{1,9} )?(?:refunded|returned to you|"
    r"back in your account)",
    r"(?:waive|waived|drop|remove|cancel|write off|refund) (?:the|your|this|"
    r"that) (?:\w{1,12} )?(?:fee|fees|charge|charges|cost|costs|bill|invoice|payment)",
    r"make it up to you with",
    rf"(?:your|the|this) {_GIFT} (?:has been|is|was|will be) (?:\w{{1,9}} )?(?:issued|sent|"
    rf"approved|processed|paid|on its way|authori[sz]ed|confirmed)",
)
_TOLD = re.compile(
    r"\b(?:wait\w{0,3}|still|chas\w{1,3}|ask\w{0,3}|without|where|look\w{0,3} (?:into|for|at|for)|"
    r"sorry|find|found|trac\w{1,3}|track\w{0,3}|promised|expect\w{0,3}|missing|hasn't|"
    r"has not|not (?:yet )?(?:had|seen|got|received|arrived|come)|"
    r"haven't|delay\w{0,3}|late|status|wish|want\w{0,2}|checking|check|why|whether|see what|"
    r"happened to|don't know)\b[^.!?]{0,70}$"
)
"""What the customer waits or asks for, told again, is no offer."""


def compensation(reading: Reading) -> Iterator[Spot]:
    if not reading.occasion.public or not reading.first_contact:
        return
    suggestion = f"Offer it {privately(reading.service.contact)}; in public say only that you are on it."
    yield from meant(reading, "compensation", suggestion)
    for sentence in reading.sentences:
        for found in _OFFERS.finditer(sentence.text):
            if not _TOLD.search(sentence.text[: found.start()]):
                yield Spot(
                    sentence.start + found.start(),
                    sentence.start + found.end(),
                    suggestion,
                )
