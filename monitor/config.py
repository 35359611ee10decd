"""TOML to validated settings: everything that is wrong is reported at once, each with its path and a hint.

Problems never quote a value that may be a secret.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, Field, PrivateAttr, SerializeAsAny, TypeAdapter, ValidationError

from alerts.lint import LintSettings
from alerts.polish import PolishSettings
from alerts.snap import DraftsSettings, Playbook, Service, SnapDrafter, load_playbooks
from alerts.snap.playbooks import files_in, table_in
from monitor.errors import ConfigError
from monitor.intake.brand import Brand
from monitor.loose_ends import Problem, dotted, loose_ends, table
from monitor.oncall.sections import OncallSettings, Person, RotationSettings
from monitor.replying.sections import RepliesSettings
from monitor.sections import (
    DigestSettings,
    LogSettings,
    PrivacySettings,
    RetentionSettings,
    RulesSettings,
    StoreSettings,
    WatchSettings,
)
from monitor.settings import ChannelSettings, ClassifierSettings, Settings, SourceSettings
from monitor.web.sections import WebSettings
from monitor.wording.text import suggestion

M = TypeVar("M", bound=BaseModel)

IN_FOLDER = ("drafts", "folder")
"""The key where problems of files stand."""

DEFAULT = Path("config.toml")
"""Where commands look for the configuration unless they are told."""

ADAPTERS: Mapping[str, type[Settings]] = {
    "sources": SourceSettings,
    "alerts": ChannelSettings,
    "classifiers": ClassifierSettings,
}
"""The packages whose modules are adapters, with the base of their `Settings`."""

TOML_HINTS = {
    "Cannot declare": ": two tables have this name; switch one off with #, or rename it",
    "Cannot overwrite": ": a key or a table stands there twice; remove one",
    "Invalid value": ": text goes between quotes",
    "Illegal character": ": a quote may be missing",
}
"""What a person can do about the mistakes that tomllib names most often."""


class Config(Settings):
    """The whole configuration. `load` makes it; nothing else does."""

    brand: Brand = Field(description="whom people talk about")
    sources: dict[str, SerializeAsAny[SourceSettings]] = Field(
        min_length=1, description="where mentions come from, one [sources.NAME] each"
    )
    channels: dict[str, SerializeAsAny[ChannelSettings]] = Field(
        min_length=1, description="how people are reached, one [channels.NAME] each"
    )
    people: tuple[Person, ...] = Field(min_length=1, description="who can be reached, one [[people]] each")
    rotations: tuple[RotationSettings, ...] = Field(
        (), description="who is on call when, one [[rotations]] each"
    )
    oncall: OncallSettings = Field(description="who is paged, in which order")
    watch: WatchSettings = Field(
        WatchSettings(), description="who hears that something is wrong with the watch itself"
    )
    rules: RulesSettings = Field(RulesSettings(), description="when a story pages")
    service: Service = Field(Service(), description="what a draft may promise")
    drafts: DraftsSettings = Field(DraftsSettings(), description="where playbooks come from")
    playbooks: tuple[Playbook, ...] = Field((), description="your own words, one [[playbooks]] a situation")
    lint: LintSettings = Field(LintSettings(), description="what a reply must not contain")
    replies: RepliesSettings = Field(RepliesSettings(), description="who may send a reply")
    polish: PolishSettings | None = Field(None, description="a language model that words drafts anew")
    digest: DigestSettings = Field(DigestSettings(), description="the weekly digest")
    web: WebSettings = Field(WebSettings(), description="what is served, and who may enter")
    store: StoreSettings = Field(description="where everything is kept")
    retention: RetentionSettings = Field(RetentionSettings(), description="for how long")
    privacy: PrivacySettings = Field(PrivacySettings(), description="what does not leave by SMS or chat")
    classifier: SerializeAsAny[ClassifierSettings] = Field(description="what tells complaints apart")
    log: LogSettings = Field(LogSettings(), description="what the daemon says of itself")
    _option: str = PrivateAttr("")
    _file: Path | None = PrivateAttr(None)
    _books: tuple[Playbook, ...] = PrivateAttr(())

    @property
    def books(self) -> tuple[Playbook, ...]:
        """Every playbook: the shipped ones, with those of [drafts] folder and of [[playbooks]] in their place."""
        return self._books

    @property
    def categories(self) -> tuple[str, ...]:
        """What complaints are about, as the configuration has it: the shipped ones first."""
        from classifiers import bundled
        from classifiers.categories import merged

        settings = self.classifier
        return tuple(merged(settings.categories if isinstance(settings, bundled.Settings) else {}))

    @property
    def option(self) -> str:
        """What a command needs to find this configuration: " --config /etc/snapwatch.toml", or nothing where it lies at its
        usual place, DEFAULT."""
        return self._option

    @property
    def file(self) -> Path | None:
        """Where it was read from; None when it was made otherwise."""
        return self._file

    def person(self, name: str) -> Person:
        """The person of that name; `load` has made sure that every name in `oncall` and `digest` has one."""
        return next(person for person in self.people if person.name == name)


def load(path: Path) -> Config:
    """Read and validate the configuration. ConfigError with every problem found, one line each."""
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file (`snapwatch init` writes one)"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: can't be read ({error.strerror})"]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError([f"{path}: line {line}: not UTF-8 text (save the file as UTF-8)"]) from None
    except tomllib.TOMLDecodeError as error:
        hint = next((hint for start, hint in TOML_HINTS.items() if str(error).startswith(start)), "")
        raise ConfigError([f"{path}: not TOML: {error}{hint}"]) from None
    except RecursionError:
        raise ConfigError([f"{path}: not TOML: nested too deeply"]) from None
    config = parse(document, str(path), path.absolute().parent)
    config._file = path.absolute()
    if path != DEFAULT:
        config._option = f" --config {shlex.quote(str(path.absolute()))}"
    return config


def parse(document: Mapping[str, Any], name: str, folder: Path) -> Config:
    """Validate a configuration already read. `name` starts each problem; relative paths start at `folder`."""
    problems: list[Problem] = []
    tables = {"store": {}, "classifier": {"type": "bundled"}, **document}
    for section, package in (("sources", "sources"), ("channels", "alerts")):
        if isinstance(tables.get(section), dict):
            tables[section] = {
                key: _adapter(package, table, (section, key), folder, problems)
                for key, table in tables[section].items()
            }
    tables["classifier"] = _adapter("classifiers", tables["classifier"], ("classifier",), folder, problems)
    config = _validated(Config, tables, (), folder, problems)
    problems += loose_ends(document, _wrong_address)
    books = _books(document, folder, problems)
    if problems or config is None:
        order = [*document, *(path[0] for path, _ in problems)]
        problems.sort(key=lambda problem: order.index(problem[0][0]))
        raise ConfigError([f"{name}: {dotted(path)}: {what}" for path, what in problems])
    config._books = books
    return config


def problems_with(model: type[BaseModel], values: Mapping[str, object]) -> list[Problem]:
    """What is wrong with the values of one table."""
    problems: list[Problem] = []
    _validated(model, values, (), Path(), problems)
    return problems


def available(package: str) -> list[str]:
    """The adapter types that a package offers, by name."""
    return [
        module.name
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__)
        if adapter_module(package, module.name) is not None
    ]


def adapter_module(package: str, kind: str) -> ModuleType | None:
    """The adapter module that `type = "kind"` names, None when the package has none of that name."""
    folder = importlib.import_module(package).__path__
    if kind not in {module.name for module in pkgutil.iter_modules(folder)}:
        return None
    module = importlib.import_module(f"{package}.{kind}")
    settings = getattr(module, "Settings", None)
    is_adapter = (
        isinstance(settings, type)
        and issubclass(settings, ADAPTERS[package])
        and settings is not ADAPTERS[package]
    )
    return module if is_adapter else None


def _adapter(
    package: str, table: object, path: tuple[str | int, ...], folder: Path, problems: list[Problem]
) -> Settings:
    """The table as the `Settings` of the module that it names, or a placeholder once a problem is noted."""
    placeholder = ADAPTERS[package].model_construct()
    name = path[-1]
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", str(name)):
        problems.append((path, "a name has at most 32 letters, digits, - and _"))
    if not isinstance(table, dict):
        problems.append((path, f'should be a table: [{dotted(path)}] with type = "..."'))
        return placeholder
    kind = table.get("type")
    if not isinstance(kind, str):
        problems.append(((*path, "type"), f"is missing (one of {', '.join(available(package))})"))
        return placeholder
    module = adapter_module(package, kind)
    if module is None:
        what = f"{kind!r} is not known; {suggestion(kind, available(package))}"
        problems.append(((*path, "type"), what))
        return placeholder
    settings: type[Settings] = module.Settings
    return _validated(settings, table, path, folder, problems) or placeholder


def _validated(
    model: type[M], table: object, path: tuple[str | int, ...], folder: Path, problems: list[Problem]
) -> M | None:
    try:
        return model.model_validate(table, context={"folder": folder})
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        for detail in details:
            depth = len(detail["loc"])
            if detail["type"] == "too_short" and any(
                len(other["loc"]) > depth and other["loc"][:depth] == detail["loc"] for other in details
            ):
                continue  # pydantic counts only what is right: the list is not empty, what is in it is wrong
            where = tuple(part for part in detail["loc"] if part != "[key]")
            problems.append(((*path, *where), _explained(model, where, detail["type"], detail["msg"])))
        return None


def _explained(model: type[BaseModel], where: tuple[str | int, ...], kind: str, message: str) -> str:
    """What pydantic found, in our words, with the description of the key as the hint."""
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if kind == "extra_forbidden":
        owner, key = _owner(model, where[:-1]), str(where[-1])
        gone = owner.gone.get(key) if issubclass(owner, Settings) else None
        return gone or f"unknown key; {suggestion(key, owner.model_fields)}"
    keys = [part for part in where if isinstance(part, str)]
    field = _owner(model, keys[:-1]).model_fields.get(keys[-1]) if keys else None
    hint = f" ({field.description})" if field is not None and field.description else ""
    if kind == "missing":
        return f"is missing{hint}"
    if kind in ("model_type", "dict_type"):
        return f"should be a table{hint}"
    if kind == "tuple_type":
        return f"should be a list{hint}"
    if kind == "too_short":
        return f"needs at least one{hint}"
    return message.removeprefix("Input ") + hint


def _owner(model: type[BaseModel], where: Sequence[str | int]) -> type[BaseModel]:
    """The innermost model that `where` leads to."""
    for part in where:
        field = model.model_fields.get(str(part))
        inner = _model_in(field.annotation) if field is not None else None
        model = inner or model
    return model


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model inside an annotation such as `tuple[Person, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _books(document: Mapping[str, Any], folder: Path, problems: list[Problem]) -> tuple[Playbook, ...]:
    """All playbooks. Those that can't be used together or leave a slot empty are problems, once each of them has the right
    shape."""
    try:
        listed = TypeAdapter(tuple[Playbook, ...]).validate_python(document.get("playbooks", []))
        service = Service.model_validate(document.get("service", {}))
        drafts = DraftsSettings.model_validate(document.get("drafts", {}), context={"folder": folder})
    except ValidationError:
        return ()
    before = len(problems)
    files = dict(_in_folder(drafts.folder, problems)) if drafts.folder else {}
    if len(problems) > before:
        return ()
    try:
        books = load_playbooks([*files.values()], listed)
        SnapDrafter(books, service, str(table(document.get("brand")).get("name") or "-"))
    except ConfigError as error:
        theirs = {book.label: str(file) for file, book in files.items()}
        for book in listed:
            theirs.pop(book.label, None)
        for problem in error.problems:
            where, _, what = problem.partition(": ")
            label = next((each for each in theirs if f"{where}.".startswith(f"playbooks.{each}.")), None)
            if label is None:
                problems.append((tuple(where.split(".")), what))
            else:
                part = where.removeprefix(f"playbooks.{label}").removeprefix(".")
                problems.append((IN_FOLDER, ": ".join(filter(None, [theirs[label], part, what]))))
        return ()
    return books


def _in_folder(folder: Path, problems: list[Problem]) -> Iterator[tuple[Path, Playbook]]:
    """The playbooks of a folder, with their files."""
    try:
        files = files_in(folder)
    except ConfigError as error:
        problems += ((IN_FOLDER, words) for words in error.problems)
        return
    for file in files:
        wrong: list[Problem] = []
        try:
            book = _validated(Playbook, table_in(file), (), folder, wrong)
        except ConfigError as error:
            problems += ((IN_FOLDER, words) for words in error.problems)
            continue
        problems += ((IN_FOLDER, f"{file}: {dotted(path)}: {what}") for path, what in wrong)
        if book is not None:
            yield file, book


def _wrong_address(kind: object, address: object) -> str | None:
    module = adapter_module("alerts", kind) if isinstance(kind, str) else None
    if module is None or not isinstance(address, str):
        return None
    problem: str | None = module.problem_with(address)
    return problem
