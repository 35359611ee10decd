"""Who answers an alert from the shell: the whole name, or enough of it to be one person."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.errors import InputError
from monitor.rota.roster import known
from tests.monitor.scripted import config

PEOPLE = [
    {"name": name, "contacts": {"email": "a@example.org"}} for name in ("Sam", "Samira (second)", "Kim")
]


@pytest.mark.parametrize(
    ("given", "meant"), [("Sam", "Sam"), ("sam", "Sam"), ("sami", "Samira (second)"), ("K", "Kim")]
)
def test_a_name_or_its_beginning(tmp_path: Path, given: str, meant: str) -> None:
    settings = config(tmp_path, people=PEOPLE, oncall={"order": ["Sam"]}, digest={})
    assert known(settings, given) == meant


@pytest.mark.parametrize(
    ("given", "said"), [("Sa", "more than one person"), ("Samx", "nobody"), ("", "more than one")]
)
def test_no_name_that_fits_one_person(tmp_path: Path, given: str, said: str) -> None:
    settings = config(tmp_path, people=PEOPLE, oncall={"order": ["Sam"]}, digest={})
    with pytest.raises(InputError, match=said):
        known(settings, given)
