"""Guesses that are told as if they were facts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.meaning import meant
from alerts.linting.phrases import phrases
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_GUESS = phrases(
    r"(?:most |very |quite |more than )?(?:probably|presumably|likely|apparently|supposedly|"
    r"possibly|conceivably|perhaps|maybe)(?! to\b)",
    r"i(?:'d| would)? (?:guess|suppose|suspect|reckon|assume|imagine|believe|presume|"
    r"bet)(?! (?:how|what|you felt|that (?:was|is|must)|you))",
    r"we (?:guess|suppose|suspect|reckon|assume|believe|presume|think|imagine)(?! (?:how|what|"
    r"you))",
    r"i think (?:it|this|that|the|there|they|he|she|our|someone|your \w{2,14} (?:is|was|has|got|"
    r"went)|what happened|we)",
    r"must (?:have|'ve) (?:been |got |gone |come |had |just )?(?!(?:so |very |really |a |an |"
    r"such |incredibly |extremely |quite )*(?:hard|frustrat\w{1,5}|awful|annoying|upsetting|"
    r"worrying|stressful|disappoint\w{1,5}|difficult|horrible|scary|frightening|infuriating|"
    r"maddening|exhausting|felt|feel|tiring|terrible|long|shock|nightmare|miserable|unpleasant|"
    r"painful|embarrassing|hurt|stung|shaken|scared|frightened|upset|ruined))\w{2,14}",
    r"(?:it|this|they|he|she|driver|courier|colleague|team|parcel|order|package|system|server|"
    r"engineer|\w{3,14}) (?:might|may|could) (?:well )?(?:have (?!to )\w{2,14}|be (?!able|with|of|"
    r"in touch|reached)\w{2,14})",
    r"(?:it|this|there|the \w{3,14}) (?:seems?|appears?)(?: to| like| that)?",
    r"(?:it )?looks? like (?:it|the|your|a|an|our|there|this|someone|somebody|that|we|"
    r"they)(?! can)",
    r"(?:should|ought to) (?:now |already |all |probably |soon |really )?(?:be|have been|work|"
    r"arrive|show|clear|have|come|go|turn|get) (?:\w{1,9} )?(?:fixed|ok|okay|fine|sorted|resolved|"
    r"working|solved|there|back|with you|done|here|gone|up|again|cleared|over|better|normal|now|"
    r"soon|arrived|repaired|on its way)?",
    r"(?:it|that|this)(?:'ll| will) be (?:a (?!long|while|pleasure|few|bit|day|minute|moment|"
    r"little|new|fresh|proper|better)|an|the|your|some|because)(?: ?\w{2,14})?(?! (?:update|reply|"
    r"answer|better|fixed))",
    r"(?:it|that|this|one of them|they)(?:'s|'re| is| are) (?:surely|obviously|clearly|certainly|"
    r"no doubt|bound to|always|only|almost certainly|simply)(?: just)? (?:a|an|the|your|some|"
    r"because|that|caused|down|rust|\w{2,10})",
    r"(?:it|that|this)(?:'s| is) just (?:a|an|the|your|some|because) \w{2,14}",
    r"no question|no doubt|surely|undoubtedly|doubtless|must be (?:a|an|the|your|because|"
    r"down)(?: \w{2,12})?",
    r"that's what (?:does|causes|did|caused) it",
    r"no idea (?:what|how|why)[^.!?]{3,40}but",
    r"(?:i haven't|i don't|i have not|i do not) (?:seen?|know|looked)[^.!?]{1,40},? but",
    r"(?:these things|those|they) (?:always|usually|often|tend to) \w{2,12}",
    r"my (?:guess|hunch|bet|theory)",
    r"as far as (?:i|we) (?:know|can tell|understand|am aware|are aware)",
    r"to (?:the best of )?my (?:knowledge|understanding)",
    r"i(?:'m| am)? (?:fairly|pretty|quite|almost|reasonably) (?:sure|certain|confident)",
    r"(?:usually|normally|typically|generally|in most cases|nine times out of ten)(?:,| it| this|"
    r" that| the| means| happens| takes| comes| caused)",
    r"sounds? (?:like|as if|as though) (?:it|the|an|your|our|someone|there|this|a (?!plan|"
    r"nightmare|terrible|horrible|bad|frustrating|rough|long|difficult))",
    r"i(?:'ve| have)? heard (?:that|it)",
    r"(?:is|was|are) (?:most )?(?:likely|probably|presumably)",
    r"it(?:'s| is) possible that",
    r"chances are",
    r"if i (?:remember|recall)",
    r"no idea (?:but|why)",
    r"kind of thing happens",
    r"i would have thought",
    r"off the top of my head",
)

_NO_GUESS = re.compile(
    r"\b(?:(?:don't|do not|not|rather than|without|instead of|won't|never|no) (?:want to |"
    r"going to |to |just )?(?:guess|assum|suppos|speculat|presum)|should(?:n't| not| never)|"
    r"should (?:have|be) (?:been |able )|you should|maybe you|perhaps you|(?:may|might|"
    r"could) (?:be|have) (?:of|your|the right)|if you|whether|"
    r"(?:should|ought to) (?:be|have|work|arrive|come|go|get) (?:\w{1,9} )?(?:like|easy|simple|"
    r"reliable|safe|fair|right|warm|hot|clean|better than|treated|heard|to|a |an )|as (?:it|"
    r"they) should|must (?:have|be) been)"
)
"""What guesses are not: that something ought to be otherwise than it was."""


def half_knowledge(reading: Reading) -> Iterator[Spot]:
    yield from meant(
        reading, "half-knowledge", 'Say what you know, and what not yet: "I don\'t know the cause yet."'
    )
    for found in _GUESS.finditer(reading.plain):
        around = reading.plain[max(found.start() - 24, 0) : found.end() + 24]
        if not _NO_GUESS.search(around):
            yield Spot(
                found.start(),
                found.end(),
                'Say what you know, and what not yet: "I don\'t know the cause yet."',
            )
