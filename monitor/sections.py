"""The sections of the configuration as validated models. The description of a key is its documentation: problems,
docs/configuration.md and `snapwatch init` show it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import (
    Field,
    SecretStr,
    field_validator,
)

from monitor.notice import Edition
from monitor.settings import (
    ClockTime,
    FilePath,
    Name,
    Secret,
    Settings,
    TimeZone,
    is_loopback,
)
from monitor.wording.languages import Language
from monitor.wording.timetable import Weekday


class StoreSettings(Settings):
    path: FilePath = Field(
        Path("snapwatch-data/snapwatch.db"),
        validate_default=True,
        description="the SQLite database; made when absent",
    )


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
            and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)))
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


class DigestGroup(Settings):
    """Who gets an edition of the weekly digest, when, and in which language."""

    name: Name = Field(description="how `snapwatch digest --group` calls it")
    edition: Edition = Field(
        "leadership",
        description="leadership: figures, stories, what to change; front-line: what customers were told, and what to say",
    )
    to: tuple[Name, ...] = Field(min_length=1, description="names of people")
    weekday: Weekday = Field("monday", description="the day on which the last full week is sent")
    time: ClockTime = Field(time(8), description='local time of day, such as "08:00"')
    time_zone: TimeZone = Field("UTC", description="the zone of that time, and of the times in it")
    language: Language = Field("en", description="what it is written in: en, de, fr or es")

    @property
    def job(self) -> str:
        """Of the job that sends it."""
        return f"digest {self.name}".rstrip()


class DigestSettings(Settings):
    weekday: Weekday = Field(
        "monday", description="the day on which the digest of the last full week, Monday to Sunday, is sent"
    )
    time: ClockTime = Field(time(8), description='local time of day, such as "08:00"')
    time_zone: TimeZone = Field("UTC", description="the zone of that time, such as Europe/London")
    language: Language = Field("en", description="what it is written in: en, de, fr or es")
    to: tuple[Name, ...] = Field(
        (),
        description="names of people who get the edition for leadership; nobody: none is sent by these keys",
    )
    staff: tuple[Name, ...] = Field(
        (),
        description="colleagues' names, by which customers may praise them, beside those of [[people]]: the front-line "
        "edition says who was named",
    )
    groups: tuple[DigestGroup, ...] = Field(
        (), description="further readers, one [[digest.groups]] each, with a time and a language of their own"
    )

    @field_validator("groups")
    @classmethod
    def _told_apart(cls, value: tuple[DigestGroup, ...]) -> tuple[DigestGroup, ...]:
        names = [group.name for group in value]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two groups are called {twice!r}; give each a name of its own")
        return value

    @property
    def first(self) -> DigestGroup:
        """Leadership, as the keys beside `groups` describe it. It has no name: what was queued before there were groups is
        for it."""
        return DigestGroup.model_construct(
            name="",
            edition="leadership",
            to=self.to,
            weekday=self.weekday,
            time=self.time,
            time_zone=self.time_zone,
            language=self.language,
        )

    @property
    def sent(self) -> tuple[DigestGroup, ...]:
        """Every group that somebody is in."""
        return tuple(group for group in (self.first, *self.groups) if group.to)

    def group(self, name: str) -> DigestGroup | None:
        """The group of that name; "" is the first."""
        return next((group for group in (self.first, *self.groups) if group.name == name), None)


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
        from monitor.wording.masking import MASKS

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
