"""A month of posts that want to be more than words, through everything that leaves by mail, SMS, chat, voice and file: in a
real Chromium nothing of theirs runs or breaks the layout, no header is theirs, no line of an SMS."""

from __future__ import annotations

import email
import re
import unicodedata
from collections.abc import Iterator
from email import policy
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from alerts import mail, sms
from bench.room_serve import served
from bench.room_world import make
from bench.snap_hostile import tags
from monitor.notice import Message, Short
from monitor.overview.after_action import report
from monitor.paging.notices import notice
from monitor.parts import Parts
from monitor.web.report_file import report_file
from tests.browser import WIDTHS, needs_chromium, overflows, visit

FORBIDDEN = re.compile(r"^(script|iframe|object|embed|form|base|link|marquee|svg|video)\b|\bon[a-z]+\b")
"""Elements and attributes that no mail of ours has."""
BREAKS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"

GROUPS = """
[[digest.groups]]
name = "shops"
edition = "front-line"
to = ["Kim (second on call)"]
language = "en"
[[digest.groups]]
name = "Läden"
edition = "front-line"
to = ["Kim (second on call)"]
language = "de"
[[digest.groups]]
name = "Leitung"
to = ["Kim (second on call)"]
language = "de"
"""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    folder = tmp_path_factory.mktemp("hostile")
    make(folder, mentions=900, stories=40, days=14, hostile=1.0)
    with (folder / "config.toml").open("a", encoding="utf-8") as config:
        config.write(GROUPS)
    with served(folder / "config.toml") as (_, made):
        yield made


@pytest.fixture(scope="module")
def messages(parts: Parts) -> list[Message]:
    """A page for every alert, all of them in one, the digest and the brief."""
    tables, config, now = parts.store.read, parts.config, parts.clock.now()
    person = config.people[0].name
    alerts = [alert for number in range(1, 60) if (alert := tables.alerts.get(number))]
    told = [notice(tables, alert, person, config, parts.drafter, parts.link, now) for alert in alerts]
    assert len(told) > 8
    return [
        *(parts.render(each, Short(2, unicode=True)) for each in told),
        parts.bundle(told[:5], Short()),
        *(parts.digest(tables, group.name, now) for group in config.digest.sent),
        parts.brief(tables, now),
    ]


@pytest.fixture(scope="module")
def reports(parts: Parts) -> list[str]:
    """The after-action report of each story, as a file."""
    tables, now, zone = parts.store.read, parts.clock.now(), ZoneInfo("Europe/London")
    numbers = [number for number in range(1, 41) if tables.stories.get(number)]
    assert len(numbers) > 8
    return [report_file(report(tables, parts.config, each, now), "Kestrel Parcels", zone) for each in numbers]


def test_every_edition_is_among_them(parts: Parts, messages: list[Message]) -> None:
    assert {(each.edition, each.language) for each in parts.config.digest.sent} == {
        ("leadership", "en"), ("leadership", "de"), ("front-line", "en"), ("front-line", "de"),
    }  # fmt: skip
    told = [each for each in messages if each.thread.startswith("front-line")]
    assert len(told) == 2
    assert all("Kestrel Parcels" in each.html for each in told)


def test_no_element_of_a_mail_is_theirs(messages: list[Message]) -> None:
    for message in messages:
        found = tags(message.html)
        assert not [each for each in found.tags if FORBIDDEN.search(each)]
        assert not [link for link in found.links if not re.match(r"https?://|cid:|mailto:|#", link)]


def test_a_report_runs_and_loads_nothing_of_theirs(reports: list[str]) -> None:
    for text in reports:
        found = tags(text)
        # Its curves are drawings of ours.
        assert not [each for each in found.tags if FORBIDDEN.search(each) and not each.startswith("svg")]
        assert not [link for link in found.links if not re.match(r"https?://|data:image/|#", link)]


@needs_chromium
def test_reports_in_a_browser(reports: list[str], chromium: Browser) -> None:
    for width in WIDTHS:
        with visit(chromium, width) as page:
            for text in reports:
                page.set_content(text)
                assert overflows(page) == []
                assert page.evaluate("document.scripts.length") == 0


def test_no_header_of_a_mail_is_theirs(messages: list[Message]) -> None:
    for message in messages:
        raw = mail.build_mail(
            message, "snapwatch <snapwatch@localhost>", "sam@example.com", "1", None
        ).as_bytes()
        parsed = email.message_from_bytes(raw, policy=policy.default)
        assert not {"bcc", "cc"} & {name.lower() for name in parsed}
        assert parsed["To"] == "sam@example.com"
        assert not set(BREAKS) & set(str(parsed["Subject"]))


def test_an_sms_is_lines_of_ours(messages: list[Message]) -> None:
    for message in messages:
        assert not set(BREAKS) & set(message.short)
        assert not [c for c in message.short if unicodedata.category(c) in ("Cc", "Cf")]
        assert len(sms.parts(message.short)) <= 2


@needs_chromium
def test_mails_in_a_browser(messages: list[Message], chromium: Browser) -> None:
    for width in WIDTHS:
        with visit(chromium, width) as page:
            for message in messages:
                page.set_content(mail.standalone_html(message))
                assert overflows(page) == []
                assert page.evaluate("document.scripts.length") == 0
