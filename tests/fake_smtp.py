"""A real SMTP server (aiosmtpd) on this machine, with real TLS, that keeps the mails it takes."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HANG = "hang"
"""An answer that never comes."""


@dataclass(frozen=True)
class Mail:
    """A mail as it arrived: the envelope, the connection and the bytes."""

    sender: str
    recipients: list[str]
    content: bytes
    encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=default)


class Authority:
    """A certificate authority that exists for one test, and a certificate for this machine's loopback names."""

    def __init__(self, folder: Path, names: tuple[str, ...] = ("localhost", "127.0.0.1")) -> None:
        self.ca_file = folder / "ca.pem"
        now = datetime.now(UTC)
        ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "snapwatch test authority")])

        def builder(name: x509.Name, public_key: Any, *, authority: bool) -> x509.CertificateBuilder:
            return (
                x509.CertificateBuilder()
                .subject_name(name)
                .issuer_name(ca_name)
                .public_key(public_key)
                .serial_number(x509.random_serial_number())
                .not_valid_before(now - timedelta(days=1))
                .not_valid_after(now + timedelta(days=1))
                .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
                .add_extension(
                    x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
                )
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            )

        ca = builder(ca_name, ca_key.public_key(), authority=True).sign(ca_key, hashes.SHA256())
        alternative = [
            x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
            for name in names
        ]
        server = (
            builder(
                x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]),
                key.public_key(),
                authority=False,
            )
            .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        self.ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        chain = folder / "server.pem"
        chain.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + server.public_bytes(serialization.Encoding.PEM)
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain)


@dataclass
class FakeSmtp(AbstractContextManager["FakeSmtp"]):
    """`with FakeSmtp(Authority(tmp_path), username="u", password="p") as server: ... server.port, server.mails`.

    `answers` maps a command (AUTH, MAIL, RCPT, DATA) to what the server says instead of obeying, such as
    "550 5.1.1 no such user", or to HANG. A user name given: mail is taken only after logging in.
    """

    authority: Authority | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    host: str = "localhost"
    port: int = 0

    def __enter__(self) -> FakeSmtp:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        context = self.authority.context if self.authority else None
        implicit = self.security == "tls"

        def connection() -> SMTP:
            return SMTP(
                self,
                loop=self._loop,
                hostname="mail.example",
                tls_context=context if self.security == "starttls" else None,
                require_starttls=self.security == "starttls",
                # aiosmtpd can't see a TLS that was there from the start, so it must not ask for one.
                auth_require_tls=not implicit,
                authenticator=self._authenticate,
            )

        self._server = await self._loop.create_server(
            connection, "127.0.0.1", 0, ssl=context if implicit else None
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        refusal = self.answers.get("AUTH")
        if refusal is not None:
            return AuthResult(success=False, handled=False, message=refusal)
        assert isinstance(data, LoginPassword)
        if (data.login.decode(), data.password.decode()) != (self.username, self.password):
            # handled=False: else aiosmtpd sends no answer at all and the client waits for ever.
            return AuthResult(success=False, handled=False)
        self.logins.append(data.login.decode())
        return AuthResult(success=True, auth_data=data)

    async def _answer(self, command: str) -> str | None:
        answer = self.answers.get(command)
        if answer == HANG:
            await asyncio.Event().wait()
        return answer

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.username is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return await self._answer("MAIL") or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = await self._answer("RCPT")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = await self._answer("DATA")
        if answer is None:
            self.mails.append(
                Mail(
                    sender=envelope.mail_from,
                    recipients=list(envelope.rcpt_tos),
                    content=envelope.content,
                    encrypted=session.ssl is not None or self.security == "tls",
                    user=session.login_data.decode() if session.login_data else None,
                )
            )
        return answer or "250 OK: taken"
