"""A message as a mail: the same bytes whether they go to an SMTP server or into the outbox folder."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import getaddresses
from typing import Annotated, cast

from pydantic import AfterValidator

from monitor.notice import Message
from monitor.wording.text import one_line

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")


class _Ids(UniqueUnstructuredHeader):
    """Ids of mails, one a line. The email package would write one that is longer than a line as an encoded word, which no
    mail program takes for an id."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}:{''.join(f' {each}{policy.linesep}' for each in str(self).split())}"


_HEADERS = HeaderRegistry()
for _name in ("Message-ID", "In-Reply-To", "References"):
    _HEADERS.map_to_type(_name, _Ids)  # type: ignore[arg-type]  # as the library's own classes, it is a mixin
POLICY = SMTP.clone(header_factory=_HEADERS)


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


def build_mail(
    message: Message, sender: str, to: str, key: str, reply_to: str | None = None, answer_key: str = ""
) -> EmailMessage:
    """The mail of one delivery to one address; ValueError when an address can't stand in a header.

    `Message-ID` is the same for the same thread and `key`, so that a repetition can be told from a second mail. All
    messages of a thread refer to one id, so that mail programs show them together. With an `answer_key` the id also proves
    that it was sent to this address: nobody else can make one.
    """
    mail = _addressed(message.subject, sender, to, reply_to, "auto-generated")
    domain = parse_sender(sender).domain
    mail["Date"] = message.at
    unique = _digest(f"{message.thread}\n{key}")
    if answer_key:
        unique = f"{unique}.{_proof(unique, to, answer_key)}"
    mail["Message-ID"] = f"<{unique}@{domain}>"
    mail["In-Reply-To"] = mail["References"] = f"<{_digest(message.thread)}@{domain}>"
    mail["List-Id"] = f"snapwatch <snapwatch.{domain}>"
    mail.set_content(_body(message.text), cte="quoted-printable")
    mail.add_alternative(_body(message.html), subtype="html", cte="quoted-printable")
    html = cast(EmailMessage, mail.get_payload(1))
    for name, png in message.images:
        html.add_related(png, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")
    return mail


def build_reply(
    words: str, subject: str, sender: str, to: str, answers: str, references: Sequence[str], now: datetime
) -> EmailMessage:
    """What we say to somebody's mail `answers`, in the thread of it; ids are written as <id@domain>."""
    mail = _addressed(subject, sender, to, None, "auto-replied")
    mail["Date"] = now
    mail["Message-ID"] = f"<{_digest(f'{answers}{now.isoformat()}')}@{parse_sender(sender).domain}>"
    mail["In-Reply-To"] = answers
    mail["References"] = " ".join((*references, answers))
    mail.set_content(_body(words) + "\n", cte="quoted-printable")
    return mail


def is_proven(identifier: str, address: str, answer_key: str) -> bool:
    """Whether a Message-ID, such as <id@domain>, is one that `build_mail` made for this address with this key."""
    unique, _, proof = identifier.strip("<>").rpartition("@")[0].partition(".")
    return hmac.compare_digest(_proof(unique, address, answer_key).encode(), proof.encode(errors="replace"))


def standalone_html(message: Message) -> str:
    """The HTML of a message as one file for a browser, which finds no `cid:`: the pictures are part of it."""
    html = message.html
    for name, png in message.images:
        data = f"data:image/png;base64,{base64.b64encode(png).decode()}"
        html = html.replace(f'src="cid:{name}"', f'src="{data}"')
    return html


def _addressed(subject: str, sender: str, to: str, reply_to: str | None, submitted: str) -> EmailMessage:
    problem = problem_with(to)
    if problem:
        raise ValueError(f"the address {problem}")
    mail = EmailMessage(policy=POLICY)
    mail["Subject"] = _header(subject)
    mail["From"] = parse_sender(sender)
    mail["To"] = Address(addr_spec=to)
    if reply_to is not None:
        mail["Reply-To"] = parse_sender(reply_to)
    # No holiday reply may answer: RFC 3834, and how Exchange wants it; mails that bounce still say so.
    mail["Auto-Submitted"] = submitted
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    return mail


def _digest(text: str) -> str:
    # A hash: neither key nor thread has to obey the grammar of a Message-ID.
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]


def _proof(unique: str, address: str, answer_key: str) -> str:
    bound = f"{unique}\n{address.casefold()}".encode(errors="replace")
    return hmac.digest(answer_key.encode(errors="replace"), bound, "sha256").hex()[:32]


def _body(text: str) -> str:
    return text.encode(errors="replace").decode()  # a lone surrogate must not stop a mail


def _header(text: str) -> str:
    # "=?" opens an encoded word: the email package would decode what a hostile title wrote there, line breaks too.
    return re.sub(r"=(?=\?)", "= ", one_line(text, 200))
