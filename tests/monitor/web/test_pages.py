"""What the page of an alert does when its buttons are pressed, and what it says to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import web
from monitor.paging import respond
from monitor.web.pressed import until_morning
from monitor.web.words import relative
from tests.monitor.scripted import NOON, mention
from tests.monitor.web.sites import Site, words

ZONES = [
    {
        "name": "First",
        "time_zone": "Europe/London",
        "contacts": {"email": "first@example.org", "sms": "+442079460001"},
    },
    {"name": "Second", "time_zone": "Asia/Kolkata", "contacts": {"email": "second@example.org"}},
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, people=ZONES)
    yield made
    made.store.close()


def test_it_says_who_has_it_who_is_next_and_what_happened(site: Site) -> None:
    site.clock.forward(minutes=2)
    said = site.text()
    assert "Nobody has it yet. If nobody acknowledges it, Second is paged at 12:10 GMT, in 8 minutes." in said
    assert "12:00 GMT · 2 minutes ago First was paged" in said
    assert "12:00 GMT · 2 minutes ago Opened" in said
    assert "17:30" in site.text("Second")
    assert "you are paged at 17:40 IST" in site.text("Second")


def test_whoever_presses_acknowledge_has_it(site: Site) -> None:
    answer = site.press("acknowledge")
    assert answer.status_code == 200
    assert len(answer.history) == 1
    assert "You have it since 12:00 GMT." in words(answer.text)
    assert site.alert.holder == "First"
    assert 'value="acknowledge"' not in answer.text
    others = site.client.get(site.of("Second")).text
    assert "First has it since 17:30 IST." in words(others)
    assert 'value="take"' in others


def test_give_back_pages_anew(site: Site) -> None:
    site.press("acknowledge")
    assert "Nobody has it yet." in words(site.press("back").text)
    site.tick(minutes=1)
    assert site.state == "open"
    assert "Open again: First gave it back" in site.text()


@pytest.mark.parametrize(
    ("button", "until"),
    [
        ("snooze 30", NOON + timedelta(minutes=30)),
        ("snooze 120", NOON + timedelta(hours=2)),
        ("snooze morning", datetime(2026, 11, 2, 8, tzinfo=UTC)),
    ],
)
def test_snooze(site: Site, button: str, until: datetime) -> None:
    answer = site.press(button)
    assert site.alert.snoozed_until == until
    assert "End the rest: I am on it" in site.text()
    assert "Acknowledge: I have it" in site.text("Second")
    assert "You have it, and let it rest until" in words(answer.text)
    assert "Then you are paged again, in" in words(answer.text)


def test_until_morning_is_of_the_persons_own_zone(site: Site) -> None:
    site.press("snooze morning", "Second")
    assert site.alert.snoozed_until == datetime(2026, 11, 2, 2, 30, tzinfo=UTC)
    london = ZoneInfo("Europe/London")
    before_the_long_day = datetime(
        2026, 10, 24, 7, 30, tzinfo=UTC
    )  # 08:30 in London; clocks go back that night
    assert until_morning(london, before_the_long_day) <= before_the_long_day + timedelta(hours=24)


def test_resolve(site: Site) -> None:
    answer = site.press("resolve")
    assert site.state == "resolved"
    assert "It is over since 12:00 GMT." in words(answer.text)
    assert 'value="resolve"' not in answer.text
    assert 'value="note"' in answer.text


def test_hand_over_pages_the_other(site: Site) -> None:
    answer = site.press("give", to="Second")
    assert "Second was asked to take it" in words(answer.text)
    assert "you were asked to take it" in site.text("Second")
    site.tick(seconds=5)
    assert site.alert.holder is None
    assert ("Second", "email") in site.store.read.outbox.told(1)
    assert "Second was paged" in site.text("Second")


def test_take_over_from_somebody_who_has_it(site: Site) -> None:
    site.press("acknowledge")
    site.tick(seconds=5)
    answer = site.press("take", "Second")
    assert site.alert.holder == "Second"
    assert "You have it since" in words(answer.text)
    site.tick(seconds=5)
    assert [each.event for each in site.store.read.alerts.events(1)][-2:] == ["reopened", "acknowledged"]
    assert site.state == "acknowledged"


def test_a_note_stands_in_what_happened(site: Site) -> None:
    answer = site.press("note", text='called <b>them</b> {{ 7*7 }} \u202e"')
    assert '<q dir="auto">called &lt;b&gt;them&lt;/b&gt; {{ 7*7 }} &#34;</q>' in answer.text
    assert site.press("note", text=" ").status_code == 400
    assert site.press("note", text="x" * 9_999).status_code == 200
    assert "x" * 301 not in site.text()


def test_what_can_not_be_done_is_said_on_the_page(site: Site) -> None:
    for action, to, said in (
        ("delete", "", "This button is not known"),
        ("snooze 99999", "", "This button is not known"),
        ("give", "", "Choose who shall take it"),
        ("give", "Mallory", "Choose who shall take it"),
    ):
        answer = site.press(action, to=to)
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
        assert said in words(answer.text)
    assert site.state == "open"


def test_an_old_post_does_nothing(site: Site) -> None:
    """A tab that is loaded anew hours later must not take what nobody has."""
    form = {"action": "acknowledge", "seen": "0"}
    assert site.client.post(site.link, data=form).status_code == 200
    site.press("back")
    site.tick(minutes=1)
    again = site.client.post(site.link, data=form)
    assert again.status_code == 409
    assert "Nothing was done" in words(again.text)
    assert "Nobody has it yet." in words(again.text)
    assert site.state == "open"
    assert site.client.post(site.link, data={"action": "resolve"}).status_code == 409
    assert site.client.post(site.link).status_code == 409
    assert site.client.post(site.link, content=b"\xff\x00=&&;%zz").status_code == 409
    assert site.state == "open"


def test_a_form_that_is_too_large_is_refused(site: Site) -> None:
    assert site.client.post(site.link, data={"text": "x" * 20_000}).status_code == 413
    assert site.client.post("/a/1-x", data={"text": "x" * 20_000}).status_code == 404
    assert (
        site.client.post(site.link, content="action=resolve&" * 30).status_code == 409
    )  # only the first are read


def test_two_press_at_once_and_one_has_it(site: Site) -> None:
    for person in ("First", "Second"):
        site.client.get(site.of(person))
    first = site.client.post(site.of("First"), data={"action": "acknowledge", "seen": "0"})
    second = site.client.post(site.of("Second"), data={"action": "acknowledge", "seen": "0"})
    assert first.status_code == 200
    assert second.status_code == 409
    assert "First has it since" in words(second.text)


def test_what_got_graver_is_acknowledged_again(site: Site) -> None:
    site.press("acknowledge")
    due = NOON + timedelta(minutes=10)
    site.store.write(lambda tables: tables.alerts.escalate(1, 0, due))
    page = site.client.get(site.link).text
    assert "Acknowledge what is new" in page
    assert "If nobody acknowledges that by 12:10 GMT, in 10 minutes, others are paged." in words(page)
    site.press("acknowledge")
    assert site.alert.step_due_at is None


def test_other_alerts_have_their_own_links(site: Site) -> None:
    assert "Other alerts" not in site.text()
    resolved = site.press("resolve")
    assert "Other alerts" not in words(resolved.text)


def test_past_what_is_shown_the_rest_is_folded_away(site: Site) -> None:
    for number in range(8):
        respond.note(site.store, "1", "First", f"note {number}", site.clock.now())
    page = site.client.get(site.link).text
    assert "4 earlier" in words(page)
    assert words(page).index("note 7") < words(page).index("note 0")


# --- the test page ----------------------------------------------------------------------------------------------


def test_a_test_page_is_acknowledged(site: Site) -> None:
    drill = site.store.write(lambda tables: tables.drills.begin("Second", NOON))
    link = site.of("Second", drill.code)
    for _ in range(2):
        page = site.client.get(link).text
    assert "Do pages reach you, Second?" in words(page)
    assert "Test page t1 · 17:30 IST" in words(page)
    assert site.store.read.drills.get(1).acknowledged_at is None  # type: ignore[union-attr]
    answer = site.client.post(link, data={"action": "resolve"})
    assert (answer.status_code, "can only be acknowledged" in answer.text) == (400, True)
    assert "It has arrived." in words(site.client.post(link, data={"action": "acknowledge"}).text)
    assert site.client.post(link, data={"action": "acknowledge"}).status_code == 200
    assert site.state == "open"
    assert site.client.get(site.of("Second", "t9")).status_code == 404
    site.clock.forward(days=15)
    assert "older than two weeks" in words(site.client.get(link).text)


def test_a_link_of_an_alert_is_none_of_a_test_page(site: Site) -> None:
    site.store.write(lambda tables: tables.drills.begin("First", NOON))
    assert site.client.get(site.link.replace("/a/1-", "/a/t1-")).status_code == 404


# --- for everybody ----------------------------------------------------------------------------------------------


class Outline(HTMLParser):
    """What a screen reader needs: names of fields, of landmarks and of buttons, and headings in order."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.refers: list[str] = []
        self.fields: list[str] = []
        self.headings: list[int] = []
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += filter(None, [given.get("id")])
        self.refers += filter(None, [given.get("aria-labelledby"), given.get("for")])
        if tag in ("select", "textarea"):
            self.fields.append(str(given.get("id")))
        if tag[0] == "h" and tag[1:].isdigit():
            self.headings.append(int(tag[1]))
        if tag not in ("meta", "input", "br", "link", "img"):
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag


