"""Notices for the tests of alerts: one ordinary story and the strategies that vary it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from monitor.model import Author, Draft, Forecast, Mention, Notice, TopPost

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
    reason="61 posts in 40 minutes, 12 an hour ago; crosses 500 reposts with probability 0.58; "
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
    draft=Draft(
        playbook="late or lost delivery",
        text="@ann1 Thank you for telling us, and I'm sorry: three lost parcels is three too many. We are "
        "searching the Leeds depot now. I will write to you by 09:00 with where yours is, and you will have "
        "the parcel or a replacement on its way today. Sam",
        status="We are searching the Leeds depot now.",
        next_steps="I will write to you",
        approximate_time="by 09:00",
        planned_outcome="the parcel or a replacement on its way today",
    ),
    link="https://snapwatch.example/a/eyJzIjoxMn0.aSEk4A.kq3J0",
    next_person="Alex",
    escalates_at=NOW + timedelta(minutes=15),
    time_zone="Europe/London",
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
    draft=None,
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


hostile_text = st.one_of(
    st.text(st.characters(), max_size=300),
    st.text(st.characters(categories=("Cs", "Cf", "Cc", "Mn", "So", "Zl", "Zp", "Lo")), max_size=100),
    st.sampled_from([HOSTILE.title, HOSTILE.reason, HOSTILE.top_posts[0].mention.text, "^{}[~]|€" * 40]),
)
