"""What the documentation shows is true: its commands run, its links lead somewhere, its parts are complete."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from bench.make_history import records
from monitor import cli
from monitor.exchange import dump
from tests.warm import ROOT, snapwatch
from tests.watched import configure

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
STDIN = {
    "in.jsonl": '{"id": "1", "text": "My parcel is lost"}\n',
    "labels.jsonl": '{"text": "I was charged twice for one parcel", "complaint": true, "category": "billing"}\n',
    "mention.json": '{"type": "mention", "source": "x", "id": "1", "author": {"id": "7", "handle": "ann"}, '
    '"text": "My parcel is lost", "url": "https://x.example/1", "created_at": "2026-11-01T10:00:00Z"}',
}
STDIN["password.txt"] = "correct horse battery\n"
STDIN["reply.txt"] = (
    "Hello @ann, thank you for telling us, and I'm sorry about your parcel. I'm Sam and your case is with me. "
    "I'll trace it myself. I'll write to you by 11:00 am UTC on Monday. My aim: you have your parcel."
)
FINDS = ("playbooks check",)
"""What ends with status 1 when it has found something, as it does in the made-up day."""
HISTORIES = {
    "year.jsonl": records(posts=300, days=60, seed=4),
    "later.jsonl": records(posts=100, days=90, seed=9),
}
ROTA_ICS = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
DTSTART:20261224T090000Z
DTEND:20261225T090000Z
SUMMARY:Kim on call
END:VEVENT
END:VCALENDAR
"""
ASKS_OR_STAYS = {"init", "run"}
"""Commands that ask a person or run until a signal: tests/monitor/test_init.py and test_commands.py run those."""


def shown(page: Path) -> list[str]:
    """Commands in `sh` blocks and in the command tables of a page."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    cells = re.findall(r"^\| `(snapwatch [^`]+)`", text, re.MULTILINE)
    return [line for line in (*lines, *cells) if line]


def snapwatch_commands() -> list[tuple[str, str]]:
    return [
        (str(page.relative_to(ROOT)), line.replace(".venv/bin/", ""))
        for page in PAGES
        for line in shown(page)
        if line.replace(".venv/bin/", "").startswith("snapwatch ")
    ]


def test_every_command_shown_is_one_that_exists() -> None:
    known = {
        command.name or command.callback.__name__.replace("_", "-")
        for command in cli.app.registered_commands
        if command.callback
    } | {group.name for group in cli.app.registered_groups}
    for page, line in snapwatch_commands():
        assert shlex.split(line)[1] in known, f"{page}: {line}"


@pytest.mark.timeout(1800)  # a hundred processes
def test_the_commands_shown_run(day: Path) -> None:
    for name, content in STDIN.items():
        (day / name).write_text(content, encoding="utf-8")
    for name, lines in HISTORIES.items():
        (day / name).write_text("".join(dump(each) + "\n" for each in lines), encoding="utf-8")
    configure(day)
    (day / "rota.ics").write_text(ROTA_ICS, encoding="utf-8")
    (day / "live.toml").write_text((day / "config.toml").read_text(encoding="utf-8"), encoding="utf-8")
    history = snapwatch(day, "export").stdout
    (day / "FILE").write_text(history, encoding="utf-8")
    (day / "history.jsonl").write_text(history, encoding="utf-8")
    ran = 0
    for page, line in dict.fromkeys(snapwatch_commands()):
        if shlex.split(line)[1] in ASKS_OR_STAYS:
            continue
        command = line + (" --yes" if " purge" in line else "")
        from_, to = (re.search(rf" {sign} (\S+)", command) for sign in "<>")
        words = shlex.split(re.sub(r" [<>] \S+", "", command))[1:]
        done = snapwatch(
            day, *words, stdin=Path(from_[1]) if from_ else "", stdout=Path(to[1]) if to else None
        )
        finds = any(each in line for each in FINDS)
        assert done.returncode in ((0, 1) if finds else (0,)), f"{page}: {line}\n{done.stdout}{done.stderr}"
        ran += 1
    assert ran >= 8


def test_the_make_targets_shown_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [line.split()[1] for page in PAGES for line in shown(page) if line.startswith("make ")]
    assert {"run", "test"} <= set(targets)
    for target in targets:
        assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if not link.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize(
    ("package", "pages"), [("sources", "sources"), ("alerts", "channels")], ids=["sources", "channels"]
)
def test_every_adapter_has_its_page(package: str, pages: str) -> None:
    for path in (ROOT / package).glob("*.py"):
        if "\ndef build(" in path.read_text(encoding="utf-8"):
            assert (ROOT / "docs" / pages / f"{path.stem}.md").exists(), path.stem


def test_version_and_changelog_agree() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_decision_stands_in_the_folder_once() -> None:
    numbers = [path.name[:4] for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
