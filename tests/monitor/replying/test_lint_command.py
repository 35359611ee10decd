"""`snapwatch lint`: what it prints, and its exit status."""

from __future__ import annotations

import io
import json

import pytest

from monitor.errors import InputError
from monitor.replying.lint_command import in_words, lint

GOOD = (
    "Hello @ann, thank you for telling us. I'm sorry about your order. I'm Sam and your case is with me. Please send me "
    "the order number by direct message and I'll track it down. I'll update you by 12:15 pm UTC on Wednesday. My aim: a "
    "solution you're happy with."
)


def run(text: str | bytes, **options: object) -> tuple[int, str]:
    out = io.StringIO()
    content = text if isinstance(text, bytes) else text.encode()
    status = lint(None, io.BytesIO(content), out, **options)  # type: ignore[arg-type]
    return status, out.getvalue()


def test_a_good_reply_is_one_line_and_status_0() -> None:
    assert run(GOOD, platform="x") == (0, "nothing to find\n")
    assert run(GOOD, platform="x", as_json=True) == (0, "[]\n")


def test_a_platform_that_is_none_is_told() -> None:
    with pytest.raises(InputError, match="no platform 'mastodn'; did you mean 'mastodon'"):
        run(GOOD, platform="mastodn")


def test_findings_have_their_place_and_errors_cost_status_1() -> None:
    status, shown = run(GOOD + "\nYour refund will arrive by Friday.\n", platform="mastodon")
    assert status == 1
    assert shown.startswith("2:1 time (error): ")


def test_a_warning_alone_is_status_0_and_has_no_place_where_something_is_missing() -> None:
    status, shown = run(GOOD.replace("thank you for telling us. ", ""))
    assert (status, shown.startswith("- no-thanks (warning): ")) == (0, True)


def test_json_has_what_programs_need() -> None:
    status, shown = run("Dear Sir,\n" + GOOD, as_json=True)
    (found,) = json.loads(shown)
    assert status == 1
    assert list(found) == ["rule", "severity", "start", "end", "reason", "suggestion", "page"]
    assert (found["rule"], found["start"], found["end"]) == ("title", 0, 8)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"fine\nnot \xff", "line 2 of the reply is not UTF-8"), (b" \n", "no reply to read")],
)
def test_what_can_not_be_read_is_told(content: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        run(content)


def test_nothing_is_words_too() -> None:
    assert in_words("", []) == "nothing to find\n"
