"""Pure: what a customer said, word for word, so that a reply can say it back to them in public.

Precision comes first: a fact that is doubtful is none. Every fact is a piece of the post as it stands there, with white
space made single. Its words are on closed lists (or among the brand's products), so that nothing a stranger writes can
become an order, a link, a mention or an insult in our reply. English alone is read; other languages give no facts.

How the words read in a sentence:

- `product`: a noun without article, one or several: "parcel", "washing machine", "bags"; "your {product}" always reads
- `ours`: the same for what is ours: "website", "customer service"; "our {ours}" always reads
- `place`: with its preposition: "at the Leeds depot", "at JFK", "in Berlin"
- `date`: with its preposition: "yesterday", "last Tuesday", "on 3 May", "since Monday"; what happened then is for the
  reader to see: the order may have been placed on that day, or have got lost
- `wait`: a stretch of time: "three weeks", "over an hour", "4hrs"; "the wait of {wait}" always reads
- `flight`: the number alone, of a flight: "UA1234", "317"; "flight {flight}" always reads
- `wish`: a noun without article: "refund", "replacement", "answer"
- `order`: that the number of an order, a booking or a case was given: the noun before it, "order", never the number
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from alerts.snap.flaws import flaw
from alerts.snap.places import AIRPORTS, CITIES, SITES
from alerts.snap.things import GOODS, HAD, MEANS, OURS
from monitor.masking import mask
from monitor.reply import Fact

SLOTS = ("product", "ours", "place", "date", "wait", "flight", "wish", "order")

LONGEST = 40
"""Characters of a fact."""
READ = 4_000
"""Characters of a post that are read."""

_SOON = timedelta(hours=3)
_DAYS = timedelta(days=5)


def facts_of(text: str, products: Sequence[str] = ()) -> tuple[Fact, ...]:
    """At most one fact for each of SLOTS, in that order. `products` are the brand's own names for what it sells; a post
    that has one is about it, however it is written ("kestrel box")."""
    plain = " ".join(_RETWEETED.split(text[:READ], maxsplit=1)[0].split())
    plain = _HIDDEN.sub(_GAP, plain)
    if not _is_english(plain):
        return ()
    found = {
        "product": _product(plain, _named(products)),
        "ours": _ours(plain),
        "place": _place(plain),
        "date": _date(plain),
        "wait": _wait(plain),
        "flight": _first(_FLIGHT, plain),
        "wish": _first(_WISH, plain),
        "order": _order(plain),
    }
    return tuple(Fact(slot, found[slot]) for slot in SLOTS if found[slot] and is_safe(found[slot]))


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


def is_safe(words: str) -> bool:
    """Whether everybody may read it in our name: short, plain words and numbers, nothing that a program or a platform
    takes for more than words, nobody's personal data, no shouting."""
    return (
        len(words) <= LONGEST
        and bool(_PLAIN.fullmatch(words))
        and not _SHOUTED.search(words)
        and not _LINKED.search(words)
        and not _FOREIGN.search(words)
        and flaw(words) is None
        and mask(words) == words
    )


_GAP = "\0"
"""In place of what no fact may hold or reach across."""
_RETWEETED = re.compile(r"\b(?:RT|MT|via) ?@\w")
_HIDDEN = re.compile(
    r"(?i:https?://|www\.)\S+|(?<!\S)[^\s@]{1,64}@\S+|[@#＠＃]\w+"
    r"|(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:com|co|net|org|io|uk|de|gl|ly)\b\S*"
    r"|<[^<>]{0,200}>|\{[^{}]{0,200}\}|\[[^\[\]]{0,200}\]|`[^`]{0,200}`|[\"“”«»][^\"“”«»]{0,300}[\"“”«»]"
)
_PLAIN = re.compile(r"[^\W_](?:[^\W_]|[ '’+/&-](?! )|\.(?=\d))*")
_SHOUTED = re.compile(r"\b[A-Z]{6,}\b|\b[A-Z]{2,}['’ ][A-Z]{2,}\b")
_LINKED = re.compile(r"//|[^\W\d]\.|\.[^\W\d]")

_FOREIGN = re.compile(r"(?![0-9])\d")
"""Digits that not everybody reads."""

