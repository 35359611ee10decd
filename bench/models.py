"""The models that bench/classifier.py compares."""

from __future__ import annotations

from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline, make_union

from classifiers import huggingface
from classifiers.bundled import FOLDER, Bundled, Settings, build
from classifiers.text import prepare
from train.data import tasks
from train.measure import Model, Scores


def bundled() -> Bundled:
    return build(Settings())


def size() -> dict[str, float]:
    """Of the network, its tokenizer and its manifest."""
    files = [file for file in FOLDER.iterdir() if file.suffix != ".md"]
    return {"weights, MB": round(sum(file.stat().st_size for file in files) / 1e6, 1)}


def hub(name: str, labels: list[str]) -> huggingface.HuggingFace:
    """`labels` are pairs such as "negative=1 star"; none: the model's labels are called as their meanings are."""
    pairs = [pair.split("=", 1) for pair in labels] or [[n, n] for n in ("negative", "neutral", "positive")]
    meanings: dict[str, list[str]] = {}
    for meaning, label in pairs:
        meanings.setdefault(meaning, []).append(label)
    return huggingface.build(huggingface.Settings.model_validate({"model": name, "labels": meanings}))


def tf_idf() -> Pipeline:
    """Words and pairs of words, and parts of words, weighed by TF-IDF; logistic regression."""
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    parts = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True)
    return make_pipeline(make_union(words, parts), LogisticRegression(C=3, max_iter=300))


def baseline(data: Path) -> Model:
    """One TF-IDF model for each head, from the rows that taught the network."""
    fitted = {
        head: tf_idf().fit([prepare(row.text) for row in task.train], [row.label for row in task.train])
        for head, task in tasks(data).items()
    }

    def scores(texts: list[str]) -> Scores:
        prepared = [prepare(text) for text in texts]
        return {head: model.predict_proba(prepared) for head, model in fitted.items()}

    return scores
