"""A page tells the command that acknowledges it, with the configuration that it needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alerts.messages import render
from monitor.cli.shared import CONFIG
from monitor.config import DEFAULT, load
from monitor.notice import Short
from tests.alerts.notices import CRITICAL

ROOT = Path(__file__).resolve().parents[3]


def test_the_usual_configuration_needs_no_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    (tmp_path / "my other.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert DEFAULT == CONFIG
    assert load(DEFAULT).option == ""
    assert load(Path("my other.toml")).option == f" --config '{tmp_path}/my other.toml'"
    assert load(tmp_path / "config.toml").option == f" --config {tmp_path}/config.toml"


def test_a_page_tells_it_but_for_an_sms() -> None:
    page = replace(CRITICAL, option=" --config /etc/snapwatch.toml", link=None)
    message = render(page, Short())
    assert f"snapwatch ack {page.code} --config /etc/snapwatch.toml" in message.text
    assert f"snapwatch ack {page.code} --config /etc/snapwatch.toml" in message.html
    assert "--config" not in message.short
