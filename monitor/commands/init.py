"""`snapwatch init`: asks what a first configuration needs and writes it, with every key explained.

It never asks for a secret and never writes one: the file names environment variables, and the last words say which.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, get_args, get_origin

import tomlkit
from pydantic import BaseModel, SecretStr
from tomlkit.items import Table
from tzlocal import get_localzone_name

from alerts.snap import flaw
from monitor.config import adapter_module, available, problems_with
from monitor.intake.brand import Brand
from monitor.oncall.sections import OncallSettings, Person
from monitor.sections import DigestSettings, StoreSettings
from monitor.web.sections import WebSettings

ASKED_TOO = {
    "smtp": ("security", "username", "password"),
    "twilio": ("auth_token", "sender"),
}
"""Keys that are asked beside those that an adapter needs, because most people want them."""


class Ask(Protocol):
    """The part of typer that asks and tells."""

    def prompt(self, text: str, default: str | None = None) -> Any: ...

    def confirm(self, text: str, default: bool | None = False) -> bool: ...

    def echo(self, message: str) -> None: ...


def init(path: Path, ask: Ask) -> int:
    """Ask, write the configuration to `path`, and tell what to do next. Status 1 when an older file was kept."""
    if path.exists() and not ask.confirm(f"{path} exists. Write a new one in its place?"):
        ask.echo(f"{path} is left as it was.")
        return 1
    secrets: list[str] = []
    path.write_text(tomlkit.dumps(_document(ask, path.stem, secrets)), encoding="utf-8")
    ask.echo(f"\nWrote {path}. Next:\n")
    for name in secrets:
        ask.echo(f"  export {name}='...'")
    if secrets:
        ask.echo(
            "    (keep these lines in a file that only you can read: docs/configuration.md, Secrets, tells how)"
        )
    named = f"--config {shlex.quote(str(path))}"
    typed = "snapwatch" if shutil.which("snapwatch") else shlex.quote(sys.argv[0])
    ask.echo(f"  {typed} check {named}           tries everything")
    ask.echo(f"  {typed} check {named} --send    also sends a test page to everybody on call")
    ask.echo(f"  {typed} run {named}             starts the watch")
    ask.echo(f"Every command takes {named}, or reads SNAPWATCH_CONFIG from the environment.")
    return 0


def _document(ask: Ask, stem: str, secrets: list[str]) -> tomlkit.TOMLDocument:
    brand = {
        "name": _answer(ask, "The brand's name", Brand, "name"),
        "names": _answer(ask, "Other names that people use, with commas between", Brand, "names", ""),
        "handles": _answer(ask, "Its accounts on any platform", Brand, "handles", ""),
    }
    sources = {kind: _adapter(ask, "sources", kind, secrets) for kind in _chosen_sources(ask)}
    people = _people(ask)
    names = [person["name"] for person in people]
    channels = {"email": _channel(ask, "email", "Send mail over SMTP", "smtp", secrets)}
    if any("sms" in person["contacts"] for person in people):
        channels["sms"] = _channel(ask, "sms", "Send SMS through Twilio", "twilio", secrets)
    url = _answer(
        ask,
        "Public https address of the dashboard and the acknowledge page; empty for none",
        WebSettings,
        "public_url",
        "",
    )

    document = tomlkit.document()
    document.add(tomlkit.comment("Written by `snapwatch init`. docs/configuration.md lists every other key."))
    document.add("brand", _table(Brand, brand))
    document.add("sources", _group(sources))
    document.add("channels", _group(channels))
    document.add(tomlkit.nl())
    document.add("people", tomlkit.aot())
    for person in people:
        document["people"].append(_table(Person, person))
    oncall = {
        "order": names,
        "escalate_after_minutes": 10,
        "shifts": ["08:00"],
        "time_zone": people[0]["time_zone"],
    }
    document.add("oncall", _table(OncallSettings, oncall))
    digest = {"weekday": "monday", "time": "08:00", "time_zone": people[0]["time_zone"], "to": names}
    document.add("digest", _table(DigestSettings, digest))
    # Beside the configuration and named after it: never the database of a day that was replayed here.
    document.add("store", _table(StoreSettings, {"path": f"{stem}-data/snapwatch.db"}))
    if url:
        document.add("web", _table(WebSettings, {"public_url": url}))
    return document


def _chosen_sources(ask: Ask) -> list[str]:
    while not (
        chosen := [
            kind for kind in watchable() if ask.confirm(f"Watch {kind}? {_told(kind)}", not _needs(kind))
        ]
    ):
        ask.echo("At least one is needed. To see a made-up day without any account, use config.example.toml.")
    return chosen


def watchable() -> list[str]:
    """The types of sources in the order in which they are offered: those that need nothing to be said come first."""
    return sorted((kind for kind in available("sources") if kind != "replay"), key=_needs)


def _needs(kind: str) -> list[str]:
    """The keys that a source can't do without."""
    fields = _settings("sources", kind).model_fields.items()
    return [key for key, field in fields if field.is_required() and key != "type"]


