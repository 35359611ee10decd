"""What the configuration says that is in force, key by key, and what is wrong with its file as it stands now.

Secrets are never shown, nor what an address may hide: a password before its host, what comes after its question mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from monitor.config import Config, load
from monitor.errors import ConfigError
from monitor.store import AlarmRow, Tables

SECRET = "set, not shown"  # noqa: S105
ONE_EACH = ("people", "rotations", "playbooks")
"""Tables that stand there once for each of what they describe."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key and its value in words; `given`: the file says so, else it is what holds where the file is silent."""

    name: str
    value: str
    meaning: str
    given: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the file heads it: "[web]", "[sources.x]", "[[people]]"; `of` is whom or what one of several is about."""

    header: str
    of: str
    meaning: str
    keys: tuple[Key, ...]

    @property
    def given(self) -> tuple[Key, ...]:
        return tuple(key for key in self.keys if key.given)


@dataclass(frozen=True, slots=True)
class SettingsView:
    """`problems` of the file as it stands now, one a line: while it has any, the daemon goes on with what it read before.
    `changed`: the file says something else than what is in force. `alarms` are what is wrong with the watch itself."""

    file: Path | None
    problems: tuple[str, ...]
    changed: bool
    tables: tuple[Table, ...]
    alarms: tuple[AlarmRow, ...]


def settings_view(tables: Tables, config: Config) -> SettingsView:
    """Everything that the screen Settings shows. It reads the file anew."""
    problems, changed = _file_now(config)
    return SettingsView(
        config.file, problems, changed, tuple(_tables(config)), tuple(tables.alarms.going_on())
    )


def _file_now(config: Config) -> tuple[tuple[str, ...], bool]:
    if config.file is None:
        return (), False
    try:
        fresh = load(config.file)
        # Not by ==, to which one file named by two paths is two configurations.
        return (), (dict(fresh), fresh.books) != (dict(config), config.books)
    except ConfigError as error:
        return tuple(error.problems), True


def _tables(config: Config) -> Iterator[Table]:
    for section, field in type(config).model_fields.items():
        value, meaning = getattr(config, section), (field.description or "").partition(", one [")[0]
        if isinstance(value, BaseModel):
            yield Table(f"[{section}]", "", meaning, tuple(_keys(value)))
        elif isinstance(value, Mapping):
            for name, each in value.items():
                yield Table(f"[{section}.{name}]", "", meaning, tuple(_keys(each)))
        elif isinstance(value, tuple):
            for each in value:
                named = str(getattr(each, "name", ""))
                yield Table(f"[[{section}]]", named, meaning, tuple(_keys(each)))


def _keys(model: BaseModel, prefix: str = "", *, given: bool = True) -> Iterator[Key]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        says = given and name in model.model_fields_set
        if isinstance(value, BaseModel):
            yield from _keys(value, f"{prefix}{name}.", given=says)
        elif isinstance(value, tuple) and value and all(isinstance(each, BaseModel) for each in value):
            for number, each in enumerate(value, 1):
                yield from _keys(each, f"{prefix}{name} {number}.", given=says)
        else:
            yield Key(prefix + name, in_words(value), _meaning(type(model), name, field.description), says)


def _meaning(model: type[BaseModel], key: str, own: str | None) -> str:
    """One that an adapter gives another default keeps the description of all adapters."""
    models = (base for base in model.__mro__ if issubclass(base, BaseModel))
    found = (base.model_fields[key] for base in models if key in base.model_fields)
    return own or next((field.description for field in found if field.description), "")


def in_words(value: object) -> str:
    """A value as a person reads it; empty for none."""
    match value:
        case None:
            return ""
        case SecretStr():
            return SECRET
        case bool():
            return "yes" if value else "no"
        case time():
            return f"{value:%H:%M}"
        case BaseModel():
            return ", ".join(f"{key.name} {key.value}" for key in _keys(value) if key.value)
        case Mapping():
            return "; ".join(f"{key}: {in_words(each)}" for key, each in value.items())
        case tuple() | list() | set() | frozenset():
            return ", ".join(in_words(each) for each in value)
        case float():
            return f"{value:g}"
        case int():
            return f"{value:,}"
        case _:
            return _address(str(value))


def _address(text: str) -> str:
    """An address without what it may hide; other text as it is."""
    if "://" not in text:
        return text
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "an address that can't be read"
    shown = f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"
    return f"{shown}?…" if parts.query else shown
