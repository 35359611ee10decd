"""How good and how fast the bundled classifier is, beside a TF-IDF + logistic regression trained on the same rows.

    python -m bench.classifier [DATA] [--sample 1500]      # needs scikit-learn; writes bench/results/classifier.json

DATA is the folder of labelled posts that train/README.md names; without it only speed is measured. The quality is that
of the shipped files, through the Classifier port, on rows that no weight has seen (train/data.py has the split).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from classifiers.bundled import Settings, build
from classifiers.text import prepare
from train.data import tasks
from train.measure import Scores, bundled_scores, topics, validation

RESULTS = Path(__file__).parent / "results" / "classifier.json"


def baseline(data: Path) -> Callable[[list[str]], Scores]:
    """Words and pairs of words, and parts of words, weighed by TF-IDF; one logistic regression for each head."""
    fitted = {}
    for head, task in tasks(data).items():
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        parts = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True)
        model = make_pipeline(make_union(words, parts), LogisticRegression(C=3, max_iter=300))
        fitted[head] = model.fit([prepare(row.text) for row in task.train], [row.label for row in task.train])

    def scores(texts: list[str]) -> Scores:
        prepared = [prepare(text) for text in texts]
        return {head: model.predict_proba(prepared) for head, model in fitted.items()}

    return scores


def speed() -> dict[str, float]:
    """In a process of its own, whose memory holds nothing of this one."""
    command = [sys.executable, "-m", "bench.classifier_speed"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return dict(json.loads(done.stdout))


def machine() -> dict[str, object]:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "cores": os.cpu_count(),
        "cpu": names[0] if names else platform.processor(),
        "load at the start": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--sample", type=int, help="measure on at most so many rows of each set")
    args = parser.parse_args()
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True).stdout.strip()  # noqa: S603
    model = build(Settings())
    report: dict[str, object] = {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit,
        "model": model.version,
        "machine": machine(),
        "rows of each set at most": args.sample,
        "speed": speed(),
    }
    for name, value in speed_rows(report):
        print(f"{name:52} {value:>10}")
    if args.data.exists():
        ours = validation(args.data, lambda texts: bundled_scores(model, texts), args.sample)
        theirs = validation(args.data, baseline(args.data), args.sample)
        report["quality"] = {name: {"bundled": ours[name], "TF-IDF": theirs[name]} for name in ours}
        report["topics"] = topics(args.data, model, args.sample)
        print(f"\n{'on held-out rows':52} {'bundled':>10} {'TF-IDF':>10}")
        for name in ours:
            print(f"{name:52} {ours[name]:10.3f} {theirs[name]:10.3f}")
        for name, value in report["topics"].items():  # type: ignore[attr-defined]
            print(f"{name:52} {value:10.3f}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def speed_rows(report: dict[str, object]) -> list[tuple[str, object]]:
    return list(report["speed"].items())  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
