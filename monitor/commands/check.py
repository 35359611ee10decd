"""`snapwatch check`: tries everything that the configuration names, and tells in one line each what works.

Every check runs, whatever the others say, each in its own thread; so one dead server hides nothing and costs no more
than its own time-out.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TextIO

from alerts import polish
from alerts.messages import render
from classifiers.bundled import Settings as Bundled
from classifiers.categories import OTHER, confusable, merged
from monitor import blind, thresholds
from monitor.assess import SET_ASIDE
from monitor.build import build_channel, build_classifier, build_posters, build_source
from monitor.config import Config, load
from monitor.errors import ConfigError, SnapwatchError
from monitor.learning.learnt import Learner, learner_in, use_active
from monitor.notice import Notice, Short
from monitor.oncall.sections import Person
from monitor.ports import Texts
from monitor.refit.own import in_use
from monitor.rota import check as check_rota
from monitor.rota import roster
from monitor.store import Store, Tables, peek
from monitor.web.enter import access
from monitor.wording.masking import masker

PATIENCE = 120.0
"""Seconds that a check may take: some need several calls, each with a time-out of its own."""

LEAST_FREE = 1 << 30
"""Free bytes below which the disk counts as full: half a year of a busy brand, and room for a backup."""

SAMPLE = "My parcel is lost, nobody answers, and I want my money back."


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing to try: a line to show, or an error whose text says what to do."""

    item: str
    attempt: Callable[[], str]


def check(path: Path, *, send: bool, out: TextIO, patience: float = PATIENCE) -> int:
    """Try the configuration and all that it names; with `send`, send a test page to everybody on call.

    Writes one line an item. Status 0 when all is well, 1 when something failed, 2 when the configuration is wrong.
    """
    try:
        config = load(path)
    except ConfigError as error:
        for problem in error.problems:
            _tell(out, False, "config", problem)
        return 2
    _tell(out, True, "config", f"{path} is right; people talk of {config.brand.name}")
    works = _run(_probes(config), out, patience)
    if send:
        works &= _run(_test_pages(config, datetime.now(UTC)), out, patience)
    return 0 if works else 1


def _probes(config: Config) -> list[Probe]:
    return [
        *(Probe(f"sources.{name}", partial(_source, config, name)) for name in config.sources),
        *(Probe(f"replies.{name}", poster.check) for name, poster in build_posters(config).items()),
        Probe("classifier", partial(_classifier, config)),
        Probe("forecast", partial(_forecast, config)),
        *([Probe("polish", partial(polish.check, config.polish))] if config.polish else []),
        Probe("store", partial(_store, config.store.path)),
        *(Probe(f"channels.{name}", partial(_channel, config, name)) for name in config.channels),
        Probe("oncall", partial(check_rota.on_call, config, datetime.now(UTC))),
        Probe("rules", partial(_rules, config)),
        Probe("brief", partial(_brief, config)),
        Probe("digest", partial(_digest, config)),
        Probe("watch", partial(_watch, config)),
        Probe("access", partial(access.told, config)),
    ]


def _source(config: Config, name: str) -> str:
    says = build_source(config, name).check()
    with peek(config.store.path) as tables:
        told = [says, thresholds.in_words(config, tables, name)]
        if tables:
            now = datetime.now(UTC)
            told += [*_taken(tables, config, name, now), *_holes(tables, config, name, now)]
        return "; ".join(told)


def _taken(tables: Tables, config: Config, name: str, now: datetime) -> Iterator[str]:
    """What the source took today, and of how much."""
    limits, bill, spent = (
        config.sources[name],
        tables.sources.billed(name, now),
        tables.sources.spent(name, now),
    )
    posts = f" of {limits.posts_per_day:,}" if limits.posts_per_day else ""
    dollars = f" of ${limits.dollars_per_day:,.2f}" if limits.dollars_per_day else ""
    if bill.posts or posts:
        yield f"polled today: {bill.posts:,}{posts} posts"
    if bill.dollars or dollars:
        yield f"billed today: ${bill.dollars:,.2f}{dollars}"
    if spent.posts + spent.lost:
        yield f"read again today: {spent.posts:,} of {limits.reads_per_day:,} posts"
    if spent.lost:
        yield f"{spent.lost:,} more were due, over the budget"
    looked = tables.looks.on_day(name, now)
    if looked.posts + looked.lost:
        lost = f", {looked.lost:,} looks over the budget" if looked.lost else ""
        yield f"looked up today: {looked.posts:,} posts, {looked.gone:,} of them gone{lost}"


