"""`snapwatch init`: whatever is answered, what it writes is a configuration, and holds no secret."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from monitor.commands.init import init, watchable
from monitor.config import Config, load
from monitor.errors import ConfigError

GOOD = {
    "The brand's name": "Acme Air",
    "Other names": "Acme, AcmeAir",
    "Its accounts": "acmeair",
    "app's id": "0123456789abcd",
    "who asks": "linux:snapwatch:0.1 (by /u/acme)",
    "without r/": "travel, flights",
    "Who is paged": "Sam",
    "E-mail address": "sam@example.com",
    "Mobile number": "+447700900123",
    "Time zone": "Europe/London",
    "the mail server": "smtp.example.com",
    "how the connection": "starttls",
    "user name": "snapwatch",
    "whom mails come from": "snapwatch <snapwatch@example.com>",
    'AC" and 32 digits': "AC" + "0" * 32,
    "a Twilio number": "+15005550006",
    "Public https": "https://snapwatch.example.com",
}
SECRETS = ("X_BEARER_TOKEN", "REDDIT_CLIENT_SECRET", "SMTP_PASSWORD", "TWILIO_AUTH_TOKEN")


class Scripted:
    """Answers each question first with what `first` gives for it, then with a good answer."""

    def __init__(
        self,
        first: dict[str, str] | None = None,
        no: tuple[str, ...] = (),
        good: dict[str, str] | None = None,
    ) -> None:
        self.first = dict(first or {})
        self.no = no
        self.good = GOOD | (good or {})
        self.people = 0
        self.told: list[str] = []

    def prompt(self, text: str, default: str | None = None) -> str:
        topic = next((each for each in self.good if each in text), None)
        if topic is None:
            assert default is not None, f"nothing to say to {text!r}"
            return default
        return self.first.pop(topic, None) or self.good[topic]

    def confirm(self, text: str, default: bool | None = False) -> bool:
        if text.startswith("Watch ") and not text.startswith(("Watch reddit?", "Watch x?")):
            return False
        if any(each in text for each in self.no):
            return False
        if "somebody to page next" in text:
            self.people += 1
            self.good |= {"Who is paged": f"Kim {self.people}"}
            return self.people < 2
        return True

    def echo(self, message: str) -> None:
        self.told.append(message)


def written(folder: Path, ask: Scripted) -> Config:
    path = folder / "config.toml"
    path.unlink(missing_ok=True)
    assert init(path, ask) == 0
    with patch.dict(os.environ, {f"SNAPWATCH_{name}": "dummy" for name in SECRETS}):
        return load(path)


def test_everything_answered_is_a_configuration_that_works(tmp_path: Path) -> None:
    ask = Scripted()
    config = written(tmp_path, ask)
    assert config.brand.names == ("Acme", "AcmeAir")
    assert set(config.sources) == {"reddit", "x"}
    assert config.sources["x"].query is None  # type: ignore[attr-defined]
    assert {name: table.type for name, table in config.channels.items()} == {"email": "smtp", "sms": "twilio"}
    assert config.oncall.order == config.digest.to == ("Sam", "Kim 1")
    assert config.person("Kim 1").contacts == {"email": "sam@example.com", "sms": "+447700900123"}
    assert config.web.public_url == "https://snapwatch.example.com"


def test_it_says_which_secrets_to_set_and_asks_for_none(tmp_path: Path) -> None:
    ask = Scripted()
    written(tmp_path, ask)
    told = "\n".join(ask.told)
    assert re.findall(r"export SNAPWATCH_([A-Z_]+)='", told) == list(SECRETS)
    typed = "snapwatch" if shutil.which("snapwatch") else sys.argv[0]
    assert f"{typed} check --config" in told, "as it was typed just now"
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.toml")
    assert [problem.rpartition("SNAPWATCH_")[2].split()[0] for problem in caught.value.problems] == list(
        SECRETS
    )


def test_every_line_that_means_something_is_explained(tmp_path: Path) -> None:
    written(tmp_path, Scripted())
    for line in (tmp_path / "config.toml").read_text(encoding="utf-8").splitlines():
        assert not re.match("[a-z_]+ =", line) or "#" in line or line.startswith("type = "), line


def test_without_accounts_messages_go_to_a_folder(tmp_path: Path) -> None:
    config = written(tmp_path, Scripted(no=("SMTP", "Twilio", "Watch x")))
    assert {table.type for table in config.channels.values()} == {"outbox"}
    assert set(config.sources) == {"reddit"}


def test_without_a_phone_nothing_of_sms_is_asked(tmp_path: Path) -> None:
    config = written(tmp_path, Scripted(good={"Mobile number": "", "Public https": ""}))
    assert set(config.channels) == {"email"}
    assert config.web.public_url is None


def test_what_belongs_together_is_asked_again(tmp_path: Path) -> None:
    first = {"a Twilio number": " ", "Time zone": "London", "Who is paged": "[name]", "Mobile number": "0770"}
    ask = Scripted(first)
    config = written(tmp_path, ask)
    told = "\n".join(ask.told)
    assert "give either sender or messaging_service_sid" in told
    assert "is not a time zone" in told
    assert "holds a slot to fill in" in told
    assert "is not a phone number" in told
    assert config.person("Sam").time_zone == "Europe/London"


def test_an_older_file_is_kept_unless_one_says_so(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("precious")
    assert init(path, Scripted(no=("exists",))) == 1
    assert path.read_text() == "precious"
    assert init(path, Scripted()) == 0
    assert "precious" not in path.read_text()


hostile = st.one_of(
    st.text(min_size=1, max_size=40),
    st.sampled_from(
        ['"""', "'''", "a\nb = 1", "]\n[web]", "\\", "\x7f", "\udc80", "{{ 1 }}", "#", ",", "None", "é" * 90]
    ),
)


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), hostile, max_size=8))
@settings(max_examples=60, deadline=None)
def test_no_answer_breaks_the_file(tmp_path_factory: pytest.TempPathFactory, answers: dict[str, str]) -> None:
    config = written(tmp_path_factory.getbasetemp(), Scripted(answers))
    assert set(config.channels) == {"email", "sms"}
    assert config.web.host == "127.0.0.1"


def test_it_asks_in_a_terminal_through_typer(tmp_path: Path) -> None:
    app = typer.Typer()
    path = tmp_path / "config.toml"

    @app.command()
    def command() -> None:
        raise typer.Exit(init(path, typer))

    watched = ["y" if kind == "x" else "n" for kind in watchable()]
    person = ["Sam", "sam@example.com", "", "Europe/London", "n"]
    answers = ["Acme", "", "acme", *watched, *person, "n", ""]
    result = CliRunner().invoke(app, input="\n".join([*answers, ""]))
    assert result.exit_code == 0, result.output
    assert "export SNAPWATCH_X_BEARER_TOKEN=" in result.output
    with patch.dict(os.environ, SNAPWATCH_X_BEARER_TOKEN="dummy"):
        assert load(path).person("Sam").contacts == {"email": "sam@example.com"}
    broken_off = CliRunner().invoke(app, input="y\nAcme\n")
    assert broken_off.exit_code != 0
    assert "Acme" in path.read_text()
