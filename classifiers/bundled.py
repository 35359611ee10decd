"""The classifier that comes with the installation: one transformer for eight languages, run by ONNX Runtime.

`bundled_model/` holds the network, its tokenizer and `manifest.json`, which says what the outputs mean, how they are
calibrated, and the SHA-256 of the other files. Where the weights come from, and how good they are, stands in
`bundled_model/MODEL_CARD.md`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from classifiers.language import language
from classifiers.text import prepare, shorten
from monitor.errors import ClassifierError
from monitor.model import Classification, Sentiment
from monitor.settings import ClassifierSettings

FOLDER = Path(__file__).parent / "bundled_model"
BATCH = 32
MOST_THREADS = 4
"""More cores gain little on batches of short texts, and the rest of the machine is not ours."""

Probabilities = dict[str, NDArray[np.float32]]


class Settings(ClassifierSettings):
    type: Literal["bundled"] = "bundled"
    threads: int = Field(
        0, ge=0, le=256, description=f"processor cores that the model may use; 0: all, at most {MOST_THREADS}"
    )


def build(settings: Settings) -> Bundled:
    """ClassifierError when the files of the model are missing or are not the ones that were shipped."""
    return Bundled(FOLDER, settings.threads)


class Bundled:
    """Reads any text, in batches of similar length. The answer for a text does not depend on its neighbours but for
    rounding. Of a text longer than the model can read, the beginning and the end count."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        manifest, files = _load(folder)
        self._session, self._tokenizer = _start(files, threads or min(os.cpu_count() or 1, MOST_THREADS))
        self._heads: dict[str, dict[str, Any]] = manifest["heads"]
        self._prefix: str = manifest["prefix"]
        self._longest: int = manifest["longest"]
        self._pad: int = manifest["pad"]
        self.version = f"{manifest['name']}-{manifest['sha256']['model.onnx'][:8]}"

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """One classification for each text, in the same order; every text gets one, also an empty one."""
        rows = self._encode(texts)
        found: list[Classification | None] = [None] * len(rows)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            scores, embeddings = self._run([rows[i] for i in batch])
            for place, i in enumerate(batch):
                one = {head: values[place] for head, values in scores.items()}
                found[i] = self._classification(texts[i], one, embeddings[place])
        return [one for one in found if one is not None]

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch([self._prefix + prepare(text) for text in texts])
        return [shorten(encoding.ids, self._longest) for encoding in encodings]

    def _run(self, rows: list[list[int]]) -> tuple[Probabilities, NDArray[np.float32]]:
        """The calibrated probabilities of each head, (texts, labels), and the embeddings of unit length."""
        ids = np.full((len(rows), max(map(len, rows))), self._pad, np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
        logits, embeddings = self._session.run(["logits", "embedding"], {"ids": ids})
        scores, start = {}, 0
        for name, head in self._heads.items():
            part = logits[:, start : start + len(head["labels"])] * head["scale"]
            power = np.exp(part - part.max(1, keepdims=True))
            scores[name] = power / power.sum(1, keepdims=True)
            start += len(head["labels"])
        return scores, embeddings

    def _classification(
        self, text: str, scores: Probabilities, embedding: NDArray[np.float32]
    ) -> Classification:
        severity = scores["severity"]
        return Classification(
            complaint=float(scores["complaint"][1]),
            sentiment=Sentiment(*map(float, scores["sentiment"])),
            model=self.version,
            severity=self._label("severity", severity),
            severity_score=float(severity @ np.linspace(0, 1, len(severity))),
            category=self._label("category", scores["category"]),
            language=language(text),
            sarcasm=float(scores["sarcasm"][1]),
            embedding=tuple(embedding.tolist()),
        )

    def _label(self, head: str, scores: NDArray[np.float32]) -> str:
        return str(self._heads[head]["labels"][int(scores.argmax())])


def _load(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest and the files that it names, each checked against its SHA-256."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        files = {name: (folder / name).read_bytes() for name in manifest["sha256"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = (
            f"{Path(error.filename).name} is missing"
            if isinstance(error, OSError) and error.filename
            else "manifest.json is damaged"
        )
        raise ClassifierError(
            f"the bundled model can't be read: {what}; reinstall snapwatch", permanent=True
        ) from None
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != manifest["sha256"][name]:
            raise ClassifierError(
                f"the bundled model's {name} is not the file that manifest.json names (its SHA-256 differs); "
                "reinstall snapwatch",
                permanent=True,
            )
    return manifest, files


def _start(files: dict[str, bytes], threads: int) -> tuple[Any, Any]:
    from onnxruntime import InferenceSession, SessionOptions
    from tokenizers import Tokenizer

    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A daemon that waits for the next poll must not keep the cores busy meanwhile.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        session = InferenceSession(files["model.onnx"], options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_buffer(files["tokenizer.json"])
    except Exception as error:
        raise ClassifierError(
            f"the bundled model does not load ({type(error).__name__}); this needs onnxruntime of the version that "
            "the installation asks for",
            permanent=True,
        ) from error
    return session, tokenizer
