from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from alerts import outbox
from monitor.errors import ChannelError
from tests.contract_channels import MESSAGE, ChannelContract


class OutboxContract(ChannelContract):
    form = "email"
    ending = "eml"

    @pytest.fixture(autouse=True)
    def _set_up(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "deep" / "outbox"

    def _channel(self, folder: Path) -> outbox.Channel:
        return outbox.build(outbox.Settings(type="outbox", folder=folder, form=self.form), "outbox", None)

    @contextmanager
    def working(self) -> Iterator[outbox.Channel]:
        yield self._channel(self.folder)

    @contextmanager
    def ailing(self) -> Iterator[outbox.Channel]:
        self.folder.parent.mkdir(parents=True)
        self.folder.write_text("in the way")
        yield self._channel(self.folder)

    @contextmanager
    def refusing(self) -> Iterator[outbox.Channel]:
        self.address = "nobody"
        yield self._channel(self.folder)

    def received(self) -> list[str]:
        return [file.read_bytes().decode() for file in sorted(self.folder.glob(f"*.{self.ending}"))]

    def saw_a_repetition(self, received: list[str]) -> None:
        assert len(received) == 1

    def test_two_deliveries_are_two_files(self) -> None:
        with self.working() as channel:
            names = {
                channel.send(MESSAGE, self.address, key) for key in ("1/0/sam/x", "1/1/alex/x", "../../x\x00")
            }
        assert len(names) == 3
        assert {file.name for file in self.folder.glob(f"*.{self.ending}")} == names

    def test_names_sort_by_time_and_say_what_it_is(self) -> None:
        with self.working() as channel:
            name = channel.send(MESSAGE, self.address, "1/0/sam/x")
            hostile = channel.send(replace(MESSAGE, subject="../../etc/\x00 \u202e😡"), self.address, "2")
        assert name.startswith("20261122T031200Z-critical-parcels-lost-in-leeds-acme-")
        assert hostile.startswith("20261122T031200Z-etc-")
        assert "/" not in hostile

    def test_nothing_half_written_stays(self) -> None:
        with self.working() as channel:
            channel.check()
            channel.send(MESSAGE, self.address, "1")
        assert not [file for file in self.folder.iterdir() if file.name.startswith(".")]


class TestMails(OutboxContract):
    address = "sam@example.com"

    def test_the_page_beside_it_opens_in_a_browser(self) -> None:
        with self.working() as channel:
            name = channel.send(MESSAGE, self.address, "1")
        page = (self.folder / name).with_suffix(".html").read_text(encoding="utf-8")
        assert "data:image/png;base64,iVBOR" in page
        assert "cid:" not in page

    def test_the_file_is_the_mail(self) -> None:
        with self.working() as channel:
            name = channel.send(MESSAGE, self.address, "1")
        mail = message_from_bytes((self.folder / name).read_bytes(), policy=policy.default)
        assert mail["To"] == "sam@example.com"
        assert mail["Subject"] == MESSAGE.subject


class TestShortTexts(OutboxContract):
    form = "sms"
    ending = "txt"
    address = "+447700900123"

    def test_the_file(self) -> None:
        with self.working() as channel:
            channel.send(MESSAGE, self.address, "1")
        assert self.received() == [f"To: +447700900123\n\n{MESSAGE.short}\n"]


def test_a_sender_that_is_no_address(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="is not an e-mail address"):
        outbox.Settings(type="outbox", folder=tmp_path, sender="nobody")


def test_a_relative_folder_is_relative_to_the_configuration(tmp_path: Path) -> None:
    values: dict[str, Any] = {"type": "outbox", "folder": "outbox"}
    assert outbox.Settings.model_validate(values, context={"folder": tmp_path}).folder == tmp_path / "outbox"


@pytest.mark.parametrize(
    ("address", "good"), [("sam@example.com", True), ("+447700900123", True), ("sam", False), ("+44", False)]
)
def test_both_kinds_of_address(address: str, good: bool) -> None:
    assert (outbox.problem_with(address) is None) == good


def test_a_full_disk_is_temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    channel = outbox.build(outbox.Settings(type="outbox", folder=tmp_path), "outbox", None)
    with pytest.raises(ChannelError, match="No space left on device") as caught:
        channel.send(MESSAGE, "sam@example.com", "1")
    assert not caught.value.permanent
    assert not [file for file in tmp_path.iterdir() if not file.name.startswith(".")]
