"""What every classifier promises (monitor.ports.Classifier); the test of a classifier inherits this class.

A subclass gives a fixture `classifier`.
"""

from __future__ import annotations

import math
from dataclasses import astuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model import Classification
from monitor.ports import Classifier

TEXTS = (
    "My parcel is three weeks late and nobody answers, worst service ever.",
    "Thank you so much, the new coffee is wonderful!",
    "What time do you open on Sunday?",
    "Das Gerät ist nach zwei Tagen kaputt, ich will mein Geld zurück.",
    "",
    "मेरा ऑर्डर अभी तक नहीं आया",
    "ok",
)
HOSTILE = (
    "\ud800\udc00\ud800",
    "\x00\x01\x1b[31m\u202e\u200b\ufeff",
    "'; DROP TABLE mention; --",
    "<script>alert(1)</script> {{ 7 * 7 }} </s> <mask> <unk> <pad> <s>",
    "&#xD800; &#0; &amp;amp; &#99999999999;",
    "a" * 100_000,
    "😡" * 5_000,
    "@" * 10_000,
    "https://" * 5_000,
    "z̷̢̛" * 3_000,
    "e" + "\u0301" * 10_000,
    "\u202e\u200f\u202a" * 2_000 + "late",
    "😡",
    "\n" * 50_000,
    "RT @ann: " * 5_000,
)
CLOSE = 0.02
"""Quantised arithmetic may round differently in another batch; an answer may not change."""


class ClassifierContract:
    def check(self, found: Classification, version: str) -> None:
        s = found.sentiment
        numbers = [found.complaint, s.negative, s.neutral, s.positive]
        asked = (found.severity_score, found.sarcasm, found.offensive, found.relevance)
        numbers += [x for x in asked if x is not None]
        if found.emotion is not None:
            numbers += astuple(found.emotion)
            assert sum(astuple(found.emotion)) == pytest.approx(1, abs=1e-4)
        assert all(0 <= x <= 1 for x in numbers)
        assert sum((s.negative, s.neutral, s.positive)) == pytest.approx(1, abs=1e-4)
        assert found.model == version
        assert found.language is None or len(found.language) == 2
        assert found.measured is None or found.language is not None
        if found.embedding:
            assert math.hypot(*found.embedding) == pytest.approx(1, abs=1e-3)

    def test_it_has_a_version(self, classifier: Classifier) -> None:
        assert classifier.version.strip()

    def test_no_text_no_classification(self, classifier: Classifier) -> None:
        assert classifier.classify([]) == []

    def test_one_classification_for_each_text_in_order(self, classifier: Classifier) -> None:
        together = classifier.classify(TEXTS)
        assert len(together) == len(TEXTS)
        for text, found in zip(TEXTS, together, strict=True):
            self.check(found, classifier.version)
            alone = classifier.classify([text])[0]
            assert found.complaint == pytest.approx(alone.complaint, abs=CLOSE)
            assert found.sentiment.negative == pytest.approx(alone.sentiment.negative, abs=CLOSE)
            assert found.language == alone.language

    def test_texts_of_all_lengths_over_several_batches_keep_their_order(self, classifier: Classifier) -> None:
        texts = [" ".join(["late again"] * (i * 7 % 40 + 1)) for i in range(70)]
        forward = classifier.classify(texts)
        backward = classifier.classify(texts[::-1])[::-1]
        assert len(forward) == len(backward) == 70
        for a, b in zip(forward, backward, strict=True):
            assert a.complaint == pytest.approx(b.complaint, abs=CLOSE)

    def test_it_answers_the_same_twice(self, classifier: Classifier) -> None:
        assert classifier.classify(TEXTS) == classifier.classify(TEXTS)

    def test_names_of_users_and_links_are_not_looked_at(self, classifier: Classifier) -> None:
        a, b = classifier.classify(
            ["@ann my order is late https://t.co/abc", "@robert_77 my order is late https://t.co/xyz?q=1"]
        )
        assert a.complaint == pytest.approx(b.complaint, abs=CLOSE)

    def test_hostile_texts_get_an_answer(self, classifier: Classifier) -> None:
        for found in classifier.classify(HOSTILE):
            self.check(found, classifier.version)

    def test_a_hostile_text_changes_nothing_for_its_neighbours(self, classifier: Classifier) -> None:
        alone = classifier.classify(TEXTS[:2])
        first, *_, last = classifier.classify([TEXTS[0], *HOSTILE, TEXTS[1]])
        for before, among in zip(alone, (first, last), strict=True):
            assert among.complaint == pytest.approx(before.complaint, abs=CLOSE)
            assert (among.language, among.measured) == (before.language, before.measured)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(texts=st.lists(st.text(st.characters(), max_size=300), max_size=5))
    def test_any_text_gets_an_answer(self, classifier: Classifier, texts: list[str]) -> None:
        found = classifier.classify(texts)
        assert len(found) == len(texts)
        for one in found:
            self.check(one, classifier.version)
