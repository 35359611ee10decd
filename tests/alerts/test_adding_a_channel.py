"""Runs the channel and the test that docs/channels/README.md shows."""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import alerts
from monitor.config import available
from monitor.ports import Channel
from tests.contract_channels import ChannelContract

PAGE = Path(__file__).resolve().parents[2] / "docs" / "channels" / "README.md"

module_text, test_text = re.findall(
    r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)

SECRETS = {
    "apprise": "json://localhost",
    "smtp": "a secret of many letters",
    "webhook": "whsec_" + "c2Vj" * 8,
    "webpush": "AQEB" * 10 + "AQE",
}
"""What stands where a page names a secret, for channels that don't take any text for one."""

gateway = ModuleType("alerts.gateway")
sys.modules["alerts.gateway"] = gateway
exec(compile(module_text, "alerts/gateway.py", "exec"), gateway.__dict__)  # noqa: S102
alerts.gateway = gateway  # type: ignore[attr-defined]
exec(compile(test_text, "tests/alerts/test_gateway.py", "exec"))  # noqa: S102  # defines TestGateway here


def test_the_page_shows_a_channel_with_its_test() -> None:
    assert issubclass(globals()["TestGateway"], ChannelContract)
    assert set(Channel.__annotations__) == {"name", "carries"}


def test_every_channel_has_its_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for page in PAGE.parent.glob("*.md"):
        if page != PAGE:
            assert f"({page.name})" in text


def test_the_configurations_that_the_pages_show_are_good(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown = [
        (name, table)
        for page in PAGE.parent.glob("*.md")
        for block in re.findall(
            r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
        for name, table in tomllib.loads(block)["channels"].items()
    ]
    assert {table["type"] for _, table in shown} == {*available("alerts"), "gateway"}
    for name, table in shown:
        for value in table.values():
            secret = SECRETS.get(table["type"], "a secret")
            if isinstance(value, dict) and "env" in value:
                monkeypatch.setenv(value["env"], secret)
            elif isinstance(value, dict):
                tmp_path.joinpath(value["file"]).write_text(secret, encoding="utf-8")
        module = importlib.import_module(f"alerts.{table['type']}")
        settings = module.Settings.model_validate(table, context={"folder": tmp_path})
        assert module.build(settings, name, None).name == name
