"""A small SMPP 3.4 server (SMSC) on this machine that keeps the SMS it takes."""

from __future__ import annotations

import socketserver
import ssl
import struct
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

BIND_TRANSMITTER, SUBMIT_SM, UNBIND, ENQUIRE_LINK = 0x02, 0x04, 0x06, 0x15
RESPONSE = 0x80000000
BINDFAIL = 0x0D


@dataclass(frozen=True)
class Sms:
    """One submit_sm as it arrived."""

    sender: str
    sender_kind: int
    number: str
    number_kind: int
    esm_class: int
    coding: int
    octets: bytes

    @property
    def text(self) -> str:
        words = self.octets[6:] if self.esm_class & 0x40 else self.octets
        return words.decode("utf-16-be") if self.coding == 8 else words.decode("ascii")


@dataclass
class FakeSmpp(AbstractContextManager["FakeSmpp"]):
    """`with FakeSmpp("user", "pass") as server: ... server.port, server.taken`.

    `statuses` are the command_status of each submit_sm in turn, the last one of all further ones. `before` is sent in
    front of each answer to a submit_sm; `hang`: none comes; `garble`: the answer is no SMPP.
    """

    system_id: str = "snapwatch"
    password: str = "s3cret"
    tls: ssl.SSLContext | None = None
    bind_status: int = 0
    statuses: tuple[int, ...] = (0,)
    before: bytes = b""
    hang: bool = False
    garble: bytes = b""
    taken: list[Sms] = field(default_factory=list)
    binds: list[str] = field(default_factory=list)
    commands: list[int] = field(default_factory=list)

    def __enter__(self) -> FakeSmpp:
        fake = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                fake.serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def get_request(self) -> Any:
                line, address = super().get_request()
                return (fake.tls.wrap_socket(line, server_side=True) if fake.tls else line), address

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that hangs up is what some tests are about

        self._done = threading.Event()
        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.port = self._server.server_address[1]
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve(self, line: Any) -> None:
        stream = line.makefile("rb")
        while head := stream.read(16):
            length, command, _status, sequence = struct.unpack(">LLLL", head)
            body = stream.read(length - 16)
            self.commands.append(command)
            status, answer = 0, b""
            if command == BIND_TRANSMITTER:
                system_id, password, *_rest = body.split(b"\0")
                self.binds.append(system_id.decode())
                right = (system_id.decode(), password.decode()) == (self.system_id, self.password)
                status, answer = self.bind_status or (0 if right else BINDFAIL), b"fake\0"
            elif command == SUBMIT_SM:
                if self.hang:
                    self._done.wait()
                    return
                if self.garble:
                    line.sendall(self.garble)
                    return
                line.sendall(self.before)
                status = self.statuses[min(len(self.taken), len(self.statuses) - 1)]
                if status == 0:
                    self.taken.append(read(body))
                    answer = b"id-%d\0" % len(self.taken)
            answer = b"" if status else answer
            line.sendall(
                struct.pack(">LLLL", 16 + len(answer), command | RESPONSE, status, sequence) + answer
            )
            if command == UNBIND:
                return


def read(body: bytes) -> Sms:
    """The fields of a submit_sm (SMPP 3.4, section 4.4.1)."""
    service, rest = body.split(b"\0", 1)
    sender_kind, rest = rest[0], rest[2:]
    sender, rest = rest.split(b"\0", 1)
    number_kind, rest = rest[0], rest[2:]
    number, rest = rest.split(b"\0", 1)
    esm_class, rest = rest[0], rest[3:]
    _schedule, _validity, rest = rest.split(b"\0", 2)
    coding, length = rest[2], rest[4]
    assert service == b""
    assert len(rest) == 5 + length
    return Sms(sender.decode(), sender_kind, number.decode(), number_kind, esm_class, coding, rest[5:])
