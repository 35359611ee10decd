"""`snapwatch check`: every item has its line, one failure hides no other, nothing secret is shown."""

from __future__ import annotations

import io
import shutil
import threading
from collections import namedtuple
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomlkit

from alerts.snap.playbooks import PARTS
from classifiers.categories import Rows
from classifiers.forecast.blend import prior
from monitor.commands import check as check_
from monitor.commands.check import check
from monitor.errors import ClassifierError, SourceError
from monitor.model import Billed, Interval
from monitor.refit.own import Own, pack
from monitor.store import Store, Tables, Threshold
from sources import mastodon
from sources.replay import ReplaySource
from tests.fake_platforms import TOKEN
from tests.fakes.mastodon import FakeMastodon
from tests.monitor.scripted import NOON, ScriptedClassifier, ScriptedLearner
from tests.ports import free_port

EXAMPLE = Path(__file__).resolve().parents[3] / "config.example.toml"
SECRET = "hunter2-hunter2"


@pytest.fixture(autouse=True)
def scripted_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_, "build_classifier", lambda _config: ScriptedClassifier())


@pytest.fixture
def document() -> tomlkit.TOMLDocument:
    """The example with the same two people on call at all times."""
    found: Any = tomlkit.parse(EXAMPLE.read_text(encoding="utf-8"))
    del found["rotations"], found["oncall"]["fallback"], found["people"][2]
    found["oncall"]["order"] = [person["name"] for person in found["people"]]
    return found  # type: ignore[no-any-return]


def run(
    folder: Path, document: tomlkit.TOMLDocument, *, send: bool = False, patience: float = 60
) -> tuple[int, str]:
    path = folder / "config.toml"
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
    out = io.StringIO()
    status = check(path, send=send, out=out, patience=patience)
    return status, out.getvalue()


def line(report: str, item: str) -> str:
    (found,) = [each for each in report.splitlines() if each[5:].partition("  ")[0] == item]
    return found


def test_the_example_passes_every_check(tmp_path: Path, document: tomlkit.TOMLDocument) -> None:
    status, report = run(tmp_path, document)
    assert status == 0
    items = [
        "config",
        "sources.day",
        "classifier",
        "forecast",
        "store",
        "channels.email",
        "channels.sms",
        "oncall",
        "rules",
        "brief",
        "digest",
        "watch",
        "access",
    ]
    assert [each.split()[:2] for each in report.splitlines()] == [["ok", item] for item in items]


def test_which_forecast_answers_is_told(tmp_path: Path, document: tomlkit.TOMLDocument) -> None:
    assert "the shipped one answers" in line(run(tmp_path, document)[1], "forecast")
    store = Store(tmp_path / "snapwatch-data" / "snapwatch.db")
    weights = pack({"x": Own(prior("reposts"), "reposts", 500)})
    store.write(lambda tables: tables.fits.add("blend", None, {"sources": {}}, weights, NOON))
    assert "version 1 answers for x" in line(run(tmp_path, document)[1], "forecast")
    store.write(lambda tables: tables.fits.add("blend", 1, {"sources": {}}, b"", NOON))
    store.close()
    status, report = run(tmp_path, document)
    assert status == 1
    assert "version 2) is not used: damaged, or fitted by another version of snapwatch" in line(
        report, "forecast"
    )


