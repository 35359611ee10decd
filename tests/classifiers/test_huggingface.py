"""Against a tiny model with random weights, made here: what is tested is the way, not the answers."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from classifiers.huggingface import HuggingFace, Settings, build
from monitor.errors import ClassifierError
from tests.contract_classifiers import TEXTS, ClassifierContract

INSTALLED = all(importlib.util.find_spec(name) for name in ("torch", "transformers"))
needs_extra = pytest.mark.skipif(not INSTALLED, reason="the extra snapwatch[huggingface] is not installed")


def make(folder: Path, labels: tuple[str, ...], **config: object) -> str:
    """A BERT of one layer over single letters; its path."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    pieces = ["<pad>", "<unk>", *"abcdefghijklmnopqrstuvwxyz"]
    tokenizer = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(pieces)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", model_max_length=40
    )
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    shape = BertConfig(
        vocab_size=len(pieces), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=40, initializer_range=0.5, id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)}, **config,
    )  # fmt: skip
    BertForSequenceClassification(shape).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make(tmp_path_factory.mktemp("model"), ("praise", "moan", "other"))


@pytest.fixture(scope="module")
def classifier(folder: str) -> HuggingFace:
    labels = {"complaint": "moan", "negative": "moan", "neutral": "other", "positive": "praise"}
    return build(Settings.model_validate({"model": folder, "labels": labels}))


@needs_extra
class TestHuggingFace(ClassifierContract):
    pass


@needs_extra
def test_the_mapping_decides_what_a_label_means(folder: str) -> None:
    one = build(Settings(model=folder, labels={"complaint": ("moan",)})).classify(TEXTS)
    two = build(Settings(model=folder, labels={"complaint": ("moan", "other")})).classify(TEXTS)
    rest = build(Settings(model=folder, labels={"complaint": ("praise",)})).classify(TEXTS)
    for a, b, c in zip(one, two, rest, strict=True):
        assert a.complaint < b.complaint == pytest.approx(1 - c.complaint, abs=1e-5)
        assert a.sentiment.negative == pytest.approx(a.complaint)


@needs_extra
def test_without_a_complaint_label_negative_stands_for_it(folder: str) -> None:
    settings = Settings(model=folder, labels={"negative": ("moan",), "positive": ("praise",)})
    for found in build(settings).classify(TEXTS):
        assert found.complaint == pytest.approx(found.sentiment.negative, abs=1e-5)


@needs_extra
def test_labels_that_do_not_exclude_each_other(tmp_path: Path) -> None:
    model = make(tmp_path, ("moan", "praise"), problem_type="multi_label_classification")
    settings = Settings(model=model, labels={"complaint": ("moan",), "positive": ("praise",)})
    for found in build(settings).classify(TEXTS):
        s = found.sentiment
        assert 0 <= found.complaint <= 1
        assert s.negative + s.neutral + s.positive == pytest.approx(1)


@needs_extra
def test_a_wrong_label_is_answered_with_the_labels_of_the_model(folder: str) -> None:
    settings = Settings(model=folder, labels={"complaint": ("LABEL_1",), "positive": ("praise",)})
    with pytest.raises(
        ClassifierError, match='no label for complaint = "LABEL_1"; its labels are "praise", "moan", "other"'
    ):
        build(settings)


@needs_extra
def test_it_says_of_which_languages_it_was_measured_only_when_told(folder: str) -> None:
    labels = {"complaint": ("moan",)}
    texts = ["my parcel has not arrived and nobody answers", "mijn pakket is nog steeds niet gekomen", "ok"]
    told = build(Settings(model=folder, labels=labels, languages=("en",))).classify(texts)
    assert [found.measured for found in told] == [True, False, None]
    assert {found.measured for found in build(Settings(model=folder, labels=labels)).classify(texts)} == {
        None
    }
    with pytest.raises(ValidationError, match="'dutch' is not a language"):
        Settings(model=folder, labels=labels, languages=("dutch",))


@needs_extra
def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ClassifierError, match="can't be loaded"):
        build(Settings(model=str(tmp_path / "nothing"), labels={"complaint": ("x",)}))


@needs_extra
def test_the_version_tells_two_local_models_apart(folder: str, tmp_path: Path) -> None:
    other = make(tmp_path, ("a", "b"))
    one = build(Settings(model=folder, labels={"complaint": ("moan",)})).version
    two = build(Settings(model=other, labels={"complaint": ("a",)})).version
    assert one.split("@")[1] != two.split("@")[1]


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ClassifierError, match=r"snapwatch\[huggingface\]"):
        build(Settings(model="x", labels={"complaint": ("y",)}))


@pytest.mark.parametrize(
    "labels", [{}, {"positive": "good"}, {"complaint": []}, {"angry": "x"}, {"complaint": 3}]
)
def test_labels_that_say_nothing_of_complaints_are_refused(labels: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"model": "x", "labels": labels})


def test_a_folder_is_looked_for_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    labels = {"complaint": "x"}
    found = Settings.model_validate({"model": "mine", "labels": labels}, context={"folder": tmp_path})
    assert found.model == str(tmp_path / "mine")
    hub = Settings.model_validate({"model": "someone/mine", "labels": labels}, context={"folder": tmp_path})
    assert hub.model == "someone/mine"
