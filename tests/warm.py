"""Commands of the shell, each in a process of its own, without the seconds that each takes to load the program: a process
that has loaded all of it forks for each."""

from __future__ import annotations

import atexit
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def snapwatch(
    folder: Path, *arguments: str, stdin: str | Path = "", stdout: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Of the words or files given, relative to the folder."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        if isinstance(stdin, str):
            (place / "in").write_text(stdin, encoding="utf-8")
        files = [
            folder / stdin if isinstance(stdin, Path) else place / "in",
            folder / stdout if stdout else place / "out",
            place / "err",
        ]
        status = _ran(
            {
                "folder": str(folder),
                "arguments": arguments,
                "files": [str(each) for each in files],
                "environment": dict(os.environ),
            }
        )
        said = "" if stdout else (place / "out").read_text(encoding="utf-8")
        return subprocess.CompletedProcess(
            arguments, status, said, (place / "err").read_text(encoding="utf-8")
        )


def _ran(asked: dict[str, Any]) -> int:
    """How a command has ended."""
    server = _server()
    assert server.stdin
    assert server.stdout
    try:
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        return int(server.stdout.readline())
    except BaseException:
        # A test's patience is over: how its command ends is not to be told to the next one.
        os.killpg(server.pid, signal.SIGKILL)
        server.communicate()
        _server.cache_clear()
        raise


@cache
def _server() -> subprocess.Popen[str]:
    # Its main module belongs to no package, as that of the command: by that the command's name is known.
    server = subprocess.Popen(
        [sys.executable, "-c", "from tests.warm import serve; serve()"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    atexit.register(server.communicate)
    return server


def serve() -> None:
    """Until there is nothing more to read, take a line of JSON for each command, and say how it has ended."""
    sys.path.pop(0)  # the root, where what is only in the repository would be found, too
    for package in map(import_module, ("monitor", "sources", "alerts", "classifiers")):
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            with suppress(ImportError):  # what belongs to an extra that is not here
                import_module(each.name)
    # Reading the first configuration renders every playbook.
    import_module("monitor.config").load(ROOT / "config.example.toml")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            sys.exit(import_module("monitor.cli").main())  # and ends as every program does
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(asked: dict[str, Any]) -> None:
    """What the shell would start."""
    for number, name in enumerate(asked["files"]):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)  # the other one may have read ahead
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["snapwatch", *asked["arguments"]]