def test_the_categories_are_told_and_what_is_wrong_with_them(
    tmp_path: Path, document: tomlkit.TOMLDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedLearner()
    points = {"delivery": (0, 1), "billing": (9, 1), "baggage": (9, 1), "other": (0, -9)}
    model.categories = dict.fromkeys(points, ("a", "b"))
    values = [(x + step, y - step) for x, y in points.values() for step in (0, 0.1)]
    model.examples = Rows(np.array(values, np.float32), [name for name in points for _ in range(2)])
    monkeypatch.setattr(check_, "build_classifier", lambda _config: model)
    status, report = run(tmp_path, document)
    assert status == 0
    assert line(report, "classifier").endswith(
        "; tells apart delivery, billing, baggage, other; billing and baggage are hardly told apart: give clearer "
        "examples, or make them one; the general playbook answers baggage: add [[playbooks]]"
    )
    document["playbooks"] = [
        {"name": "lost", "categories": ["baggage"], "short": dict.fromkeys(PARTS, "Sorry.")}
    ]
    assert "general playbook" not in run(tmp_path, document)[1]


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (TOKEN, "ok   replies.mastodon  replies as @acme of https://mastodon.social"),
        (SECRET, "FAIL replies.mastodon  mastodon.social refuses the access token"),
    ],
)
def test_who_would_reply_is_told(
    tmp_path: Path, document: tomlkit.TOMLDocument, monkeypatch: pytest.MonkeyPatch, token: str, said: str
) -> None:
    """For each source that has the table, beside what the source itself says; nothing is posted."""
    monkeypatch.setenv("MASTODON_TOKEN", token)
    with FakeMastodon() as fake:
        made = mastodon.MastodonPoster

        def mounted(*given: str) -> mastodon.MastodonPoster:
            poster = made(*given)
            fake.mount(poster.session)
            return poster

        monkeypatch.setattr(mastodon, "MastodonPoster", mounted)
        monkeypatch.setattr(mastodon.MastodonSource, "check", lambda _: "mastodon: reads")
        login = {"access_token": {"env": "MASTODON_TOKEN"}}
        document["sources"] = {
            "readers": {"type": "mastodon"} | login,
            "mastodon": {"type": "mastodon", "reply": login},
        }
        _, report = run(tmp_path, document)
    assert line(report, "replies.mastodon") == said
    assert "replies.readers" not in report
    assert token not in report
    assert {each.method for each in fake.requests} == {"GET"}


def test_a_wrong_configuration_is_told_line_by_line_and_nothing_else_is_tried(
    tmp_path: Path, document: tomlkit.TOMLDocument
) -> None:
    document["brand"]["nme"] = "x"
    document["oncall"]["order"] = ["Nobody"]
    status, report = run(tmp_path, document, send=True)
    assert status == 2
    assert [each.split()[0] for each in report.splitlines()] == ["FAIL", "FAIL"]
    assert "brand.nme" in report
    assert "oncall.order[0]" in report
    assert not (tmp_path / "outbox").exists()


