"""Who may import whom. The rules stand in docs/architecture.md; this test reads the imports and holds them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("monitor", "sources", "classifiers", "alerts")

WORDS = {"monitor.model", "monitor.notice", "monitor.reply", "monitor.ports", "monitor.errors"}
PURE = WORDS | {
    "monitor.answering.replies", "monitor.blind", "monitor.bursts", "monitor.exchange",
    "monitor.intake.brand", "monitor.intake.budget", "monitor.intake.lookup", "monitor.intake.outside",
    "monitor.intake.polling", "monitor.intake.queries", "monitor.outlook", "monitor.paging.happened",
    "monitor.paging.silences", "monitor.paging.updates", "monitor.replying.addresses",
    "monitor.replying.aftermath", "monitor.replying.approval", "monitor.replying.promised",
    "monitor.replying.sections", "monitor.rules", "monitor.sections", "monitor.settings", "monitor.spread",
    "monitor.stories", "monitor.voices", "monitor.watching.watch", "monitor.web.sections",
}  # fmt: skip
SETTINGS = {"monitor.config"}
REPLAY = {
    f"monitor.{each}"
    for each in (
        "hindsight.history",
        "hindsight.outcomes",
        "hindsight.replay",
        "hindsight.judged",
        "refit.compare",
    )
}
RECORDING = {f"monitor.recording.{each}" for each in ("format", "secrets", "tape")}
COMPOSITION = {
    f"monitor.{each}"
    for each in (
        "app", "build", "config", "loose_ends", "opening", "serving", "answering.commands", "hindsight.command",
        "hindsight.judged", "hindsight.load", "hindsight.page", "hindsight.pictures", "hindsight.programs",
        "hindsight.words", "learning.classify", "learning.learnt", "learning.teach", "learning.train_head",
        "paging.brief", "recording.command", "refit.command", "refit.own", "refit.weekly",
        "replying.commands", "replying.gaps", "replying.lint_command", "rota.calendars", "rota.check",
        "rota.commands",
    )
}  # fmt: skip
ADAPTER_PACKAGES = ("sources", "classifiers", "alerts")
HEAVY = {
    "apprise",
    "pywebpush",
    "py_vapid",
    "smpplib",
    "imap_tools",
    "tweepy",
    "praw",
    "prawcore",
    "twilio",
    "slack_sdk",
    "onnxruntime",
    "transformers",
    "torch",
    "matplotlib",
    "tokenizers",
    "scipy",
    "sklearn",
    "atproto",
    "websockets",
    "mastodon",
    "feedparser",
    "googleapiclient",
    "google_play_scraper",
    "vcr",
    "holidays",
    "icalendar",
    "recurring_ical_events",
    "mcp",
    "mcp_types",
}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, *, top_level: bool = False) -> set[str]:
    """Full names of what a file imports; `from a import b` counts as a.b where that is a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level else ast.walk(tree)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = ROOT.joinpath(*node.module.split("."), alias.name)
                is_module = inner.with_suffix(".py").exists() or inner.joinpath("__init__.py").exists()
                found.add(f"{node.module}.{alias.name}" if is_module else node.module)
    return found


FILES = {module_name(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}
PURE |= {name for name in FILES if name.startswith(("monitor.oncall", "monitor.wording"))}


def ours(path: Path) -> set[str]:
    return {name for name in imports(path) if name.split(".")[0] in PACKAGES}


def allowed(name: str) -> set[str] | None:
    """What a module may import of ours; None: anything (the composition side)."""
    if name in WORDS:
        return WORDS
    if name in COMPOSITION or name.startswith(("monitor.cli", "monitor.commands", "monitor.digest")):
        return None
    if name in PURE or name in SETTINGS:
        return PURE
    if name in REPLAY:
        return PURE | REPLAY | {each for each in FILES if each.startswith("classifiers.forecast.")}
    if name in RECORDING:
        return PURE | RECORDING
    package = name.split(".")[0]
    if package in ADAPTER_PACKAGES:
        # An adapter uses the plain helpers of its own package, and no other adapter.
        helpers = {each for each in FILES if each.startswith(f"{package}.") and not is_adapter(each)}
        return PURE | helpers | {package}
    if name.startswith("monitor.store"):
        return PURE | {each for each in FILES if each.startswith("monitor.store")}
    store = {"monitor.store"}
    core = {
        f"monitor.{each}"
        for each in (
            "assess", "chores", "clock", "daemon", "grouping", "log", "metrics", "parts", "pipeline",
            "progress", "standing", "thresholds", "tries", "intake.fetch", "intake.looking",
            "learning.classified", "learning.said",
        )
    }  # fmt: skip
    core |= {
        each
        for each in FILES.keys() - COMPOSITION
        if each.startswith(
            (
                "monitor.answering",
                "monitor.delivery",
                "monitor.overview",
                "monitor.paging",
                "monitor.replying",
                "monitor.rota",
                "monitor.watching",
            )
        )
    }
    if name.startswith("monitor.web"):
        return (
            PURE
            | store
            | SETTINGS
            | {
                "monitor.paging.respond",
                "monitor.replying.desk",
                "monitor.rota.changing",
                "monitor.answering.silencing",
                "monitor.watching.drills",
                "monitor.learning.said",
                "monitor.replying.proposing",
            }
            | {each for each in FILES if each.startswith(("monitor.overview", "monitor.web"))}
        )
    return PURE | SETTINGS | store | core


def is_adapter(name: str) -> bool:
    package, _, module = name.partition(".")
    return (
        package in ADAPTER_PACKAGES
        and bool(module)
        and "def build(" in FILES[name].read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("name", sorted(FILES))
def test_imports_follow_the_rules(name: str) -> None:
    may = allowed(name)
    if may is not None:
        assert ours(FILES[name]) - may - {name} == set()


@pytest.mark.parametrize("name", sorted(FILES))
def test_heavy_libraries_are_imported_where_they_are_used_not_at_the_start(name: str) -> None:
    heavy = {each.split(".")[0] for each in imports(FILES[name], top_level=True)} & HEAVY
    assert heavy == set()


def test_nothing_imports_in_a_circle() -> None:
    edges = {name: ours(path) & FILES.keys() - {name} for name, path in FILES.items()}
    while leaves := {name for name, targets in edges.items() if not targets}:
        edges = {name: targets - leaves for name, targets in edges.items() if name not in leaves}
    assert edges == {}


def test_only_the_store_speaks_sql() -> None:
    speakers = {
        name
        for name, path in FILES.items()
        if {"sqlite3", "sqlite_utils"} & {i.split(".")[0] for i in imports(path)}
    }
    assert all(name.startswith("monitor.store") for name in speakers)
