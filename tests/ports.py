"""Ports for servers that have to be told where to listen."""

from __future__ import annotations

import os
import socket
from itertools import cycle

# Below what Linux gives to whoever asks for any port (from 32768), and for each worker its own hundred: what was free stays
# free until it is used.
_OWN = 20_000 + 100 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 120)
_PORTS = cycle(_OWN + (os.getpid() + step) % 100 for step in range(100))


def free_port() -> int:
    """One where nobody listens, another each time."""
    for _, port in zip(range(100), _PORTS, strict=False):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise AssertionError("a hundred ports are taken")