_ENGLISH = (
    "the and my you your this with have has is are am not for it it's its that been to of i'm i no on was were been can"
    " can't don't doesn't didn't isn't still get got they we our at when what why how please just from but be will would"
    " could"
)
_OTHERS = (
    "der die das und ist nicht ich mein meine mit auf ein eine wie het een niet van ik mijn que el la los las por con no"
    " mi un una está le les des et pas je est du pour mon ma il di che non per sono è o os não com meu minha em um och"
    " att är inte jag det som på av med nie na się jest"
)
_ENGLISH_WORDS = frozenset(_ENGLISH.split())
_OTHER_WORDS = frozenset(_OTHERS.split()) - _ENGLISH_WORDS


def _is_english(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text.lower().replace("’", "'"))
    english = _ENGLISH_WORDS.intersection(words)
    others = _OTHER_WORDS.intersection(words)
    return len(english) >= 2 and len(english) > 2 * len(others)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return next((words for words in found.groups() if words), "") if found else ""


# What it is about


def _nouns(words: Iterable[str]) -> str:
    """A pattern of the nouns and their plurals, the longest first."""
    return "|".join(_with_plural(word) for word in sorted(words, key=len, reverse=True))


def _with_plural(word: str) -> str:
    if word.endswith("s"):
        return rf"{word}(?:es)?" if word.endswith("ss") else word
    if re.search(r"[^aeiou]y$", word):
        return rf"{word[:-1]}(?:y|ies)"
    return rf"{word}(?:e?s)?"


_GOODS, _MEANS, _OURS, _HAD = (_nouns(words) for words in (GOODS, MEANS, OURS, HAD))
_THE_OURS = _nouns(
    word for word in OURS if word not in ("network", "site", "support", "system", "systems", "wi-fi", "wifi")
)
_USED = re.compile(
    r"(?i:\b(?:on|in|from|using|use|used|via|to|into|onto|off|through|by|and|restart\w*|reset\w*|reboot\w*"
    r"|switch\w*|turn\w*"
    r"|updat\w*|upgrad\w*|check\w*|charg(?:e|ed|ing)|lost|left|sell\w*|of|at|have|log\w*|link\w*|forgot"
    r"|remov\w*|unplug\w*"
    r"|connect\w*|sync\w*|between|both|than|when|plug\w*|like|love\w*|with|w|need|so|for|tell|ask\w*) (?:both )?)$"
)
_ONLY = re.compile(
    r"(?i:\b(?:thanks for|thank you for|thx for|via|through|using|from|off|by|check\w*|visit\w*|see|saw|seen"
    r"|says? on|said on|download\w*|(?:re|un)?install\w*|updat\w*"
    r"|delet\w*|open\w*|clos\w*|sent|send|spoke|called|told|asked|contact\w*|left|love|loved|like|than|add|need"
    r"|needs|want|bring|make|build"
    r"|(?:works?|working|worked|fine|okay|ok|good|great)(?: \w+)? (?:on|in|with)|to) )$"
)
"""What only led somewhere, or is no trouble."""
_BESIDE = re.compile(r"(?i:\b(?:than|without using|besides|unlike|love) )$")
"""What only stands for comparison."""
_WORKS = re.compile(
    r"(?i: (?:just about |still )?works?(?: fine| well| great| so| now| for| on|$|[.,!])|(?: \w+){0,3} (?:is"
    r"|are|was) working(?! with)| (?:is|was|are|were) (?:fine|ok|okay|great|good|amazing|back|up|also|up to date|my)\b"
    r"| (?:just |only )?plays?\b| (?:has|have) been on hold| to (?:call|contact|get in)| wait\b)"
)
"""What tells that it does what it should, or was only a means."""
_PEOPLE = (
    "wife|husband|partner|mom|mum|mother|dad|father|son|daughter|kids?|child|children|brother|sister|friends?|boss|nan|gran|girlfriend"
    "|boyfriend|family|god|gosh|goodness|word|life|fault|opinion|parents?|colleagues?|guests?|team|neighbou?rs?"
)
_BETWEEN = (
    "is|was|are|were|to|for|on|in|and|or|of|with|from|at|by|but|not|no|if|when|that|the|a|an|my|your|his|her|their|this|has|have|next|future|twitter|facebook|paypal|whatsapp|google"
    "|had|get|got|can|will|would|never|still|just|then|so|did|do|as|because|than|plus|after|before|i|we|you|it|they|who|what"
)
_WORD = rf"(?!(?:{_PEOPLE}|{_BETWEEN})\b|[\w-]{{2,14}}s |(?:trouble|support|help) )[\w-]{{2,15}} "
_KINDS = rf"(?:{_WORD}){{0,2}}?"
_COMPOUND = (
    "number|numbers|version|versions|driver|drivers|crew|attendants?|agents?|company|dealer|park|ride|board|game|games|service|case|cases"
    "|screen|battery|manager|desk|counter|status|plan|plans|store|stores|of|machine|centre|center|mates?|pass|password|pin"
    "|details|confirmation|cards?|rooms?|provider|assignments?|carrier|times?|info|changes?|charges?|fees?|prices?|home"
    "|home's|readers?|credits?|balance|holders?|history|id|address|name|names|bags?|connections?|app|apps|page|settings|itinerary"
    "|delivery|deliveries|tracking|delays?|cancellations?|issues?|problems?|rewards?|upgrades?|box|agreement|schedule"
    "|stations?|signal|lists?|tags?|vouchers?|notes?|protection|insurance|office|fares?|covers?|speeds?|bill|bills|reps?|staff"
    "|team|person|people|guy|guys|lady|woman|man|user|users|department|industry|experience|controls?|keys?|code|codes|section|option|options"
    "|link|links|pic|pics|picture|pictures|photo|button|feature|features|performance|policy|policies|requests?|orders?|parcels?|packages?|tickets?|claims?|party|parties|mode|map|support|line|lines"
    "|bar|top|store|shop|account|accounts|phone|phones|test|tests|model|models|attendant|door|doors|handler|handlers|loss|partner|partners|platform|update|updates|developer|developers|dept"
)
"""What makes something else of the word before it: "my phone number"."""
_OWNED = re.compile(
    rf"(?<![\w'’])(?i:(?:my|our) {_KINDS}(?P<thing>{_GOODS}|(?P<means>{_MEANS})))(?![\w'’/-]|[ ](?i:{_COMPOUND})(?!\w))"
)
_BOUGHT = re.compile(
    rf"(?<![\w'’])(?i:(?:i|we)(?:['’]ve| have|['’]d| had)? (?:just |recently |only |also )?(?:bought|ordered"
    rf"|purchased|preordered|booked|reserved)"
    rf"(?: from you| online)? (?:a|an|the|some|this|these|one|two|three|2|3|my|our) {_KINDS}(?P<thing>{_GOODS}"
    rf"|{_MEANS}))"
    rf"(?![\w'’/-]|[ ](?i:{_COMPOUND})(?!\w))"
)
_THEIRS = re.compile(
    rf"(?<![\w'’])(?i:(?:the|this) (?P<thing>{_HAD}))(?= (?i:(?:that )?(?:i|we) (?:was|am|are|were|booked"
    rf"|ordered|bought|paid|have|had|took)|is|was|has|had|are|were|isn['’]t|wasn['’]t|never|didn['’]t|hasn['’]t|arrived"
    rf"|came|still|delayed|cancell?ed|late|missing|broken)(?!\w))"
)
_OUR = re.compile(
    rf"(?<![\w'’])(?i:(?:(?:your|ur) (?:{_WORD})?(?P<thing>{_OURS})|(?:the|this) (?:mobile |desktop |web |ios "
    rf"|iphone |android |online )?"
    rf"(?P<the>{_THE_OURS})))(?![\w'’/-]|[ ](?i:{_COMPOUND})(?!\w))"
)


