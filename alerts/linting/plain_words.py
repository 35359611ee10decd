"""Jargon and script language, with what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from alerts.linting.meaning import meant
from alerts.linting.phrases import phrases
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_JARGON: Mapping[str, str] = {
    r"skus?": "article",
    r"slas?": "the time that we keep to",
    r"rma(?: number)?": "return number",
    r"poc": "the person who looks after you",
    r"pod": "the signature for the delivery",
    r"kyc": "checking who you are",
    r"escalat\w{1,4}": "name who takes it on",
    r"(?:support|service|help|open|opened|raise|raised|log|logged|create|created|escalated?|"
    r"trouble) (?:a |the |your |an |this )?(?:new )?(?:\\w{1,9} )?tickets?": "case",
    r"ticket (?:number|id|reference|no)": "case number",
    r"tickets? (?:has|have) been (?:raised|logged|opened|created)": "your case is with me",
    r"back-?end": "our systems",
    r"front-?end": "what you see",
    r"provision(?:ed|ing)": "set up",
    r"apis?": "connection",
    r"tat": "time",
    r"eta": "when it comes",
    r"(?:root cause|rca)(?: analysis)?": "what caused it",
    r"(?:line ?haul(?:s|ing)?|last[- ]mile|first[- ]mile|hub scan|depot scan|manifest(?:ed)?|"
    r"consignment|cross-dock)(?: \w{1,12})?": "parcel, lorry, depot: what happened in plain words",
    r"onboarding": "setting up",
    r"touch base": "talk",
    r"leverage[ds]?": "use",
    r"going forward|moving forward": "from now on",
    r"expedit\w{1,4}": "speed up",
    r"facilitat\w{1,4}": "help",
    r"action(?:ed|ing) (?:this|it|your|the|a)|to action|be actioned": "do",
    r"stakeholders?": "who is concerned",
    r"deep[- ]?dive": "look closely",
    r"end[- ]users?": "you",
    r"sops?": "how we work",
    r"kpis?|nps|csat|crm|wismo|fcr|aht": "leave it out",
    r"eod|cob|eob": "by 6 pm",
    r"remediat\w{1,4}": "put right",
    r"mitigat\w{1,4}": "lessen",
    r"utili[sz]e[ds]?|utili[sz]ing": "use",
    r"resolution (?:team|time|path|process|matrix|window)": "who solves it, by when",
    r"(?:dispatch|fulfil?lment|logistics|ops|provisioning|resolution) (?:exception|event|status|"
    r"centre|center|window|layer|workflow|pipeline|hub|process|node)": "what happened in plain words",
    r"workflows?": "how we work",
    r"(?:tier|level|l)[ -]?[1-4] (?:support|agents?|team|tech\w{0,9})|tier[ -]?[1-4]|l[1-4]": "a colleague, by name",
    r"triag\w{1,4}": "look at first",
    r"(?:ip|dns|dhcp|vlan|cpe|olt|onu|dslam|mac|nat|cdn|vpn) (?:lease|address|server|"
    r"config\w{0,10}|issue|node|pool|layer|reset|propagation)": "in plain words",
    r"latency|throughput|packet loss|failover|rollback|hotfix|regression|deployment|outage window|"
    r"config(?:uration)? (?:error|drift|issue|change|"
    r"mismatch)": "in plain words",
    r"(?:chargeback|reconciliation|remittance|pro-?rata|accrual|ledger|dunning|"
    r"direct debit mandate|arrears cycle|billing cycle (?:offset|proration)|proration|"
    r"pre-?auth(?:ori[sz]ation)?)": "in plain words",
    r"irrops?|irops?|pnr|mct|codeshare|interline|atc slot|oal|rebook queue|pax|misconnect|"
    r"offload(?:ed)?|load factor": "in plain words",
    r"bandwidth": "time",
    r"synerg\w{1,4}": "leave it out",
    r"circle back": "come back to you",
    r"ping (?:me|us|you|them)": "write to",
    r"reach out internally": "ask my colleagues",
    r"per (?:your|our) (?:previous |last )?(?:e-?mail|message|conversation|request|tweet|post)": "you wrote that",
    r"pursuant to|hereby|herewith|aforementioned|forthwith|henceforth|heretofore|thereof|"
    r"notwithstanding|in lieu of": "plain words",
    r"(?:non-?conform\w{2,6}|defective unit|faulty unit|unit|firmware|oem|bom|rev ?[a-c]|"
    r"batch code)(?= (?:failure|swap|replacement|issue|under|has|is|was))": "the thing by its name",
    r"swap-?out": "exchange",
    r"customer journey|touch ?points?|pain points?|value proposition|best practices?|"
    r"omni-?channel|cross-functional|bottlenecks?|deliverables?|actionable|action items?|"
    r"low-hanging|proactive(?:ly)?|holistic|ecosystem|alignment|visibility (?:on|of|into)|"
    r"bandwidth|roadmap|rollout": "plain words",
}

_SCRIPT: Mapping[str, str] = {
    r"(?:for|about) (?:the|any|this|all|your) (?:\w{1,12} )?inconveniences?(?: (?:this|that|it|"
    r"we))?(?: (?:may|might|has|have))?(?: have)?(?: caused)?": 'what happened: "for the late parcel"',
    r"inconvenience (?:caused|this|experienced|is)(?: \w{1,9})?|any inconvenience|regret(?:s|"
    r"ted)? the inconvenience": 'what happened: "for the late parcel"',
    r"your (?:call|business|feedback|opinion|satisfaction|experience|custom|loyalty|concern|"
    r"concerns|comfort|patience|input|comments?) (?:is|are|means?|matters?|will)(?: (?:very|"
    r"extremely|really|so|highly|truly|always|greatly|deeply|of the))?(?: (?:important|valued|"
    r"valuable|appreciated|our|utmost|everything|a|help|be))?(?: \w{1,12}){0,3}": "leave it out",
    r"(?:we|i) (?:truly |really |highly |greatly |sincerely |deeply )?value (?:you|your|all|every|"
    r"our)(?: \w{1,12}){0,2}": "leave it out",
    r"valued (?:customer|guest|client|member|passenger|user|subscriber)s?": "their handle",
    r"dear (?:customer|valued|guest|client|passenger|user|subscriber|consumer|member|traveller|"
    r"shopper|patron)s?(?: \w{1,9})?": "their handle",
    r"(?:please|kindly) (?:be )?(?:advised|informed|assured|note|be aware|bear with|accept (?:our|"
    r"my) (?:sincere\w{0,2} |sincerest |deepest |heartfelt )?apolog\w{1,4})(?: that)?": "say it without it",
    r"rest assured": "leave it out",
    r"kindly (?:note|bear|be|refer|contact|send|provide|dm|wait|allow|share|confirm|let|reply|"
    r"check|accept|do|see|give|advise|excuse)": "please",
    r"(?:do not|don't|never|feel free to not|please) hesitate": "leave it out",
    r"at your (?:earliest|own) convenience": "when you can",
    r"(?:we|i) (?:always |continually |constantly )?striv(?:e|es|ing)(?: \w{1,10}){0,2}|"
    r"we pride ourselves": "leave it out",
    r"we (?:do )?(?:take|took|treat) (?:all |this |these |such |your |every |customer |"
    r"\w{1,12} ){0,4}(?:very |extremely |incredibly )?(?:seriously)": "say what you do about it",
    r"(?:brought|bringing|bring|drawing) (?:this|it|that|the \w{2,12}|your \w{2,12}) to (?:our|"
    r"my) attention": "telling us",
    r"thank(?:s| you) (?:\w{1,9} )?for (?:your )?(?:patience and |continued |kind |understanding|"
    r"cooperation|co-operation|custom|loyalty|business|valuable|patronage|being a (?:loyal|"
    r"valued))(?: \w{1,14}){0,2}": "telling us",
    r"(?:our|the|my) (?:most )?(?:sincere|sincerest|deepest|heartfelt|humble|humblest|"
    r"profound) (?:apolog\w{1,4}|regrets?)": "I'm sorry",
    r"(?:sincerely|deeply|humbly|profoundly) (?:apologi[sz]e|regret)(?= (?:for|the) (?:any|the|"
    r"this|inconvenience))": "I'm sorry",
    r"we understand your (?:frustration|concern|concerns|disappointment|position|"
    r"situation)(?: and)?": "what they went through, in their words",
    r"(?:i|we) (?:completely |fully |totally |truly |certainly |do |can )?(?:understand|"
    r"appreciate|empathi[sz]e with|acknowledge|hear|sense) (?:your|the) (?:frustration|concerns?|"
    r"disappointment|dissatisfaction)": "what they went through, in their words",
    r"(?:highest|utmost|top|number one) (?:\w{1,10} )?(?:priority|importance|standard|quality|"
    r"care)s?(?! for me)": "what you do",
    r"(?:look|looking) forward to (?:serving|assisting|hearing|welcoming|continuing|"
    r"your)(?: \w{1,9}){0,2}": "leave it out",
    r"(?:have a (?:great|nice|wonderful|lovely|good|fantastic|pleasant) (?:day|one|"
    r"rest of)(?: \w{1,9}){0,2})": "leave it out",
    r"(?:should|if) you (?:have|require|need) any (?:further|other|additional|more) (?:\w{1,12})": "leave it out",
    r"(?:further|any other) (?:questions|queries|assistance|enquiries|inquiries)": "leave it out",
    r"(?:is there anything else|anything else (?:i|we) can)": "leave it out",
    r"(?:your|this|the) (?:matter|query|enquiry|inquiry|concern|feedback|request|complaint|case|"
    r"issue|comments?) (?:has been|have been|was|were|is being|will be) (?:duly )?(?:noted|logged|"
    r"received|registered|acknowledged|recorded|forwarded|passed|addressed|"
    r"looked into)(?: \w{1,12}){0,2}": '"I have read it, and I …"',
    r"(?:has|have) been (?:duly )?noted|duly noted": '"I have read it"',
    r"assist you (?:further|with (?:this|your|that) (?:matter|query|enquiry|issue|concern))|"
    r"further assist|to assist (?:you )?(?:further)?|"
    r"provide (?:you )?(?:with )?(?:further )?(?:assistance)|of assistance": "help",
    r"(?:we|i) (?:would like to|wish to|want to|would love to) (?:apologi[sz]e|thank you|express|"
    r"extend|assure|inform|take this opportunity)": "I'm sorry; thank you",
    r"as (?:a|our) (?:valued|loyal)(?: \w{1,10})?": "leave it out",
    r"we are (?:always )?(?:committed|dedicated|here) to (?!you)\w{2,12}(?: \w{1,12}){0,3}": "what you do",
    r"(?:excellent|exceptional|outstanding|world[- ]class|best possible|superior|first[- ]class|"
    r"quality) (?:customer )?(?:service|experience|care)s?": "what you do",
    r"this (?:message|is an) (?:was )?automat\w{1,8}|automated (?:reply|response|message)|"
    r"do not reply": "write as a person",
    r"(?:we|i) regret to (?:inform|hear|learn|advise)(?: you)?": "I'm sorry",
    r"on behalf of (?:everyone|everybody|the (?:entire |whole )?team|all|the company|our|"
    r"us)(?: \w{1,10}){0,2}": "I",
    r"(?:unforeseen|unavoidable) (?:circumstances?|\w{2,12})|due to (?:high|unusually high|"
    r"unprecedented|increased|a high|an unusually high) (?:\w{1,12} ){0,2}(?:volumes?|demand|"
    r"numbers?)(?: of \w{2,12})?|(?:high|higher than (?:usual|normal)) (?:\w{1,12} )?volumes?": "what happened",
    r"to whom it may concern": "their handle",
    r"at this (?:time|point in time|juncture)": "now",
    r"in a timely (?:manner|fashion)": "by a time that you name",
    r"(?:in|at) (?:due course|the earliest)|as soon as possible|asap|shortly": "by when",
}

_SCRIPT_SOON = re.compile(r"^(?:asap|shortly|as soon as possible|at the earliest|in due course)$")


def jargon(reading: Reading) -> Iterator[Spot]:
    yield from _listed(_JARGON, reading)
    yield from meant(reading, "jargon", "Write plainly: say it as the customer would.")


def script(reading: Reading) -> Iterator[Spot]:
    yield from _listed(_SCRIPT, reading)
    yield from meant(reading, "script", "Write plainly: say it as you would to a friend.")


@lru_cache(maxsize=8)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return phrases(*(f"(?P<n{n}>{pattern})" for n, pattern in enumerate(patterns)))


def _listed(words: Mapping[str, str], reading: Reading) -> Iterator[Spot]:
    """Each pattern with what to write instead."""
    patterns = tuple(words)
    for found in _compiled(patterns).finditer(reading.plain):
        instead = words[patterns[int((found.lastgroup or "n0")[1:])]]
        yield Spot(found.start(), found.end(), f"Write plainly: {instead}.")
