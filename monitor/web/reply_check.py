"""What the page of a reply says of the words in its editor: how long they are, and what lint finds in them."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from monitor.reply import Finding, Occasion
from monitor.web.proposals import Answering
from monitor.wording.platforms import source_name


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding as the page shows it. `words` are those that it is about, "" where that is all of them, or something is
    missing. `name` is of the rule and of the words: what was ticked holds for no others."""

    name: str
    finding: Finding
    words: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Check:
    """A text as lint reads it: how long it is, in words, and how much is wrong with it."""

    findings: tuple[Finding, ...]
    marks: tuple[Mark, ...]
    counted: str
    found: str

    @property
    def blocked(self) -> bool:
        return any(each.severity == "error" for each in self.findings)

    @property
    def ticked(self) -> frozenset[str]:
        """The rules of which every warning is ticked."""
        left = {each.finding.rule for each in self.marks if not each.ticked}
        return frozenset(each.rule for each in self.findings) - left


def check(text: str, occasion: Occasion, source: str, ticks: frozenset[str], answering: Answering) -> Check:
    """Read the text, of which the warnings of those names are ticked."""
    findings = tuple(answering.lint(text, occasion))
    marks = tuple(_mark(each, text, ticks) for each in findings)
    length, limit = answering.room(text, occasion)
    where = f"{'on' if occasion.public else 'in a private message on'} {source_name(source)}"
    counted = f"{length:,} of {limit:,} characters {where}"
    errors, warnings = (
        sum(each.severity == severity for each in findings) for severity in ("error", "warning")
    )
    return Check(findings, marks, counted, _found(errors, warnings))


def _mark(finding: Finding, text: str, ticks: frozenset[str]) -> Mark:
    words = text[finding.start : finding.end]
    name = f"{finding.rule} {crc32(words.encode('utf-8', 'replace')):08x}"
    return Mark(name, finding, words if words != text else "", name in ticks)


def _found(errors: int, warnings: int) -> str:
    found = [f"{_counted(errors, 'error')} to mend"] if errors else []
    found += [f"{_counted(warnings, 'warning')} to look at"] if warnings else []
    return ", ".join(found) or "nothing found against it"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
