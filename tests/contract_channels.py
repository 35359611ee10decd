"""What every channel promises (monitor.ports.Channel); the test of a channel inherits this class.

A subclass makes its channel in working order and in two kinds of trouble, each around a `with` block.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.errors import ChannelError
from monitor.model import Message
from monitor.ports import Channel

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f0003860180c15d2f0b0000000049454e44ae426082"
)
MESSAGE = Message(
    subject="[snapwatch] CRITICAL: Parcels lost in Leeds · Acme",
    text="CRITICAL: Parcels lost in Leeds\n",
    html='<p>CRITICAL: Parcels lost in Leeds <img src="cid:curve"></p>',
    short="CRITICAL: Parcels lost in Leeds. 61 posts in 40 minutes. Ack: 7k2",
    thread="story-12",
    at=datetime(2026, 11, 22, 3, 12, tzinfo=UTC),
    images=(("curve", PNG),),
)
HOSTILE = replace(
    MESSAGE,
    subject="Lost\r\nBcc: all@example.com\r\n\r\nbody \u202e\ud800 =?utf-8?q?=0D=0AX-Evil:_1?=\x00"
    + "x" * 2000,
    text="text \ud800\x00\r\n.\r\nQUIT\r\n",
    html="<p>\ud800</p>\r\n.\r\n",
    short="short \ud800\x00 \u202e",
    thread="story\r\nX-Evil: 1",
)


class ChannelContract:
    address: str
    secrets: tuple[str, ...] = ()
    """What must never show in an error or a repr."""

    def working(self) -> AbstractContextManager[Channel]:
        raise NotImplementedError

    def refusing(self) -> AbstractContextManager[Channel]:
        """A channel whose every delivery is refused for good."""
        raise NotImplementedError

    def ailing(self) -> AbstractContextManager[Channel]:
        """A channel whose every delivery fails for now."""
        raise NotImplementedError

    def received(self) -> list[str]:
        """What the other side got inside the `working` block, one text a message."""
        raise NotImplementedError

    def test_delivers_and_gives_an_id(self) -> None:
        with self.working() as channel:
            assert channel.send(MESSAGE, self.address, "1/0/sam/x")
            (got,) = self.received()
        assert "Parcels lost in Leeds" in got

    def test_says_what_it_carries(self) -> None:
        with self.working() as channel:
            assert channel.carries in ("mail", "sms")
            assert channel.name

    def test_the_same_key_twice_is_harmless(self) -> None:
        with self.working() as channel:
            channel.send(MESSAGE, self.address, "1/0/sam/x")
            channel.send(replace(MESSAGE, at=MESSAGE.at.replace(minute=13)), self.address, "1/0/sam/x")
            self.saw_a_repetition(self.received())

    def saw_a_repetition(self, received: list[str]) -> None:
        raise NotImplementedError

    def test_check_delivers_nothing(self) -> None:
        with self.working() as channel:
            line = channel.check()
            assert self.received() == []
        assert line
        assert "\n" not in line
        self.holds_no_secret(line, repr(channel))

    def test_hostile_text_is_delivered_as_text(self) -> None:
        with self.working() as channel:
            channel.send(HOSTILE, self.address, "1\r\nX-Evil: 1")
            (got,) = self.received()
        for line in got.splitlines():
            assert not line.lower().startswith(("bcc:", "x-evil:"))

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "sam",
            "sam@example.com\r\nBcc: all@example.com",
            "sam@example.com, all@example.com",
            "<sam@example.com>",
            "+44 7700 900123\nX",
            "+999123456789",
            "\ud800",
        ],
    )
    def test_a_bad_address_is_refused_for_good(self, address: str) -> None:
        with self.working() as channel:
            with pytest.raises(ChannelError) as caught:
                channel.send(MESSAGE, address, "1/0/sam/x")
            assert self.received() == []
        assert caught.value.permanent

    def test_a_refusal_is_permanent(self) -> None:
        with self.refusing() as channel, pytest.raises(ChannelError) as caught:
            channel.send(MESSAGE, self.address, "1/0/sam/x")
        assert caught.value.permanent
        self.is_a_line_without_secrets(caught.value, channel)

    def test_trouble_is_temporary(self) -> None:
        with self.ailing() as channel, pytest.raises(ChannelError) as caught:
            channel.send(MESSAGE, self.address, "1/0/sam/x")
        assert not caught.value.permanent
        self.is_a_line_without_secrets(caught.value, channel)

    def test_check_finds_the_trouble(self) -> None:
        with self.ailing() as channel, pytest.raises(ChannelError) as caught:
            channel.check()
        self.is_a_line_without_secrets(caught.value, channel)

    def is_a_line_without_secrets(self, error: ChannelError, channel: Channel) -> None:
        assert str(error).startswith(f"{channel.name}: ")
        assert "\n" not in str(error)
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None
        self.holds_no_secret(str(error), repr(error), repr(channel))

    def holds_no_secret(self, *texts: str) -> None:
        for secret in self.secrets:
            assert not any(secret in text for text in texts)
