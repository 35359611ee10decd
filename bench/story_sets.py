"""Posts of made-up incidents, as streams of one brand each: those on which thresholds are chosen, and those held out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.make_brand_day import BRAND, HANDLE, TEXTS

ALONE = ("singles", "namesake", "single_complaints", "sarcasm")
"""Lists of which each post is an incident of its own."""

DAY = {
    "container": (
        "viral_root",
        "viral_pickup",
        "viral_customers",
        "viral_later",
        "viral_copies",
        "viral_reddit",
    ),
    "refund": ("refund", "refund_reddit"),
    "app": ("app", "app_reddit"),
    "driver": ("driver_root",),
    "single_complaints": ("single_complaints",),
    "sarcasm": ("sarcasm",),
}
"""The complaints of brand_day_texts.toml, by incident; posts that answer or quote find their story by that link."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What is said about one brand: (incident, text)."""

    name: str
    posts: tuple[tuple[str, str], ...]


def tuning() -> list[Stream]:
    incidents = _read("stories.toml")
    groups = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    day = {
        incident: [line for name in names for line in _lines(groups[name])] for incident, names in DAY.items()
    }
    return [_stream("stories.toml", incidents), _stream("brand_day_texts.toml", day)]


def held_out() -> list[Stream]:
    return [_stream(brand, incidents) for brand, incidents in _read("stories_held_out.toml").items()]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _stream(name: str, incidents: Mapping[str, Sequence[str]]) -> Stream:
    return Stream(
        name,
        tuple(
            (f"{incident} {number}" if incident in ALONE else incident, text)
            for incident, texts in incidents.items()
            for number, text in enumerate(texts)
        ),
    )


def _lines(group: str) -> Iterator[str]:
    """Without the time and the language that may stand before a text."""
    for line in group.strip().splitlines():
        text = line[6:] if line[2] == ":" and line[5] == "|" else line
        text = text[3:] if text[2] == "|" else text
        yield text.replace(" || ", "\n\n").replace("{brand}", BRAND).replace("{at}", "@" + HANDLE)