def _holes(tables: Tables, config: Config, name: str, now: datetime) -> Iterator[str]:
    """What was missed of late, and whether somebody still tries to read it."""
    missed = [
        each
        for each in tables.sources.gaps(now - blind.FILL_BACK, now)
        if each.source.partition(" ")[0] == name
    ]
    tried = [each for each in missed if not blind.is_lost(each, config.sources, now)]
    for fate, holes in (
        ("missed and tried again", tried),
        ("lost", [each for each in missed if each not in tried]),
    ):
        if holes:
            last, at = holes[-1], blind.clock(UTC, now)
            stretch = f"{at(last.interval.start)}–{at(last.interval.end)} UTC"
            lane = last.source.partition(" ")[2]
            why = ", ".join(filter(None, [lane, stretch, last.interval.note]))
            yield f"{fate}, in seven days: {len(holes):,}, the last one {why}"


def _classifier(config: Config) -> str:
    classifier = build_classifier(config)
    problem = use_active(classifier, config.store.path)
    if problem:
        raise SnapwatchError(problem)
    (found,) = classifier.classify([SAMPLE])
    says = f"{classifier.version} gives a plain complaint {found.complaint:.2f}"
    learner = learner_in(classifier)
    return "; ".join([says, *_categories(learner, config)]) if learner else says


def _categories(learner: Learner, config: Config) -> Iterator[str]:
    """Which ones are told apart, and what a person may want to know of them."""
    yield f"tells apart {', '.join(learner.categories)}"
    for a, b in confusable(*learner.examples):
        yield f"{a} and {b} are hardly told apart: give clearer examples, or make them one"
    answered = {name for book in config.books for name in book.answers if name == book.name or not book.words}
    if general := [name for name in learner.categories if name not in {*answered, OTHER}]:
        yield f"the general playbook answers {', '.join(general)}: add [[playbooks]]"


def _forecast(config: Config) -> str:
    """Which forecast answers: the shipped one, or one that was fitted to the brand's own posts."""
    with peek(config.store.path) as tables:
        found = in_use(tables) if tables else None
    if found is None or (found.version is None and not found.problem):
        return "the shipped one answers; one of your own is fitted each week, once there are posts enough"
    if found.version is None:
        raise SnapwatchError(found.problem)
    return f"version {found.version.number} answers for {', '.join(found.models)}; the shipped one for other sources"


def _store(path: Path) -> str:
    """A database that is not there yet is not made: it would belong to whoever checks, not to the daemon."""
    folder = next(parent for parent in path.parents if parent.exists())
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        raise SnapwatchError(f"only {free / 1e9:.1f} GB are free on the disk of {folder}; free some space")
    room = f"{free / 1e9:.0f} GB free"
    if not path.exists():
        if not os.access(folder, os.W_OK | os.X_OK):
            raise SnapwatchError(f"{path} can't be made: {folder} belongs to somebody else")
        return f"{path} will be made at the first start; {room}"
    store = Store(path)
    try:
        store.write(lambda _tables: None)
        if not path.with_name(f"{path.name}-wal").exists():
            raise SnapwatchError(
                f"{path} has no write-ahead log; put it on a local disk, not on a network share"
            )
    finally:
        store.close()
    return f"{path} can be written; {room}; {_set_aside(path)}"


def _set_aside(path: Path) -> str:
    """What could not be assessed or decided, and is tried again: an alert may be missing because of it."""
    with peek(path) as tables:
        jobs = [job for job in tables.jobs.all() if job.name.startswith(SET_ASIDE)] if tables else []
    if not jobs:
        return "nothing waits to be tried again"
    mentions, decisions = (sum(job.name.startswith(kind) for job in jobs) for kind in SET_ASIDE)
    raise SnapwatchError(
        f"{mentions:,} mention{'' if mentions == 1 else 's'} and {decisions:,} decision{'' if decisions == 1 else 's'} "
        f"failed and are tried again: {jobs[0].error}"
    )


def _channel(config: Config, name: str) -> str:
    return build_channel(config, name).check()


def _rules(config: Config) -> str:
    """How many pages to expect at most, and that the categories named exist: a misspelt one would never page."""
    rules = config.rules
    known = set(merged(config.classifier.categories)) if isinstance(config.classifier, Bundled) else set()
    with peek(config.store.path) as tables:
        known |= tables.labels.names("category") if tables else set()
    named = [*rules.weights, *(rules.urgent if "urgent" in rules.model_fields_set else ())]
    for name in named if known else ():
        if name not in known:
            raise SnapwatchError(f"{name!r} is no category; they are {', '.join(sorted(known))}")
    one_by_one = f"{rules.urgent_pages_per_shift} one by one, further ones in one page"
    urgent = f"; {', '.join(rules.urgent)} at once, {one_by_one}" if rules.urgent else ""
    return f"page from {rules.page_at:g} on, {rules.pages_per_shift} stories a shift at most{urgent}"


