from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.languages import LANGUAGES, Language, Speech
from alerts.weekly.advice import MOST, advice
from alerts.weekly.answers import kept, outcomes, times
from alerts.weekly.figures import DigestData, Gap, Promised, SourceVolume, Spending, WeekFigures
from alerts.weekly.sentences import changes, headline, is_quiet, notes, quiet_line
from alerts.weekly.tiles import tiles
from alerts.weekly.words import handled, hours
from tests.alerts.weekly.weeks import (
    BEFORE,
    DATA,
    EMPTY,
    MINUTE,
    OPENED,
    QUIET,
    START,
    STORY,
    answer,
    earlier,
    figures,
)

EN = Speech("en", "Europe/London")
CALM = replace(
    DATA, week=figures(1010, 101), before=BEFORE, stories=(), gaps=(), open_changes=(), done_changes=()
)


def test_the_headline_says_the_week_in_a_sentence() -> None:
    assert headline(DATA, EN) == (
        "3 new stories, 1 went viral, 1 still open; acknowledged after 7\xa0min (median); "
        "complaints at 19%, more than normal."
    )


@pytest.mark.parametrize(
    ("week", "before", "sentence"),
    [
        (figures(100, 14, stories=2, answers=(answer(None),)), (),
            "2 new stories, none went viral; no page was acknowledged; "
         "complaints at 14%."),
        (figures(9, 1, stories=1, answers=(answer(6.2),)), (), "1 new story, none went viral; acknowledged after 6\xa0min; "
         "1 complaint."),
        (figures(100, 20, viral=1), (), "No new story, 1 went viral; complaints at 20%."),
        (figures(1000, 100, viral=1), BEFORE, "No new story, 1 went viral; complaints at 10%, as usual."),
        (figures(0, 0), earlier(5), "No mention of Acme was found this week."),
    ],
)  # fmt: skip
def test_headlines(week: WeekFigures, before: tuple[WeekFigures, ...], sentence: str) -> None:
    assert headline(replace(DATA, week=week, before=before, stories=()), EN) == sentence


def test_french_semicolons_stand_apart() -> None:
    assert "\u202f; " in headline(DATA, Speech("fr", "Europe/Paris"))


def test_a_quiet_week_is_told_in_two_lines() -> None:
    assert is_quiet(QUIET)
    assert headline(QUIET, EN) == "A quiet week: 1,004 mentions, and nothing that needed you."
    assert quiet_line(QUIET, EN) == (
        "Complaints at 10%, as usual (8% to 12%); nobody was paged, and every source could be read."
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"week": figures(1004, 100, answers=(answer(),))},
        {"week": figures(1004, 100, viral=1)},
        {"week": figures(1004, 300)},
        {"week": figures(3000, 300)},
        {"week": figures(1004, 100, promises=(Promised(True),))},
        {"gaps": (Gap("x", START, START + timedelta(hours=1), "", "lost"),)},
        {"open_changes": DATA.open_changes},
        {"stories": (replace(STORY, state="open"),)},
        {"week": figures(0, 0)},
    ],
)
def test_a_week_with_anything_to_know_is_not_quiet(changed: dict[str, object]) -> None:
    assert not is_quiet(replace(QUIET, **changed))  # type: ignore[arg-type]


def test_what_is_out_of_the_normal_is_said_with_its_range() -> None:
    before = tuple(
        replace(week, categories=(("delivery", 60 + place % 3),)) for place, week in enumerate(BEFORE)
    )
    assert changes(replace(DATA, before=before), EN) == (
        "1,200 mentions, more than normal (942 to 1,068 a week).",
        "Complaints were 19% of them, more than normal (8% to 12%).",
        "200 complaints about delivery, more than normal (36 to 93).",
        "X: 228 complaints, more than normal (67 to 141).",
    )
    assert changes(CALM, EN) == (
        "1,010 mentions, as many as usual (942 to 1,068 a week).",
        "Complaints were 10% of them, as usual (8% to 12%).",
    )


def test_after_few_weeks_chance_is_called_chance_and_small_numbers_have_no_percentage() -> None:
    def said(now: tuple[int, int], before: tuple[int, int]) -> tuple[str, ...]:
        return changes(replace(CALM, week=figures(*now), before=(figures(*before),)), EN)

    assert said((100, 19), (100, 14)) == (
        "100 mentions, after 100 the week before.",
        "Complaints: 19% of all mentions after 14%; so small a difference can be chance.",
        "What is normal can be said after 3 more weeks.",
    )
    assert said((1000, 190), (1000, 140))[1] == (
        "Complaints rose from 14% to 19% of all mentions, by more than chance explains."
    )
    assert said((1000, 140), (1000, 190))[1].startswith("Complaints fell from 19% to 14%")
    assert said((12, 6), (29, 1)) == (
        "12 mentions, after 29 the week before.",
        "What is normal can be said after 3 more weeks.",
    )
    assert changes(replace(CALM, before=()), EN) == ()


