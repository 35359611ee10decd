"""A connection to a mail server that is ready to take mails, and what its refusals mean."""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from monitor.errors import ChannelError
from monitor.wording.text import one_line

Security = Literal["starttls", "tls", "none"]
_PASSING = re.compile(r"\s*4\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True)
class MailServer:
    """`greeting` is our name in EHLO; `login` the user name and the password, if it asks for any."""

    name: str
    host: str
    port: int
    security: Security
    tls: ssl.SSLContext
    greeting: str
    login: tuple[str, str] | None = field(repr=False)
    timeout: float

    @property
    def where(self) -> str:
        return f"{self.host}:{self.port}"

    @contextlib.contextmanager
    def open(self) -> Iterator[smtplib.SMTP]:
        """A connection that is ready to take a mail; whatever goes wrong in it leaves as a ChannelError."""
        server: smtplib.SMTP | None = None
        # Without a name of ours smtplib asks the DNS for it, which can take long just when the network is in trouble.
        try:
            if self.security == "tls":
                server = smtplib.SMTP_SSL(
                    self.host, self.port, self.greeting, timeout=self.timeout, context=self.tls
                )
            else:
                server = smtplib.SMTP(self.host, self.port, self.greeting, timeout=self.timeout)
            if self.security == "starttls":
                server.starttls(context=self.tls)
            if self.login is not None:
                server.login(*self.login)
            yield server
            # What the server says to QUIT no longer matters: it has taken the mail.
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
        except (OSError, smtplib.SMTPException) as error:
            raise self._explained(error) from None
        finally:
            if server is not None:
                server.close()

    def _explained(self, error: OSError | smtplib.SMTPException) -> ChannelError:
        where = f"{self.name}: {self.where}"
        match error:
            case ssl.SSLCertVerificationError():
                return ChannelError(
                    f"{where} has a certificate that can't be trusted ({error.verify_message}); host must be the name "
                    "in the certificate, and ca_file names the authority if it is a company's own",
                    permanent=True,
                )
            case ssl.SSLError() if error.reason == "WRONG_VERSION_NUMBER":
                return ChannelError(
                    f'{where} does not speak TLS from the start; use security = "starttls" or another port',
                    permanent=True,
                )
            case smtplib.SMTPRecipientsRefused():
                code, answer = next(iter(error.recipients.values()))
                return self._refused("refused the recipient", code, answer)
            case smtplib.SMTPAuthenticationError():
                # The server's words stay out: nothing that was sent to log in may come back into a log.
                return ChannelError(
                    f"{where} refused the user name or the password ({error.smtp_code})",
                    permanent=not 400 <= error.smtp_code < 500,
                )
            case smtplib.SMTPResponseException():
                return self._refused("refused", error.smtp_code, error.smtp_error)
            case smtplib.SMTPNotSupportedError():
                return ChannelError(
                    f"{where} offers no {'STARTTLS' if 'STARTTLS' in str(error) else 'log-in'} here; "
                    "check that port and security belong together",
                    permanent=True,
                )
            case TimeoutError() | smtplib.SMTPServerDisconnected():  # smtplib hides a time-out in the second
                return ChannelError(
                    f"{where} did not answer within {self.timeout:g} s, or hung up; "
                    "check that port and security belong together"
                )
        return ChannelError(f"{where} can't be reached ({type(error).__name__})")

    def _refused(self, what: str, code: int, answer: bytes | str) -> ChannelError:
        """5xx is for good (RFC 5321, 4.2.1), unless the server says beside it that it may pass (4.x.x, RFC 3463); anything
        else may pass, a code that can't be read included."""
        words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
        if self.login is not None:
            password = self.login[1]
            for form in (password, base64.b64encode(password.encode()).decode()):
                words = words.replace(form, "***")
        text = f"{self.name}: {self.where} {what}: {code} {one_line(words, 200)}"
        return ChannelError(text, permanent=500 <= code < 600 and not _PASSING.match(words))


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(
            f"ca_file {ca_file} can't be read as certificates ({type(error).__name__})"
        ) from None