_PROPER = re.compile(r"TVs?\b|PCs?\b|Mac\b|Mac[Bb]ook|Air[Pp]ods|Apple|Kindle|Xbox|Wi-?Fi\b")


def _named(products: Sequence[str]) -> re.Pattern[str] | None:
    """What the brand itself calls its products, with any space or hyphen between the words; the longest first."""
    names = [
        r"[ -]?".join(re.escape(word) for word in re.split(r"[\s-]+", name.strip()))
        for name in sorted(products, key=len, reverse=True)
        if re.search(r"\w", name)
    ]
    return re.compile(rf"(?<![\w@#'’-])(?i:{'|'.join(names)})(?![\w'’-])") if names else None


def _product(text: str, named: re.Pattern[str] | None) -> str:
    found = named.search(text) if named else None
    if found:
        return found[0]
    for owned in _OWNED.finditer(text):
        before = text[max(0, owned.start() - 30) : owned.start()]
        if not ((_USED if owned["means"] else _BESIDE).search(before) or _WORKS.match(text, owned.end())):
            return _as_noun(owned["thing"])
    other = _BOUGHT.search(text) or _THEIRS.search(text)
    return _as_noun(other["thing"]) if other else ""


def _ours(text: str) -> str:
    for found in _OUR.finditer(text):
        if not (
            _ONLY.search(text[max(0, found.start() - 30) : found.start()]) or _WORKS.match(text, found.end())
        ):
            return _as_noun(found["thing"] or found["the"])
    return ""


