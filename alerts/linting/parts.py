"""The four things that a reply tells, and who tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.courtesy import SORRY, THANKS
from alerts.linting.names import names_a_colleague
from alerts.linting.phrases import phrases
from alerts.linting.reading import Reading, Sentence
from alerts.linting.rule import Spot
from alerts.linting.times import FUTURE, REPORTS, TIME

STATUS = phrases(
    r"(?:i|we)(?:'m| am|'re| are|'ve been| have been) (?:\w{1,12} ){0,2}(?!(?:looking )?forward|"
    r"going to|missing|hearing)\w{2,12}ing",
    r"i(?:'m| am|'ve got| have got| am already) (?:already )?on (?:it|this|your case|the case)",
    r"(?:is|are|it's) (?:now )?(?:with|in) (?:me|my|our hands|us)",
    r"(?:i|we)(?:'ve| have) (?:just |already |now |personally |also |not |both )?(?!to\b|"
    r"no idea)\w{2,14}",
    r"(?:i|we) (?:just |now |already |both )?(?:found|checked|read|looked|spoke|asked|opened|put|"
    r"saw|took|called|traced|confirmed|"
    r"see|know|don't (?:yet )?know|do not (?:yet )?know|can see|can't see|haven't|have not|"
    r"cannot see|can confirm|own|took over|picked)",
    r"(?:your|the|this) (?:\w{1,14} ){1,3}(?:is|are|was|were|has|have|hasn't|"
    r"isn't) (?!with you)\w{2,14}",
    r"here(?:'s| is) (?:what|where)",
    r"so far",
    r"right now",
    r"at the moment",
    r"as of (?:now|today)",
    r"where (?:it|things|we) stands?",
    r"it (?:is|was|has|left|shows|looks|hasn't|isn't|arrived|stopped) \w{2,14}",
    r"(?:i|we) (?:am|are|was|were) (?:told|shown|given)",
    r"(?:looking|checking) (?:into|for|at|this|it|with)",
    r"on it (?:now|with)",
    r"(?:i|we) take (?:this|it|your case) (?:up|over|on)",
    r"in (?:my|our) hands",
    r"on my desk",
    r"with me",
    r"(?:don't|do not|haven't|have not|can't|cannot) (?:\w{1,12} ){1,5}yet",
    r"(?:comes|put \w{2,6}) (?:first|before)",
)
_UNDER_WAY = phrases(
    r"(?:i|we)(?:'m| am|'re| are|'ve been| have been) (?:now |already |also |just |right now |"
    r"currently )?(?:look|check|work|trac|track|search|investigat|compar|read|go|find|test|handl|"
    r"sort|shar|call|ask|talk|speak)(?:k?ing)(?! forward)(?: \w{1,12})?",
    r"(?:i|we)(?:'ve| have) (?:just |already |now |personally |also |both )?(?:found|read|opened|"
    r"checked|asked|spoken|put|taken|started|seen|passed|looked|called|traced|begun|picked)",
    r"on (?:it|this)(?: now)?(?= with|[.,;!]|$| and)",
    r"(?:is|are|it's) (?:now )?(?:with me|in my hands|on my desk|mine)",
    r"(?:your|the) case (?:is|has)",
    r"(?:don't|do not|haven't|have not|can't|cannot) (?:\w{1,12} ){1,5}yet",
    r"comes first",
)
_AIM = phrases(
    r"(?:my|our|the) (?:\w{1,8} )?(?:aim|goal|plan|target|intention)",
    r"aim:",
    r"(?:i|we) (?:want|hope)|i'd like|what i want",
)
_NEXT = phrases(
    r"(?:i|we)(?:'ll| will| shall|'m going to| am going to|'re going to| are going to| can| could) "
    r"(?:\w{1,12}ly |now |then |also |just |first |both |then |"
    r"today )?(?P<does>\w{2,14})(?: \w{1,14}){0,2}",
    r"(?:please|could you|can you|would you|will you|if you(?:'d)?|just|do|if you could|you can|"
    r"simply) (?:\w{1,12} ){0,2}(?:send|tell|dm|message|pm|share|reply|let|give|write|drop|"
    r"check|confirm|show|say|keep|stop|set|try|pop)",
    r"(?:dm|message|send|tell|drop|write to) (?:me|us)",
    r"let me (?!know)\w{2,14}",
    r"(?:my|our|the) next step",
    r"next[,:]",
    r"(?:i|we)(?:'m| am|'re| are) (?:\w{1,12} ){0,2}(?:asking|calling|ringing|sending|arranging|"
    r"booking|speaking|getting|having|ordering|"
    r"tracing|tracking|meeting|visiting|pulling|swapping|replacing|testing|taking (?:it|this|"
    r"that) (?:up )?(?:with|to)|going (?:to|through)|"
    r"preparing|packing|raising|driving|setting|putting|bringing|talking)",
    r"(?:and|then|today|tomorrow|now) (?:will|'ll) \w{2,14}",
    r"[a-z]{2,14} (?:\w{1,12} ){0,4}(?:is|will|'ll) (?:now )?(?:check|call|ask|find|look|trace|"
    r"ring|speak|visit|bring|collect)\w{0,3}",
)
_ONLY_REPORTS = re.compile(
    r"^(?:update|write|report|reply|get|be|come|let|tell|message|answer|contact|post|follow|have|"
    r"hear|say|share|keep|see|"
    r"understand|imagine|only|always|never|make|not|understand|assure|promise|text|email|dm|"
    r"confirm)$"
)
_GETS_ON = phrases(
    r"get (?!back|in touch|to you|you an? (?:update|answer|reply))\w{1,12}",
    r"come (?:and|to you|round|over)",
    r"make (?:a|an|that|the)",
    r"be (?:\w{1,9}ing)",
)
OUTCOME = phrases(
    r"(?:my|our|the) (?:\w{1,8} )?(?:aim|goal|plan|hope|target|intention)",
    r"aim(?:ing)? (?:is|to|for|:)",
    r"aim:",
    r"(?:i|we) (?:want|would like|'d like|hope|intend|mean|plan|expect)",
    r"until (?:it|this|that|you|your|the|everything|we(?:'ve| have) (?:it|this|found))",
    r"you(?:'ll| will|'d| should| would| can| are going to) (?:then |also |soon |again )?"
    r"(?!hear|know more|get (?:an?|my|our) (?:update|answer|reply|message)|have (?:an?|my|"
    r"our) (?:update|reply|message|answer from)|receive (?:an?|my|our) (?:update|reply|message|"
    r"answer)|"
    r"see (?:an?|my) (?:update|reply|message)|need|find (?:us|me)|reach|send|dm|also|message|call|"
    r"contact)\w{2,14}",
    r"(?:put|set|make|putting|setting|making) (?:\w{1,12} ){1,4}?right",
    r"so (?:that )?(?:you|your|it|the) (?:\w{1,14} )?(?:can|is|are|have|has|get|gets|know|don't|"
    r"will|works?|arrives?)",
    r"solution",
    r"(?:solv|sort|settl|resolv|fix|mend|repair|replac)(?:e|ed|ing|es|s)?(?: out)?(?: (?:this|it|"
    r"that|for you))?",
    r"either [^.]{3,80} or",
    r"end (?:up )?with",
    r"in the end",
    r"what you(?:'ll| will) have",
    r"(?:get|gets|getting) (?:it|this|you|your|the)(?: \w{1,14}){0,5} (?:back|to you|sorted|home|"
    r"working|fixed|right|moving|there|online|on (?:your|the) way)",
    r"make sure (?:that )?(?:you|your|it|this|the|nobody|no one)",
    r"back (?:up and running|to normal|in (?:your|its) (?:hands|place)|online|where)",
    r"happy with",
    r"works? for you",
    r"is how it (?:ends|should end)",
    r"(?:he|she|they|it|nobody|no one|everyone|everybody|your \w{2,14}(?: \w{2,12})?|"
    r"that) should (?!not|never|have been|n't)\w{2,14}",
    r"you (?:pay|travel|sleep|keep|fly|end|leave|go home)",
    r"it ends",
    r"(?:you|your \w{2,14}) (?:have|has|get|gets) (?:it|a|the|your|what|back|an|one)",
    r"(?:you )?(?:will|to) (?:have|get) (?:it|what|your|a (?!(?:reply|message|call)))\w{0,14}",
)


def no_status(reading: Reading) -> Iterator[Spot]:
    if not any(map(_tells_status, reading.sentences)):
        yield Spot(
            0, 0, 'Say where their case stands: "Your case is with me, and I am looking for your parcel."'
        )


def _tells_status(sentence: Sentence) -> bool:
    """A sentence that thanks, apologises, or tells a time or an aim says other things about the case, too; in these it
    takes words that mean nothing else."""
    text = sentence.text
    other = (
        THANKS.search(text)
        or SORRY.search(text)
        or _AIM.search(text)
        or (TIME.search(text) and REPORTS.search(text))
    )
    return bool((_UNDER_WAY if other else STATUS).search(text))


def no_next_step(reading: Reading) -> Iterator[Spot]:
    for found in _NEXT.finditer(reading.plain):
        does = found["does"]
        if does is None or not _ONLY_REPORTS.match(does) or _GETS_ON.search(found[0]):
            return
    yield Spot(0, 0, 'Say what you do next: "I will call the depot myself."')


def no_time(reading: Reading) -> Iterator[Spot]:
    for sentence in reading.sentences:
        if TIME.search(sentence.text) and (FUTURE.search(sentence.text) or REPORTS.search(sentence.text)):
            return
    yield Spot(0, 0, 'Say when they hear from you again: "I\'ll write to you by 3 pm GMT today."')


def no_outcome(reading: Reading) -> Iterator[Spot]:
    if not OUTCOME.search(reading.plain):
        yield Spot(
            0, 0, 'Say what they will have in the end: "My aim is that you have your parcel, or a new one."'
        )


def unsigned(reading: Reading) -> Iterator[Spot]:
    if not names_a_colleague(reading):
        yield Spot(0, 0, 'Say who you are: "I\'m Sam", or "- Sam" at the end.')
