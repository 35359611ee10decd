"""Proving the customer wrong."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.linting.meaning import meant
from alerts.linting.phrases import phrases, spots
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_ARGUING = phrases(
    r"you (?:should|ought to|could|might) have (?:simply |just |easily |really )?(?:read|known|"
    r"checked|called|come|gone|said|sent|kept|bought|brought|chosen|taken|given|written|seen|"
    r"thought|left|done|made|put|asked|noticed|followed|looked|waited|contacted|ordered|cancelled|"
    r"booked|reported|mentioned|entered|used|planned|arrived|stayed|expected|realised|realized|"
    r"understood|listened|double-checked|tried|updated|saved|packed|set|opened|closed|told (?:us|"
    r"me))",
    r"you (?:say|claim|mention|state|write)[^.!?]{3,60}(?:[;,:-]| but| yet)(?: but| yet|"
    r" however)? (?:it|we|the \w{2,14}|our \w{2,14}|he|she|they)(?: \w{2,14})? (?:did|was|were|is|"
    r"are|had|does)",
    r"you(?:'ll| will) (?:find|see|notice|agree) that (?:it|the|we|our|your)",
    r"rather than the",
    r"(?:but|however|although|actually|in fact|because|since|unfortunately),? (?:it (?:seems|"
    r"appears|looks like) )?(?:that )?you (?:\w{1,9}ly )?(?:didn't|did not|failed|forgot|never|"
    r"were told|were informed|were warned|signed|agreed|accepted|chose|entered|ticked|clicked|"
    r"gave|are the only|haven't|have not|ordered it|missed|didn't)",
    r"you (?:failed|forgot|neglected|omitted) to",
    r"you (?:clearly |obviously |simply |apparently )?(?:misread|misunderstood|overlooked|ignored|"
    r"mistyped)",
    r"you (?:agreed|signed up|signed (?:the|a|our)|accepted (?:the|our|these)|consented|"
    r"ticked)(?: \w{1,12})? ?(?:to|that|the|by|when|before|this)?",
    r"(?:as|but|because|since) you were (?:\w{1,10} )?(?:informed|warned|told|notified|advised)|"
    r"you were (?:clearly|repeatedly|already|duly) (?:informed|warned|told|notified|advised)",
    r"if you (?:had|'d) (?:only |just |actually )?(?:read|checked|followed|looked|told|called|"
    r"contacted|asked|come|kept|paid|waited|given|used|done)",
    r"had you (?:read|checked|followed|told|called|contacted|looked|given|paid)",
    r"(?:that|this|it)(?:'s| is| was)(?: simply| just)? (?:not|n't) (?:true|correct|accurate|"
    r"the case|what happened|what we see|factual)",
    r"(?:that|this|it) (?:isn't|wasn't) (?:true|correct|accurate|the case|what happened|our fault)",
    r"(?:that|this|it)(?:'s| is) (?:false|untrue|incorrect|inaccurate|unfair|a lie|nonsense|"
    r"exaggerated|an exaggeration)",
    r"you(?:'re| are) (?:wrong|mistaken|confused|incorrect|exaggerating|being (?:unfair|"
    r"unreasonable|difficult|dramatic|rude|impatient)|overreacting|the only one)",
    r"as (?:i|we)(?:'ve| have)? (?:already |clearly |previously |repeatedly )?(?:said|told|"
    r"explained|mentioned|stated|wrote|written|informed|pointed out)",
    r"as (?:already |previously |clearly )(?:said|stated|explained|mentioned|advised)",
    r"(?:i|we)(?:'ve| have)? already (?:told|explained|answered|said|informed|replied)",
    r"(?:according to|per|in) our (?:\w{1,9} )?(?:records|logs|data|system|systems|tracking)",
    r"our (?:\w{1,9} )?(?:records|logs|data|system|systems|tracking|scan|"
    r"scans) (?:clearly )?(?:shows?|says?|indicates?|confirms?|proves?|states?)",
    r"with (?:all )?(?:due )?respect",
    r"(?:none of our (?:other )?customers|no other customers?|"
    r"other customers|nobody else|no one else|everyone else|everybody else) (?:has|have|had|"
    r"complain\w{0,3}|are|is|manage\w?|don't|never)",
    r"you claim",
    r"your (?:so-called|alleged) \w{2,14}",
    r"(?:we|i) (?:disagree|beg to differ|did nothing wrong|don't agree|do not agree|"
    r"have done nothing wrong|dispute|must insist|reject|refute|don't accept)",
    r"your own (?:fault|mistake|error|doing|choice|responsibility)",
    r"(?:is|was|lies with) (?:your (?:fault|mistake|error|responsibility)|up to you|on you)",
    r"to be fair,",
    r"let me correct",
    r"to set the record straight",
    r"the fact (?:is|remains|of the matter)",
    r"nothing wrong with (?:it|the|our)",
    r"works? (?:perfectly |just )?fine (?:for|here|on our|at our|when)",
    r"in fact,? (?:it|your|we|the|our) (?:was|were|is|are|arrived|did|had|has)",
    r"was (?:in fact |actually |clearly )?(?:delivered|on time|working|"
    r"correct)[^.!?]{0,30} (?:according|as shown|so (?:it|there|you))",
    r"(?:clearly|plainly) (?:stated|states|written|shown|shows|says|visible|marked|explained)",
    r"you must have (?!been|had|felt|waited)\w{2,12}",
    r"read (?:it|the \w{2,14}|our \w{2,14}) (?:again|carefully|properly|more carefully)",
    r"you(?:'re| are) not (?:telling|being|reading|listening)",
    r"we (?:did|do) (?:deliver|answer|reply|call|tell|inform|send|warn|email|write|respond|ring|"
    r"knock|try)",
    r"our driver (?:did|was there|waited|rang|knocked)",
    r"are you sure",
    r"did you (?:even|actually|really)",
    r"have you (?:even|actually)",
    r"prove it",
    r"(?:i|we) (?:have to|must|need to|want to|would like to|'d like to|should|"
    r"feel i should) (?:correct|contradict|clarify|point out|disagree|remind|set)",
    r"you must be (?:mixing|confusing|mistaken|thinking|talking|wrong|misreading|misremembering|"
    r"joking)",
    r"never (?:received|got|had|saw) (?:any|a|your|this|that)(?: \w{2,12})?",
    r"whatever you (?:say|claim|think)",
    r"(?:photo|picture|video|receipt|signature|tracking|logs?|camera|screenshot|history|footage|"
    r"recording|scan|timestamps?|e-?mails?) (?:clearly |also )?(?:shows?|proves?|says|confirms?|"
    r"tells?)(?: \w{2,8})? (?:you|it was|the \w{2,12} was|that|otherwise|something|a different|"
    r"no )",
    r"it was (?:actually )?you(?:r| who)",
    r"you(?:'re| are| were) the one(?: who)?",
    r"you (?:yourself|chose|decided|opted|insisted|picked)",
    r"your (?:own )?(?:choice|decision)",
    r"there (?:is|was|are|were)(?: simply| absolutely)? no(?:t a|t any)? (?:record|records|trace|"
    r"sign|evidence|proof|such|fault|call|error|mistake|problem|delay)(?: \w{2,9})?",
    r"see (?:it|this|that|things) (?:very |quite |rather |a little )?differently",
    r"i (?:doubt|find it hard|highly doubt)",
    r"hard to believe",
    r"exaggerat\w{1,5}",
    r"contrary to",
    r"(?:plenty of|enough|ample) (?:time|notice|warning|chances?)",
    r"(?:is|was|are|were) (?:perfectly|absolutely|completely|quite) (?:clear|fine|normal|intact|"
    r"in order|correct|safe|reasonable|ok|okay)",
    r"get your facts(?: straight)?",
    r"stick to the facts",
    r"(?:isn't|is not|not) (?:really |actually )?(?:our|a) (?:problem|fault|mistake|defect|error)",
)


def arguing(reading: Reading) -> Iterator[Spot]:
    suggestion = 'Take their side: "That should not have happened." Ask where something is not clear.'
    yield from meant(reading, "arguing", suggestion)
    yield from spots(_ARGUING, reading, suggestion)
