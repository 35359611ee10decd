"""Pure: the six figures of the first screen, each with what is normal or promised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alerts.languages import Speech
from alerts.weekly.answers import kept, times
from alerts.weekly.figures import DigestData, WeekFigures
from alerts.weekly.normal import LEAST, Range
from alerts.weekly.sentences import mentions_range, share_range, stories_range


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure; `notes` say what is normal or promised. `off`: it is not as it should be, or as it was."""

    label: str
    value: str
    notes: tuple[str, ...] = ()
    off: bool = False


def tiles(data: DigestData, speech: Speech) -> tuple[Tile, ...]:
    return (
        _mentions(data, speech),
        _complaints(data, speech),
        _stories(data, speech),
        _acknowledged(data, speech),
        _replied(data, speech),
        _promises(data, speech),
    )


def _mentions(data: DigestData, speech: Speech) -> Tile:
    _, week, normal = speech._, data.week, mentions_range(data)
    notes = (
        (_normal(speech, normal),)
        if normal
        else _before(data, speech, lambda week: speech.number(week.mentions))
    )
    off = normal is not None and normal.verdict(week.mentions) != "normal"
    return Tile(_("Mentions"), speech.number(week.mentions), notes, off)


def _complaints(data: DigestData, speech: Speech) -> Tile:
    _, week, normal = speech._, data.week, share_range(data)
    if week.mentions < LEAST:
        return Tile(
            _("Complaints"), speech.number(week.complaints), (_("of {count} mentions", count=week.mentions),)
        )
    share = week.complaints / week.mentions
    if normal:
        span = _("normal: {low} to {high}", low=speech.percent(normal.low), high=speech.percent(normal.high))
        return Tile(_("Complaints"), speech.percent(share), (span,), normal.verdict(share) == "more")
    notes = _before(
        data,
        speech,
        lambda week: (
            speech.percent(week.complaints / week.mentions)
            if week.mentions >= LEAST
            else speech.number(week.complaints)
        ),
    )
    return Tile(_("Complaints"), speech.percent(share), notes)


def _stories(data: DigestData, speech: Speech) -> Tile:
    week, normal = data.week, stories_range(data)
    viral = (
        speech.n_("{count} went viral", "{count} went viral", week.viral)
        if week.viral
        else speech._("none went viral")
    )
    notes = (
        (_normal(speech, normal),)
        if normal
        else _before(data, speech, lambda week: speech.number(week.stories))
    )
    off = week.viral > 0 or (normal is not None and normal.verdict(week.stories) == "more")
    return Tile(speech._("New stories"), speech.number(week.stories), (*notes, viral), off)


def _acknowledged(data: DigestData, speech: Speech) -> Tile:
    _, found = speech._, times(data, "to_acknowledge")
    if not found.asked:
        return Tile(_("To acknowledge"), "–", (_("nobody was paged"),))
    value = speech.minutes(found.median) if found.median is not None else "–"
    within = _(
        "{count} of {all} within {time}",
        count=found.within or 0,
        all=found.asked,
        time=speech.minutes(data.acknowledge_within),
    )
    off = found.median is None or found.median > data.acknowledge_within
    return Tile(_("To acknowledge"), value, (*_usual(speech, found.normal), within), off)


def _replied(data: DigestData, speech: Speech) -> Tile:
    _, found = speech._, times(data, "to_reply")
    if not found.asked:
        return Tile(_("To reply"), "–", (_("nobody was paged"),))
    value = speech.minutes(found.median) if found.median is not None else "–"
    within = _("{count} of {all} as promised", count=found.within or 0, all=found.asked)
    return Tile(
        _("To reply"), value, (*_usual(speech, found.normal), within), (found.within or 0) * 2 < found.asked
    )


def _promises(data: DigestData, speech: Speech) -> Tile:
    _ = speech._
    done, due = kept([data.week])
    before_done, before_due = kept(data.before)
    notes = (_("before: {count} of {all}", count=before_done, all=before_due),) if before_due else ()
    if not due:
        return Tile(_("Promises kept"), "–", (_("none fell due"), *notes))
    return Tile(_("Promises kept"), _("{count} of {all}", count=done, all=due), notes, done < due)


def _normal(speech: Speech, normal: Range) -> str:
    low, high = int(normal.low), int(normal.high)
    return speech._("normal: {low} to {high}", low=low, high=high)


def _usual(speech: Speech, normal: Range | None) -> tuple[str, ...]:
    if normal is None:
        return ()
    return (
        speech._("normal: {low} to {high}", low=speech.minutes(normal.low), high=speech.minutes(normal.high)),
    )


def _before(data: DigestData, speech: Speech, shown: Callable[[WeekFigures], str]) -> tuple[str, ...]:
    before = data.week_before
    return (speech._("{count} the week before", count=shown(before)),) if before else ()
