"""Which addresses a text gives people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.replying.addresses import addresses, strange


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://www.Kestrel.example/help?x=1.", {"kestrel.example/help?x=1"}),
        ("see kestrel.example/help, or www.kestrel.example", {"kestrel.example/help", "kestrel.example"}),
        ("(HTTP://EVIL.EXAMPLE)", {"evil.example"}),
        ("write to Help.Desk+1@kestrel.co.uk!", {"help.desk+1@kestrel.co.uk"}),
        ("ask @Kestrel_Help or @ann@mastodon.example.", {"@kestrel_help", "@ann@mastodon.example"}),
        ("call +44 (0)20 7946-0958 or 0800 123 4567", {"4402079460958", "08001234567"}),
        (
            "see пример.рф or ｅｖｉｌ．example or evil。example",
            {"пример.рф", "evil.example", "evil。example"},
        ),
        ("call 555-0199", {"5550199"}),
        ("by 14:30 on 2026-11-22, on 22.11.2026 or 11/22/26", set()),
        ("01-23-45-67-89 or 01.23.45.67.89 or 01-23-45 67 89", {"0123456789"}),
        ("2026-11-22-555-0199 or 20-12-2024-555-0123", {"202611225550199", "201220245550123"}),
        ("+44‑20‑7946‑0958 or 0700–900–123 or 0700 - 900 · 123", {"442079460958", "0700900123"}),
        ("tel.0700900123, _0700900124_", {"0700900123", "0700900124"}),
        ("ask u/Kestrel-Help in r/kestrel", {"u/kestrel-help", "r/kestrel"}),
        ("on 22.11.2026 14:00-15:30, 22.11.2026 - 23.11.2026, 10.00-12.00, and/or 24/7, KP12345678", set()),
        ("at 3 p.m., e.g. tomorrow, i.e. in 24 hours, 2.5 kg, no. 12345", set()),
        ("I'm Sam.And it's with me...", {"sam.and"}),  # better one too many than one too few
    ],
)
def test_what_people_could_follow_is_found(text: str, found: set[str]) -> None:
    assert addresses(text) == found


def test_what_is_known_is_not_strange() -> None:
    text = "See kestrel.example/help or call 0800-123-4567, not evil.example."
    assert strange(text, "https://kestrel.example/help", "Call 0800 123 4567") == ["evil.example"]


@given(
    st.text(),
    st.text(),
    st.sampled_from(["evil.example", "https://evil.example/x", "a@evil.example", "@evil1"]),
)
def test_an_address_between_words_is_found(before: str, after: str, address: str) -> None:
    assert strange(f"{before} {address} {after}")


@given(st.text())
def test_a_text_is_never_strange_to_itself(text: str) -> None:
    assert strange(text, text) == []
