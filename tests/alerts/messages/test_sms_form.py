"""Pages as SMS: what fits, counted by somebody else's tables, and how it says what to answer."""

from __future__ import annotations

import re
from dataclasses import replace

import gsm0338
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import sms
from alerts.messages import alarm, bundle, render
from alerts.messages.text import text_of
from monitor.notice import Alarm, Notice, Short
from monitor.oncall.sections import Person
from tests.alerts.notices import (
    CRITICAL,
    NOW,
    OUTCOMES,
    TEST_PAGE,
    UPDATE,
    alarms,
    hostile_text,
    notices,
    people,
    shorts,
)

CODEC = gsm0338.Codec()
ESCAPE = 0x1B
LINK = "https://snapwatch.example.com/a/12-kq3J0aSEk4A_"
PAGE = replace(CRITICAL, code="12", link=LINK)
ANSWERS = Short(answers=True)


def gsm(text: str) -> bytes | None:
    """One byte a septet; None for what is not in the alphabet. The codec knows a page break, which is none of a text."""
    try:
        return None if set(text) & {"\f", "\x1b"} else CODEC.encode(text)[0]
    except UnicodeError:
        return None


def segments(text: str) -> int:
    """What a network makes of a text that it splits where it must: before an escape, and not within a surrogate pair."""
    octets = gsm(text)
    if octets is not None:
        codes, one, more = list(octets), 160, 153
    else:
        encoded = text.encode("utf-16-be")
        codes = [int.from_bytes(encoded[at : at + 2]) for at in range(0, len(encoded), 2)]
        one, more = 70, 67
    if len(codes) <= one:
        return 1
    count = start = 0
    while start < len(codes):
        end = start + more
        last = codes[end - 1] if end < len(codes) else 0
        if last == ESCAPE if octets is not None else 0xD800 <= last < 0xDC00:
            end -= 1
        count, start = count + 1, end
    return count


texts = st.one_of(
    hostile_text.map(lambda text: text.encode(errors="replace").decode()),
    st.text(st.sampled_from("ab €^[ż漢😀e\u0301\u1100"), max_size=700),
    st.text(st.sampled_from("ab €^["), max_size=700),
)


def test_the_alphabet_is_the_one_that_others_know() -> None:
    for char in map(chr, (*range(0xD800), *range(0xE000, 0x10000))):
        known = gsm(char)
        assert sms.is_gsm(char) == (known is not None)
        assert known is None or sms.septets(char) == len(known)


@given(texts)
def test_parts_are_those_that_a_network_makes(text: str) -> None:
    parts = sms.parts(text)
    assert "".join(parts) == text
    accented = any(len(each) > 1 for each in regex.findall(r"\X", text))
    assert len(parts) == segments(text) or (len(parts) > segments(text) and accented and not sms.is_gsm(text))
    alone = len(parts) == 1
    for part in parts:
        octets = gsm(text) and gsm(part)
        assert len(octets) <= (160 if alone else 153) if octets else sms.units(part) <= (70 if alone else 67)


@given(st.text(st.sampled_from("ab 👍🏽é\u0301\u0302👩‍👩‍👧‍👦"), max_size=400))
def test_no_letter_is_parted_from_its_accents(text: str) -> None:
    whole = regex.findall(r"\X", text)
    if len(sms.parts(text)) > 1 and all(sms.units(each) <= 67 for each in whole):
        assert [each for part in sms.parts(text) for each in regex.findall(r"\X", part)] == whole


def test_one_more_than_fits_makes_two() -> None:
    for char, one, more in (("a", 160, 153), ("€", 80, 76), ("漢", 70, 67), ("😀", 35, 33)):
        assert [len(part) for part in sms.parts(char * one)] == [one]
        assert [len(part) for part in sms.parts(char * (one + 1))] == [more, one + 1 - more]
    assert [len(part) for part in sms.parts("a" * 152 + "€" * 9)] == [152, 9]
    assert [len(part) for part in sms.parts("a" * 66 + "😀" * 3)] == [66, 3]


@given(hostile_text)
def test_letters_of_every_script_stay(text: str) -> None:
    kept = sms.to_letters(text)
    assert "\n" not in kept
    assert not re.search(r"[\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]", kept)
    assert all(
        sms.is_gsm(char) or char.isalpha() or regex.match(r"[\p{M}\p{Nd}\u200c\u200d]", char) for char in kept
    )


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("“Пропала” посылка…", '"Пропала" посылка...'),
        ("荷物がない。😡", "荷物がない."),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200db", "ab"),
        ("ｆｕｌｌ ＠", "full @"),
        ("𝐇𝐞𝐥𝐩", "Help"),
        ("Łódź", "Łódź"),
    ],
)
def test_what_unicode_keeps(text: str, sent: str) -> None:
    assert sms.to_letters(text) == sent


@given(notices, shorts)
def test_any_page_fits_and_its_end_is_whole(notice: Notice, short: Short) -> None:
    text = text_of(notice, short)
    assert segments(text) <= short.segments
    assert short.unicode or gsm(text) is not None
    code = notice.code
    if notice.outcome:
        assert text.endswith(" Nothing to do.")
    elif short.answers:
        wanted = (
            rf" Reply {code}a(?: https?://\S+)?$"
            if notice.test
            else rf" Reply {code}a ack, {code}s snooze(?: https?://\S+)?$"
        )
        assert re.search(wanted, text)
    else:
        assert re.search(rf" Ack: {code} (https?://\S+|\(snapwatch ack {code}\))$", text)


