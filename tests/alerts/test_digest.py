from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.curves import curve_png
from alerts.digest import SHOWN, render_digest, standalone_html
from alerts.week import (
    READ_LATER,
    DayVolume,
    DigestData,
    Gap,
    PraiseLine,
    SourceVolume,
    Spending,
    StoryLine,
    WeekFigures,
    changes,
    headline,
    minutes,
    notes,
)

START = datetime(2026, 11, 16, tzinfo=UTC)
OPENED = datetime(2026, 11, 18, 9, 5, tzinfo=UTC)


def curve(counts: list[int]) -> tuple[tuple[datetime, int], ...]:
    return tuple((OPENED + timedelta(minutes=30 * step), count) for step, count in enumerate(counts))


def figures(mentions: int = 100, complaints: int = 10, **others: object) -> WeekFigures:
    days = [DayVolume(date(2026, 11, 16) + timedelta(days=ahead), 0, 0) for ahead in range(7)]
    days[2] = replace(days[2], mentions=mentions, complaints=complaints)
    return WeekFigures(tuple(days), (SourceVolume("x", mentions, complaints),), **others)  # type: ignore[arg-type]


STORY = StoryLine(
    title="Parcels marked as delivered that never came",
    severity="critical",
    state="resolved",
    opened_at=OPENED,
    posts=214,
    sources=("x", "reddit"),
    peak_spread=900,
    viral_at=500,
    crossed_at=OPENED + timedelta(minutes=90),
    paged_at=OPENED + timedelta(minutes=20),
    acknowledged_at=OPENED + timedelta(minutes=26),
    acknowledged_by="Sam",
    curve=curve([3, 40, 310, 560, 900]),
    top_post_url="https://x.example/1",
)
DATA = DigestData(
    brand="Acme",
    start=START,
    end=START + timedelta(days=7),
    time_zone="Europe/London",
    made_at=START + timedelta(days=7, hours=8),
    week=figures(
        1200, 228, stories=3, viral=1, pages=4, escalations=1, minutes_to_acknowledge=(4.0, 7.0, 41.0)
    ),
    week_before=figures(1000, 140, stories=2, pages=2, minutes_to_acknowledge=(12.0,)),
    stories=(
        replace(
            STORY,
            title="Charged twice",
            severity="warning",
            state="open",
            crossed_at=None,
            curve=curve([1, 90]),
        ),
        STORY,
        replace(STORY, title="App logs out", severity="info", crossed_at=None, paged_at=None, curve=()),
    ),
    gaps=(Gap("reddit", OPENED, OPENED + timedelta(hours=3), "Reddit answered 503"),),
    link="https://snapwatch.example.com",
)
EMPTY = replace(DATA, week=figures(0, 0), week_before=None, stories=(), gaps=())


class Page(HTMLParser):
    """What a browser would make of it: tags with their attributes, and the text."""

    VOID = ("meta", "img", "br")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


# What to know before believing the figures


def test_languages_that_were_not_measured_and_spam_are_counted_in_a_line_each() -> None:
    many = (("Dutch", 1200), *((f"L{n}", 5) for n in range(6)))
    assert notes(figures(unmeasured=many, beside=1)) == (
        "1,230 mentions were in a language that the classifier was not measured on (Dutch 1,200, L0 5, L1 5, L2 5, L3 5 "
        "and 2 other languages): complaints among them may be missing.",
        "1 mention was left out of stories as spam or a namesake's.",
    )
    assert notes(figures(unmeasured=(("Dutch", 1),))) == (
        "1 mention was in a language that the classifier was not measured on (Dutch 1): complaints among them may be "
        "missing.",
    )
    assert notes(figures()) == ()
    digest = render_digest(replace(DATA, week=figures(unmeasured=many, beside=3)))
    for words in ("not measured on (Dutch 1,200", "3 mentions were left out of stories"):
        assert words in " ".join(digest.text.split())
        assert words in Page(digest.html).text


