"""The service that an Apprise address names, made ready for one message."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

if TYPE_CHECKING:
    from apprise import Apprise

TO = "{to}"
SAMPLES = ("+447700900123", "sam@example.com", "sam")  # one of them is an address for any service


class _Heard(logging.Handler):
    """What is logged in this thread."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.words.append(record.getMessage())


def service_at(url: str, address: str, timeout: float) -> Apprise | None:
    """The service that reaches an address, ready to be told; None when Apprise can't use it. Made anew for each message:
    of one object Apprise would wait seconds between two messages, and a service that was told once remembers it."""
    from apprise import Apprise, AppriseAsset, NotifyBase
    from apprise.common import OverflowMode

    # What Apprise logs is read here, and goes nowhere else.
    log = logging.getLogger("apprise")
    log.setLevel(logging.WARNING)
    log.propagate = False
    heard = _Heard()
    log.addHandler(heard)
    # No pictures of Apprise's own from elsewhere; in this thread; no more patience than one try may take.
    asset = AppriseAsset(
        app_id="snapwatch", app_desc="snapwatch", app_url="", image_url_mask="", image_url_logo="",
        async_mode=False, interpret_emojis=False, service_timeout=timeout,
    )  # fmt: skip
    made = Apprise(asset=asset)
    try:
        added = made.add(url.replace(TO, quote(address, safe="")))
    finally:
        log.removeHandler(heard)
    # A target that it does not understand Apprise leaves out with a warning; what is left may be our own number.
    left_out = TO in url and any(address.lstrip("+") in words for words in heard.words)
    if not added or left_out or len(made.services) != 1:
        return None
    service = cast(NotifyBase, made.services[0])
    service.socket_connect_timeout = service.socket_read_timeout = timeout
    service.overflow_mode = OverflowMode.SPLIT  # a page in two parts is better than one that is refused
    return made
