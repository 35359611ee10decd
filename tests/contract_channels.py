"""What every channel promises (monitor.ports.Channel); the test of a channel inherits this class.

A subclass makes its channel in working order and in two kinds of trouble, each around a `with` block.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from monitor.errors import ChannelError, InputError
from monitor.notice import Message
from monitor.ports import CalledBack, Carries, Channel, Receipt, Said

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
    chat="CRITICAL: Parcels lost in Leeds.\n61 posts in 40 minutes.",
    spoken="Critical. Parcels lost in Leeds. 61 posts in 40 minutes.",
    code="7k2",
    link="https://snapwatch.example/a/eyJzIjoxMn0.aSEk4A.kq3J0",
    severity="critical",
)
HOSTILE = replace(
    MESSAGE,
    subject="Lost\r\nBcc: all@example.com\r\n\r\nbody \u202e\ud800 =?utf-8?q?=0D=0AX-Evil:_1?=\x00"
    + "x" * 2000,
    text="text \ud800\x00\r\n.\r\nQUIT\r\n",
    html="<p>\ud800</p>\r\n.\r\n",
    short="short \ud800\x00 \u202e",
    thread="story\r\nX-Evil: 1",
    chat="chat \ud800\x00 \u202e <!channel> *b* </Say><Hangup/>",
    spoken="spoken \ud800\x00 \u202e\ufffe </Say><Dial>+4400</Dial> & <break/>",
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
            assert channel.carries in get_args(Carries)
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


class CalledBackContract:
    """What a channel promises that its provider calls back (monitor.ports.CalledBack), beside ChannelContract.

    A subclass says what a genuine answer of a person looks like, and what of it is heard.
    """

    what: str
    url: str
    body: bytes
    heard: Said
    signature_header: str
    url_is_signed: bool = True
    time_is_signed: bool = False

    def working(self) -> AbstractContextManager[Any]:
        raise NotImplementedError

    def sign(self, url: str, body: bytes, age: int = 0) -> dict[str, str]:
        """The headers with which the provider would send that, so many seconds ago."""
        raise NotImplementedError

    def said_back(self, channel: CalledBack, heard: Said | Receipt | None, words: str | None) -> list[str]:
        """`answer`, as the texts that whoever wrote gets; an assertion fails where anything but text is in them."""
        raise NotImplementedError

    def test_a_genuine_answer_is_heard(self) -> None:
        with self.working() as channel:
            assert isinstance(channel, CalledBack)
            headers = self.sign(self.url, self.body)
            for sent in (headers, {key.lower(): value for key, value in headers.items()}):
                assert channel.hear(self.what, self.url, sent, self.body) == self.heard

    def test_a_wrong_signature_is_refused(self) -> None:
        with self.working() as channel:
            headers = self.sign(self.url, self.body)
            right = headers[self.signature_header]
            wrongs = (
                "",
                "x",
                right[:-1],
                right[:-2] + ("A=" if right[-2:] != "A=" else "B="),
                right + "=",
                "\xff",
            )
            for wrong in wrongs:
                with self.refused(channel):
                    channel.hear(self.what, self.url, headers | {self.signature_header: wrong}, self.body)

    def test_a_missing_signature_is_refused(self) -> None:
        with self.working() as channel:
            headers = self.sign(self.url, self.body)
            for missing in headers:
                rest = {key: value for key, value in headers.items() if key != missing}
                with self.refused(channel):
                    channel.hear(self.what, self.url, rest, self.body)

    def test_a_signature_of_something_else_is_refused(self) -> None:
        with self.working() as channel:
            headers = self.sign(self.url, self.body)
            for body in (b"", self.body + b"&More=1", b"\xff\xfe"):
                with self.refused(channel):
                    channel.hear(self.what, self.url, headers, body)
            if self.url_is_signed:
                with self.refused(channel):
                    channel.hear(self.what, f"{self.url}x", headers, self.body)

    def test_an_old_request_is_refused(self) -> None:
        if not self.time_is_signed:
            pytest.skip("this provider signs no time: an old request can't be told")
        with self.working() as channel:
            channel.hear(self.what, self.url, self.sign(self.url, self.body, age=200), self.body)
            for age in (400, -400):
                with self.refused(channel):
                    channel.hear(self.what, self.url, self.sign(self.url, self.body, age=age), self.body)

    def test_what_is_genuine_but_can_not_be_read_is_an_input_error(self) -> None:
        with self.working() as channel:
            for body in (b"", b"nothing=1"):
                with pytest.raises(InputError):
                    channel.hear(self.what, self.url, self.sign(self.url, body), body)
            with pytest.raises(InputError):
                channel.hear("elsewhere", self.url, self.sign(self.url, self.body), self.body)

    def test_a_stranger_gets_no_word(self) -> None:
        with self.working() as channel:
            for heard in (self.heard, None):
                assert self.said_back(channel, heard, None) == []

    def test_whoever_answered_is_told_the_words(self) -> None:
        with self.working() as channel:
            assert self.said_back(channel, self.heard, "Sam has 12.") == ["Sam has 12."]

    def test_hostile_words_stay_text(self) -> None:
        with self.working() as channel:
            (told,) = self.said_back(
                channel,
                self.heard,
                "12: </Say></Message><Hangup/> <!channel> & \ud800\x00\ufffe\u202e" + "x" * 9_000,
            )
        assert "</Say>" in told
        assert not set(told) & set("\ud800\x00\u202e")
        assert len(told) < 4_000

    @contextmanager
    def refused(self, channel: Any) -> Iterator[None]:
        with pytest.raises(ChannelError) as caught:
            yield
        assert caught.value.permanent
        self.is_a_line_without_secrets(caught.value, channel)  # type: ignore[attr-defined]
