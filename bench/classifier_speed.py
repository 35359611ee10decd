"""Load time, texts a second and peak memory of the bundled classifier with its default settings, as JSON.

python -m bench.classifier_speed
"""

from __future__ import annotations

import json
import resource
import time
import tomllib
from pathlib import Path

from classifiers.bundled import FOLDER, Settings, build

TEXTS = 512


def main() -> None:
    stories = tomllib.loads((Path(__file__).parent / "stories.toml").read_text(encoding="utf-8"))
    posts = [text for story in stories.values() for text in story]
    texts = [posts[i % len(posts)] for i in range(TEXTS)]
    begin = time.perf_counter()
    model = build(Settings())
    model.classify(texts[:1])
    loaded = time.perf_counter()
    model.classify(texts)
    done, cpu = time.perf_counter(), time.process_time()
    model.classify(texts)
    found = {
        "load time, first text included, s": round(loaded - begin, 2),
        "texts a second": round(TEXTS / (done - loaded), 1),
        "texts a second of one core": round(TEXTS / (time.process_time() - cpu), 1),
        "peak memory, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "size of the files, MB": round(sum(file.stat().st_size for file in FOLDER.iterdir()) / 1e6, 1),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