def test_notes() -> None:
    many = (("nl", 1200), *((each, 5) for each in ("da", "sv", "fi", "no", "pl", "cs")))
    week = figures(
        unmeasured=many,
        beside=1,
        sources=(SourceVolume("x", 90, 9, 2000, 310, 500, 1100),),
        spending=(Spending("x", rested=14.2),),
    )
    assert notes(replace(DATA, week=week), EN) == (
        "1,230 mentions were in a language that the classifier was not measured on (Dutch 1,200, Danish 5, Swedish 5, "
        "Finnish 5, Norwegian 5 and 2 other languages): complaints among them may be missing.",
        "1 mention was left out of stories as spam or a namesake’s.",
        "X: 310 of 2,310 readings that were due did not fit into the daily budget (reads_per_day), so what spread there "
        "may have been seen late.",
        "X: 1,100 of 1,600 looks whether posts are still there did not fit into the daily budget (reads_per_day), so what "
        "its author deleted may be kept longer.",
        "X: polling rested for 14 hours because a day’s budget was used up (posts_per_day, dollars_per_day); what was "
        "written then came the next day.",
    )
    assert notes(CALM, EN) == ()


def test_figures_stand_with_what_is_normal_or_promised() -> None:
    data = replace(
        DATA, before=tuple(replace(week, answers=(answer(3, 20), answer(9, 50))) for week in BEFORE)
    )
    found = {each.label: (each.value, each.notes, each.off) for each in tiles(data, EN)}
    assert found == {
        "Mentions": ("1,200", ("normal: 942 to 1,068",), True),
        "Complaints": ("19%", ("normal: 8% to 12%",), True),
        "New stories": ("3", ("normal: 0 to 6", "1 went viral"), True),
        "To acknowledge": ("7\xa0min", ("normal: 3\xa0min to 9\xa0min", "2 of 3 within 10\xa0min"), False),
        "To reply": ("115\xa0min", ("normal: 20\xa0min to 50\xa0min", "1 of 3 as promised"), True),
        "Promises kept": ("1 of 2", (), True),
    }
    assert [each.value for each in tiles(replace(DATA, week=figures(9, 2)), EN)] == [
        "9",
        "2",
        "0",
        "–",
        "–",
        "–",
    ]


def test_answers_against_the_promise() -> None:
    assert times(DATA, "to_page").median == 20
    taken, replied = times(DATA, "to_acknowledge"), times(DATA, "to_reply")
    assert (taken.median, taken.longest, taken.within, taken.asked) == (7, 41, 2, 3)
    assert (replied.median, replied.within) == (115, 1)
    assert kept([DATA.week]) == (1, 2)


def test_outcomes_of_forecasts() -> None:
    """What pages whatever its spread is no forecast; what went viral before its page was not seen in time."""
    week = figures(
        answers=(answer(viral=60), answer(viral=-5), answer(), answer(urgent=True, viral=20)),
        viral=4,
        unseen=2,
    )
    found = outcomes([week, figures(answers=(answer(viral=100),), viral=1)])
    assert (found.pages, found.right, found.viral, found.early, found.missed, found.lead) == (
        4,
        3,
        5,
        3,
        2,
        60,
    )


NIGHT = timedelta(hours=-6)


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (replace(CALM, week=figures(viral=2, unseen=2)), "2 stories went viral before anybody was paged."),
        (replace(CALM, gaps=(Gap("x", START, START + timedelta(hours=7)),)), "X could not be read for 7 hours."),
        (replace(CALM, week=figures(promises=(Promised(True), Promised(False)))),
            "1 promise to a customer ran out (2 were due)"),
        (replace(CALM, week=figures(answers=(answer(replied=None),) * 3 + (answer(),))),
            "3 of 4 stories that paged got no reply"),
        (replace(CALM, week=figures(answers=(answer(replied=150),) * 2)), "2 of 2 stories were answered later than"),
        (replace(CALM, week=figures(answers=(answer(),) * 19 + (answer(viral=9),))),
            "Of 20 pages in 9 weeks, 1 were about"),
        (replace(CALM, week=figures(spending=(Spending("x", rested=9),))),
            "X: the daily budget was used up for 9 hours."),
        (replace(CALM, week=figures(sources=(SourceVolume("x", 9, 1, 30, 40),))), "X: most readings that were due"),
        (replace(CALM, open_changes=DATA.open_changes), "1 change that was decided after a story is overdue"),
    ],
)  # fmt: skip
def test_what_to_change_is_derived_from_the_figures(data: DigestData, start: str) -> None:
    (said,) = advice(data, EN)
    assert said.startswith(start)


