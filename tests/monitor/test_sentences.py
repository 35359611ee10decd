"""What a story is called and how it is summed up: picked from what was said, never made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import sentences
from monitor.sentences import Saying
from monitor.text import one_line

E1, E2 = np.asarray([1, 0], np.float32), np.asarray([0, 1], np.float32)


def said(*texts: str) -> list[Saying]:
    return [Saying(text, E1) for text in texts]


@given(st.text())
def test_a_title_is_one_short_line(text: str) -> None:
    title = sentences.title(text)
    assert title
    assert len(title) <= sentences.TITLE
    assert len(title.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("@kestrel Where is my parcel? https://t.example/x", "Where is my parcel?"),
        ("RT @ann: @kestrel Where is my parcel?", "Where is my parcel?"),
        ("https://t.example/x", "A post without words"),
        (
            "Got a 'delivered' mail from @kestrel at 9:52. Nobody rang the bell. Then my neighbour found it.",
            "Got a 'delivered' mail from kestrel at 9:52. Nobody rang the bell.",
        ),
        (
            "WOW. They threw my parcel away. " + "word " * 30,
            "WOW. They threw my parcel away. " + "word " * 14 + "word…",
        ),
    ],
)
def test_titles_in_the_customers_words(text: str, title: str) -> None:
    assert sentences.title(text) == title


POSTS = said(
    "Unbelievable.",
    "Our parcels were dumped in the paper container on Tannery Lane",
    "@kestrel why are forty parcels in the paper container on Tannery Lane? Answer me.",
    "My dog is called Waffles and he likes the postman very much indeed",
)


def test_title_and_summary_are_what_most_voices_tell() -> None:
    title, summary = sentences.told(POSTS)
    assert title.text == "Our parcels were dumped in the paper container on Tannery Lane"
    assert summary.text == "why are forty parcels in the paper container on Tannery Lane?"
    assert (title.post, summary.post) == (1, 2)


def test_a_post_that_means_something_else_does_not_name_the_story() -> None:
    far = Saying("Somebody dumped parcels at the container on Tannery Lane, wonderful weather today", E2)
    near = said("They threw our boxes away behind the mill", "All our boxes lay behind the mill, in the rain")
    assert sentences.told([far, *near])[0].post != 0


def test_one_voice_is_summed_up_by_what_follows_its_title() -> None:
    text = "The driver dumped forty parcels in the container on Tannery Lane this morning. Dad's watch was in it."
    title, summary = sentences.told(said(text))
    assert title.text == "The driver dumped forty parcels in the container on Tannery Lane this morning."
    assert summary.text == "Dad's watch was in it."
    assert sentences.told(said("Where is my parcel?"))[1].text == ""


def flat(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_nothing_is_invented_and_nothing_hostile_gets_through(texts: list[str]) -> None:
    for sentence in sentences.told(said(*texts)):
        assert len(sentence.text) <= sentences.SUMMARY
        assert not any(char in sentence.text for char in "\n\r\u202e\u2066\x00\x1b")
        if sentence.text not in ("", "A post without words"):
            assert flat(sentence.text.rstrip("…")) in flat(one_line(texts[sentence.post], 10**6))


@given(st.lists(st.sampled_from([post.text for post in POSTS]), min_size=2, max_size=5), st.randoms())
def test_copies_and_vectors_of_two_models_do_no_harm(texts: list[str], rng: np.random.Generator) -> None:
    posts = [Saying(text, E1 if rng.random() < 0.5 else np.ones(3, np.float32)) for text in texts]
    title, summary = sentences.told(posts)
    assert title.text
    assert summary.post < len(posts)
