"""`snapwatch record`: polls a source now and keeps what came, or plays that to the same source again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import unquote

from pydantic import SecretStr, ValidationError

from monitor.build import build_source
from monitor.config import Config, adapter_module
from monitor.errors import InputError, SourceError
from monitor.exchange import dump, time_of
from monitor.intake.brand import Brand
from monitor.model import Batch, Record
from monitor.ports import Source
from monitor.recording.format import Recording, Step, cleaned, load
from monitor.recording.format import dump as written
from monitor.recording.secrets import REDACTED, Cleaner, in_address, plain_address, tokens
from monitor.recording.tape import played, recorded
from monitor.store import lane_name, peek

SECRET = {"secret": True}
"""In a recording's settings, in place of a secret."""

SEEN_SHORTEST = 8
"""Characters of a secret that was only seen; a shorter one would take other words with it."""


def record(
    config: Config,
    name: str,
    out: Path,
    polls: int,
    clock: Callable[[], datetime],
    err: TextIO,
    build: Callable[[Config, str], Source] = build_source,
) -> int:
    """Poll every lane of the source now, from a copy of its stored cursor, at most `polls` pages each, and write what was
    answered to `out`. Nothing is stored. Status 1 when a lane could not be polled; that is recorded, too."""
    if name not in config.sources:
        raise InputError(
            f"{name!r} is no source of the configuration; there are: {', '.join(config.sources)}"
        )
    settings = config.sources[name]
    secrets = [*_secrets(dict(settings))]
    Cleaner(secrets)  # before anything is asked
    steps: list[Step] = []
    with recorded() as heard:
        source = build(config, name)
        if not source.lanes:
            raise InputError(
                f"{name} is not polled: other programs send to it, and there is nothing to record"
            )
        for lane in source.lanes:
            steps += _poll(source, lane, _cursor(config, lane_name(name, lane)), polls, clock, err)
        found = heard()
    recording = Recording(
        version("snapwatch"),
        name,
        settings.type,
        _plain(dict(settings)),
        config.brand.model_dump(mode="json"),
        tuple(steps),
        found.answers,
        found.streams,
    )
    cleaner = Cleaner([*secrets, *_seen(recording, found.secrets)])
    data = written(cleaned(recording, cleaner))
    if cleaner.finds(data):
        raise InputError(
            "a secret is in what was recorded and could not be taken out: nothing is written; please report it"
        )
    try:
        out.write_bytes(data)
    except OSError as error:
        raise InputError(f"{out} can't be written: {error.strerror}") from None
    if not found.answers and not found.streams:
        print(f"{name}: nothing was asked over HTTP", file=err)
    failed = sum(bool(step.error) for step in steps)
    print(
        f"wrote {out}: {len(steps)} polls, {len(found.answers)} answers, {len(data) / 1e6:.1f} MB. It holds public posts "
        "with names: look through it before you send it",
        file=err,
    )
    return 1 if failed else 0


def _seen(recording: Recording, credentials: Iterable[str]) -> Iterator[str]:
    """Secrets that the configuration does not call so: what was sent to prove who asks, tokens that were given out, keys
    in addresses. Very short ones go only where they stand by their name."""
    texts = [
        *_strings(recording.settings),
        *(each.url for each in recording.answers),
        *(url for url, _ in recording.streams),
    ]
    found = [*credentials]
    found += [token for each in recording.answers for token in tokens(each.body)]
    found += [secret for text in texts for secret in in_address(text)]
    yield from {form for each in found for form in (each, unquote(each)) if len(form) >= SEEN_SHORTEST}


def _poll(
    source: Source, lane: str, cursor: str | None, polls: int, clock: Callable[[], datetime], err: TextIO
) -> Iterator[Step]:
    for _ in range(polls):
        step = Step(lane=lane, cursor=cursor, at=clock())
        try:
            batch = source.poll(cursor, step.at, lane)
        except Exception as error:  # a defect is what a recording is for
            step.error = _named(error)
            print(f"{lane_name(source.name, lane)}: {step.error}", file=err)
            yield step
            return
        yield step
        cursor = batch.cursor
        if not batch.more:
            return


def _named(error: Exception) -> str:
    return str(error) if isinstance(error, SourceError) else f"a defect: {type(error).__name__}"


def replay(name: str, path: Path, out: TextIO, err: TextIO) -> int:
    """Play a recording to its source, and write what that makes of it in the exchange format; time covered and cursors go
    to `err`. Nothing else is asked. Status 1 when a poll ended in an error, as it may have when it was recorded.
    InputError when the file is no recording of that source, or holds no answer to what is asked."""
    recording = load(path)
    if recording.source != name:
        raise InputError(
            f"{path} is a recording of {recording.source} (type {recording.type}), not of {name}"
        )
    failed = False
    for step, result in results(recording):
        of_lane = lane_name(name, step.lane)
        if isinstance(result, Exception):
            failed = True
            same = (
                "as when it was recorded"
                if step.error == _named(result)
                else "which was not so when it was recorded"
            )
            print(f"{step.at.isoformat()} {of_lane}: {_named(result)} ({same})", file=err)
            continue
        records: list[Record] = [*result.mentions, *result.readings, *result.deleted]
        for each in sorted(records, key=time_of):
            print(dump(each), file=out)
        for interval in result.covered:
            what = "covered" if interval.complete else f"missed ({interval.note})"
            print(f"{of_lane}: {interval.start.isoformat()} to {interval.end.isoformat()} {what}", file=err)
        print(
            f"{of_lane}: {'more to come' if result.more else 'up to date'}; cursor {result.cursor}", file=err
        )
    return 1 if failed else 0


def results(recording: Recording) -> Iterator[tuple[Step, Batch | Exception]]:
    """What the source makes of each poll. InputError when the recording holds no answer to what it asks."""
    with played(recording.answers, recording.streams, plain_address) as missing:
        source = source_of(recording)
        for step in recording.steps:
            result: Batch | Exception
            try:
                result = source.poll(step.cursor, step.at, step.lane)
            except Exception as error:
                result = error
            if missing and not step.error:
                raise InputError(
                    f"the recording of {recording.source} holds no answer to {missing[0]}: the source asks for something "
                    "that it did not ask when it was recorded"
                )
            if missing:
                result = SourceError(step.error)  # nothing came then: so it ended
                missing.clear()
            yield step, result


def source_of(recording: Recording) -> Source:
    """The recorded source as it was configured, with nothing secret. InputError when this version can't build it."""
    module: Any = adapter_module("sources", recording.type)
    if module is None:
        raise InputError(f"this version of snapwatch has no source of type {recording.type!r}")
    try:
        settings = module.Settings.model_validate(_restored(recording.settings))
        brand = Brand.model_validate(recording.brand)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise InputError(f"the recording's settings are not those of this version: {where}") from None
    source: Source = module.build(settings, recording.source, brand)
    return source


def _cursor(config: Config, of_lane: str) -> str | None:
    with peek(config.store.path) as tables:
        return tables.sources.cursor(of_lane) if tables else None


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _secrets(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _secrets(inner)
    elif hasattr(value, "model_fields_set"):
        yield from _secrets(dict(value))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _plain(value: Any) -> Any:
    """As JSON holds it; SECRET in place of a secret."""
    if isinstance(value, SecretStr):
        return SECRET
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if hasattr(value, "model_fields_set"):
        return _plain(dict(value))
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _restored(value: Any) -> Any:
    if value == SECRET:
        return SecretStr(REDACTED)
    if isinstance(value, Mapping):
        return {key: _restored(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_restored(inner) for inner in value]
    return value
