from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from alerts import smpp, sms
from monitor.errors import ChannelError
from monitor.notice import Short
from tests.contract_channels import MESSAGE, ChannelContract
from tests.fake_smpp import ENQUIRE_LINK, UNBIND, FakeSmpp
from tests.fake_smtp import Authority
from tests.ports import free_port

PASSWORD = "s3cret"
NUMBER = "+447700900123"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def channel_to(monkeypatch: pytest.MonkeyPatch) -> Any:
    def made(port: int, **changes: Any) -> smpp.Channel:
        monkeypatch.setenv("SMPP_PASSWORD", PASSWORD)
        values = {
            "type": "smpp",
            "host": "localhost",
            "port": port,
            "security": "none",
            "system_id": "snapwatch",
            "password": {"env": "SMPP_PASSWORD"},
            "sender": "Kestrel",
            "timeout": 10,
        } | changes
        return smpp.build(smpp.Settings(**values), "sms", None)

    return made


class SmppContract(ChannelContract):
    address = NUMBER
    secrets = (PASSWORD,)

    @pytest.fixture(autouse=True)
    def _make(self, channel_to: Any, authority: Authority) -> None:
        self.make, self.authority = channel_to, authority

    @contextmanager
    def _channel(self, **trouble: Any) -> Iterator[smpp.Channel]:
        with FakeSmpp(**trouble) as self.server:
            yield self.make(self.server.port)

    def working(self) -> Any:
        return self._channel()

    def refusing(self) -> Any:
        return self._channel(statuses=(0x0B,))

    def ailing(self) -> Any:
        return self._channel(bind_status=0x08)

    def received(self) -> list[str]:
        return [sms.text for sms in self.server.taken]

    def saw_a_repetition(self, received: list[str]) -> None:
        assert len(received) == 2  # SMPP can tell no repetition: documented

    def test_the_sms_that_arrives(self) -> None:
        with self.working() as channel:
            assert channel.send(MESSAGE, NUMBER, "1") == "id-1"
        (got,) = self.server.taken
        assert (got.sender, got.sender_kind) == ("Kestrel", 5)
        assert (got.number, got.number_kind) == ("447700900123", 1)
        assert (got.esm_class, got.coding, got.text) == (0, 0, MESSAGE.short)
        assert self.server.commands[-1] == UNBIND


class TestPlain(SmppContract):
    pass


class TestTls(SmppContract):
    @contextmanager
    def _channel(self, **trouble: Any) -> Iterator[smpp.Channel]:
        with FakeSmpp(tls=self.authority.context, **trouble) as self.server:
            yield self.make(self.server.port, security="tls", ca_file=self.authority.ca_file)


def failed(server: FakeSmpp, channel_to: Any, **changes: Any) -> ChannelError:
    with server, pytest.raises(ChannelError) as caught:
        channel_to(server.port, **changes).send(MESSAGE, NUMBER, "1")
    assert PASSWORD not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        (0x0A, True),
        (0x0B, True),
        (0x0D, True),
        (0x0E, True),
        (0x0F, True),
        (0x53, True),
        (0x05, False),
        (0x08, False),
        (0x14, False),
        (0x45, False),
        (0x58, False),
        (0x64, False),
        (0xFF, False),
        (0x4FF, False),
    ],
)
def test_a_refusal_lasts_or_passes(channel_to: Any, status: int, permanent: bool) -> None:
    for server in (FakeSmpp(bind_status=status), FakeSmpp(statuses=(status,))):
        error = failed(server, channel_to)
        assert error.permanent == permanent
        assert f"{status:#04x}" in str(error)


def test_a_wrong_password_is_permanent(channel_to: Any) -> None:
    error = failed(FakeSmpp(password="another"), channel_to)
    assert error.permanent
    assert "check system_id, password" in str(error)


def test_a_part_that_is_refused_makes_the_whole_fail(channel_to: Any) -> None:
    with FakeSmpp(statuses=(0, 0x58)) as server:
        channel = channel_to(server.port, segments=3)
        with pytest.raises(ChannelError) as caught:
            channel.send(replace(MESSAGE, short="x" * 200), NUMBER, "1")
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("text", "coding"),
    [
        ("x" * 159 + "€", 0),
        ("x" * 152 + "€" + "y" * 200, 0),
        ("ж" * 66 + "😀" + "ж" * 80, 8),
    ],
)
def test_a_long_sms_is_joined_by_the_phone(channel_to: Any, text: str, coding: int) -> None:
    with FakeSmpp() as server:
        channel = channel_to(server.port, segments=3, unicode=True)
        assert channel.short == Short(segments=3, unicode=True)
        assert channel.send(replace(MESSAGE, short=text), NUMBER, "1") == "id-1"
        channel.send(replace(MESSAGE, short=text), NUMBER, "1")
    half = len(server.taken) // 2
    first, again = server.taken[:half], server.taken[half:]
    assert first == again  # the reference number, too
    headers = [part.octets[:6] for part in first]
    assert [header[5] for header in headers] == list(range(1, half + 1))
    assert {header[:3] + header[4:5] for header in headers} == {bytes((5, 0, 3, half))}
    assert len({header[3] for header in headers}) == 1
    for part in first:
        assert (part.esm_class, part.coding) == (0x40, coding)
        assert len(part.octets) - 6 <= (153 if coding == 0 else 134)
    whole = "".join(ungsm(part.octets[6:]) if coding == 0 else part.text for part in first)
    assert whole == text


