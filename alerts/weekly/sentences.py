"""Pure: the week in sentences: its headline, what changed, and what to know before believing the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import sqrt

from alerts.languages import Speech
from alerts.weekly import words
from alerts.weekly.figures import DigestData, WeekFigures
from alerts.weekly.normal import ENOUGH, LEAST, ROWS, Range, of_counts, of_shares
from alerts.weekly.standstill import standstill, still_hours
from monitor.wording.platforms import source_name
from monitor.wording.text import one_line

LANGUAGES = 5
"""So many languages are named, the commonest first."""
MOVED = 10
"""A row of a table is no news unless it moved by so many complaints."""
STILL = 6
"""The headline says for how many hours nothing was read in full, from so many on."""
NAMED = 4
"""So many rows are told as news."""


def mentions_range(data: DigestData) -> Range | None:
    """How many mentions are normal in a week."""
    return of_counts([each.mentions for each in data.before])


def share_range(data: DigestData) -> Range | None:
    """Which share of complaints is normal."""
    before = data.before
    return of_shares([e.complaints for e in before], [e.mentions for e in before], data.week.mentions)


def stories_range(data: DigestData) -> Range | None:
    return of_counts([each.stories for each in data.before])


def rows_range(data: DigestData, counts: Sequence[int]) -> Range | None:
    """What is normal for a row of a table, one among several."""
    return of_counts(counts, ROWS) if len(data.before) >= ENOUGH else None


def category_counts(data: DigestData, name: str) -> list[int]:
    """Complaints about it in each week before."""
    return [dict(each.categories).get(name, 0) for each in data.before]


def source_counts(data: DigestData, name: str) -> list[int]:
    """Complaints on it in each week before."""
    return [sum(of.complaints for of in each.sources if of.source == name) for each in data.before]


def is_quiet(data: DigestData) -> bool:
    """Whether nothing needs a leader: nobody was paged, nothing went viral, nothing is out of the normal or
    unknown."""
    week = data.week
    if not week.mentions or week.pages or week.viral or any(not gap.filled for gap in data.gaps):
        return False
    if any(each.broken for each in week.promises) or any(each.late for each in data.open_changes):
        return False
    if any(story.paged_at is not None and story.state == "open" for story in data.stories):
        return False
    mentions, share = mentions_range(data), share_range(data)
    normal = share is None or share.verdict(week.complaints / week.mentions) == "normal"
    return normal and (mentions is None or mentions.verdict(week.mentions) == "normal")


def headline(data: DigestData, speech: Speech) -> str:
    """The week in one sentence."""
    _, n_, week = speech._, speech.n_, data.week
    if not week.mentions:
        return _("No mention of {brand} was found this week.", brand=one_line(data.brand, 40))
    if is_quiet(data):
        return n_(
            "A quiet week: {count} mention, and nothing that needed you.",
            "A quiet week: {count} mentions, and nothing that needed you.",
            week.mentions,
        )
    parts = [words.stories(speech, week)]
    if still_open := sum(story.state == "open" and story.paged_at is not None for story in data.stories):
        parts[0] += ", " + n_("{count} still open", "{count} still open", still_open)
    taken = week.median("to_acknowledge")
    if taken is not None and len(week.minutes("to_acknowledge")) > 1:
        parts.append(_("acknowledged after {time} (median)", time=speech.minutes(taken)))
    elif taken is not None:
        parts.append(_("acknowledged after {time}", time=speech.minutes(taken)))
    elif week.pages:
        parts.append(_("no page was acknowledged"))
    parts.append(_complaints(data, speech))
    if (still := still_hours(standstill(data))) >= STILL:
        every = (data.end - data.start) / timedelta(hours=1)
        parts.append(
            _("{still} of {all} hours were not watched in full", still=round(still), all=round(every))
        )
    said = parts[0]
    for more in parts[1:]:
        said = _("{said}; {more}", said=said, more=more)
    return f"{said[:1].upper()}{said[1:]}."


def _complaints(data: DigestData, speech: Speech) -> str:
    _, week = speech._, data.week
    if week.mentions < LEAST:
        return speech.n_("{count} complaint", "{count} complaints", week.complaints)
    share, normal = week.complaints / week.mentions, share_range(data)
    shown = speech.percent(share)
    if normal is None:
        return _("complaints at {share}", share=shown)
    return {
        "more": _("complaints at {share}, more than normal", share=shown),
        "less": _("complaints at {share}, fewer than normal", share=shown),
        "normal": _("complaints at {share}, as usual", share=shown),
    }[normal.verdict(share)]


def quiet_line(data: DigestData, speech: Speech) -> str:
    """The second line of a quiet week."""
    _, week, normal = speech._, data.week, share_range(data)
    if week.mentions < LEAST:
        complaints = speech.n_("{count} complaint", "{count} complaints", week.complaints)
    elif normal is None:
        complaints = _("complaints at {share}", share=speech.percent(week.complaints / week.mentions))
    else:
        complaints = _(
            "complaints at {share}, as usual ({low} to {high})",
            share=speech.percent(week.complaints / week.mentions),
            low=speech.percent(normal.low),
            high=speech.percent(normal.high),
        )
    said = _("{complaints}; nobody was paged, and every source could be read.", complaints=complaints)
    return f"{said[:1].upper()}{said[1:]}"


def changes(data: DigestData, speech: Speech) -> tuple[str, ...]:
    """What is out of the normal, in whole sentences; while too few weeks were watched, what is new against the week before,
    and what of that can be chance."""
    if not data.before:
        return ()
    return tuple(_beside_normal(data, speech) if len(data.before) >= ENOUGH else _after_one(data, speech))


def _beside_normal(data: DigestData, speech: Speech) -> Iterator[str]:
    _, week = speech._, data.week
    volume, share = mentions_range(data), share_range(data)
    if volume is not None:
        values = {"count": week.mentions, "low": int(volume.low), "high": int(volume.high)}
        yield {
            "more": _("{count} mentions, more than normal ({low} to {high} a week).", **values),
            "less": _("{count} mentions, fewer than normal ({low} to {high} a week).", **values),
            "normal": _("{count} mentions, as many as usual ({low} to {high} a week).", **values),
        }[volume.verdict(week.mentions)]
    if share is not None:
        now = week.complaints / week.mentions
        spans = {name: speech.percent(value) for name, value in (("low", share.low), ("high", share.high))}
        yield {
            "more": _(
                "Complaints were {share} of them, more than normal ({low} to {high}).",
                share=speech.percent(now),
                **spans,
            ),
            "less": _(
                "Complaints were {share} of them, fewer than normal ({low} to {high}).",
                share=speech.percent(now),
                **spans,
            ),
            "normal": _(
                "Complaints were {share} of them, as usual ({low} to {high}).",
                share=speech.percent(now),
                **spans,
            ),
        }[share.verdict(now)]
    yield from [said for _moved, said in sorted(_rows(data, speech), reverse=True)][:NAMED]


def _rows(data: DigestData, speech: Speech) -> Iterator[tuple[float, str]]:
    """What moved among sources and categories, with how much it did."""
    _ = speech._
    for of in data.week.sources:
        where = source_name(of.source)
        if (moved := _moved(data, of.complaints, source_counts(data, of.source))) is not None:
            values = {"where": where, "count": of.complaints, "low": int(moved.low), "high": int(moved.high)}
            if of.complaints > moved.high:
                yield (
                    of.complaints - moved.high,
                    _("{where}: {count} complaints, more than normal ({low} to {high}).", **values),
                )
            else:
                yield (
                    moved.low - of.complaints,
                    _("{where}: {count} complaints, fewer than normal ({low} to {high}).", **values),
                )
    for name, count in data.week.categories:
        if name and (moved := _moved(data, count, category_counts(data, name))) is not None:
            values = {
                "what": words.category(speech, name),
                "count": count,
                "low": int(moved.low),
                "high": int(moved.high),
            }
            if count > moved.high:
                yield (
                    count - moved.high,
                    _("{count} complaints about {what}, more than normal ({low} to {high}).", **values),
                )
            else:
                yield (
                    moved.low - count,
                    _("{count} complaints about {what}, fewer than normal ({low} to {high}).", **values),
                )


def _moved(data: DigestData, count: int, before: Sequence[int]) -> Range | None:
    normal = rows_range(data, before)
    if normal is None or normal.verdict(count) == "normal":
        return None
    return normal if abs(count - sum(before) / len(before)) >= MOVED else None


def _after_one(data: DigestData, speech: Speech) -> Iterator[str]:
    _, now, before = speech._, data.week, data.before[-1]
    yield speech.n_(
        "{count} mention, after {before} the week before.",
        "{count} mentions, after {before} the week before.",
        now.mentions,
        before=before.mentions,
    )
    if min(now.mentions, before.mentions) >= LEAST:
        here, there = now.complaints / now.mentions, before.complaints / before.mentions
        values = {"now": speech.percent(here), "before": speech.percent(there)}
        if not _clearly_differs(now, before):
            yield _(
                "Complaints: {now} of all mentions after {before}; so small a difference can be chance.",
                **values,
            )
        elif here > there:
            yield _(
                "Complaints rose from {before} to {now} of all mentions, by more than chance explains.",
                **values,
            )
        else:
            yield _(
                "Complaints fell from {before} to {now} of all mentions, by more than chance explains.",
                **values,
            )
    yield speech.n_(
        "What is normal can be said after {count} more week.",
        "What is normal can be said after {count} more weeks.",
        ENOUGH - len(data.before),
    )


def _clearly_differs(now: WeekFigures, before: WeekFigures) -> bool:
    """Two-proportion z-test with pooled variance, 5% level."""
    pooled = (now.complaints + before.complaints) / (now.mentions + before.mentions)
    error = sqrt(pooled * (1 - pooled) * (1 / now.mentions + 1 / before.mentions))
    return abs(now.complaints / now.mentions - before.complaints / before.mentions) > 1.96 * error


def notes(data: DigestData, speech: Speech) -> tuple[str, ...]:
    """What to know before believing the figures, in whole sentences."""
    return tuple(_notes(data, speech))


def _notes(data: DigestData, speech: Speech) -> Iterator[str]:
    _, n_, week = speech._, speech.n_, data.week
    if count := sum(number for _name, number in week.unmeasured):
        named = [
            f"{speech.language_name(code)} {speech.number(number)}"
            for code, number in week.unmeasured[:LANGUAGES]
        ]
        others = len(week.unmeasured) - LANGUAGES
        if others > 0:
            named.append(n_("{count} other language", "{count} other languages", others))
        yield n_(
            "{count} mention was in a language that the classifier was not measured on ({languages}): "
            "complaints among them may be missing.",
            "{count} mentions were in a language that the classifier was not measured on ({languages}): "
            "complaints among them may be missing.",
            count,
            languages=speech.listed(named),
        )
    if week.beside:
        yield n_(
            "{count} mention was left out of stories as spam or a namesake’s.",
            "{count} mentions were left out of stories as spam or a namesake’s.",
            week.beside,
        )
    for each in week.sources:
        where = source_name(each.source)
        if each.lost:
            yield _(
                "{where}: {lost} of {due} readings that were due did not fit into the daily budget "
                "(reads_per_day), so what spread there may have been seen late.",
                where=where,
                lost=each.lost,
                due=each.read + each.lost,
            )
        if each.unlooked:
            yield _(
                "{where}: {lost} of {due} looks whether posts are still there did not fit into the daily budget "
                "(reads_per_day), so what its author deleted may be kept longer.",
                where=where,
                lost=each.unlooked,
                due=each.looked + each.unlooked,
            )
    for spent in week.spending:
        if spent.rested:
            yield _(
                "{where}: polling rested for {time} because a day’s budget was used up (posts_per_day, "
                "dollars_per_day); what was written then came the next day.",
                where=source_name(spent.source),
                time=words.hours(speech, spent.rested),
            )
    if data.learnt and speech.language == "en":
        yield from data.learnt
    elif data.learnt:
        yield _("The forecast was fitted anew to your own posts.")
