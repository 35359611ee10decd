from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread
from unittest.mock import Mock

import py3langid.langid
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.language import _identifier, language, measured, ready
from monitor.wording.languages import NAMES


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


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ar", "ﺍﻵﻥ ﻳﻨﻬﺾ ﺗﺤﺪﻱ ﺇﻳﺮﺍﻥ، ﻭﻓﻴﻤﺎ ﻛﺎﻥ ﺍﻟﻄﺒﻴﻌﻲ ﺃﻥ ﺗﻘﻮﺩ ﻣﺼﺮ"),
        ("en", "𝗦𝘁𝗶𝗹𝗹 𝘄𝗮𝗶𝘁𝗶𝗻𝗴 𝗳𝗼𝗿 𝗺𝘆 𝗽𝗮𝗿𝗰𝗲𝗹"),
        ("en", "Ｓｔｉｌｌ ｗａｉｔｉｎｇ ｆｏｒ ｍｙ ｐａｒｃｅｌ"),
    ],
)
def test_other_forms_of_letters_are_no_other_language(code: str, text: str) -> None:
    assert language(text) == code


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("nl", "Waar blijft mijn pakket? Belachelijk"),
        ("ja", "最悪だ。荷物が届かない"),
        ("ko", "배송이 너무 늦어요"),
        ("pl", "Paczka nie dotarła"),
        ("ru", "где моя посылка"),
        ("tr", "kargom hala gelmedi, nerede bu paket?"),
    ],
)
def test_it_knows_languages_that_the_classifier_does_not(code: str, text: str) -> None:
    assert language(text) == code
    assert measured(language(text), ["en", "de"]) is False


def test_measured_is_unknown_without_a_language_or_a_list() -> None:
    assert measured("en", ["en", "de"]) is True
    assert measured(None, ["en", "de"]) is None
    assert measured("en", []) is None


def test_names_and_links_do_not_count() -> None:
    text = "@bonjour_madame #jesuis still waiting for my parcel https://exemple.fr/les-colis-sont-en-retard"
    assert language(text) == "en"


@given(st.text(st.characters(), max_size=200))
def test_any_text_has_a_known_language_or_none(text: str) -> None:
    assert language(text) in {None, *NAMES}


@pytest.fixture
def not_loaded() -> Iterator[None]:
    _identifier.cache_clear()
    yield
    _identifier.cache_clear()


@pytest.mark.usefixtures("not_loaded")
def test_who_asks_while_the_model_is_loaded_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    loading, asked = Event(), Event()

    def load(*_: object, **__: object) -> Mock:
        loading.set()
        assert asked.wait(60)
        return Mock()

    def ask() -> None:
        asked.set()
        ready()

    loads = Mock(side_effect=load)
    monkeypatch.setattr(py3langid.langid.LanguageIdentifier, "from_model_file", loads)
    first, second = Thread(target=ready), Thread(target=ask)
    first.start()
    assert loading.wait(60)
    second.start()
    first.join()
    second.join()
    assert loads.call_count == 1
