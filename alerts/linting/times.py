"""Times: when they hear from us is ours to say, when something will have happened mostly is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.linting.meaning import meant
from alerts.linting.phrases import phrases
from alerts.linting.reading import Reading, Sentence
from alerts.linting.rule import Spot
from monitor.wording.timetable import WEEKDAYS

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_NUMBER = (
    r"(?:\d{1,3}(?:[-–/]| to | or )\d{1,3}|\d{1,3}|an?|one|two|three|four|five|six|seven|eight|"
    r"nine|ten|twelve|twenty|twenty-four|thirty|forty-eight|half an?|a few|a couple of|"
    r"the next few|the next)"
)
_UNIT = r"(?:minutes?|mins?|hours?|hrs?|(?:working |business |calendar |open )?days?|weeks?|months?)"
_CLOCK = (
    r"(?:\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|a\.m\.?|p\.m\.?)|\d{1,2}[:.]\d\d(?: ?(?:h|hrs|hours))?|"
    r"\d{1,2} o'clock|noon|midday|midnight)"
)
TIME = phrases(
    rf"(?:by|before|at|until|till|around|about|after|from|no later than|"
    rf"latest)(?: the)?(?: latest)?(?: about)? {_CLOCK}",
    rf"{_CLOCK}(?: [a-z]{{3,4}})? (?:today|tomorrow|tonight|on {_DAY})",
    rf"(?:by|before|on|until|till|this|next|no later than|come|"
    rf"from)(?: the)?(?: end of)?(?: next)?(?: this)? {_DAY}(?:'s)?(?: (?:morning|afternoon|"
    rf"evening|night|lunchtime))?",
    rf"(?:by|before|on|until)(?: the)? (?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}|"
    rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}[/.]\d{{1,2}}(?:[/.]\d{{2,4}})?|\d{{1,2}}(?:st|"
    rf"nd|rd|th))",
    rf"(?:within|in|in under|in less than|inside|no more than|at most|at the latest in|"
    rf"for the next|over the next)(?: the)?(?: next)?(?: about)? {_NUMBER} {_UNIT}",
    rf"(?:give (?:it|us|me)|allow|takes?|take) (?:about |around |up to |another )?{_NUMBER} {_UNIT}",
    rf"{_NUMBER} {_UNIT} (?:from now|at (?:the )?(?:most|latest)|time|max)",
    rf"(?:every|each) (?:{_NUMBER} )?(?:minutes?|hours?|days?|morning|evening|afternoon)|hourly|"
    rf"daily",
    r"(?:with)?in the (?:next )?(?:hour|day|week|morning|afternoon|evening|half hour|half-hour)",
    r"(?:within|inside) (?:the|an|this) (?:hour|day|week)",
    r"(?:by|before|until|later|first thing|early|late)?(?: the)? ?(?:today|tomorrow|tonight|"
    r"this (?:morning|afternoon|evening|week|weekend|month|hour))(?: (?:morning|afternoon|evening|"
    r"night|lunchtime|noon))?",
    r"(?:by|before|at|until)(?: the)? (?:end of|close of|start of)(?: the| this| next| our| my|"
    r" your)? ?(?:business|day|today|tomorrow|week|month|play|shift|afternoon|morning)",
    r"(?:by|before|at|after|over|until) (?:lunch|lunchtime|teatime|dinner|breakfast|noon|then|"
    r"the weekend|next week|next month|eod|cob)",
    r"next (?:week|month|working day|business day)",
    r"same day",
    r"overnight",
    r"immediately|straight away|instantly|in no time",
)
_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
BARE = phrases(
    rf"(?:by|at|before|until|till) (?:about |around )?(?:half (?:past )?|quarter (?:past|to) |"
    rf"(?:five|ten|twenty) (?:past|to) )?{_HOUR}(?:-?ish|[- ](?:fifteen|thirty|forty-?five))?"
    r"(?! (?:of|and|or|more|other|minutes?|hours?|days?|weeks?|months?|\w{3,12}s)\b)",
    r"(?:by|at|before|until|from) (?:about |around )?\d{1,2}(?:[.:]\d\d)?(?! ?(?:%|percent|st|nd|"
    r"rd|th|euros?|people|metres?|miles?|km|£|\$|€|\w{3,12}s\b))",
    r"(?:by|at|before|on|until) (?:mon|tues?|wed|thurs?|fri|sat|"
    r"sun)\.?(?: \d{1,2}(?:[.:]\d\d)?(?: ?[ap]m)?)?",
    r"(?:by|at|before) (?:half[- ]?time|half past \w{3,6}|quarter (?:past|to) \w{3,6}|"
    r"the (?:\w{2,9} )?(?:inning|half|break|bell|whistle)|closing|opening|\w{3,6} o'clock|lunch|"
    r"tea|dusk|dawn|sunrise|sunset)",
)
"""An hour without am or pm: a time where somebody says that they will write."""
FUTURE = phrases(
    r"(?:\w{1,20}'ll|will|shall|should|going to|gonna|due|expected?|expecting|plan(?:ned)?|"
    r"next (?:update|message|news|report)|latest|won't|would|can|hear|update|promise|aim)"
)

REPORTS = phrases(
    r"(?:i|we|\w{2,14})(?:'ll| will| shall| can| would|'d| am going to|'m going to|"
    r" promise to)? (?:\w{1,12} ){0,3}?(?:update|write|reply|report|respond|get back|"
    r"come back|be in touch|let you know|tell you|message|"
    r"post|answer|contact|call you|ring you|phone you|text you|speak to you|talk to you|dm|email|"
    r"e-mail|follow up|check in|give you (?:an update|a call|news)|have (?:an? |some |"
    r"more )?(?:update|news|answers?|word)|share|say more|be with you again|send (?:you )?(?:an |"
    r"my |our |a |the )?(?:update|message|news|note|word|answer|reply|line))",
    r"you(?:'ll| will| should| can expect to)? (?:\w{1,12} )?(?:hear|have (?:an |my |our |"
    r"another |some )?(?:update|answers?|news|reply|word|message)|get (?:an |my |our |another |"
    r"some |the |a )?(?:update|answers?|news|reply|word|message|call))",
    r"(?:next |an |another |my |our |further |more )(?:\w{1,10} )?(?:update|report|news|message|"
    r"reply|answer|word)s?",
    r"update(?:s|:)?",
    r"(?:news|more|word|answer|reply|photo|picture|video|note|here|shout|line|ring|"
    r"call)(?: here)?(?= (?:by|at|before|in|within|on|from|tomorrow|tonight))",
    r"(?:will|'ll|and|then) (?:\w{1,12} ){0,2}(?:post|write|reply|tell|report|dm|msg|ring|be back)",
    r"(?:your words|they|the team|he|she) (?:will |'ll )?(?:reach|hear)",
    r"hear from (?:me|us)",
    r"expect (?:me|my|news|word|a (?:message|reply|call)|to hear|an)",
    r"back (?:with|to) you|back (?:on )?here|next word",
    r"reach them|look in(?: again)?|check in(?: again)?|be back(?: here)?",
    r"ring(?:ing)? you",
    r"call(?:ing)? you",
    r"writ(?:e|ing) to you",
    r"(?:i|we)(?:'ll| will) (?:\w{1,12} ){0,2}be back(?! online)",
    r"you(?:'ll| will) (?:read|know|see what|see my|see our)",
    r"(?:get|have|receive) (?:\w{1,12} ){1,3}from (?:me|us)",
    r"i(?:'ll| will) (?:know|be here|have looked|have checked|look|check)",
)
"""We tell them something: the time of that is ours."""

_WORKED = phrases(
    r"(?:i|we)(?:'ll| will| can|'m| am|'re| are)(?: going to| also| then)? (?:\w{1,10}ly |now |"
    r"first )?(?:check|checking|ask|asking|look|looking|ring|ringing|call|calling|speak|speaking|"
    r"go|going|read|reading|find out|chase|chasing|trace|tracing|track|tracking|search|searching|"
    r"test|testing|visit|visiting|take|taking|raise|work|working|investigate|review|start|begin|"
    r"be (?:looking|checking|working|asking|calling))",
    r"(?:i|we|she|he|they|[a-z]{2,12})(?:'m| am|'re| are|'s| is) (?:\w{1,10} )?(?!com|arriv|"
    r"return)\w{2,12}ing",
)
"""We do something of our own: the time of that is ours, too."""

OUTCOMES = phrases(
    r"(?:will|'ll|should|shall|going to|to|can expect to|expected to|due to|is|are|won't|must|"
    r"gets?|would|must|has to|have to) (?:\w{1,12} ){0,2}?(?:arrive|"
    r"be (?:\w{1,12} ){0,2}?(?:there|here|back|ready|done|with you|delivered|fixed|resolved|"
    r"sorted|settled|working|refunded|credited|restored|solved|repaired|replaced|paid|"
    r"processed|completed?|corrected|on its way|dispatched|shipped|sent|posted|live|up|online|"
    r"over|normal|available|closed|cancelled|in your (?:account|hands|bank|inbox)|home|running|"
    r"reimbursed|returned|collected|connected|installed|gone|removed|cleared|lifted|reopened|open|"
    r"refilled)|land|reach you|ship|resume|go out|come (?:back|through|on|to you|home)|restart|"
    r"clear|show up|turn up|appear|return|end)",
    r"(?:i|we|they|engineers?|technicians?|driver|team|he|she|it|carrier|courier|bank|which|that|"
    r"\w{3,12})(?:'ll| will| shall| are going to|'re going to| is going to|"
    r"'m going to) (?:\w{1,12} ){0,2}?(?:fix|repair|resolve|solve|sort|restore|deliver|refund|"
    r"replace|credit|reimburse|ship|dispatch|send (?:you )?(?:out )?(?:a|the|your|another|"
    r"it)(?! (?:photo|picture|note|message|update|line|list|copy|link|word|video|dm))|"
    r"process|pay|correct|cancel|finish|complete|return|install|connect|collect|bring|"
    r"have (?:it|your|the|this|that|everything|you|a (?:new|replacement))(?! message| reply)|"
    r"get (?:it|your|you|the|this|that|everything)(?! in touch))",
    r"you(?:'ll| will| should| can| are going to|"
    r"'re going to) (?:\w{1,12} ){0,2}?(?:have (?!an? (?:update|answer|reply)|my|our|news|heard|"
    r"another|some|more)\w{1,20}|get (?!an? (?:update|answer|reply|message|call)|back to|my|our|"
    r"another)\w{1,20}|receive (?!an? (?:update|answer|reply|message|call)|my|our)\w{1,20}|"
    r"be (?:able|back|refunded|credited|home|on|connected|sorted|paid|rebooked|flying|up|online)|"
    r"see (?:it|your|the|a refund|this)|travel|fly|be using)",
    r"(?:it|you|they|that|everything|(?:your|the|our|a|this) \w{2,14})(?:'ll| will|"
    r" should) (?:\w{1,12} ){0,1}?be (?!in touch|hearing|able to (?:tell|say))\w{2,14}",
    r"(?:arrives|lands|is due|are due|due|is back|ships|leaves|resumes|will arrive|expected|"
    r"guaranteed|delivery|fixed|resolved|refunded|delivered|solved|sorted|repaired|restored)",
)
"""Something is done or here: the time of that depends on others."""
_AIM = phrases(
    r"aim",
    r"my goal",
    r"our goal",
    r"(?:don't|do not|can't|cannot|not) (?:yet )?(?:know|say|promise|tell)",
    r"whether",
    r"was (?:due|expected|promised)|were (?:due|promised|told)",
    r"should have|shouldn't have|should not",
    r"even if|fixed or not|whatever|or not|either way",
)
_PAST = phrases(r"(?:was|were|had|did|didn't|hasn't|haven't|sorry|told|promised to you|supposed)")

SLACK = timedelta(minutes=30)
"""How much sooner than [service] supports may be promised. A time of day may have been supported when it was written: half
of the time until then may go by before the reply leaves."""

SUGGEST = 'Say when they hear from you instead: "I\'ll write to you again by 3 pm GMT, whatever I have found by then."'


def time(reading: Reading) -> Iterator[Spot]:
    if not reading.service.sla:
        for spot in meant(reading, "time", SUGGEST):
            said = reading.plain[spot.start : spot.end]
            if OUTCOMES.search(said) or not REPORTS.search(said):
                yield spot
    for sentence in reading.sentences:
        for found in TIME.finditer(sentence.text):
            if _is_outcome(sentence, found) and not reading.service.sla:
                yield Spot(sentence.start + found.start(), sentence.start + found.end(), SUGGEST)
                break
    yield from _too_soon(reading)


def _is_outcome(sentence: Sentence, found: re.Match[str]) -> bool:
    """Whether something is done by that time: what stands nearest before it decides, else what follows."""
    before, after = sentence.text[: found.start()], sentence.text[found.end() :]
    if _AIM.search(before[-90:]):
        return False
    outcome, ours = _last(OUTCOMES, before), max(_last(REPORTS, before), _last(_WORKED, before))
    if outcome < 0 and ours < 0:
        outcome, ours = -_first(OUTCOMES, after), -min(_first(REPORTS, after), _first(_WORKED, after))
        return outcome > ours and not _PAST.search(before)
    return outcome > ours and not (_PAST.search(before) and not FUTURE.search(before))


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((found.start() for found in pattern.finditer(text)), default=-1)


def _first(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return found.start() if found else len(text) + 1_000_000


_NUMBERS = {
    word: n
    for n, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
} | {
    "a": 1,
    "an": 1,
    "the": 1,
    "twenty": 20,
    "thirty": 30,
    "twenty-four": 24,
    "forty-eight": 48,
}
_SPAN = re.compile(
    r"\b(?:within|in) (?:the )?(?:next )?(half an? |\d{1,3}|[a-z]+(?:-[a-z]+)?)? ?(minute|min|"
    r"hour|hr|day)s?\b"
)
_AT = re.compile(
    r"\b(?:by|before|at) (?:(\d{1,2})(?:[:.](\d\d))? ?(am|pm|a\.m|p\.m)?|(noon|midday|"
    r"midnight))\.?(?: ([a-z]{3,4})\b(?<! on))?"
    r"(?: ?(?:on )?((?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow))?"
)


def _too_soon(reading: Reading) -> Iterator[Spot]:
    """A report that is promised sooner than [service] supports."""
    now, service = reading.occasion.now, reading.service
    if now is None:
        return
    zone = ZoneInfo(service.time_zone)
    due = service.report_at(now)
    for sentence in reading.sentences:
        if not REPORTS.search(sentence.text):
            continue
        for pattern, moment, slack in (
            (_SPAN, _after, SLACK),
            (_AT, _clock, timedelta(hours=service.next_report_hours / 2)),
        ):
            for found in pattern.finditer(sentence.text):
                at = moment(found, now.astimezone(zone))
                if at is not None and at < due - slack:
                    yield Spot(
                        sentence.start + found.start(),
                        sentence.start + found.end(),
                        f"Write {service.report_by(now)}: [service] supports no sooner time.",
                        "Who hears later than promised complains again, and [service] does not support this time.",
                    )


def _after(found: re.Match[str], now: datetime) -> datetime | None:
    number, unit = (found[1] or "one").strip(), found[2]
    many = 0.5 if number.startswith("half") else float(number) if number.isdigit() else _NUMBERS.get(number)
    if many is None:
        return None
    return now.astimezone(UTC) + timedelta(minutes=many * {"m": 1, "h": 60, "d": 1440}[unit[0]])


def _clock(found: re.Match[str], now: datetime) -> datetime | None:
    """The moment on the service's clock; None where another zone is named, or no time of day is meant."""
    hour, minute, half, word, zone, day = found.groups()
    if re.match(r",? \d", found.string[found.end() :]):
        return None  # a date, not the next day of that name
    if zone and zone not in ((now.tzname() or "").lower(), "today"):
        if zone not in ("utc", "gmt"):
            return None
        now = now.astimezone(UTC)
    if word:
        clock = (0 if word == "midnight" else 12, 0)
    elif half or minute:
        clock = (
            int(hour) % 12 + (12 if half.startswith("p") else 0) if half else int(hour),
            int(minute or 0),
        )
    else:
        return None
    if clock[0] > 23 or clock[1] > 59:
        return None
    at = now.replace(hour=clock[0], minute=clock[1], second=0, microsecond=0)
    if day == "tomorrow" or (word == "midnight" and not day):
        at += timedelta(days=1)
    elif day in WEEKDAYS:
        at += timedelta(days=(WEEKDAYS.index(day) - at.weekday()) % 7)
        at += timedelta(days=7) if at < now - timedelta(hours=12) else timedelta()
    elif not day and at < now:
        at += timedelta(days=1)
    return at.astimezone(UTC)
