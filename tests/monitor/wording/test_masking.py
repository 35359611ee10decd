"""What identifies a person or an order does not leave by SMS or chat, and nothing else is taken out."""

from __future__ import annotations

import gzip
import json
import time
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from monitor.app import compose
from monitor.errors import ConfigError
from monitor.notice import Short
from monitor.store import Store
from monitor.wording import masking
from monitor.wording.masking import BANK, CARD, MAIL, MASKS, ORDER, PHONE, mask, masker
from tests.alerts.notices import CRITICAL
from tests.monitor.scripted import config, fill

SHARED = Path(__file__).resolve().parents[4] / "shared"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Call me on 07700 900456 or +44 (0) 7700 900 456.", f"Call me on {PHONE} or {PHONE}."),
        ("(555) 123-4567, 1-800-433-7300, 212.555.0123", f"{PHONE}, {PHONE}, {PHONE}"),
        ("01 42 68 53 00; 06.12.34.56.78; 0171/1234567; 030 1234567", "; ".join([PHONE] * 4)),
        ("0151 / 23 45 67 89; 0151 - 2345 6789", f"{PHONE}; {PHONE}"),
        ("tel: 555-1234", f"tel: {PHONE}"),
        ("my number is 00447900248601, anytime", f"my number is {PHONE}, anytime"),
        ("٠٧٧٠٠ ٩٠٠٤٥٦", PHONE),
        ("+49\u200d151\u200d23456789, 0151\u200c2345\u200c6789", f"{PHONE}, {PHONE}"),
        ("".join(f"{digit}\ufe0f\u20e3" for digit in "07700900456"), PHONE),
        ("07700_900_456, +44*7700*900456; 07700 * 900 * 456", f"{PHONE}, {PHONE}; {PHONE}"),
        ("07700,900,456 or 0,7,7,0,0,9,0,0,4,5,6 or _07700900456_", f"{PHONE} or {PHONE} or _{PHONE}_"),
        ("4111_1111_1111_1111, GB82_WEST_1234_5698_7654_32", f"{CARD}, {BANK}"),
        ("302*1234567*1234567", ORDER),
        ("write ann.o'neil+x@mail.example.co.uk!", f"write {MAIL}!"),
        ("ann (at) example (dot) com", MAIL),
        ("mailto:ann@example.com", f"mailto:{MAIL}"),
        ("card 4111 1111 1111 1111, amex 3782-822463-10005", f"card {CARD}, amex {CARD}"),
        ("GB82 WEST 1234 5698 7654 32 or DE89370400440532013000", f"{BANK} or {BANK}"),
        ("order #12345, order no. 4711-A1", f"order #{ORDER}, order no. {ORDER}"),
        ("Confirmation code is FVF9YW. PNR: HFJKTO", f"Confirmation code is {ORDER}. PNR: {ORDER}"),
        ("Bestellnummer: 302-1234567-1234567", f"Bestellnummer: {ORDER}"),
        ("@united I6EP18", f"@united {ORDER}"),
        ("1Z999AA10123456784, RB123456785GB, 9400 1000 0000 0000 0000 00", ", ".join([ORDER] * 3)),
        ("(KMM24999563V99860L0KM) 261633561838", f"({ORDER}) {ORDER}"),
    ],
)
def test_what_identifies_somebody_goes(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "UA1234, LH 402, 9W1234, BA12 and B6 633 late on 2015-02-17 at 10:05, gate C32",
        "10 / 12 / 2024 at 10, 2019 - 2020, score 3 - 2, 1 - 0, 2 - 2, 1 - 1",
        "12/25/2014, 25.12.14, 2014-12-25T10:05:00Z, 4/1/15-4/17/15, 20150224, 2014/2015, 24/7",
        "$1,234.56, £12.50, 1200 EUR, €1.234.567,89, 99.99999999% of 10000000 people",
        "spread 1,234 of 500, 85% likely viral, 12 → 61 posts, probability 0.22 → 0.58",
        "12 Acacia Avenue, London SW1A 1AA, SW1A1AA, Herndon VA 20171, 90210-1234, K1A0B1",
        "B737-800, A320-200, WH-1000XM4, GTX1080TI, iPhone 14, 520-1030a, 1920x1200",
        "version 1.0.64.399.g4637b02a of 192.168.1.1, Chrome 61.0.3163.100",
        "flight 1613/2440, rows 10 11 12 13 14 15 16, score 1120-1300, 2 hrs 45 min",
        "@ann12345678 and @ann@mastodon.social said #flight12345678 https://t.co/Jq3Mbli8AZ0123456789",
        "sizes 36,38,40,42,44, years 2015,2016,2017, 100,200,300,400 of 1,234,567, 0,5,10,15,20",
        "rows 10_11_12, 2*3*4, 20150224_100500, v1_2_3_4_5_6_7_8, lat 51.5074,-0.1278",
        "I ordered 2 pizzas in 2015, order 2 more; the ticket is from 2015; case closed",
        "Call me when it's 100% done. PLEASE, my claim IS DENIED",
    ],
)
def test_what_is_none_of_them_stays(text: str) -> None:
    assert mask(text) == text


