"""Arguing, policy, promises, guesses, blame and sarcasm, as far as phrases tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alerts.linting.meaning import meant
from alerts.linting.phrases import OUTSIDERS, phrases, spots
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_ARGUING = phrases(
    r"(?:but|however|although|actually|in fact|as|because|since|if|when|and|so)?,? ?you (?:should|ought to|could|might|need to) have (?!been|had|heard|got|received|gotten|to |an? )\w{2,14}",
    r"(?:but|however|although|actually|in fact|because|since|unfortunately),? (?:it (?:seems|appears|looks like) )?(?:that )?you (?:\w{1,9}ly )?(?:didn't|did not|failed|forgot|never|were told|were informed|were warned|signed|agreed|accepted|chose|entered|ticked|clicked|gave|are the only|haven't|have not|ordered it|missed|didn't)",
    r"you (?:failed|forgot|neglected|omitted) to", r"you (?:clearly |obviously |simply |apparently )?(?:misread|misunderstood|overlooked|ignored|mistyped)", r"you (?:agreed|signed|accepted|consented|ticked|were (?:clearly |repeatedly )?(?:informed|warned|told|notified|advised))(?: \w{1,12})? ?(?:to|that|of|the|by|about|when|before|this)?",
    r"if you (?:had|'d) (?:only |just |actually )?(?:read|checked|followed|looked|told|called|contacted|asked|come|kept|paid|waited|given|used|done)", r"had you (?:read|checked|followed|told|called|contacted|looked|given|paid)", r"(?:that|this|it)(?:'s| is| was)(?: simply| just)? (?:not|n't) (?:true|correct|accurate|the case|what happened|what we see|factual)",
    r"(?:that|this|it) (?:isn't|wasn't) (?:true|correct|accurate|the case|what happened|our fault)", r"(?:that|this|it)(?:'s| is) (?:false|untrue|incorrect|inaccurate|unfair|a lie|nonsense|exaggerated|an exaggeration)", r"you(?:'re| are) (?:wrong|mistaken|confused|incorrect|exaggerating|being (?:unfair|unreasonable|difficult|dramatic|rude|impatient)|overreacting|not the only|the only one)",
    r"as (?:i|we)(?:'ve| have)? (?:already |clearly |previously |repeatedly )?(?:said|told|explained|mentioned|stated|wrote|written|informed|pointed out)", r"as (?:already |previously |clearly )(?:said|stated|explained|mentioned|advised)",
    r"(?:i|we)(?:'ve| have)? already (?:told|explained|answered|said|informed|replied)", r"(?:according to|per|in) our (?:\w{1,9} )?(?:records|logs|data|system|systems|tracking)", r"our (?:\w{1,9} )?(?:records|logs|data|system|systems|tracking|scan|scans) (?:clearly )?(?:shows?|says?|indicates?|confirms?|proves?|states?)",
    r"with (?:all )?(?:due )?respect", r"(?:nobody|no one|none of our (?:other )?customers|no other customers?|other customers) (?:else )?(?:has|have|had|complain\w{0,3}|are|is|manage\w?|don't|never)", r"you claim", r"your (?:so-called|alleged) \w{2,14}", r"(?:we|i) (?:disagree|beg to differ|did nothing wrong|don't agree|do not agree|have done nothing wrong|dispute|must insist|reject|refute|don't accept)",
    r"your own (?:fault|mistake|error|doing|choice|responsibility)", r"(?:is|was|lies with) (?:your (?:fault|mistake|error|responsibility)|up to you|on you)", r"to be fair,", r"let me correct", r"to set the record straight", r"the fact (?:is|remains|of the matter)", r"nothing wrong with (?:it|the|our)", r"works? (?:perfectly |just )?fine (?:for|here|on our|at our|when)",
    r"in fact,? (?:it|your|we|the|our) (?:was|were|is|are|arrived|did|had|has)", r"was (?:in fact |actually |clearly )?(?:delivered|on time|working|correct)[^.!?]{0,30} (?:according|as shown|so (?:it|there|you))", r"(?:clearly|plainly) (?:stated|states|written|shown|shows|says|visible|marked|explained)", r"you must have (?!been|had|felt|waited)\w{2,12}", r"read (?:it|the \w{2,14}|our \w{2,14}) (?:again|carefully|properly|more carefully)", r"you(?:'re| are) not (?:telling|being|reading|listening)",
    r"we (?:did|do) (?:deliver|answer|reply|call|tell|inform|send|warn|email|write|respond|ring|knock|try)", r"our driver (?:did|was there|waited|rang|knocked)", r"are you sure", r"did you (?:even|actually|really)", r"have you (?:even|actually)", r"prove it",
    r"(?:i|we) (?:have to|must|need to|want to|would like to|'d like to|should|feel i should) (?:correct|contradict|clarify|point out|disagree|remind|set)", r"you must be (?:mixing|confusing|mistaken|thinking|talking|wrong|misreading|misremembering|joking)", r"never (?:received|got|had|saw) (?:any|a|your|this|that)(?: \w{2,12})?", r"whatever you (?:say|claim|think)", r"(?:photo|picture|video|receipt|signature|tracking|logs?|camera|screenshot|history|footage|recording|scan|timestamps?|e-?mails?) (?:clearly |also )?(?:shows?|proves?|says|confirms?|tells?)(?: \w{2,8})? (?:you|it was|the \w{2,12} was|that|otherwise|something|a different|no )", r"it was (?:actually )?you(?:r| who)", r"you(?:'re| are| were) the one(?: who)?", r"you (?:yourself|chose|decided|opted|insisted|picked)", r"your (?:own )?(?:choice|decision)",
    r"there (?:is|was|are|were)(?: simply| absolutely)? no(?:t a|t any)? (?:record|records|trace|sign|evidence|proof|such|fault|call|error|mistake|problem|delay)(?: \w{2,9})?", r"see (?:it|this|that|things) (?:very |quite |rather |a little )?differently", r"i (?:doubt|find it hard|highly doubt)", r"hard to believe", r"exaggerat\w{1,5}", r"contrary to", r"(?:plenty of|enough|ample) (?:time|notice|warning|chances?)", r"(?:is|was|are|were) (?:perfectly|absolutely|completely|quite) (?:clear|fine|normal|intact|in order|correct|safe|reasonable|ok|okay)", r"get your facts(?: straight)?", r"stick to the facts", r"(?:isn't|is not|not) (?:really |actually )?(?:our|a) (?:problem|fault|mistake|defect|error)",
)  # fmt: skip
_POLICY = phrases(
    r"(?:(?:our|the|company|return|returns|refund|store|baggage|cancellation|usage|fair use|delivery|pricing|compensation|standard|strict|with|per|to|by|under) ){1,3}(?:policy|policies)(?! (?:number|holder|document))", r"policy (?:is|states|says|doesn't|does not|that|requires|allows|prevents|forbids|here)", r"(?:terms|conditions)(?: and |&)+(?:conditions|terms)", r"t ?& ?cs?|t and c(?:')?s|tos|eula",
    r"(?:under|per|in|our|the|by|to|with|of) (?:our |the |your |these )?(?:terms|conditions|contract terms|terms of (?:use|service)|conditions of carriage|small print|fine print|guidelines|regulations|rules)(?: (?:of|say|state|don't|do not))?", r"(?:rules|regulations|terms|contract|guidelines|procedures?|protocols?|process) (?:say|says|state|states|stipulates?|requires?|don't|doesn't|do not|does not|forbids?|prohibits?|won't|prevents?)",
    r"(?:not|n't|aren't|isn't|never) (?:be )?(?:eligible|entitled|covered|included|allowed to|permitted|authori[sz]ed)", r"(?:do|does|did)(?:n't| not) (?:qualify|make exceptions|allow|permit|cover)", r"(?:make|making|no) exceptions?", r"non-?refundable", r"(?:clause|paragraph|section|article) \d{1,3}", r"(?:system|computer) (?:won't|doesn't|does not|will not) (?:let|allow|permit)",
    r"standard (?:procedure|process|practice|protocol)", r"against (?:our|the) (?:rules|procedure|guidelines|regulations)", r"(?:in )?line with (?:our|the) (?:terms|rules|procedure|guidelines)", r"out(?:side)? (?:of )?(?:the |our |your )?(?:\d{1,3}.day |return |returns |warranty |claim |refund |cancellation |guarantee )?(?:window|warranty|period|deadline|guarantee)", r"(?:we(?:'re| are)|i(?:'m| am)) (?:not allowed|not permitted|bound by|obliged by|required by)", r"contract (?:you signed|clearly|runs|is binding)", r"as (?:stated|set out|laid down|outlined|described|per|specified) (?:in|on|by) (?:our|the|your)", r"warranty (?:does not|doesn't|excludes|only)", r"deadline (?:has|had|was)",
)  # fmt: skip
_POLICY_FINE = re.compile(r"(?:insurance|your) policy|privacy policy|no policy|not (?:about|hide behind) ")
_PROMISE = phrases(
    r"guarantee[sd]?", r"definitely (?!look|help|check|understand|want|see|hear|know|take a look)\w{1,14}", r"(?:i|we) (?:\w{1,10}ly |can )?promise(?: you)?(?: that)?", r"(?:that's|it's|is) a promise", r"you have my (?:word|promise)", r"my word on (?:it|that)", r"(?:never|not ever) (?:ever )?(?:\w{1,9} )?(?:again)", r"(?:never|not|won't|cannot|can't|n't) (?:ever )?(?:happens?|occurs?|be repeated|see this|experience this|go through this|have (?:this|a) \w{2,12})(?: \w{1,8}){0,3} again",
    r"(?:100|hundred) ?(?:%|per ?cent)(?: \w{2,10})?", r"there (?:won't|will not|will never) be (?:any|another|a)(?: \w{2,12}){1,2}", r"without (?:fail|(?:a |any )?doubt)", r"no matter what", r"(?:i|we) (?:can )?assure you", r"(?:will|be|is|\w{2,12}ed|that|back|there|it) for (?:sure|certain)", r"certainly (?:will|be)", r"will (?:certainly|surely|absolutely|undoubtedly|always|most certainly|for sure)", r"you can (?:be sure|be certain|count on|rely on|bank on)", r"(?:absolutely|surely) will", r"i swear", r"bet on it", r"no (?:more )?(?:ifs|doubt)", r"(?:last|final) time (?:this|you|it|that|we)(?:'ll| will)? (?:\w{1,9} ){0,2}(?:happens?|have|ever|see)", r"won't (?:happen|let you down|disappoint|have (?:any|this|a) (?:more )?(?:problem|trouble|issue)s?)", r"every (?:single )?(?:time|parcel|order) from now on", r"from now on (?:it|you|we|every)", r"rest assured", r"(?:zero|no) risk", r"problem[- ]free",
    r"at all costs", r"whatever it takes", r"you will (?:never|always)",
)  # fmt: skip
_HEDGED = re.compile(
    r"(?:\b(?:can't|cannot|can not|cant|don't want to|do not want to|won't|not|no|without|rather than|instead of|before i|if i|nor)\b(?: \w{1,10}){0,3} ?|\b(?:my|our) (?:aim|goal|hope)\b[^.!?]{0,80}|\bwant\b[^.!?]{0,60}|\b(?:aim|hope)\b[^.!?]{0,60})$"
)
_NO_PROMISE = re.compile(
    r"\b(?:money.back guarantee|guarantee (?:card|period|certificate|department|claim)|under (?:the )?guarantee)|know for (?:sure|certain)|sure for certain"
)

_GUESS = phrases(
    r"(?:most |very |quite |more than )?(?:probably|presumably|likely|apparently|supposedly|possibly|conceivably|perhaps|maybe)(?! to\b)", r"i(?:'d| would)? (?:guess|suppose|suspect|reckon|assume|imagine|believe|presume|bet)(?! (?:how|what|you felt|that (?:was|is|must)|you))", r"we (?:guess|suppose|suspect|reckon|assume|believe|presume|think|imagine)(?! (?:how|what|you))",
    r"i think (?:it|this|that|the|there|they|he|she|our|someone|your \w{2,14} (?:is|was|has|got|went)|what happened|we)", r"must (?:have|'ve) (?:been |got |gone |come |had |just )?(?!(?:so |very |really |a |an |such |incredibly |extremely |quite )*(?:hard|frustrat\w{1,5}|awful|annoying|upsetting|worrying|stressful|disappoint\w{1,5}|difficult|horrible|scary|frightening|infuriating|maddening|exhausting|felt|feel|tiring|terrible|long|shock|nightmare|miserable|unpleasant|painful|embarrassing))\w{2,14}",
    r"(?:it|this|they|he|she|driver|courier|colleague|team|parcel|order|package|system|server|engineer|\w{3,14}) (?:might|may|could) (?:well )?(?:have (?!to )\w{2,14}|be (?!able|with|of|in touch|reached)\w{2,14}|just)", r"(?:it|this|there|the \w{3,14}) (?:seems?|appears?)(?: to| like| that)?", r"(?:it )?looks? like (?:it|the|your|a|an|our|there|this|someone|somebody|that|we|they)(?! can)", r"(?:should|ought to) (?:now |already |all |probably |soon |really )?(?:be|have been|work|arrive|show|clear|have|come|go|turn|get) (?:\w{1,9} )?(?:fixed|ok|okay|fine|sorted|resolved|working|solved|there|back|with you|done|here|gone|up|again|cleared|over|better|normal|now|soon|arrived|repaired|on its way)?",
    r"as far as (?:i|we) (?:know|can tell|understand|am aware|are aware)", r"to (?:the best of )?my (?:knowledge|understanding)", r"i(?:'m| am)? (?:fairly|pretty|quite|almost|reasonably) (?:sure|certain|confident)", r"(?:usually|normally|typically|generally|in most cases|nine times out of ten)(?:,| it| this| that| the| means| happens| takes| comes| caused)", r"sounds? (?:like|as if|as though) (?:it|the|an|your|our|someone|there|this|a (?!plan|nightmare|terrible|horrible|bad|frustrating|rough|long|difficult))", r"i(?:'ve| have)? heard (?:that|it)", r"(?:is|was|are) (?:most )?(?:likely|probably|presumably)", r"it(?:'s| is) possible that", r"chances are", r"if i (?:remember|recall)", r"no idea (?:but|why)", r"kind of thing happens", r"i would have thought", r"off the top of my head",
)  # fmt: skip
_NO_GUESS = re.compile(
    r"\b(?:(?:don't|do not|not|rather than|without|instead of|won't|never|no) (?:want to |going to |to |just )?(?:guess|assum|suppos|speculat|presum)|should(?:n't| not| never)|should (?:have|be) (?:been |able )|you should|maybe you|perhaps you|(?:may|might|could) (?:be|have) (?:of|your|the right)|if you|whether|"
    r"(?:should|ought to) (?:be|have|work|arrive|come|go|get) (?:\w{1,9} )?(?:like|easy|simple|reliable|safe|fair|right|warm|hot|clean|better than|treated|heard|to|a |an )|as (?:it|they) should|must (?:have|be) been)"
)
"""What guesses are not: that something ought to be otherwise than it was."""

_PARTY = rf"(?:{OUTSIDERS}|colleague|colleagues|agents?|advisers?|advisors?|trainee|intern|new starter|temp|store|shop|shop staff|branch|team|staff|crew|waiter|waitress|cook|kitchen|technician|engineer|sales(?:man|person| team)|manager|department|operator|predecessor|franchisee?|developers?|it people)"
_FAULT = r"(?:lost|lose|loses|broke|damaged|dropped|forgot|fail(?:ed|s)?|made (?:an? )?(?:\w{1,10} )?(?:mistake|error)|mess(?:ed|es)? (?:it |this |that )?up|mess(?:ed|es)|screw\w{0,2} (?:it |this )?up|got (?:it|this|that) wrong|(?:is|are|was|were) (?:to blame|at fault|responsible|careless|late|unreliable|useless|lazy|incompetent|slow|the (?:problem|cause|reason)|(?:clearly |entirely |completely )?(?:wrong|in the wrong))|let (?:us|you|me|everyone) down|mishandled|misplaced|caused|gave you (?:the )?wrong|should have|should never|didn't|did not|never|hasn't|won't|wasn't|ruined|neglected|ignored|mixed up|put (?:it|the|your)|sent (?:us|you|the) (?:the )?wrong|keeps? \w{2,12}ing|can't)"
_BLAME = phrases(
    rf"(?:our|the|their|my|a|one of our|this|that|your|some) (?:\w{{1,12}} )?{_PARTY}(?:'s)? (?:\w{{1,12}} ){{0,5}}?{_FAULT}", rf"(?:{OUTSIDERS}) (?:\w{{1,12}} ){{0,2}}?{_FAULT}", rf"(?:due to|because of|caused by|down to|thanks to|blame|blamed|blaming|fault of|error (?:by|of|on)|mistake (?:by|of)|failure (?:by|of|at)|on account of|responsibility of) (?:our|the|their|a|an|my|your|one of our|some)? ?(?:\w{{1,12}} ){{0,2}}{_PARTY}(?:'s)?",
    rf"{_PARTY}(?:'s|s'|s)? (?:\w{{1,12}} )?(?:fault|mistake|error|failure|blunder|carelessness|responsibility|problem|side|negligence|end)", r"(?:their|his|her|someone else's|somebody else's) (?:fault|mistake|error|failure|side|end|carelessness|responsibility|blunder)", r"(?:(?:not|n't) (?:really |actually |ours? )?(?:our|my) (?:fault|responsibility|doing|mistake|problem|department))", r"(?:isn't|is not|wasn't|was not|nothing) (?:on|down to|to do with|because of) (?:us|me)", r"out ?(?:side)? of (?:our|my) (?:hands|control)", r"(?:beyond|outside) (?:our|my) (?:control|influence|power)",
    r"blame (?:it on |this on |that on )?(?:them|him|her|the|our|my)", r"(?:they|he|she) (?:have |has |had )?(?:messed up|screwed up|let us down|got it wrong|dropped the ball|made (?:a|the) mistake|did it wrong|lost it|is to blame|are to blame|always do this)", r"is (?:solely |entirely )?(?:theirs|on them|with the carrier)",
)  # fmt: skip
_SARCASM = phrases(
    r"congratulations|congrats", r"how (?:very )?(?:clever|nice|lovely|kind|generous|original|mature|brave) of you", r"well done,? (?:you|on|for|sherlock)", r"(?:l+o+l+|ha(?:ha)+|lmf?ao|rofl|hehe)\w{0,4}", r"good luck (?:with|finding|getting)", r"poor (?:you|thing|baby|little)", r"calm down", r"chill(?: out)?[.!,]?", r"take a (?:deep breath|chill pill)", r"(?:what|such) (?:a )?drama\w{0,7}", r"drama (?:queen|king|aside)", r"boo hoo", r"cry (?:me|us) a river|cry about it", r"violin", r"what a surprise|surprise,? surprise",
    r"(?:you(?:'re| are) (?:a |such a )?|nice (?:one|try),? )?(?:genius|einstein|sherlock|princess|your (?:highness|majesty))", r"yeah,? (?:right|sure)", r"oh,? (?:no,? not|dear,? (?:dear|a|the|how)|wow|look|great|please|how|sure|really|boy|come on|the (?:horror|humanity|drama)|no!? (?:a|the|your|anyway))(?!\\w)", r"(?:gee|bravo|wow,? (?:some\\w{3,4}|what|such|so|you))", r"newsflash|news flash", r"shocking,? (?:i know|isn't it|right)|shock,? horror", r"first world problem\w?", r"the end of the world|world (?:is|has) (?:not )?end\w{0,3}", r"(?:thanks?|thank you) (?:so much )?for (?:the |your )?(?:\w{1,12} )?(?:novel|essay|lecture|drama|rant|poem|saga|life story|tirade|tantrum|masterpiece|wisdom|entertainment|laugh|short story|opera|monologue)",
    r"believe it or not", r"funny(?: how|,)", r"magic(?:al(?:ly)?)? (?:wand|powers?|wave|teleport)?", r"crystal ball", r"mind[- ]?readers?", r"time machine", r"teleport\w{0,3}", r"psychic", r"(?:maybe|perhaps) (?:next time|try|you(?:'d| would| could| should)|it(?:'s| is) time)[^.!?]{0,60}", r"try (?:reading|turning|switching|patience|looking)", r"(?:just )?(?:kidding|joking)", r"whoever said", r"who knew", r"imagine that|fancy that", r"no (?:way|kidding)[,!]", r"if only (?:you|there|every|all)", r"as you(?:'ll| will) (?:surely|no doubt) ", r"someone (?:is|got|woke|needs|must) (?:having|up|out|a|an)", r"(?:having )?a bad day(?:,| are|\?)", r"not (?:exactly |really )?rocket science", r"(?:pretty|quite) (?:rich|dramatic)",
    r"your patience (?:is|clearly|really) ", r"we(?:'re| are) not (?:mind|wizards|magicians|miracle|fortune)", r"thanks for (?:playing|nothing|enlightening)", r"(?:so|how) (?:sad|tragic)[.!]", r"heaven forbid|god forbid", r"life(?:'s| is) hard|such is life|tough luck|hard luck|bad luck|get over it|deal with it|suck it up|get a life|grow up", r"it(?:'s| is) only a \w{2,12}", r"world exclusive|breaking news|stop the press\w{0,3}", r"the horror",
    r"what a (?:tragedy|disaster|catastrophe|nightmare(?=,)|hardship|genius|hero|treat)", r"(?:i'm|i am|we're|we are) sure (?:the (?:world|whole|entire|universe|president|king|queen|nation|planet)|you(?:'ll| will| can) (?:survive|live|cope|manage|get over)|everyone is|it's very hard|that was very)", r"(?:pigeons?|horse|carriage|donkey|balloon|rocket|helicopter|limousine|butler) (?:\w{1,12} ){0,3}(?:you|next time|better)", r", (?:shall we|are we|won't you|do we|wouldn't it|don't you think)\\?", r"(?:how(?:ever)?|somehow) (?:did|will|do|can) you (?:ever |even )?(?:surviv|cop|manag|liv)\w{1,3}", r"(?:great|nice|brilliant|amazing|impressive|excellent|fantastic) (?:detective work|observation|question,|thinking|theory|story|try|spelling|grammar|maths?|reading skills?|plan,)", r"carrier pigeons?|unicorns?|wizards?|superhero\w{0,2}|medal|brass band|red carpet|limousine|hank(?:y|ies)|tissues?|slow clap|applause|troph(?:y|ies)|nobel|oscar|hollywood|netflix|fairy|santa|rocket scientist|fun at parties|miracles?", r"(?:got|woke) (?:up|out)(?: of bed)? on the wrong side(?: of (?:the )?bed)?", r"must be (?:nice|hard being|tough being|exhausting being|so hard)", r"laws of physics|the universe|control the weather", r"alert the (?:media|press|authorities)|call the (?:police|army|president|king|queen)", r"stop(?:ped)? turning|earth[- ]shattering|life[- ]or[- ]death", r"surviv(?:e|ed) (?:the|this|that|such|without|it)", r"tears? (?:of|in my|for)", r"how (?:dare|ever)", r"you(?:'re| are) (?:welcome|hilarious|adorable|cute|special)", r"(?:a|the) (?:lovely|beautiful|charming|delightful|touching) (?:little )?(?:rant|message|tweet|poem|story|piece|novel)", r"(?:our|my) (?:deepest|heartfelt) (?:condolences|sympath\w{1,3})|condolences", r"fingers crossed", r"dry your eyes", r"get a grip", r"keep calm", r"sounds like a you problem", r"virtue",
)  # fmt: skip
_MOCKING = re.compile(
    "[\U0001f602\U0001f923\U0001f61c\U0001f61d\U0001f92a\U0001f644\U0001f60f\U0001f612\U0001f926\U0001f921\U0001f595\U0001f3bb\U0001f971\U0001f910]|(?<!\\w)(?:/s|:p|;p|xd)(?!\\w)"
)


def arguing(reading: Reading) -> Iterator[Spot]:
    yield from spots(
        _ARGUING,
        reading,
        'Take their side: "That should not have happened." Ask where something is not clear.',
    )


def policy(reading: Reading) -> Iterator[Spot]:
    yield from meant(reading, "policy", 'Say what you can do for them: "What I can do today is …"')
    for found in _POLICY.finditer(reading.plain):
        if not _POLICY_FINE.search(reading.plain[max(found.start() - 30, 0) : found.end()]):
            yield Spot(found.start(), found.end(), 'Say what you can do for them: "What I can do today is …"')


def promise(reading: Reading) -> Iterator[Spot]:
    for found in _PROMISE.finditer(reading.plain):
        before = reading.plain[max(found.start() - 100, 0) : found.start()]
        if not _HEDGED.search(before) and not _NO_PROMISE.search(
            reading.plain, max(found.start() - 12, 0), found.end() + 14
        ):
            yield Spot(found.start(), found.end(), 'Say what you aim for: "My aim is that …"')


def half_knowledge(reading: Reading) -> Iterator[Spot]:
    yield from meant(reading, "half-knowledge", 'Say what you know, and what not yet: "I don\'t know the cause yet."')
    for found in _GUESS.finditer(reading.plain):
        around = reading.plain[max(found.start() - 24, 0) : found.end() + 24]
        if not _NO_GUESS.search(around):
            yield Spot(
                found.start(),
                found.end(),
                'Say what you know, and what not yet: "I don\'t know the cause yet."',
            )


def blame(reading: Reading) -> Iterator[Spot]:
    yield from meant(reading, "blame", 'Speak for everybody who works for you: "We got this wrong."')
    for sentence in reading.sentences:
        found = _BLAME.search(sentence.text)
        # "I'm sorry that the driver left it in the rain" says after the customer what happened.
        if found and not re.search(
            r"\b(?:sorry|apolog|you (?:say|said|told|write)|ask\w{0,3}\b|find out|check|whether|which|why|how|speak|talk|after)", sentence.text[: found.start()]
        ):
            yield Spot(
                sentence.start + found.start(),
                sentence.start + found.end(),
                'Speak for everybody who works for you: "We got this wrong."',
            )


def sarcasm(reading: Reading) -> Iterator[Spot]:
    suggestion = "Leave it out: say plainly what you mean, kindly."
    yield from meant(reading, "sarcasm", suggestion)
    yield from spots(_SARCASM, reading, suggestion)
    for found in _MOCKING.finditer(reading.plain):
        yield Spot(found.start(), found.end(), suggestion)
