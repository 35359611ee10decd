"""A mailbox that is read over IMAP, always encrypted."""

from __future__ import annotations

import contextlib
import imaplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from typing import TYPE_CHECKING

from alerts.mail_answers import Answer, answer_in, proven
from monitor.errors import ChannelError

if TYPE_CHECKING:
    from imap_tools import MailBox

LOOK = 200
"""So many unseen mails, the newest, are looked at."""
LARGEST = 5_000_000
"""Bytes of a mail that is read; an answer quotes at most the pictures of a page."""
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What hostile mails make of the email package: RecursionError of brackets, or parts, within each other."""


@dataclass
class Inbox:
    """Answers of people who have one of our mails. Other mails stay unread and untouched."""

    name: str
    host: str
    port: int
    username: str
    password: str = field(repr=False)
    folder: str
    answer_key: str = field(repr=False)
    tls: ssl.SSLContext
    timeout: float
    _others: set[str] = field(default_factory=set, repr=False)

    @contextlib.contextmanager
    def open(self) -> Iterator[MailBox]:
        """Logged in, with the folder chosen; whatever the server does wrong in it leaves as a ChannelError."""
        from imap_tools import MailBox
        from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

        where = f"{self.name}: {self.host}:{self.port}"
        box: MailBox | None = None
        try:
            box = MailBox(self.host, self.port, timeout=self.timeout, ssl_context=self.tls)
            try:
                box.login(self.username, self.password, initial_folder=None)
            except imaplib.IMAP4.abort:
                raise
            except (imaplib.IMAP4.error, MailboxLoginError):
                # The server's words stay out: nothing that was sent to log in may come back into a log.
                text = f"{where} refused the user name or the password; check imap_username and imap_password"
                raise ChannelError(text, permanent=True) from None
            box.folder.set(self.folder)
            yield box
        except ssl.SSLCertVerificationError as error:
            raise ChannelError(
                f"{where} has a certificate that can't be trusted ({error.verify_message}); imap_host must be the name in "
                "the certificate, and ca_file names the authority if it is a company's own",
                permanent=True,
            ) from None
        except MailboxFolderSelectError:
            raise ChannelError(
                f"{where} has no folder {self.folder}; check imap_folder", permanent=True
            ) from None
        except TimeoutError:
            raise ChannelError(f"{where} did not answer within {self.timeout:g} s") from None
        except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
            raise ChannelError(f"{where} can't be read ({type(error).__name__})") from None
        finally:
            if box is not None:
                with contextlib.suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
                    box.logout()
                with contextlib.suppress(OSError):  # a logout that fails leaves the connection open
                    box.client.shutdown()

    def unread(self, box: MailBox) -> Iterator[tuple[str, Answer]]:
        """Each new answer, the oldest first, with what `seen` takes. A mail that can't be read stops no other."""
        from imap_tools import AND

        unseen = box.uids(AND(seen=False))[-LOOK:]
        self._others &= set(unseen)
        for uid in unseen:
            if uid not in self._others:
                answer = self._read(box, uid)
                if answer is None:
                    self._others.add(uid)
                else:
                    yield uid, answer

    def seen(self, box: MailBox, uid: str) -> None:
        from imap_tools import MailMessageFlags

        box.flag(uid, MailMessageFlags.SEEN, True)

    def _read(self, box: MailBox, uid: str) -> Answer | None:
        for head in box.fetch(uid_list=uid, mark_seen=False, headers_only=True):
            try:
                address = proven(head.obj, self.answer_key)
            except UNREADABLE:
                return None
            if address is None or head.size_rfc822 > LARGEST:
                return None
            try:
                for mail in box.fetch(uid_list=uid, mark_seen=False):
                    subject = str(make_header(decode_header(str(mail.obj.get("Subject", "")))))
                    return answer_in(mail.obj, address, subject, mail.text, mail.html)
            except UNREADABLE:
                return answer_in(head.obj, address, "", "", "")
        return None
