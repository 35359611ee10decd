"""How rules write down phrases."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.reading import Reading
from alerts.linting.rule import Spot


def phrases(*patterns: str) -> re.Pattern[str]:
    """One pattern of whole words: a space stands for any white space, n't also for nt. Regular expressions whose
    repetitions are bounded, so that the time grows with the length of the text alone."""
    joined = "|".join(
        pattern.replace("n't", "n'?t").replace(" ?", r"\s{0,3}").replace(" ", r"\s{1,3}")
        for pattern in patterns
    )
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)")


def spots(pattern: re.Pattern[str], reading: Reading, suggestion: str) -> Iterator[Spot]:
    """Wherever the pattern is in the text."""
    for found in pattern.finditer(reading.plain):
        yield Spot(found.start(), found.end(), suggestion)


COLLEAGUES = (
    "team|guys|folks|crew|department|dept|desk|colleagues?|agents?|advisors?|advisers?|staff|"
    "support|"
    "specialists?|people|office|"
    "line|helpline|hotline|centre|center|branch|store|shop|division|unit|representatives?|reps?|"
    "manager"
)
"""Whom a customer can be passed on to."""

OUTSIDERS = (
    "courier|couriers|carrier|carriers|supplier|suppliers|driver|drivers|manufacturer|"
    "manufacturers|subcontractors?|"
    "contractors?|vendor|vendors|partner|partners|third party|third parties|warehouse|depot|"
    "airport|bank|"
    "delivery company|delivery firm|logistics company|payment provider|provider|seller|haulier|"
    "postal service|"
    "royal mail|dhl|ups|usps|fedex|dpd|hermes|evri|yodel|gls|an post|paypal|visa|mastercard|"
    "amazon"
)
"""Whom a reply may blame, or send the customer to."""
