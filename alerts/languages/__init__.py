"""Pure: the languages of the weekly digest. The messages are written in English where they are used; their translations
stand in the .po files of this folder, which are read as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from alerts.templating import templates
from monitor.wording.languages import Language
from monitor.wording.platforms import source_name
from monitor.wording.text import clean, one_line

__all__ = ["FOLDER", "LANGUAGES", "Language", "Speech", "speaking"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
FOLDER = Path(__file__).parent

_LOCALES: dict[Language, str] = {"en": "en_GB", "de": "de", "fr": "fr", "es": "es"}
_AT: Mapping[Language, str] = {
    "en": "EEE d\xa0MMM, HH:mm",
    "de": "EEE, d.\xa0MMM, HH:mm\xa0'Uhr'",
    "fr": "EEE d\xa0MMM, HH:mm",
    "es": "EEE d\xa0MMM, HH:mm",
}
_DAY: Mapping[Language, str] = {"en": "EEE d", "de": "EEE, d.", "fr": "EEE d", "es": "EEE d"}
_NUMBER: Mapping[Language, str] = {"en": "d", "de": "d.", "fr": "d", "es": "d"}
_SHORT: Mapping[Language, str] = {"en": "d MMM", "de": "d. MMM", "fr": "d MMM", "es": "d MMM"}
_DATE: Mapping[Language, str] = {
    "en": "d\xa0MMMM",
    "de": "d.\xa0MMMM",
    "fr": "d\xa0MMMM",
    "es": "d\xa0'de' MMMM",
}
_FULL: Mapping[Language, str] = {
    "en": "d\xa0MMMM y",
    "de": "d.\xa0MMMM y",
    "fr": "d\xa0MMMM y",
    "es": "d\xa0'de' MMMM 'de' y",
}
_TOGETHER = "\xa0\u202f"
"""Spaces at which no line breaks."""
_QUOTED = {"en": "“{}”", "de": "„{}“", "fr": "«\u202f{}\u202f»", "es": "«{}»"}


@cache
def _catalog(language: Language) -> NullTranslations:
    if language == "en":
        return NullTranslations()
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=_LOCALES[language], charset="utf-8", abort_invalid=True)
    machine = BytesIO()
    write_mo(machine, catalog)
    machine.seek(0)
    return GNUTranslations(machine)


@dataclass(frozen=True, slots=True)
class Speech:
    """How one edition speaks: its words, numbers and times, those of `time_zone`.

    A message has its values in braces, by name: `_("{count} of {all}", count=3, all=1200)`. Whole numbers are written as
    the language writes them; other values stand as they are, and braces in them mean nothing.
    """

    language: Language = "en"
    time_zone: str = "UTC"

    def _(self, message: str, **values: object) -> str:
        """The message in this language."""
        return self._filled(_catalog(self.language).gettext(message), values)

    def n_(self, one: str, many: str, count: int, **values: object) -> str:
        """The form that goes with `count`, which stands in both as {count}."""
        return self._filled(_catalog(self.language).ngettext(one, many, count), {"count": count, **values})

    def _filled(self, message: str, values: dict[str, object]) -> str:
        shown = {name: self.number(value) if type(value) is int else value for name, value in values.items()}
        return message.format(**shown)

    def number(self, value: float, digits: int = 0) -> str:
        """ "1,200", "1.200", in Spanish "1200" and "12.000"; with so many digits after the point."""
        pattern = self._whole(value) + (f".{'0' * digits}" if digits else "")
        return format_decimal(value, pattern, locale=_LOCALES[self.language])

    def percent(self, value: float, digits: int = 0) -> str:
        """Of a share 0..1: "14%"."""
        pattern = None if not digits else "#,##0.0%" if self.language == "en" else "#,##0.0\xa0%"
        return format_percent(value, pattern, locale=_LOCALES[self.language])

    def share(self, part: float, whole: float) -> str:
        """A percentage, a dash where there is nothing to have a share of."""
        return self.percent(part / whole) if whole else "–"

    def dollars(self, amount: float) -> str:
        """US dollars, a dash for none."""
        pattern = "$#,##0.00" if self.language == "en" else f"{self._whole(amount)}.00\xa0$"
        return format_decimal(amount, pattern, locale=_LOCALES[self.language]) if amount else "–"

    def _whole(self, value: float) -> str:
        """Spanish parts thousands only from five digits on."""
        return "0" if self.language == "es" and abs(value) < 10_000 else "#,##0"

    def minutes(self, value: float) -> str:
        """A stretch of time: "7 min", "2 h 5 min", "3 days"."""
        whole = round(value)
        if whole < 1:
            return self._("under a minute")
        if whole < 120:
            return f"{whole}\xa0min"
        if whole < 48 * 60:
            return f"{whole // 60}\xa0h {whole % 60}\xa0min" if whole % 60 else f"{whole // 60}\xa0h"
        return self.n_("{count} day", "{count} days", round(whole / 1440))

    def between(self, one: datetime, other: datetime) -> str:
        """How far apart they are, whichever is first."""
        return self.minutes(abs(other - one) / timedelta(minutes=1))

    def at(self, moment: datetime) -> str:
        """ "Wed 18 Nov, 09:05" """
        return self._written(self._local(moment), _AT)

    def clock(self, moment: datetime) -> str:
        """ "09:05", "09:05 Uhr" """
        return f"{self._local(moment):%H:%M}" + ("\xa0Uhr" if self.language == "de" else "")

    def day(self, day: date) -> str:
        """ "Wed 18" """
        return self._written(day, _DAY)

    def short_day(self, day: date) -> str:
        """ "18 Nov" """
        return self._written(day, _SHORT)

    def named_day(self, day: date) -> str:
        """ "18 November" """
        return self._written(day, _DATE)

    def period(self, first: date, last: date) -> str:
        """Both days and all between: "16–22 November 2026", "26 October – 1 November 2026"."""
        end = self._written(last, _FULL)
        if (first.year, first.month) == (last.year, last.month):
            return f"{self._written(first, _NUMBER)}–{end}"
        return f"{self._written(first, _FULL if first.year != last.year else _DATE)} – {end}"

    def stretch(self, start: datetime, end: datetime) -> str:
        """From one moment to another; the day stands once where it is one."""
        same = self._local(start).date() == self._local(end).date()
        return self._("{start} to {end}", start=self.at(start), end=self.clock(end) if same else self.at(end))

    def listed(self, names: Sequence[str]) -> str:
        """ "X, Reddit and Bluesky" """
        return format_list(list(names), locale=_LOCALES[self.language]) if names else ""

    def platforms(self, sources: Sequence[str]) -> str:
        """Sources by what people call their platforms."""
        return self.listed([source_name(each) for each in sources])

    def language_name(self, code: str) -> str:
        """Of an ISO 639 code: "Dutch", "Niederländisch"; "" is an unknown one."""
        if not code:
            return self._("an unknown language")
        try:
            return Locale.parse(code).get_language_name(_LOCALES[self.language]) or code
        except (UnknownLocaleError, ValueError):
            return one_line(code, 20)

    def quoted(self, text: str, longest: int = 240) -> str:
        """What somebody wrote, on one line, in this language's quotation marks."""
        return _QUOTED[self.language].format(one_line(text, longest))

    def _written(self, day: date, forms: Mapping[Language, str]) -> str:
        form = forms[self.language]
        if self.language == "fr" and day.day == 1:
            form = form.replace("d", "d'er'", 1)  # le 1er novembre
        return format_datetime(day, form, locale=_LOCALES[self.language])

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.time_zone))


def sentence(text: str) -> str:
    """What somebody wrote, with a full stop where it ends without one."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _spoken(value: Any) -> Any:
    """Safe as all templates make it, but numbers keep to their units, and French colons to their words."""
    if type(value) is not str:
        return value
    return "".join(part if part in _TOGETHER else clean(part) for part in re.split(f"([{_TOGETHER}])", value))


@cache
def speaking(speech: Speech) -> Any:
    """The templates, with the language in them: `_` and `n_` for messages, `speech` for all else; `|number` writes numbers
    as the language does."""
    environment: Any = templates(
        number=speech.number,
        minutes=speech.minutes,
        dollars=speech.dollars,
        share=speech.share,
        source=source_name,
        sentence=sentence,
    ).overlay(finalize=_spoken)
    environment.globals.update(_=speech._, n_=speech.n_, speech=speech)
    return environment
