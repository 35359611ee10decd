"""Keep what a shipped network makes of the categories' examples, so that no start has to compute it.

    python -m train.examples FOLDER      # writes FOLDER/categories.npz, after the network and its manifest

What is kept carries the network's version and the texts, so it is never taken for another network's or another text's:
`classifiers.bundled` computes what is missing.
"""

from __future__ import annotations

import sys
from pathlib import Path

from classifiers.bundled import EXAMPLES, Bundled
from classifiers.categories import rows, save_features


def write(folder: Path) -> None:
    (folder / EXAMPLES).unlink(missing_ok=True)
    model = Bundled(folder)
    texts, _ = rows(model.categories)
    save_features(folder / EXAMPLES, model.shipped, texts, model.examples.features)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
