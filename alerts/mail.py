"""A message as a mail: the same bytes whether they go to an SMTP server or into the outbox folder."""

from __future__ import annotations

import base64
import hashlib
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses
from typing import Annotated, cast

from pydantic import AfterValidator

from monitor.model import Message
from monitor.text import one_line

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")


def problem_with(address: str) -> str | None:
    """What is wrong with an e-mail address, in words; None when mail can be sent to it.

    Addresses as RFC 5321 writes them without quotes; a domain outside ASCII is written in its "xn--" form.
    """
    if not address.isascii():
        return "has letters outside ASCII; write the domain in its xn-- form"
    match = _ADDRESS.fullmatch(address)
    if match is None or "=?" in address:
        return "is not an e-mail address; write it like sam@example.com"
    if len(match["local"]) > 64 or len(match["domain"]) > 253:
        return "is longer than an e-mail address can be"
    return None


def parse_sender(sender: str) -> Address:
    """`snapwatch <alerts@example.com>` or the bare address; ValueError says what is wrong with it."""
    found = getaddresses([sender])
    name, address = found[0] if len(found) == 1 and sender.isprintable() else ("", "")
    problem = problem_with(address)
    if problem:
        raise ValueError(f"{problem}, or like snapwatch <snapwatch@example.com>")
    return Address(_header(name), addr_spec=address)


def _mailbox(value: str) -> str:
    parse_sender(value)
    return value


Mailbox = Annotated[str, AfterValidator(_mailbox)]
"""A setting that holds whom mails come from, or where answers go."""


def build_mail(message: Message, sender: str, to: str, key: str, reply_to: str | None = None) -> EmailMessage:
    """The mail of one delivery to one address; ValueError when an address can't stand in a header.

    `Message-ID` is the same for the same thread and `key`, so that a repetition can be told from a second mail. All
    messages of a thread refer to one id, so that mail programs show them together.
    """
    problem = problem_with(to)
    if problem:
        raise ValueError(f"the address {problem}")
    author = parse_sender(sender)
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = _header(message.subject)
    mail["From"] = author
    mail["To"] = Address(addr_spec=to)
    if reply_to is not None:
        mail["Reply-To"] = parse_sender(reply_to)
    mail["Date"] = message.at
    mail["Message-ID"] = _identifier(f"{message.thread}\n{key}", author.domain)
    mail["In-Reply-To"] = mail["References"] = _identifier(message.thread, author.domain)
    mail["List-Id"] = f"snapwatch <snapwatch.{author.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_body(message.text), cte="quoted-printable")
    mail.add_alternative(_body(message.html), subtype="html", cte="quoted-printable")
    html = cast(EmailMessage, mail.get_payload(1))
    for name, png in message.images:
        html.add_related(png, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")
    return mail


def standalone_html(message: Message) -> str:
    """The HTML of a message as one file for a browser, which finds no `cid:`: the pictures are part of it."""
    html = message.html
    for name, png in message.images:
        data = f"data:image/png;base64,{base64.b64encode(png).decode()}"
        html = html.replace(f'src="cid:{name}"', f'src="{data}"')
    return html


def _identifier(text: str, domain: str) -> str:
    # A hash: neither key nor thread has to obey the grammar of a Message-ID.
    return f"<{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:32]}@{domain}>"


def _body(text: str) -> str:
    return text.encode(errors="replace").decode()  # a lone surrogate must not stop a mail


def _header(text: str) -> str:
    # "=?" opens an encoded word: the email package would decode what a hostile title wrote there, line breaks too.
    return re.sub(r"=(?=\?)", "= ", one_line(text, 200))