GAP = st.sampled_from([" ", "-", ".", "", "_", "*", " * "])


@st.composite
def phone(draw: st.DrawFn) -> str:
    region = draw(st.sampled_from([*masking.REGIONS, "JP", "ZA", "SE", "KE"]))
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    known = region in masking.REGIONS
    styles = [phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL]
    return phonenumbers.format_number(
        example, draw(st.sampled_from([*styles, *[phonenumbers.PhoneNumberFormat.NATIONAL] * known]))
    )


@st.composite
def card(draw: st.DrawFn) -> str:
    digits = draw(st.from_regex(r"[3-6][0-9]{14}", fullmatch=True))
    digits += luhn.calc_check_digit(digits)
    gap = draw(GAP)
    return gap.join(digits[place : place + 4] for place in range(0, 16, 4))


@st.composite
def bank(draw: st.DrawFn) -> str:
    body = draw(st.from_regex(r"[0-9]{18}", fullmatch=True))
    iban = f"DE{mod_97_10.calc_check_digits(body + 'DE')}{body}"
    return iban if draw(st.booleans()) else " ".join(iban[place : place + 4] for place in range(0, 22, 4))


MAILS = st.from_regex(
    r"[a-z][a-z0-9._+-]{0,20}[a-z0-9]@[a-z][a-z0-9-]{0,10}[a-z]\.(com|co\.uk|info)", fullmatch=True
)
ORDERS = st.from_regex(
    r"(order|booking|Case number|ref|tracking)( no\. |: | #| )[0-9]{5,18}|[A-Z]{2}[0-9]{9}[A-Z]{2}|[1-9][0-9]{7,23}[1-9]",
    fullmatch=True,
)
SECRETS = st.one_of(phone(), card(), bank(), MAILS, ORDERS)
AROUND = st.sampled_from(["", "Please help, ", "my parcel (", "I said: ", "“", "late\n", "😡 "])


@given(AROUND, SECRETS, st.sampled_from(["", "!", ", please", ")", ".", "\nthanks", " 😡"]))
def test_nothing_that_looks_like_one_survives(before: str, secret: str, after: str) -> None:
    masked = mask(f"{before}{secret}{after}")
    assert any(each in masked for each in MASKS)
    # Not even half of it.
    digits = [char for char in secret if char.isdigit()]
    kept = [char for char in masked if char.isdigit()]
    assert len(kept) <= len(digits) // 2
    assert "@" not in masked
    assert masked.startswith(before)
    assert masked.endswith(after)


@given(st.lists(st.one_of(SECRETS, st.text(max_size=12), st.sampled_from(MASKS)), max_size=6), GAP)
def test_masking_twice_changes_nothing(parts: list[str], gap: str) -> None:
    once = mask(gap.join(parts))
    assert mask(once) == once


