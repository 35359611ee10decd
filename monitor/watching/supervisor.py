"""What systemd is told of the daemon, by the protocol of sd_notify(3): nothing where nobody listens.

A datagram of lines to the socket that NOTIFY_SOCKET names: that it is ready, reads its configuration anew, lives, ends.
"""

from __future__ import annotations

import os
import socket
import time

import structlog

log = structlog.get_logger()


def ready() -> None:
    """It works, from the start on or again."""
    _tell("READY=1")


def reloading() -> None:
    """It reads its configuration anew; `ready` ends that."""
    _tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


def alive() -> None:
    """The loop goes round. With WatchdogSec= in the unit, systemd kills and restarts it when this is not said in time."""
    if os.environ.get("WATCHDOG_USEC"):
        _tell("WATCHDOG=1")


def stopping() -> None:
    _tell("STOPPING=1")


def _tell(*lines: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    # A name that begins with @ is in the abstract namespace: its first byte is zero.
    name = address.replace("@", "\0", 1) if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.settimeout(1)
            notify.sendto("\n".join(lines).encode(), name)
    except OSError as error:
        log.warning("systemd can't be told", what=lines[0], why=error.strerror)
