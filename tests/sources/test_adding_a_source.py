"""The example of docs/sources/README.md, run as it is written there; pytest collects the test that it shows."""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
import types
from pathlib import Path

import pytest

import sources
from docs.reference import own
from monitor.errors import InputError
from monitor.exchange import dump, read_lines

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "sources" / "README.md"

_adapter, _test = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
_module = types.ModuleType("sources.reviews")
sys.modules[_module.__name__] = _module
exec(compile(_adapter, str(PAGE), "exec"), _module.__dict__)  # noqa: S102
exec(compile(_test, str(PAGE), "exec"), globals())  # noqa: S102


def test_every_source_has_a_page_and_a_row() -> None:
    files = Path(sources.__path__[0]).glob("*.py")
    names = {path.stem for path in files if "\ndef build(" in path.read_text(encoding="utf-8")}
    assert names >= {"x", "reddit", "replay"}
    table = PAGE.read_text(encoding="utf-8")
    for name in names:
        assert f"| `{name}` |" in table
        page = (PAGE.parent / f"{name}.md").read_text(encoding="utf-8")
        rows = [line for line in page.splitlines() if line.startswith("| ")]
        replying = page.partition("## Posting replies")[2].splitlines()
        for key in {key for key, _, _ in own(importlib.import_module(f"sources.{name}").Settings)}:
            _, reply, last = key.rpartition("reply.")
            told = any(
                f"`{last}`" in row.split("|")[1] for row in (replying if reply else rows) if "|" in row
            )
            assert told, f"{name}.md does not describe {key}"


def test_the_format_is_shown_as_it_is_written() -> None:
    page = (PAGE.parent / "replay.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    records = [record for _, record in read_lines(block.splitlines())]
    assert [dump(record) for record in records if not isinstance(record, InputError)] == block.splitlines()


@pytest.mark.parametrize("page", sorted(PAGE.parent.glob("[!R]*.md")), ids=lambda page: page.stem)
def test_the_configurations_shown_are_valid(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = page.read_text(encoding="utf-8")
    for variable in re.findall(r'env = "([A-Z_]+)"', text):
        monkeypatch.setenv(variable, "whsec_" + 32 * "A")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert blocks
    tables = [table for block in blocks for table in tomllib.loads(block)["sources"].values()]
    for shown in tables:
        # The section on replies shows what comes to the table above it.
        table = tables[0] | shown if shown.keys() == {"reply"} else shown
        assert table["type"] == page.stem
        importlib.import_module(f"sources.{page.stem}").Settings.model_validate(table)
