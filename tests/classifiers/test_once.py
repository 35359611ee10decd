"""Copies are read once; everything that every classifier promises holds around any classifier."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.language import language, measured
from classifiers.once import Once
from classifiers.text import prepare
from monitor.model import Classification, Emotion, Sentiment
from tests.contract_classifiers import ClassifierContract


class Reader:
    """Answers at once with numbers that depend on what a model would see of the text; keeps what it was asked."""

    def __init__(self) -> None:
        self.version = "reader-1"
        self.asked: list[str] = []

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        self.asked += texts
        return [self._read(text) for text in texts]

    def _read(self, text: str) -> Classification:
        code = language(text)
        share = crc32(prepare(text).encode()) / 2**32
        return Classification(
            share,
            Sentiment(share, 0.0, 1 - share),
            self.version,
            language=code,
            measured=measured(code, ["en"]),
            emotion=Emotion(share, 1 - share, 0.0, 0.0),
            offensive=share,
            relevance=1 - share,
            embedding=(share, (1 - share**2) ** 0.5),
        )


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="module")
def classifier() -> Once:
    return Once(Reader())


class TestOnce(ClassifierContract):
    pass


COPIES = ["My parcel is lost @kestrel", "RT @ann: My parcel is lost @kestrel", "My parcel is  lost @Kestrel"]


def test_copies_are_read_once_within_a_call_and_across_calls(reader: Reader) -> None:
    once = Once(reader)
    first, second, third, other = once.classify([*COPIES, "thank you for everything, dear colleagues"])
    assert first == second == third != other
    assert once.classify(["RT @bob: My parcel is lost @kestrel"]) == [first]
    assert reader.asked == [COPIES[0], "thank you for everything, dear colleagues"]


def test_what_was_passed_on_reads_as_if_it_stood_alone(reader: Reader) -> None:
    passed_on, alone = Once(reader).classify([COPIES[1]]), Once(reader).classify([COPIES[0]])
    assert passed_on == alone
    assert reader.asked == [COPIES[0], COPIES[0]]


def test_texts_of_similar_length_stand_side_by_side(reader: Reader) -> None:
    texts = ["a long text about a parcel", "short", "a text of some words"]
    found = Once(reader).classify(texts)
    assert reader.asked == sorted(texts, key=len)
    assert [each.complaint for each in found] == [reader._read(text).complaint for text in texts]


def test_nothing_to_read_asks_nothing(reader: Reader) -> None:
    assert Once(reader).classify([]) == []
    assert reader.asked == []


def test_another_version_reads_everything_anew(reader: Reader) -> None:
    once = Once(reader)
    once.classify(COPIES)
    reader.version = "reader-2"
    assert once.version == "reader-2"
    assert [found.model for found in once.classify(COPIES)] == ["reader-2"] * 3
    assert len(reader.asked) == 2


def test_the_oldest_are_forgotten_and_no_text_is_kept(reader: Reader) -> None:
    once = Once(reader, most=2)
    texts = ["one is late", "two are late", "three are late"]
    assert [found.complaint for found in once.classify(texts)] == [
        reader._read(text).complaint for text in texts
    ]
    assert len(once._known) == 2
    once.classify([texts[2], texts[0]])
    assert reader.asked == [*texts, texts[0]]
    assert all(isinstance(key, bytes) and len(key) == 16 for key in once._known)


def test_an_hour_after_it_was_read_nothing_of_a_text_is_in_memory(reader: Reader) -> None:
    seconds = [0.0]
    once = Once(reader, clock=lambda: seconds[0])
    once.classify(COPIES)
    seconds[0] = 3000.0
    once.classify([COPIES[1], "another is late"])
    seconds[0] = 3601.0
    once.classify([])
    assert [row.found.complaint for row in once._known.values()] == [
        reader._read("another is late").complaint
    ]
    once.classify(COPIES)
    assert reader.asked == [COPIES[0], "another is late", COPIES[0]]


texts = st.lists(st.sampled_from([*COPIES, "", "RT @ann:", "thank you", "\ud800"]), max_size=12)


@given(st.lists(texts, max_size=5), st.integers(1, 5))
def test_whatever_it_remembers_it_answers_as_the_classifier_would(calls: list[list[str]], most: int) -> None:
    once = Once(Reader(), most)
    for call in calls:
        for text, found in zip(call, once.classify(call), strict=True):
            (fresh,) = Once(Reader()).classify([text])
            assert found == fresh