@settings(max_examples=25)
@given(st.lists(notices, min_size=1, max_size=9), shorts)
def test_any_bundle_fits_and_says_how_many(several: list[Notice], short: Short) -> None:
    text = bundle(several, short).short
    assert segments(text) <= short.segments
    assert text.startswith(f"{len(several)} stor")
    if all(each.outcome for each in several):
        assert text.endswith(" Nothing to do.")
    else:
        assert text.endswith(" Reply aa to take all." if short.answers else " Ack each: snapwatch ack CODE")


@given(alarms, people, shorts)
def test_any_alarm_fits(told: Alarm, person: Person, short: Short) -> None:
    text = alarm(told, person, NOW, short).short
    assert segments(text) <= short.segments
    assert text.startswith("OVER: " if told.over_at else "ALARM: ")


def test_with_answers_it_asks_for_one_and_gives_the_link_where_nothing_is_lost_for_it() -> None:
    assert text_of(PAGE, ANSWERS) == (
        "CRITICAL: Parcels lost in Leeds. Spread 312 of 500, 58% likely viral, 61 posts. "
        f"Reply 12a ack, 12s snooze {LINK}"
    )
    longer = replace(PAGE, title="Third parcel lost in Leeds this week, nobody answers")
    assert text_of(longer, ANSWERS).endswith("58% likely viral, 61 posts. Reply 12a ack, 12s snooze")
    assert text_of(longer, Short(segments=2, answers=True)).endswith(
        f"61 posts. Reply 12a ack, 12s snooze {LINK}"
    )


def test_other_scripts_in_their_own_letters() -> None:
    title = "Потеряли посылку"
    assert text_of(replace(PAGE, title=title)).startswith("CRITICAL: Poteryali posylku. Spread")
    told = text_of(replace(PAGE, title=title), Short(segments=2, unicode=True, answers=True))
    assert told.startswith(f"CRITICAL: {title}. Spread 312 of 500, 58% likely viral, 61 posts. Reply 12a")
    assert len(sms.parts(told)) == 2
    one = text_of(replace(PAGE, title=title), Short(unicode=True))
    assert one.startswith("CRITICAL: Потеряли")
    assert one.endswith(" Ack: 12 (snapwatch ack 12)")


def test_the_sms_of_who_has_it() -> None:
    told = [text_of(replace(PAGE, outcome=each)) for each in OUTCOMES]
    assert told == [
        "Sam has it: Parcels lost in Leeds. Since 03:12 GMT. Nothing to do.",
        "Sam has it: Parcels lost in Leeds. Let it rest until 05:00 GMT. Nothing to do.",
        "Resolved by Sam: Parcels lost in Leeds. At Sun 05:00 GMT. Nothing to do.",
        "Over: Parcels lost in Leeds. No new post for 24 hours, spread stands still. Nothing to do.",
        "Over: Parcels lost in Leeds. Since 05:00 GMT. Nothing to do.",
    ]


def test_the_sms_of_a_test_page() -> None:
    test = replace(TEST_PAGE, code="t3", link=None)
    said = "TEST: This is a test, nothing is wrong. Acknowledge it, to show that pages reach you."
    assert text_of(test, ANSWERS) == f"{said} Reply t3a"
    assert text_of(test) == f"{said} Ack: t3 (snapwatch ack t3)"


def test_the_sms_of_a_page_that_waited() -> None:
    held = replace(PAGE, link=None, held="quiet hours until 07:00, severity warning")
    assert text_of(held).endswith(
        "61 posts. Waited: quiet hours until 07:00, severity warning. Ack: 12 (snapwatch ack 12)"
    )


def test_the_sms_of_several() -> None:
    smoke = replace(PAGE, code="13", title="Smoke came out of the heater")
    app = replace(PAGE, code="14", severity="warning", title="The app logs me out every five minutes")
    calm = replace(UPDATE, code="15", outcome=OUTCOMES[0])
    assert bundle([calm, app, PAGE, smoke], ANSWERS).short == (
        "4 stories: 2 critical, 1 warning, 1 with nothing to do. 12 Parcels lost in Leeds. 13 Smoke came out of... "
        "14 The app logs me... +1 more. Reply aa to take all."
    )
    many = bundle([replace(PAGE, code=str(number)) for number in range(100, 140)], ANSWERS).short
    assert many.startswith("40 stories: 40 critical. 100 Parcels lost in... 101 Parcels lost in...")
    assert many.endswith("+36 more. Reply aa to take all.")


def test_the_sms_of_an_alarm() -> None:
    sam = Person(name="Sam", time_zone="Europe/London")
    told = Alarm(
        "source x", "X refuses the token. Make a new one and run snapwatch check", NOW.replace(hour=2)
    )
    assert alarm(told, sam, NOW).short == (
        "ALARM: source x. X refuses the token. Make a new one and run snapwatch check. Since 02:12 GMT."
    )
    over = replace(told, over_at=NOW.replace(minute=2))
    assert (
        alarm(over, sam, NOW).short == "OVER: source x. It lasted 50 minutes, until 03:02 GMT. Nothing to do."
    )


@given(hostile_text, shorts)
def test_nothing_in_it_is_a_link_but_ours(text: str, short: Short) -> None:
    told = render(replace(PAGE, title=text, reason=text, changed=text), short).short
    assert set(re.findall(r"\w+://\S+", told)) <= {LINK}
    assert not re.search(r"\w\.[a-z]", told.replace(LINK, ""), re.IGNORECASE)