def _brief(config: Config) -> str:
    calls = config.oncall
    mail = _mail(config)
    reader = next((name for name in _on_call(config) if mail & config.person(name).contacts.keys()), None)
    if reader is None:
        raise SnapwatchError(
            f"reaches nobody on call: add an address on a channel that carries mail ({', '.join(mail) or 'none yet'})"
        )
    times = " and ".join(f"{at:%H:%M}" for at in calls.shifts)
    return f"{times} {calls.time_zone} to {reader}, when the cap held something back"


def _on_call(config: Config) -> list[str]:
    now = datetime.now(UTC)
    with peek(config.store.path) as tables:
        return roster.everybody(config, tables, now)


def _mail(config: Config) -> set[str]:
    """The channels that carry mail."""
    return {name for name in config.channels if build_channel(config, name).carries == "mail"}


def _digest(config: Config) -> str:
    groups = config.digest.sent
    if not groups:
        return "is sent to nobody"
    mail = _mail(config)
    for name in dict.fromkeys(name for group in groups for name in group.to):
        if not mail & config.person(name).contacts.keys():
            raise SnapwatchError(
                f"{name} gets none: add an address on a channel that carries mail ({', '.join(mail) or 'none yet'})"
            )
    return "; ".join(
        f"{f'{group.name}: ' if group.name else ''}{group.weekday} {group.time:%H:%M} {group.time_zone} "
        f"to {', '.join(group.to)}"
        for group in groups
    )


def _watch(config: Config) -> str:
    """What is wrong with the watch itself, as the daemon has found; who hears of it, and who answered test pages."""
    with peek(config.store.path) as tables:
        alarms = tables.alarms.going_on() if tables else []
        drills = tables.drills.last() if tables else []
    if alarms:
        raise SnapwatchError("; ".join(alarm.words for alarm in alarms))
    told = [f"no alarm; {' and '.join(config.watch.tell) or 'whoever is on call'} would hear of it"]
    told.append("an outside watcher is called" if config.watch.heartbeat else "no outside watcher is called")
    answered = [each.person for each in drills if each.acknowledged_at]
    if answered:
        told.append(f"the last test page was acknowledged by {', '.join(answered)}")
    return "; ".join(told)


def _test_pages(config: Config, now: datetime) -> list[Probe]:
    people = [config.person(name) for name in _on_call(config)]
    return [
        Probe(f"test page to {person.name} by {name}", partial(_send, config, person, name, now))
        for person in people
        for name in person.contacts
    ]


def _send(config: Config, person: Person, name: str, now: datetime) -> str:
    notice = Notice(
        story_id=0,
        title="Test page",
        severity="info",
        reason="`snapwatch check --send` asked for this page.",
        code="",
        brand=config.brand.name,
        person=person.name,
        step=0,
        at=now,
        opened_at=now,
        paged_at=now,
        mentions=0,
        sources=tuple(config.sources),
        top_posts=(),
        drafts=None,
        time_zone=person.time_zone,
        test=True,
    )
    channel = build_channel(config, name)
    message = render(
        notice, channel.short if isinstance(channel, Texts) else Short(), masker(config.privacy.patterns)
    )
    with peek(config.store.path) as tables:
        devices = tables.devices.address(person.name, name) if tables else None
    address = devices or person.contacts[name]
    return f"sent: {channel.send(message, address, f'test-{person.name}-{name}-{now:%Y%m%dT%H%M%S}')}"


def _run(probes: list[Probe], out: TextIO, patience: float) -> bool:
    """Try all at once, tell in order; False when one failed."""
    works = True
    for probe, future in [(probe, _started(probe)) for probe in probes]:
        name = probe.item.partition(".")[2]
        try:
            what, good = future.result(patience), True
        except SnapwatchError as error:
            what, good = str(error), False
        except TimeoutError:
            what, good = f"no answer within {patience:g} seconds", False
        except Exception as error:
            # Its text may hold anything, a secret included.
            what, good = f"a defect of snapwatch ({type(error).__name__}); please report it", False
        _tell(out, good, probe.item, what.removeprefix(f"{name}: "))
        works &= good
    return works


def _started(probe: Probe) -> Future[str]:
    """Not an executor: its threads would keep the command from ending while one hangs."""
    future: Future[str] = Future()

    def attempt() -> None:
        try:
            future.set_result(probe.attempt())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=attempt, name=probe.item, daemon=True).start()
    return future


def _tell(out: TextIO, good: bool, item: str, what: str) -> None:
    line = f"{'ok  ' if good else 'FAIL'} {item}  {what}"
    print("".join(char if char.isprintable() else " " for char in line), file=out, flush=True)
