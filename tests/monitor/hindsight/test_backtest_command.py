"""`snapwatch backtest` as a person runs it: what it says, writes and answers to what is not as it should be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bench.make_history import records
from monitor import cli
from monitor.errors import ConfigError, SnapwatchError
from monitor.exchange import dump
from monitor.model import Record
from monitor.store import Store

ROOT = Path(__file__).resolve().parents[3]
ASKED = ("--viral-at", "100", "--measure", "reposts")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, ["backtest", *map(str, arguments)])


def refused(*arguments: str | Path) -> str:
    """What it says when it can't be done."""
    done = run(*arguments)
    assert isinstance(done.exception, SnapwatchError), done.output
    return str(done.exception)


@pytest.fixture(scope="module")
def made() -> list[Record]:
    return records(posts=500, days=40, seed=3)


@pytest.fixture
def history(tmp_path: Path, made: list[Record]) -> Path:
    path = tmp_path / "history.jsonl"
    path.write_text("".join(dump(each) + "\n" for each in made), encoding="utf-8")
    return path


def found(*arguments: str | Path) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def test_the_table_has_the_forecast_beside_the_count(history: Path) -> None:
    done = run(history, *ASKED)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("500 posts with 8,500 readings, 2026-06-01")
    assert any(
        re.match(r"Measured on 2\d\d posts .* crossed 100; levels are tuned on those before", each)
        for each in lines
    )
    head = next(each for each in lines if "early recall" in each)
    assert head.split() == [
        "pages",
        "right",
        "precision",
        "recall",
        "early",
        "recall",
        "lead",
        "to",
        "come",
        "a",
        "week",
    ]
    assert [
        name for each in lines for name in ("as configured", "forecast ≥", "count ≥") if each.startswith(name)
    ] == [
        "as configured",
        "forecast ≥",
        "count ≥",
    ]


def test_a_small_threshold_is_warned_of(history: Path) -> None:
    small = "V = 3 is small: under 10, probabilities are badly calibrated"
    assert small in run(history, "--viral-at", "3", "--measure", "reposts").stdout
    assert "is small" not in run(history, *ASKED).stdout


def test_forecasts_are_written_with_the_agreed_keys(
    history: Path, tmp_path: Path, made: list[Record]
) -> None:
    path = tmp_path / "out.jsonl"
    assert run(history, *ASKED, "--forecasts", path).exit_code == 0
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert list(lines[0]) == ["source", "id", "at", "age_s", "count", "p_viral", "expected", "low", "high"]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    best: dict[str, int] = {}
    before = []
    for each in map(json.loads, map(dump, made)):
        if each["type"] == "reading":
            best[each["id"]] = max(best.get(each["id"], 0), each["reposts"])
            if best[each["id"]] < 100:
                before.append((each["id"], each["at"], best[each["id"]]))
    assert sorted((line["id"], line["at"], line["count"]) for line in lines) == sorted(before)
    for line in lines:
        assert 0 < line["p_viral"] < 1
        assert line["count"] <= line["low"] <= line["expected"] <= line["high"]


def test_json_agrees_with_itself(history: Path) -> None:
    told = found(history, *ASKED)
    assert (told["posts"], told["readings"], told["short"]) == (500, 8500, False)
    measured = [page for page in told["pages"] if page["measured"]]
    configured = told["configured"]
    assert configured["pages"] == len(measured)
    assert configured["right"] == sum(page["right"] for page in measured)
    assert configured["early"] == sum(page["right"] and page["lead_minutes"] >= 30 for page in measured)
    assert configured["viral"] == configured["right"] + len(told["misses"]) == told["measured"]["viral"]
    # what made it a miss, which is not the probability alone
    assert told["misses"]
    assert all(miss["harm"] < 0.35 for miss in told["misses"])
    assert configured["precision"] == pytest.approx(configured["right"] / configured["pages"])
    assert all(page["url"].startswith("https://x.example/") for page in told["pages"] + told["misses"])
    assert set(told["rule"]) == set(told["tuned"]) == set(configured)


