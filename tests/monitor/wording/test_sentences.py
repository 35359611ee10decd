"""What a story is called and how it is summed up: picked from what was said, never made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.wording import sentences
from monitor.wording.sentences import Saying
from monitor.wording.text import one_line

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
            "WOW. They threw my parcel away in Leeds. " + "word " * 30,
            "WOW. They threw my parcel away in Leeds.",
        ),
        ("WOW. They threw it away. " + "word " * 30, "WOW. They threw it away. " + "word " * 17 + "word…"),
        (
            "They say that it was delivered at nine in the morning on a Sunday, to a safe place, "
            + "word " * 20,
            "They say that it was delivered at nine in the morning on a Sunday, to a safe place…",
        ),
        (
            ".@kestrel: - where is it? It was due at 9 a.m. on Monday",
            "where is it? It was due at 9 a.m. on Monday",
        ),
        ("Where is my parcel? @kestrel", "Where is my parcel?"),
        ("@kestrel #9210. Where is my parcel?", "9210. Where is my parcel?"),
        ("Nobody answers @kestrel @ann\n#fail\n#parcels #kestrel", "Nobody answers"),
        ("荷物が届きません。三日も待っています。", "荷物が届きません。 三日も待っています。"),
        ("Where is it .  .  . my parcel?", "Where is it . my parcel?"),
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
    title = sentences.named(POSTS)
    summary = sentences.summed_up(POSTS, title.text)
    assert title.text == "Our parcels were dumped in the paper container on Tannery Lane"
    assert summary.text == "why are forty parcels in the paper container on Tannery Lane?"
    assert (title.post, summary.post) == (1, 2)


def test_a_title_begins_where_a_post_comes_to_what_the_others_tell() -> None:
    posts = said(
        "I stayed at home for the whole of the morning, as I was asked to. Then my neighbour found forty parcels "
        "dumped in the container on Tannery Lane. My dad's watch was in one of them.",
        "Forty parcels dumped in a container on Tannery Lane",
        "What are forty parcels doing in the container, dumped",
    )
    title = sentences.named(posts[:1])
    assert title.text == "I stayed at home for the whole of the morning, as I was asked to."
    assert sentences.named(posts).post != 0
    title = sentences.named(posts, 0)
    assert title.text == "Then my neighbour found forty parcels dumped in the container on Tannery Lane."
    assert sentences.summed_up(posts[:1], title.text).text == "My dad's watch was in one of them."


def test_a_post_that_means_something_else_does_not_name_the_story() -> None:
    far = Saying("Somebody dumped parcels at the container on Tannery Lane, wonderful weather today", E2)
    near = said("They threw our boxes away behind the mill", "All our boxes lay behind the mill, in the rain")
    assert sentences.named([far, *near]).post != 0


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        (
            "The driver dumped forty parcels in the container on Tannery Lane this morning. Dad's watch was in it.",
            "Dad's watch was in it.",
        ),
        ("The driver dumped forty parcels in the container on Tannery Lane. Wow! What a way to treat us.",
         "Wow! What a way to treat us."),
        (
            "They say that it was delivered at nine in the morning on a Sunday, to a safe place, but we have no safe "
            "place and were in all day. Why?",
            "…but we have no safe place and were in all day.",
        ),
        ("Where is my parcel?", ""),
        ("word " * 23 + "supercalifragilistic", ""),
        ("Where is my parcel from Leeds, please, can anybody tell me? Answer!", ""),
        ("Where is my parcel from Leeds, please, can anybody tell me? Can anybody tell me, please?", ""),
    ],
)  # fmt: skip
def test_one_voice_is_summed_up_by_what_follows_its_title(text: str, summary: str) -> None:
    posts = said(text)
    assert sentences.summed_up(posts, sentences.title(text)).text == summary


def test_a_summary_says_more_than_a_title_that_was_kept() -> None:
    kept = "why are forty parcels in the paper container on Tannery Lane?"
    assert sentences.summed_up(POSTS, kept).text == POSTS[1].text
    assert sentences.summed_up([POSTS[1], *said(f"@kestrel {POSTS[1].text}!")], POSTS[1].text).text == ""


def flat(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_nothing_is_invented_and_nothing_hostile_gets_through(texts: list[str]) -> None:
    posts = said(*texts)
    title = sentences.named(posts)
    for sentence in (title, sentences.summed_up(posts, title.text)):
        assert len(sentence.text) <= sentences.SUMMARY
        assert not any(char in sentence.text for char in "\n\r\u202e\u2066\x00\x1b")
        if sentence.text not in ("", "A post without words"):
            assert flat(sentence.text.strip("…")) in flat(one_line(texts[sentence.post], 10**6))


@given(st.lists(st.sampled_from([post.text for post in POSTS]), min_size=2, max_size=5), st.randoms())
def test_copies_and_vectors_of_two_models_do_no_harm(texts: list[str], rng: np.random.Generator) -> None:
    posts = [Saying(text, E1 if rng.random() < 0.5 else np.ones(3, np.float32)) for text in texts]
    title = sentences.named(posts)
    summary = sentences.summed_up(posts, title.text)
    assert title.text
    assert summary.post < len(posts)


def test_a_post_that_repeats_its_title_without_end_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lengths: list[int] = []
    repeats = sentences._repeats

    def counted(text: str, title_: str) -> bool:
        lengths.append(len(text))
        return repeats(text, title_)

    monkeypatch.setattr(sentences, "_repeats", counted)
    text = "Bad firm here now. " * 2000
    assert sentences.summed_up(said(text), sentences.title(text)).text == ""
    assert 0 < max(lengths) < 2 * sentences.SUMMARY
