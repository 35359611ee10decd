"""Makes the recordings of this folder anew, from the fake platforms: `python -m tests.recordings.make`.

NAME.json is the recording, NAME.jsonl what the source makes of it.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests import recorded
from tests.contract_sources import START
from tests.monitor.recording.worlds import WORLDS, recordable

SERVED = "date"
"""A header in which the fakes give the true time: left out, so that a file changes only with what it means."""


def main() -> None:
    for name in WORLDS:
        file = recorded.ROOT / f"{name}.json"
        with recordable(name) as world, tempfile.TemporaryDirectory() as folder:
            status, said = recorded.make(file, name, world.settings, world.build, START, Path(folder))
        if status:
            raise SystemExit(said)
        text = file.read_text(encoding="utf-8")
        for fake, true in world.renamed.items():
            text = text.replace(fake, true)
        data = json.loads(text)
        for answer in data["answers"]:
            answer["headers"] = [pair for pair in answer["headers"] if pair[0] != SERVED]
        file.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        _, told, _ = recorded.replayed(name, file)
        file.with_suffix(".jsonl").write_text("".join(f"{line}\n" for line in told), encoding="utf-8")


if __name__ == "__main__":
    main()
