"""What the network may learn from posts without labels.

    python -m train.teacher BASE DATA OUT NETWORK...

The base says where a post lies among others, networks that were trained shortly how likely it is a complaint. OUT
gets "before", the base's embeddings (posts, 384), and "complaint", the mean of the networks' and of a logistic
regression on the base's embeddings (posts,).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer

from train.data import posts, tasks
from train.embedding import Array, pooled_layers, unit
from train.measure import ask, figures
from train.network import Network, finished, scores, start


def frozen(network: Network, tokenizer: Tokenizer, texts: list[str]) -> Array:
    """The base's embeddings; it wants its prefix."""
    return unit(pooled_layers(network, tokenizer, [f"query: {text}" for text in texts], (12,)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("network", type=Path, nargs="+", help="what train/train.py wrote")
    args = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(args.base / "tokenizer.json"))
    base, teachers = start(args.base), [finished(args.base, file) for file in args.network]
    known = tasks(args.data)["complaint"].train
    probe = LogisticRegression(C=30, max_iter=1000)
    probe.fit(frozen(base, tokenizer, [row.text for row in known]), [row.label for row in known])

    def complaint(texts: list[str], before: Array) -> Array:
        each = [probe.predict_proba(before)[:, 1]]
        each += [scores(network, tokenizer, texts)["complaint"][:, 1] for network in teachers]
        return np.mean(each, 0)

    def model(texts: list[str]) -> dict[str, Array]:
        p = complaint(texts, frozen(base, tokenizer, texts))
        return {"complaint": np.stack([1 - p, p], 1)}

    print(figures(ask(args.data, model, 1500, ("complaint", "airline"))), flush=True)
    texts = posts(args.data)
    before = frozen(base, tokenizer, texts)
    np.savez(args.out, before=before, complaint=complaint(texts, before))


if __name__ == "__main__":
    main()
