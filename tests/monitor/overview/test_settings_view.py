"""What the configuration says, without what must not be shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor.config import Config, load
from monitor.overview.settings import SECRET, SettingsView, in_words, settings_view
from monitor.store import Store
from tests.monitor.scripted import NOON

FILE = """
[brand]
name = "Kestrel"
[sources.feed]
type = "rss"
feeds = ["https://example.org/feed?key=k3y"]
[channels.email]
type = "smtp"
host = "mail.example.org"
username = "us"
password = { env = "MAIL_PASSWORD" }
sender = "watch@example.org"
[channels.out]
type = "outbox"
folder = "out"
form = "email"
[[people]]
name = "First"
contacts = { out = "first@example.org" }
[oncall]
order = ["First"]
[watch]
failing_minutes = 45
heartbeat = { env = "HEARTBEAT" }
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret-mail")
    monkeypatch.setenv("HEARTBEAT", "https://hc.example.org/s3cret-beat")
    path = tmp_path / "config.toml"
    path.write_text(FILE)
    return path


def values(view: SettingsView) -> dict[str, str]:
    return {f"{table.header} {key.name}": key.value for table in view.tables for key in table.keys}


def test_every_key_with_its_value_and_what_it_means(file: Path, store: Store) -> None:
    view = settings_view(store.read, load(file))
    assert (view.file, view.problems, view.changed) == (file, (), False)
    found = values(view)
    assert found["[brand] name"] == "Kestrel"
    assert found["[channels.email] host"] == "mail.example.org"
    assert found["[watch] failing_minutes"] == "45"
    assert found["[[people]] contacts"] == "out: first@example.org"
    people = next(table for table in view.tables if table.header == "[[people]]")
    assert people.of == "First"
    watch = next(table for table in view.tables if table.header == "[watch]")
    assert [key.name for key in watch.given] == ["heartbeat", "failing_minutes"]
    assert all(key.meaning for key in watch.keys)


def test_secrets_are_not_shown(file: Path, store: Store) -> None:
    view = settings_view(store.read, load(file))
    found = values(view)
    assert found["[channels.email] password"] == SECRET
    assert found["[watch] heartbeat"] == SECRET
    assert found["[sources.feed] feeds"] == "https://example.org/feed?…"
    assert not [hidden for hidden in ("s3cret", "k3y") if hidden in repr(view)]


def test_the_file_as_it_stands_now(file: Path, store: Store) -> None:
    config = load(file)
    file.write_text(FILE.replace("45", "50"))
    view = settings_view(store.read, config)
    assert (view.problems, view.changed) == ((), True)
    assert values(view)["[watch] failing_minutes"] == "45"
    file.write_text(FILE.replace("45", '"many"'))
    (problem,) = settings_view(store.read, config).problems
    assert "watch.failing_minutes" in problem
    file.unlink()
    assert "no such file" in settings_view(store.read, config).problems[0]


def test_alarms_stand_beside_it_and_a_configuration_needs_no_file(settings: Config, store: Store) -> None:
    store.write(lambda t: t.alarms.see("disk", "the disk is full", NOON))
    view = settings_view(store.read, settings)
    assert (view.file, view.changed) == (None, False)
    assert [each.words for each in view.alarms] == ["the disk is full"]


def test_values_in_words() -> None:
    assert in_words(None) == ""
    assert in_words((True, False)) == "yes, no"
    assert in_words({"a": SecretStr("x"), "b": 0.25}) == f"a: {SECRET}; b: 0.25"
    assert in_words(20_000) == "20,000"
    assert in_words("https://ann:pw@example.org:8443/feed") == "https://example.org:8443/feed"
    assert in_words("https://[broken") == "an address that can't be read"


def test_a_file_that_was_named_by_another_path_has_not_changed(
    file: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    config = load(Path("config.toml"))
    assert not settings_view(store.read, config).changed
    file.write_text(FILE.replace("Kestrel", "Kite"))
    assert settings_view(store.read, config).changed
