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
from collections.abc import Sequence

from alerts.snap.flaws import flaw
from alerts.snap.places import AIRPORTS, CITIES, SITES
from alerts.snap.sentences import GAP, first, sentences
from alerts.snap.subject import ours, product
from alerts.snap.times import date, wait
from monitor.reply import Fact
from monitor.wording.masking import mask

SLOTS = ("product", "ours", "place", "date", "wait", "flight", "wish", "order")

LONGEST = 40
"""Characters of a fact."""
READ = 4_000
"""Characters of a post that are read."""


def facts_of(text: str, products: Sequence[str] = ()) -> tuple[Fact, ...]:
    """At most one fact for each of SLOTS, in that order. `products` are the brand's own names for what it sells; a post
    that has one is about it, however it is written ("kestrel box")."""
    plain = " ".join(_RETWEETED.split(text[:READ], maxsplit=1)[0].split())
    plain = _HIDDEN.sub(GAP, plain)
    if not _is_english(plain):
        return ()
    found = {
        "product": product(plain, products),
        "ours": ours(plain),
        "place": _place(plain),
        "date": date(plain),
        "wait": wait(plain),
        "flight": first(_FLIGHT, plain),
        "wish": first(_WISH, plain),
        "order": _order(plain),
    }
    return tuple(Fact(slot, found[slot]) for slot in SLOTS if found[slot] and is_safe(found[slot]))


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


# Where

_SITE = "|".join(SITES)
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
    for sentence in sentences(text):
        if (words := first(_PLACE, sentence)) and not _ELSEWHERE.search(sentence):
            return words
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
