"""The commands as a person runs them, each a process of its own, over the example configuration's day."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.store import Store
from tests.warm import ROOT, snapwatch
from tests.watched import began, configure

SNAPWATCH = Path(sys.executable).with_name("snapwatch")


def started(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """As a person starts it, with all that it has to load."""
    return subprocess.run(
        [SNAPWATCH, *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


@contextmanager
def running(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The daemon, once it answers /healthz."""
    with subprocess.Popen(
        [SNAPWATCH, "run"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as daemon:
        try:
            health(port, daemon)
            yield daemon
        finally:
            daemon.kill()


def health(port: int, daemon: subprocess.Popen[str]) -> dict[str, object]:
    while daemon.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
                return dict(json.load(answer))
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the daemon ended: {daemon.communicate()[0]}")


def expect(daemon: subprocess.Popen[str], words: str) -> None:
    """Read what the daemon says until it says this."""
    assert daemon.stdout is not None
    assert any(words in line for line in daemon.stdout)


def test_the_day_pages_the_viral_story_and_explains_it(day: Path) -> None:
    mails = sorted(path.name for path in (day / "outbox").glob("*.eml"))
    texts = sorted((day / "outbox").glob("*.txt"))
    assert mails
    assert texts
    store = Store(day / "snapwatch-data" / "snapwatch.db")
    alerts = store.read.alerts.active()
    posts = {alert.id: store.read.stories.top(alert.story_id, 1)[0] for alert in alerts}
    store.close()
    assert any("recycl" in post.mention.text for post in posts.values())
    assert any((post.forecast is not None and post.forecast.crossed) for post in posts.values())


def test_the_digest_was_sent_once(day: Path) -> None:
    assert len(list((day / "outbox").glob("*week-of*.eml"))) == 1


def test_acknowledge_snooze_resolve(day: Path) -> None:
    said = snapwatch(day, "ack", "1", "--by", "sam")
    assert (said.returncode, "yours, Sam (first on call)" in said.stdout) == (0, True)
    assert "Sam (first on call) has alert 1" in snapwatch(day, "ack", "1").stdout
    # Who has it goes on answering, though Kim was paged last.
    assert "Sam (first on call) snoozed it" in snapwatch(day, "snooze", "1", "--minutes", "5").stdout
    assert "resolved by Sam" in snapwatch(day, "resolve", "1").stdout
    stale = snapwatch(day, "ack", "1")
    assert "was resolved at" in stale.stdout
    nobody = snapwatch(day, "ack", "1", "--by", "Kimm")
    assert nobody.returncode == 1
    assert "nobody is called 'Kimm'" in nobody.stderr
    unknown = snapwatch(day, "ack", "99")
    assert unknown.returncode == 1
    assert "no alert '99'" in unknown.stderr


def test_digest_to_a_file(day: Path) -> None:
    done = snapwatch(day, "digest", "--week", "2026-W44", "--out", "digest.html")
    assert done.returncode == 0, done.stderr
    page = (day / "digest.html").read_text(encoding="utf-8")
    assert "Kestrel Parcels" in page
    assert "data:image/png;base64," in page
    assert snapwatch(day, "digest", "--week", "never", "--out", "x.html").returncode == 1
    assert snapwatch(day, "digest", "--out", "missing/x.html").returncode == 1


def test_export_import_purge(day: Path, tmp_path: Path) -> None:
    exported = snapwatch(day, "export")
    lines = [json.loads(line) for line in exported.stdout.splitlines()]
    assert {line["type"] for line in lines} == {"mention", "reading", "deleted"}
    times = [line.get("created_at") or line["at"] for line in lines]
    assert times == sorted(times)
    configure(tmp_path)
    imported = snapwatch(tmp_path, "import", "-", stdin=exported.stdout + '{"type": "nonsense"}\n')
    assert imported.returncode == 1
    assert f"{len(lines)} lines read, 1 skipped" in imported.stdout
    assert f"line {len(lines) + 1}:" in imported.stderr
    again = snapwatch(tmp_path, "export")
    assert sorted(again.stdout.splitlines()) == sorted(exported.stdout.splitlines())
    author = next(line["author"] for line in lines if line["type"] == "mention")
    purged = snapwatch(tmp_path, "purge", "--author", f"x:{author['handle']}", "--yes")
    assert re.search(r"^erased [1-9]\d* mentions?$", purged.stdout, re.MULTILINE)
    assert author["handle"] not in snapwatch(tmp_path, "export").stdout
    assert snapwatch(tmp_path, "purge", "--yes").returncode == 2
    assert snapwatch(tmp_path, "purge", "--author", "nobody", "--yes").returncode == 1
    assert snapwatch(tmp_path, "import", "missing.jsonl").returncode == 1


def test_classify_and_draft_work_without_a_configuration(tmp_path: Path) -> None:
    lines = (
        '{"id": 1, "text": "My parcel is lost and nobody answers. Worst service ever."}\n'
        'nonsense\n{"id": "b", "text": "thank you!"}\n'
    )
    done = started(tmp_path, "classify", stdin=lines)
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 1
    assert "line 2:" in done.stderr
    assert (first["id"], second["id"]) == (1, "b")
    assert first["complaint"] > 0.5 > second["complaint"]
    assert set(first) >= {"sentiment", "severity", "category", "language", "sarcasm", "relevant"}
    assert set(first) >= {"emotion", "offensive", "relevance", "language_measured", "model"}
    assert (first["language"], first["language_measured"]) == ("en", True)
    assert sum(first["sentiment"].values()) == pytest.approx(1, abs=1e-3)
    mention = {
        "type": "mention", "source": "x", "id": "1", "author": {"id": "7", "handle": "ann"},
        "text": "My parcel is lost", "url": "https://x.example/1", "created_at": "2026-11-01T10:00:00Z",
    }  # fmt: skip
    drafted = started(tmp_path, "draft", stdin=json.dumps(mention))
    reply = json.loads(drafted.stdout)
    assert all(reply[part] for part in ("status", "next_steps", "approximate_time", "planned_outcome"))
    assert len(reply["text"]) <= 280
    assert [each["form"] for each in reply["variants"]] == ["short", "private"]
    assert reply["variants"][0] == {key: value for key, value in reply.items() if key != "variants"}
    assert reply["facts"] == [{"slot": "product", "words": "parcel"}]
    assert reply["asks"] == "order number"
    assert reply["report_by"].endswith("Z")
    assert snapwatch(tmp_path, "draft", stdin="nonsense").returncode == 1


def test_label_and_train_head(tmp_path: Path) -> None:
    configure(tmp_path)
    with (ROOT / "sources" / "brand_day.jsonl").open(encoding="utf-8") as posts:
        assert snapwatch(tmp_path, "import", "-", stdin=next(posts)).returncode == 0
    said = snapwatch(tmp_path, "label", "x", "1001", "--complaint", "no", "--relevant", "yes", "--by", "Ann")
    assert (said.returncode, said.stdout) == (
        0,
        "x 1001: complaint no, relevance yes. It counts from now on.\n",
    )
    for arguments, status, problem in (
        (("x", "77", "--complaint", "no"), 1, "there is no mention x 77"),
        (("x", "1001", "--sentiment", "meh"), 1, "negative, neutral, positive"),
        (("x", "1001"), 1, "says nothing"),
        (("x",), 2, "give SOURCE and ID"),
        (("x", "1001", "--file", "labels.jsonl"), 2, "or --file alone"),
        (("--file", "labels.jsonl"), 1, "can't be read"),
    ):
        refused = snapwatch(tmp_path, "label", *arguments)
        assert (refused.returncode, problem in refused.stderr) == (status, True), refused.stderr
    lines = '{"text": "charged twice", "complaint": true, "category": "billing"}\n{"text": "x"}\n'
    many = snapwatch(tmp_path, "label", "--file", "-", stdin=lines)
    assert (many.returncode, many.stdout) == (1, "1 text labelled, 1 skipped\n")
    assert "-: line 2: says nothing" in many.stderr
    trained = snapwatch(tmp_path, "train-head")
    assert trained.returncode == 1
    assert "38 more are needed (40 in all)" in trained.stdout
    assert snapwatch(tmp_path, "train-head", "--list").stdout == "what was shipped answers\n"
    back = snapwatch(tmp_path, "train-head", "--back")
    assert (back.returncode, "nothing to go back to" in back.stderr) == (1, True)


def test_a_wrong_configuration_reports_everything_and_exits_2(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[brand]\nnmae = "x"\n[sources.x]\ntype = "y"\n', encoding="utf-8")
    for command in ("run", "check", "export"):
        done = snapwatch(tmp_path, command)
        assert done.returncode == 2
        problems = done.stderr + done.stdout
        assert "brand" in problems
        assert "sources.x.type" in problems
    assert snapwatch(tmp_path / "..", "run", "--config", "missing.toml").returncode == 2


def test_check_proves_every_part(tmp_path: Path) -> None:
    configure(tmp_path)
    done = started(tmp_path, "check", "--send")
    assert done.returncode == 0, done.stdout
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 2


def test_the_daemon_pages_and_ends_cleanly_at_sigterm(tmp_path: Path) -> None:
    port = configure(tmp_path)
    with running(tmp_path, port) as daemon:
        while not list((tmp_path / "outbox").glob("*.eml")):
            assert health(port, daemon)["status"] == "ok"
            time.sleep(0.2)
        second = started(tmp_path, "run")
        assert second.returncode == 1
        assert "another snapwatch daemon" in second.stderr
        daemon.send_signal(signal.SIGTERM)
        said, _ = daemon.communicate(timeout=120)
    assert daemon.returncode == 0
    assert "Why now:" in said
    assert "To go live" in said


def test_sighup_reads_the_configuration_anew(tmp_path: Path) -> None:
    port = configure(tmp_path)
    config = tmp_path / "config.toml"
    with running(tmp_path, port) as daemon:
        good = config.read_text(encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            for bad in ("nonsense", good.replace(f":{port}", f":{taken.getsockname()[1]}")):
                config.write_text(bad, encoding="utf-8")
                daemon.send_signal(signal.SIGHUP)
                expect(daemon, "the new configuration is not used")
                assert health(port, daemon)["status"] == "ok"
        config.write_text(
            good.replace('name = "Kestrel Parcels"', 'name = "Kestrel Letters"'), encoding="utf-8"
        )
        daemon.send_signal(signal.SIGHUP)
        expect(daemon, "Kestrel Letters")
        health(port, daemon)
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=120)
    assert daemon.returncode == 0


def test_a_port_in_use_is_a_clear_problem(tmp_path: Path) -> None:
    port = configure(tmp_path)
    with socket.create_server(("127.0.0.1", port)):
        done = snapwatch(tmp_path, "run")
    assert done.returncode == 2
    assert "web.listen" in done.stderr
    store = Store(tmp_path / "snapwatch-data" / "snapwatch.db")
    assert store.read.meta.get("replay began") is None, "the day waits until somebody can look in"
    store.close()


def test_killed_and_started_again_it_goes_on(tmp_path: Path) -> None:
    port = configure(tmp_path)
    for _ in range(3):
        with running(tmp_path, port) as daemon:
            time.sleep(1)
            os.kill(daemon.pid, signal.SIGKILL)
    began(tmp_path, 97)
    assert snapwatch(tmp_path, "run", "--once").returncode == 0
    store = Store(tmp_path / "snapwatch-data" / "snapwatch.db")
    expected = (ROOT / "sources" / "brand_day.jsonl").read_text(encoding="utf-8").count('"type":"mention"')
    assert store.read.mentions.count() == expected
    assert store.read.mentions.waiting() == 0
    store.close()


def test_the_database_of_a_replayed_day_is_no_live_one(day: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_TOKEN", "a-token")
    example = (day / "config.toml").read_text(encoding="utf-8")
    replay = example[example.index("[sources.day]") : example.index("# X, by recent search")]
    live = '[sources.x]\ntype = "x"\nbearer_token = { env = "X_TOKEN" }\nquery = "kestrel"\n\n'
    (day / "real.toml").write_text(example.replace(replay, live), encoding="utf-8")
    for command in (["run", "--once"], ["ack", "1"]):
        done = snapwatch(day, *command, "--config", "real.toml")
        assert done.returncode == 2
        assert "holds a replayed day" in done.stderr
