"""Reads a reply critically before it leaves: each turn-off of a customer is a rule."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pydantic import Field, field_validator

from alerts.linting import own_words
from alerts.linting.meaning import MOST, Meaning, doubted
from alerts.linting.reading import read
from alerts.linting.rule import Look, Rule, Severity
from alerts.linting.rules import RULES
from alerts.snap.service import Service
from monitor.errors import ClassifierError
from monitor.ports import Classifier
from monitor.reply import Finding, Occasion
from monitor.settings import Settings

__all__ = ["RULES", "LintSettings", "Linter", "Rule"]


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

    @field_validator("off", "errors", "warnings")
    @classmethod
    def _are_rules(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in RULES:
                near = difflib.get_close_matches(name, RULES, n=1)
                hint = f"did you mean {near[0]!r}?" if near else "docs/lint.md names them"
                raise ValueError(f"{name!r} is not a rule; {hint}")
        return names

    @field_validator("banned", "preferred")
    @classmethod
    def _are_words(cls, words: tuple[str, ...] | dict[str, str]) -> tuple[str, ...] | dict[str, str]:
        if not all(any(map(str.isalnum, word)) for word in words):
            raise ValueError("a word should have a letter or a digit")
        return words


class Linter:
    """Holds replies against the rules.

    Wording is read by words, and also by meaning, if a classifier is given whose embeddings are known
    (alerts/linting/meaning.py)."""

    def __init__(
        self, settings: LintSettings, service: Service, brand: str = "", classifier: Classifier | None = None
    ) -> None:
        self._service = service
        self._brand = brand
        self._classifier = classifier
        self._meaning = Meaning()
        own: dict[str, Look] = {
            "banned": own_words.banned(settings.banned),
            "preferred": own_words.preferred(settings.preferred),
        }
        self._rules: list[tuple[Rule, Severity, Look]] = []
        for name, rule in RULES.items():
            if name not in settings.off:
                severity: Severity = (
                    "error"
                    if name in settings.errors
                    else "warning"
                    if name in settings.warnings
                    else rule.severity
                )
                self._rules.append((rule, severity, own.get(name, rule.look)))

    def findings(self, text: str, occasion: Occasion) -> list[Finding]:
        """What is wrong with the text, by position, then by rule; what is missing stands at 0. Never raises for any text.
        Of one that is longer than any platform takes, the beginning is read."""
        return sorted(self._found(text, occasion), key=lambda each: (each.start, each.rule, each.end))

    def _found(self, text: str, occasion: Occasion) -> Iterator[Finding]:
        reading = read(text, occasion, self._service, self._brand)
        if self._classifier is not None:
            reading = replace(
                reading,
                chances=self._chances(
                    [reading.cased[each.start : each.end] for each in reading.sentences[:MOST]]
                ),
            )
        for rule, severity, look in self._rules:
            until = -1
            for spot in sorted(look(reading)):
                if spot.end and (spot.start < until or doubted(reading, rule.name, spot)):
                    continue  # it was told of these words already, or they mean something else
                until = spot.end
                start, end = reading.span(spot.start, spot.end)
                yield Finding(
                    rule.name, severity, start, end, spot.reason or rule.reason, spot.suggestion, rule.page
                )

    def _chances(self, sentences: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """What each sentence means; nothing where the classifier can't be used: the phrases still hold."""
        assert self._classifier is not None  # noqa: S101 -- the caller looked
        try:
            return tuple(self._meaning.chances(sentences, self._classifier.classify(sentences)))
        except ClassifierError:
            return ()
