"""Acknowledgement, thanks and an apology: a reply to a complaint opens with them. Plain words, and meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.meaning import told
from alerts.linting.phrases import phrases
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

THANKS = phrases(
    "thanks?", "thank ?you", "grateful", "appreciate[ds]?", "cheers", "ta", "obliged", "merci", "danke", "gracias",
    r"(?:good|kind|thoughtful|decent|nice|right) of you to",
)  # fmt: skip
SORRY = phrases("sorry", r"apolog\w{1,6}", "forgive (?:me|us)", r"regret\w{0,3}", "pardon", "ashamed")
GLAD = phrases(
    r"means (?:a lot|so much|the world)",
    r"(?:glad|happy|pleased|delighted|lovely|great|wonderful) (?:that |to (?:hear|read|know|see) )",
    r"made (?:my|our) (?:day|week|morning|afternoon)",
    r"kind (?:words|message|note)|telling everybody",
)
"""An answer to praise needs no apology."""

CONDITIONAL = phrases(
    r"(?:sorry|apolog\w{1,6}|regret)(?: \w{1,15}){0,3} (?:if|should you|whether|in case|wherever|"
    r"to the extent)",
    r"(?:sorry|apolog\w{1,6}|regret)(?: \w{1,15}){0,2} (?:that |"
    r"how )?(?:you(?: \w{1,10})? (?:feel|felt|think|thought|believe|see (?:it|this|that|"
    r"the \w{1,14})(?: \w{1,12}){0,2} as|see it|"
    r"perceived?|took|consider|found (?:it|this|that) (?:so )?(?:offensive|upsetting))|you(?:'re|"
    r" are| were) (?:\w{1,10} )?"
    r"(?:upset|unhappy|offended|disappointed|angry|cross|annoyed|dissatisfied|not (?:happy|"
    r"satisfied)))",
    r"(?:sorry|apolog\w{1,6}|regret)(?: \w{1,15}){0,3} (?:for|"
    r"about) any(?:thing)?(?: \w{1,20}){0,2}",
    r"(?:sorry|apolog\w{1,6}) (?:for|about) (?:how|the way) you (?:feel|felt|see|saw|took)",
    r"if (?:\w{1,12} ){1,8}(?:(?:i|we|then)(?:'m| am|'re| are)? )?(?:\w{1,6} )?(?:(?:very |so |"
    r"truly |really )?sorry|apologi[sz]e)",
    r"if (?:\w{1,12} ){1,8}\w{1,12}, (?:then )?(?:i|we)(?:'m| am|'re| are)? (?:\w{1,6} )?(?:sorry|"
    r"apologi[sz]e)",
    r"(?:may|might|could) have (?:caused|upset|offended|inconvenienced)",
)
"""An apology that leaves open whether there is something to be sorry for, or that is for the customer's feelings."""

_OF_SOMETHING = phrases(
    r"(?:sorry|apolog\w{1,6}|regret)(?: \w{1,12}){0,3}?,? (?:about|for|that|to hear|you|your|we|it|our|how|the) "
    r"(?!(?:the |any |this |all |such |an? )?(?:\w{1,12} )?inconveniences?\b|this\b(?: \w{1,12})?[.,!]|"
    r"(?:that|it)[.,!]|any\b)\w{1,40}"
)
"""An apology that says what for."""
_FELT = phrases(
    r"you(?:'re| are| were) (?:\w{1,12} )?right",
    r"(?:i|we) (?:can |do |fully |really |quite )?(?:understand|see|hear|imagine|get|believe) (?:why|how|that|what|you|it)",
    r"i'?d be (?:\w{1,8} )?(?:annoyed|upset|angry|cross|furious|frustrated|worried|disappointed|fed up)",
    r"no wonder|let (?:you|people) down|unacceptable|went wrong|what happened",
    r"frustrat\w{1,5}|disappoint\w{1,5}|upsetting|annoying|worrying|stressful|awful|horrid|horrible|dreadful|maddening",
    r"(?:not|isn't|wasn't|nothing like|far from|less than) (?:\w{1,8} ){0,4}(?:good enough|okay|ok|acceptable|fair|"
    r"right|how|what)",
    r"(?:shouldn't|should not|should never|ought not to|must have been|nobody should) \w{1,12}",
    r"you (?:have |had |'ve )?(?:waited|paid|expected|trusted|counted|relied|tried|deserved?|lost|missed|planned|had to|"
    r"were (?:left|told|charged|treated|kept|sent|given))",
    r"(?:far |much |way )?too (?:long|late|much|many|often|slow|cold|loud)",
    r"(?:is|are|was|were|that's) (?:\w{1,9} ){0,3}(?:no|not|rough|poor|wrong|bad|scary|hurtful|"
    r"degrading|rotten|nasty|miserable)",
)
_NAMED = re.compile(r"[^\W\d_]{5,}")
_EVERYDAY = frozenset(
    {
        "about", "after", "again", "could", "every", "never", "please", "really", "should",
        "still", "thank", "thanks", "their", "there", "these", "thing", "think", "those",
        "three", "today", "where", "which", "while", "would", "number", "message", "customer",
        "service", "order", "hello",
    }
)  # fmt: skip


def no_thanks(reading: Reading) -> Iterator[Spot]:
    if reading.first_contact and not (THANKS.search(reading.plain) or told(reading, "thanks")):
        yield Spot(0, 0, 'Thank them for speaking up: "Thank you for telling us."')


def no_apology(reading: Reading) -> Iterator[Spot]:
    needs = reading.first_contact and not (SORRY.search(reading.plain) or GLAD.search(reading.plain))
    if needs and not told(reading, "apology"):
        yield Spot(0, 0, "Say sorry for what happened, whoever's fault it was: \"I'm sorry about the wait.\"")


def no_acknowledgement(reading: Reading) -> Iterator[Spot]:
    tells = told(reading, "acknowledgement") if reading.chances else _opens_with_more(reading)
    if reading.first_contact and not (tells or _acknowledges(reading)):
        yield Spot(
            0, 0, 'Say in a few words what happened to them: "I\'m sorry that your parcel came broken."'
        )


def _opens_with_more(reading: Reading) -> bool:
    """Whether what opens the reply, up to the last sentence that thanks or apologises and one more, is longer than mere
    politeness: where no classifier can tell, that passes."""
    first = reading.sentences[:5]
    polite = [at for at, each in enumerate(first) if THANKS.search(each.text) or SORRY.search(each.text)]
    opening = first[: polite[-1] + 2] if polite else first
    return sum(len(each.text.split()) for each in opening) >= POLITE


POLITE = 14
"""Words of mere politeness."""


def _acknowledges(reading: Reading) -> bool:
    if any(pattern.search(reading.plain) for pattern in (GLAD, _OF_SOMETHING, _FELT)):
        return True
    # What they told, in their own words.
    named = set(_NAMED.findall(reading.occasion.post.lower())) - _EVERYDAY
    return len(named & set(_NAMED.findall(reading.plain))) >= 2


def conditional_apology(reading: Reading) -> Iterator[Spot]:
    for found in CONDITIONAL.finditer(reading.plain):
        yield Spot(
            found.start(), found.end(), 'Say sorry for what happened: "I\'m sorry that your order came late."'
        )