# 3GPP TS 23.038, table 6.2.1 and 6.2.1.1.
TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPED = {0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€"}


def ungsm(octets: bytes) -> str:
    words, rest = "", iter(octets)
    for octet in rest:
        words += ESCAPED[next(rest)] if octet == 0x1B else TABLE[octet]
    return words


def test_every_character_of_the_alphabet_has_its_octet() -> None:
    text = "".join(sorted((sms.BASIC | sms.EXTENDED) - set("\n\r ")))
    ((coding, joined, octets),) = smpp.encoded(text, 7)
    assert (coding, joined) == (0, False)
    assert ungsm(octets) == text


@pytest.mark.parametrize(
    ("sender", "kind", "written"),
    [("+447700900000", 1, "447700900000"), ("60777", 0, "60777"), ("Kestrel 24", 5, "Kestrel 24")],
)
def test_the_kind_of_sender(channel_to: Any, sender: str, kind: int, written: str) -> None:
    with FakeSmpp() as server:
        channel_to(server.port, sender=sender).send(MESSAGE, NUMBER, "1")
    assert (server.taken[0].sender_kind, server.taken[0].sender) == (kind, written)


def test_what_the_server_says_meanwhile_is_answered(channel_to: Any) -> None:
    enquire = struct.pack(">LLLL", 16, ENQUIRE_LINK, 0, 99)
    stale = struct.pack(">LLLL", 16, 0x80000004, 0x45, 98)
    with FakeSmpp(before=enquire + stale) as server:
        assert channel_to(server.port).send(MESSAGE, NUMBER, "1") == "id-1"
    assert ENQUIRE_LINK | 0x80000000 in server.commands


@pytest.mark.parametrize(
    "garble",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\0\0\0\0",
        b"\0\0\0\x10\x77\0\0\0\0\0\0\0\0\0\0\2",
        b"\0\0\0\x11" + b"\0" * 13,
    ],
)
def test_an_answer_that_is_none_is_temporary(channel_to: Any, garble: bytes) -> None:
    error = failed(FakeSmpp(garble=garble or b"\0"), channel_to, timeout=0.5)
    assert not error.permanent


def test_a_server_that_hangs_is_temporary(channel_to: Any) -> None:
    error = failed(FakeSmpp(hang=True), channel_to, timeout=2)
    assert not error.permanent
    assert "did not answer within 2 s" in str(error)


def test_a_closed_port_is_temporary(channel_to: Any) -> None:
    with pytest.raises(ChannelError, match=r"can't be reached \(ConnectionRefusedError\)") as caught:
        channel_to(free_port()).check()
    assert not caught.value.permanent


def test_an_authority_that_is_not_trusted_is_permanent(channel_to: Any, authority: Authority) -> None:
    error = failed(FakeSmpp(tls=authority.context), channel_to, security="tls")
    assert error.permanent
    assert "ca_file" in str(error)


def test_tls_where_the_server_speaks_none(channel_to: Any) -> None:
    error = failed(FakeSmpp(), channel_to, security="tls", timeout=0.5)
    assert PASSWORD not in str(error)


def test_one_connection_at_a_time(channel_to: Any) -> None:
    with FakeSmpp() as server:
        channel = channel_to(server.port)
        threads = [threading.Thread(target=channel.send, args=(MESSAGE, NUMBER, str(n))) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [command for command in server.commands if command in (2, 4, 6)] == [2, 4, 6] * 8


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"system_id": "x" * 16}, "at most 15 characters"),
        ({"system_id": ""}, "at least 1 character"),
        ({"sender": "Much too long a name"}, "match pattern"),
        ({"sender": "a\r\nb"}, "match pattern"),
        ({"ca_file": __file__}, "can't be read as certificates"),
        ({"segments": 0}, "greater than or equal to 1"),
        ({"security": "starttls"}, "'tls' or 'none'"),
        ({"hots": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_what_the_configuration_may_not_say(channel_to: Any, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        channel_to(2775, **changes)
    assert words in str(caught.value)


def test_a_password_that_smpp_can_not_carry(channel_to: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONG", "correct horse")
    with pytest.raises(ValidationError) as caught:
        channel_to(2775, password={"env": "LONG"})
    assert "at most 8 ASCII characters" in str(caught.value)
    assert "correct" not in str(caught.value)
