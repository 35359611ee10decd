"""Reads a reply critically before it leaves: each turn-off of a customer is a rule."""

from __future__ import annotations

from pydantic import Field

from monitor.settings import Settings


class LintSettings(Settings):
    """Which rules hold, and the brand's own words."""

    off: tuple[str, ...] = Field((), description="names of rules that are not looked at")
    errors: tuple[str, ...] = Field(
        (), description="names of rules that block sending, beside those that do anyway"
    )
    warnings: tuple[str, ...] = Field((), description="names of rules that only warn")
    banned: tuple[str, ...] = Field((), description="words that the brand never says")
    preferred: dict[str, str] = Field(
        default_factory=dict, description='what it says instead, such as { "ticket" = "case" }'
    )
