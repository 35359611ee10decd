"""Pure: when something happened, and how long the customer has waited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from alerts.snap.sentences import first, sentences
from monitor.reply import Fact

_SOON = timedelta(hours=3)
_DAYS = timedelta(days=5)


def timely(facts: Iterable[Fact], said_at: datetime, now: datetime) -> Iterator[Fact]:
    """The facts that still mean the same in a reply that is written `now`: "yesterday" is another day tomorrow, "since
    Monday" another week next week, and a wait has grown longer."""
    age = now - said_at
    for fact in facts:
        if fact.slot == "date" and _MOVING.search(fact.words):
            keeps = _SOON
        elif fact.slot == "date" and not _NAMED_DAY.search(fact.words):
            keeps = _DAYS
        elif fact.slot == "wait":
            keeps = _SOON if _SHORT.search(fact.words) else _DAYS
        else:
            yield fact
            continue
        if age <= keeps:
            yield fact


# When

_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)"
)
_NUMBER = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_DAY_OF_MONTH = rf"(?:the )?{_NUMBER} (?:of )?{_MONTH}|{_MONTH} {_NUMBER}"
_PART = r"(?: (?:morning|afternoon|evening|night))?"
_SINCE = re.compile(
    rf"(?<!\w)(since (?:(?i:last )?(?i:{_DAY}){_PART}|{_DAY_OF_MONTH}|yesterday{_PART}|last (?:night|week|month)"
    rf"|(?:January|February|March|April|June|July|August|September|October|November|December)))(?![\w'’-]|[ ]\d|[/:]\d)"
)
_AGAIN = r"(?<!the )(?<!The )(?<!as )(?<!from )(?<!than )(?<!like )"
_PAST = re.compile(
    rf"(?<!\w){_AGAIN}((?i:yesterday){_PART}(?! at)"
    rf"|(?i:last) (?:(?i:{_DAY}){_PART}|night|week|month))(?![\w'’-])"
)
_ON = re.compile(rf"(?<!\w)(on (?:{_DAY_OF_MONTH}|(?i:{_DAY}){_PART}))(?![\w'’-]|[ ]?\d|[/:]\d)")
_HAPPENED = re.compile(
    r"\b(?i:was|were|had|ordered|bought|purchased|paid|sent|placed|arrived|called|emailed|flew|delivered|told"
    r"|cancell?ed|delayed|lost|went|tried|came|charged|submitted|filed|returned|missed|left|broke|stopped|received"
    r"|started|happening|ran|got|gave|did|made|landed|experienced|waited|flown|collected|visited|dispatched"
    r"|shipped|happened|didn['’]t|wasn['’]t)\b"
)
_TO_COME = re.compile(
    r"\b(?i:will|tomorrow|next|supposed|should|going to|gonna|until|till|by|leaving|flying|hope|hopefully|meant to"
    r"|due|wedding|if|want|need|can|could|would|i['’]ll|scheduled|expected|rebooked|rescheduled)\b"
)
_FINE_THEN = re.compile(
    r"\b(?i:didn['’]t have|until|till|before|worked|fine|great|perfect|was working|not use)\b"
)
_MOVING = re.compile(r"(?i:yesterday|night)")
_NAMED_DAY = re.compile(rf"{_MONTH}(?!\w)")


def date(text: str) -> str:
    for sentence in sentences(text):
        if found := _SINCE.search(sentence):
            return found[1]
        if (
            (found := _PAST.search(sentence))
            and _HAPPENED.search(sentence)
            and not _FINE_THEN.search(sentence)
        ):
            return _spoken(found[1])
        found = _ON.search(sentence)
        before = sentence[: found.start()] if found else ""
        if found and _HAPPENED.search(before) and not _TO_COME.search(sentence):
            return _spoken(found[1])
    return ""


def _spoken(words: str) -> str:
    """A date that opened a sentence, or was shouted, does not stand so in ours."""
    return "" if re.search(r"\b(?:Yesterday|Last|LAST|YESTERDAY)\b", words) else words


# How long

_COUNT = (
    r"(?:\d{1,3}(?:\.5)?(?:-\d{1,2})?\+?|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several"
    r"|a few|half an|a couple of|a couple)"
)
_UNIT = r"(?:minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|months?)"
_MORE = r"(?:over |almost |nearly |more than |about |at least |around )?"
_STRETCH = (
    rf"(?<!hours )(?<!hour )(?<!hrs )(?<!days )(?<!day ){_MORE}(?:{_COUNT} {_UNIT}(?: and a half)?"
    rf"|\d{{1,3}}\+? ?(?:minutes?|mins?|hours?|hrs?|h))"
)
_AFTER_STRETCH = (
    r"(?![\w'’+-]| (?:notice|old|in advance|early|before|prior|drive|flight|trip|window|wait time|or less))"
)
_FILL = r"(?: (?:for|of|by|already|now|me|us|on|the|phone|hold|here|there|another|like|literally|in|line|past|last))"
_WAITED = re.compile(
    rf"\b(?i:(?:been |was |were |still |am |i['’]m |and |after |had to |kept |is |have )?(?:waiting|waited|on hold"
    rf"|delayed|stuck|stranded|been sitting|sat)){_FILL}{{0,4}} ((?i:{_STRETCH})){_AFTER_STRETCH}"
    rf"|\b(?i:has taken|have taken|taken|took){_FILL}{{0,2}} ((?i:{_STRETCH})){_AFTER_STRETCH}"
    rf"|(?<![\w.,:/-])((?i:{_STRETCH}))[ ](?i:late|delay|delayed|wait|on hold|overdue|behind schedule|of waiting"
    rf"|and counting|and still|later and still|later and no"
    rf"|without (?:a |any )?(?:reply|response|answer|internet|power|service))(?!\w)"
    rf"|\b(?i:(?:it['’]s|its|it has|has|have|i['’]ve|we['’]ve) been){_FILL}{{0,2}} ((?i:{_STRETCH}))(?= (?:and|with|now"
    rf"|since|without)| ?[.,!?]|$){_AFTER_STRETCH}"
)
_NO_WAIT = re.compile(
    r"\b(?i:customers?|members?|loyal|fan|subscribers?|user|flyer|will be|would|could|if|unless|going to"
    r"|don['’]t want|only"
    r"|never had|great|amazing|awesome|worth|married|working here|using"
    r"|put|puts|reservation on hold|hold (?:my|a|the) (?:fare|reservation|seat))\b"
)
_ADJECTIVE = re.compile(
    r"(?i:(?<!half )(?<!\b1 )(?<!\ban )(?<!\ba )(?<!\bone )\b(?:minute|hour|day|week|month))$"
)
"""A "3 hour delay" is no "wait of 3 hour"."""
_OPENED = re.compile(r"^(?:Over|Almost|Nearly|About|Around|More than|At least) ")
"""What opened the sentence is left out; the rest stands as well inside of one."""
_SHORT = re.compile(r"(?i:\d\+? ?(?:h|m)|\b(?:min|hour|hr))")


def wait(text: str) -> str:
    for sentence in sentences(text):
        if _NO_WAIT.search(sentence):
            continue
        words = first(_WAITED, sentence)
        if words:
            words = _OPENED.sub("", words)
            wrong = words[0].isupper() or re.search(r"[A-Z]{3}", words) or _ADJECTIVE.search(words)
            return "" if wrong else words
    return ""
