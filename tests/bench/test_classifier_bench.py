from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.classifier import ROWS, Row, table
from bench.classifier_speed import layers, texts
from bench.tried import table as tried

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", ["classifier", "classifier_speed", "tried"])
def test_help_works_without_the_extras(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{command}", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"python -m bench.{command}" in done.stdout


def test_a_goal_is_reached_or_not() -> None:
    assert Row("x", 0.9).reached(0.9) == "yes"
    assert Row("x", 0.9).reached(0.89) == "no"
    assert Row("x", 0.03, at_most=True).reached(0.02) == "yes"
    assert Row("x", 0.03, at_most=True).reached(0.04) == "no"
    assert Row("x").reached(0.5) == ""
    assert Row("x", 0.9).reached(None) == ""


def test_the_table_has_a_dash_where_a_model_says_nothing() -> None:
    lines = table({"bundled": {"complaint: macro-F1": 0.9123}, "other": {"complaint: AUC": 0.5}})
    assert lines[0] == ["figure", "reach", "reached", "bundled", "other"]
    assert lines[1] == ["complaint: macro-F1", "≥ 0.9", "yes", "0.9123", "–"]
    assert len(lines) == 1 + len(ROWS)


def test_what_a_run_did_not_learn_has_a_dash() -> None:
    figures = {"complaint: macro-F1": 0.8522, "complaint: AUC": 0.939}
    run = {"variant": "a", "what": "b", "seconds": 240, "rows seen": 6400, "figures": figures}
    *_, line = tried([run]).splitlines()
    assert line == "| a: b | 240 | 6400 | .852 (.939) | – | – | – | – | – |"


def test_the_texts_are_different_ones() -> None:
    made = texts(300)
    assert len(set(made)) == 300
    assert made == texts(300)


def test_the_layers_of_the_shipped_network_are_counted() -> None:
    assert 6 <= layers() <= 12
