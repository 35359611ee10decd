"""What people do with a reply, each thing written down for good."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.daemon import _flight
from monitor.errors import InputError
from monitor.model import Deleted, MentionKey
from monitor.store import ReplyRow
from tests.monitor.replying.desks import BY, DRAFT, ERROR, WARNING, Desk, Office
from tests.monitor.scripted import KEY, NOON


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path, replies={"four_eyes": "critical"})
    made.open()
    rate(made, "warning")
    yield made
    made.store.close()


@pytest.fixture
def reply(office: Office) -> ReplyRow:
    return office.desk.begin(1, KEY, DRAFT, "First", NOON)


def rate(office: Office, severity: str) -> None:
    """The alert is that severe now."""
    writer = office.store._connections._writer
    office.store.write(lambda _: writer.execute("UPDATE alerts SET severity = ?", [severity]) and None)


def test_an_alert_that_got_graver_needs_a_second_pair_of_eyes(office: Office, reply: ReplyRow) -> None:
    rate(office, "critical")
    half = office.desk.approve(reply.id, "First", NOON, 1, ())
    assert (half.state, half.needs, half.approvals) == ("proposed", 2, ("First",))
    assert office.store.read.jobs.get(reply.job) is None
    last = office.store.read.alerts.events(1)[-1]
    assert (last.event, last.person, last.note) == ("proposed", "First", "r1")
    with pytest.raises(InputError, match="somebody else"):
        office.desk.approve(reply.id, "First", NOON, 1, ())
    whole = office.desk.approve(reply.id, "Second", NOON, 1, ())
    assert (whole.state, whole.approvals, whole.owner) == ("approved", ("First", "Second"), "First")
    office.run()
    assert office.poster.tried[0].by == ("First", "Second")


def test_an_edit_takes_back_what_was_approved(office: Office, reply: ReplyRow) -> None:
    rate(office, "critical")
    office.desk.approve(reply.id, "First", NOON, 1, ())
    edited = office.desk.edit(reply.id, "Other words", "Second", NOON, 1)
    assert (edited.state, edited.version, edited.approvals, edited.editor) == ("draft", 2, (), "Second")
    assert office.desk.approve(reply.id, "Second", NOON, 2, ()).state == "proposed"
    assert office.desk.approve(reply.id, "First", NOON, 2, ()).state == "approved"


def test_nobody_approves_what_they_have_not_seen(office: Office, reply: ReplyRow) -> None:
    office.desk.edit(reply.id, "Other words", "Second", NOON, 1)
    with pytest.raises(InputError, match="edited it meanwhile"):
        office.desk.approve(reply.id, "First", NOON, 1, ())
    with pytest.raises(InputError, match="edited it meanwhile"):
        office.desk.edit(reply.id, "Mine", "First", NOON, 1)


def test_lint_blocks_and_what_was_ticked_is_written_down(office: Office, reply: ReplyRow) -> None:
    office.findings = [ERROR]
    with pytest.raises(InputError, match="promise"):
        office.desk.approve(reply.id, "First", NOON, 1, ("promise",))
    office.findings = [WARNING]
    with pytest.raises(InputError, match="no-thanks"):
        office.desk.approve(reply.id, "First", NOON, 1, ())
    office.desk.approve(reply.id, "First", NOON, 1, ("no-thanks",))
    event = office.store.read.replies.events(reply.id)[-1]
    assert (event.what, event.note, event.text) == ("approved", "ticked: no-thanks", DRAFT.text)


STRANGER: dict[str, Callable[[Desk], object]] = {
    "begin": lambda desk: desk.begin(1, MentionKey("x", "2"), DRAFT, "Eve", NOON),
    "edit": lambda desk: desk.edit(1, "Mine", "Eve", NOON, 1),
    "approve": lambda desk: desk.approve(1, "Eve", NOON, 1, ()),
    "copied": lambda desk: desk.copied(1, "Eve", NOON),
    "posted": lambda desk: desk.posted_by_hand(1, "Eve", NOON),
    "withdraw": lambda desk: desk.withdraw(1, "Eve", "", NOON),
    "kept": lambda desk: desk.kept(1, "Eve", NOON),
}


@pytest.mark.parametrize("act", STRANGER.values(), ids=STRANGER)
@pytest.mark.usefixtures("reply")
def test_nobody_from_elsewhere_does_anything(office: Office, act: Callable[[Desk], object]) -> None:
    before = office.store.read.replies.events(1)
    with pytest.raises(InputError, match="'Eve' is not in the configuration"):
        act(office.desk)
    assert office.store.read.replies.events(1) == before


def test_a_promise_that_is_over_is_not_approved(office: Office, reply: ReplyRow) -> None:
    with pytest.raises(InputError, match="is over already"):
        office.desk.approve(reply.id, "First", BY, 1, ())
    later = BY.replace(hour=18)
    edited = office.desk.edit(reply.id, "I write by 6 pm.", "First", BY, 1, later)
    assert (edited.report_by, edited.says) == (later, "I write by 6 pm.")
    assert office.desk.approve(reply.id, "First", BY, 2, ()).state == "approved"


def test_what_is_not_there_is_told_in_words(office: Office, reply: ReplyRow) -> None:
    wrongs: list[tuple[Callable[[], object], str]] = [
        (lambda: office.desk.edit(99, "x", "First", NOON, 1), "no reply r99"),
        (lambda: office.desk.begin(9, MentionKey("x", "2"), DRAFT, "First", NOON), "no alert 9"),
        (lambda: office.desk.begin(1, MentionKey("x", "99"), DRAFT, "First", NOON), "no post x:99"),
        (
            lambda: office.desk.begin(1, MentionKey("x", "2"), replace(DRAFT, text=" "), "First", NOON),
            "empty",
        ),
        (lambda: office.desk.kept(reply.id, "First", NOON), "promised nothing"),
        (lambda: office.desk.copied(reply.id, "First", NOON), "not enough people"),
        (lambda: office.desk.posted_by_hand(reply.id, "First", NOON), "nobody has approved"),
        (lambda: office.desk.posted_by_hand(reply.id, "First", NOON, "javascript:x"), "no address"),
    ]
    for wrong, why in wrongs:
        with pytest.raises(InputError, match=why):
            wrong()


def test_what_was_done_can_be_neither_removed_nor_changed(
    office: Office, reply: ReplyRow, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "test.db")) as db:
        for attempt in (
            "DELETE FROM reply_events",
            "UPDATE reply_events SET who = 'Second'",
            "UPDATE reply_events SET what = 'approved'",
            "UPDATE reply_events SET at = '2020'",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="is never"):
                db.execute(attempt)
    assert [each.who for each in office.store.read.replies.events(reply.id)] == ["First"]


@pytest.mark.parametrize("way", ["deleted", "purged", "forgotten"])
def test_what_a_customer_said_goes_with_their_post(office: Office, tmp_path: Path, way: str) -> None:
    own = replace(
        DRAFT, text="Hello @user1, your zqkettle is on its way", approximate_time="zqkettle by 2 pm"
    )
    reply = office.desk.begin(1, KEY, own, "First", NOON)
    office.poster.url = "https://x.example.org/my_zqkettle/"
    office.desk.edit(reply.id, "The zqkettle by 2 pm, @user1", "First", NOON, 1)
    office.desk.approve(reply.id, "First", NOON, 2, ())
    office.run()
    office.desk.kept(reply.id, "First", NOON)
    match way:
        case "deleted":
            office.store.write(lambda tables: tables.mentions.delete([Deleted(*KEY, NOON)]))
        case "purged":
            office.store.write(lambda tables: tables.mentions.purge(key=KEY))
        case _:
            office.store.write(lambda tables: tables.mentions.purge(author=("x", "user1")))
    events = office.store.read.replies.events(reply.id)
    assert [(each.who, each.what) for each in events] == [
        ("First", "begun"), ("First", "edited"), ("First", "approved"), ("", "posting"), ("", "posted"), ("First", "kept"),
    ]  # fmt: skip
    office.store.close()
    for file in tmp_path.glob("test.db*"):
        data = file.read_bytes()
        assert b"zqkettle" not in data
        assert b"@user1" not in data


def test_replies_of_a_source_take_turns_and_hold_up_nothing_else() -> None:
    assert _flight("reply x 12") == _flight("reply x 13") == "reply x"
    assert _flight("reply x-uk 12") == "reply x-uk"
    assert len({_flight(each) for each in ("reply x 12", "poll x", "read x", "promise 12")}) == 4