def _told(kind: str) -> str:
    needs = _needs(kind)
    return f"It needs {', '.join(needs)}." if needs else "It needs no account."


def _people(ask: Ask) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = []
    zone = get_localzone_name() or "UTC"
    while not people or ask.confirm("Is there somebody to page next, when nobody answers?", False):
        name = _answer(ask, "Who is paged? A name", Person, "name")
        if any(person["name"] == name for person in people):
            ask.echo(f"  {name} is on the list already; names must differ.")
            continue
        contacts = {"email": _address(ask, "E-mail address", "smtp")}
        if phone := _address(ask, "Mobile number such as +447700900123; empty for none", "twilio", ""):
            contacts["sms"] = phone
        zone = _answer(ask, "Time zone", Person, "time_zone", zone)
        people.append({"name": name, "time_zone": zone, "contacts": contacts})
    return people


def _channel(ask: Ask, form: str, question: str, kind: str, secrets: list[str]) -> Table:
    if ask.confirm(f"{question}? If not, it is written to the folder `outbox`.", True):
        return _adapter(ask, "alerts", kind, secrets)
    return _table(_settings("alerts", "outbox"), {"type": "outbox", "folder": "outbox", "form": form})


def _adapter(ask: Ask, package: str, kind: str, secrets: list[str]) -> Table:
    """The table of one adapter, asked for until its module accepts it as a whole."""
    settings = _settings(package, kind)
    while True:
        values = _values(ask, settings, kind)
        named = {key: value["env"] for key, value in values.items() if isinstance(value, dict)}
        wrong = problems_with(settings, values | {key: SecretStr("not known yet") for key in named})
        if not wrong:
            secrets += named.values()
            return _table(settings, values)
        for _, what in wrong:
            ask.echo(f"  {kind}: {what}")


def _values(ask: Ask, settings: type[BaseModel], kind: str) -> dict[str, Any]:
    """What the adapter needs, and what ASKED_TOO names; a secret becomes the name of a variable."""
    values: dict[str, Any] = {"type": kind}
    for key, field in settings.model_fields.items():
        needed = field.is_required()
        if key == "type" or not (needed or key in ASKED_TOO.get(kind, ())):
            continue
        if _is_secret(field.annotation):
            if key != "password" or values.get("username"):
                values[key] = {"env": f"SNAPWATCH_{kind}_{key}".upper()}
            continue
        default = field.default if isinstance(field.default, str) else None if needed else ""
        question = f"{kind}: {field.description or key}"
        values[key] = _answer(ask, question, settings, key, default)
    return {key: value for key, value in values.items() if value not in ("", [])}


def _answer(ask: Ask, question: str, model: type[BaseModel], key: str, default: str | None = None) -> Any:
    """An answer that the model accepts for the key, asked for until there is one. An empty default may stay."""
    many = get_origin(model.model_fields[key].annotation) is tuple

    def read(answer: str) -> Any:
        return [part.strip() for part in answer.split(",") if part.strip()] if many else answer

    def wrong(answer: str) -> str | None:
        if key == "name" and (words := flaw(answer)):
            return f"{words}; customers would read it in every draft"
        problems = problems_with(model, {key: read(answer)})
        return next((what for path, what in problems if path[:1] == (key,)), None)

    return read(_asked(ask, question, default, wrong))


def _address(ask: Ask, question: str, kind: str, default: str | None = None) -> str:
    module = adapter_module("alerts", kind)
    assert module is not None  # noqa: S101 -- both channels come with snapwatch
    return _asked(ask, question, default, module.problem_with)


def _asked(ask: Ask, question: str, default: str | None, wrong: Callable[[str], str | None]) -> str:
    while True:
        answer = str(ask.prompt(question, default=default)).strip()
        if not answer and default == "":
            return ""
        problem = wrong(answer) if answer.isprintable() else "has a character that can't be printed"
        if problem is None:
            return answer
        ask.echo(f"  {problem}")


def _settings(package: str, kind: str) -> type[BaseModel]:
    module = adapter_module(package, kind)
    assert module is not None  # noqa: S101 -- the kind comes from `available`, or with snapwatch
    settings: type[BaseModel] = module.Settings
    return settings


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_is_secret, get_args(annotation)))


def _table(model: type[BaseModel], values: Mapping[str, Any]) -> Table:
    """The values as a TOML table, each key explained by its description."""
    table = tomlkit.table()
    for key, value in values.items():
        if value in ("", []):
            continue
        table.add(key, _inline(value))
        if description := model.model_fields[key].description:
            table[key].comment(description)
    return table


def _inline(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inline = tomlkit.inline_table()
    inline.update(value)
    return inline


def _group(tables: Mapping[str, Table]) -> Table:
    group = tomlkit.table(is_super_table=True)
    for name, table in tables.items():
        group.add(name, table)
    return group
