"""How long `snapwatch backtest` and `forecast fit` take, and how much memory, on made-up histories of some sizes.

    python -m bench.backtest [--readings 300000] [--fit 300000]

Writes bench/results/backtest.json. Seconds are of the wall, from start to end of the command; those of the processor, over
all cores, tell how much of it was waiting for others.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.make_history import AGES, records
from bench.report import write
from monitor.exchange import dump

SNAPWATCH = Path(sys.executable).with_name("snapwatch")


def history(folder: Path, readings: int) -> Path:
    path = folder / f"{readings}.jsonl"
    posts = readings // len(AGES) + 1
    with path.open("w", encoding="utf-8") as file:
        file.writelines(dump(each) + "\n" for each in records(posts, days=90, seed=1))
    return path


def measured(what: str, *arguments: str) -> dict[str, float]:
    """The seconds that a command takes. It must end well."""
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([SNAPWATCH, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = {
        f"{what}: seconds": round(time.perf_counter() - begin, 1),
        f"{what}: seconds of the processor": round(after.ru_utime - before.ru_utime, 1),
        f"{what}: MB, the largest so far": round(after.ru_maxrss / 1024),
    }
    print(found, file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readings", type=int, default=300_000)
    parser.add_argument("--fit", type=int, default=300_000)
    given = parser.parse_args()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked = ("--viral-at", "60", "--measure", "reposts")
        for readings in (given.readings // 10, given.readings):
            path = str(history(folder, readings))
            out = ("--forecasts", str(folder / "out.jsonl"), "--out", str(folder / "page"))
            figures |= measured(f"backtest, {readings:,} readings", "backtest", path, *asked, *out)
        path = str(history(folder, given.fit))
        model = ("--out", str(folder / "model"))
        figures |= measured(f"forecast fit, {given.fit:,} readings", "forecast", "fit", path, *asked, *model)
    write("backtest", figures)


if __name__ == "__main__":
    main()
