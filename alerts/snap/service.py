"""Pure: what a draft may promise, and where customers reach the team privately."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from alerts.snap.flaws import flaw
from monitor.settings import ClockTime, FilePath, Settings, TimeZone
from monitor.wording.timetable import WEEKDAYS, Weekday, after_open_hours

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER = timedelta(minutes=15)


class Service(Settings):
    """What a draft may promise: where customers reach us privately, and when they hear from us next."""

    contact: str = Field(
        "direct message",
        min_length=1,
        max_length=200,
        description='where to go on privately: "direct message", an https address, or a mail address',
    )
    next_report_hours: float = Field(2, gt=0, le=72, description="we report back within so many open hours")
    sla: dict[str, Annotated[float, Field(gt=0, le=2000)]] = Field(
        default_factory=dict,
        description="what else we promise, in open hours, such as { refund = 40 }; a playbook that names it says by when",
    )
    opens: ClockTime = Field(time(9), description="local time at which the team starts")
    closes: ClockTime = Field(
        time(18), description="no later than `opens`: on the next day; equal: around the clock"
    )
    days: tuple[Weekday, ...] = Field(WEEKDAYS[:5], min_length=1, description="on which the team works")
    time_zone: TimeZone = Field("UTC", description="the zone of these times, such as Europe/London")

    @field_validator("contact")
    @classmethod
    def _fit_to_print(cls, value: str) -> str:
        if words := flaw(value):
            raise ValueError(f"{words}; customers would read it in every draft")
        return value

    def report_at(self, now: datetime) -> datetime:
        """When the customer hears from us at the latest, rounded up to a quarter of an hour."""
        return self._after(now, self.next_report_hours)

    def promised_at(self, promise: str, now: datetime) -> datetime | None:
        """When what `sla` promises by that name is kept at the latest; None where it promises nothing of the kind."""
        hours = self.sla.get(promise)
        return None if hours is None else self._after(now, hours)

    def report_by(self, now: datetime, zone: str | None = None) -> str:
        """`report_at` in words."""
        return self.in_words(self.report_at(now), now, zone)

    def in_words(self, moment: datetime, now: datetime, zone: str | None = None, language: str = "en") -> str:
        """ "3:30 pm GMT on Tuesday", in the customer's zone where it is known, else in the team's.

        The day is named, never "today": a draft may be approved after midnight. In a language for which there are no
        words: "2026-11-24 15:30 GMT".
        """
        local = moment.astimezone(ZoneInfo(zone or self.time_zone))
        name = local.tzname() or ""
        name = name if name.isalpha() else f"UTC{name}"
        if language != "en":
            return f"{local:%Y-%m-%d %H:%M} {name}"
        day = f"{local:%A}" if moment - now < timedelta(days=6) else f"{local:%A} {local.day} {local:%B}"
        return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'} {name} on {day}"

    def _after(self, now: datetime, hours: float) -> datetime:
        due = after_open_hours(now, hours, self.opens, self.closes, self.days, ZoneInfo(self.time_zone))
        past_the_quarter = (due - _EPOCH) % _QUARTER
        return due + (_QUARTER - past_the_quarter) if past_the_quarter else due

    def privately(self) -> str:
        """How to reach the team, as it stands in a sentence."""
        return privately(self.contact)


def privately(contact: str) -> str:
    """How to reach us, as it stands in a sentence: "by direct message", "at https://..."."""
    if contact.startswith(("https://", "http://")):
        return f"at {contact}"
    return f"by e-mail to {contact}" if "@" in contact else f"by {contact}"


class DraftsSettings(Settings):
    """Where playbooks come from beside the shipped ones and [[playbooks]]."""

    folder: FilePath | None = Field(
        None,
        description="a folder of your own playbooks, a file NAME.toml each, as the shipped ones are written",
    )
