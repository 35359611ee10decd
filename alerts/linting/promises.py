"""A promise or a guarantee that nothing supports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.meaning import meant
from alerts.linting.phrases import phrases
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_PROMISE = phrases(
    r"guarantee[sd]?",
    r"definitely (?!look|help|check|understand|want|see|hear|know|take a look)\w{1,14}",
    r"(?:i|we) (?:\w{1,10}ly |can )?promise(?: you)?(?: that)?",
    r"(?:that's|it's|is) a promise",
    r"you have my (?:word|promise)",
    r"my word on (?:it|that)",
    r"(?:never|not ever) (?:ever )?(?:\w{1,9} )?(?:again)",
    r"(?:never|not|won't|cannot|can't|n't) (?:ever )?(?:happens?|occurs?|be repeated|see this|"
    r"experience this|go through this|have (?:this|a) \w{2,12})(?: \w{1,8}){0,3} again",
    r"(?:100|hundred) ?(?:%|per ?cent)(?: \w{2,10})?",
    r"there (?:won't|will not|will never) be (?:any|another|a)(?: \w{2,12}){1,2}",
    r"without (?:fail|(?:a |any )?doubt)",
    r"no matter what",
    r"(?:i|we) (?:can )?assure you",
    r"(?:will|be|is|\w{2,12}ed|that|back|there|it) for (?:sure|certain)",
    r"certainly (?:will|be)",
    r"will (?:certainly|surely|absolutely|undoubtedly|always|most certainly|for sure)",
    r"you can (?:be sure|be certain|count on|rely on|bank on)",
    r"(?:absolutely|surely) will",
    r"i swear",
    r"bet on it",
    r"no (?:more )?(?:ifs|doubt)",
    r"(?:last|final) time (?:this|you|it|that|we)(?:'ll| will)? (?:\w{1,9} ){0,2}(?:happens?|have|"
    r"ever|see)",
    r"won't (?:happen|let you down|disappoint|have (?:any|this|a) (?:more )?(?:problem|trouble|"
    r"issue)s?)",
    r"every (?:single )?(?:time|parcel|order) from now on",
    r"from now on,? (?:\w{2,12} ){0,3}(?:never|always|every)",
    r"(?:that much|this much|one thing) is (?:certain|sure|clear)",
    r"make (?:very |absolutely )?(?:sure|certain) (?:that )?(?:you|it|this|nobody|"
    r"\w{2,10}) (?:never|always|will never|doesn't ever)",
    r"never[^.!?]{1,40} again",
    r"rest assured",
    r"(?:zero|no) risk",
    r"problem[- ]free",
    r"at all costs",
    r"whatever it takes",
    r"you will (?:never|always)",
)

_HEDGED = re.compile(
    r"(?:\b(?:can't|cannot|can not|cant|don't want to|do not want to|won't|not|no|without|"
    r"rather than|instead of|before i|if i|nor)\b(?: \w{1,10}){0,3} ?|\b(?:my|our) (?:aim|goal|"
    r"hope)\b[^.!?]{0,80}|\bwant\b[^.!?]{0,60}|\b(?:aim|hope)\b[^.!?]{0,60})$"
)

_NO_PROMISE = re.compile(
    r"\b(?:money.back guarantee|guarantee (?:card|period|certificate|department|claim)|"
    r"under (?:the )?guarantee)|know for (?:sure|certain)|sure for certain"
)


def promise(reading: Reading) -> Iterator[Spot]:
    suggestion = 'Say what you aim for: "My aim is that …"'
    yield from meant(reading, "promise", suggestion)
    for found in _PROMISE.finditer(reading.plain):
        before = reading.plain[max(found.start() - 100, 0) : found.start()]
        if not _HEDGED.search(before) and not _NO_PROMISE.search(
            reading.plain, max(found.start() - 12, 0), found.end() + 14
        ):
            yield Spot(found.start(), found.end(), suggestion)