def _as_noun(words: str) -> str:
    """Capitals where none belong ("my FLIGHT", "my Flight") are no words to repeat."""
    return "" if words[0].isupper() and not _PROPER.match(words) else words


# Where

_SITE = "|".join(SITES)
_NAME = r"[A-Z][a-z]{2,14}(?:['’]s)?"
_STREET = r"(?: (?:Street|Road|Square|Avenue|Lane|Park|High|Central|Central|North|South|East|West))?"
_CITY = "|".join(sorted((re.escape(city) for city in CITIES), key=len, reverse=True))
_CODE = "|".join(AIRPORTS)
_THERE = r"(?![\w'’-]|[ ]\(?[A-Z])"
_PLACE = re.compile(
    rf"(?<!\w)((?:at|in) (?:the |your )?(?:{_CITY}|{_CODE}){_STREET} (?:{_SITE}))(?![\w'’-])"
    rf"|(?<!\w)(?<!live )(?<!lives )(?<!living )(?<!based )(?<!born )(in (?:{_CITY})){_THERE}"
    rf"|(?<!\w)((?:at|in) (?:{_CODE}))(?![\w'’-])"
)


_ELSEWHERE = re.compile(
    r"\b(?i:if you|funeral|wedding|vacation|holiday|headed|heading|going to|want to|meeting|reminds|like they do)\b"
)
"""What tells of a place where nothing went wrong."""


def _place(text: str) -> str:
    for sentence in _sentences(text):
        if (words := _first(_PLACE, sentence)) and not _ELSEWHERE.search(sentence):
            return words
    return ""


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


def _date(text: str) -> str:
    for sentence in _sentences(text):
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


def _sentences(text: str) -> list[str]:
    return re.split(rf"(?<=[.!?;])\s|{_GAP}|…|\.\.+", text)


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


def _wait(text: str) -> str:
    for sentence in _sentences(text):
        if _NO_WAIT.search(sentence):
            continue
        words = _first(_WAITED, sentence)
        if words:
            words = _OPENED.sub("", words)
            wrong = words[0].isupper() or re.search(r"[A-Z]{3}", words) or _ADJECTIVE.search(words)
            return "" if wrong else words
    return ""


# Which flight, what they wish, whether there is a number

_FLIGHT = re.compile(
    r"(?<![\w-])(?i:flight|flt)\.?(?i: number| no\.?)? ((?:[A-Z]{2} ?)?\d{2,4})(?![\w:/%-]|[.,]\d| (?i:hours?"
    r"|hrs?|mins?"
    r"|minutes?|days?|people|times|seats?|passengers|miles|of))"
    r"|(?<![\w#@-])((?:UA|AA|DL|WN|BA|US|B6|AS|VX|NK|F9|LH|AF|KL|EK|QF|AC|FR|U2|EI|VS|IB|LX|OS|SK|TK|SQ|CX|NH"
    r"|JL|QR|EY|LO)"
    r"\d{2,4})(?![\w:/%-]|[.,]\d)"
)
_ASKED = (
    r"(?:(?:want|need|would like|['’]d like|demand|request|requesting|requested|get|give me|give us|deserve"
    r"|expect|expecting|waiting for|waiting on|wanting|asking for|asked for|looking for|owed|owe me|send me|where is"
    r"|where['’]s)"
    r"(?: (?:my|our|a|an|the|your|some|any|me|full|partial|proper|straight|immediate)){0,3})"
)
_WISHES = (
    r"refunds?|replacements?|exchange|compensation|reimbursement|call ?back|explanation|apology|answers?|response|reply"
    r"|vouchers?|cancellation|money back"
)
_WISH = re.compile(
    rf"(?<!\w)(?i:{_ASKED}) ((?i:{_WISHES}))(?![\w'’-]| (?:credit|fee|policy|time|form|code|email)s?)"
)
_NUMBERED = re.compile(
    r"(?<!\w)((?i:order|booking|reservation|confirmation|tracking|parcel|ticket|case|claim|reference|invoice"
    r"|account|customer"
    r"|PNR|ref))(?i:[ ](?:number|no|num|nr|code|id|ref|reference|is|was|conf))*\.?[ ]?[:=#]{0,2}[ ]?#?"
    r"(?=[A-Z0-9/-]{0,30}\d)[A-Z0-9][A-Z0-9/-]{3,30}(?![\w\[])"
)


def _order(text: str) -> str:
    found = _NUMBERED.search(text)
    return found[1] if found and not re.fullmatch(r"(?:19|20)\d\d", found[0].split()[-1]) else ""
