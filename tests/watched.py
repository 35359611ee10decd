"""The example configuration, and a folder in which its day has been watched."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from monitor.store import Store
from tests.ports import free_port
from tests.warm import ROOT, snapwatch


def configure(folder: Path) -> int:
    """The example configuration, on a free port; the port."""
    port = free_port()
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    (folder / "config.toml").write_text(text.replace("127.0.0.1:8080", f"127.0.0.1:{port}"), encoding="utf-8")
    return port


def began(folder: Path, seconds_ago: float) -> None:
    """Let the story have begun in the past, as if the daemon had run since."""
    store = Store(folder / "snapwatch-data" / "snapwatch.db")
    store.write(lambda tables: tables.meta.set("replay began", str(time.time() - seconds_ago)))
    store.close()


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the whole day has been watched, to be copied."""
    folder = tmp_path_factory.mktemp("watched")
    configure(folder)
    # Passes at several moments of the day, as the daemon would make them; the last one after the digest's hour.
    for seconds in (10, 12, 14, 16, 18, 30, 60, 97):
        began(folder, seconds)
        done = snapwatch(folder, "run", "--once")
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def day(watched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the whole day has been watched."""
    folder = tmp_path_factory.mktemp("day") / "day"
    shutil.copytree(watched, folder)
    configure(folder)
    return folder