def test_what_was_not_watched_yet_is_no_fault_of_a_source() -> None:
    first = Gap("x", START, START + timedelta(hours=150), "not watched yet")
    assert advice(replace(CALM, gaps=(first,)), EN) == ()


def test_late_acknowledgements_name_their_hours_only_where_they_are_no_chance() -> None:
    late = replace(answer(50), paged_at=OPENED + NIGHT, acknowledged_at=OPENED)
    few = replace(CALM, week=figures(answers=(late, late, answer())))
    assert advice(few, EN) == ("2 of 3 stories waited longer than 10\xa0min for somebody to acknowledge.",)
    nights = tuple(replace(week, answers=(late, answer(), answer())) for week in BEFORE)
    assert advice(replace(few, before=nights), EN)[0].endswith(
        "Between 00:00 and 06:00 that was so for 10 of 10 pages in these weeks, at other times for 0 of 17: have a second "
        "person, or a call instead of a mail, at that time."
    )
    # All pages go out at night, and at any time as many are late: that says nothing of the night.
    only = tuple(replace(week, answers=(late,) * 3) for week in BEFORE)
    assert "Between" not in advice(replace(few, before=only), EN)[0]
    alike = tuple(replace(week, answers=(late, answer(50))) for week in BEFORE)
    assert "Between" not in advice(replace(few, before=alike), EN)[0]
    assert advice(CALM, EN) == ()


def test_no_more_is_advised_than_can_be_done() -> None:
    bad = replace(
        DATA,
        week=replace(DATA.week, viral=3, unseen=3, answers=(answer(None, None),) * 25),
        gaps=(Gap("x", START, START + timedelta(hours=90)),),
    )
    assert len(advice(bad, EN)) == MOST


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (replace(STORY, crossed_at=None, replied_at=None),
            "Paged 20\xa0min after the first post. Sam acknowledged 6\xa0min later."),
        (replace(STORY, acknowledged_at=None, replied_at=None), "Paged 20\xa0min after the first post. "
         "Nobody acknowledged. It went viral 70\xa0min after the page."),
        (replace(STORY, crossed_at=OPENED + 5 * MINUTE, acknowledged_by=None),
            "Paged 20\xa0min after the first post. Acknowledged "
         "6\xa0min later. Customers were answered 30\xa0min after the page. It went viral 15\xa0min before the page."),
        (replace(STORY, paged_at=None), "It went viral, and nobody was paged."),
    ],
)  # fmt: skip
def test_who_did_what(story: object, words: str) -> None:
    assert handled(EN, story) == words  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "words"), [(0.2, "under an hour"), (1.4, "1 hour"), (14, "14 hours")])
def test_hours(value: float, words: str) -> None:
    assert hours(EN, value) == words


@st.composite
def weeks(draw: st.DrawFn) -> WeekFigures:
    mentions = draw(st.integers(0, 10**6))
    return figures(
        mentions,
        draw(st.integers(0, mentions)),
        stories=draw(st.integers(0, 50)),
        viral=draw(st.integers(0, 50)),
        escalations=draw(st.integers(0, 50)),
        answers=tuple(
            draw(
                st.lists(
                    st.builds(answer, st.none() | st.floats(0, 10**5), st.none() | st.floats(0, 10**5)),
                    max_size=4,
                )
            )
        ),
        promises=tuple(draw(st.lists(st.builds(Promised, st.booleans()), max_size=3))),
    )


@given(weeks(), st.lists(weeks(), max_size=8), st.sampled_from(LANGUAGES))
def test_every_week_can_be_told(week: WeekFigures, before: list[WeekFigures], language: Language) -> None:
    data, speech = replace(DATA, week=week, before=tuple(before)), Speech(language)
    for sentence in (
        headline(data, speech),
        *changes(data, speech),
        *advice(data, speech),
        *notes(data, speech),
    ):
        assert sentence.endswith(".")
        assert "  " not in sentence
        assert "None" not in sentence
        assert "{" not in sentence
    assert len(tiles(data, speech)) == 6
    assert not is_quiet(EMPTY)
