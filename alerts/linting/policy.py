"""Policy as a reason for no."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.meaning import meant
from alerts.linting.phrases import phrases
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_POLICY = phrases(
    r"(?:(?:our|the|company|return|returns|refund|store|baggage|cancellation|usage|fair use|"
    r"delivery|pricing|compensation|standard|strict|with|per|to|by|under) ){1,3}(?:policy|"
    r"policies)(?! (?:number|holder|document|team|desk|department|file))",
    r"policy (?:is|states|says|doesn't|does not|that|requires|allows|prevents|forbids|here)",
    r"(?:terms|conditions)(?: and |&)+(?:conditions|terms)",
    r"t ?& ?cs?|t and c(?:')?s|tos|eula",
    r"(?:under|per|in|our|the|by|to|with|of) (?:our |the |your |these )?(?:terms|conditions|"
    r"contract terms|terms of (?:use|service)|conditions of carriage|small print|fine print|"
    r"guidelines|regulations|rules)(?: (?:of|say|state|don't|do not))?",
    r"(?:rules|regulations|terms|contract|guidelines|procedures?|protocols?|process) (?:say|says|"
    r"state|states|stipulates?|requires?|don't|doesn't|do not|does not|forbids?|prohibits?|won't|"
    r"prevents?)",
    r"(?:not|n't|aren't|isn't|never) (?:be )?(?:eligible|entitled|covered|included|allowed to|"
    r"permitted|authori[sz]ed)",
    r"(?:do|does|did)(?:n't| not) (?:qualify|make exceptions|allow|permit|cover)",
    r"(?:make|making|no) exceptions?",
    r"non-?refundable",
    r"(?:section|clause|article|paragraph) \d[\d.]{0,6} (?:of|says|states)",
    r"(?:agreement|tariff|plan) (?:says|states|provides|does not|doesn't|excludes|rules)",
    r"(?:under|per|see|in|by) (?:clause|paragraph|section|article) \d{1,3}",
    r"(?:system|computer) (?:won't|doesn't|does not|will not) (?:let|allow|permit)",
    r"standard (?:procedure|process|practice|protocol)",
    r"against (?:our|the) (?:rules|procedure|guidelines|regulations)",
    r"(?:in )?line with (?:our|the) (?:terms|rules|procedure|guidelines)",
    r"out(?:side)? (?:of )?(?:the |our |your )?(?:\d{1,3}.day |return |returns |warranty |claim |"
    r"refund |cancellation |guarantee )?(?:window|warranty|period|deadline|guarantee)",
    r"(?:we(?:'re| are)|i(?:'m| am)) (?:not allowed|not permitted|bound by|obliged by|required by)",
    r"contract (?:you signed|clearly|runs|is binding)",
    r"as (?:stated|set out|laid down|outlined|described|per|specified) (?:in|on|by) (?:our|the|"
    r"your)",
    r"warranty (?:does not|doesn't|excludes|only)",
    r"deadline (?:has|had|was)",
)

_POLICY_FINE = re.compile(r"(?:insurance|your) policy|privacy policy|no policy|not (?:about|hide behind) ")


def policy(reading: Reading) -> Iterator[Spot]:
    yield from meant(reading, "policy", 'Say what you can do for them: "What I can do today is …"')
    for found in _POLICY.finditer(reading.plain):
        if not _POLICY_FINE.search(reading.plain[max(found.start() - 30, 0) : found.end()]):
            yield Spot(found.start(), found.end(), 'Say what you can do for them: "What I can do today is …"')
