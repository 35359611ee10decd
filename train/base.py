"""The starting point: multilingual-e5-small with the part of its vocabulary that the supported languages need.

    python -m train.base WHEELS DATA OUT [--pieces 31000]

`WHEELS` holds the two wheels of train/README.md; they are only read, none of their code is run. Four fifths of the
model are rows of a table for 250,000 pieces in a hundred languages. The pieces kept are the special ones, every
single character that occurs, and the most frequent ones in two sources: the posts of `DATA` and, since the posts
alone know little of how Germans complain, the word lists of `wordfreq`; `POSTS` says how they are weighed. The
tokenizer is a unigram model, so cutting a piece means: words that used it fall apart into smaller ones that are kept.
"""

from __future__ import annotations

import argparse
import json
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import wordfreq
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from classifiers.text import prepare
from train.data import LANGUAGES, read
from train.e5 import unpack

TEXT_SETS = (
    "complaints_acl2019", "complaints_xfincorp", "sentiment_semeval", "sentiment_umsab_train", "brand_sanders",
    "tweeteval_emotion_train", "tweeteval_irony_train", "tweeteval_offensive_train", "sarcasm_train",
)  # fmt: skip
POSTS = {True: 6.0, False: 2.0}
"""How much the posts of a language weigh beside its word list; English is most of what is read (and trained on)."""
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def count(tokenizer: Tokenizer, texts: dict[str, float]) -> Counter:
    """How often each piece occurs in the texts, each of which counts as often as its weight says."""
    found: Counter = Counter()
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    for encoding, weight in zip(encodings, texts.values(), strict=True):
        for i in encoding.ids:
            found[i] += weight
    return found


def add_share(share: Counter, found: Counter, weight: float) -> None:
    total = found.total()
    for i, n in found.items():
        share[i] += weight * n / total


def choose(tokenizer: Tokenizer, data: Path, pieces: int) -> list[int]:
    """The ids to keep, in their old order.

    A piece counts for its share of all pieces in one language and source, summed over languages and sources, so that
    the many English posts don't push the others out.
    """
    vocabulary = json.loads(tokenizer.to_str())["model"]["vocab"]
    texts: dict[str, list[str]] = defaultdict(list)
    for name in TEXT_SETS:
        for row in read(data, name):
            texts[LANGUAGES[row.get("language", "english")]].append(prepare(row["text"]))
    share: Counter = Counter()
    for language, posts in texts.items():
        add_share(share, count(tokenizer, dict.fromkeys(["query: ", *posts], 1.0)), POSTS[language == "en"])
        listed = sorted(wordfreq.get_frequency_dict(language).items(), key=lambda item: -item[1])[:40_000]
        words = {form: frequency for word, frequency in listed for form in (word, word.capitalize())}
        add_share(share, count(tokenizer, words), 1.0)
    seen = Counter(
        c for posts in texts.values() for post in posts for c in unicodedata.normalize("NFKC", post)
    )
    keep = {i for i, (piece, _) in enumerate(vocabulary) if piece in SPECIAL or piece == "▁"}
    keep |= {i for i, (piece, _) in enumerate(vocabulary) if len(piece) == 1 and seen[piece] > 1}
    for i, _ in share.most_common():
        if len(keep) == pieces:
            break
        keep.add(i)
    return sorted(keep)


def cut(full: Path, data: Path, out: Path, pieces: int) -> None:
    """Write the model and the tokenizer with the kept pieces; print how much of the texts they cover."""
    tokenizer = Tokenizer.from_file(str(full / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    spec = json.loads(tokenizer.to_str())
    vocabulary = spec["model"]["vocab"]
    keep = choose(tokenizer, data, pieces)
    new_id = {old: new for new, old in enumerate(keep)}
    spec["model"]["vocab"] = [vocabulary[i] for i in keep]
    spec["model"]["unk_id"] = new_id[spec["model"]["unk_id"]]
    spec["added_tokens"] = [dict(t, id=new_id[t["id"]]) for t in spec["added_tokens"] if t["id"] in new_id]
    for token in spec["post_processor"].get("special_tokens", {}).values():
        token["ids"] = [new_id[i] for i in token["ids"]]

    out.mkdir(parents=True, exist_ok=True)
    (out / "tokenizer.json").write_text(json.dumps(spec, ensure_ascii=False), encoding="utf-8")
    state = load_file(full / "model.safetensors")
    name = "embeddings.word_embeddings.weight"
    state[name] = np.ascontiguousarray(state[name][keep])
    save_file(state, out / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((full / "config.json").read_text())
    config |= {"vocab_size": len(keep), "pad_token_id": new_id[config["pad_token_id"]]}
    (out / "config.json").write_text(json.dumps(config, indent=1))

    small = Tokenizer.from_file(str(out / "tokenizer.json"))
    by_language: dict[str, list[str]] = {}
    for row in read(data, "sentiment_umsab_val"):
        by_language.setdefault(row["language"], []).append(prepare(row["text"]))
    for language, texts in by_language.items():
        long = [e.ids for e in tokenizer.encode_batch(texts)]
        short = [e.ids for e in small.encode_batch(texts)]
        same = sum([new_id.get(i) for i in a] == b for a, b in zip(long, short, strict=True)) / len(texts)
        unknown = sum(b.count(new_id[3]) for b in short) - sum(a.count(3) for a in long)
        growth = sum(map(len, short)) / sum(map(len, long)) - 1
        print(
            f"{language:10} texts cut the same {same:.3f}, tokens +{growth:.3%}, more unknown pieces {unknown}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("wheels", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pieces", type=int, default=31_000)
    args = parser.parse_args()
    full = args.out / "full"
    if not (full / "model.safetensors").exists():
        unpack(args.wheels, full)
    cut(full, args.data, args.out / "cut", args.pieces)


if __name__ == "__main__":
    main()
