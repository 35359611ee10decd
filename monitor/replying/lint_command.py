"""`snapwatch lint`: what is wrong with a reply on standard input."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO, TextIO

from alerts.lint import Linter, LintSettings
from alerts.snap import Service
from monitor.build import build_classifier, build_linter
from monitor.config import available
from monitor.errors import InputError
from monitor.reply import Finding, Occasion
from monitor.wording.text import one_line, suggestion

if TYPE_CHECKING:
    from monitor.config import Config


def lint(
    config: Config | None,
    reply: BinaryIO,
    out: TextIO,
    *,
    platform: str = "",
    private: bool = False,
    as_json: bool = False,
) -> int:
    """The findings, a line each, or as one JSON list. Status 1 when one of them is an error. Without a configuration the
    defaults hold. InputError when there is no reply, it is not UTF-8, or the platform is not known."""
    where = platform.strip().lower()
    known = {*available("sources"), *(config.sources if config else ())}
    if where and where not in known:
        raise InputError(f"there is no platform {one_line(where, 40)!r}; {suggestion(where, known)}")
    text = _decoded(reply.read())
    classifier = build_classifier(config)
    linter = (
        build_linter(config, classifier)
        if config
        else Linter(LintSettings(), Service(), classifier=classifier)
    )
    findings = linter.findings(text, Occasion(platform=where, public=not private))
    if as_json:
        out.write(json.dumps([asdict(each) for each in findings], ensure_ascii=False, indent=2) + "\n")
    else:
        out.write(in_words(text, findings))
    return 1 if any(each.severity == "error" for each in findings) else 0


def in_words(text: str, findings: Sequence[Finding]) -> str:
    """A line for each, errors first: where it is, its rule, how severe, why, and what to write instead."""
    if not findings:
        return "nothing to find\n"
    findings = sorted(findings, key=lambda each: each.severity == "warning")
    return "".join(
        f"{_place(text, each)} {each.rule} ({each.severity}): {each.reason} {each.suggestion}\n"
        for each in findings
    )


def _place(text: str, finding: Finding) -> str:
    """Line and column, both from 1; what is missing has no place."""
    if finding.end == 0:
        return "-"
    before = text[: finding.start]
    return f"{before.count(chr(10)) + 1}:{finding.start - before.rfind(chr(10))}"


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"line {line} of the reply is not UTF-8; save it as UTF-8 and try again") from None
    if not text.strip():
        raise InputError(
            "there is no reply to read: write it to standard input, such as `snapwatch lint < reply.txt`"
        )
    return text
