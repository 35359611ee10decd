"""The sections of the configuration as validated models. The description of a key is its documentation: problems,
docs/configuration.md and `snapwatch init` show it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from monitor.errors import InputError
from monitor.settings import ClockTime, FilePath, Secret, Settings, TimeZone, resolve_path, resolve_secret
from monitor.timetable import Weekday


def _one_line(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("should be one line of text")
    return value.strip()


Name = Annotated[str, Field(max_length=80), AfterValidator(_one_line)]


class StoreSettings(Settings):
    path: FilePath = Field(
        Path("snapwatch-data/snapwatch.db"),
        validate_default=True,
        description="the SQLite database; made when absent",
    )


class Method(Settings):
    """One way in which a page reaches a person."""

    by: tuple[str, ...] = Field(min_length=1, description="channels of the person's contacts, all at once")
    after_minutes: int = Field(
        0, ge=0, le=1440, description="minutes after the page, if nobody has acknowledged it until then"
    )


class QuietHours(Settings):
    """When a person is not to be woken for something that can wait."""

    start: ClockTime = Field(description='local time at which they begin, such as "22:00"')
    end: ClockTime = Field(description='and end; what was held is sent then, such as "07:00"')
    unless: Literal["warning", "critical"] = Field(
        "critical", description="the least severity that rings all the same"
    )

    @model_validator(mode="after")
    def _ends(self) -> QuietHours:
        if self.start == self.end:
            raise ValueError("quiet hours begin and end at the same time, so nothing would ever be sent")
        return self


class Person(Settings):
    """Somebody who is paged or reads the digest."""

    name: Name = Field(description="as drafts are signed and pages say who has it")
    time_zone: TimeZone = Field("UTC", description="times in this person's pages, such as Europe/London")
    contacts: dict[str, str] = Field(
        default_factory=dict, description='addresses by channel name: { email = "...", sms = "+44..." }'
    )
    pages: dict[Literal["warning", "critical"], tuple[Method, ...]] = Field(
        default_factory=dict,
        description='by severity, the contacts that a page rings, in order: { critical = [{ by = ["sms"] }, '
        '{ by = ["call"], after_minutes = 3 }] }; absent: all contacts at once',
    )
    quiet: QuietHours | None = Field(
        None,
        description='when pages wait: { start = "22:00", end = "07:00" }, in the person\'s own time zone',
    )

    @field_validator("pages")
    @classmethod
    def _once(cls, pages: dict[str, tuple[Method, ...]]) -> dict[str, tuple[Method, ...]]:
        for severity, methods in pages.items():
            named = [channel for method in methods for channel in method.by]
            if twice := next((each for each in named if named.count(each) > 1), None):
                raise ValueError(f"{severity} names {twice!r} twice; a page goes out once by each channel")
        return pages


def _calendar(value: Any, info: ValidationInfo) -> Path | SecretStr:
    """A file's path, or the secret address of a calendar: whoever has such an address can read it."""
    if isinstance(value, str) and "://" not in value:
        return resolve_path(value, info)
    if isinstance(value, str):
        raise ValueError(
            "whoever has a calendar's address can read it: write { env = ... } or { file = ... }"
        )
    address = resolve_secret(value, info)
    parts = urlsplit(address)
    if not address.isprintable() or not parts.hostname:
        raise ValueError("the secret should be an address such as https://calendar.example.com/rota.ics")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ValueError("the calendar's address should start with https://")
    return SecretStr(address)


