"""Swearing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_SWEAR = (
    r"f+u+c+k+\w{0,6}|motherf\w{4,8}|wtf|stfu|ffs|sh[i!1]+t+\w{0,5}|bull ?sh[i!]t\w{0,3}|"
    r"bs(?=[.!, ])|crap\w{0,2}|damn(?:ed|it)?|goddamn\w{0,2}|bloody(?! mary)|bastards?|"
    r"bitch\w{0,3}|ass(?:hole|holes|hat)?|arse\w{0,6}|"
    r"dick(?:head|heads|s)?|prick|wank\w{0,4}|twats?|cunts?|bollocks|bugger\w{0,3}|piss\w{0,4}|"
    r"cock ?up|screwed|hell(?= no| yes|'s| of|[.!,]|$)|what the hell|bloody hell|sod off|idiots?|"
    r"idiotic|morons?|moronic|imbeciles?|stupid\w{0,3}|dumb(?:ass)?|retard\w{0,3}|fag\w{0,4}|"
    r"nigg\w{1,3}|sluts?|whores?|jerks?|douche\w{0,4}|scumbags?|tosser|git|knob(?:head)?|effing|"
    r"freaking|frigging|fricking|pain in the (?:ass|arse|neck|butt)|shut up|suck(?:s|ed)?(?! up)|"
    r"(?:f|s)[*#@$!.\-]{2,4}[a-z]{0,4}|f\*\w{1,6}|sh\*t\w{0,3}|b\*{2,5}\w{0,3}|a\*\*(?:hole)?|"
    r"[@#$%&!*]{4,12}"
)

_PROFANITY = re.compile(rf"(?<![\w@#$%&!*])(?:{_SWEAR})(?!\w)")


def profanity(reading: Reading) -> Iterator[Spot]:
    for found in _PROFANITY.finditer(reading.plain):
        yield Spot(found.start(), found.end(), "Leave it out.")