def test_turns_that_the_budget_did_not_allow_are_told_by_source() -> None:
    short = replace(
        figures(), sources=(SourceVolume("x", 90, 9, 2000, 310), SourceVolume("reddit", 10, 1, 40))
    )
    assert notes(short) == (
        "On X, 310 of 2,310 readings that were due did not fit into the daily budget (reads_per_day): what spread there "
        "may have been seen late.",
    )
    digest = render_digest(replace(DATA, week=short))
    for text in (" ".join(digest.text.split()), Page(digest.html).text):
        assert "310 of 2,310 readings that were due" in text


def test_looks_that_the_budget_did_not_allow_are_told_by_source() -> None:
    short = replace(figures(), sources=(SourceVolume("x", 90, 9, looked=500, unlooked=1_100),))
    assert notes(short) == (
        "On X, 1,100 of 1,600 looks whether posts are still there did not fit into the daily budget (reads_per_day): what "
        "its author deleted may be kept longer.",
    )


# The headline and what changed


def test_the_headline_says_the_week_in_a_sentence() -> None:
    assert headline(DATA) == (
        "3 stories, 1 went viral, 1 still open; acknowledged after 7 min (median); complaints from 14% to 19%."
    )


@pytest.mark.parametrize(
    ("week", "before", "sentence"),
    [
        (figures(100, 14), figures(100, 14), "No story this week; complaints at 14%."),
        (figures(100, 14), None, "No story this week; complaints at 14%."),
        (figures(100, 14), figures(0, 0), "No story this week; complaints at 14%."),
        (
            figures(9, 1, stories=1, pages=1),
            None,
            "1 story, which did not go viral; no page was acknowledged; complaints at 11%.",
        ),
        (
            figures(9, 1, stories=1, viral=1, pages=1, minutes_to_acknowledge=(6.2,)),
            None,
            "1 story, which went viral; acknowledged after 6 min; complaints at 11%.",
        ),
        (figures(100, 20, stories=2), None, "2 stories, none went viral; complaints at 20%."),
        (figures(100, 20, viral=1), None, "No new stories, 1 went viral; complaints at 20%."),
        (figures(0, 0), figures(5, 1), "No mention of Acme was found this week."),
    ],
)  # fmt: skip
def test_headlines(week: WeekFigures, before: WeekFigures | None, sentence: str) -> None:
    assert headline(replace(DATA, week=week, week_before=before, stories=())) == sentence


def test_open_is_what_somebody_was_paged_for() -> None:
    story = replace(STORY, state="open")
    assert ", 1 still open" in headline(replace(DATA, stories=(story,)))
    assert "still open" not in headline(replace(DATA, stories=(replace(story, paged_at=None),)))


def test_what_changed() -> None:
    assert changes(DATA) == (
        "Mentions rose by 20%, from 1,000 to 1,200.",
        "Complaints rose from 14% to 19% of all mentions.",
        "3 stories after 2; 1 went viral after none.",
        "Pages were acknowledged faster: after 7 min (median), 12 min the week before.",
        "1 page passed on because nobody acknowledged in time, after none.",
    )


@pytest.mark.parametrize(
    ("week", "before", "expected"),
    [
        (figures(1020, 150), figures(1000, 150), "About as many mentions as the week before: 1,020 after 1,000."),
        (figures(500, 70), figures(1000, 140), "Mentions fell by 50%, from 1,000 to 500."),
        (figures(12, 2), figures(1, 0), "12 mentions after 1."),
        (figures(1, 0), figures(0, 0), "1 mention after 0."),
        (figures(100, 14), figures(100, 14), "Complaints stayed at 14% of all mentions."),
        (
            figures(100, 19),
            figures(100, 14),
            "Complaints: 19% of all mentions after 14%; so small a difference can be chance.",
        ),
        (figures(1000, 140), figures(1000, 190), "Complaints fell from 19% to 14% of all mentions."),
        (figures(stories=1), figures(), "1 story after none."),
        (figures(), figures(stories=4, viral=2), "No stories after 4; none went viral after 2."),
        (
            figures(minutes_to_acknowledge=(9.0,)),
            figures(minutes_to_acknowledge=(4.0,)),
            "Pages were acknowledged more slowly: after 9 min (median), 4 min the week before.",
        ),
        (
            figures(minutes_to_acknowledge=(9.1,)),
            figures(minutes_to_acknowledge=(9.0,)),
            "Pages were acknowledged as fast as the week before: after 9 min (median).",
        ),
        (figures(), figures(escalations=3), "No pages passed on because nobody acknowledged in time, after 3."),
    ],
)  # fmt: skip
def test_changes(week: WeekFigures, before: WeekFigures, expected: str) -> None:
    assert expected in changes(replace(DATA, week=week, week_before=before))


