"""Which texts speak of the brand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.intake.brand import Brand

KESTREL = Brand(
    name="Kestrel Parcels",
    names=("Kestrel", "Sam’s Kestrels", "Кестрел", "ケストレル", "케스트렐"),
    handles=("@kestrelparcels",),
    hashtags=("#kestrelfail",),
    exclude=("falcon", "bird watching"),
)


@pytest.mark.parametrize(
    "text",
    [
        "Kestrel lost my parcel",
        "kestrel's driver",
        "KESTREL PARCELS!!",
        "kestrel-parcels",
        "KestrelParcels again",
        "Kestrel\n  Parcels",
        "“Kestrel”",
        "Ｋｅｓｔｒｅｌ",
        "#KestrelFail",
        "sam's kestrels",
        "@KestrelParcels where is it?",
        "a falcon could fly it faster, @kestrelparcels",
        "u/kestrelparcels answers nobody",
        "/u/KestrelParcels",
        "КЕСТРЕЛ потерял посылку",
        "昨日ケストレルの荷物が届かない",
        "케스트렐이 또 늦네",
    ],
)
def test_a_text_that_names_the_brand_is_relevant(text: str) -> None:
    assert KESTREL.relevant(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "my parcel is lost",
        "kestrelled",
        "unkestrel",
        "kestrel_fan",
        "A kestrel is a small falcon",
        "Kestrel seen while bird-watching",
        "kestrelfail without its mark",
        "@kestrelparcels2",
        "Кестрелы",
    ],
)
def test_a_text_that_does_not_is_not(text: str) -> None:
    assert not KESTREL.relevant(text)


def test_a_mail_address_is_not_a_handle() -> None:
    brand = Brand(name="Acme Air", handles=("fly_acme",))
    assert brand.relevant("so, @fly_acme.")
    assert not brand.relevant("help@fly_acme.example")


@given(st.text(), st.text())
def test_the_handle_is_found_anywhere_and_no_text_breaks_it(before: str, after: str) -> None:
    assert KESTREL.relevant(f"{before} @kestrelparcels {after}")
    assert isinstance(KESTREL.relevant(before + after), bool)


@given(st.text(min_size=1, max_size=20))
def test_any_name_is_refused_or_found_in_upper_and_lower_case(name: str) -> None:
    try:
        brand = Brand(name=name)
    except ValidationError:
        return
    assert brand.relevant(f"({name})")
    assert brand.relevant(f"({name.casefold()})")


@pytest.mark.parametrize("name", ["", "  ", "!?", "a\nb", "a" * 81])
def test_a_name_that_names_nothing_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Brand(name=name)


def test_the_brands_own_accounts_are_known_however_they_are_written() -> None:
    brand = Brand(name="Acme", handles=("@FlyAcme", "acme_help"))
    for handle in ("flyacme", "@FLYACME", "Acme_Help"):
        assert brand.is_own(handle)
    for handle in ("acme", "flyacme2", "", "ann"):
        assert not brand.is_own(handle)
