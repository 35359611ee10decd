"""Blame of colleagues, suppliers and carriers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.meaning import meant
from alerts.linting.phrases import OUTSIDERS, phrases
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_PARTY = (
    rf"(?:{OUTSIDERS}|colleague|colleagues|agents?|advisers?|advisors?|trainee|intern|new starter|"
    r"temp|store|shop|shop staff|branch|team|staff|crew|waiter|waitress|cook|kitchen|technician|"
    r"engineer|sales(?:man|person| team)|manager|department|operator|predecessor|franchisee?|"
    r"developers?|it people)"
)

_FAULT = (
    r"(?:lost|lose|loses|broke|damaged|dropped|forgot|fail(?:ed|s)?|"
    r"made (?:an? )?(?:\w{1,10} )?(?:mistake|error)|mess(?:ed|es)? (?:it |this |that )?up|"
    r"mess(?:ed|es)|screw\w{0,2} (?:it |this )?up|got (?:it|this|that) wrong|(?:is|are|was|"
    r"were) (?:to blame|at fault|responsible|careless|late|unreliable|useless|lazy|incompetent|"
    r"slow|the (?:problem|cause|reason)|(?:clearly |entirely |completely )?(?:wrong|"
    r"in the wrong))|let (?:us|you|me|everyone) down|mishandled|misplaced|caused|"
    r"gave you (?:the )?wrong|didn't|did not|never|hasn't|won't|wasn't|"
    r"ruined|neglected|ignored|mixed up|put (?:it|the|your)|sent (?:us|you|the) (?:the )?wrong|"
    r"keeps? \w{2,12}ing|can't)"
)

_BLAME = phrases(
    r"(?:our|the|their|my|a|one of our|this|that|your|"
    rf"some) (?:\w{{1,12}} )?{_PARTY}(?:'s)? (?:\w{{1,12}} ){{0,5}}?{_FAULT}",
    rf"(?:{OUTSIDERS}) (?:\w{{1,12}} ){{0,2}}?{_FAULT}",
    r"(?:due to|because of|caused by|down to|thanks to|blame|blamed|blaming|fault of|error (?:by|"
    r"of|on)|mistake (?:by|of)|failure (?:by|of|at)|on account of|responsibility of) (?:our|the|"
    rf"their|a|an|my|your|one of our|some)? ?(?:\w{{1,12}} ){{0,2}}{_PARTY}(?:'s)?",
    rf"{_PARTY}(?:'s|s'|s)? (?:\w{{1,12}} )?(?:fault|mistake|error|failure|blunder|carelessness|"
    r"responsibility|problem|side|negligence|end)",
    r"(?:their|his|her|someone else's|somebody else's) (?:fault|mistake|error|failure|side|end|"
    r"carelessness|responsibility|blunder)",
    r"(?:(?:not|n't) (?:really |actually |ours? )?(?:our|my) (?:fault|responsibility|doing|"
    r"mistake|problem|department))",
    r"(?:isn't|is not|wasn't|was not|nothing|not) (?:on|down to|to do with|because of) (?:us|me)",
    r"(?!nobody's|no one's|our)[\w']{2,15}(?:'s|s') (?:own )?(?:fault|mistake|error|doing|blunder)",
    r"typical of (?:them|him|her)",
    r"(?:they|he|she)(?:'re| are|'s| is) (?:always (?:doing|like)|new(?: here)?(?=[.,;!]|$)|"
    r"to blame)",
    r"they never \w{2,12}",
    r"(?!i |we |you |who |i've |we've )[\w']{2,15}(?: \w{1,12}){0,4} (?:forgot|mislaid|misplaced|"
    r"botched|bungled|mishandled|overlooked|neglected|slipped up|dropped the ball|sat on (?:it|"
    r"them|your|this)|messed (?:it |this )?up|screwed (?:it |this )?up)",
    r"out ?(?:side)? of (?:our|my) (?:hands|control)",
    r"(?:beyond|outside) (?:our|my) (?:control|influence|power)",
    r"blame (?:it on |this on |that on )?(?:them|him|her|the|our|my)",
    r"(?:they|he|she) (?:have |has |had )?(?:messed up|screwed up|let us down|got it wrong|"
    r"dropped the ball|made (?:a|the) mistake|did it wrong|lost it|is to blame|are to blame|"
    r"always do this)",
    r"is (?:solely |entirely )?(?:theirs|on them|with the carrier)",
)


def blame(reading: Reading) -> Iterator[Spot]:
    yield from meant(reading, "blame", 'Speak for everybody who works for you: "We got this wrong."')
    for sentence in reading.sentences:
        found = _BLAME.search(sentence.text)
        # "I'm sorry that the driver left it in the rain" says after the customer what happened.
        if (
            found
            and not re.search(r"(?:\bnot|n't|never)(?: \w{1,12})? $", sentence.text[: found.start()])
            and not re.search(
                r"\b(?:sorry|apolog|you (?:say|said|told|write)|ask\w{0,3}\b|find out|check|whether|which|why|"
                r"how|speak|talk|after)",
                sentence.text[: found.start()],
            )
        ):
            yield Spot(
                sentence.start + found.start(),
                sentence.start + found.end(),
                'Speak for everybody who works for you: "We got this wrong."',
            )
