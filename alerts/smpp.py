"""SMS through a provider's SMPP 3.4 server, bound anew for each SMS."""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from alerts.smpp_session import SmppServer
from alerts.sms import SmsSettings, is_gsm, parts
from alerts.sms import problem_with as problem_with
from monitor.errors import ChannelError
from monitor.notice import Message, Short
from monitor.settings import FilePath, Secret
from monitor.wording.text import clean, one_line

if TYPE_CHECKING:
    from smpplib.client import Client

PORTS = {"tls": 3550, "none": 2775}

GSM, UCS2 = 0, 8  # data_coding
UNKNOWN, INTERNATIONAL, ALPHANUMERIC = 0, 1, 5  # type of number


class Settings(SmsSettings):
    host: str = Field(min_length=1, description="the provider's SMPP server, such as smpp.example.com")
    port: int | None = Field(None, ge=1, le=65535, description="3550 for tls, 2775 for none if absent")
    security: Literal["tls", "none"] = Field(
        "tls", description='how the connection is encrypted; "none" only inside a VPN or on this machine'
    )
    ca_file: FilePath | None = Field(
        None,
        description="certificates (PEM) to trust instead of the system's, for a provider's own authority",
    )
    system_id: str = Field(
        min_length=1, max_length=15, pattern=r"^[\x21-\x7e]+$", description="the user name at the provider"
    )
    password: Secret = Field(description="the password of system_id; SMPP allows at most 8 characters")
    system_type: str = Field(
        "",
        max_length=12,
        pattern=r"^[\x21-\x7e]*$",
        description="what the provider asks for here, if anything",
    )
    sender: str = Field(
        pattern=r"^(\+[0-9]{8,15}|[0-9]{3,8}|[A-Za-z][A-Za-z0-9 ]{0,10})$",
        description="a number such as +447700900000, a short code, or a sender name of at most 11 letters",
    )
    timeout: float = Field(20, gt=0, le=300, description="seconds to wait for the server at each step")

    @field_validator("password")
    @classmethod
    def _fits(cls, value: Secret) -> Secret:
        if len(value.get_secret_value()) > 8 or not value.get_secret_value().isascii():
            raise ValueError("SMPP carries a password of at most 8 ASCII characters")
        return value

    @field_validator("ca_file")
    @classmethod
    def _readable(cls, value: FilePath | None) -> FilePath | None:
        try:
            ssl.create_default_context(cafile=value)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"can't be read as certificates ({type(error).__name__})") from None
        return value


def build(settings: Settings, name: str, callback: str | None) -> Channel:  # noqa: ARG001
    return Channel(settings, name)


class Channel:
    carries: Literal["sms"] = "sms"

    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        self.short = Short(segments=settings.segments, unicode=settings.unicode)
        self._settings = settings
        self._server = SmppServer(
            name=name, host=settings.host, port=settings.port or PORTS[settings.security],
            tls=ssl.create_default_context(cafile=settings.ca_file) if settings.security == "tls" else None,
            system_id=settings.system_id, password=settings.password.get_secret_value(),
            system_type=settings.system_type, timeout=settings.timeout,
        )  # fmt: skip

    def send(self, message: Message, address: str, key: str) -> str:
        """The server has taken every part of the SMS; its id of the first. SMPP can't tell a repetition; the parts of one
        carry the same reference number, so that a phone that got some of them twice still joins them."""
        problem = problem_with(address)
        if problem:
            raise ChannelError(f"{self.name}: the number {problem}", permanent=True)
        reference = hashlib.sha256(key.encode(errors="replace")).digest()[0]
        with self._server.bound() as client:
            ids = [self._submit(client, address, *part) for part in encoded(message.short, reference)]
        return ids[0]

    def check(self) -> str:
        """Connect and log in; no SMS is sent."""
        with self._server.bound():
            pass
        return f"SMPP server {self._server.where} answers ({self._settings.security}), bound as {self._settings.system_id}"

    def _submit(self, client: Client, address: str, coding: int, udh: bool, octets: bytes) -> str:
        from smpplib.smpp import make_pdu

        sender = self._settings.sender
        kind = UNKNOWN if sender.isdigit() else INTERNATIONAL if sender[0] == "+" else ALPHANUMERIC
        sent = client.send_message(
            source_addr_ton=kind, source_addr_npi=int(kind == INTERNATIONAL), source_addr=sender.lstrip("+"),
            dest_addr_ton=INTERNATIONAL, dest_addr_npi=1, destination_addr=address.lstrip("+"),
            esm_class=0x40 if udh else 0, data_coding=coding, short_message=octets,
        )  # fmt: skip
        for _ in range(10):
            got = client.read_pdu()
            if got.command == "enquire_link":
                answer = make_pdu("enquire_link_resp", client=client)
                answer.sequence = got.sequence
                client.send_pdu(answer)
            elif got.sequence == sent.sequence and got.command in ("submit_sm_resp", "generic_nack"):
                if got.is_error():
                    raise self._server.refused(got.status)
                return one_line((got.message_id or b"").decode(errors="replace"), 65)
        raise ChannelError(f"{self.name}: {self._server.where} does not say whether it took the SMS")


def encoded(text: str, reference: int) -> list[tuple[int, bool, bytes]]:
    """The parts of an SMS: data_coding, whether each begins with a header that joins it to the others (3GPP TS 23.040,
    section 9.2.3.24.1), and its octets, of the GSM alphabet one for each septet."""
    from smpplib.gsm import gsm_encode

    words = clean(text).strip()
    gsm = is_gsm(words)
    split = parts(words)
    made = []
    for number, part in enumerate(split, 1):
        # smpplib's table has a backtick, which GSM does not know, in the place of the section sign.
        octets = gsm_encode(part.replace("§", "`")) if gsm else part.encode("utf-16-be")
        header = bytes((5, 0, 3, reference, len(split), number)) if len(split) > 1 else b""
        made.append((GSM if gsm else UCS2, bool(header), header + octets))
    return made
