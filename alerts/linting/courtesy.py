"""Acknowledgement, thanks and an apology: a reply to a complaint opens with them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.phrases import phrases
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

THANKS = phrases(
    "thanks?",
    r"(?:good|kind|thoughtful|decent|nice) of you to",
    "merci",
    "danke",
    "gracias",
    "grazie",
    r"obrigad[oa]",
    "bedankt",
    "dank",
    "diolch",
    "tack",
    "takk",
    "tak",
    "kiitos",
    "thank ?you",
    "thankful",
    "grateful",
    "appreciate[ds]?",
    "appreciative",
    "cheers",
    "ta",
)
SORRY = phrases(r"sorry", r"apolog\w{1,6}", r"forgive (?:me|us)", r"regret\w{0,3}", "pardon", "ashamed")
GLAD = phrases(
    r"means (?:a lot|so much|the world)",
    r"your kind (?:words|message|note)",
    r"(?:glad|happy|pleased|delighted|lovely|great|"
    r"wonderful) (?:that |to (?:hear|read|know|see) )",
    r"made (?:my|our) (?:day|week|morning|afternoon)",
    r"thank you for telling everybody",
    r"(?:kind|lovely|wonderful) (?:words|feedback|review)",
)

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
    r"(?:sorry|apolog\w{1,6}|regret)(?: \w{1,12}){0,3}?,? (?:about|for|that|to (?:hear|read|see|"
    r"learn)|you|your|we|it|our|how|the|"
    r"this|there|he|she|they|nobody|no one|i) "
    r"(?!(?:the |any |this |all |such |an? )?(?:\w{1,12} )?inconveniences?\b|"
    r"this\b(?: \w{1,12})?[.,!]|(?:that|it)[.,!]|any\b)\w{1,40}",
    r"(?:sorry|apologies|apologi[sz]e) (?:you|your|we|it|our|how|the|there|nobody) \w{1,40}",
)
_FELT = phrases(
    r"i(?:'d| would) be (?:\w{1,8} )?(?:annoyed|upset|angry|cross|furious|frustrated|worried|"
    r"disappointed|fed up|livid)(?: too)?",
    r"(?:i|we) (?:can |do |fully |completely |really |totally |quite )?(?:understand|see|hear|"
    r"know|imagine|get|realise|realize|appreciate) "
    r"(?:why|how|that|what|you|your|it|this|the|where)",
    r"you(?:'re| are) (?:absolutely |quite |completely |totally )?right",
    r"you (?:were|are) right",
    r"(?:i|we) (?:hear|believe) you",
    r"no wonder",
    r"i don't blame you",
    r"(?:must|should) (?:have been|be|feel) (?:\w{1,10} ){0,2}(?:hard|frustrat\w{1,5}|awful|"
    r"annoying|upsetting|worrying|"
    r"stressful|disappointing|difficult|horrible|scary|frightening|infuriating|maddening|tiring|"
    r"exhausting)",
    r"frustrat\w{1,5}",
    r"disappoint\w{1,5}",
    r"upsetting",
    r"annoying",
    r"worrying",
    r"stressful",
    r"maddening",
    r"infuriating",
    r"(?:not|isn't|wasn't|nothing like|far from|less than) (?:\w{1,8} ){0,4}(?:good enough|okay|"
    r"ok|acceptable|fair|right|how|"
    r"what|the (?:\w{1,10} )?(?:service|experience|welcome|way|standard|start|trip|day|evening|"
    r"birthday|holiday))",
    r"unacceptable",
    r"let (?:you|people) down",
    r"(?:shouldn't|should not|should never|ought not to|must not|mustn't) "
    r"(?:have )?\w{1,12}",
    r"you (?:have )?(?:waited|paid|expected|trusted|counted|relied|ordered|booked|asked|tried|"
    r"deserve\w?|"
    r"lost|missed|told|wrote|planned|had to|were (?:left|told|charged|treated|kept|sent|given))",
    r"(?:far |much |way )?too (?:long|late|much|many|often|slow|cold|loud)",
    r"went wrong",
    r"what happened",
    r"mean(?:s|t) to you",
    r"the last thing (?:you|anyone|anybody)",
    r"you trusted us",
)
_TROUBLE = re.compile(
    r"\b(?:late|broken?|missing|wait(?:ed|ing)|wrong|twice|lost|damaged?|cancel(?:l?ed)?|"
    r"delay(?:s|ed)?|rude|down|without|"
    r"(?:over)?charged|leak\w{0,3}|cold|crack\w{0,3}|stuck|fail\w{0,3}|fault\w?|empty|dirty|torn|"
    r"smash\w{0,2}|noisy?|slow|"
    r"(?:not|n't|never) (?:\w{1,10} )?(?:work\w{0,3}|arriv\w{1,3}|come|came|turn\w{0,2}|"
    r"show\w{0,2}|been|get|got|open|load|"
    r"answer\w{0,2}|repl\w{1,3}|receive\w?|delivered|call\w{0,2})|(?:could|can|did|would|has|was|"
    r"were|is|are|does|do)n'?t \w{2,14}|(?:could|can|did) not \w{2,14})\b"
)
_NAMED = re.compile(r"[^\W\d_]{5,}")

SUGGEST_ACKNOWLEDGE = 'Say in a few words what happened to them: "I\'m sorry that your parcel came broken."'


def no_thanks(reading: Reading) -> Iterator[Spot]:
    if reading.first_contact and not THANKS.search(reading.plain):
        yield Spot(0, 0, 'Thank them for speaking up: "Thank you for telling us."')


def no_apology(reading: Reading) -> Iterator[Spot]:
    if reading.first_contact and not SORRY.search(reading.plain) and not GLAD.search(reading.plain):
        yield Spot(0, 0, "Say sorry for what happened, whoever's fault it was: \"I'm sorry about the wait.\"")


def no_acknowledgement(reading: Reading) -> Iterator[Spot]:
    if reading.first_contact and not _acknowledges(reading):
        yield Spot(0, 0, SUGGEST_ACKNOWLEDGE)


def _acknowledges(reading: Reading) -> bool:
    if GLAD.search(reading.plain) or _OF_SOMETHING.search(reading.plain) or _FELT.search(reading.plain):
        return True
    # What they told, in their own words.
    named = {word for word in _NAMED.findall(reading.occasion.post.lower()) if word not in _EVERYDAY}
    answered = set(_NAMED.findall(reading.plain))
    if len(named & answered) >= 2:
        return True
    if _told_again(reading):
        return True
    return any(_TROUBLE.search(each.text) and re.search(r"\byou", each.text) for each in reading.sentences)


_POLITE = phrases(
    r"(?:thank you|thanks?|merci|cheers)(?: so| very| again| a| ever){0,2}(?: much| lot)?(?: for|"
    r" to)?(?: (?:your|the|this|that|a))?(?: (?:quick|kind|long|honest|clear|nice|first|"
    r"eleventh))?(?: (?:message|post|note|mail|e-?mail|tweet|feedback|report|reply|question|"
    r"comment|letter|"
    r"patience|shout|heads[- ]up|dm|telling|writing|letting|flagging|posting|asking|raising|"
    r"speaking|getting|reaching|sharing|sending|contacting|saying|bringing|mentioning|trying|"
    r"coming|being|taking|sticking))?(?: (?:us|me|to|it|this|that|in|touch|out|up|know|so|again|"
    r"here|over|about|through|time|the))*",
    r"(?:i'm|i am|we're|we are)?(?: so| very| really| truly| terribly|"
    r" deeply){0,3} sorry(?: (?:for|about) (?:this|that|it|any|the|all))?(?: (?:this|"
    r"inconvenience|trouble|hassle|caused))*",
    r"(?:my|our|sincere|many|please accept)* ?apologies",
    r"i apologi[sz]e",
    r"appreciate (?:it|you|your)",
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))(?: there|"
    r" again)?(?:,? @?[\w.@-]{2,40})?",
    r"^@?[\w.@-]{2,40}(?=,)",
)
_OURSELVES = re.compile(
    r"\b(?:from|us|for)\b|\b(?:i|we)(?:'|\b)|\b(?:my|our)\b|\b(?:please|here|there|am|is|are|and|"
    r"so|but|oh|@[\w.@-]+)\b"
)


_ABOUT_US = re.compile(
    r"(?:i|we|it|he|she|they)(?:'|\s)|(?:my|our|please|your|next)\b|[a-z]{2,14} (?:here|from)\b"
)


def felt(text: str) -> bool:
    """Whether it says how that must have been, or that it should not be so."""
    return bool(_FELT.search(text))


def _told_again(reading: Reading) -> bool:
    """Whether the sentences that open the reply, up to the last one that thanks or apologises, say more than that."""
    first = reading.sentences[:4]
    polite = [at for at, each in enumerate(first) if THANKS.search(each.text) or SORRY.search(each.text)]
    until = polite[-1] + 1 if polite else 0
    if until and until < len(first) and not _ABOUT_US.match(first[until].text):
        until += 1
    for sentence in first[:until]:
        for clause in re.split(r"[;:,.!?-]\s|\s(?:and|but)\s", sentence.text):
            left = _POLITE.sub(" ", clause)
            if (
                not re.match(r"\s*(?:i|we)(?:'|\s)", left)
                and len(re.findall(r"[^\W\d_]{2,}", _OURSELVES.sub(" ", left))) >= 2
            ):
                return True
    return False


_EVERYDAY = frozenset(
    [
        "about",
        "after",
        "again",
        "could",
        "every",
        "never",
        "please",
        "really",
        "should",
        "still",
        "thank",
        "thanks",
        "their",
        "there",
        "these",
        "thing",
        "think",
        "those",
        "three",
        "today",
        "where",
        "which",
        "while",
        "would",
        "number",
        "message",
        "customer",
        "service",
        "order",
        "hello",
    ]
)


def conditional_apology(reading: Reading) -> Iterator[Spot]:
    for found in CONDITIONAL.finditer(reading.plain):
        yield Spot(
            found.start(), found.end(), 'Say sorry for what happened: "I\'m sorry that your order came late."'
        )
