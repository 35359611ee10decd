"""What is said behind the door."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.linting.meaning import meant
from alerts.linting.phrases import phrases, spots
from alerts.linting.reading import Reading
from alerts.linting.rule import Spot

_INTERNAL = phrases(
    r"fyi",
    r"if (?:he|she|they) (?:push|ask|complain|insist|threaten|kick)\w{0,3}",
    r"(?:offer|give) (?:him|her|them|up to)(?: \w{1,10})?",
    r"(?:not sure|no idea) what to (?:write|say|tell|put|answer)",
    r"can (?:you|someone|somebody|anyone) (?:take a look|approve|proofread|reply to|answer|handle|"
    r"deal with|check this|have a look)(?: \w{2,12})?",
    r"(?:someone|somebody|anyone) please (?:check|reply|approve|look|fix)",
    r"before i (?:post|send|publish)",
    r"hey team|hi team|hello team|dear team|@team|@here|@channel|@all",
    r"team:",
    r"(?:note|memo|reminder|message) (?:to|for) (?:self|the team|team|colleagues|agents?|"
    r"the shift|the next shift|staff)",
    r"internal(?:ly)?(?: only| note| use| remark| comment)?[:\]]?",
    r"not for (?:the )?(?:customer|public|publication|posting)\w{0,2}",
    r"between (?:us|you and me|ourselves|colleagues)",
    r"(?:strictly )?(?:off the record|confidential|in confidence)",
    r"do(?:n't| not) (?:tell|mention|share|say|post|send|offer|promise|let|give|reveal|admit|show|"
    r"quote|publish|put|refund|pay|reply)(?: (?:this|it|that|anything|the|them|him|her|to|a|about|"
    r"any)(?:\b)){0,2}[^.!?]{0,40} (?:customers?|client|them|him|her|anyone|public(?:ly)?|this|"
    r"outside|yet|press)",
    r"keep (?:this|it|that) (?:quiet|to (?:us|ourselves|yourself)|internal|between|in(?:side|"
    r"-house)|under)",
    r"(?:this|that|the|another|same|our|typical) (?:\w{1,12} )?(?:customer|client|guy|woman|man|"
    r"lady|bloke|person|user|complainer|troublemaker|troll|moaner|whiner)(?:'s)? (?:is|are|has|"
    r"was|always|keeps|just|wants|again|seems|complains?|has been|won't|only|tends|may|might|"
    r"could|threatens?|can be|will)",
    r"(?:he|she|they)(?:'s|'re| is| are) (?:just |always |only |clearly |"
    r"obviously )?(?:trying it on with|fishing|after (?:free|money|a|more|freebies|compensation)|"
    r"bluffing|"
    r"complaining|moaning|a pain|annoying|lying|known for|at it again|crazy|difficult|a regular|"
    r"exaggerating|fishing)",
    r"(?:he|she|they) (?:always|keeps?) (?:complain|moan|ask|want|do|try|mak|say|writ|whin)\w{0,4}",
    r"(?:he|she|they)(?:'s| has|'ve| have) (?:only )?\d[\d,.k]{0,8} followers",
    r"don't quote me|(?:the )?real reason|truth be told|off the books|our margins?|"
    r"management (?:\w{1,10} )?(?:stopped|decided|had)|cost[- ]cutting|(?:was|were|has|"
    r"have) never (?:been )?tested",
    r"(?:a )?pain in the \w{2,8}|(?:a|such a) (?:real )?pain|time ?waster|"
    r"serial complainer|repeat complainer|known complainer|trouble ?maker|freeloader",
    r"(?:legal|pr|compliance|marketing|finance|management|the boss|hq|head office|upstairs|"
    r"the lawyers|comms) (?:say|says|said|told|wants?|has|have|approved|signed|hasn't|won't|need|"
    r"needs|must|will|are|is)(?: \w{1,10})?",
    r"(?:check|ask|run (?:it|this) (?:by|past)|clear (?:it|this) with|approved by|wait for|cc|"
    r"loop in|copy in|pending|ok from|sign-off from|approval (?:from|of|"
    r"by)) (?:\w{1,10} )?(?:legal|pr|compliance|comms|management|marketing|hq|head office|finance|"
    r"the boss|my manager|supervisor)",
    r"(?:p|sev|prio|priority|severity)[ -]?[0-4]",
    r"(?:inc|chg|prb|req|ritm|sr|tkt|cs|jira|ops|sup|crm|bug|case)[-#_]?\d{3,12}",
    r"[a-z]{2,8}-\d{2,7}(?! \w{1,12} (?:street|road))",
    r"(?:ticket|incident|bug|defect) (?:#|no\.? ?|number )?\d{2,12}",
    r"jira|zendesk|salesforce|servicenow|freshdesk|hubspot|intercom|confluence|slack|sharepoint|"
    r"pagerduty|opsgenie|datadog|grafana|splunk|oracle|netsuite|genesys|sprinklr|hootsuite|siebel|"
    r"sap|kibana|trello|asana|notion|monday\.com|ms teams|snapwatch",
    r"(?:the|our|in|internal) (?:crm|wiki|runbook|playbook|backlog|sprint|back office|"
    r"back ?end team|admin (?:tool|panel)|knowledge base|ticketing system|ticket queue|"
    r"admin (?:tool|panel))",
    r"(?:tier|level|l)[ -]?[1-4] (?:support|team|agent|queue)?",
    r"vip|churn(?: risk)?|high[- ]value customer|low[- ]value|influencer|followers|going viral|"
    r"go viral|bad press|viral risk|shitstorm",
    r"(?:max|maximum|up to) (?:goodwill|[£$€]\d{1,5}|compensation|offer)[^.!?]{0,20}",
    r"may offer|goodwill (?:budget|limit|up to)|cap of [£$€]?\d",
    r"pls (?:check|advise|approve|confirm|fix|review|handle)|plz",
    r"(?:draft|wip)(?::|\]| v\d| \d)|for approval|(?:please|can someone|can you) (?:approve|"
    r"review|proofread)(?: (?:this|before))?",
    r"(?:our|the) (?:own )?(?:staffing|understaff\w{0,3}|budget|targets?|layoffs?|redundancies|"
    r"numbers)",
    r"we(?:'re| are) (?:understaffed|short[- ]staffed|overworked|swamped|short of staff|"
    r"overloaded|cutting)",
    r"cost(?:s)? us",
    r"admit (?:liability|fault|anything)|liability|lawsuit risk",
    r"(?:copy|paste) (?:and paste )?(?:the|this) (?:standard|usual|template)",
    r"(?:the )?usual (?:suspect|complaint|nonsense|template|moaning)",
    r"nobody (?:here )?(?:knows|cares|checked)",
    r"(?:just )?(?:fob|brush) (?:them|him|her) off",
    r"get rid of (?:them|him|her|this)",
)


def internal(reading: Reading) -> Iterator[Spot]:
    suggestion = "Take it out: what is for colleagues goes into a note, not into the reply."
    yield from meant(reading, "internal", suggestion)
    yield from spots(_INTERNAL, reading, suggestion)
