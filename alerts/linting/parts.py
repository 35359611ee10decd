"""The four things that a reply tells, and who tells them. Plain words, and meaning."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.linting.meaning import told
from alerts.linting.names import names_a_colleague
from alerts.linting.phrases import phrases
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot
from alerts.linting.times import BARE, FUTURE, REPORTS, TIME

_NOW = r"(?: (?:now|already|just|also|both|personally|right now|currently|all))?"
_STATUS = phrases(
    rf"(?:i|we)(?:'m| am|'re| are|'ve been| have been){_NOW} (?:looking(?! forward)|checking|working|reading|searching|"
    r"tracing|tracking|investigating|comparing|testing|finding|going|on (?:it|this))",
    rf"(?:i|we)(?:'ve| have){_NOW} (?!to\b|no idea)\w{{2,14}}",
    rf"(?:i|we){_NOW} (?:can )?(?:see|know|found|read|checked|looked|spoke|traced|saw|own)",
    r"(?:with|in) (?:me|my hands|our hands)|on my desk|right now|at the moment|so far",
    r"(?:don't|do not|haven't|have not|can't|cannot) (?:\w{1,12} ){1,5}yet",
    r"(?:don't|do not) yet \w{2,12}",
    r"(?:your|the|this) (?:\w{1,14} ){0,2}case (?:is|has|stays)|comes first",
    r"(?:the|your|that|its?|there) (?:\w{1,14} ){0,3}?(?:is|are|was|were|has|have|got|came|goes)(?!n't)"
    r"(?! (?:what|on us)) \w{1,14}",
)
_MAYBE_STATUS = phrases(
    r"(?:i|we)(?:'m| am|'re| are) (?:\w{1,12} ){0,2}\w{2,12}ing",
    r"(?:i|we) (?:got|had|tried|hear|\w{2,12}ed)|(?:i|we) have",
    r"(?<!aim\s)(?<!goal\s)(?<!plan\s)(?:is|are|was|were|has|runs|went|goes) (?!that)\w{1,12}",
    r"\w{2,12}'s (?:on|in|at|with|off) \w{2,12}",
)
"""What may tell the status, and passes where no classifier can tell."""
_NEXT = phrases(
    r"(?:i|we|i also|we also)(?:'ll| will| shall|'m going to| am going to|'re going to| are going to|'d like to|"
    r" would like to) (?:\w{1,12}ly |now |then |also |just |first |both )?"
    r"(?!(?:update|write|report|reply|let|tell|message|answer|post|share|say|hear|know|understand|never|make sure|be back|"
    r"come back|get back|be in touch)\b)\w{2,14}",
    r"(?:please|could you|can you|would you|will you|just|if you could) (?:\w{1,12} ){0,2}(?:send|tell|dm|message|share|"
    r"reply|let|give|write|check|confirm|show|say|keep|stop|try)",
    rf"(?:[a-z]{{2,14}}|i)(?:'m| am|'re| are|'s| is){_NOW} (?!looking forward|missing|being|going wrong|"
    r"working on (?:it|this))[a-z]{2,12}ing|(?:i|we)(?:'m| am|'re| are) (?:on to|onto|with|over at) \w{2,14}",
    r"(?:i|we)(?:'ve| have) (?:just |already |now )?(?:asked|told|called|rung|sent|stopped|put|set|spoken|got)",
    r"(?:and|who) (?:will|is going to) (?!write|post|tell|update|reply|report|be back|let you)\w{2,12}",
    r"please (?!accept|note|be|don't|know|rest|find|bear|understand)\w{2,12}",
    r"let me (?!know)\w{2,14}|(?:my|our|the) next step",
)
_OUTCOME = phrases(
    r"(?:aim|goal|plan|hope|target|intention|point|idea)(?: of (?:it|this))?(?: all)?(?: is|:|'s)|my (?:aim|goal|plan)",
    r"(?:i|we)(?:'d| would)? (?:want|like|hope|mean|intend)(?: for| that)? (?:to )?(?:get|have|put|see|bring|it|you|your|"
    r"this|that|the)",
    r"so(?: that)? (?!far|much|very|sorry|many|long|late|on\b|i\b|i'|we (?:will|'ll))[a-z][\w']{1,14} \w{1,14}",
    r"[\w']{2,15} should (?:hear |then )?(?!not\b|never\b|hear from|have (?:been|had|\w{2,12}ed)\b)\w{2,14}",
    r"deserves? to \w{2,12}",
    r"(?:i|we)(?: do)? want \w{2,12}|let's get|gets? (?:his|her|their|your|an?|the) \w{2,14}|where we(?:'re| are) going",
    r"(?:until|till) (?:you|your|it|this|that|the|they|he|she|we)(?:'ll|'re|'ve|'s)? \w{1,14}",
    r"in the end|end up with|make sure|back (?:online|home|to normal|where|in your)|either [^.]{3,80} or",
    r"you(?:'ll| will| should| can)(?: then| also)? (?!hear|know more|read|see (?:an?|my)|need|find|reach|send|dm|message|"
    r"call|contact|(?:get|have|receive) (?:an?|my|our|another) (?:update|answer|reply|message|word))\w{2,14}",
    r"working towards?|outcome|end (?:result|of it)|ought to (?!have been)\w{2,12}|find a way|you'd (?:have|get|like)|"
    r"(?:the|our|my) (?:aim|goal|point|plan)|what we(?:'re| are| want|'d like)|how it should",
    r"what you (?:want|need|should|\w{2,12}ed)|you(?:'re| are) owed|(?:put|set|make) (?:it|this|that|things) right|"
    r"you (?:pay|travel|keep|fly|sleep|choose|decide)|it ends",
    r"(?:fix|repair|replac|solv|sort|settl|mend)(?:e|ed|ing|es|s)?(?: (?:it|this|that))?",
)


def no_status(reading: Reading) -> Iterator[Spot]:
    tells = told(reading, "status") if reading.chances else _MAYBE_STATUS.search(reading.plain)
    if not (tells or _STATUS.search(reading.plain)):
        yield Spot(
            0, 0, 'Say where their case stands: "Your case is with me, and I am looking for your parcel."'
        )


def no_next_step(reading: Reading) -> Iterator[Spot]:
    if not (_NEXT.search(reading.plain) or told(reading, "next-step")):
        yield Spot(0, 0, 'Say what you do next: "I will call the depot myself."')


def no_time(reading: Reading) -> Iterator[Spot]:
    """Words alone: how likely it is that a sentence tells a time says nothing of whether it names one."""
    for sentence in reading.sentences:
        if BARE.search(sentence.text) and REPORTS.search(sentence.text):
            return
        if TIME.search(sentence.text) and (FUTURE.search(sentence.text) or REPORTS.search(sentence.text)):
            return
    yield Spot(0, 0, 'Say when they hear from you again: "I\'ll write to you by 3 pm GMT today."')


def no_outcome(reading: Reading) -> Iterator[Spot]:
    if not (_OUTCOME.search(reading.plain) or told(reading, "outcome")):
        yield Spot(
            0, 0, 'Say what they will have in the end: "My aim is that you have your parcel, or a new one."'
        )


def unsigned(reading: Reading) -> Iterator[Spot]:
    if not names_a_colleague(reading):
        yield Spot(0, 0, 'Say who you are: "I\'m Sam", or "- Sam" at the end.')