def test_the_source_behind_a_change_is_named() -> None:
    week = replace(figures(500, 120), sources=(SourceVolume("x", 300, 30), SourceVolume("reddit", 200, 90)))
    before = replace(figures(500, 50), sources=(SourceVolume("x", 300, 29), SourceVolume("reddit", 200, 21)))
    assert "Most of the change in complaints is on Reddit: 90 after 21." in changes(
        replace(DATA, week=week, week_before=before)
    )
    assert not any("Most of" in line for line in changes(replace(DATA, week=before, week_before=before)))


def test_a_first_week_has_nothing_to_compare() -> None:
    first = replace(DATA, week_before=None)
    assert changes(first) == ()
    message = render_digest(first)
    assert "WHAT CHANGED" not in message.text
    assert "before" not in Page(message.html).text.split("Stories")[0]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.2, "under a minute"),
        (7.4, "7 min"),
        (119, "119 min"),
        (120, "2 h"),
        (125, "2 h 5 min"),
        (4320, "3 days"),
    ],
)
def test_stretches_of_time(value: float, words: str) -> None:
    assert minutes(value) == words


counts = st.integers(0, 10**7)


@st.composite
def weeks(draw: st.DrawFn) -> WeekFigures:
    mentions = draw(counts)
    return figures(
        mentions,
        draw(st.integers(0, mentions)),
        stories=draw(st.integers(0, 50)),
        viral=draw(st.integers(0, 50)),
        pages=draw(counts),
        escalations=draw(counts),
        minutes_to_acknowledge=tuple(draw(st.lists(st.floats(0, 10**5), max_size=4))),
    )


@given(weeks(), st.none() | weeks())
def test_every_week_can_be_told(week: WeekFigures, before: WeekFigures | None) -> None:
    data = replace(DATA, week=week, week_before=before)
    for sentence in (headline(data), *changes(data)):
        assert sentence.endswith(".")
        assert "  " not in sentence
        assert "None" not in sentence


# The message


def test_the_text_reads_like_this() -> None:
    text = render_digest(DATA).text
    assert text.startswith("Acme, Mon 16 – Sun 22 November 2026\n\n3 stories, 1 went viral")
    assert (
        "1. Parcels marked as delivered that never came\n   Viral, resolved. 214 posts on X and Reddit"
        in text
    )
    assert (
        "Paged 20 min after the first post; Sam acknowledged 6 min later. It went viral 70 min after the page."
        in text
    )
    assert "Others:\n- App logs out (info, resolved)\n" in text
    assert "Wed 18    1,200 mentions     228 complaints   19%" in text
    assert "- Reddit, Wed 18 Nov, 09:05 to 12:05: Reddit answered 503\n" in text
    assert "\n\n\n" not in text
    assert text.endswith("by snapwatch.\n")


