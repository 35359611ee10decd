"""The labelled texts and the split. Everything here is a pure function of the files and of this page.

A row belongs to the held-out part by the SHA-256 of its text (lower-case letters and digits alone), so the same post
never stands on both sides, however often and in however many sets it occurs. A text that is held out in one set is
left out of the training part of every set.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifiers.language import language
from classifiers.text import prepare

SENTIMENT = ("negative", "neutral", "positive")
SEVERITY = ("no explicit reproach", "disapproval", "accusation", "blame")
YES_OR_NO = ("no", "yes")
EMOTION = ("anger", "joy", "optimism", "sadness")
HEADS = {
    "complaint": YES_OR_NO, "sentiment": SENTIMENT, "severity": SEVERITY, "sarcasm": YES_OR_NO,
    "emotion": EMOTION, "offensive": YES_OR_NO, "relevance": YES_OR_NO,
}  # fmt: skip
LANGUAGES = {
    "arabic": "ar", "german": "de", "english": "en", "spanish": "es",
    "french": "fr", "hindi": "hi", "italian": "it", "portuguese": "pt",
}  # fmt: skip

HELD_OUT_YEARS = ("twitter-2014", "twitter-2015")
"""Of SemEval: whole years, so that the figure is one for another time."""

UNLABELLED = {
    "sentiment_semeval": 4000, "sentiment_umsab_train": 5000, "complaints_acl2019": 1200, "complaints_xfincorp": 1000,
    "tweeteval_offensive_train": 400, "brand_sanders": 400,
}  # fmt: skip
"""Posts of each set whose text alone is looked at."""

MEASURE_ONLY = ("airline", "reply_pairs")
"""Non-commercial sets: no shipped weight has seen them."""


@dataclass(frozen=True)
class Row:
    """One labelled text. `label` is an index into the head's names; `group` what figures are reported by."""

    text: str
    label: int
    group: str = ""


@dataclass
class Task:
    train: list[Row] = field(default_factory=list)
    held_out: list[Row] = field(default_factory=list)


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one set; SemEval writes some characters as backslash escapes, which are undone here."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        if "text" in row:
            row["text"] = re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), row["text"])
    return rows


def key(text: str) -> str:
    """The same for two copies of a post: what is left without names, links, case and punctuation."""
    plain = prepare(text).lower().replace("@user", " ").replace("http", " ")
    return "".join(c for c in plain if c.isalnum()) or plain


def fold(text: str) -> int:
    """0..9, evenly, the same on every machine."""
    return hashlib.sha256(key(text).encode()).digest()[0] % 10


def tasks(folder: Path) -> dict[str, Task]:
    """The training and the held-out rows of each head."""
    found: dict[str, Task] = defaultdict(Task)

    def add(head: str, row: Row, held_out: bool) -> None:
        (found[head].held_out if held_out else found[head].train).append(row)

    for r in read(folder, "complaints_acl2019"):
        group = "random" if r["domain"].startswith("random") else "brand"
        add("complaint", Row(r["text"], r["complaint"], group), fold(r["text"]) < 2)
    for r in read(folder, "sentiment_semeval"):
        row = Row(r["text"], SENTIMENT.index(r["sentiment"]), "semeval")
        add("sentiment", row, r["split"].startswith(HELD_OUT_YEARS))
    for part in ("train", "val"):
        for r in read(folder, f"sentiment_umsab_{part}"):
            row = Row(r["text"], SENTIMENT.index(r["sentiment"]), LANGUAGES[r["language"]])
            add("sentiment", row, part == "val")
        for r in read(folder, f"tweeteval_irony_{part}"):
            add("sarcasm", Row(r["text"], int(r["label"] == "irony")), part == "val")
        for r in read(folder, f"tweeteval_emotion_{part}"):
            add("emotion", Row(r["text"], EMOTION.index(r["label"])), part == "val")
        for r in read(folder, f"tweeteval_offensive_{part}"):
            add("offensive", Row(r["text"], int(r["label"] == "offensive")), part == "val")
    for r in read(folder, "complaints_xfincorp"):
        if r["complaint"]:
            add("severity", Row(r["text"], SEVERITY.index(r["severity"].lower())), fold(r["text"]) < 2)
    for r in read(folder, "brand_sanders"):
        # The set calls every post in another language irrelevant, which is not what relevance is here.
        if language(r["text"]) in ("en", None):
            add("relevance", Row(r["text"], int(r["sentiment"] != "irrelevant")), fold(r["text"]) < 2)

    unseen = {key(row.text) for task in found.values() for row in task.held_out}
    for task in found.values():
        task.train = [row for row in task.train if key(row.text) not in unseen]
    return dict(found)


def posts(folder: Path) -> list[str]:
    """Posts without their labels, the same ones in the same order every time."""
    rng = random.Random(3)  # noqa: S311
    rows = {name: read(folder, name) for name in UNLABELLED}
    return [
        r["text"] for name, n in UNLABELLED.items() for r in rng.sample(rows[name], min(n, len(rows[name])))
    ]


def airline(folder: Path) -> list[Row]:
    """Negative or not: how well "complaint" carries over to posts of another kind. Measured, never trained on."""
    return [
        Row(r["text"], int(r["sentiment"] == "negative"), r["reason"] or "") for r in read(folder, "airline")
    ]


def isarcasm(folder: Path) -> list[Row]:
    """Sarcasm as the authors of the posts labelled it: how well irony carries over. Measured, never trained on."""
    return [Row(r["text"], r["sarcastic"]) for r in read(folder, "sarcasm_train")]
