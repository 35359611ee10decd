"""The commands: one small function each, no logic. Their names and formats are stable: other programs call them.

Each imports what it needs when it runs: `classify` answers sooner without the daemon's libraries.
"""

from __future__ import annotations

import os
import sys

# In the order in which `snapwatch --help` lists them.
# isort: off
from monitor.cli import (
    watch,
    texts,
    playbooks,
    answers,
    replies,
    oncall,
    learning,
    accounts,
    keeping,
    assistants,
)

# isort: on
from monitor.cli.shared import app
from monitor.errors import ConfigError, SnapwatchError

__all__ = [
    "accounts",
    "answers",
    "app",
    "assistants",
    "keeping",
    "learning",
    "main",
    "oncall",
    "playbooks",
    "replies",
    "texts",
    "watch",
]


def main() -> None:
    """Run a command. Status 0 it worked, 1 it did not, 2 the configuration or the arguments are wrong."""
    # Threads of a fit that wait for each other would otherwise spin: beside other work that takes ten times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        app()
    except ConfigError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        sys.exit(2)
    except SnapwatchError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has seen enough (`snapwatch export | head`).
        sys.stderr.close()
        sys.exit(0)