def test_the_mail_says_the_same() -> None:
    message = render_digest(DATA)
    page = Page(message.html)
    for line in (
        headline(DATA),
        *changes(DATA),
        "Parcels marked as delivered",
        "Sam acknowledged 6 min later",
    ):
        assert line in page.text
        assert line in message.text
    assert message.subject == "Acme, week of 16 November: 3 stories, 1 went viral"
    assert message.short.startswith("Acme, last week: 3 stories")
    assert len(message.short) <= 160
    assert message.thread == "digest-2026-W47"
    assert message.at == DATA.made_at


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (replace(STORY, crossed_at=None), "Sam acknowledged 6 min later."),
        (replace(STORY, acknowledged_by=None, crossed_at=None), "somebody acknowledged 6 min later."),
        (replace(STORY, acknowledged_at=None), "nobody acknowledged. It went viral 70 min after the page."),
        (replace(STORY, crossed_at=OPENED + timedelta(minutes=5)), "It went viral 15 min before the page."),
        (replace(STORY, paged_at=None), "It went viral, and nobody was paged."),
    ],
)
def test_who_did_what(story: StoryLine, words: str) -> None:
    message = render_digest(replace(DATA, stories=(story,)))
    assert f"{words}\n" in message.text
    assert words in Page(message.html).text


def test_the_worst_story_comes_first_and_the_rest_is_brief() -> None:
    many = (
        *(
            replace(STORY, title=f"Small {number}", severity="info", crossed_at=None, curve=())
            for number in range(9)
        ),
        STORY,
    )
    message = render_digest(
        replace(DATA, stories=(replace(STORY, title="Unseen", crossed_at=None, paged_at=None), *many))
    )
    assert message.text.index("Small 8") < message.text.index("Unseen")
    message = render_digest(replace(DATA, stories=many))
    page = Page(message.html)
    assert page.text.count("acknowledged 6 min later") == SHOWN
    assert "Others:" in page.text
    assert message.text.index("Parcels") < message.text.index("Small 0")
    assert all(f"Small {number}" in message.text and f"Small {number}" in page.text for number in range(9))
    assert [name for name, _ in message.images] == ["story-1"]


def test_stories_that_paged_nobody_are_told_in_a_line() -> None:
    quiet = replace(STORY, title="Quiet", crossed_at=None, paged_at=None, acknowledged_at=None)
    message = render_digest(replace(DATA, stories=(quiet,)))
    for text in (message.text, Page(message.html).text):
        assert "Nobody was paged for these:" in text
        assert "Quiet" in text
    assert message.images == ()


def test_every_picture_is_there_has_words_and_is_shown_once() -> None:
    message = render_digest(DATA)
    shown = Page(message.html).all("img")
    assert (
        [image["src"] for image in shown]
        == [f"cid:{name}" for name, _ in message.images]
        == ["cid:story-1", "cid:story-2"]
    )
    assert shown[0]["alt"] == (
        "Spread from 3 (Wed 18 Nov, 09:05) to 900 (Wed 18 Nov, 11:05); viral from Wed 18 Nov, 10:35."
    )
    for _, png in message.images:
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", png[16:24]) == (1000, 360)


def test_a_file_of_its_own_needs_nothing_else() -> None:
    message = render_digest(DATA)
    html = standalone_html(message)
    assert "cid:" not in html
    assert html.count("data:image/png;base64,iVBOR") == 2
    assert all(image["src"] and image["src"].startswith("data:") for image in Page(html).all("img"))


def test_tables_tell_a_screen_reader_what_is_what() -> None:
    page = Page(render_digest(DATA).html)
    assert page.all("html") == [{"lang": "en"}]
    assert all(header["scope"] in ("col", "row") for header in page.all("th"))
    named = [table["aria-labelledby"] for table in page.all("table") if "aria-labelledby" in table]
    assert named == ["days", "sources"]
    assert {"days", "sources"} <= {heading.get("id") for heading in page.all("h2")}
    assert all(
        table.get("role") == "presentation" or "aria-labelledby" in table for table in page.all("table")
    )


def test_nothing_is_loaded_from_elsewhere() -> None:
    message = render_digest(DATA)
    assert "@import" not in message.html
    assert "url(" not in message.html
    tags = {tag for tag, _ in Page(message.html).tags}
    assert tags.isdisjoint({"script", "link", "iframe", "object", "form", "base"})


def test_an_empty_week_says_what_to_do() -> None:
    message = render_digest(EMPTY)
    for text in (message.text, Page(message.html).text):
        assert "No mention of Acme was found this week." in text
        assert "snapwatch check" in text
        assert "No gap is known" in text
        assert "0%" not in text
    assert message.images == ()