@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Nd", "Nl", "No"], exclude_characters="@"), max_size=200
    )
)
def test_a_text_without_digits_and_addresses_stays_as_it_is(text: str) -> None:
    if "pnr" not in text.casefold() and "locator" not in text.casefold() and "at" not in text.casefold():
        assert mask(text) == text


@given(
    st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y", "%Y%m%d"]),
)
def test_dates_stay(day: date, form: str) -> None:
    text = f"Since {day:{form}} nothing."
    assert mask(text) == text


@given(st.integers(0, 10**8), st.sampled_from(["${:,}", "£{:,}.99", "{} EUR", "{:,} euros", "€{}"]))
def test_prices_stay(amount: int, form: str) -> None:
    text = f"I paid {form.format(amount)} for it"
    assert mask(text) == text


@given(st.datetimes(), st.from_regex(r"[A-Z]{2} ?[1-9][0-9]{0,3}", fullmatch=True))
def test_times_and_flights_stay(at: datetime, flight: str) -> None:
    text = f"{flight} was to leave at {at:%H:%M} or {at:%I.%M %p}"
    assert mask(text) == text


def test_a_companys_own_patterns_count_as_order_numbers() -> None:
    own = masker(["KST-[0-9]{5}", "(?i)abo [0-9]+"])
    assert own("My KST-12345 and Abo 17 and order 12345") == f"My {ORDER} and {ORDER} and order {ORDER}"
    assert mask("My KST-12345") == "My KST-12345"
    assert own("x" * 40_000 + "KST-12345").endswith("KST-12345")


@pytest.mark.parametrize(
    "hostile",
    [
        "a",
        "1",
        "1 ",
        "12 34-",
        "12_34*",
        "1,",
        "a@",
        "a.",
        "(1",
        "order ",
        "07700 900456 ",
        "1.",
        "AB12 ",
        "call me on ",
        "http://",
    ],
)
def test_a_hostile_text_takes_no_longer_than_its_length_does(hostile: str) -> None:
    short, long = hostile * (4_000 // len(hostile)), hostile * (40_000 // len(hostile))
    masked = mask(long)
    assert mask(masked) == masked

    def steps(text: str) -> float:
        began = time.thread_time()
        mask(text)
        return time.thread_time() - began

    # Quadratic time would be a hundredfold; a floor of 0.1 s, below which figures mean nothing.
    assert min(steps(long) for _ in range(2)) < 40 * max(steps(short), 0.1)


@pytest.mark.skipif(not (SHARED / "data").exists(), reason="no shared data here")
@pytest.mark.parametrize(
    ("name", "field", "most"), [("airline", "text", 0.015), ("reply_pairs", "customer_text", 0.008)]
)
def test_few_of_the_texts_that_customers_write_are_touched(name: str, field: str, most: float) -> None:
    with gzip.open(SHARED / "data" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line)[field] for line in file][:3_000]
    touched = [text for text in texts if mask(text) != text]
    assert 0 < len(touched) < most * len(texts)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [("KST-[0-9", "is not a regular expression"), ("[a-z]+", "make it narrower"), ("x*", "make it narrower")],
)
def test_a_pattern_that_can_not_be_used_is_told(tmp_path: Path, pattern: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=r"test.toml: privacy.patterns: .*" + problem):
        config(tmp_path, privacy={"patterns": [pattern]})


def test_the_pages_of_a_daemon_know_the_companys_patterns(tmp_path: Path) -> None:
    settings = config(tmp_path, privacy={"patterns": ["KST-[0-9]{5}"]})
    fill(store := Store(settings.store.path), tmp_path)
    page = compose(settings, store).render(replace(CRITICAL, title="Where is KST-12345?", link=None), Short())
    store.close()
    assert "Where is [order number]?" in page.short
    assert "KST-12345" in page.text
