"""Commands of the shell, each in a process of its own, without the seconds that each takes to load the program: a process
that has loaded all of it forks for each. As a program: that process, which takes a line of JSON a command."""

from __future__ import annotations

import atexit
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
import threading
import traceback
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
        asked = {"folder": str(folder), "arguments": arguments, "files": [str(each) for each in files],
                 "environment": dict(os.environ)}  # fmt: skip
        server = _server()
        assert server.stdin
        assert server.stdout
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        said = "" if stdout else (place / "out").read_text(encoding="utf-8")
        return subprocess.CompletedProcess(
            arguments, status, said, (place / "err").read_text(encoding="utf-8")
        )


@cache
def _server() -> subprocess.Popen[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.warm"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def end() -> None:
        server.communicate()

    atexit.register(end)
    return server


def _serve() -> None:
    for package in map(import_module, ("monitor", "sources", "alerts", "classifiers")):
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            with suppress(ImportError):  # what belongs to an extra that is not here
                import_module(each.name)
    # Reading the first configuration renders every playbook.
    import_module("monitor.config").load(ROOT / "config.example.toml")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(asked: dict[str, Any]) -> None:
    """As the shell starts it."""
    from monitor import cli

    for number, name in enumerate(asked["files"]):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY)
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, "w" if n else "r") for n in range(3))
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["snapwatch", *asked["arguments"]]
    status = 1
    try:
        cli.main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    with suppress(ValueError, OSError):
        sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    _serve()
