"""What systemd hears of the daemon: on a socket of the test's own, and as a real systemd acts on it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.watching import supervisor
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
SECRET = "whsec_c2l4dGVlbi1ieXRlcy1vZi1ub3RoaW5nLWF0LWFsbA=="
CONFIG = """
[brand]
name = "Kestrel"
[store]
path = "data/watch.db"
[sources.shop]
type = "webhook"
secret = { env = "SHOP_SECRET" }
[channels.email]
type = "outbox"
folder = "outbox"
form = "email"
[[people]]
name = "Sam"
contacts = { email = "sam@example.com" }
[oncall]
order = ["Sam"]
[web]
listen = "127.0.0.1:PORT"
"""
PATIENCE = 100.0


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A daemon that is told of posts, and asks no platform."""
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.replace("PORT", str(free_port())), encoding="utf-8")
    return file


def command(config: Path) -> list[str]:
    return [str(Path(sys.executable).with_name("snapwatch")), "run", "--config", str(config)]


@pytest.mark.parametrize("abstract", [False, True])
def test_each_message_is_a_datagram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool) -> None:
    name = f"\0snapwatch-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(name)
        heard.settimeout(PATIENCE)
        monkeypatch.setenv("NOTIFY_SOCKET", name.replace("\0", "@"))
        monkeypatch.delenv("WATCHDOG_USEC", raising=False)
        supervisor.alive()  # nobody waits for it
        supervisor.ready()
        assert heard.recv(1000) == b"READY=1"
        before = time.monotonic_ns() // 1000
        supervisor.reloading()
        found = re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=([0-9]+)", heard.recv(1000))
        assert found is not None
        assert before <= int(found[1]) <= time.monotonic_ns() // 1000
        monkeypatch.setenv("WATCHDOG_USEC", "1000000")
        supervisor.alive()
        assert heard.recv(1000) == b"WATCHDOG=1"
        supervisor.stopping()
        assert heard.recv(1000) == b"STOPPING=1"


@pytest.mark.parametrize("address", ["", "relative", "/nowhere/at/all"])
def test_nobody_listens(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    supervisor.ready()


def test_the_daemon_tells_when_it_is_ready_lives_reads_anew_and_ends(tmp_path: Path, config: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(PATIENCE)
        told = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "9000000"}
        daemon = subprocess.Popen(
            command(config), cwd=ROOT, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

        def next_but_alive() -> bytes:
            while (said := heard.recv(1000)) == b"WATCHDOG=1":
                pass
            return said

        try:
            assert heard.recv(1000) == b"READY=1"
            assert heard.recv(1000) == b"WATCHDOG=1"
            daemon.send_signal(signal.SIGHUP)
            assert next_but_alive().startswith(b"RELOADING=1\n")
            assert next_but_alive() == b"READY=1"
            config.write_text("nonsense", encoding="utf-8")
            daemon.send_signal(signal.SIGHUP)
            assert next_but_alive().startswith(b"RELOADING=1\n")
            assert next_but_alive() == b"READY=1"  # with the old one
            daemon.send_signal(signal.SIGTERM)
            assert next_but_alive() == b"STOPPING=1"
            assert daemon.wait(PATIENCE) == 0
        finally:
            daemon.kill()
            daemon.wait()


SYSTEMD = Path("/usr/lib/systemd/systemd")
INSIDE = """
mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd && mkdir -p /run/systemd/system || exit 77
exec "$@"
"""


def runs_systemd() -> bool:
    """Whether a systemd of our own can be started here: mounts need rights that few have."""
    if not (SYSTEMD.exists() and shutil.which("unshare") and shutil.which("systemctl")):
        return False
    tried = ["unshare", "-m", "sh", "-c", INSIDE, "sh", "true"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def unit(config: Path) -> str:
    """The unit of docs/running.md, for this checkout and with less patience."""
    (found,) = re.findall(
        r"```ini\n(.*?)```", (ROOT / "docs" / "running.md").read_text(encoding="utf-8"), re.S
    )
    found = str(found)
    for pattern, line in (
        (r"ExecStart=.*", f"ExecStart={' '.join(command(config))}\nWorkingDirectory={ROOT}"),
        (r"EnvironmentFile=.*\n", f"Environment=SHOP_SECRET={SECRET}\n"),
        (r"User=.*\n", ""),
        (r"(After|Wants)=.*\n", ""),
        (r"RestartSec=.*", "RestartSec=1"),
        (r"WatchdogSec=.*", "WatchdogSec=10"),
    ):
        found, count = re.subn(pattern, line.replace("\\", r"\\"), found)
        assert count, pattern
    return found


def test_a_real_systemd_waits_for_it_reloads_it_and_restarts_it_when_it_hangs(
    tmp_path: Path, config: Path
) -> None:
    if not runs_systemd():
        pytest.skip("no systemd can be started here")
    runtime, units = tmp_path / "run", tmp_path / "home" / ".config" / "systemd" / "user"
    runtime.mkdir(mode=0o700)
    units.mkdir(parents=True)
    (units / "snapwatch.service").write_text(unit(config), encoding="utf-8")
    own = os.environ | {"XDG_RUNTIME_DIR": str(runtime), "HOME": str(tmp_path / "home")}
    own.pop("DBUS_SESSION_BUS_ADDRESS", None)
    manager = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", INSIDE, "sh", str(SYSTEMD), "--user", "--log-target=console"],
        env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def ask(*words: str) -> str:
        done = subprocess.run(
            ["systemctl", "--user", *words], env=own, capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else f"failed: {done.stderr}"

    def pid() -> int:
        return int(ask("show", "snapwatch", "-P", "MainPID"))

    try:
        wait_for(lambda: (runtime / "systemd" / "private").exists())
        assert ask("start", "snapwatch") == ""  # comes back once it is ready
        assert ask("is-active", "snapwatch") == "active"
        first = pid()
        assert ask("reload", "snapwatch") == ""
        wait_for(lambda: ask("show", "snapwatch", "-P", "SubState") == "running")
        assert pid() == first
        heard = ask("show", "snapwatch", "-P", "WatchdogTimestampMonotonic")
        wait_for(lambda: ask("show", "snapwatch", "-P", "WatchdogTimestampMonotonic") != heard)  # it lives
        assert pid() == first
        os.kill(first, signal.SIGSTOP)
        wait_for(lambda: pid() not in (0, first) and ask("is-active", "snapwatch") == "active")
        assert ask("show", "snapwatch", "-P", "NRestarts") == "1"
        assert ask("stop", "snapwatch") == ""
    finally:
        ask("kill", "--signal=KILL", "snapwatch")
        manager.terminate()
        try:
            manager.wait(60)
        except subprocess.TimeoutExpired:
            manager.kill()
            manager.wait()


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)
