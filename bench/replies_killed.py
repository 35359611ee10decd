"""The daemon is killed at every statement of posting a reply: `python -m bench.replies_killed`; writes
bench/results/replies.json.

A process posts an approved reply and ends, without any clean-up, at its n-th statement, for each n until it lives to its
end; then another one does what is left. The platform takes every repetition for a new post.
"""

from __future__ import annotations

import logging
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import structlog

from bench.report import write
from tests.monitor.replying.test_reply_killed import OUTCOMES, kill_at_every


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for number, (name, outcomes) in enumerate(OUTCOMES.items()):
            lives = Path(folder) / str(number)
            lives.mkdir()
            found[name] = asdict(kill_at_every(1, outcomes, lives))
    total = {
        key: sum(each[key] for each in found.values()) for key in ("kills", "doubles", "lost", "unknown")
    }
    write("replies", {**total, "by": found, "seconds": round(time.perf_counter() - started)})


if __name__ == "__main__":
    main()
