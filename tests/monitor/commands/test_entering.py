"""`snapwatch account` and `snapwatch token`: what they make, change and end, and what they refuse."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from monitor.commands import entering
from monitor.config import Config
from monitor.errors import InputError, SnapwatchError
from monitor.store import Store
from monitor.web.enter import access, passwords
from monitor.web.enter.keys import hash_of
from tests.monitor.scripted import NOON, config
from tests.monitor.web.enter.entries import QUICK

PASSWORD = "correct horse battery"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setattr(passwords, "_HASHER", QUICK)
    return config(tmp_path, web={"public_url": "https://watch.example.org"})


def ask() -> str:
    return PASSWORD


def rows(settings: Config) -> Store:
    return Store(settings.store.path)


def test_an_account_is_made_listed_changed_and_ended(settings: Config) -> None:
    assert "no accounts yet" in "".join(entering.listed(settings, NOON))
    said = entering.add(settings, "sam", "admin", "fir", ask, NOON)
    assert said == "sam may enter as admin, acting as First, and signs in with the password"
    entering.add(settings, "ann@example.com", "viewer", None, None, NOON)
    assert list(entering.listed(settings, NOON)) == [
        "ann@example.com  viewer; no password; never signed in",
        "sam  admin, acting as First; password; never signed in",
    ]
    store = rows(settings)
    account = store.read.accounts.get("SAM")
    assert account is not None
    assert passwords.matches(account.password, PASSWORD)
    for _ in range(2):
        store.write(lambda tables: tables.visits.begin(b"x" * 32, "sam", NOON + timedelta(days=30), NOON))
        assert "signed in in 1 browser" in "".join(entering.listed(settings, NOON))
        entering.password(settings, "sam", lambda: PASSWORD + "!", NOON)
        assert store.read.visits.of("sam", NOON - timedelta(days=1), NOON) == []
    said = entering.change(settings, "Sam", "responder", None, nobody=True, now=NOON)
    assert said == "sam may enter as responder, and has to sign in anew"
    entering.end(settings, "sam", NOON)
    assert "sam  ended on 01 November 2026" in list(entering.listed(settings, NOON))
    entering.add(settings, "Sam", "viewer", None, ask, NOON)  # they are back
    assert sum("am  " in each for each in entering.listed(settings, NOON)) == 1
    store.close()


@pytest.mark.parametrize(
    ("name", "role", "person", "what"),
    [
        ("", "viewer", None, "a name has"), ("a b", "viewer", None, "a name has"), ("-x", "viewer", None, "a name has"),
        ("a\nb", "viewer", None, "a name has"),
        ("x;rm", "viewer", None, "a name has"), ("n" * 101, "viewer", None, "a name"),
        ("sam", "root", None, "no role"), ("sam", "viewer", "Nobody", "nobody is called"),
    ],
)  # fmt: skip
def test_accounts_that_can_not_be(
    settings: Config, name: str, role: str, person: str | None, what: str
) -> None:
    with pytest.raises(InputError, match=what):
        entering.add(settings, name, role, person, ask, NOON)


def test_what_is_not_there_is_not_changed(settings: Config) -> None:
    entering.add(settings, "sam", "viewer", None, ask, NOON)
    with pytest.raises(InputError, match="has an account"):
        entering.add(settings, "SAM", "admin", None, ask, NOON)
    with pytest.raises(InputError, match="already"):
        entering.change(settings, "sam", "viewer", None, nobody=False, now=NOON)
    with pytest.raises(InputError, match="fewer than 12"):
        entering.password(settings, "sam", lambda: "short", NOON)
    for attempt in (
        lambda: entering.change(settings, "eve", "admin", None, nobody=False, now=NOON),
        lambda: entering.password(settings, "eve", ask, NOON),
        lambda: entering.end(settings, "eve", NOON),
        lambda: entering.add_token(settings, "t", "eve", None, 1, NOON),
    ):
        with pytest.raises(InputError, match="no account 'eve'"):
            attempt()
    with pytest.raises(InputError, match="no token"):
        entering.end_token(settings, "t")


def test_tokens(settings: Config) -> None:
    entering.add(settings, "ann", "responder", "Second", None, NOON)
    token, about = entering.add_token(settings, "reports", "ANN", "viewer", 30, NOON)
    assert about.startswith("reports: viewer in the name of ann, until 01 December 2026")
    store = rows(settings)
    assert store.read.tokens.get(hash_of(token), NOON) is not None
    for file in settings.store.path.parent.glob("test.db*"):
        assert token.encode() not in file.read_bytes()
    with pytest.raises(InputError, match="no more than that"):
        entering.add_token(settings, "more", "ann", "admin", 30, NOON)
    with pytest.raises(InputError, match="already"):
        entering.add_token(settings, "reports", "ann", None, 30, NOON)
    with pytest.raises(InputError, match="a token's name"):
        entering.add_token(settings, "a b", "ann", None, 30, NOON)
    assert list(entering.tokens(settings, NOON + timedelta(days=31))) == [
        "reports  viewer in the name of ann; never used; over since 01 December 2026"
    ]
    entering.end_token(settings, "reports")
    assert store.read.tokens.get(hash_of(token), NOON) is None
    store.close()


def test_check_tells_who_can_enter(settings: Config, tmp_path: Path) -> None:
    assert "on this machine" in access.told(config(tmp_path))
    with pytest.raises(SnapwatchError, match="account add NAME --role admin"):
        access.told(settings)
    entering.add(settings, "ann", "viewer", "Second", None, NOON)
    with pytest.raises(SnapwatchError, match="account password NAME"):
        access.told(settings)
    entering.password(settings, "ann", ask, NOON)
    said = access.told(settings)
    assert "1 account may enter at https://watch.example.org, 1 with a password" in said
    assert "none of them is admin" in said
    assert "[web.proxy]" in said
    down = {"issuer": "http://localhost:9", "client_id": "x", "client_secret": {"file": str(tmp_path / "s")}}
    (tmp_path / "s").write_text("secret")
    with pytest.raises(SnapwatchError, match="does not answer"):
        access.told(config(tmp_path, web={"public_url": "https://watch.example.org", "oidc": down}))


def test_a_password_is_asked_for_and_never_an_argument(tmp_path: Path) -> None:
    runner = CliRunner()
    for command in (["account", "add", "sam", "--role", "admin"], ["account", "password", "sam"]):
        assert "--password" not in runner.invoke(app, [*command[:2], "--help"]).output.replace(
            "--no-password", ""
        )
        assert runner.invoke(app, [*command, PASSWORD]).exit_code == 2
    assert runner.invoke(app, ["account", "change", "sam"]).exit_code == 2


SOURCE = """
[brand]
name = "Kestrel"
[sources.day]
type = "replay"
file = "day.jsonl"
[channels.mail]
type = "outbox"
folder = "out"
form = "email"
[[people]]
name = "Sam"
contacts = { mail = "sam@example.org" }
[oncall]
order = ["Sam"]
"""


def test_on_a_terminal_it_is_asked_twice_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(SOURCE)
    (tmp_path / "day.jsonl").touch()
    ours, theirs = pty.openpty()
    main = "from monitor.cli import main; main()"
    command = [sys.executable, "-c", main, "account", "add", "sam", "--role", "admin"]
    asked = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
        start_new_session=True,
    )
    seen = b""
    for wanted in (b"Password: ", b"Once more: "):
        while wanted not in seen:
            seen += os.read(ours, 1024)
        os.write(ours, f"{PASSWORD}\n".encode())
    while b"may enter as admin" not in seen:
        seen += os.read(ours, 1024)
    assert asked.wait(60) == 0
    os.close(theirs)
    os.close(ours)
    assert PASSWORD.encode() not in seen