@pytest.mark.parametrize("state", ["open", "acknowledge", "snooze 30", "resolve"])
def test_every_field_has_a_name_and_every_heading_its_place(site: Site, state: str) -> None:
    if state != "open":
        site.press(state)
    outline = Outline()
    outline.feed(site.client.get(site.link).text)
    assert outline.stack == []
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.refers) <= set(outline.ids)
    assert set(outline.fields) <= set(outline.refers)
    assert outline.headings[0] == 1
    assert set(outline.headings[1:]) == {2}


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "just now"), (0.5, "in a moment"), (-0.5, "just now"), (8, "in 8 minutes"), (-1, "1 minute ago"),
        (-119, "119 minutes ago"), (180, "in 3 hours"), (-60 * 72, "3 days ago"),
    ],
)  # fmt: skip
def test_relative_times(minutes: float, said: str) -> None:
    assert relative(NOON + timedelta(minutes=minutes), NOON) == said


STYLES = Path(web.__file__).parent / "static" / "pages.css"
PAIRS = [
    ("ink", "paper"), ("ink", "card"), ("dim", "paper"), ("dim", "card"), ("critical", "paper"), ("warning", "paper"),
    ("ongo", "go"), ("ink", "alert"), ("critical", "card"), ("warning", "card"),
]  # fmt: skip


