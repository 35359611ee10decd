"""A reply in the shell, beside a daemon that posts it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from monitor.errors import InputError
from monitor.exchange import dump
from monitor.reply import Case, Drafts, Finding, Internal, Occasion
from monitor.replying import commands
from monitor.replying.desk import ReplyDesk
from tests.monitor.replying.desks import DRAFT, WARNING, Office
from tests.monitor.scripted import NOON, mention


class Drafter:
    def drafts(self, case: Case, responder: str, now: object) -> Drafts:
        short = replace(DRAFT, text=f"Sorry, {case.mention.author.handle}. {responder}")
        return Drafts(
            (short, replace(short, form="private", text="In private, by 2 pm")), may_offer=Internal("tea")
        )


class Linter:
    def findings(self, text: str, occasion: Occasion) -> Sequence[Finding]:
        return [] if "thank" in text else [WARNING]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    made = Office(tmp_path)
    (tmp_path / "empty.jsonl").write_text(dump(mention(1)) + "\n", encoding="utf-8")
    made.open()
    monkeypatch.setattr(commands, "clock_of", lambda *_: made.clock)
    monkeypatch.setattr(commands, "build_drafter", lambda _: Drafter())
    monkeypatch.setattr(commands, "build_classifier", lambda _: None)
    monkeypatch.setattr(commands, "build_linter", lambda *_: Linter())
    monkeypatch.setattr(ReplyDesk, "posts", lambda *given: given[-1] != "private")
    yield made
    made.store.close()


def test_from_draft_to_post(office: Office) -> None:
    config = office.settings
    told = "\n".join(commands.new(config, "1", None, "short", None))
    assert "Sorry, user1. First" in told
    assert "warning no-thanks: no thanks → thank them" in told
    assert "for you alone, you may offer: tea" in told
    with pytest.raises(InputError, match="tick"):
        commands.approve(config, "r1", "second", [])
    assert "r1, version 2: " in "\n".join(
        commands.edit(config, "r1", "We thank you, @user1, and write by 2 pm.\n", "sec")
    )
    with pytest.raises(InputError, match="edited it meanwhile"):
        commands.approve(config, "r1", "Second", [], 1)
    assert "posted on X by the daemon" in commands.approve(config, "r1", "Second", [])
    office.run()
    told = "\n".join(commands.shown(config, "r1"))
    assert "posted" in told
    assert "https://x.example.org/brand/1" in told
    assert "Second is paged before" in told
    assert "Second  approved (version 2)" in told
    assert next(iter(commands.listed(config))).startswith("r1  posted 12:00")
    assert "is kept" in commands.kept(config, "r1", "first")


def test_by_hand(office: Office) -> None:
    config = office.settings
    list(commands.new(config, "1", "x:1", "private", "Second"))
    assert "to be posted by hand" in commands.approve(config, "1", "Second", ["no-thanks"])
    assert commands.copied(config, "r1", "Second") == "In private, by 2 pm"
    assert "paged before" in commands.posted(config, "r1", "https://x.example.org/7", "Second")


def test_who_drops_the_promised_time_is_told(office: Office) -> None:
    list(commands.new(office.settings, "1", None, "short", "First"))
    list(commands.edit(office.settings, "r1", "We thank you, @user1.", "First"))
    assert "No clock runs" in commands.approve(office.settings, "r1", "First", [])


def test_what_is_not_there(office: Office) -> None:
    config = office.settings
    assert list(commands.listed(config)) == ["there is no reply yet; `snapwatch reply new ALERT` begins one"]
    with pytest.raises(InputError, match="no reply 'r7'"):
        list(commands.shown(config, "r7"))
    with pytest.raises(InputError, match="no post of alert 1"):
        list(commands.new(config, "1", "x:9", "short", None))
    with pytest.raises(InputError, match="nobody is"):
        commands.approve(config, "r1", "Eve", [])
    with pytest.raises(InputError, match="no long form of this draft; there is: short, private"):
        list(commands.new(config, "1", None, "long", None))
    with pytest.raises(InputError, match="no rule 'no-thank' to tick; did you mean 'no-thanks'"):
        commands.approve(config, "r1", "Second", ["no-thank"])


def test_words_of_others_are_harmless_on_a_terminal(office: Office) -> None:
    hostile = replace(DRAFT, text="Hello \x1b[31m\u202eevil, thank you\nsecond line")
    office.desk.begin(1, mention(1).key, hostile, "First", NOON)
    told = "\n".join([*commands.listed(office.settings), *commands.shown(office.settings, "r1")])
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_the_shell_around_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[object] = []
    monkeypatch.setattr("monitor.cli.replies.load", lambda path: path)

    def heard(name: str, *given: object) -> list[str]:
        asked.append((name, *given[1:]))
        return ["said"]

    for name in ("shown", "new", "edit", "approve"):
        monkeypatch.setattr(commands, name, partial(heard, name))
    (tmp_path / "text").write_text("Grüße", encoding="utf-8")
    run = CliRunner().invoke
    assert run(app, ["reply", "r12"]).output == "said\n"
    run(app, ["reply", "new", "3", "--form", "long", "--by", "Sam"])
    run(app, ["reply", "edit", "r12", "--text-from", str(tmp_path / "text")])
    run(app, ["reply", "edit", "r12"], input="typed")
    run(
        app,
        ["reply", "approve", "r12", "--by", "Sam", "--tick", "jargon", "--tick", "script", "--version", "2"],
    )
    assert asked == [
        ("shown", "r12"),
        ("new", "3", None, "long", "Sam"),
        ("edit", "r12", "Grüße", None),
        ("edit", "r12", "typed", None),
        ("approve", "r12", "Sam", ["jargon", "script"], 2),
    ]
    assert run(app, ["reply", "approve", "r12"]).exit_code == 2  # nobody approves without a name
