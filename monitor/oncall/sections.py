"""The sections of the configuration that say who is on call, as validated models: people, rotations, escalation."""

from __future__ import annotations

import re
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal
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
from monitor.settings import (
    ClockTime,
    Name,
    Settings,
    TimeZone,
    is_loopback,
    resolve_path,
    resolve_secret,
)
from monitor.wording.timetable import Weekday


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
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
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
