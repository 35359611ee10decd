"""Internal remarks, being passed on, and long exchanges: what customers should never see of how we work."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.meaning import meant
from alerts.linting.phrases import COLLEAGUES, OUTSIDERS, phrases, spots
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot
from alerts.snap.service import privately

_INTERNAL = phrases(
    r"fyi", r"if (?:he|she|they) (?:push|ask|complain|insist|threaten|kick)\w{0,3}", r"(?:offer|give) (?:him|her|them|up to)(?: \w{1,10})?", r"(?:not sure|no idea) what to (?:write|say|tell|put|answer)", r"can (?:you|someone|somebody|anyone) (?:take a look|approve|proofread|reply to|answer|handle|deal with|check this|have a look)(?: \w{2,12})?", r"(?:someone|somebody|anyone) please (?:check|reply|approve|look|fix)", r"before i (?:post|send|publish)", r"hey team|hi team|hello team|dear team|@team|@here|@channel|@all", r"team:", r"(?:note|memo|reminder|message) (?:to|for) (?:self|the team|team|colleagues|agents?|the shift|the next shift|staff)", r"internal(?:ly)?(?: only| note| use| remark| comment)?[:\]]?", r"not for (?:the )?(?:customer|public|publication|posting)\w{0,2}", r"between (?:us|you and me|ourselves|colleagues)", r"(?:strictly )?(?:off the record|confidential|in confidence)", r"do(?:n't| not) (?:tell|mention|share|say|post|send|offer|promise|let|give|reveal|admit|show|quote|publish|put|refund|pay|reply)(?: (?:this|it|that|anything|the|them|him|her|to|a|about|any)(?:\b)){0,2}[^.!?]{0,40} (?:customers?|client|them|him|her|anyone|public(?:ly)?|this|outside|yet|press)",
    r"keep (?:this|it|that) (?:quiet|to (?:us|ourselves|yourself)|internal|between|in(?:side|-house)|under)", r"(?:this|that|the|another|same|our|typical) (?:\w{1,12} )?(?:customer|client|guy|woman|man|lady|bloke|person|user|complainer|troublemaker|troll|moaner|whiner)(?:'s)? (?:is|are|has|was|always|keeps|just|wants|again|seems|complains?|has been|won't|only|tends|may|might|could|threatens?|can be|will)", r"(?:he|she)(?:'s| is| has| was| always| keeps| wants| complains| only| just| will| again)(?: \w{1,12}){0,3}", r"they(?:'re| are) (?:just |always |only )?(?:trying|fishing|after|bluffing|complaining|a pain|annoying|lying)", r"(?:a )?pain in the \w{2,8}|(?:a|such a) (?:real )?pain|nuisance|time ?waster|serial complainer|repeat complainer|known complainer|trouble ?maker|freeloader",
    r"(?:legal|pr|compliance|marketing|finance|management|the boss|hq|head office|upstairs|the lawyers|comms) (?:say|says|said|told|wants?|has|have|approved|signed|hasn't|won't|need|needs|must|will|are|is)(?: \w{1,10})?", r"(?:check|ask|run (?:it|this) (?:by|past)|clear (?:it|this) with|approved by|wait for|cc|loop in|copy in|pending|ok from|sign-off from|approval (?:from|of|by)) (?:\w{1,10} )?(?:legal|pr|compliance|comms|management|marketing|hq|head office|finance|the boss|my manager|supervisor)", r"(?:p|sev|prio|priority|severity)[ -]?[0-4]", r"(?:inc|chg|prb|req|ritm|sr|tkt|cs|jira|ops|sup|crm|bug|case)[-#_]?\d{3,12}", r"[a-z]{2,8}-\d{2,7}(?! \w{1,12} (?:street|road))", r"(?:ticket|incident|bug|defect) (?:#|no\.? ?|number )?\d{2,12}", r"jira|zendesk|salesforce|servicenow|freshdesk|hubspot|intercom|confluence|slack|sharepoint|pagerduty|opsgenie|datadog|grafana|splunk|oracle|netsuite|genesys|sprinklr|hootsuite|siebel|sap|kibana|trello|asana|notion|monday\.com|ms teams|snapwatch",
    r"(?:the|our|in|internal) (?:crm|wiki|runbook|playbook|backlog|sprint|back office|back ?end team|admin (?:tool|panel)|knowledge base|ticketing system|ticket queue|admin (?:tool|panel))", r"(?:tier|level|l)[ -]?[1-4] (?:support|team|agent|queue)?", r"vip|churn(?: risk)?|high[- ]value customer|low[- ]value|influencer|followers|going viral|go viral|bad press|viral risk|shitstorm", r"(?:max|maximum|up to) (?:goodwill|[£$€]\d{1,5}|compensation|offer)[^.!?]{0,20}", r"may offer|goodwill (?:budget|limit|up to)|cap of [£$€]?\d", r"pls (?:check|advise|approve|confirm|fix|review|handle)|plz", r"(?:draft|wip)(?::|\]| v\d| \d)|for approval|(?:please|can someone|can you) (?:approve|review|proofread)(?: (?:this|before))?", r"(?:our|the) (?:own )?(?:staffing|understaff\w{0,3}|budget|targets?|layoffs?|redundancies|numbers)", r"we(?:'re| are) (?:understaffed|short[- ]staffed|overworked|swamped|short of staff|overloaded|cutting)", r"cost(?:s)? us", r"admit (?:liability|fault|anything)|liability|lawsuit risk", r"(?:copy|paste) (?:and paste )?(?:the|this) (?:standard|usual|template)", r"(?:the )?usual (?:suspect|complaint|nonsense|template|moaning)", r"nobody (?:here )?(?:knows|cares|checked)", r"(?:just )?(?:fob|brush) (?:them|him|her) off", r"get rid of (?:them|him|her|this)", r"the customer",
)  # fmt: skip

_ME = r"(?:me|us|my|our (?:direct )?(?:message|dm)s?)"
_SELF = rf"(?! (?:with |to |by |at |in )?(?:{_ME})\b)"
_PLACES = rf"(?:{COLLEAGUES}|{OUTSIDERS}|customer (?:service|services|care|support|relations)|help ?desk|call cent(?:er|re)|complaints|billing|sales|accounts|technical support|tech support|social media|website|app store|authorities|police|insurer|insurance|ombudsman|landlord|shop|retailer|seller|dealer|post office|pharmacy)"
_PASSED = phrases(
    rf"(?:please|kindly|you(?:'ll| will| should| must| can| could| may| would)?(?: also| always)?(?: need| have|'ve got)?(?: to)?|just|simply|try(?: to)?|best to|better to|need to|have to|want to|(?:i|we)(?:'d| would)? (?:suggest|recommend|advise|ask|urge|encourage|invite)(?: you)?(?: to| that you)?|feel free to|best if you|be best to|welcome to) (?:call(?:ing)?|ring(?:ing)?|phon(?:e|ing)|contact(?:ing)?|reach(?:ing)? out to|e-?mail(?:ing)?|writ(?:e|ing) to|get(?:ting)? in touch with|get hold of|speak(?:ing)? (?:to|with)|talk(?:ing)? (?:to|with)|ask(?:ing)?|turn(?:ing)? to|go(?:ing)? (?:to|through|via)|visit(?:ing)?|check(?:ing)? with|tak(?:e|ing) (?:it|this|that) up with|rais(?:e|ing) (?:it|this|that) with|fill(?:ing)? (?:in|out)|us(?:e|ing) (?:our|the)|submit(?:ting)?|refer(?:ring)? to|head(?:ing)? to|complain(?:ing)? to|dial|log (?:a|in)|follow up with|(?:message|dm) (?=our|the \\w{2,14} (?:team|account|page)|@)) (?!(?:me|us|you|it|this|that|him|her|twice|again|for|what|where|when|which|if|a second|three|anyone|anybody|everyone|so|about)\b)(?:[^.!?\n]{{2,60}})",
    rf"(?:contact|call|ring|phone|reach out to|get in touch with|speak to|speak with|write to|e-?mail|ask|visit|message|dm|talk to) (?:our|the|your|their|a|one of our|another) (?:\w{{1,14}} ){{0,3}}{_PLACES}(?! (?:and i|myself))", r"(?:call|ring|phone|dial)(?: us| me)?(?: on| at)? (?=[+(0])[+(]?\d[\d ().-]{3,18}", r"call (?:us|our)(?: on| at)?",
)  # fmt: skip
_HANDED = phrases(
    rf"(?:passed|passing|pass|forward(?:ed|ing)?|escalat(?:ed|ing|e)|referr(?:ed|ing)|refer|transferr?(?:ed|ing)?|transfer|hand(?:ed|ing)?|rout(?:ed|ing)|redirect(?:ed|ing)?|sent|sending|send|assigned|raised|reported|submitted|redirect) (?:\w{{1,12}} ){{0,5}}?(?:on |over |along |up |through |across )?(?:to|with) (?:our|the|another|a|an|their|my) (?:\w{{1,14}} ){{0,3}}{_PLACES}", rf"(?:our|the|their|a member of (?:our|the)|a|another|one of our|someone from|someone in) (?:(?!and)\w{{1,14}} ){{0,3}}(?:team|department|dept|desk|colleagues?|agents?|advisors?|advisers?|specialists?|representatives?|rep|manager|support|office|experts?|service|services|relations|carrier|courier) (?:will|'ll|can|should|is going to|are going to|would|shall|must|handles?|deals? with|is responsible|are responsible|looks? after|needs? to|has to|have to|is (?:better|the right)|takes? care)(?: \w{{1,12}})?",
    r"(?:someone|somebody|a colleague|one of us|another colleague|whoever is responsible|an agent|a member of staff|the right (?:person|people|team)|the (?:relevant|responsible|appropriate|correct|competent|right) (?:\w{1,14} )?(?:team|department|people|person|colleagues?|office|staff|unit))(?: else)?(?: (?:from|in|at|of) (?:our|the|that|my) (?:\w{1,14} ){0,2}\w{2,14})? ?(?:'ll|will|can|should|is going to|has been|would|must|needs to|has to|is looking|are looking|is handling)(?: \w{1,12})?", r"(?:not|isn't|n't) (?:something )?(?:my|our) (?:department|team|job|area|responsibility)", r"(?:different|another|separate|other|wrong) (?:department|team|desk|office|channel|account)", r"(?:handled|dealt with|managed|looked after|decided|taken care of|processed|answered) by (?:our|the|a|another|their) (?:\w{1,14} )?(?:team|department|desk|colleagues?|office|partner|specialists?|provider)", r"(?:only )?(?:our|the) (?:\w{1,14} ){1,2}(?:team|department|desk|office) (?:only )?can", r"(?:call|ring|phone) 0?\d{3,}", r"we(?: only| can only)? (?:handle|answer|deal with|do) (?:\w{1,12} ){1,3}here", r"(?:can't|cannot|unable to|not able to) (?:\w{1,10} )?(?:help|access|see|handle|deal)(?: \w{1,12}){0,4} (?:here|on twitter|on social|from here|through this|over social|on this)", r"self[- ]service|help pages?|faqs?|support page|contact form|web ?form|online form|complaint form|ticket form",
)  # fmt: skip
_OWNED = re.compile(
    r"\b(?:[Cc]olleagues? |[Mm]anager |[Ww]ith |[Tt]o |[Aa]sk(?:ed|ing)? |[Tt]old )[A-Z][a-z]{1,20}\b|\b[A-Z][a-z]{1,20},? (?:who|from|in|on|at) (?:our|the|my|[a-z]+)\b|\bmyself\b|\b[A-Z][a-z]{1,20} (?:will|is|has)\b|\b(?:and I|with me|together)\b"
)
_NOT_NAMES = re.compile(
    r"\b(?:Please|You|We|The|Our|This|That|It|If|Your|They|To|I|Someone|A|For|Sorry|Unfortunately|Just|Kindly|Customer|Billing|Twitter|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b"
)
_BY_US = re.compile(r"\b(?:i|we)(?:'ll|'m|'re|'ve|'d)?(?: \w{1,12}){0,4} $|\b(?:not|never|n't|without)(?: \w{1,12}){0,3} $|\band (?:to )?$")
_OURS = re.compile(r"(?:i|we)(?:'ll|'m|'re)? |let me ")
_MEDICAL = re.compile(r"medical|doctor|ambulance|emergency|first aid|999|911|112|hospital|poison")


def internal(reading: Reading) -> Iterator[Spot]:
    suggestion = "Take it out: what is for colleagues goes into a note, not into the reply."
    yield from meant(reading, "internal", suggestion)
    yield from spots(_INTERNAL, reading, suggestion)


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


def long_exchange(reading: Reading) -> Iterator[Spot]:
    if reading.occasion.public and reading.occasion.turn >= 2:
        yield Spot(0, 0, f"Answer in private, {privately(reading.service.contact)}.")
