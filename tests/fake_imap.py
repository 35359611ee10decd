"""A small IMAP4rev1 server on this machine, encrypted from the start, with one folder of mails."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FakeImap(AbstractContextManager["FakeImap"]):
    """`with FakeImap(authority.context, "user", "password") as server: server.mails.append(b"From: ...")`.

    `seen` are the positions in `mails` that are marked as read. `answers` maps a command to what the server says instead
    of obeying, such as "NO [UNAVAILABLE] later"; "" hangs up.
    """

    tls: ssl.SSLContext
    username: str
    password: str
    mails: list[bytes] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    answers: dict[str, str] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> FakeImap:
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                fake.serve(self.rfile, self.wfile)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def get_request(self) -> Any:
                line, address = super().get_request()
                return fake.tls.wrap_socket(line, server_side=True), address

            def shutdown_request(self, request: Any) -> None:
                self.close_request(request)

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that hangs up is what some tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.port = self._server.server_address[1]
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve(self, reading: Any, writing: Any) -> None:
        writing.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        for line in reading:
            tag, _, rest = line.decode().strip().partition(" ")
            words = rest.replace("UID ", "").partition(" ")
            command, arguments = words[0].upper(), words[2]
            if command in self.answers:
                if not self.answers[command]:
                    return
                writing.write(f"{tag} {self.answers[command]}\r\n".encode())
                continue
            writing.write(self._untagged(command, arguments))
            right = command != "LOGIN" or arguments.replace('"', "") == f"{self.username} {self.password}"
            writing.write(f"{tag} {'OK done' if right else 'NO [AUTHENTICATIONFAILED] no'}\r\n".encode())
            if command == "LOGOUT":
                return

    def _untagged(self, command: str, arguments: str) -> bytes:
        if command == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if command == "SELECT":
            return b"* %d EXISTS\r\n" % len(self.mails)
        if command == "SEARCH":
            unseen = [str(n + 1) for n in range(len(self.mails)) if n not in self.seen]
            return f"* SEARCH {' '.join(unseen)}\r\n".encode()
        uid, _, what = arguments.partition(" ")
        if command == "STORE":
            self.seen.add(int(uid) - 1)
        if command == "FETCH":
            assert "BODY.PEEK" in what
            self.fetched.append(f"{uid} {'head' if 'HEADER' in what else 'all'}")
            whole = self.mails[int(uid) - 1]
            head = re.split(rb"(?<=\n)\r?\n", whole, maxsplit=1)[0] + b"\r\n"
            sent = head if "HEADER" in what else whole
            place = "HEADER" if "HEADER" in what else ""
            front = f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(whole)} FLAGS () BODY[{place}] {{{len(sent)}}}\r\n"
            return front.encode() + sent + b")\r\n"
        return b""
