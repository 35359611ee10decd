"""The classifier that comes with the installation: one network for eight languages (classifiers/network.py), and its heads.

Where the weights in `bundled_model/` come from, and how good they are, stands in its `MODEL_CARD.md`. The category head is
fitted at every start to what the network makes of examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field, field_validator

from classifiers import categories as situations
from classifiers.heads import Head, softmax
from classifiers.language import language, measured
from classifiers.network import MOST_THREADS, Network
from monitor.model import Classification, Emotion, Sentiment
from monitor.settings import ClassifierSettings

FOLDER = Path(__file__).parent / "bundled_model"
EXAMPLES = "categories.npz"
"""What the network makes of the shipped categories' examples (train/examples.py); a start without it takes longer."""

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


class Bundled(Network):
    """The network with the heads that answer. Any text gets an answer."""

    def __init__(
        self, folder: Path, threads: int = 0, categories: situations.Categories | None = None
    ) -> None:
        """`categories`: in place of the shipped ones."""
        super().__init__(folder, threads)
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

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """One classification for each text, in the same order; every text gets one, also an empty one."""
        languages = self._pool.submit(lambda: [language(text) for text in texts])
        embeddings, logits = self.features(texts)
        scores = {name: softmax(values) for name, values in logits.items()}
        for name, head in self._learnt.items():
            scores[name] = head.probabilities(embeddings, logits.get(name))
        unsaid = [None] * len(texts)

        def yes(name: str) -> list[Any]:
            return scores[name][:, 1].tolist() if name in scores else unsaid

        def label(name: str) -> list[str]:
            learnt = self._learnt.get(name)
            labels = learnt.labels if learnt else self._heads[name]["labels"]
            return [labels[i] for i in scores[name].argmax(1)]

        steps = np.linspace(0, 1, scores["severity"].shape[1])
        columns: dict[str, Iterable[Any]] = {
            "complaint": yes("complaint"),
            "sentiment": (Sentiment(*row) for row in scores["sentiment"].tolist()),
            "severity": label("severity"),
            "severity_score": (scores["severity"] @ steps).tolist(),
            "category": label("category"),
            "category_score": scores["category"].max(1).tolist(),
            "language": languages.result(),
            "measured": (measured(code, self._languages) for code in languages.result()),
            "sarcasm": yes("sarcasm"),
            "emotion": (Emotion(*row) for row in scores["emotion"].tolist())
            if "emotion" in scores
            else unsaid,
            "offensive": yes("offensive"),
            "relevance": yes("relevance"),
            "embedding": map(tuple, embeddings.tolist()),
        }
        rows = zip(*columns.values(), strict=True)
        return [Classification(model=self.version, **dict(zip(columns, row, strict=True))) for row in rows]
