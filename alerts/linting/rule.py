"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from alerts.linting.reading import Reading

Severity = Literal["error", "warning"]

PAGE = "docs/lint.md"


class Spot(NamedTuple):
    """From where to where in `Reading.plain`, both 0 where something is missing, and what to write instead.
    `reason`: in place of the rule's own."""

    start: int
    end: int
    suggestion: str
    reason: str = ""


Look = Callable[[Reading], Iterator[Spot]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One turn-off: `severity` by default; `reason` says in a sentence why it turns customers away."""

    name: str
    severity: Severity
    reason: str
    look: Look

    @property
    def page(self) -> str:
        """Where it is explained."""
        return f"{PAGE}#{self.name}"
