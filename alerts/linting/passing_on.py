"""Customers who are sent on without a name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.meaning import meant
from alerts.linting.phrases import COLLEAGUES, OUTSIDERS, phrases
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_ME = r"(?:me|us|my|our (?:direct )?(?:message|dm)s?)"

_SELF = rf"(?! (?:with |to |by |at |in )?(?:{_ME})\b)"

_PLACES = (
    rf"(?:{COLLEAGUES}|{OUTSIDERS}|customer (?:service|services|care|support|relations)|help ?desk|"
    r"call cent(?:er|re)|complaints|billing|sales|accounts|technical support|tech support|"
    r"social media|website|app store|authorities|police|insurer|insurance|ombudsman|landlord|shop|"
    r"retailer|seller|dealer|post office|pharmacy)"
)

_PASSED = phrases(
    r"(?:please|kindly|you(?:'ll| will| should| must| can| could| may| would|'d)(?: also|"
    r" always)?(?: (?:need|have|want)(?: to)?)?|you (?:need|have|'ve got|ought) to|best|just|"
    r"simply|try(?: to)?|best to|better to|need to|"
    r"have to|want to|(?:i|we)(?:'d| would)? (?:suggest|recommend|advise|ask|urge|encourage|"
    r"invite)(?: you)?(?: to| that you)?|feel free to|best if you|be best to|"
    r"welcome to) (?:call(?:ing)?|ring(?:ing)?|phon(?:e|ing)|contact(?:ing)?|reach(?:ing)? out to|"
    r"e-?mail(?:ing)?|writ(?:e|ing) to|get(?:ting)? in touch with|get hold of|speak(?:ing)? (?:to|"
    r"with)|talk(?:ing)? (?:to|with)|ask(?:ing)?|turn(?:ing)? to|go(?:ing)? (?:back )?(?:to|"
    r"through|via) (?=(?:our|the|your|a) (?:\w{1,14} )?(?:shop|store|branch|counter|dealer|desk|"
    r"website|office|page|app|airport|retailer|seller))|"
    r"visit(?:ing)?|check(?:ing)? with|tak(?:e|ing) (?:it|this|that) up with|rais(?:e|ing) (?:it|"
    r"this|that) with|fill(?:ing)? (?:in|out)|us(?:e|ing) (?:our|the)|submit(?:ting)?|"
    r"refer(?:ring)? to|head(?:ing)? to|complain(?:ing)? to|dial|log (?:a|in)|follow up with|"
    rf"(?:message|dm) (?=our|the \\w{2, 14} (?:team|account|page)|@)) (?!(?:me|us|you|it|this|that|"
    r"him|her|twice|again|for|what|where|when|which|if|a second|three|anyone|anybody|everyone|so|"
    r"about)\b)(?:[^.!?\n]{2,60})",
    r"(?:contact|call|ring|phone|reach out to|get in touch with|speak to|speak with|write to|"
    r"e-?mail|ask|visit|message|dm|talk to) (?:our|the|your|their|a|one of our|"
    rf"another) (?:\w{{1,14}} ){{0,3}}{_PLACES}(?! (?:and i|myself))",
    r"(?:call|ring|phone|dial)(?: us| me)?(?: on| at)? (?=[+(0])[+(]?\d[\d ().-]{3,18}",
    r"call (?:us|our)(?: on| at)?",
)

_HANDED = phrases(
    r"(?:passed|passing|pass|forward(?:ed|ing)?|escalat(?:ed|ing|e)|referr(?:ed|ing)|refer|"
    r"transferr?(?:ed|ing)?|transfer|hand(?:ed|ing)?|rout(?:ed|ing)|redirect(?:ed|ing)?|sent|"
    r"sending|send|assigned|raised|reported|submitted|redirect) (?:\w{1,12} ){0,5}?(?:on |"
    r"over |along |up |through |across )?(?:to|with) (?:our|the|another|a|an|their|"
    rf"my) (?:\w{{1,14}} ){{0,3}}{_PLACES}",
    r"(?:our|the|their|a member of (?:our|the)|a|another|one of our|someone from|"
    r"someone in) (?:(?!and)\w{1,14} ){0,3}(?:team|department|dept|desk|colleagues?|agents?|"
    r"advisors?|advisers?|specialists?|representatives?|rep|manager|support|office|experts?|"
    r"service|services|relations|carrier|courier) (?:will|'ll|can|should|is going to|are going to|"
    r"would|shall|must|handles?|deals? with|is responsible|are responsible|looks? after|needs? to|"
    r"has to|have to|is (?:better|the right)|takes? care)(?: \w{1,12})?",
    r"(?:someone|somebody|a colleague|one of us|another colleague|whoever is responsible|an agent|"
    r"a member of staff|the right (?:person|people|team)|the (?:relevant|responsible|appropriate|"
    r"correct|competent|right) (?:\w{1,14} )?(?:team|department|people|person|colleagues?|office|"
    r"staff|unit))(?: else)?(?: (?:from|in|at|of) (?:our|the|that|"
    r"my) (?:\w{1,14} ){0,2}\w{2,14})? ?(?:'ll|will|can|is going to|has been|would|must|"
    r"needs to|has to|is looking|are looking|is handling)(?: \w{1,12})?",
    r"(?:not|isn't|n't) (?:something )?(?:my|our) (?:department|team|job|area|responsibility)",
    r"(?:different|another|separate|other|wrong) (?:department|team|desk|office|channel|account)",
    r"(?:handled|dealt with|managed|looked after|decided|taken care of|processed|"
    r"answered) by (?:our|the|a|another|their) (?:\w{1,14} )?(?:team|department|desk|colleagues?|"
    r"office|partner|specialists?|provider)",
    r"(?:only )?(?:our|the) (?:\w{1,14} ){1,2}(?:team|department|desk|office) (?:only )?can",
    r"(?:call|ring|phone) 0?\d{3,}",
    r"better placed(?: for| to)?(?: \w{2,12})?",
    r"(?:open|raise|file|log|lodge|submit|start|create) (?:a|an|another) (?:new )?(?:request|"
    r"ticket|claim|case|complaint|report)(?: (?:with|on|at|in|via|there))(?: \w{2,12})?",
    r"(?:isn't|aren't|not|n't) (?:us|ours)(?= on|[.,;]| here|$)",
    r"try (?:our|the|their) (?:other |main |\w{2,12} )?(?:handle|account|line|number|team|chat|"
    r"page|desk|hotline|site|website|app)",
    r"we(?:'re| are) (?:only|just) (?:the|a) \w{2,14}(?: \w{2,14})?",
    r"(?:ask|contact|try|call|message) (?:them|him|her) (?:directly|instead|about|for)",
    r"we(?: only| can only)? (?:handle|answer|deal with|do) (?:\w{1,12} ){1,3}here",
    r"(?:can't|cannot|unable to|not able to) (?:\w{1,10} )?(?:help|access|see|handle|"
    r"deal)(?: \w{1,12}){0,4} (?:here|on twitter|on social|from here|through this|over social|"
    r"on this)",
    r"self[- ]service|contact form|web ?form|online form|"
    r"complaint form|ticket form",
)

_OWNED = re.compile(
    r"\b(?:[Cc]olleagues? |[Mm]anager |[Ww]ith |[Tt]o |[Aa]sk(?:ed|ing)? |"
    r"[Tt]old )[A-Z][a-z]{1,20}\b|\b[A-Z][a-z]{1,20},? (?:who|from|in|on|at) (?:our|the|my|"
    r"[a-z]+)\b|\bmyself\b|\b[A-Z][a-z]{1,20} (?:will|is|has)\b|\b(?:and I|with me|together)\b"
)

_NOT_NAMES = re.compile(
    r"\b(?:Please|You|We|The|Our|This|That|It|If|Your|They|To|I|Someone|A|For|Sorry|Unfortunately|"
    r"Just|Kindly|Customer|Billing|Twitter|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|"
    r"Sunday)\b"
)

_BY_US = re.compile(
    r"\b(?:i|we)(?:'ll|'m|'re|'ve|'d)?(?: \w{1,12}){0,4} $|\b(?:not|never|n't|"
    r"without)(?: \w{1,12}){0,3} $|\band (?:to )?$"
)

_OURS = re.compile(r"(?:i|we)(?:'ll|'m|'re)? |let me ")

_MEDICAL = re.compile(r"medical|doctor|ambulance|emergency|first aid|999|911|112|hospital|poison")


def passed_on(reading: Reading) -> Iterator[Spot]:
    contact = reading.service.contact.lower()
    suggestion = 'Keep it, or name who takes it: "Priya in billing will write to you; I stay with it until it is done."'
    means = {
        spot.start
        for spot in meant(reading, "passed-on", suggestion)
        if not _OURS.match(reading.plain[spot.start : spot.end])
    }
    for sentence in reading.sentences:
        found = _first(sentence.text)
        start, end = found.span() if found else (0, len(sentence.text) if sentence.start in means else 0)
        if not end or contact in sentence.text or _MEDICAL.search(sentence.text):
            continue
        cased = _NOT_NAMES.sub("-", reading.cased[sentence.start : sentence.end])
        if not _OWNED.search(cased):
            yield Spot(
                sentence.start + start,
                sentence.start + end,
                suggestion,
            )


def _first(text: str) -> re.Match[str] | None:
    """The customer is asked to go elsewhere, or their case goes elsewhere."""
    sent = next((found for found in _PASSED.finditer(text) if not _BY_US.search(text[: found.start()])), None)
    return sent or _HANDED.search(text)
