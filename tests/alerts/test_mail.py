from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.mail import build_mail, build_reply, is_proven, parse_sender, problem_with
from tests.alerts.notices import hostile_text
from tests.contract_channels import HOSTILE, MESSAGE, PNG

SENDER = "Acme watch <watch@example.com>"
HEADERS = {
    "Subject",
    "From",
    "To",
    "Reply-To",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "List-Id",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
}


def arrived(mail: EmailMessage) -> EmailMessage:
    return message_from_bytes(mail.as_bytes(), policy=policy.default)


def test_the_parts_of_a_mail() -> None:
    mail = arrived(build_mail(MESSAGE, SENDER, "sam@example.com", "1", "team@example.com"))
    assert set(mail.keys()) == HEADERS
    assert mail["From"] == "Acme watch <watch@example.com>"
    assert mail["Reply-To"] == "team@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "snapwatch <snapwatch.example.com>"
    assert mail["Date"].datetime == MESSAGE.at
    assert mail.get_content_type() == "multipart/alternative"
    plain, related = mail.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert plain.get_content().splitlines() == MESSAGE.text.splitlines()
    html, picture = cast(EmailMessage, related).iter_parts()
    assert html.get_content_type() == "text/html"
    assert html.get_content().rstrip() == MESSAGE.html
    assert (picture["Content-ID"], picture.get_content_type()) == ("<curve>", "image/png")
    assert picture.get_content() == PNG


def test_a_mail_without_pictures_has_two_parts() -> None:
    mail = arrived(build_mail(replace(MESSAGE, images=()), SENDER, "sam@example.com", "1"))
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_identifiers_tell_repetitions_and_threads() -> None:
    def mail(key: str, thread: str = "story-1") -> EmailMessage:
        return build_mail(replace(MESSAGE, thread=thread), SENDER, "sam@example.com", key)

    assert mail("1")["Message-ID"] == mail("1")["Message-ID"]
    assert mail("1")["Message-ID"] != mail("2")["Message-ID"]
    # The same number in another database is another story: servers drop a Message-ID that they have seen.
    assert mail("1")["Message-ID"] != mail("1", "story-1-again")["Message-ID"]
    assert mail("1")["References"] == mail("2")["References"] == mail("2")["In-Reply-To"]
    assert mail("1")["References"] != mail("1", "story-2")["References"]
    assert mail("1")["Message-ID"].endswith("@example.com>")


@given(st.lists(hostile_text, min_size=5, max_size=5))
def test_no_text_becomes_a_header(texts: list[str]) -> None:
    subject, text, html, thread, key = texts
    message = replace(MESSAGE, subject=subject, text=text, html=html, thread=thread, images=())
    mail = arrived(build_mail(message, SENDER, "sam@example.com", key))
    assert set(mail.keys()) == HEADERS - {"Reply-To"}
    assert len(mail.keys()) == len(HEADERS) - 1
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert not any(part.defects for part in mail.walk())


def test_an_encoded_word_in_a_title_is_not_decoded() -> None:
    mail = arrived(build_mail(HOSTILE, SENDER, "sam@example.com", "1"))
    assert "= ?utf-8?q?=0D=0AX-Evil:_1?=" in mail["Subject"]
    assert "X-Evil" not in mail
    assert "Bcc" not in mail


@pytest.mark.parametrize("address", ["sam@example.com", "s.a+m@localhost", "o'neil@xn--bcher-kva.example"])
def test_addresses(address: str) -> None:
    assert problem_with(address) is None
    assert build_mail(MESSAGE, SENDER, address, "1")["To"] == address


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "not an e-mail address"),
        ("sam", "not an e-mail address"),
        ("sam@", "not an e-mail address"),
        ("@example.com", "not an e-mail address"),
        ("sam@-example.com", "not an e-mail address"),
        ("sam@example..com", "not an e-mail address"),
        (".sam@example.com", "not an e-mail address"),
        ("Sam <sam@example.com>", "not an e-mail address"),
        ("sam@example.com,all@example.com", "not an e-mail address"),
        ("sam@example.com\r\nBcc: all@example.com", "not an e-mail address"),
        ('"sam"@example.com', "not an e-mail address"),
        ("=?utf-8?q?a?=@example.com", "not an e-mail address"),
        ("sam@bücher.example", "xn--"),
        ("x" * 65 + "@example.com", "longer"),
        ("sam@" + ".".join(["x" * 60] * 5), "longer"),
    ],
)
def test_what_is_wrong_with_an_address(address: str, words: str) -> None:
    assert words in (problem_with(address) or "")
    with pytest.raises(ValueError, match="the address"):
        build_mail(MESSAGE, SENDER, address, "1")


@given(hostile_text)
def test_an_address_that_passes_survives_the_mail(address: str) -> None:
    if problem_with(address) is None:
        assert arrived(build_mail(MESSAGE, SENDER, address, "1"))["To"] == address


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ("watch@example.com", "watch@example.com"),
        ("Watch <watch@example.com>", "Watch <watch@example.com>"),
        ('"Acme, Inc." <watch@example.com>', '"Acme, Inc." <watch@example.com>'),
        ("Zoë <watch@example.com>", "Zoë <watch@example.com>"),
    ],
)
def test_senders(sender: str, shown: str) -> None:
    assert str(parse_sender(sender)) == shown


@pytest.mark.parametrize(
    "sender", ["", "watch", "a@example.com, b@example.com", "a@example.com\nBcc: b@example.com"]
)
def test_what_is_no_sender(sender: str) -> None:
    with pytest.raises(ValueError, match="is not an e-mail address"):
        parse_sender(sender)


KEY = "k" * 32


def test_an_id_proves_to_whom_it_was_sent() -> None:
    def identifier(to: str, key: str = KEY) -> str:
        return str(build_mail(MESSAGE, SENDER, to, "1", answer_key=key)["Message-ID"])

    ours = identifier("sam@example.com")
    assert ours == identifier("sam@example.com")
    assert is_proven(ours, "Sam@Example.com", KEY)
    assert not is_proven(ours, "kim@example.com", KEY)
    assert not is_proven(ours, "sam@example.com", "another" * 5)
    assert not is_proven(identifier("sam@example.com", ""), "sam@example.com", KEY)


@given(st.text(), st.text())
def test_no_other_id_proves_anything(identifier: str, address: str) -> None:
    assert not is_proven(identifier, address, KEY)


def test_a_reply_stands_in_the_thread() -> None:
    mail = arrived(
        build_reply(
            "Sam has it.", "Re: a\r\nBcc: x@y", SENDER, "sam@example.com", "<a@b>", ["<c@d>"], MESSAGE.at
        )
    )
    assert (mail["In-Reply-To"], mail["References"]) == ("<a@b>", "<c@d> <a@b>")
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["To"] == "sam@example.com"
    assert "Bcc" not in mail
    assert mail.get_content().splitlines() == ["Sam has it."]


def test_long_ids_are_never_encoded() -> None:
    long = f"<{'a' * 150}@outlook.example>"
    sender = f"snapwatch@{'long-name.' * 8}example.com"
    page = build_mail(MESSAGE, sender, "sam@example.com", "1", answer_key=KEY).as_bytes()
    reply = build_reply("x", "x", sender, "sam@example.com", long, [long, "<c@d>"], MESSAGE.at).as_bytes()
    assert b"=?" not in page.partition(b"Message-ID")[2].partition(b"List-Id")[0]
    assert f"References: {long}\r\n <c@d>\r\n {long}\r\n".encode() in reply
