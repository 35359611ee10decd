"""A fitted forecast is kept where it beats a count on later posts, refused elsewhere, and never learns from the future."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bench.make_history import records
from classifiers.forecast.blend import Blend, prior
from classifiers.forecast.curves import Curve
from monitor import cli
from monitor.errors import InputError
from monitor.exchange import dump
from monitor.hindsight.history import History, gather
from monitor.hindsight.outcomes import KNOWN_AFTER
from monitor.model import Author, Mention, Reading, Record
from monitor.refit import compare
from monitor.refit.compare import Verdict, learn, table
from monitor.refit.own import read_model

MADE = records(posts=700, days=60, seed=4)
V = 60
HISTORY = gather(MADE, lambda _: "reposts")


def learnt(history: History = HISTORY) -> tuple[Verdict, compare.Learnt | None]:
    return learn(history, "reposts", V, prior("reposts"), lambda _: None)


class Fitted:
    """In place of the fit: answers with the shipped model, and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[Sequence[Curve]] = []

    def __call__(self, curves: Sequence[Curve], viral_at: int, base: Blend) -> Blend:
        self.given.append(curves)
        return base


@pytest.fixture
def fit(monkeypatch: pytest.MonkeyPatch) -> Fitted:
    fake = Fitted()
    monkeypatch.setattr(compare, "fit", fake)
    return fake


def test_each_fit_sees_only_what_was_known_at_its_time(fit: Fitted) -> None:
    verdict, found = learnt()
    assert found is not None
    *folds, last = fit.given
    known = sorted(post.created for post in HISTORY.posts if post.created + KNOWN_AFTER <= HISTORY.until)
    begins = [known[int(len(known) * share)] for share in compare.ORIGINS]
    for curves, begin in zip(folds, begins, strict=True):
        assert 0 < len(curves) < len(known)
        assert max(curve.created for curve in curves) <= begin - KNOWN_AFTER
        assert max(curve.created + curve.ages[-1] * 60 for curve in curves) <= begin
    assert len(last) == verdict.posts == len(known)
    assert found.span == (known[0], known[-1])
    assert verdict.measured == sum(each >= begins[0] for each in known)


def test_the_figures_of_the_same_model_are_the_same(fit: Fitted) -> None:
    verdict, _ = learnt()
    assert verdict.fitted == verdict.shipped
    assert not verdict.better_than_shipped
    assert verdict.rule is not None
    assert verdict.fitted is not None
    assert verdict.ahead == verdict.fitted.area - verdict.rule.area > 0
    assert verdict.surer >= compare.SURE
    assert "0.0" in table(verdict)
    json.dumps(verdict.figures())


