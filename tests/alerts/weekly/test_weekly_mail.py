from __future__ import annotations

import re
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.curves import curve_png
from alerts.languages import LANGUAGES, Language, Speech
from alerts.mail import build_mail, standalone_html
from alerts.weekly.advice import advice
from alerts.weekly.figures import READ_LATER, Gap, SourceVolume
from alerts.weekly.render import FIRST, FURTHER, LISTED, digest
from alerts.weekly.sentences import changes, headline
from tests.alerts.weekly.weeks import DATA, EMPTY, OPENED, QUIET, START, STORY, Page, curve

EN = Speech("en", "Europe/London")


def test_the_first_screen_comes_first() -> None:
    message = digest(DATA)
    order = [
        headline(DATA, EN),
        "Mentions",
        "The stories that mattered",
        "What to change",
        "Beside the weeks before",
        "Other stories",
        "Praise that spread",
        "Day by day",
        "What complaints were about",
        "By platform",
        "How fast we were",
        "Forecasts against what happened",
        "What was decided after stories",
        "What it took",
        "Where we could not look",
    ]
    text = Page(message.html).text
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    plain = message.text.lower()
    places = [plain.index(words.lower()) for words in order]
    assert places == sorted(places)


def test_the_mail_and_its_text_say_the_same() -> None:
    message = digest(DATA)
    for said in (message.text, Page(message.html).text):
        for line in (
            headline(DATA, EN),
            *changes(DATA, EN),
            *advice(DATA, EN),
            "Sam acknowledged 6\xa0min later.",
        ):
            assert line in said
        assert "What a <b>star</b>" in said
        assert "A thank-you to approve: Thank you, @ann!" in said
        assert "Overdue: Answer before noon" in said
        assert "Done: A photo at each door" in said
        assert "1 page was passed on because nobody acknowledged in time." in said
        assert "\n\n\n\n" not in said
    assert message.subject == "Acme, week of 16\xa0November: 3 new stories, 1 went viral"
    assert message.short.startswith("Acme, last week: 3 new stories")
    assert len(message.short) <= 160
    assert message.thread == "digest-2026-W47"
    assert message.at == DATA.made_at


def test_a_quiet_week_has_two_lines_and_nothing_more() -> None:
    message = digest(QUIET)
    assert message.subject == "Acme, week of 16\xa0November: a quiet week"
    lines = [line for line in message.text.splitlines() if line]
    assert len(lines) == 5  # whose week, two lines, where the dashboard is, when it was made
    assert message.images == ()
    assert Page(message.html).all("h2") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_all_of_it_in_its_own_words(language: Language) -> None:
    message = digest(replace(DATA, language=language))
    page = Page(message.html)
    assert page.all("html") == [{"lang": language}]
    assert [name for name, _ in message.images] == ["story-1", "story-2", "weeks"]
    english = {"Complaints", "Mentions", "acknowledged", "What to change", "Normal"}
    own = {"de": "Beschwerden", "fr": "réclamations", "es": "quejas", "en": "Complaints"}[language]
    for said in (message.text, page.text):
        assert own in said
        if language != "en":
            assert not [
                word
                for word in english
                if re.search(rf"\b{word}\b", said) and word not in ("Mentions", "Normal")
            ]
    assert message.thread == ("digest-2026-W47" if language == "en" else f"digest-2026-W47-{language}")


def test_every_picture_is_there_has_words_and_is_shown_once() -> None:
    message = digest(DATA)
    shown = Page(message.html).all("img")
    assert [image["src"] for image in shown] == [f"cid:{name}" for name, _ in message.images]
    assert shown[0]["alt"] == (
        "Spread from 3 (Wed 18\xa0Nov, 09:05) to 900 (Wed 18\xa0Nov, 11:05); viral from Wed 18\xa0Nov, 10:35."
    )
    assert str(shown[-1]["alt"]).endswith("week of 16\xa0November: 1,200 mentions, 228 complaints.")
    for _, png in message.images:
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", png[16:24])[0] == 1000
    mail = build_mail(message, "snapwatch <s@example.com>", "kim@example.com", "k")
    assert [part["Content-ID"] for part in mail.walk() if part.get_content_maintype() == "image"] == [
        "<story-1>", "<story-2>", "<weeks>",
    ]  # fmt: skip


def test_a_file_of_its_own_needs_nothing_else() -> None:
    html = standalone_html(digest(DATA))
    assert "cid:" not in html
    assert html.count("data:image/png;base64,iVBOR") == 3
    assert "@import" not in html
    assert "url(" not in html
    assert {tag for tag, _ in Page(html).tags}.isdisjoint(
        {"script", "link", "iframe", "object", "form", "base"}
    )


