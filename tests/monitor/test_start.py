"""What a command loads before it answers: no more than it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from monitor.cli import app
from monitor.learning.said import SAYS

ROOT = Path(__file__).resolve().parents[2]
DAEMON = {
    "fastapi",
    "uvicorn",
    "jinja2",
    "matplotlib",
    "twilio",
    "phonenumbers",
    "schedule",
    "scipy",
    "sqlite3",
    "sqlite_utils",
    "tomlkit",
    "tweepy",
}
"""Libraries of the daemon, of its store and of other commands: loading them takes as long as loading the model."""
COMMAND = """
import sys
from monitor import cli
try:
    cli.main()
finally:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


def loaded(folder: Path, *arguments: str) -> set[str]:
    """The libraries that the command has loaded when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        input=b'{"id": 1, "text": "my parcel is lost"}\n',
        capture_output=True,
        check=True,
    )
    return set(done.stderr.decode().splitlines()[-1].split())


def test_classify_without_a_configuration_loads_the_model_and_nothing_of_the_daemon(tmp_path: Path) -> None:
    found = loaded(tmp_path, "classify")
    assert {"onnxruntime", "tokenizers", "py3langid"} <= found
    assert found & DAEMON == set()


def test_help_loads_neither_the_model_nor_the_daemon(tmp_path: Path) -> None:
    assert loaded(tmp_path, "--help") & {*DAEMON, "onnxruntime", "numpy", "pydantic"} == set()


def test_the_help_of_label_names_every_grade() -> None:
    said = CliRunner().invoke(app, ["label", "--help"], env={"COLUMNS": "200"}).output
    assert f"{', '.join(SAYS['severity'][:-1])} or {SAYS['severity'][-1]}" in said