def test_a_model_that_only_counts_does_not_beat_a_count(fit: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Blend.predict

    def counting(self: Blend, curves: Sequence[Curve], viral_at: int, last: bool = False):  # type: ignore[no-untyped-def]
        said = real(self, curves, viral_at, last)
        said.p_viral[:] = np.where(said.count >= viral_at, 1.0, said.count / viral_at)
        return said

    monkeypatch.setattr(Blend, "predict", counting)
    verdict, found = learnt()
    assert found is None
    assert verdict.ahead == 0
    assert verdict.refused == 'it does not beat "count ≥ c": its area is 0.000 smaller'


def test_a_model_that_chance_may_explain_is_refused_with_by_how_much(
    fit: Fitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "SURE", 1.01)
    verdict, found = learnt()
    assert found is None
    assert f"its area is {verdict.ahead:.3f} larger" in verdict.refused


def test_too_little_is_refused_before_anything_is_fitted(fit: Fitted) -> None:
    for lines, words in (
        (records(posts=60, days=30, seed=1), "3 of 60"),
        ([each for each in MADE if not isinstance(each, Reading) or (each.reposts or 0) < V], "0 of"),
    ):
        verdict, found = learnt(gather(lines, lambda _: "reposts"))
        assert found is None
        assert verdict.refused.startswith("too little to learn from")
        assert words in verdict.refused
        assert table(verdict) == ""
    assert fit.given == []


def test_too_few_later_posts_that_crossed_can_not_tell(fit: Fitted) -> None:
    middle = sorted(each.created_at for each in MADE if isinstance(each, Mention))[300]
    early = {each.id for each in MADE if isinstance(each, Mention) and each.created_at < middle}
    lines = [
        each for each in MADE if not isinstance(each, Reading) or each.id in early or (each.reposts or 0) < V
    ]
    verdict, found = learnt(gather(lines, lambda _: "reposts"))
    assert found is None
    assert "too few to tell" in verdict.refused


# --- the command -----------------------------------------------------------------------------------------------------


def written(path: Path, lines: Sequence[Record | str]) -> Path:
    path.write_text(
        "".join((each if isinstance(each, str) else dump(each)) + "\n" for each in lines), encoding="utf-8"
    )
    return path


def run(*arguments: str | Path | int):  # type: ignore[no-untyped-def]
    return CliRunner().invoke(cli.app, ["forecast", *map(str, arguments)])


def test_fit_writes_a_model_and_a_card_that_backtest_takes(tmp_path: Path, fit: Fitted) -> None:
    made = records(posts=300, days=60, seed=4)
    history = written(tmp_path / "history.jsonl", made)
    folder = tmp_path / "deep" / "model"
    done = run("fit", history, "--viral-at", V, "--measure", "reposts", "--out", folder)
    assert done.exit_code == 0, done.output
    assert f"Wrote {folder}: it beats" in done.stdout
    assert done.stdout.count("count ≥ c") == 2
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert (card["measure"], card["viral_at"], card["seed"]) == ("reposts", V, compare.SEED)
    assert card["figures"]["fitted"]["area"] > card["figures"]["rule"]["area"]
    text = (folder / "card.json").read_text(encoding="utf-8") + str((folder / "model.npz").read_bytes())
    assert "parcel" not in text
    assert "https" not in text
    model = read_model(folder)
    found = gather(made, lambda _: "reposts")
    assert model.own[1:] == ("reposts", V)
    assert model.learnt[1] == max(
        post.created for post in found.posts if post.created + KNOWN_AFTER <= found.until
    )
    later = written(tmp_path / "later.jsonl", records(posts=200, days=100, seed=9))
    told = CliRunner().invoke(
        cli.app,
        [
            "backtest",
            str(later),
            "--viral-at",
            str(V),
            "--measure",
            "reposts",
            "--model",
            str(folder),
            "--json",
        ],
    )
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["measured"]["since"] > card["learnt"]["until"]
    same = CliRunner().invoke(
        cli.app,
        ["backtest", str(history), "--viral-at", str(V), "--measure", "reposts", "--model", str(folder)],
    )
    assert same.exit_code == 1
    assert "No post to measure on" in same.stdout
    assert "nothing could be measured" in same.stderr

    def of_year_before(*asked: str | Path | int):  # type: ignore[no-untyped-def]
        return CliRunner().invoke(cli.app, ["backtest", *map(str, (former, *asked)), "--model", str(folder)])

    year = timedelta(days=365)
    former = written(tmp_path / "former.jsonl", [_sooner(each, year) for each in made])
    before = of_year_before("--viral-at", V, "--measure", "reposts", "--json")
    assert (before.exit_code, before.stderr) == (0, "")
    assert json.loads(before.stdout)["measured"]["posts"] > 100
    assert "far from 250 of x" in of_year_before("--viral-at", 250, "--measure", "reposts").stderr
    other = of_year_before("--viral-at", V, "--measure", "likes+reposts")
    assert isinstance(other.exception, InputError)
    assert "the model was fitted to reposts, and x is measured in likes+reposts" in str(other.exception)
    (folder / "card.json").unlink()
    bare = of_year_before("--viral-at", V, "--measure", "reposts")
    assert isinstance(bare.exception, InputError)
    assert "card.json does not say what the model was fitted to" in str(bare.exception)


def _sooner(record: Record, by: timedelta) -> Record:
    if isinstance(record, Mention):
        return replace(record, created_at=record.created_at - by)
    return replace(record, at=record.at - by)


def test_a_refusal_writes_nothing_and_says_why(tmp_path: Path, fit: Fitted) -> None:
    history = written(tmp_path / "history.jsonl", records(posts=60, days=30, seed=1))
    done = run("fit", history, "--viral-at", V, "--measure", "reposts", "--out", tmp_path / "model")
    assert done.exit_code == 1
    assert "Nothing was written: too little to learn from" in done.stdout
    assert "is small" not in done.stdout
    done = run("fit", history, "--viral-at", 2, "--measure", "reposts", "--out", tmp_path / "model")
    assert "V = 2 is small: under 10, probabilities are badly calibrated" in done.stdout
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    "times", [1, 3], ids=["one reading a post", "viral posts first read after they crossed"]
)
def test_posts_that_were_not_read_before_they_crossed_are_refused(tmp_path: Path, times: int) -> None:
    start = datetime(2026, 9, 1, tzinfo=UTC)
    lines: list[Record] = []
    for number in range(400):
        at, name = start + timedelta(hours=3 * number), str(number)
        lines.append(Mention("x", name, Author("7", "ann"), "hello", f"https://x.example/{name}", at))
        for reading in range(times):
            count = 3 + reading if number % 10 else 500
            lines.append(Reading("x", name, at + timedelta(hours=1 + 20 * reading), reposts=count))
    history = written(tmp_path / "history.jsonl", lines)
    done = run("fit", history, "--viral-at", V, "--measure", "reposts", "--out", tmp_path / "model")
    assert done.exit_code == 1, done.output
    assert "no post was read before it crossed" in " ".join(done.output.split())
    assert not (tmp_path / "model").exists()


def test_a_bad_line_costs_the_status_but_not_the_model(tmp_path: Path, fit: Fitted) -> None:
    history = written(tmp_path / "history.jsonl", ["no", *MADE])
    done = run("fit", history, "--viral-at", V, "--measure", "reposts", "--out", tmp_path / "model")
    assert done.exit_code == 1
    assert "line 1: not JSON" in done.stderr
    assert "Wrote" in done.stdout
    assert "no more of these posts than the shipped forecast" in done.stdout
    assert (tmp_path / "model" / "model.npz").exists()


def test_wrong_arguments_are_status_2(tmp_path: Path) -> None:
    for arguments in (
        (),
        ("--list", "--back"),
        ("fit", "history.jsonl"),
        ("fit", "--viral-at", "60"),
        ("fit", "history.jsonl", "--viral-at", "1", "--measure", "reposts", "--out", "x"),
        ("fit", "history.jsonl", "--viral-at", "60", "--measure", "lik", "--out", "x"),
    ):
        assert run(*arguments).exit_code == 2, arguments
    done = run("fit", tmp_path / "none", "--viral-at", V, "--measure", "reposts", "--out", tmp_path)
    assert isinstance(done.exception, InputError)
