"""Any Hugging Face sequence-classification model in place of the bundled one, through `transformers`.

    [classifier]
    type = "huggingface"
    model = "cardiffnlp/twitter-xlm-roberta-base-sentiment"
    labels = { negative = "negative", neutral = "neutral", positive = "positive" }

The mapping says what the model's labels mean; a meaning may have several ("1 star", "2 stars"). A model that does not
tell complaints gets "negative" for it; one that tells nothing but complaints gets them as negative, the rest neutral.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from classifiers.language import language, measured
from classifiers.text import prepare
from monitor.errors import ClassifierError
from monitor.model import Classification, Sentiment
from monitor.settings import ClassifierSettings
from monitor.wording.languages import NAMES

BATCH = 32
Meaning = Literal["complaint", "negative", "neutral", "positive"]
Labels = Annotated[
    tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
]


class Settings(ClassifierSettings):
    type: Literal["huggingface"] = "huggingface"
    model: str = Field(min_length=1, description="the model's name on the hub, or a folder")
    revision: str | None = Field(None, description="branch, tag or commit on the hub; a commit never changes")
    labels: dict[Meaning, Labels] = Field(description="which of the model's labels mean what")
    languages: tuple[str, ...] = Field(
        (),
        description="languages that the model is known to read well, such as en and de; mentions in others are watched "
        "whatever it says of them; absent: not known",
    )

    @field_validator("languages")
    @classmethod
    def _known_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if code not in NAMES:
                raise ValueError(
                    f"{code!r} is not a language that is told apart; these are: {', '.join(NAMES)}"
                )
        return value

    @field_validator("model")
    @classmethod
    def _folder_beside_the_configuration(cls, value: str, info: ValidationInfo) -> str:
        folder = Path((info.context or {}).get("folder", "")) / Path(value).expanduser()
        return str(folder) if folder.is_dir() else value

    @model_validator(mode="after")
    def _tells_complaints(self) -> Settings:
        if not self.labels.get("complaint") and not self.labels.get("negative"):
            raise ValueError('labels must name the label for "complaint" or for "negative"')
        return self


def build(settings: Settings) -> HuggingFace:
    """ClassifierError when the extra is not installed, the model can't be loaded, or it has no such labels."""
    return HuggingFace(settings)


class HuggingFace:
    def __init__(self, settings: Settings) -> None:
        try:
            import torch
            from transformers import AutoModelForSequenceClassification, AutoTokenizer
        except ImportError:
            raise ClassifierError(
                'classifier type "huggingface" needs the extra: pip install "snapwatch[huggingface]"',
                permanent=True,
            ) from None
        self._torch = torch
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(settings.model, revision=settings.revision)
            model = AutoModelForSequenceClassification.from_pretrained(
                settings.model, revision=settings.revision
            )
        except (OSError, ValueError) as error:
            raise ClassifierError(
                f"the model {settings.model!r} can't be loaded ({type(error).__name__}); check its name or folder, its "
                "revision, and that the hub can be reached"
            ) from error
        self._model = model.eval()
        self._places = _places(settings, {name: int(i) for i, name in model.config.id2label.items()})
        self._several = (
            model.config.problem_type == "multi_label_classification" or model.config.num_labels == 1
        )
        self._languages = settings.languages
        self._longest = min(self._tokenizer.model_max_length, model.config.max_position_embeddings, 512)
        self.version = (
            f"{settings.model}@{getattr(model.config, '_commit_hash', None) or _digest(Path(settings.model))}"
        )

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """One classification for each text, in the same order; no severity, category, sarcasm or embedding."""
        found: list[Classification] = []
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            prepared = [prepare(text) or "." for text in batch]  # a tokenizer may make nothing of nothing
            inputs = self._tokenizer(
                prepared, padding=True, truncation=True, max_length=self._longest, return_tensors="pt"
            )
            with self._torch.inference_mode():
                logits = self._model(**inputs).logits
            scores = logits.sigmoid() if self._several else logits.softmax(-1)
            found += [
                self._classification(text, row) for text, row in zip(batch, scores.tolist(), strict=True)
            ]
        return found

    def _classification(self, text: str, scores: list[float]) -> Classification:
        says = {meaning: min(sum(scores[i] for i in places), 1.0) for meaning, places in self._places.items()}
        complaint = says.get("complaint", says.get("negative", 0.0))
        negative, positive = says.get("negative", complaint), says.get("positive", 0.0)
        neutral = says.get("neutral", max(1 - negative - positive, 0.0))
        total = (negative + neutral + positive) or 1.0
        sentiment = Sentiment(negative / total, neutral / total, positive / total)
        code = language(text)
        known = measured(code, self._languages)
        return Classification(complaint, sentiment, self.version, language=code, measured=known)


def _places(settings: Settings, known: dict[str, int]) -> dict[str, list[int]]:
    """The indices of each meaning's labels."""
    unknown = [
        f'{meaning} = "{label}"'
        for meaning, labels in settings.labels.items() for label in labels if label not in known
    ]  # fmt: skip
    if unknown:
        raise ClassifierError(
            f"the model {settings.model!r} has no label for {', '.join(unknown)}; its labels are "
            + ", ".join(f'"{label}"' for label in known),
            permanent=True,
        )
    return {meaning: [known[label] for label in labels] for meaning, labels in settings.labels.items()}


def _digest(folder: Path) -> str:
    """What tells two versions of a local folder apart: the first digits of the SHA-256 of its weights."""
    digest = hashlib.sha256()
    for file in sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin"), folder / "config.json"]):
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:12]