def test_tables_tell_a_screen_reader_what_is_what() -> None:
    page = Page(digest(DATA).html)
    assert all(header["scope"] in ("col", "row") for header in page.all("th"))
    named = [table["aria-labelledby"] for table in page.all("table") if "aria-labelledby" in table]
    assert named == ["days", "categories", "sources", "times", "outcomes", "spending"]
    assert set(named) <= {heading.get("id") for heading in page.all("h2")}
    assert all(
        table.get("role") == "presentation" or "aria-labelledby" in table for table in page.all("table")
    )


def test_the_worst_stories_come_first_and_the_rest_is_brief() -> None:
    small = [
        replace(STORY, title=f"Small {n}", severity="info", crossed_at=None, curve=()) for n in range(12)
    ]
    message = digest(replace(DATA, stories=(*small, STORY)))
    text = Page(message.html).text
    assert text.count("Sam acknowledged") == FIRST + FURTHER
    assert text.index("Parcels marked") < text.index("Small 0")
    assert all(f"Small {n}" in text and f"Small {n}" in message.text for n in range(12))


def test_what_is_not_listed_is_counted() -> None:
    small = tuple(
        replace(STORY, title=f"Small {n}", severity="info", crossed_at=None, paged_at=None, curve=())
        for n in range(LISTED + 33)
    )
    message = digest(replace(DATA, stories=(STORY, *small)))
    for text in (message.text, Page(message.html).text):
        assert text.count("Small") == LISTED
    assert "and 33 more" in message.text
    assert "33 more, in the dashboard" in message.html


def test_every_list_that_is_cut_says_so_in_the_text_too() -> None:
    many = LISTED + 7
    lost = tuple(SourceVolume(f"source{n}", 9, 1, read=5, lost=3) for n in range(many))
    spent = tuple(replace(DATA.week.spending[0], source=f"source{n}", rested=0.0) for n in range(many))
    changes = tuple(replace(DATA.done_changes[0], text=f"change {n}") for n in range(many))
    message = digest(
        replace(
            DATA, week=replace(DATA.week, sources=lost, spending=spent), done_changes=changes, open_changes=()
        )
    )
    for text, more in ((message.text, "and 7 more"), (Page(message.html).text, "7 more, in the dashboard")):
        assert text.count(more) == 3


def test_a_summary_that_repeats_the_title_is_left_out() -> None:
    message = digest(replace(DATA, stories=(replace(STORY, title="It broke.", summary="It broke. Today."),)))
    assert "Today" not in message.html + message.text


def test_outlook_gets_a_column_of_its_own_width() -> None:
    html = digest(DATA).html
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 2
    assert html.index("<!--[if mso]>") < html.index('class="card"')


def test_the_fullest_week_is_not_cut_off_by_mail_programs() -> None:
    """Gmail shows 102 KB of HTML, and a link to the rest."""
    story = replace(STORY, title="T" * 120, summary="S" * 240, sources=("x", "reddit", "bluesky", "mastodon"))
    week = replace(
        DATA.week,
        sources=tuple(SourceVolume(f"source-{n}", 1000, 100) for n in range(12)),
        categories=tuple((f"category {n}", 90) for n in range(12)),
    )
    full = replace(
        DATA,
        week=week,
        stories=(story,) * 40,
        praise=DATA.praise * 5,
        gaps=DATA.gaps * 20,
        open_changes=DATA.open_changes * 10,
        language="fr",
    )
    assert len(digest(full).html.encode()) < 102_000


def test_an_empty_week_says_what_to_do() -> None:
    message = digest(EMPTY)
    for text in (message.text, Page(message.html).text):
        assert "No mention of Acme was found this week." in text
        assert "snapwatch check" in text
        assert "No gap is known" in text
        assert "0%" not in text
    assert message.images == ()


def test_a_week_over_a_year_and_a_clock_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 12, 27, 23, tzinfo=UTC)  # Monday 28 December, midnight in Berlin
    message = digest(replace(DATA, start=start, end=start + timedelta(days=7), time_zone=berlin.key))
    assert "28\xa0December 2026 – 3\xa0January 2027" in message.text
    assert message.thread == "digest-2026-W53"
    start, end = (
        datetime(2026, 10, 18, 22, tzinfo=UTC),
        datetime(2026, 10, 25, 23, tzinfo=UTC),
    )  # the clocks go back
    assert "19–25\xa0October 2026" in digest(replace(DATA, start=start, end=end, time_zone=berlin.key)).text


def test_gaps_name_their_lanes_and_what_becomes_of_them() -> None:
    hour = timedelta(hours=1)
    gaps = (
        Gap("x", START, START + hour, "limit of 1,000 results", READ_LATER, ("search",)),
        Gap("reddit", OPENED, OPENED + hour, "Reddit answers 503", "lost", ("comments", "posts", "search")),
    )
    message = digest(replace(DATA, gaps=gaps))
    for text in (message.text, Page(message.html).text):
        words = " ".join(text.replace(" ,", ",").split())
        lost = "Reddit (comments, posts and search), Wed 18 Nov, 09:05 to 10:05: Reddit answers 503; lost"
        later = "X (search), Mon 16 Nov, 00:00 to 01:00: limit of 1,000 results; read later"
        assert words.index(lost) < words.index(later)
    assert "may be too low" in message.html
    assert "may be too low" not in digest(replace(DATA, gaps=gaps[:1])).html
    many = digest(
        replace(DATA, gaps=tuple(replace(gaps[1], start=OPENED - n * hour) for n in range(LISTED + 8)))
    )
    assert "and 8 more" in many.text
    assert "8 more, in the dashboard" in many.html


HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}{brand.__class__}\n\nSubject: x\u202e\x00\x1b[31m'


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_people_outside_wrote_stays_text(language: Language) -> None:
    story = replace(
        STORY, title=HOSTILE, summary=HOSTILE, acknowledged_by=HOSTILE, sources=(HOSTILE,),
        top_post_url='javascript:alert("1")',
    )  # fmt: skip
    week = replace(DATA.week, sources=(SourceVolume(HOSTILE, 5, 1),), categories=((HOSTILE, 4),))
    lesson = replace(DATA.open_changes[0], text=HOSTILE, owner=HOSTILE, story=HOSTILE)
    hostile = replace(
        DATA, brand=HOSTILE, week=week, stories=(story,), link="data:text/html,x", language=language,
        gaps=(Gap(HOSTILE, START, OPENED, HOSTILE),), open_changes=(lesson,),
        praise=(replace(DATA.praise[0], text=HOSTILE, handle=HOSTILE, url="javascript:x", thanks=HOSTILE),),
    )  # fmt: skip
    message = digest(hostile)
    page = Page(message.html)
    assert page.all("script") == page.all("a") == []
    assert "javascript:" not in message.html + message.text
    assert '"><script>alert(1)</script>{{ 7*7 }}{brand.__class__} Subject: x' in page.text
    for text in (message.subject, message.short):
        assert "\n" not in text
    for text in (message.subject, message.short, message.text, message.html):
        assert not {"\u202e", "\x00", "\x1b", "\r"} & set(text)
    assert "\nSubject: x" not in message.text


@settings(max_examples=25)
@given(st.text(max_size=300), st.sampled_from(LANGUAGES))
def test_any_title_can_be_told(title: str, language: Language) -> None:
    message = digest(
        replace(
            DATA,
            stories=(replace(STORY, title=title, summary=title, curve=()),),
            language=language,
            before=(),
        )
    )
    Page(message.html)
    assert "\n" not in message.subject


@pytest.mark.parametrize("points", [(), curve([1]), (*curve([1]), *curve([2]))])
def test_one_moment_is_no_curve(points: tuple[tuple[datetime, int], ...]) -> None:
    message = digest(replace(DATA, stories=(replace(STORY, curve=points),)))
    assert [name for name, _ in message.images] == ["weeks"]
    assert "Spread from" not in message.text


@pytest.mark.parametrize("points", [curve([0, 0]), curve([5, 5, 5]), curve([1, 10**9]), curve([500, 499, 3])])
def test_every_curve_can_be_drawn(points: tuple[tuple[datetime, int], ...]) -> None:
    for moment in (None, OPENED - timedelta(days=1), OPENED, OPENED + timedelta(minutes=20)):
        png = curve_png(
            points, ZoneInfo("Asia/Kathmandu"), 500, moment, moment, Speech("de", "Asia/Kathmandu")
        )
        assert png.startswith(b"\x89PNG")


def test_the_marks_are_drawn() -> None:
    zone = ZoneInfo("UTC")
    plain = curve_png(STORY.curve, zone)
    paged = curve_png(STORY.curve, zone, paged_at=STORY.paged_at)
    viral = curve_png(STORY.curve, zone, paged_at=STORY.paged_at, crossed_at=STORY.crossed_at)
    german = curve_png(
        STORY.curve, zone, paged_at=STORY.paged_at, crossed_at=STORY.crossed_at, speech=Speech("de")
    )
    threshold = curve_png(STORY.curve, zone, viral_at=1000)
    assert len({plain, paged, viral, german, threshold}) == 5
    assert (
        curve_png(STORY.curve, zone, viral_at=100_000) == curve_png(STORY.curve, zone, viral_at=500) == plain
    )


def test_what_may_be_arranged_is_said_in_the_storys_line() -> None:
    words = "may be arranged: 7 accounts posted the same text"
    other = replace(STORY, paged_at=None, crossed_at=None, arranged=words)
    data = replace(DATA, stories=(replace(STORY, arranged=words), other))
    for said in (digest(data).text, Page(digest(data).html).text):
        assert said.count("May be arranged: 7 accounts posted the same text.") == 2
    assert digest(replace(data, language="de")).text.count("Die Beiträge könnten abgesprochen sein.") == 2
    assert "arranged" not in digest(DATA).text
