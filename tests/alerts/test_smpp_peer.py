"""SMPP servers that others wrote: npm's smpp and Kannel's test server.

`make peers` installs them; Kannel's is in Debian's kannel-extras.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerts import smpp
from monitor.errors import ChannelError
from tests import peers
from tests.contract_channels import MESSAGE
from tests.fake_smtp import Authority
from tests.ports import free_port

PROGRAM = Path(__file__).resolve().parents[1] / "peers" / "smpp.cjs"
KANNEL = Path("/usr/lib/kannel/test/drive_smpp")

npm = pytest.mark.skipif(
    not shutil.which("node") or not peers.has("smpp"), reason="npm's smpp is not here (`make peers`)"
)


def channel(monkeypatch: pytest.MonkeyPatch, port: int, **changes: Any) -> smpp.Channel:
    monkeypatch.setenv("SMPP_PASSWORD", "s3cret")
    values = {
        "type": "smpp",
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "system_id": "snapwatch",
        "password": {"env": "SMPP_PASSWORD"},
        "sender": "Kestrel",
        "segments": 4,
        "unicode": True,
        "timeout": 60,
    } | changes
    return smpp.build(smpp.Settings(**values), "sms", None)


@contextmanager
def peer(**environment: str) -> Iterator[tuple[int, Any]]:
    """Its port, and a function that waits for the next SMS that it took."""
    process = subprocess.Popen(
        ["node", str(PROGRAM)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=peers.ENVIRONMENT | environment,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout

    def line() -> Any:
        said = process.stdout.readline()
        assert said, "it ended"
        return json.loads(said)

    try:
        yield line()["port"], line
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


@npm
@pytest.mark.parametrize(
    ("text", "coding", "parts"),
    [
        (MESSAGE.short, 0, 1),
        ("@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ ¤¡ÄÖÑÜ§¿äöñüà^{}\\[~]|€", 0, 1),
        ("x" * 152 + "€" + "y" * 200, 0, 3),
        ("Посылка потеряна 😀 " * 10, 8, 3),
    ],
)
def test_what_we_write_it_reads(monkeypatch: pytest.MonkeyPatch, text: str, coding: int, parts: int) -> None:
    with peer() as (port, line):
        assert channel(monkeypatch, port).send(replace(MESSAGE, short=text), "+447700900123", "1") == "peer-1"
        got = [line() for _ in range(parts)]
    assert "".join(part["text"] for part in got) == text.strip()
    assert {(part["to"], part["from"], part["coding"]) for part in got} == {
        ("447700900123", "Kestrel", coding)
    }
    if parts > 1:
        assert [part["header"][-2:] for part in got] == [[parts, number] for number in range(1, parts + 1)]


@npm
@pytest.mark.parametrize(("number", "permanent"), [("+15550000001", True), ("+15550000002", False)])
def test_its_refusals(monkeypatch: pytest.MonkeyPatch, number: str, permanent: bool) -> None:
    with peer() as (port, _line), pytest.raises(ChannelError) as caught:
        channel(monkeypatch, port).send(MESSAGE, number, "1")
    assert caught.value.permanent == permanent


@npm
def test_its_refusal_of_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer() as (port, _line), pytest.raises(ChannelError) as caught:
        channel(monkeypatch, port, system_id="another").check()
    assert caught.value.permanent


@npm
def test_its_tls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pem = str(tmp_path / "server.pem")
    with peer(SMPP_KEY=pem, SMPP_CERT=pem) as (port, line):
        safe = channel(monkeypatch, port, security="tls", host="localhost", ca_file=authority.ca_file)
        assert "bound as snapwatch" in safe.check()
        safe.send(MESSAGE, "+447700900123", "1")
        assert line()["text"] == MESSAGE.short


def until_it_listens(send: Callable[[], object]) -> None:
    """Kannel says that it accepts before it does."""
    for _ in range(600):
        try:
            send()
            return
        except ChannelError as error:
            if "can't be reached" not in str(error):
                raise
            time.sleep(0.1)
    raise AssertionError("Kannel does not listen")


@pytest.mark.skipif(not KANNEL.exists(), reason="Kannel's test server is not here (kannel-extras)")
def test_kannel_reads_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [KANNEL, "-v", "0", "-p", str(port), "-m", "1"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if "accept_thread) maps" in line:
                until_it_listens(lambda: channel(monkeypatch, port).send(MESSAGE, "+447700900123", "1"))
            if "submit_sm:" in line or "terminates" in line:
                break
    finally:
        process.kill()
        process.wait(60)
        process.stdout.close()
    assert f"short_message = <{MESSAGE.short}>" in said[-1]
