"""One question to a language model behind an API like OpenAI's (POST /chat/completions)."""

from __future__ import annotations

import json
import threading
import time
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from alerts.polish.settings import PolishSettings
from monitor.errors import PortError
from monitor.intake.outside import object_at, objects_at, text_at

LARGEST = 1 << 16
"""Bytes of an answer: a reply has less than a tenth of it."""


def ask(settings: PolishSettings, system: str, user: str) -> str:
    """What it says. PortError, in words without the address's secrets, for anything but an answer within `seconds`.

    A library's time-out counts from byte to byte, so a thread of its own asks, which the end of the program does not
    wait for.
    """
    box: SimpleQueue[str | PortError] = SimpleQueue()

    def work() -> None:
        try:
            box.put(_ask(settings, system, user))
        except PortError as error:
            box.put(error)
        except Exception as error:
            box.put(PortError(f"the answer can't be read ({type(error).__name__})"))

    threading.Thread(target=work, name="polish", daemon=True).start()
    try:
        said = box.get(timeout=settings.seconds)
    except Empty:
        raise PortError(f"no answer within {settings.seconds:g} seconds") from None
    if isinstance(said, PortError):
        raise said
    return said


def check(settings: PolishSettings) -> str:
    """One question that proves address, key and model; a line to show. PortError when there is no answer in time."""
    began = time.monotonic()
    ask(settings, "Answer with the JSON that you are given.", '{"status": "ready"}')
    host = urlsplit(settings.url).hostname
    return f"{settings.model} at {host} answered in {time.monotonic() - began:.1f} of {settings.seconds:g} seconds"


def _ask(settings: PolishSettings, system: str, user: str) -> str:
    import requests

    headers = {"Authorization": f"Bearer {settings.key.get_secret_value()}"} if settings.key else {}
    body: dict[str, Any] = {
        "model": settings.model,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
        "temperature": 0.3,
    }
    host = urlsplit(settings.url).hostname
    try:
        with requests.Session() as session:
            session.auth = lambda request: request  # or a ~/.netrc would replace the key
            with session.post(
                f"{settings.url}/chat/completions",
                json=body,
                headers=headers,
                timeout=settings.seconds,
                allow_redirects=False,
                stream=True,
            ) as answer:
                if answer.status_code != 200:
                    raise PortError(f"{host} answers {answer.status_code}")
                raw = answer.raw.read(LARGEST + 1, decode_content=True)
    except requests.RequestException as error:
        raise PortError(f"{host} can't be reached ({type(error).__name__})") from None
    if len(raw) > LARGEST:
        raise PortError(f"{host} sends more than {LARGEST >> 10} KB")
    return _content(json.loads(raw))


def _content(answer: Any) -> str:
    choices = objects_at(answer, "choices") if isinstance(answer, dict) else []
    if not choices:
        raise PortError("the answer has no choices")
    return text_at(object_at(choices[0], "message"), "content")
