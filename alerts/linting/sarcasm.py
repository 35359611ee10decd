"""Jokes, sarcasm and irony about the customer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.meaning import meant
from alerts.linting.phrases import phrases, spots
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_SARCASM = phrases(
    r"congratulations|congrats",
    r"how (?:very )?(?:clever|nice|lovely|kind|generous|original|mature|brave) of you",
    r"well done,? (?:you|on|for|sherlock)",
    r"(?:l+o+l+|ha(?:ha)+|lmf?ao|rofl|hehe)\w{0,4}",
    r"good luck (?:with|finding|getting)",
    r"poor (?:you|thing|baby|little)",
    r"calm down",
    r"chill(?: out)?[.!,]?",
    r"take a (?:deep breath|chill pill)",
    r"(?:what|such) (?:a )?drama\w{0,7}",
    r"drama (?:queen|king|aside)",
    r"boo hoo",
    r"cry (?:me|us) a river|cry about it",
    r"violin",
    r"what a surprise|surprise,? surprise",
    r"(?:you(?:'re| are) (?:a |such a )?|nice (?:one|try),? )?(?:genius|einstein|sherlock|"
    r"princess|your (?:highness|majesty))",
    r"yeah,? (?:right|sure)",
    r"oh,? (?:no,? not|dear,? (?:dear|a|the|how)|wow|look|great|please|how|sure|really|boy|"
    r"come on|the (?:horror|humanity|drama)|no!? (?:a|the|your|anyway))(?!\\w)",
    r"(?:gee|bravo|wow,? (?:some\\w{3,4}|what|such|so|you))",
    r"newsflash|news flash",
    r"shocking,? (?:i know|isn't it|right)|shock,? horror",
    r"first world problem\w?",
    r"the end of the world|world (?:is|has) (?:not )?end\w{0,3}",
    r"(?:thanks?|thank you) (?:so much )?for (?:the |your )?(?:\w{1,12} )?(?:novel|essay|lecture|"
    r"drama|rant|poem|saga|life story|tirade|tantrum|masterpiece|wisdom|entertainment|laugh|"
    r"short story|opera|monologue)",
    r"believe it or not",
    r"funny(?: how|,)",
    r"magic(?:al(?:ly)?)? (?:wand|powers?|wave|teleport)?",
    r"crystal ball",
    r"mind[- ]?readers?",
    r"time machine",
    r"teleport\w{0,3}",
    r"psychic",
    r"(?:maybe|perhaps) (?:next time|try|you(?:'d| would| could| should)|it(?:'s|"
    r" is) time)[^.!?]{0,60}",
    r"try (?:reading|turning|switching|patience|looking)",
    r"(?:just )?(?:kidding|joking)",
    r"whoever said",
    r"who knew",
    r"imagine that|fancy that",
    r"no (?:way|kidding)[,!]",
    r"if only (?:you|there|every|all)",
    r"as you(?:'ll| will) (?:surely|no doubt) ",
    r"someone (?:is|got|woke|needs|must) (?:having|up|out|a|an)",
    r"(?:having )?a bad day(?:,| are|\?)",
    r"not (?:exactly |really )?rocket science",
    r"(?:pretty|quite) (?:rich|dramatic)",
    r"your patience (?:is|clearly|really) ",
    r"we(?:'re| are) not (?:mind|wizards|magicians|miracle|fortune)",
    r"thanks for (?:playing|nothing|enlightening)",
    r"(?:so|how) (?:sad|tragic)[.!]",
    r"heaven forbid|god forbid",
    r"life(?:'s| is) hard|such is life|tough luck|hard luck|bad luck|get over it|deal with it|"
    r"suck it up|get a life|grow up",
    r"it(?:'s| is) only a \w{2,12}",
    r"world exclusive|breaking news|stop the press\w{0,3}",
    r"the horror",
    r"what a (?:tragedy|disaster|catastrophe|nightmare(?=,)|hardship|genius|hero|treat)",
    r"(?:i'm|i am|we're|we are) sure (?:the (?:world|whole|entire|universe|president|king|queen|"
    r"nation|planet)|you(?:'ll| will| can) (?:survive|live|cope|manage|get over)|everyone is|"
    r"it's very hard|that was very)",
    r"(?:pigeons?|horse|carriage|donkey|balloon|rocket|helicopter|limousine|"
    r"butler) (?:\w{1,12} ){0,3}(?:you|next time|better)",
    r", (?:shall we|are we|won't you|do we|wouldn't it|don't you think)\\?",
    r"(?:how(?:ever)?|somehow) (?:did|will|do|can) you (?:ever |even )?(?:surviv|cop|manag|"
    r"liv)\w{1,3}",
    r"(?:great|nice|brilliant|amazing|impressive|excellent|fantastic) (?:detective work|"
    r"observation|question,|thinking|theory|story|try|spelling|grammar|maths?|reading skills?|"
    r"plan,)",
    r"carrier pigeons?|superhero\w{0,2}|medal|brass band|red carpet|limousine|"
    r"hank(?:y|ies)|tissues?|slow clap|applause|troph(?:y|ies)|nobel|oscar|hollywood|"
    r"fairy|santa|rocket scientist|fun at parties|miracles?",
    r"(?:got|woke) (?:up|out)(?: of bed)? on the wrong side(?: of (?:the )?bed)?",
    r"must be (?:nice|hard being|tough being|exhausting being|so hard)",
    r"laws of physics|the universe|control the weather",
    r"alert the (?:media|press|authorities)|call the (?:police|army|president|king|queen)",
    r"stop(?:ped)? turning|earth[- ]shattering|life[- ]or[- ]death",
    r"surviv(?:e|ed) (?:the|this|that|such|without|it)",
    r"tears? (?:of|in my|for)",
    r"how (?:dare|ever)",
    r"you(?:'re| are) (?:hilarious|adorable|cute|special)",
    r"(?:a|the) (?:lovely|beautiful|charming|delightful|touching) (?:little )?(?:rant|message|"
    r"tweet|poem|story|piece|novel)",
    r"(?:our|my) (?:deepest|heartfelt) (?:condolences|sympath\w{1,3})|condolences",
    r"dry your eyes",
    r"get a grip",
    r"keep calm",
    r"sounds like a you problem",
    r"virtue",
)

_MOCKING = re.compile(
    "[\U0001f602\U0001f923\U0001f61c\U0001f61d\U0001f92a\U0001f644\U0001f60f\U0001f612\U0001f926\U0001f921\U0001f595\U0001f3bb\U0001f971\U0001f910]|"
    ""
    "(?<!\\w)(?:/s|:p|;p|xd)(?!\\w)"
)


def sarcasm(reading: Reading) -> Iterator[Spot]:
    suggestion = "Leave it out: say plainly what you mean, kindly."
    yield from meant(reading, "sarcasm", suggestion)
    yield from spots(_SARCASM, reading, suggestion)
    for found in _MOCKING.finditer(reading.plain):
        yield Spot(found.start(), found.end(), suggestion)
