from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.language import LANGUAGES, language


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "still waiting for my parcel, this is the third time that you lose it"),
        ("de", "Mein Paket ist immer noch nicht angekommen, das ist eine Frechheit"),
        ("es", "mi pedido todavía no ha llegado y nadie me contesta"),
        ("fr", "ma commande n'est toujours pas arrivée, c'est inadmissible"),
        ("it", "il mio pacco non è ancora arrivato, è una vergogna"),
        ("pt", "minha encomenda ainda não chegou, isso é um absurdo"),
        ("hi", "मेरा पार्सल अभी तक नहीं आया है"),
        ("ar", "لم تصل الشحنة حتى الآن وهذا غير مقبول"),
    ],
)
def test_it_tells_the_languages_of_the_classifier_apart(code: str, text: str) -> None:
    assert language(text) == code


@pytest.mark.parametrize(
    "text", ["", "   ", "ok", "@ann @bob", "https://example.com/ein-deutsches-wort", "😡😡😡", "12345 !!!"]
)
def test_it_says_nothing_when_unsure(text: str) -> None:
    assert language(text) is None


def test_names_and_links_do_not_count() -> None:
    text = "@bonjour_madame #jesuis still waiting for my parcel https://exemple.fr/les-colis-sont-en-retard"
    assert language(text) == "en"


@given(st.text(st.characters(), max_size=200))
def test_any_text_has_a_known_language_or_none(text: str) -> None:
    assert language(text) in {None, *LANGUAGES}