def test_a_week_over_a_year_and_a_clock_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 12, 27, 23, tzinfo=UTC)  # Monday 28 December, midnight in Berlin
    message = render_digest(replace(DATA, start=start, end=start + timedelta(days=7), time_zone=berlin.key))
    assert "Mon 28 December 2026 – Sun 3 January 2027" in message.text
    assert message.thread == "digest-2026-W53"
    start = datetime(2026, 10, 18, 22, tzinfo=UTC)  # the week in which the clocks go back
    message = render_digest(
        replace(DATA, start=start, end=datetime(2026, 10, 25, 23, tzinfo=UTC), time_zone=berlin.key)
    )
    assert "Mon 19 – Sun 25 October 2026" in message.text


def test_gaps_name_their_lanes_and_what_becomes_of_them() -> None:
    hour = timedelta(hours=1)
    gaps = (
        Gap("x", START, START + hour, "limit of 1,000 results", READ_LATER, ("search",)),
        Gap("reddit", OPENED, OPENED + hour, "Reddit answers 503", "lost", ("comments", "posts", "search")),
    )
    message = render_digest(replace(DATA, gaps=gaps))
    for text in (message.text, Page(message.html).text):
        words = " ".join(text.replace(" ,", ",").split())
        lost = "Reddit, comments, posts and search, Wed 18 Nov, 09:05 to 10:05: Reddit answers 503; lost"
        later = "X, search, Mon 16 Nov, 00:00 to 01:00: limit of 1,000 results; read later"
        assert words.index(lost) < words.index(later)
    assert "may be too low" in message.html
    assert "may be too low" not in render_digest(replace(DATA, gaps=gaps[:1])).html
    many = tuple(replace(gaps[1], start=OPENED - n * hour) for n in range(20))
    assert "and 8 more" in render_digest(replace(DATA, gaps=many)).text
    assert "and 8 more" in render_digest(replace(DATA, gaps=many)).html


def test_what_the_week_took_stands_beside_the_week_before() -> None:
    week = replace(DATA.week, spending=(Spending("x", 12_345, 2000, 61.73, 14.2), Spending("reddit", 10)))
    before = replace(DATA.week, spending=(Spending("x", 10_000, 1900, 50.0),))
    message = render_digest(replace(DATA, week=week, week_before=before))
    assert (
        "X: 12,345 posts polled, 2,000 read again, $61.73; the week before 10,000 and 1,900, $50.00"
        in message.text
    )
    assert "Reddit: 10 posts polled, 0 read again\n" in message.text
    assert "X 12,345 2,000 $61.73 $50.00" in Page(message.html).text
    assert "polling rested for 14 hours because a day's budget was used up" in " ".join(message.text.split())
    assert "WHAT IT TOOK" not in render_digest(DATA).text


HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}\n\nSubject: x\u202e\x00\x1b[31m'


def test_what_people_outside_wrote_stays_text() -> None:
    story = replace(
        STORY,
        title=HOSTILE,
        summary=HOSTILE,
        acknowledged_by=HOSTILE,
        sources=(HOSTILE,),
        top_post_url='javascript:alert("1")',
    )
    week = replace(DATA.week, sources=(SourceVolume(HOSTILE, 5, 1),))
    hostile = replace(
        DATA,
        brand=HOSTILE,
        week=week,
        stories=(story,),
        link="data:text/html,x",
        gaps=(Gap(HOSTILE, START, OPENED, HOSTILE),),
    )
    message = render_digest(hostile)
    page = Page(message.html)
    assert page.all("script") == []
    assert page.all("a") == []
    assert "javascript:" not in message.html + message.text
    assert '"><script>alert(1)</script>{{ 7*7 }} Subject: x' in page.text
    for text in (message.subject, message.short):
        assert "\n" not in text
    for text in (message.subject, message.short, message.text, message.html):
        assert not {"\u202e", "\x00", "\x1b", "\r"} & set(text)
    assert "\nSubject: x" not in message.text


@settings(max_examples=25)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=20))
def test_any_words_give_a_page_that_holds_together(title: str, person: str, brand: str) -> None:
    story = replace(STORY, title=title, summary=title, acknowledged_by=person, top_post_url=title, curve=())
    message = render_digest(
        replace(DATA, brand=brand, stories=(story,), gaps=(Gap(brand, START, OPENED, title),))
    )
    page = Page(message.html)
    assert page.all("script") == []
    message.text.encode()
    assert "\n" not in message.subject + message.short


