"""However people go about it: nothing is posted but words that enough of them have approved as they stand."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from monitor.errors import InputError
from monitor.model import SEVERITIES
from monitor.reply import Finding
from monitor.replying import approval
from monitor.replying.approval import OPEN, Standing
from tests.monitor.replying.desks import ERROR, WARNING

PEOPLE = st.sampled_from(["Ann", "Bob", "Cem"])
TEXTS = st.sampled_from(["one", "two", "three"])


@dataclass
class Seen:
    """What somebody has approved, of their own memory."""

    person: str
    text: str
    version: int


class Replies(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.reply = Standing("draft", "one", needs=1)
        self.said: list[Seen] = []
        self.given: list[str] = []

    @rule(needs=st.integers(1, 3))
    @precondition(lambda self: self.reply.version == 1 and not self.said)
    def begin(self, needs: int) -> None:
        self.reply = Standing("draft", "one", needs=needs)

    @rule(text=TEXTS, back=st.integers(0, 1))
    def edit(self, text: str, back: int) -> None:
        before = self.reply
        try:
            self.reply = approval.edited(before, text, before.version - back)
        except InputError:
            assert back or before.state not in OPEN
        else:
            assert self.reply.approvals == ()

    @rule(
        person=PEOPLE,
        back=st.integers(0, 1),
        findings=st.lists(st.sampled_from([ERROR, WARNING]), max_size=2),
        ticked=st.sets(st.sampled_from(["no-thanks", "promise"])),
    )
    def approve(self, person: str, back: int, findings: list[Finding], ticked: set[str]) -> None:
        before = self.reply
        try:
            self.reply = approval.approved(before, person, before.version - back, findings, ticked)
        except InputError:
            return
        assert ERROR not in findings
        assert WARNING not in findings or "no-thanks" in ticked
        assert not back
        self.said.append(Seen(person, before.text, before.version))

    @rule(
        what=st.sampled_from(["posting", "posted", "failed", "copied", "withdrawn", "taken_back"]),
        hangs=st.booleans(),
    )
    def go_on(self, what: str, hangs: bool) -> None:
        before = self.reply
        try:
            if what == "withdrawn":
                self.reply = approval.withdrawn(before, hangs=hangs)
            else:
                self.reply = getattr(approval, what)(before)
        except InputError:
            return
        if self.reply.state in ("posting", "copied"):
            self.given.append(before.text)
        if self.reply.state == "posted":
            assert before.text in self.given or before.state == "withdrawn"

    @invariant()
    def what_goes_out_was_approved(self) -> None:
        if self.reply.state in ("approved", "posting", "copied", "posted", "failed"):
            by = {
                each.person
                for each in self.said
                if (each.text, each.version) == (self.reply.text, self.reply.version)
            }
            assert len(by) >= self.reply.needs
            assert by == set(self.reply.approvals)


TestReplies = Replies.TestCase


def test_who_needs_two_pairs_of_eyes() -> None:
    assert [approval.needed(None, each) for each in SEVERITIES] == [1, 1, 1]
    assert [approval.needed("warning", each) for each in SEVERITIES] == [1, 2, 2]
    assert [approval.needed("info", each) for each in SEVERITIES] == [2, 2, 2]


def test_the_last_editor_is_one_of_two_and_not_both() -> None:
    reply = approval.edited(Standing("draft", "one", needs=2), "two", 1)
    reply = approval.approved(reply, "Ann", 2, [], ())
    assert reply.state == "proposed"
    with pytest.raises(InputError, match="somebody else"):
        approval.approved(reply, "Ann", 2, [], ())
    assert approval.approved(reply, "Bob", 2, [], ()).state == "approved"


def test_an_error_names_what_is_wrong() -> None:
    reply = Standing("draft", "one")
    with pytest.raises(InputError, match="can't be sent: promise: it promises"):
        approval.approved(reply, "Ann", 1, [WARNING, ERROR], ("promise", "no-thanks"))
    with pytest.raises(InputError, match=r"tick .* no-thanks: no thanks"):
        approval.approved(reply, "Ann", 1, [WARNING], ())


@pytest.mark.parametrize(
    ("text", "why"), [(" \n", "empty"), ("x" * 10_001, "10,001"), ("half \ud83d", "half a character")]
)
def test_words_that_can_be_no_reply(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        approval.worded(text)
