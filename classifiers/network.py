"""A network and its tokenizer, run by ONNX Runtime: what it makes of texts, as numbers.

Its folder holds `model.onnx`, `tokenizer.json` and `manifest.json`, which says what the outputs mean, how they are
calibrated, and the SHA-256 of the other files.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from classifiers.heads import Array
from classifiers.text import prepare, shorten
from monitor.errors import ClassifierError

PIECES = 512
"""Word pieces of a batch, padding included: few enough that what a core computes stays in its cache."""
MOST_THREADS = 4
"""More cores gain little on short texts, and the rest of the machine is not ours."""


class Features(NamedTuple):
    """Of some texts, a row each: embeddings of unit length, and each head's calibrated logits (texts, labels)."""

    values: Array
    logits: dict[str, Array]


class Network:
    """Reads any text, in batches of similar length. The numbers of a text do not depend on its neighbours but for
    rounding. Of a text longer than the network can read, the beginning and the end count.

    One session; each thread computes batches of its own, which on two cores takes less time than to share every batch,
    where each layer ends with one core waiting for the other.
    """

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """ClassifierError when the files are missing, or not the ones that the manifest names. `threads` 0: as many as
        there are cores, at most MOST_THREADS."""
        manifest, files = _load(folder)
        self._session, self._tokenizer = _start(files)
        self._pool = ThreadPoolExecutor(threads or min(os.cpu_count() or 1, MOST_THREADS))
        self._heads: dict[str, dict[str, Any]] = manifest["heads"]
        self._prefix: str = manifest["prefix"]
        self._longest: int = manifest["longest"]
        self._pad: int = manifest["pad"]
        self._languages: list[str] = manifest["languages"]
        # The manifest has the other files' hashes and the calibration: whatever changes an answer changes the name.
        digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
        self.shipped = f"{manifest['name']}-{digest[:8]}"

    def features(self, texts: Sequence[str]) -> Features:
        """What heads are fitted to, for each text in the same order."""
        rows = self._encode(texts)
        batches = list(_batches(rows))
        parts = self._pool.map(lambda batch: self._run([rows[i] for i in batch]), batches)
        found = list(parts) or [self._run([[self._pad]])]
        back = np.argsort([i for batch in batches for i in batch])
        logits, embeddings = (np.concatenate(part)[back] for part in zip(*found, strict=True))
        heads, start = {}, 0
        for name, head in self._heads.items():
            heads[name] = logits[:, start : start + len(head["labels"])] * np.float32(head["scale"])
            start += len(head["labels"])
        return Features(embeddings, heads)

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch_fast([self._prefix + prepare(text) for text in texts])
        return [shorten(encoding.ids, self._longest) for encoding in encodings]

    def _run(self, rows: list[list[int]]) -> tuple[Array, Array]:
        """Logits, and embeddings of unit length, of one batch."""
        ids = np.full((len(rows), max(map(len, rows))), self._pad, np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
        logits, embeddings = self._session.run(["logits", "embedding"], {"ids": ids})
        return logits, embeddings


def _batches(rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """The places of rows that are read together: the longest first, so that no thread is left alone with them."""
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
    while order:
        size = max(PIECES // len(rows[order[0]]), 1)
        yield order[:size]
        order = order[size:]


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


def _start(files: dict[str, bytes]) -> tuple[Any, Any]:
    from onnxruntime import InferenceSession, SessionOptions
    from tokenizers import Tokenizer

    options = SessionOptions()
    options.intra_op_num_threads = 1  # a batch is computed by the thread that asks
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
