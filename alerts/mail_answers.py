"""What somebody answered to one of our mails.

Anybody can write any From. So an answer counts only if it refers to the Message-ID of a mail of ours, which proves to whom
it was sent (alerts.mail), and comes from that same address: it was written by whoever has that mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message as Mail
from email.utils import getaddresses

from alerts.mail import is_proven, problem_with

_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{3,200}>")
_REFERENCES = 40
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "List-Id")
_EARLIER = re.compile(r"-{2,}\s*[^-]+\s*-{2,}|_{10,}|--|\*?(From|Von|De|Da|Van):\*?\s.*", re.IGNORECASE)
"""A line from which on the earlier mail, or a signature, is shown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`address` wrote `text` ("?" when they wrote nothing that can be read; empty: a program wrote it, and wants no
    answer) in a mail with the id `identifier` and that subject, in the thread of `references`."""

    address: str
    text: str
    identifier: str
    subject: str
    references: tuple[str, ...]


def proven(mail: Mail, answer_key: str) -> str | None:
    """The address that has one of our mails and answers to it; None for every other mail. Needs only the headers."""
    authors = getaddresses([str(value) for value in mail.get_all("From", [])])
    if len(authors) != 1 or problem_with(authors[0][1]):
        return None
    address = authors[0][1]
    return address if any(is_proven(each, address, answer_key) for each in references(mail)) else None


def references(mail: Mail) -> list[str]:
    """The ids to which a mail refers, each once; of endless ones the first and the last."""
    named = [str(value) for header in ("References", "In-Reply-To") for value in mail.get_all(header, [])]
    found = list(dict.fromkeys(_ID.findall(" ".join(named))))
    return found if len(found) <= _REFERENCES else [*found[:1], *found[1 - _REFERENCES :]]


def is_automatic(mail: Mail) -> bool:
    """Whether a program wrote it: a holiday reply, a mail that bounced, a mailing list (RFC 3834)."""
    submitted = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(mail.get("Precedence", "")).strip().lower()
    return (
        submitted != "no"
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or str(mail.get("Return-Path", "")).strip() == "<>"
        or mail.get_content_type() == "multipart/report"
        or any(name in mail for name in _AUTOMATIC)
    )


def answer_in(mail: Mail, address: str, subject: str, text: str, html: str) -> Answer:
    """The answer that a mail of `proven` holds; `subject`, `text` and `html` are what can be read of it."""
    ours = references(mail)
    found = _ID.search(str(mail.get("Message-ID", "")))
    if not text.strip() and html:
        from apprise.conversion import html_to_text

        text = str(html_to_text(html[:50_000]))  # type: ignore[no-untyped-call]
    said = "" if is_automatic(mail) else first_line(text[:50_000]) or "?"
    return Answer(address, said, found[0] if found else ours[-1], subject, tuple(ours))


def first_line(text: str) -> str:
    """The first line of one's own: no quote, no line that announces one ("On Monday, snapwatch wrote:"), nothing from
    where the earlier mail or a signature begins. Empty if there is none."""
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines):
        if _EARLIER.fullmatch(line):
            return ""
        if line and not line.startswith(">") and not _announces(lines[number:]):
            return line
    return ""


def _announces(lines: list[str]) -> bool:
    """Whether a quote follows what the first line says, or the first two where it was long and went on in the next."""
    whole = 2 if len(lines[0]) >= 40 and not lines[0].endswith(":") and len(lines) > 1 else 1
    following = next((line for line in lines[whole:] if line), "")
    return lines[whole - 1].endswith(":") and following.startswith(">")