def _holiday(value: str) -> str:
    """A date, or the code of a country or a part of it as `holidays` knows them."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is not a date") from None
        return value
    from monitor.oncall.days_off import public_holidays

    try:
        public_holidays(value, 2026)
    except InputError as error:
        raise ValueError(str(error)) from None
    return value


class LayerSettings(Settings):
    """Some of the hours of a rotation: people who take turns, or a calendar that says who has them."""

    people: tuple[Name, ...] = Field((), description="names of people, in the order of their turns")
    turn: str = Field(
        "1 week",
        pattern=r"^[1-9][0-9]{0,2} (hour|day|week)s?$",
        description='how long a turn lasts: "1 day", "1 week", "2 weeks", "12 hours"',
    )
    starts: date = Field(date(2026, 1, 5), description="the day on which a turn of the first person begins")
    hand_over: ClockTime = Field(time(9), description="local time at which turns begin and end")
    days: tuple[Weekday, ...] = Field((), description="only on these days of the week; absent: every day")
    hours: tuple[ClockTime, ClockTime] | None = Field(
        None, description='only from one local time to another, such as ["09:00", "17:00"]; absent: all day'
    )
    holidays: tuple[Annotated[str, AfterValidator(_holiday)], ...] = Field(
        (),
        description='not on these days: dates such as "2026-12-24", or the public holidays of a country or a part of it, '
        'such as "GB-ENG"',
    )
    calendar: Annotated[Path | SecretStr, BeforeValidator(_calendar)] | None = Field(
        None,
        description="in place of people: the path of an iCalendar file whose events say who is on call, or where its "
        'https address stands, which is a secret: { env = "SNAPWATCH_ROTA" }',
    )
    time_zone: TimeZone | None = Field(None, description="the zone of these times; absent: the rotation's")

    @model_validator(mode="after")
    def _either(self) -> LayerSettings:
        if bool(self.people) == bool(self.calendar):
            raise ValueError("give either people or a calendar")
        if self.hours and self.hours[0] == self.hours[1]:
            raise ValueError("hours begin and end at the same time; leave them out for all day")
        return self


class RotationSettings(Settings):
    """Who is on call when. Of its layers, the first that has somebody at a moment says who it is."""

    name: Name = Field(description="how escalation steps name it, such as front-line")
    time_zone: TimeZone = Field("UTC", description="the zone of its times, such as Europe/London")
    layers: tuple[LayerSettings, ...] = Field(
        min_length=1, description="the first one that has somebody at a moment counts"
    )


class StepSettings(Settings):
    """One step of the escalation."""

    page: tuple[Name, ...] = Field(min_length=1, description="people and rotations, all at once")
    by: tuple[str, ...] = Field(
        (), description="channels, in place of what each person's `pages` say, such as a call"
    )
    wait_minutes: int | None = Field(
        None,
        ge=1,
        le=1440,
        description="minutes without acknowledgement until the next step; absent: escalate_after_minutes",
    )


class OncallSettings(Settings):
    order: tuple[Name, ...] = Field(
        (), description="names of people and rotations, first to be paged first: each is one escalation step"
    )
    steps: tuple[StepSettings, ...] = Field(
        (), description="in place of order: escalation steps that say more, one [[oncall.steps]] each"
    )
    fallback: Name | None = Field(
        None,
        description="who is paged when a rotation has nobody, and once more when nobody has acknowledged at the end; "
        "absent: the first person of the first step, and nobody more at the end",
    )
    escalate_after_minutes: int = Field(
        10, ge=1, le=1440, description="minutes without acknowledgement until the next step"
    )
    repeat: int = Field(2, ge=1, le=10, description="how many times to go through the steps")
    resolve_after_hours: int = Field(
        24,
        ge=1,
        le=720,
        description="hours without a new post or a growing one after which a story that somebody has is over by itself",
    )
    test_day: Weekday | None = Field(
        None,
        description="the day of the week on which everybody who can be paged gets a test page and has to acknowledge it; "
        "absent: none",
    )
    test_time: ClockTime = Field(time(10), description="local time of that test page")
    shifts: tuple[ClockTime, ...] = Field(
        (time(8),),
        min_length=1,
        description="local times at which a shift begins; whoever is on call then gets the morning brief of what the cap "
        "held back in the shift before",
    )
    time_zone: TimeZone = Field("UTC", description="the zone of those times, such as Europe/London")

    @model_validator(mode="after")
    def _either(self) -> OncallSettings:
        if bool(self.order) == bool(self.steps):
            raise ValueError("give either order or steps: who is paged, first to be paged first")
        return self


class WatchSettings(Settings):
    """Watching the watcher: who hears that something is wrong with snapwatch itself, and when that is."""

    heartbeat: Secret | None = Field(
        None,
        description="an https address of an outside watcher (healthchecks.io and the like), called every minute while "
        "all is well; it raises the alarm when the calls end",
    )
    tell: tuple[Name, ...] = Field(
        (), description="names of people who get alarms of the watch itself; absent: whoever is on call"
    )
    failing_minutes: int = Field(
        30, ge=1, description="minutes that a source or a channel may fail before that is an alarm"
    )
    late_minutes: int = Field(
        10, ge=1, description="minutes that mentions or pages may wait before that is an alarm"
    )
    free_gigabytes: float = Field(
        1, ge=0, description="free space on the database's disk below which that is an alarm"
    )

    @field_validator("heartbeat")
    @classmethod
    def _over_https(cls, value: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(value.get_secret_value()) if value else None
        if parts and not (
            parts.hostname
            and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname)))
        ):
            raise ValueError("the secret should be an https address of the outside watcher")
        return value


class RulesSettings(Settings):
    """When a story pages, and how severe it is."""

    gone: ClassVar[Mapping[str, str]] = {
        "burst_window_minutes": "is no setting any more: bursts are found in 15 minutes, an hour and 4 hours at "
        "once, against what is normal at that time of the week; remove this line",
    }

    complaint_at: float = Field(
        0.5, ge=0, le=1, description="complaint probability from which a mention counts"
    )
    relevant_at: float = Field(
        0.1,
        ge=0,
        le=1,
        description="probability of being about the brand, not spam or a namesake, below which a mention does not count; "
        "low, because a missed complaint is worse than a spam post",
    )
    page_at: float = Field(
        0.35,
        ge=0,
        le=1,
        description="harm a page can avert that pages: the probability of going viral, times the share of the spread still "
        "to come, times the weight of the complaint; lower: earlier pages, and more of them for nothing",
    )
    critical_at: float = Field(0.5, ge=0, description="such harm from which a page is critical")
    urgent: tuple[str, ...] = Field(
        ("safety", "legal", "privacy"),
        description="categories in which people come to harm, or the law has a deadline: they page at once, without "
        "waiting for the spread, as critical, and nothing holds them",
    )
    weights: dict[str, Annotated[float, Field(ge=0, le=10)]] = Field(
        default_factory=dict,
        description="how much a category counts, where an ordinary one counts 1, such as { service = 1.5, delivery = 0.8 }",
    )
    burst_authors: int = Field(
        4,
        ge=4,
        description="so many different people who complain of one issue, faster than is normal, page too",
    )
    pages_per_shift: int = Field(
        6,
        ge=1,
        description="so many stories page in a shift at most, and as many critical ones beside; the others are in the "
        "morning brief",
    )
    urgent_pages_per_shift: int = Field(
        4,
        ge=1,
        description="so many urgent stories page one by one in a shift; the further ones stand together in one page, which "
        "is sent again as more come",
    )
    update_minutes: int = Field(30, ge=1, description="least minutes between two updates of one story")


class DigestSettings(Settings):
    weekday: Weekday = Field(
        "monday", description="the day on which the digest of the last full week, Monday to Sunday, is sent"
    )
    time: ClockTime = Field(time(8), description='local time of day, such as "08:00"')
    time_zone: TimeZone = Field("UTC", description="the zone of that time, such as Europe/London")
    to: tuple[Name, ...] = Field((), description="names of people; nobody: no digest is sent")


class WebSettings(Settings):
    """The acknowledge page and /healthz."""

    listen: str = Field("127.0.0.1:8080", description="host and port to listen on")
    public_url: str | None = Field(
        None,
        description="where people reach the acknowledge page: an https:// address of a proxy in front of it",
    )

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, port = _split_listen(value)
        if not host or not 0 < port < 65536:
            raise ValueError('should be a host and a port, such as "127.0.0.1:8080"')
        return value

    @field_validator("public_url")
    @classmethod
    def _https(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if not parts.hostname or parts.query or parts.fragment or parts.username or not value.isprintable():
            raise ValueError('should be an address such as "https://snapwatch.example.com"')
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
            raise ValueError("should start with https://, because acknowledge links travel over it")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _guarded(self) -> WebSettings:
        if not _is_loopback(self.host) and self.public_url is None:
            raise ValueError(
                "listen is open to the network, but there are no accounts yet: listen on 127.0.0.1, "
                "or set public_url to the https address of the proxy that guards it"
            )
        return self

    @property
    def host(self) -> str:
        return _split_listen(self.listen)[0]

    @property
    def port(self) -> int:
        return _split_listen(self.listen)[1]


def _split_listen(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    return host.strip("[]"), int(port) if re.fullmatch(r"[0-9]{1,5}", port) else 0


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class RetentionSettings(Settings):
    days: int = Field(365, ge=1, description="mentions older than this are erased")


class PrivacySettings(Settings):
    """What is taken out of texts before they leave by SMS or chat."""

    patterns: tuple[str, ...] = Field(
        (),
        description="regular expressions of your own order, booking or customer numbers, such as 'KST-[0-9]{5}'; phone "
        "numbers, e-mail addresses, cards and what looks like an order number are known",
    )

    @field_validator("patterns")
    @classmethod
    def _usable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from monitor.masking import MASKS

        for each in value:
            try:
                pattern = re.compile(each)
            except re.error as error:
                raise ValueError(f"{each!r} is not a regular expression: {error}") from None
            if any(pattern.search(text) for text in ("", *MASKS)):
                raise ValueError(f"{each!r} matches ordinary words, or nothing at all; make it narrower")
        return value


class LogSettings(Settings):
    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="the least that is logged"
    )
    format: Literal["console", "json"] = Field("console", description="console for people, json for machines")
