"""The classifier that comes with the installation: one transformer for eight languages, run by ONNX Runtime.

`bundled_model/` holds the network, its tokenizer and `manifest.json`, which says what the outputs mean, how they are
calibrated, and the SHA-256 of the other files. Where the weights come from, and how good they are, stands in
`bundled_model/MODEL_CARD.md`. The category head is fitted at every start to what the network makes of examples.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import AfterValidator, Field, field_validator

from classifiers import categories as situations
from classifiers.heads import Array, Head, softmax
from classifiers.language import language, measured
from classifiers.text import prepare, shorten
from monitor.errors import ClassifierError
from monitor.model import Classification, Emotion, Sentiment
from monitor.settings import ClassifierSettings

FOLDER = Path(__file__).parent / "bundled_model"
EXAMPLES = "categories.npz"
"""What the network makes of the shipped categories' examples (train/examples.py); a start without it takes longer."""
BATCH = 32
MOST_THREADS = 4
"""More cores gain little on batches of short texts, and the rest of the machine is not ours."""


class Features(NamedTuple):
    values: Array
    logits: dict[str, Array]


Name = Annotated[str, AfterValidator(situations.valid_name)]
Examples = Annotated[tuple[str, ...], AfterValidator(situations.valid_examples)]


class Settings(ClassifierSettings):
    type: Literal["bundled"] = "bundled"
    threads: int = Field(
        0, ge=0, le=256, description=f"processor cores that the model may use; 0: all, at most {MOST_THREADS}"
    )
    categories: dict[Name, Examples] = Field(
        default_factory=dict,
        description="your own categories, each a name and three to ten example sentences; the name of a shipped one "
        "replaces its examples, and [] removes it",
    )

    @field_validator("categories")
    @classmethod
    def _something_is_left(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        situations.merged(value)
        return value


def build(settings: Settings) -> Bundled:
    """ClassifierError when the files of the model are missing or are not the ones that were shipped."""
    return Bundled(FOLDER, settings.threads, situations.merged(settings.categories))


class Bundled:
    """Reads any text, in batches of similar length. The answer for a text does not depend on its neighbours but for
    rounding. Of a text longer than the model can read, the beginning and the end count."""

    def __init__(
        self, folder: Path, threads: int = 0, categories: situations.Categories | None = None
    ) -> None:
        """`categories`: in place of the shipped ones."""
        manifest, files = _load(folder)
        self._session, self._tokenizer = _start(files, threads or min(os.cpu_count() or 1, MOST_THREADS))
        self._heads: dict[str, dict[str, Any]] = manifest["heads"]
        self._prefix: str = manifest["prefix"]
        self._longest: int = manifest["longest"]
        self._pad: int = manifest["pad"]
        self._languages: list[str] = manifest["languages"]
        # The manifest has the other files' hashes and the calibration: whatever changes an answer changes the name.
        digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
        self.shipped = f"{manifest['name']}-{digest[:8]}"
        self.categories = dict(categories or situations.shipped())
        texts, labels = situations.rows(self.categories)
        size = self.features([]).values.shape[1]
        kept = situations.saved_features(folder / EXAMPLES, self.shipped, size)
        new = [text for text in texts if text not in kept]
        kept |= zip(new, self.features(new).values, strict=True)
        self.examples = situations.Rows(np.stack([kept[text] for text in texts]), labels)
        self._category = situations.fit(*self.examples)
        self.use({})

    def use(self, heads: Mapping[str, Head], version: str = "") -> None:
        """From now on these heads answer in place of the shipped ones of the same names ("complaint", "sentiment",
        "severity", "sarcasm", "emotion", "offensive", "relevance") and of the one fitted to the examples ("category");
        the others stay. `version` is a short word that tells these heads from others; it stands behind the model's
        version, and that of a brand's own categories, in every answer."""
        self._learnt = {"category": self._category, **heads}
        self.version = "+".join(filter(None, (self.shipped, situations.version(self.categories), version)))

    def features(self, texts: Sequence[str]) -> Features:
        """What heads are fitted to, for each text in the same order: its embedding, and the shipped heads' calibrated
        logits, (texts, labels) each."""
        return Features(*self._read(texts))

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """One classification for each text, in the same order; every text gets one, also an empty one."""
        embeddings, logits = self._read(texts)
        scores = {name: softmax(values) for name, values in logits.items()}
        for name, head in self._learnt.items():
            scores[name] = head.probabilities(embeddings, logits.get(name))
        return [
            self._classification(text, {head: values[i] for head, values in scores.items()}, embeddings[i])
            for i, text in enumerate(texts)
        ]

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch([self._prefix + prepare(text) for text in texts])
        return [shorten(encoding.ids, self._longest) for encoding in encodings]

    def _read(self, texts: Sequence[str]) -> tuple[Array, dict[str, Array]]:
        """Embeddings and the shipped heads' calibrated logits of the texts, in their order."""
        rows = self._encode(texts)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        parts = [
            self._run([rows[i] for i in order[start : start + BATCH]])
            for start in range(0, len(order), BATCH)
        ] or [self._run([[self._pad]])]
        back = np.argsort(order)
        logits, embeddings = (np.concatenate(part)[back] for part in zip(*parts, strict=True))
        found, start = {}, 0
        for name, head in self._heads.items():
            found[name] = logits[:, start : start + len(head["labels"])] * np.float32(head["scale"])
            start += len(head["labels"])
        return embeddings, found

    def _run(self, rows: list[list[int]]) -> tuple[Array, Array]:
        """Logits, and embeddings of unit length, of one batch."""
        ids = np.full((len(rows), max(map(len, rows))), self._pad, np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
        logits, embeddings = self._session.run(["logits", "embedding"], {"ids": ids})
        return logits, embeddings

    def _classification(self, text: str, scores: dict[str, Array], embedding: Array) -> Classification:
        severity, code = scores["severity"], language(text)
        emotion, offensive, relevance = (scores.get(name) for name in ("emotion", "offensive", "relevance"))
        return Classification(
            complaint=float(scores["complaint"][1]),
            sentiment=Sentiment(*map(float, scores["sentiment"])),
            model=self.version,
            severity=self._label("severity", severity),
            severity_score=float(severity @ np.linspace(0, 1, len(severity))),
            category=self._label("category", scores["category"]),
            category_score=float(scores["category"].max()),
            language=code,
            measured=measured(code, self._languages),
            sarcasm=float(scores["sarcasm"][1]),
            emotion=None if emotion is None else Emotion(*map(float, emotion)),
            offensive=None if offensive is None else float(offensive[1]),
            relevance=None if relevance is None else float(relevance[1]),
            embedding=tuple(embedding.tolist()),
        )

    def _label(self, name: str, scores: Array) -> str:
        learnt = self._learnt.get(name)
        return str((learnt.labels if learnt else self._heads[name]["labels"])[int(scores.argmax())])


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