def test_each_failure_has_its_line_and_hides_no_other(
    tmp_path: Path, document: tomlkit.TOMLDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_model(_config: object) -> None:
        raise ClassifierError("the model is not there; install it again")

    monkeypatch.setattr(check_, "build_classifier", no_model)
    monkeypatch.setenv("PASSWORD", SECRET)
    document["sources"]["day"]["file"] = "nothing.jsonl"
    document["channels"]["email"] = {
        "type": "smtp",
        "host": "127.0.0.1",
        "port": free_port(),
        "username": "sam",
        "password": {"env": "PASSWORD"},
        "sender": "sam@example.com",
    }
    document["people"][1]["contacts"] = {"sms": "+447700900123"}
    status, report = run(tmp_path, document, send=True)
    assert status == 1
    assert "can't be read" in line(report, "sources.day")
    assert line(report, "classifier").startswith("FAIL classifier  the model is not there; install it again")
    assert "can't be reached" in line(report, "channels.email")
    assert "Kim (second on call) gets none" in line(report, "digest")
    assert line(report, "test page to Sam (first on call) by email").startswith("FAIL")
    assert line(report, "test page to Sam (first on call) by sms").startswith("ok")
    assert line(report, "store").startswith("ok")
    assert SECRET not in report


def test_a_defect_fails_one_check_and_its_text_is_not_shown(
    tmp_path: Path, document: tomlkit.TOMLDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: ReplaySource) -> str:
        raise KeyError(SECRET)

    monkeypatch.setattr(ReplaySource, "check", broken)
    status, report = run(tmp_path, document)
    assert status == 1
    assert line(report, "sources.day").startswith("FAIL sources.day  a defect of snapwatch (KeyError)")
    assert report.count("FAIL") == 1
    assert SECRET not in report


def test_what_another_machine_says_stays_on_its_line(
    tmp_path: Path, document: tomlkit.TOMLDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hostile(_self: ReplaySource) -> str:
        raise SourceError("day: no\nok   sources.other  \x1b[2J")

    monkeypatch.setattr(ReplaySource, "check", hostile)
    _, report = run(tmp_path, document)
    assert line(report, "sources.day") == "FAIL sources.day  no ok   sources.other   [2J"


def test_a_check_that_hangs_is_given_up(
    tmp_path: Path, document: tomlkit.TOMLDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = threading.Event()

    def hanging(_self: ReplaySource) -> str:
        end.wait()
        return "late"

    monkeypatch.setattr(ReplaySource, "check", hanging)
    status, report = run(tmp_path, document, patience=0.2)
    end.set()
    assert status == 1
    assert line(report, "sources.day") == "FAIL sources.day  no answer within 0.2 seconds"


def test_a_test_page_goes_to_every_contact_of_everybody_on_call(
    tmp_path: Path, document: tomlkit.TOMLDocument
) -> None:
    status, report = run(tmp_path, document, send=True)
    assert status == 0
    assert report.count("test page to") == 4
    mails = sorted((tmp_path / "outbox").glob("*.eml"))
    texts = sorted((tmp_path / "outbox").glob("*.txt"))
    assert len(mails) == len(texts) == 2
    assert all("THIS IS A TEST PAGE" in mail.read_text() for mail in mails)
    assert {text.read_text().split()[1] for text in texts} == {"+447700900123", "+447700900456"}


def test_two_channels_that_share_a_folder_write_a_test_page_each(
    tmp_path: Path, document: tomlkit.TOMLDocument
) -> None:
    document["channels"]["call"] = dict(document["channels"]["sms"])  # type: ignore[index,call-overload,arg-type]
    document["people"][0]["contacts"]["call"] = "+447700900123"  # type: ignore[index]
    assert run(tmp_path, document, send=True)[0] == 0
    assert len(list((tmp_path / "outbox").glob("*.txt"))) == 3


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, document: tomlkit.TOMLDocument) -> None:
    _, report = run(tmp_path, document)
    assert "will be made" in line(report, "store")
    assert not (tmp_path / "snapwatch-data").exists()


def test_a_database_is_opened_and_written(tmp_path: Path, document: tomlkit.TOMLDocument) -> None:
    path = tmp_path / "snapwatch-data" / "snapwatch.db"
    Store(path).close()
    assert "can be written" in line(run(tmp_path, document)[1], "store")
    path.write_bytes(b"not a database, and long enough to be looked at" * 100)
    status, report = run(tmp_path, document)
    assert status == 1
    assert "damaged or no snapwatch database" in line(report, "store")


def test_a_database_without_its_log_is_a_problem(
    tmp_path: Path, document: tomlkit.TOMLDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OnAShare(Store):
        def write(self, _work: object) -> None:  # type: ignore[override]
            Path(f"{self.path}-wal").unlink(missing_ok=True)

    Store(tmp_path / "snapwatch-data" / "snapwatch.db").close()
    monkeypatch.setattr(check_, "Store", OnAShare)
    # Alone: other checks read the database at the same time, and who opens it makes the log anew.
    alone = partial(check_._store, tmp_path / "snapwatch-data" / "snapwatch.db")
    monkeypatch.setattr(check_, "_probes", lambda _config: [check_.Probe("store", alone)])
    assert "no write-ahead log" in line(run(tmp_path, document)[1], "store")


def test_a_full_disk_is_a_problem(
    tmp_path: Path, document: tomlkit.TOMLDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage(10**12, 10**12, 10**8))
    status, report = run(tmp_path, document)
    assert status == 1
    assert "only 0.1 GB are free" in line(report, "store")


def test_heads_that_were_made_for_another_model_are_a_problem(
    tmp_path: Path, document: tomlkit.TOMLDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_, "build_classifier", lambda _config: ScriptedLearner())
    store = Store(tmp_path / "snapwatch-data" / "snapwatch.db")
    store.write(lambda tables: tables.heads.add("scripted-0", None, {}, b"", NOON))
    store.close()
    status, report = run(tmp_path, document)
    assert status == 1
    assert (
        "version 1) were made for the model scripted-0 and are not used; run `snapwatch train-head` again"
        in line(report, "classifier")
    )


def test_the_rules_are_told_and_a_misspelt_category_is_found(
    tmp_path: Path, document: tomlkit.TOMLDocument
) -> None:
    _, report = run(tmp_path, document)
    assert line(report, "rules") == (
        "ok   rules  page from 0.35 on, 6 stories a shift at most; safety, legal, privacy at once, 4 one by one, "
        "further ones in one page"
    )
    assert line(report, "brief") == (
        "ok   brief  08:00 Europe/London to Sam (first on call), when the cap held something back"
    )
    document["rules"]["urgent"] = ["saftey"]  # type: ignore[index]
    status, report = run(tmp_path, document)
    assert status == 1
    assert line(report, "rules").startswith("FAIL rules  'saftey' is no category; they are billing,")


def test_the_threshold_is_told(tmp_path: Path, document: tomlkit.TOMLDocument) -> None:
    _, report = run(tmp_path, document)
    assert line(report, "sources.day").endswith("; viral at 500 reposts+quotes")
    document["sources"]["day"]["viral_at"] = "auto"  # type: ignore[index]
    _, report = run(tmp_path, document)
    assert "viral at 500 reposts+quotes until 200 of the brand's posts have settled" in report
    with closing(Store(tmp_path / "snapwatch-data" / "snapwatch.db")) as store:
        store.write(lambda tables: tables.thresholds.set("day", Threshold(120, 900, NOON)))
    _, report = run(tmp_path, document)
    assert "viral at 120 reposts+quotes: one in 100 of 900 posts of the brand reached 120" in report


def test_a_brief_that_reaches_nobody_is_found(tmp_path: Path, document: tomlkit.TOMLDocument) -> None:
    for person in document["people"]:  # type: ignore[union-attr]
        person["contacts"] = {"sms": "+447700900123"}  # type: ignore[index]
    document["digest"]["to"] = []  # type: ignore[index]
    status, report = run(tmp_path, document)
    assert status == 1
    assert line(report, "brief").startswith("FAIL brief  reaches nobody on call: add an address on a channel")


def test_what_was_set_aside_is_counted(tmp_path: Path, document: tomlkit.TOMLDocument) -> None:
    with closing(Store(tmp_path / "snapwatch-data" / "snapwatch.db")) as store:
        assert line(run(tmp_path, document)[1], "store").endswith("; nothing waits to be tried again")
        for job in ("assess x 1", "assess x 2", "decide 7", "poll x"):
            store.write(lambda tables, job=job: tables.jobs.ensure(job, NOON))  # type: ignore[misc]
            store.write(lambda tables, job=job: tables.jobs.failed(job, "ValueError (see the log)", 3, NOON))  # type: ignore[misc]
    status, report = run(tmp_path, document)
    assert status == 1
    assert line(report, "store") == (
        "FAIL store  2 mentions and 1 decision failed and are tried again: ValueError (see the log)"
    )


def test_what_is_wrong_with_the_watch_is_told(tmp_path: Path, document: tomlkit.TOMLDocument) -> None:
    with closing(Store(tmp_path / "snapwatch-data" / "snapwatch.db")) as store:

        def work(tables: Tables) -> None:
            tables.alarms.see("channel sms", "messages by sms fail", NOON)
            tables.drills.acknowledge(tables.drills.begin("Sam", NOON).id, NOON)

        store.write(work)
        status, report = run(tmp_path, document)
        assert status == 1
        assert line(report, "watch") == "FAIL watch  messages by sms fail"
        store.write(lambda tables: tables.alarms.end(1, NOON))
    assert line(run(tmp_path, document)[1], "watch") == (
        "ok   watch  no alarm; whoever is on call would hear of it; no outside watcher is called; the last test page was "
        "acknowledged by Sam"
    )


def test_what_a_source_took_today_and_what_it_missed_is_told(
    tmp_path: Path, document: tomlkit.TOMLDocument
) -> None:
    run(tmp_path, document)
    now = datetime.now(UTC)
    minute = timedelta(minutes=1)

    def missed(begin: int, note: str) -> Interval:
        return Interval(now - begin * minute, now - (begin - 10) * minute, complete=False, note=note)

    def work(tables: Tables) -> None:
        tables.sources.bill("day", 1200, [Billed("post 1", 6.0)], now)
        tables.sources.cover("day search", [missed(60, "limit of 1,000 posts"), missed(90, "")])
        tables.sources.cover("day mentions", [missed(30, "the stream has forgotten it")])
        hole = tables.sources.to_fill("day mentions", now - minute * 600)
        assert hole is not None
        tables.sources.give_up("day mentions", hole)
        tables.sources.cover("other search", [missed(30, "not ours")])

    store = Store(tmp_path / "snapwatch-data" / "snapwatch.db")
    store.write(work)
    store.close()
    told = line(run(tmp_path, document)[1], "sources.day")
    assert (
        "; polled today: 1,200 posts; billed today: $6.00; missed and tried again, in seven days: 2, " in told
    )
    assert "the last one search, " in told
    assert "UTC, limit of 1,000 posts; lost, in seven days: 1, the last one mentions, " in told
    assert "not ours" not in told
    document["sources"]["day"].update({"posts_per_day": 5000, "dollars_per_day": 20.0})  # type: ignore[index, union-attr]
    told = line(run(tmp_path, document)[1], "sources.day")
    assert "; polled today: 1,200 of 5,000 posts; billed today: $6.00 of $20.00; " in told
