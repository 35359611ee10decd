"""What X is asked for, made from the brand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import InputError
from monitor.intake.brand import Brand
from sources.x_query import compiled, own

BRAND = Brand(
    name="Kestrel Parcels",
    names=("Kestrel",),
    handles=("@kestrelparcels", "kestrel.social@example.org"),
    hashtags=("kestrelparcels", "#KestrelFail", "two words"),
    products=("Kestrel Locker",),
    executives=('Jane "JR" Roe',),
)


def test_everything_by_which_people_call_the_brand() -> None:
    assert compiled(BRAND, 512, None) == [
        '(("Kestrel Parcels" OR "KestrelParcels" OR "Kestrel" OR "Kestrel Locker" OR "KestrelLocker"'
        ' OR "Jane JR Roe" OR "JaneJRRoe" OR #kestrelparcels OR #KestrelFail) OR (@kestrelparcels)) -is:retweet'
    ]


def test_excluded_words_leave_posts_with_a_handle_in() -> None:
    brand = Brand(name="Kestrel", handles=("kestrel",), exclude=("falcon", "bird watching"))
    assert compiled(brand, 512, "en") == [
        '((("Kestrel") -"falcon" -"bird watching") OR (@kestrel)) -is:retweet lang:en'
    ]


def test_too_many_excluded_words_are_left_to_the_filter() -> None:
    brand = Brand(name="Kestrel", exclude=tuple(f"falcon number {n}" for n in range(40)))
    [query] = compiled(brand, 512, None)
    assert len(query) <= 512
    assert 5 < query.count("falcon") < 15


@pytest.mark.parametrize(
    ("query", "lang", "asked"),
    [
        ("acme OR @acme", None, "(acme OR @acme) -is:retweet"),
        ("acme -is:retweet", None, "acme -is:retweet"),
        ("acme -is:retweet", "de", "(acme -is:retweet) lang:de"),
        (" acme ", "de", "(acme) -is:retweet lang:de"),
    ],
)
def test_a_query_of_ones_own(query: str, lang: str | None, asked: str) -> None:
    assert own(query, lang) == asked


word = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=40
).filter(lambda text: any(c.isalnum() for c in text) and text.isprintable())
words = st.lists(word, max_size=25).map(tuple)


@given(word, words, words, words, words, st.sampled_from([512, 1024]), st.none() | st.just("en"))
def test_every_query_fits_and_none_loses_a_name(
    name: str,
    names: tuple[str, ...],
    handles: tuple[str, ...],
    hashtags: tuple[str, ...],
    exclude: tuple[str, ...],
    limit: int,
    lang: str | None,
) -> None:
    brand = Brand(name=name, names=names, handles=handles, hashtags=hashtags, exclude=exclude)
    queries = compiled(brand, limit, lang)
    for query in queries:
        assert len(query) <= limit
        assert query.endswith(" -is:retweet" if lang is None else " -is:retweet lang:en")
        assert query.count('"') % 2 == 0
        bare = "".join(query.split('"')[::2])  # what stands outside of quotation marks
        assert bare.count("(") == bare.count(")")
    for phrase in brand.phrases:
        quoted = '"' + " ".join(phrase.replace('"', " ").replace("\\", " ").split()) + '"'
        assert any(quoted in query for query in queries)


def test_a_name_longer_than_a_query() -> None:
    with pytest.raises(InputError, match="longer than"):
        compiled(Brand(name="a", names=("b" * 600,)), 512, None)
