"""Answers by mail: what counts as one, and the way from a mailbox to `take` and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts import smtp
from alerts.mail import POLICY, build_mail
from alerts.mail_answers import first_line
from monitor.errors import ChannelError, StoreError
from monitor.ports import Mailbox, Said
from tests.contract_channels import MESSAGE
from tests.fake_imap import FakeImap
from tests.fake_smtp import Authority, FakeSmtp

PASSWORD = "correct horse battery staple"
KEY = "0123456789abcdef0123456789abcdef"
SENDER = "snapwatch <snapwatch@example.com>"
PAGE = build_mail(MESSAGE, SENDER, "sam@example.com", "1", None, KEY)

NESTED = b"".join(
    b'multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\nContent-Type: ' % (each, each) for each in range(2000)
)


def written(text: str = "12a", *, to: EmailMessage = PAGE, **headers: str) -> EmailMessage:
    """The answer that a mail program makes."""
    mail = EmailMessage(policy=POLICY)
    made = {
        "From": "Sam <Sam@Example.com>",
        "To": SENDER,
        "Subject": f"Re: {to['Subject']}",
        "Message-ID": "<answer-1@phone.example>",
        "In-Reply-To": str(to["Message-ID"]),
        "References": f"{to['References']} {to['Message-ID']}",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in made.items():
        if value:
            mail[name] = value
    mail.set_content(text)
    return mail


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


class Both:
    """A server that takes mails and one that has them."""

    def __init__(self, sent: FakeSmtp, imap: FakeImap, channel: smtp.Answered) -> None:
        self.sent, self.imap, self.channel, self.taken = sent, imap, channel, list[Said]()

    def take(self, said: Said) -> str | None:
        self.taken.append(said)
        return f"Sam has it: {said.text}"

    def fetch(self, *mails: EmailMessage | bytes) -> list[str]:
        """What was said, in order, in these mails; then every one of them is looked at once more."""
        self.imap.mails += [mail if isinstance(mail, bytes) else mail.as_bytes() for mail in mails]
        before = len(self.taken)
        count = self.channel.fetch(self.take)
        assert count == len(self.taken) - before
        again = self.channel.fetch(self.take)
        assert again == 0
        return [said.text for said in self.taken]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Any:
    def made(**changes: Any) -> smtp.Settings:
        monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
        monkeypatch.setenv("ANSWER_KEY", KEY)
        values = {
            "type": "smtp",
            "host": "localhost",
            "username": "user",
            "password": {"env": "SMTP_PASSWORD"},
            "sender": SENDER,
            "timeout": 10,
            "imap_host": "localhost",
            "answer_key": {"env": "ANSWER_KEY"},
        } | changes
        return smtp.Settings(**values)

    return made


@pytest.fixture
def both(authority: Authority, settings: Any) -> Iterator[Both]:
    with opened(authority, settings) as servers:
        yield servers


@contextmanager
def opened(authority: Authority, settings: Any, password: str = PASSWORD, **answers: str) -> Iterator[Both]:
    with (
        FakeSmtp(authority, username="user", password=PASSWORD) as sent,
        FakeImap(authority.context, "user", password, answers=answers) as imap,
    ):
        made = smtp.build(
            settings(port=sent.port, imap_port=imap.port, ca_file=authority.ca_file), "mail", None
        )
        assert isinstance(made, smtp.Answered)
        yield Both(sent, imap, made)


def test_only_a_channel_with_a_mailbox_is_one(settings: Any) -> None:
    assert isinstance(smtp.build(settings(), "mail", None), Mailbox)
    without = smtp.build(settings(imap_host=None, answer_key=None), "mail", None)
    assert not isinstance(without, Mailbox)


def test_an_answer_is_done_and_answered(both: Both) -> None:
    both.channel.send(MESSAGE, "sam@example.com", "1")
    page = both.sent.mails[0].message
    assert both.fetch(written("12a\n\nOn Sunday, snapwatch wrote:\n> Ack: 12a\n", to=page)) == ["12a"]
    assert both.taken == [Said("Sam@Example.com", "12a")]
    assert both.imap.seen == {0}
    back = both.sent.mails[1]
    assert back.recipients == ["Sam@Example.com"]
    assert back.message["Subject"] == f"Re: {MESSAGE.subject}"
    assert back.message["In-Reply-To"] == "<answer-1@phone.example>"
    assert back.message["References"].split()[:2] == [page["References"], page["Message-ID"]]
    assert back.message["Auto-Submitted"] == "auto-replied"
    assert back.message.get_content().strip() == "Sam has it: 12a"


def test_an_answer_to_what_we_said_counts_too(both: Both) -> None:
    both.fetch(written("12a"))
    back = both.sent.mails[0].message
    refers = f"{back['References']} {back['Message-ID']}"
    assert both.fetch(written("12r", In_Reply_To=str(back["Message-ID"]), References=refers)) == [
        "12a",
        "12r",
    ]


FORGED = {
    "another sender": written(From="Kim <kim@example.com>"),
    "the thread alone, which can be guessed": written(
        In_Reply_To=str(PAGE["References"]), References=str(PAGE["References"])
    ),
    "no reference": written(In_Reply_To="", References=""),
    "another's mail": written(to=build_mail(MESSAGE, SENDER, "kim@example.com", "1", None, KEY)),
    "another key": written(to=build_mail(MESSAGE, SENDER, "sam@example.com", "1", None, "x" * 32)),
    "two authors": written(From="sam@example.com, kim@example.com"),
    "no author": written(From=""),
}


@pytest.mark.parametrize("mail", FORGED.values(), ids=FORGED)
def test_what_proves_nothing_is_left_alone(both: Both, mail: EmailMessage) -> None:
    assert both.fetch(mail) == []
    assert both.imap.seen == set()
    assert both.sent.mails == []
    assert both.imap.fetched == ["1 head"]  # once, and no more than that


AUTOMATIC = {
    "RFC 3834": {"Auto_Submitted": "auto-replied (vacation)"},
    "Precedence": {"Precedence": "bulk"},
    "Exchange": {"X_Auto_Response_Suppress": "All"},
    "old": {"X_Autoreply": "yes"},
    "bounce": {"Return_Path": "<>"},
    "list": {"List_Id": "<all.example.com>"},
}


@pytest.mark.parametrize("headers", AUTOMATIC.values(), ids=AUTOMATIC)
def test_programs_get_no_answer(both: Both, headers: dict[str, str]) -> None:
    assert both.fetch(written("I am out of the office. 12a", **headers)) == []
    assert both.sent.mails == []
    assert both.imap.seen == {0}


def test_a_person_may_say_that_no_program_wrote_it(both: Both) -> None:
    assert both.fetch(written(Auto_Submitted="no")) == ["12a"]


def test_a_mail_with_html_alone(both: Both) -> None:
    mail = written()
    mail.set_content(
        "<html><body><div>12s <b>2h</b></div><blockquote>12a</blockquote></body></html>", subtype="html"
    )
    assert both.fetch(mail) == ["12s 2h"]


@pytest.mark.parametrize(
    "mail",
    [
        written(" \n> 12a\n"),
        written().as_bytes().replace(b'charset="utf-8"', b'charset="no-such"').replace(b"12a", b"\xff\xfe"),
        written().as_bytes().replace(b"text/plain", b"multipart/mixed; boundary=x"),
        written().as_bytes().replace(b'text/plain; charset="utf-8"', NESTED),
    ],
    ids=["nothing of their own", "unknown letters", "no parts", "parts within parts"],
)
def test_an_answer_that_can_not_be_read_gets_an_answer(both: Both, mail: EmailMessage | bytes) -> None:
    (said,) = both.fetch(mail)
    assert said in ("?", "��", "ÿþ")
    assert len(both.sent.mails) == 1


def test_a_bad_mail_stops_no_other(both: Both) -> None:
    bad = [
        b"",
        b"\xff\xfe\r\n\r\n\xff",
        b"From: =?utf-8?b?/////?=\r\nReferences: \xff <x> =?=\r\n\r\n12a",
        b"From: sam@example.com\r\nReferences: " + b"<a@b> " * 5000 + b"\r\n\r\n12a",
        b"From: " + b"(" * 5000 + b"\r\n\r\n12a",
    ]
    assert both.fetch(*bad, written("12a")) == ["12a"]


def test_what_take_could_not_do_is_read_again(both: Both) -> None:
    both.imap.mails += [written("12a").as_bytes(), written("13a").as_bytes()]
    done: list[str] = []

    def take(said: Said) -> None:
        if said.text == "12a" and not done:
            done.append("13a is next")
            raise StoreError("the disk is full")
        done.append(said.text)

    with pytest.raises(StoreError):
        both.channel.fetch(take)
    assert both.imap.seen == {1}
    assert both.channel.fetch(take) == 1
    assert done == ["13a is next", "13a", "12a"]


def test_a_stranger_gets_no_word(both: Both) -> None:
    both.imap.mails.append(written().as_bytes())
    assert both.channel.fetch(lambda _said: None) == 1
    assert both.sent.mails == []
    assert both.imap.seen == {0}


def test_an_answer_that_can_not_be_sent_loses_no_other(both: Both) -> None:
    both.sent.answers = {"RCPT": "451 4.3.0 later"}
    both.imap.mails += [written("12a").as_bytes(), written("13a").as_bytes()]
    with pytest.raises(ChannelError, match="451"):
        both.channel.fetch(both.take)
    assert [said.text for said in both.taken] == ["12a", "13a"]
    assert both.imap.seen == {0, 1}


def test_check_opens_the_mailbox(both: Both) -> None:
    line = both.channel.check()
    assert f"answers are read from INBOX at localhost:{both.imap.port}" in line
    for secret in (PASSWORD, KEY):
        assert secret not in line + repr(both.channel) + repr(vars(both.channel))


@pytest.mark.parametrize(
    ("trouble", "permanent", "words"),
    [
        ({"password": "another"}, True, "refused the user name or the password"),
        ({"SELECT": "NO no such folder"}, True, "has no folder INBOX"),
        ({"SEARCH": "NO [UNAVAILABLE] later"}, False, "can't be read"),
        ({"LOGIN": ""}, False, "can't be read"),
        ({"FETCH": ""}, False, "can't be read"),
    ],
)
def test_trouble_with_the_mailbox(
    authority: Authority, settings: Any, trouble: dict[str, str], permanent: bool, words: str
) -> None:
    with opened(authority, settings, **trouble) as both:
        both.imap.mails.append(written().as_bytes())
        with pytest.raises(ChannelError) as caught:
            both.channel.fetch(both.take)
    assert caught.value.permanent == permanent
    assert words in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert caught.value.__suppress_context__


def test_an_authority_that_is_not_trusted(authority: Authority, settings: Any) -> None:
    with FakeImap(authority.context, "user", PASSWORD) as imap:
        channel = smtp.build(settings(imap_port=imap.port), "mail", None)
        assert isinstance(channel, smtp.Answered)
        with pytest.raises(ChannelError, match="ca_file") as caught:
            channel.fetch(lambda _said: None)
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answer_key": None}, "belong together"),
        ({"imap_host": None}, "belong together"),
        ({"answer_key": {"env": "WEAK"}}, "fewer than 24"),
        ({"username": None, "password": None}, "imap_username and imap_password are needed"),
    ],
)
def test_what_the_configuration_may_not_say(
    monkeypatch: pytest.MonkeyPatch, settings: Any, changes: dict[str, Any], words: str
) -> None:
    monkeypatch.setenv("WEAK", "hunter22")
    with pytest.raises(ValidationError) as caught:
        settings(**changes)
    assert words in str(caught.value)
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("12a", "12a"),
        ("\n\n  12a  \n", "12a"),
        ("> Ack: 12a\n\n12s\n", "12s"),
        ("On Sunday, snapwatch wrote:\n> Ack\n\n12r", "12r"),
        (
            "On Sunday the 22nd of November 2026 at 03:12,\nsnapwatch <snapwatch@example.com> wrote:\n> x\n12r",
            "12r",
        ),
        ("I note:\n12n parcels", "I note:"),
        ("12a\n-- \nSam", "12a"),
        ("-----Original Message-----\n12a", ""),
        ("________________________________\nFrom: snapwatch\n12a", ""),
        ("Von: snapwatch\n12a", ""),
        ("-- \nSam", ""),
        ("> 12a", ""),
        ("", ""),
    ],
)
def test_the_first_line_of_ones_own(text: str, line: str) -> None:
    assert first_line(text) == line


@given(st.text(alphabet="ab>:- \n", max_size=60))
def test_no_quote_is_taken_for_an_answer(text: str) -> None:
    assert not first_line(text).startswith(">")


def test_the_mail_of_a_page_survives_the_way(both: Both) -> None:
    both.channel.send(MESSAGE, "sam@example.com", "1")
    arrived = message_from_bytes(both.sent.mails[0].content, policy=default)
    assert str(arrived["Message-ID"]) == str(PAGE["Message-ID"])
