"""`snapwatch classify` with a scripted classifier: the way, not the answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path

import pytest

from monitor.config import Config
from monitor.learning import classify as command
from monitor.learning.classify import classify
from monitor.model import Classification, Emotion
from tests.monitor.scripted import ScriptedClassifier, config


class Model(ScriptedClassifier):
    """Says what the test wants to be said of each text."""

    def __init__(self) -> None:
        super().__init__()
        self.says: dict[str, object] = {}

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        return [replace(found, **self.says) for found in super().classify(texts)]  # type: ignore[arg-type]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    made = Model()
    monkeypatch.setattr(command, "build_taught", lambda _config: made)
    return made


def run(lines: bytes, settings: Config | None = None) -> tuple[int, list[dict[str, object]]]:
    out = StringIO()
    status = classify(settings, BytesIO(lines), out)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def line(id_: object, text: str) -> bytes:
    return json.dumps({"id": id_, "text": text}).encode() + b"\n"


def test_every_field_is_there_also_when_the_model_does_not_say(model: Model) -> None:
    _, (found,) = run(line(1, "my parcel is lost"))
    assert found == {
        "id": 1, "complaint": 0.9, "sentiment": {"negative": 0.9, "neutral": 0.0, "positive": 1 - 0.9},
        "severity": {"label": None, "score": None}, "category": "delivery", "language": None,
        "language_measured": None, "sarcasm": None, "emotion": None, "offensive": None, "relevance": None,
        "model": "scripted-1", "relevant": None,
    }  # fmt: skip


def test_what_the_model_says_is_passed_on(model: Model) -> None:
    emotion = Emotion(0.7, 0.1, 0.1, 0.1)
    model.says = {"language": "nl", "measured": False, "emotion": emotion, "offensive": 0.2, "relevance": 0.6}
    _, (found,) = run(line(1, "waar is mijn pakket"))
    assert found["emotion"] == {"anger": 0.7, "joy": 0.1, "optimism": 0.1, "sadness": 0.1}
    assert (found["language"], found["language_measured"]) == ("nl", False)
    assert (found["offensive"], found["relevance"], found["relevant"]) == (0.2, 0.6, True)


@pytest.mark.parametrize(
    ("text", "relevance", "alone", "configured"),
    [
        ("Kestrel lost it", None, None, True),
        ("Kestrel lost it", 0.9, True, True),
        ("Kestrel lost it", 0.3, False, True),
        ("Kestrel lost it", 0.05, False, False),
        ("lost it", 0.9, True, False),
        ("lost it", None, None, False),
    ],
)
def test_relevant(
    model: Model, tmp_path: Path, text: str, relevance: float, alone: object, configured: bool
) -> None:
    model.says = {"relevance": relevance}
    assert run(line(1, text))[1][0]["relevant"] is alone
    assert run(line(1, text), config(tmp_path))[1][0]["relevant"] is configured


def test_bad_lines_are_named_and_skipped(model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    bad = (
        b"nonsense\n[]\n"
        + b'{"text": "no id"}\n{"id": 1, "text": 5}\n\xff\xfe\n\n'
        + b"x" * 1_100_000
        + b"\n"
    )
    status, found = run(line("a", "lost") + bad + line("b", "fine"))
    said = capsys.readouterr().err.splitlines()
    assert status == 1
    assert [each["id"] for each in found] == ["a", "b"]
    assert [each.split(":")[0] for each in said] == [f"line {n}" for n in (2, 3, 4, 5, 6, 8)]
    assert "longer than" in said[-1]
    assert run(line("a", "lost"))[0] == 0
    assert run(b"") == (0, [])


def test_a_text_that_breaks_the_model_costs_only_itself(
    model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    model.poison = "poison"
    status, found = run(line(1, "lost") + line(2, "poison") + line(3, "fine"))
    assert status == 1
    assert [each["id"] for each in found] == [1, 3]
    assert "line 2: the classifier can't read this text" in capsys.readouterr().err


def test_explained_lines_say_which_words_moved_the_decision(model: Model) -> None:
    out = StringIO()
    assert classify(None, BytesIO(line(1, "my parcel is lost") + line(2, "")), out, explained=True) == 0
    first, second = map(json.loads, out.getvalue().splitlines())
    effect = first["explain"][0].pop("effect")
    assert effect > 0.5
    assert first["explain"][0] == {"start": 13, "end": 17, "word": "lost"}
    assert second["explain"] == []
    assert "explain" not in run(line(1, "my parcel is lost"))[1][0]


def test_a_variant_that_breaks_the_model_costs_only_its_words_effect(
    model: Model, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model.poison = "my  is"  # what is left of the text without "parcel"
    out = StringIO()
    lines = line(1, "my parcel is lost") + line(2, "my lamp is lost")
    assert classify(None, BytesIO(lines), out, explained=True) == 1
    first, second = map(json.loads, out.getvalue().splitlines())
    assert {each["word"] for each in first["explain"]} == {"my", "is", "lost"}
    assert {each["word"] for each in second["explain"]} == {"my", "is", "lost"}
    said = capsys.readouterr().err
    for number in (1, 2):
        assert f"line {number}: 1 of 4 words has no effect told: without it the classifier can't read" in said


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_an_explanation_is_for_a_person(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    assert (
        classify(None, BytesIO(line("a\x1b[2J", "[blink]my parcel\x1b[2J is lost")), out, explained=True) == 0
    )
    assert "[blink]my parcel [2J is " in out.getvalue()
    assert "\x1b[1;31mlost\x1b[0m" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()


def test_any_json_value_and_any_text_comes_back_on_a_line_of_its_own(model: Model) -> None:
    ids = [None, True, 1.5, "\u2028\ud800", {"a": ["\n"]}]
    lines = b"".join(line(id_, "\ud800\u2028\n\x00 lost") for id_ in ids)
    assert [each["id"] for each in run(lines)[1]] == ids


@pytest.mark.parametrize(
    "id_", ["NaN", "Infinity", "-Infinity", "1e999", "[-1e999]", '{"a": NaN}', "9" * 5000]
)
def test_what_is_no_json_is_a_bad_line_not_bad_output(
    model: Model, capsys: pytest.CaptureFixture[str], id_: str
) -> None:
    bad = f'{{"id": {id_}, "text": "lost"}}\n'.encode()
    status, found = run(bad + line("b", "lost"))
    assert (status, [each["id"] for each in found]) == (1, ["b"])
    assert capsys.readouterr().err.startswith("line 1: not JSON")


def test_a_model_that_says_what_is_no_number_costs_only_that_text(
    model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    model.says = {"sarcasm": float("nan")}
    status, found = run(line(1, "lost"))
    assert (status, found) == (1, [])
    assert "line 1: the classifier can't read this text" in capsys.readouterr().err


def test_a_slow_writer_is_answered_line_by_line(model: Model) -> None:
    end, start = os.pipe()
    answered, answers = os.pipe()

    def work() -> None:
        with os.fdopen(end, "rb") as lines, os.fdopen(answers, "w") as out:
            classify(None, lines, out)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    with os.fdopen(answered, "rb") as results:
        for n in range(3):
            os.write(start, line(n, "lost"))
            assert json.loads(results.readline())["id"] == n
        os.close(start)
        assert results.read() == b""
    thread.join()


ROOT = Path(__file__).resolve().parents[3]
COMMAND = """
from monitor import cli
from monitor.learning import classify
from tests.monitor.scripted import ScriptedClassifier
classify.build_taught = lambda _config: ScriptedClassifier()
cli.main()
"""


def start(folder: Path, **streams: object) -> subprocess.Popen[bytes]:
    """The command as the shell starts it, with the scripted classifier in place of the model."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"}
    command = [sys.executable, "-c", COMMAND, "classify"]
    return subprocess.Popen(command, cwd=folder, env=environment, **streams)  # type: ignore[call-overload,no-any-return]


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b"".join(line(n, "lost") for n in range(20_000)))
    with (tmp_path / "in.jsonl").open("rb") as lines:
        process = start(tmp_path, stdin=lines, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["id"] == 0
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        process.stderr.close()
        process.wait()


@pytest.mark.parametrize("out", ["file", "terminal"])
def test_a_bar_moves_where_nothing_else_would(tmp_path: Path, out: str) -> None:
    (tmp_path / "in.jsonl").write_bytes(b"nonsense\n" + b"".join(line(n, "lost") for n in range(1500)))
    screen, terminal = os.openpty()
    with (tmp_path / "in.jsonl").open("rb") as lines, (tmp_path / "out.jsonl").open("wb") as results:
        process = start(tmp_path, stdin=lines, stdout=results if out == "file" else terminal, stderr=terminal)
        os.close(terminal)
        shown = b""
        while chunk := read(screen):
            shown += chunk
        os.close(screen)
        assert process.wait() == 1
    assert (b"1,500 texts" in shown) is (out == "file")
    assert b"line 1: not JSON" in shown
    if out == "file":
        found = (tmp_path / "out.jsonl").read_text().splitlines()
        assert [json.loads(each)["id"] for each in found] == list(range(1500))


def read(screen: int) -> bytes:
    try:
        return os.read(screen, 65536)
    except OSError:  # the other side is closed
        return b""
