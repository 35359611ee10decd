"""Pure: the thing that a post is about: what the customer has or bought, and what is ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from alerts.snap.things import GOODS, HAD, MEANS, OURS


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


def product(text: str, products: Sequence[str]) -> str:
    """What the brand itself calls it, else what the customer has or bought; empty where that is doubtful."""
    named = _named(products)
    found = named.search(text) if named else None
    if found:
        return found[0]
    for owned in _OWNED.finditer(text):
        before = text[max(0, owned.start() - 30) : owned.start()]
        if not ((_USED if owned["means"] else _BESIDE).search(before) or _WORKS.match(text, owned.end())):
            return _as_noun(owned["thing"])
    other = _BOUGHT.search(text) or _THEIRS.search(text)
    return _as_noun(other["thing"]) if other else ""


def ours(text: str) -> str:
    """What is ours and went wrong."""
    for found in _OUR.finditer(text):
        if not (
            _ONLY.search(text[max(0, found.start() - 30) : found.start()]) or _WORKS.match(text, found.end())
        ):
            return _as_noun(found["thing"] or found["the"])
    return ""


def _as_noun(words: str) -> str:
    """Capitals where none belong ("my FLIGHT", "my Flight") are no words to repeat."""
    return "" if words[0].isupper() and not _PROPER.match(words) else words
