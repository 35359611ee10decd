"""The four things that a reply tells, and who tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.courtesy import SORRY, THANKS, felt
from alerts.linting.names import names_a_colleague
from alerts.linting.phrases import phrases
from alerts.linting.reading import Reading, Sentence
from alerts.linting.rule import Spot
from alerts.linting.times import BARE, FUTURE, REPORTS, TIME

STATUS = phrases(
    r"(?:i|we)(?:'m| am|'re| are|'ve been| have been) (?:\w{1,12} ){0,2}(?!(?:looking )?forward|"
    r"going to|missing|hearing|(?:ask|call|ring|speak|talk|send|arrang|book|writ|order|"
    r"phon)ing)\w{2,12}ing",
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
    r"currently )?(?:look|check|work|trac|track|search|investigat|compar|read|find|test|handl|"
    r"sort|shar)(?:k?ing)(?! forward)(?: \w{1,12})?",
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
    r"(?:i|we)(?:'ll| will| shall|'m going to| am going to|'re going to| are going to| can|"
    r" could) "
    r"(?:\w{1,12}ly |now |then |also |just |first |both |then |"
    r"today )?(?P<does>\w{2,14})(?: \w{1,14}){0,2}",
    r"(?:please|could you|can you|would you|will you|if you(?:'d)?|just|do|if you could|you can|"
    r"simply) (?:\w{1,12} ){0,2}(?:send|tell|dm|message|pm|share|reply|let|give|write|drop|"
    r"check|confirm|show|say|keep|stop|set|try|pop)",
    r"(?:dm|message|send|tell|drop|write to) (?:me|us)",
    r"please (?!accept|note|be|don't|know|rest|find|bear)\w{2,12}",
    r"(?:and|who|which) (?:will|is going to) (?!write|post|tell|update|reply|report|be back|"
    r"let you|get back|come back|message)\w{2,12}",
    r"(?:our|my) \w{3,14},? \w{2,14},? (?:reads|tests|checks|looks|goes|calls|asks|brings|takes|"
    r"drives|has your)",
    r"let me (?!know)\w{2,14}",
    r"(?:i|we)(?:'d| would) like (?:to|you)",
    r"(?:i'm|we're|i am|we are) (?:on to|onto|on|with|over at) (?!it\b|this\b|"
    r"your case)(?:\w{2,14})",
    r"(?:us|[a-z]{3,14}) (?:is|are) (?:all |now |already )?on (?:it|this)",
    r"(?:i|we)(?:'ve| have) (?:just |already |now )?(?:got|told|asked|let|sent|called|shown|"
    r"handed|rung|messaged|written to|spoken|talked|alerted|stopped|switched|put|set)",
    r"(?:has|have) been (?:called|sent|told|asked|dispatched|stopped)",
    r"(?:i|we) (?:find|stay|keep at)",
    r"send (?:me|us|it|your|the|a)",
    r"(?:and|then|i|we) (?:will )?pass on",
    r"(?:my|our|the) next step",
    r"next[,:]",
    r"(?:i|we)(?:'m| am|'re| are) (?:\w{1,12} ){0,2}(?:asking|calling|ringing|sending|arranging|"
    r"booking|speaking|getting|having|ordering|"
    r"tracing|tracking|meeting|visiting|pulling|swapping|replacing|testing|taking (?:it|this|"
    r"that) (?:up )?(?:with|to)|going (?:to|through)|"
    r"preparing|packing|raising|driving|setting|putting|bringing|talking)",
    r"(?:\w{1,14}),?(?:'m|'s|'re| am| is| are) (?:\w{1,12} ){0,2}?(?!(?:look|check)ing (?:it|this|"
    r"that|into|right|now)|working on (?:it|this|that|your)|looking forward|going(?! (?:to|"
    r"through|over|back))|being|having a|wait|miss|hear|"
    r"sorry|morning|evening|nothing|something|anything|everything|during|king)\w{2,12}ing",
    r"(?:engineers?|crew|team|colleagues?|mechanics?|technicians?|[a-z]{3,12}) (?:is|"
    r"are) (?:already |now )?on (?:it|site|the (?:line|phone|way|case)|(?:her|his|their|its) way)",
    r"(?:with|on to|onto) (?:the|our|her|his) \w{2,14}(?: \w{2,14})? (?:on the (?:phone|line|"
    r"radio)|now)",
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
    r"so (?:that )?(?:both of |all of |next time )?(?:you|your|it|it's|it'll|you'll|you're|you've|"
    r"she|she's|he|he's|they|the|there|nobody|everyone|both|we|people|all|anyone|his|"
    r"her)(?!'?ll hear)",
    r"what (?:you|we|she|he|it|they)(?:'re|'s)? [^.!?]{0,40}?(?:is|want|needs?|after|working|"
    r"towards)",
    r"where we want",
    r"so (?:that )?(?!far|much|very|sorry|many|long|i |we will|on |late|that i)[a-z][\w']{2,}",
    r"(?:until|till) [\w']{2,}",
    r"(?:point|whole point|idea) (?:of|is)",
    r"find a way",
    r"(?:i|we)(?:'d| would) like (?:you|it|your|this)",
    r"(?:he|she|they|[a-z]{3,12}) gets?(?! back to)",
    r"see (?:that )?(?:you|it)(?:'re|'s| are| is)",
    r"should(?:n't| not) have to \w{2,12}(?= far| again| twice)",
    r"back (?:on|in|to|at) (?:the|your|its|his|her)",
    r"you (?:need|get|got|leave|pay)(?! to (?:call|send|contact))",
    r"you should (?!not|never|have been|have to|n't)\w{2,14}",
    r"(?:goal|aim|plan|target|outcome)s?:",
    r"let's get",
    r"till (?:you|it|your|the|she|he|they)|as (?:booked|ordered|promised|planned|it should)",
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
    r"[\w']{2,15} should (?!not|never|have (?:been|\w{2,12}ed)\b|n't)\w{2,14}",
    r"should be (?:your|the|a)",
    r"you (?:decide|choose|keep)",
    r"you(?:'re| are) (?:owed|back|home)",
    r"where we(?:'re| are) going",
    r"(?:will|'ll) (?:know|have|get) (?:what|where|when|why|exactly|whether)",
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


_OTHER = phrases(
    r"^(?:that|so|which|who)\b",
    r"^(?:and |so |then |but )?(?:i|we)(?:'ll| will| shall|'m going to| am going to|'re going to|"
    r"'d like)",
    r"^(?:will|'ll|please|could|can|would|if|just)",
    r"(?:asking|calling|ringing|speaking|talking|going to|writing|arranging|sending|ordering|"
    r"booking)",
    r"^(?:what|how|where) (?:you|we|it|she|he|they)",
    r"should",
    r"so (?:that )?(?:you|it|she|he|they|we|your)",
    r"you(?:'ll| will)",
    r"^(?:i'm|i am|this is|it's) \w{2,14}(?: (?:from|of|at) [\w ]{2,30})?[.,!]?$",
    r"^(?:best|kind|warm|thanks|cheers|yours)",
    r"(?:not|isn't|wasn't) (?:good enough|okay|ok|right|acceptable|fair)",
)
"""Clauses that tell something else than how things stand: what is planned, wished or felt."""
_CLAUSES = re.compile(
    r"[;:]\s|,? (?:and|but|so) (?=(?:i|we|it|the|you|will|she|he|they|your|our|then|that|post|"
    r"write|tell)\b)|, (?=(?:i|we|so|it|she|he|they)\b)"
)


def _tells_how_things_stand(sentence: Sentence) -> bool:
    """Whether a clause is left that is a statement about the case."""
    if sentence.text.endswith("?") or THANKS.search(sentence.text) or SORRY.search(sentence.text):
        return False
    clauses = [each.strip(" ,.;:!") for each in _CLAUSES.split(sentence.text)]
    return any(
        len(each.split()) >= 4
        and not _OTHER.search(each)
        and not felt(each)
        and not _AIM.search(each)
        and not TIME.search(each)
        and not REPORTS.search(each)
        for each in clauses
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
    return bool((_UNDER_WAY if other else STATUS).search(text)) or _tells_how_things_stand(sentence)


def no_next_step(reading: Reading) -> Iterator[Spot]:
    for found in _NEXT.finditer(reading.plain):
        does = found["does"]
        if does is None or not _ONLY_REPORTS.match(does) or _GETS_ON.search(found[0]):
            return
    yield Spot(0, 0, 'Say what you do next: "I will call the depot myself."')


def no_time(reading: Reading) -> Iterator[Spot]:
    for sentence in reading.sentences:
        if BARE.search(sentence.text) and REPORTS.search(sentence.text):
            return
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