# The curve


@pytest.mark.parametrize(
    "points",
    [curve([0, 0]), curve([5, 5, 5]), curve([1, 10**9]), curve([500, 499, 3])],
    ids=["nothing", "flat", "huge", "falling"],
)
def test_every_curve_can_be_drawn(points: tuple[tuple[datetime, int], ...]) -> None:
    for moment in (None, OPENED - timedelta(days=1), OPENED, OPENED + timedelta(minutes=20)):
        png = curve_png(points, ZoneInfo("Asia/Kathmandu"), 500, moment, moment)
        assert png.startswith(b"\x89PNG")


@pytest.mark.parametrize("points", [(), curve([1]), (*curve([1]), *curve([2]))])
def test_one_moment_is_no_curve(points: tuple[tuple[datetime, int], ...]) -> None:
    message = render_digest(replace(DATA, stories=(replace(STORY, curve=points),)))
    assert message.images == ()
    assert "Spread from" not in message.text
    assert Page(message.html).all("img") == []


def test_the_marks_are_drawn() -> None:
    plain = curve_png(STORY.curve, ZoneInfo("UTC"))
    paged = curve_png(STORY.curve, ZoneInfo("UTC"), paged_at=STORY.paged_at)
    viral = curve_png(STORY.curve, ZoneInfo("UTC"), paged_at=STORY.paged_at, crossed_at=STORY.crossed_at)
    threshold = curve_png(STORY.curve, ZoneInfo("UTC"), viral_at=1000)
    far = curve_png(STORY.curve, ZoneInfo("UTC"), viral_at=100_000)
    assert len({plain, paged, viral, threshold}) == 4
    reached = curve_png(STORY.curve, ZoneInfo("UTC"), viral_at=500)
    assert far == reached == plain


PRAISE = PraiseLine(
    text="The driver carried it upstairs, what a <b>star</b>",
    handle="ann",
    source="x",
    reason="crosses 500 reposts and quotes with probability 0.62 (340 now)",
    url="https://x.example/9",
    thanks="Hello @ann, thank you for telling everybody.",
)


def test_praise_that_spread_has_its_lines_and_a_thank_you() -> None:
    message = render_digest(replace(DATA, praise=(PRAISE, replace(PRAISE, thanks=None, url="javascript:x"))))
    page = Page(message.html)
    for said in (message.text, " ".join(page.words)):
        assert "The driver carried it upstairs, what a <b>star</b>" in said
        assert "crosses 500 reposts and quotes with probability 0.62 (340 now)" in said
        assert said.count("A thank-you to approve: Hello @ann, thank you for telling everybody.") == 1
    assert "javascript" not in message.html + message.text
    for said in (render_digest(DATA).text, render_digest(DATA).html):
        assert "praise" not in said.lower()


def test_what_may_be_arranged_is_said_in_the_storys_line() -> None:
    words = "may be arranged: 7 accounts posted the same text"
    shown, other = (
        replace(STORY, arranged=words),
        replace(STORY, paged_at=None, crossed_at=None, arranged=words),
    )
    message = render_digest(replace(DATA, stories=(shown, other)))
    for said in (message.text, " ".join(Page(message.html).words)):
        assert "May be arranged: 7 accounts posted the same text." in said
        assert "(critical, resolved; may be arranged: 7 accounts posted the same text)" in said
    for said in (render_digest(DATA).text, render_digest(DATA).html):
        assert "arranged" not in said
