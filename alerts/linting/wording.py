"""Words: jargon, script language, swearing, and the brand's own lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from alerts.linting.phrases import phrases
from alerts.linting.reading import Reading
from alerts.linting.rule import Look, Spot

_JARGON: Mapping[str, str] = {
    r"skus?": "article", r"slas?": "the time that we keep to", r"rma(?: number)?": "return number", r"poc": "the person who looks after you", r"pod": "the signature for the delivery", r"kyc": "checking who you are",
    r"escalat\w{1,4}": "name who takes it on", r"(?:support|service|help|open|opened|raise|raised|log|logged|create|created|escalated?|trouble) (?:a |the |your |an |this )?(?:new )?(?:\\w{1,9} )?tickets?": "case", r"ticket (?:number|id|reference|no)": "case number", r"tickets? (?:has|have) been (?:raised|logged|opened|created)": "your case is with me",
    r"back-?end": "our systems", r"front-?end": "what you see", r"provision(?:ed|ing)": "set up", r"apis?": "connection", r"tat": "time", r"eta": "when it comes", r"(?:root cause|rca)(?: analysis)?": "what caused it", r"(?:line ?haul(?:s|ing)?|last[- ]mile|first[- ]mile|hub scan|depot scan|manifest(?:ed)?|consignment|cross-dock)(?: \w{1,12})?": "parcel, lorry, depot: what happened in plain words",
    r"onboarding": "setting up", r"touch base": "talk", r"leverage[ds]?": "use", r"going forward|moving forward": "from now on", r"expedit\w{1,4}": "speed up", r"facilitat\w{1,4}": "help", r"action(?:ed|ing) (?:this|it|your|the|a)|to action|be actioned": "do", r"stakeholders?": "who is concerned", r"deep[- ]?dive": "look closely", r"end[- ]users?": "you", r"sops?": "how we work", r"kpis?|nps|csat|crm|wismo|fcr|aht": "leave it out", r"eod|cob|eob": "by 6 pm",
    r"remediat\w{1,4}": "put right", r"mitigat\w{1,4}": "lessen", r"utili[sz]e[ds]?|utili[sz]ing": "use", r"resolution (?:team|time|path|process|matrix|window)": "who solves it, by when", r"(?:dispatch|fulfil?lment|logistics|ops|provisioning|resolution) (?:exception|event|status|centre|center|window|layer|workflow|pipeline|hub|process|node)": "what happened in plain words", r"workflows?": "how we work", r"(?:tier|level|l)[ -]?[1-4](?: (?:support|agents?|team))?": "a colleague, by name", r"triag\w{1,4}": "look at first", r"(?:ip|dns|dhcp|vlan|cpe|olt|onu|dslam|mac|nat|cdn|vpn) (?:lease|address|server|config\w{0,10}|issue|node|pool|layer|reset|propagation)": "in plain words", r"latency|throughput|packet loss|failover|rollback|hotfix|regression|deployment|outage window|sync(?:ed|ing|hroni[sz]ation)?(?: \w{1,10})?|config(?:uration)? (?:error|drift|issue|change|mismatch)": "in plain words",
    r"(?:chargeback|reconciliation|remittance|pro-?rata|accrual|ledger|dunning|direct debit mandate|arrears cycle|billing cycle (?:offset|proration)|proration|pre-?auth(?:ori[sz]ation)?)": "in plain words", r"irrops?|irops?|pnr|mct|codeshare|interline|atc slot|oal|rebook queue|pax|misconnect|offload(?:ed)?|load factor": "in plain words", r"bandwidth": "time", r"synerg\w{1,4}": "leave it out", r"circle back": "come back to you", r"ping (?:me|us|you|them)": "write to", r"reach out internally": "ask my colleagues", r"per (?:your|our) (?:previous |last )?(?:e-?mail|message|conversation|request|tweet|post)": "you wrote that", r"pursuant to|hereby|herewith|aforementioned|forthwith|henceforth|heretofore|thereof|notwithstanding|in lieu of": "plain words", r"(?:non-?conform\w{2,6}|defective unit|faulty unit|unit|firmware|oem|bom|rev ?[a-c]|batch code)(?= (?:failure|swap|replacement|issue|under|has|is|was))": "the thing by its name", r"swap-?out": "exchange", r"customer journey|touch ?points?|pain points?|value proposition|best practices?|omni-?channel|cross-functional|bottlenecks?|deliverables?|actionable|action items?|low-hanging|proactive(?:ly)?|holistic|ecosystem|alignment|visibility (?:on|of|into)|bandwidth|roadmap|rollout": "plain words",
}  # fmt: skip
_SCRIPT: Mapping[str, str] = {
    r"(?:for|about) (?:the|any|this|all|your) (?:\w{1,12} )?inconveniences?(?: (?:this|that|it|we))?(?: (?:may|might|has|have))?(?: have)?(?: caused)?": 'what happened: "for the late parcel"', r"inconvenience (?:caused|this|experienced|is)(?: \w{1,9})?|any inconvenience|regret(?:s|ted)? the inconvenience": 'what happened: "for the late parcel"',
    r"your (?:call|business|feedback|opinion|satisfaction|experience|custom|loyalty|concern|concerns|comfort|patience|input|comments?) (?:is|are|means?|matters?|will)(?: (?:very|extremely|really|so|highly|truly|always|greatly|deeply|of the))?(?: (?:important|valued|valuable|appreciated|our|utmost|everything|a|help|be))?(?: \w{1,12}){0,3}": "leave it out", r"(?:we|i) (?:truly |really |highly |greatly |sincerely |deeply )?value (?:you|your|all|every|our)(?: \w{1,12}){0,2}": "leave it out",
    r"valued (?:customer|guest|client|member|passenger|user|subscriber)s?": "their handle", r"dear (?:customer|valued|guest|client|passenger|user|subscriber|consumer|member|traveller|shopper|patron)s?(?: \w{1,9})?": "their handle", r"(?:please|kindly) (?:be )?(?:advised|informed|assured|note|be aware|bear with|accept (?:our|my) (?:sincere\w{0,2} |sincerest |deepest |heartfelt )?apolog\w{1,4})(?: that)?": "say it without it", r"rest assured": "leave it out", r"kindly": "please", r"(?:do not|don't|never|feel free to not|please) hesitate": "leave it out", r"at your (?:earliest|own) convenience": "when you can", r"(?:we|i) (?:always |continually |constantly )?striv(?:e|es|ing)(?: \w{1,10}){0,2}|we pride ourselves": "leave it out",
    r"we (?:do )?(?:take|took|treat) (?:all |this |these |such |your |every |customer |\w{1,12} ){0,4}(?:very |extremely |incredibly )?(?:seriously)": "say what you do about it", r"(?:brought|bringing|bring|drawing) (?:this|it|that|the \w{2,12}|your \w{2,12}) to (?:our|my) attention": "telling us", r"thank(?:s| you) (?:\w{1,9} )?for (?:your )?(?:patience and |continued |kind |understanding|cooperation|co-operation|custom|loyalty|business|valuable|patronage|being a (?:loyal|valued))(?: \w{1,14}){0,2}": 'telling us', r"(?:our|the|my) (?:most )?(?:sincere|sincerest|deepest|heartfelt|humble|humblest|profound) (?:apolog\w{1,4}|regrets?)": "I'm sorry", r"(?:sincerely|deeply|humbly|profoundly) (?:apologi[sz]e|regret)(?= (?:for|the) (?:any|the|this|inconvenience))": "I'm sorry", r"we understand your (?:frustration|concern|concerns|disappointment|position|situation)(?: and)?": "what they went through, in their words", r"(?:i|we) (?:completely |fully |totally |truly |certainly |do |can )?(?:understand|appreciate|empathi[sz]e with|acknowledge|hear|sense) (?:your|the) (?:frustration|concerns?|disappointment|dissatisfaction)": "what they went through, in their words",
    r"(?:highest|utmost|top|number one) (?:\w{1,10} )?(?:priority|importance|standard|quality|care)s?(?! for me)": "what you do", r"(?:look|looking) forward to (?:serving|assisting|hearing|welcoming|continuing|your)(?: \w{1,9}){0,2}": "leave it out", r"(?:have a (?:great|nice|wonderful|lovely|good|fantastic|pleasant) (?:day|one|rest of)(?: \w{1,9}){0,2})": "leave it out", r"(?:should|if) you (?:have|require|need) any (?:further|other|additional|more) (?:\w{1,12})": "leave it out", r"(?:further|any other) (?:questions|queries|assistance|enquiries|inquiries)": "leave it out", r"(?:is there anything else|anything else (?:i|we) can)": "leave it out", r"(?:your|this|the) (?:matter|query|enquiry|inquiry|concern|feedback|request|complaint|case|issue|comments?) (?:has been|have been|was|were|is being|will be) (?:duly )?(?:noted|logged|received|registered|acknowledged|recorded|forwarded|passed|addressed|looked into)(?: \w{1,12}){0,2}": '"I have read it, and I …"', r"(?:has|have) been (?:duly )?noted|duly noted": '"I have read it"', r"assist you (?:further|with (?:this|your|that) (?:matter|query|enquiry|issue|concern))|further assist|to assist (?:you )?(?:further)?|provide (?:you )?(?:with )?(?:further )?(?:assistance)|of assistance": "help", r"(?:we|i) (?:would like to|wish to|want to|would love to) (?:apologi[sz]e|thank you|express|extend|assure|inform|take this opportunity)": "I'm sorry; thank you", r"as (?:a|our) (?:valued|loyal)(?: \w{1,10})?": "leave it out", r"we are (?:always )?(?:committed|dedicated|here) to (?!you)\w{2,12}(?: \w{1,12}){0,3}": "what you do", r"(?:excellent|exceptional|outstanding|world[- ]class|best possible|superior|first[- ]class|quality) (?:customer )?(?:service|experience|care)s?": "what you do", r"this (?:message|is an) (?:was )?automat\w{1,8}|automated (?:reply|response|message)|do not reply": "write as a person", r"(?:we|i) regret to (?:inform|hear|learn|advise)(?: you)?": "I'm sorry", r"on behalf of (?:everyone|everybody|the (?:entire |whole )?team|all|the company|our|us)(?: \w{1,10}){0,2}": "I", r"(?:unforeseen|unavoidable) (?:circumstances?|\w{2,12})|due to (?:high|unusually high|unprecedented|increased|a high|an unusually high) (?:\w{1,12} ){0,2}(?:volumes?|demand|numbers?)(?: of \w{2,12})?|(?:high|higher than (?:usual|normal)) (?:\w{1,12} )?volumes?": "what happened", r"to whom it may concern": "their handle", r"at this (?:time|point in time|juncture)": "now", r"in a timely (?:manner|fashion)": "by a time that you name", r"(?:in|at) (?:due course|the earliest)|as soon as possible|asap|shortly": "by when",
}  # fmt: skip
_SCRIPT_SOON = re.compile(r"^(?:asap|shortly|as soon as possible|at the earliest|in due course)$")

_SWEAR = (
    r"f+u+c+k+\w{0,6}|motherf\w{4,8}|wtf|stfu|ffs|sh[i!1]+t+\w{0,5}|bull ?sh[i!]t\w{0,3}|bs(?=[.!, ])|crap\w{0,2}|damn(?:ed|it)?|goddamn\w{0,2}|bloody(?! mary)|bastards?|bitch\w{0,3}|ass(?:hole|holes|hat)?|arse\w{0,6}|"
    r"dick(?:head|heads|s)?|prick|wank\w{0,4}|twats?|cunts?|bollocks|bugger\w{0,3}|piss\w{0,4}|cock ?up|screwed|hell(?= no| yes|'s| of|[.!,]|$)|what the hell|bloody hell|sod off|idiots?|idiotic|morons?|moronic|imbeciles?|stupid\w{0,3}|dumb(?:ass)?|retard\w{0,3}|fag\w{0,4}|nigg\w{1,3}|sluts?|whores?|jerks?|douche\w{0,4}|scumbags?|tosser|git|knob(?:head)?|effing|freaking|frigging|fricking|pain in the (?:ass|arse|neck|butt)|shut up|suck(?:s|ed)?(?! up)|(?:f|s)[*#@$!.\-]{2,4}[a-z]{0,4}|f\*\w{1,6}|sh\*t\w{0,3}|b\*{2,5}\w{0,3}|a\*\*(?:hole)?|[@#$%&!*]{4,12}"
)
_PROFANITY = re.compile(rf"(?<![\w@#$%&!*])(?:{_SWEAR})(?!\w)")


def jargon(reading: Reading) -> Iterator[Spot]:
    yield from _listed(_JARGON, reading)


def script(reading: Reading) -> Iterator[Spot]:
    yield from _listed(_SCRIPT, reading)


def profanity(reading: Reading) -> Iterator[Spot]:
    for found in _PROFANITY.finditer(reading.plain):
        yield Spot(found.start(), found.end(), "Leave it out.")


@lru_cache(maxsize=8)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return phrases(*(f"(?P<n{n}>{pattern})" for n, pattern in enumerate(patterns)))


def _listed(words: Mapping[str, str], reading: Reading) -> Iterator[Spot]:
    """Each pattern with what to write instead."""
    patterns = tuple(words)
    for found in _compiled(patterns).finditer(reading.plain):
        instead = words[patterns[int((found.lastgroup or "n0")[1:])]]
        yield Spot(found.start(), found.end(), f"Write plainly: {instead}.")


def banned(words: Sequence[str]) -> Look:
    """A rule for words that the brand never says."""
    pattern = _own(words)

    def look(reading: Reading) -> Iterator[Spot]:
        for found in pattern.finditer(reading.plain) if pattern else ():
            yield Spot(found.start(), found.end(), "Say it in other words.")

    return look


def preferred(words: Mapping[str, str]) -> Look:
    """A rule for words in whose place the brand says others."""
    patterns = [(_own([word]), instead) for word, instead in words.items()]

    def look(reading: Reading) -> Iterator[Spot]:
        for pattern, instead in patterns:
            for found in pattern.finditer(reading.plain) if pattern else ():
                yield Spot(found.start(), found.end(), f"Write “{instead}”.")

    return look


def _own(words: Sequence[str]) -> re.Pattern[str] | None:
    """The words, also with an ending of the plural, of a verb or of a genitive."""
    if not words:
        return None
    each = "|".join(r"\s{1,3}".join(map(_inflected, word.lower().split())) for word in words if word.strip())
    return re.compile(rf"(?<!\w)(?:{each})(?!\w)")


def _inflected(word: str) -> str:
    end = r"(?:'s|s'|s|es|d|ed|ing)?" if word[-1:].isalpha() else ""
    if len(word) > 3 and word.endswith("y"):
        return rf"(?:{re.escape(word)}{end}|{re.escape(word[:-1])}ie[sd])"
    if len(word) > 3 and word.endswith("e"):
        return rf"(?:{re.escape(word)}{end}|{re.escape(word[:-1])}ing)"
    return re.escape(word) + end
