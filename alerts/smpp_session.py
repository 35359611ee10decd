"""A connection to an SMPP 3.4 server that takes SMS, and what its refusals mean."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.errors import ChannelError

if TYPE_CHECKING:
    from smpplib.client import Client

# SMPP 3.4, section 5.1.3: the refusals that last until a person changes something. All others may pass.
FOR_GOOD = {
    0x01: "the SMS is longer than it may be; set segments lower",
    0x0A: "the sender is not yours to use; check sender",
    0x0B: "the number can't be sent to; correct it in the configuration",
    0x0D: "log-in refused; check system_id, password and system_type",
    0x0E: "log-in refused; check password",
    0x0F: "log-in refused; check system_id",
    0x43: "it takes no SMS of several parts; set segments to 1",
    0x48: "it takes no sender of this kind; check sender",
    0x49: "it takes no sender of this kind; check sender",
    0x50: "it takes no international numbers",
    0x51: "it takes no international numbers",
    0x53: "check system_type",
    0x65: "the receiving side refused the SMS for good",
}


@dataclass(frozen=True)
class SmppServer:
    """`tls` None: the connection is not encrypted."""

    name: str
    host: str
    port: int
    tls: ssl.SSLContext | None
    system_id: str
    password: str = field(repr=False)
    system_type: str
    timeout: float
    _alone: threading.Lock = field(default_factory=threading.Lock, repr=False)
    """Providers allow few connections at a time, often one."""

    @property
    def where(self) -> str:
        return f"{self.host}:{self.port}"

    @contextlib.contextmanager
    def bound(self) -> Iterator[Client]:
        """A server that takes SMS; whatever goes wrong in it leaves as a ChannelError."""
        try:
            from smpplib import exceptions
        except ModuleNotFoundError:
            text = f'{self.name}: SMPP needs its library: pip install "snapwatch[smpp]"'
            raise ChannelError(text, permanent=True) from None
        if not self._alone.acquire(timeout=self.timeout):
            raise ChannelError(f"{self.name}: {self.where} is still busy with another SMS")
        # What an answer that is no SMPP makes of smpplib.
        garbled = (
            exceptions.UnknownCommandError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            struct.error,
        )
        client: Client | None = None
        try:
            client = self._connected()
            client.bind_transmitter(
                system_id=self.system_id,
                password=self.password,
                system_type=self.system_type,
            )
            yield client
            # What the server says to this no longer matters: it has taken the SMS.
            with contextlib.suppress(OSError, exceptions.ConnectionError, exceptions.PDUError, *garbled):
                client.unbind()
        except exceptions.PDUError as error:
            raise self.refused(error.args[1] if len(error.args) > 1 else 0) from None
        except (OSError, exceptions.ConnectionError) as error:
            raise self._unreachable(error) from None
        except garbled:
            raise ChannelError(f"{self.name}: {self.where} gave an answer that can't be read") from None
        finally:
            if client is not None:
                client.disconnect()
            self._alone.release()

    def _connected(self) -> Client:
        from smpplib.client import Client
        from smpplib.consts import SMPP_CLIENT_STATE_OPEN

        # smpplib's own way to connect knows no IPv6 and gives TLS no name to compare with the certificate.
        line = socket.create_connection((self.host, self.port), self.timeout)
        if self.tls is not None:
            try:
                line = self.tls.wrap_socket(line, server_hostname=self.host)
            except BaseException:
                line.close()
                raise
        client = Client(self.host, self.port, timeout=self.timeout, allow_unknown_opt_params=True)
        client._socket, client.state = line, SMPP_CLIENT_STATE_OPEN
        return client

    def refused(self, status: int) -> ChannelError:
        hint = FOR_GOOD.get(status)
        text = f"{self.name}: {self.where} refused (SMPP {status:#04x}): {hint or _called(status)}"
        return ChannelError(text, permanent=hint is not None)

    def _unreachable(self, error: Exception) -> ChannelError:
        where = f"{self.name}: {self.where}"
        match error:
            case ssl.SSLCertVerificationError():
                return ChannelError(
                    f"{where} has a certificate that can't be trusted ({error.verify_message}); host must be the name in "
                    "the certificate, and ca_file names the authority if it is the provider's own",
                    permanent=True,
                )
            case ssl.SSLError():
                return ChannelError(f"{where} does not speak TLS; check port and security", permanent=True)
            case OSError() if not isinstance(error, TimeoutError):
                return ChannelError(f"{where} can't be reached ({type(error).__name__})")
        return ChannelError(f"{where} did not answer within {self.timeout:g} s, or hung up")


def _called(status: int) -> str:
    from smpplib.consts import DESCRIPTIONS

    return str(DESCRIPTIONS.get(status, "no reason given"))