def test_bad_lines_are_named_skipped_and_cost_the_status(history: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text("no\n" * 25 + history.read_text(encoding="utf-8"), encoding="utf-8")
    done = run(other, *ASKED)
    assert done.exit_code == 1
    assert f"{other}: line 20: not JSON" in done.stderr
    assert "line 21" not in done.stderr
    assert "5 more bad lines" in done.stderr
    assert "25 bad lines skipped" in done.stdout
    assert done.stdout.splitlines()[3:] == run(history, *ASKED).stdout.splitlines()[2:]


def test_what_can_not_be_done_is_said(history: Path, tmp_path: Path) -> None:
    assert "can't be read: No such file" in refused(tmp_path / "none.jsonl", *ASKED)
    assert "no mention has a reading with the measure" in refused(
        history, "--viral-at", "50", "--measure", "quotes"
    )
    assert "model.npz can't be read" in refused(history, *ASKED, "--model", tmp_path)
    (tmp_path / "model.npz").write_bytes(b"no model")
    assert "fit it again" in refused(history, *ASKED, "--model", tmp_path)
    assert "can't be written" in refused(history, *ASKED, "--forecasts", tmp_path)
    assert "can't be written" in refused(history, *ASKED, "--out", history)
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    assert "no mention has a reading" in refused(tmp_path / "empty.jsonl", *ASKED)


@pytest.mark.parametrize(
    "arguments",
    [
        ("history.jsonl",),
        ("history.jsonl", "--viral-at", "50"),
        (),
        ("h", *ASKED, *["-c", "a"] * 3),
        ("h", "--viral-at", "0"),
    ],
)
def test_wrong_arguments_are_status_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_measure_that_does_not_exist_is_status_2_and_says_which_do(history: Path) -> None:
    done = run(history, "--viral-at", "50", "--measure", "reposts+lik")
    assert done.exit_code == 2
    said = " ".join(re.sub(r"[│╭╰─╮╯]", " ", done.stderr).split())
    assert "'lik' in the measure 'reposts+lik' is not a counter: use likes, replies" in said


# --- configurations --------------------------------------------------------------------------------------------------


def configuration(folder: Path, name: str, **changes: str) -> Path:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    for key, value in changes.items():
        text, number = re.subn(rf"(?m)^{key} = \S+", f"{key} = {value}", text)
        assert number == 1, key
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_two_configurations_are_compared(history: Path, tmp_path: Path) -> None:
    eager = configuration(tmp_path, "eager.toml", page_at="0.1", pages_per_shift="50")
    calm = configuration(tmp_path, "calm.toml", page_at="0.35", pages_per_shift="50")
    told = found(history, *ASKED, "-c", eager, "-c", calm)
    one, other = (told["configurations"][str(path)] for path in (eager, calm))
    assert one["configured"]["pages"] > other["configured"]["pages"] > 0
    assert one["configured"]["recall"] >= other["configured"]["recall"]
    assert one["rule"] == other["rule"]
    assert told["only"][str(calm)] == []
    assert len(told["only"][str(eager)]) == len(one["pages"]) - len(other["pages"])
    table = run(history, *ASKED, "-c", eager, "-c", calm).stdout
    assert f"Only {calm} pages 0 posts, 0 of which crossed." in table


def test_the_cap_of_a_shift_holds_pages_back(history: Path, tmp_path: Path) -> None:
    free = configuration(tmp_path, "free.toml", page_at="0.05", pages_per_shift="500")
    tight = configuration(tmp_path, "tight.toml", page_at="0.05", pages_per_shift="1")
    told = found(history, *ASKED, "-c", free, "-c", tight)
    one, other = (told["configurations"][str(path)] for path in (free, tight))
    assert one["held"] == 0
    assert other["held"] == len(one["pages"]) - len(other["pages"]) > 0
    # shifts begin at 08:00 in the example's zone; one warning and one critical page each
    shifts = [page["at"] for page in other["pages"]]
    assert len(shifts) <= 2 * 43


def test_the_made_up_day_pages_its_three_stories(tmp_path: Path) -> None:
    told = found(ROOT / "sources" / "brand_day.jsonl", "-c", configuration(tmp_path, "config.toml"))
    assert told["short"]
    assert (told["configured"]["right"], told["configured"]["viral"]) == (3, 3)
    assert (told["tuned"], told["rule"]) == (None, None)


def test_what_the_daemon_has_stored_is_a_history_too(
    tmp_path: Path, history: Path, made: list[Record]
) -> None:
    config = configuration(tmp_path, "config.toml")
    done = CliRunner().invoke(cli.app, ["import", str(history), "-c", str(config)])
    assert done.exit_code == 0, done.output
    stored = found("-c", config, *ASKED)
    told = found(history, "-c", config, *ASKED)
    assert stored.pop("lacks")["out_of_order"] == 0
    told.pop("lacks")
    assert stored == told
    Store(tmp_path / "snapwatch-data" / "snapwatch.db").close()


def test_a_configuration_with_problems_is_named(history: Path, tmp_path: Path) -> None:
    done = run(history, "-c", tmp_path / "none.toml")
    assert isinstance(done.exception, ConfigError)


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_has_the_figures_and_pictures_with_words(history: Path, tmp_path: Path) -> None:
    folder = tmp_path / "page"
    assert run(history, *ASKED, "--out", folder).exit_code == 0
    html = (folder / "report.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<img src="([^"]+)" alt="([^"]+)"', html)
    assert {name for name, _ in pictures} >= {"reliability.png", "precision.png", "hits.png"}
    for name, words in pictures:
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
        assert len(words) > 40
    assert "http" not in re.sub(r'href="https://x\.example/\d+"', "", html)


def test_what_strangers_wrote_is_shown_as_text(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    lines = [json.loads(dump(each)) for each in records(posts=60, days=40, seed=3)]
    for line in lines:
        line["id"] = f"<script>{line['id']}</script>\x1b[31m"
        if "url" in line:
            line["url"] = 'https://x.example/"><script>alert(1)</script>'
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    calm = configuration(tmp_path, "calm.toml", page_at="1.0")
    done = run(path, "-c", calm, "--viral-at", "20", "--measure", "reposts", "--out", tmp_path / "page")
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
    assert "Missed by the configured pages" in done.stdout
    html = (tmp_path / "page" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in html
    assert "\x1b" not in html
