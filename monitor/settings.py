"""What every adapter's settings are made of.

An adapter module (`sources/x.py`, `alerts/smtp.py`, `classifiers/bundled.py`) holds a `Settings` class built on one
of these and a `build(settings, name)` function; `type = "x"` in the configuration picks the module by its name.
"""

from __future__ import annotations

import base64
import difflib
import ipaddress
import os
import re
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from monitor.model import COUNTERS


def resolve_secret(value: Any, info: ValidationInfo) -> Any:
    """Read a secret from where the configuration says it is; the configuration itself never holds one."""
    if isinstance(value, SecretStr):
        return value
    if isinstance(value, dict) and set(value) == {"env"} and isinstance(value["env"], str):
        found = os.environ.get(value["env"], "").strip()
        if not found:
            # Lower case may be the secret itself, written here by mistake.
            name = value["env"] if re.fullmatch(r"[A-Z][A-Z0-9_]*", value["env"]) else "named here"
            raise ValueError(f"the environment variable {name} is not set; export it before the start")
        return found
    if isinstance(value, dict) and set(value) == {"file"} and isinstance(value["file"], str):
        path = resolve_path(value["file"], info)
        try:
            found = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"the secret's file {path} can't be read ({type(error).__name__})") from None
        if not found:
            raise ValueError(f"the secret's file {path} is empty")
        return found
    raise ValueError(
        'a secret is never written here: use { env = "NAME_OF_A_VARIABLE" } or { file = "PATH_OF_A_FILE" }'
    )


def resolve_path(value: Any, info: ValidationInfo) -> Path:
    """Relative paths are relative to the configuration file's folder (`context["folder"]`), not to the caller's."""
    if not isinstance(value, str | Path) or not str(value).isprintable() or value == "":
        raise ValueError("should be a path")
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        raise ValueError("~ leads to the home of nobody on this machine") from None
    folder = (info.context or {}).get("folder")
    return path if path.is_absolute() or folder is None else Path(folder) / path


def time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        zones = {zone.casefold(): zone for zone in available_timezones()}
        guess = difflib.get_close_matches(value.casefold().replace(" ", "_"), zones, n=1)
        hint = f"did you mean {zones[guess[0]]!r}?" if guess else "write one such as Europe/London"
        raise ValueError(f"{value!r} is not a time zone; {hint}") from None
    return value


def _clock_time(value: Any) -> Any:
    if isinstance(value, time) or (isinstance(value, str) and re.fullmatch(r"[0-9]{2}:[0-9]{2}", value)):
        return value
    raise ValueError('should be a time of day such as "08:00"')


AUTO = "auto"


def _viral_at(value: Any) -> Any:
    if value == AUTO or (isinstance(value, int) and not isinstance(value, bool) and value >= 2):
        return value
    raise ValueError(
        'should be a whole number of at least 2, or "auto" for what is rare among the brand\'s own posts'
    )


ViralAt = Annotated[int | Literal["auto"], BeforeValidator(_viral_at)]
"""The spread V at which a mention counts as viral, or AUTO."""
ClockTime = Annotated[time, BeforeValidator(_clock_time)]
"""A time on the clock of a zone that another key names."""
TimeZone = Annotated[str, AfterValidator(time_zone)]
"""A name that `ZoneInfo` takes."""
Secret = Annotated[SecretStr, BeforeValidator(resolve_secret)]


def _signing(value: SecretStr) -> SecretStr:
    try:
        key = base64.b64decode(value.get_secret_value().removeprefix("whsec_") + "==")
    except ValueError:
        key = b""
    if len(key) < SIGNING_LEAST:
        raise ValueError(
            'should be "whsec_" and at least 24 random bytes in Base64, '
            'such as from `echo "whsec_$(openssl rand -base64 32)"`'
        )
    return value


SIGNING_LEAST = 24
"""Bytes of a secret that signs, as the standard asks (standardwebhooks.com)."""
SigningSecret = Annotated[Secret, AfterValidator(_signing)]
"""The shared secret of signed requests, in and out."""
FilePath = Annotated[Path, BeforeValidator(resolve_path)]


def _one_line(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("should be one line of text")
    return value.strip()


Name = Annotated[str, Field(max_length=80), AfterValidator(_one_line)]
"""Of a person or a rotation."""


def is_loopback(host: str) -> bool:
    """Whether it is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Settings(BaseModel):
    """Base of every table of the configuration: unknown keys are errors, values never change after reading."""

    # hide_input_in_errors: a wrong value may be a secret pasted into the wrong place.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    gone: ClassVar[Mapping[str, str]] = {}
    """Keys of former versions, with what became of them and what to write instead."""


class SourceSettings(Settings):
    """Keys that every source has."""

    type: str
    every: int = Field(60, ge=1, description="seconds between two polls")
    measure: str = Field(
        "reposts+quotes",
        description="the counter that measures going viral: one of likes, replies, reposts, quotes, views, "
        "or a sum such as reposts+quotes",
    )
    viral_at: ViralAt = Field(
        500,
        description='the spread at which a mention counts as viral; "auto": what one in a hundred of the brand\'s own '
        "posts reaches, learnt anew each day, so that a small brand's storm counts too",
    )
    viral_at_least: int = Field(50, ge=2, description='with viral_at = "auto": never lower than this')
    reads_per_day: int = Field(
        2000,
        ge=0,
        description="posts whose counters are read again in a UTC day at most; some platforms bill each",
    )
    posts_per_day: int | None = Field(
        None,
        ge=1,
        description="posts that polling brings in a UTC day at most; what is over waits for the next day; absent: no limit",
    )
    dollars_per_day: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="US dollars that the platform may bill in a UTC day for polling and reading again, where it bills (X); "
        "absent: no limit",
    )
    time_zone: TimeZone | None = Field(
        None,
        description="the zone that most of its readers live in; times in drafts are written in it; absent: [service]'s",
    )

    @field_validator("measure")
    @classmethod
    def _known_counters(cls, value: str) -> str:
        unknown = [part for part in value.split("+") if part.strip() not in COUNTERS]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is not a counter; counters are {', '.join(COUNTERS)}")
        return "+".join(part.strip() for part in value.split("+"))


class ChannelSettings(Settings):
    """Keys that every channel has."""

    type: str
    one_by_one: int = Field(
        6,
        ge=1,
        description="messages to one address in ten minutes that are sent one by one; what comes beyond goes together, one "
        "message a minute, so that a storm of stories can be read",
    )


class ClassifierSettings(Settings):
    """Keys that every classifier has."""

    type: str
