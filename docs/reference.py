"""Rewrites the tables of docs/configuration.md from the models: `python -m docs.reference`. A test compares them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from monitor.config import ADAPTERS, Config, adapter_module, available
from monitor.settings import ChannelSettings, Settings, SourceSettings

PAGE = Path(__file__).with_name("configuration.md")
MARK = "<!-- made by docs/reference.py -->\n"

HEADERS = {"people": "[[people]]", "rotations": "[[rotations]]", "playbooks": "[[playbooks]]"}
EVERY: tuple[type[Settings], ...] = (SourceSettings, ChannelSettings)
TABLES = {"sources": "sources.NAME", "alerts": "channels.NAME", "classifiers": "classifier"}
WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    time: 'time, "HH:MM"',
    date: "date",
    SecretStr: "secret",
}


def reference() -> str:
    """Every key of every table, as Markdown."""
    parts = []
    for section, field in Config.model_fields.items():
        model = model_of(field)
        if model is not None and model not in ADAPTERS.values():
            header = HEADERS.get(section, f"[{section}]")
            parts.append(_table(f"`{header}`: {field.description}", rows(model)))
    parts.append(_table("`[sources.NAME]`: keys of every source", rows(SourceSettings)))
    parts.append(_table("`[channels.NAME]`: keys of every channel", rows(ChannelSettings)))
    for package, table in TABLES.items():
        for kind in available(package):
            module = adapter_module(package, kind)
            if module is not None:
                parts.append(_table(f'`[{table}]` with `type = "{kind}"`', own(module.Settings)))
    return "\n".join(parts)


Row = tuple[str, FieldInfo, str]


def own(model: type[BaseModel]) -> Iterator[Row]:
    """The keys that not every source or channel has, or that this one gives another default."""
    every = next((base.model_fields for base in EVERY if issubclass(model, base)), {})
    for row in rows(model):
        key, field, _ = row
        if key not in every or field.default != every[key].default:
            yield row


def rows(model: type[BaseModel], prefix: str = "") -> Iterator[Row]:
    """The keys of a table with their fields and what they mean; those of a table in it by their dotted names."""
    for key, field in model.model_fields.items():
        inner = model_of(field)
        if key == "type" and not prefix:
            continue
        if inner is not None:
            yield from rows(inner, f"{prefix}{key}.")
        else:
            yield prefix + key, field, _meaning(model, key)


def model_of(field: FieldInfo) -> type[BaseModel] | None:
    return next((part for part in _parts(field.annotation) if issubclass(part, BaseModel)), None)


def _parts(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _meaning(model: type[BaseModel], key: str) -> str:
    """The description of a key; one that an adapter gives another default keeps that of all adapters."""
    bases = [base for base in model.__mro__ if issubclass(base, BaseModel)]
    fields = [base.model_fields[key] for base in bases if key in base.model_fields]
    return next((field.description for field in fields if field.description), "")


def _table(title: str, keys: Iterator[Row]) -> str:
    lines = [f"## {title}", "", "| key | value | if absent | meaning |", "|---|---|---|---|"]
    lines += [f"| `{key}` | {_kind(field)} | {_default(field)} | {meaning} |" for key, field, meaning in keys]
    return "\n".join(lines) + "\n"


def _kind(field: FieldInfo) -> str:
    annotation = field.annotation
    if get_args(annotation) and NoneType in get_args(annotation):
        annotation = next(part for part in get_args(annotation) if part is not NoneType)
    if get_origin(annotation) is Literal:
        return ", ".join(f'"{value}"' for value in get_args(annotation))
    if get_origin(annotation) is tuple:
        return f"list of {_values(get_args(annotation)[0])}"
    if get_origin(annotation) is dict:
        return "table"
    bounds = {
        word: getattr(each, name)
        for each in field.metadata
        for name, word in (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))
        if hasattr(each, name)
    }
    limits = [f"{word} {limit:g}" for word, limit in bounds.items()]
    return ", ".join([_values(annotation), *limits])


def _values(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return "these: " + ", ".join(f'"{value}"' for value in get_args(annotation))
    words = dict.fromkeys(WORDS[part] for part in _parts(annotation) if part in WORDS) or ["text"]
    named = [
        f'"{each}"' for part in get_args(annotation) if get_origin(part) is Literal for each in get_args(part)
    ]
    return " or ".join([*words, *named])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ((), {}, ""):
        return "none"
    if isinstance(value, Path):
        return f"`{value}`" if not value.is_absolute() else f"the shipped `{value.name}`"
    return ", ".join(map(_shown, value)) if isinstance(value, tuple) else _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, time):
        return f"`{value:%H:%M}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def main() -> None:
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    PAGE.write_text(head + MARK + "\n" + reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