def light(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(each * 2 for each in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1])
def test_colours_can_be_told_apart(scheme: int) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for text, 3 to 1 for what a field or its focus is seen by."""
    root = re.findall(r":root \{([^}]*)\}", STYLES.read_text(encoding="utf-8"))[scheme]
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]+);", root))
    for one, other, least in [(*pair, 4.5) for pair in PAIRS] + [
        ("edge", "card", 3.0),
        ("focus", "paper", 3.0),
    ]:
        high, low = sorted((light(colours[one]), light(colours[other])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= least, (one, other)


def test_stories_that_are_told_in_the_page_of_another_have_pages_of_their_own(tmp_path: Path) -> None:
    site = Site(tmp_path, people=ZONES, rules={"urgent_pages_per_shift": 1})
    for number in range(2, 5):
        text = f"{'abcdefg'[number]} fire in a Kestrel van, all lost"
        site.store.write(lambda tables, n=number, t=text: tables.mentions.add([mention(n, t)], NOON))  # type: ignore[misc]
        site.tick(minutes=1)
    told = site.store.read.gathered.parts(3)
    assert told
    page = site.client.get(site.of("First", 3)).text
    part = site.of("First", told[0].id)
    assert f'href="{part.removeprefix("/a/")}"' in page
    assert f"alert {told[0].id}" in words(page)
    own = words(site.client.get(part).text)
    assert "It is told in the page of alert 3: whoever takes that one takes this." in own
    site.store.close()


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    name = '" onfocus="alert(1)" <b &lt;'  # the configuration refuses what looks like a whole tag
    people = [{**each, "name": called} for each, called in zip(ZONES, (name, f"Kim {name}"), strict=True)]
    site = Site(tmp_path, people=people, oncall={"order": [name, f"Kim {name}"]}, digest={})
    drill = site.store.write(lambda tables: tables.drills.begin(name, NOON))
    pages = [site.client.get(site.of(name)).text, site.client.get(site.of(name, drill.code)).text]
    form = {"seen": "0", "action": "give", "to": f"Kim {name}"}
    pages.append(site.client.post(site.of(name), data=form).text)
    pages.append(site.client.get(site.of(f"Kim {name}")).text)
    assert f"Kim {name} was asked to take it" in words(pages[2])
    for page in pages:
        assert ' onfocus="' not in page
        assert "<b " not in page
        assert "&amp;lt;" in page
    site.store.close()
