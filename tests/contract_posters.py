"""What everybody who posts replies guarantees (monitor.ports.Poster). An adapter's test gives a `world` fixture and
inherits the suite."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import PostError
from monitor.model import Mention
from monitor.ports import Poster
from monitor.reply import Approved, Posted
from tests.contract_sources import FAILURES, HARD_FAILURES, JSON, SLOW_DOWN, places_in, with_replaced
from tests.fake_platforms import Answer, Platform, Request, failing

MINUTE = timedelta(minutes=1)
MOST = 12
"""Requests that one call makes at most."""
TEXTS = (
    "I'm sorry about the wait. I have found your parcel and will write to you again by 3 pm. Sam",
    "Zwei\n\nAbsätze – „so“, mit 🐦‍🔥👩🏽‍🔧 und אבג; https://kestrel.example/help?a=1&b=2#c (#parcels). Sam",
    "<b>bold</b> &amp; {{ slot }} %s \\n \"quoted\" 'too' <script>alert(1)</script>",
    "two  spaces, a tab\tand\n\n\nthree lines",
)


class PosterWorld(Protocol):
    """A platform with somebody's post on it, and what hangs below that. `now` is its clock."""

    now: datetime
    secrets: Sequence[str]

    def poster(self) -> Poster:
        """A new poster over the same platform, as after a restart."""
        ...

    def mention(self) -> Mention:
        """A post that nobody has answered; each time another one."""
        ...

    def shown(self, to: Mention) -> list[str]:
        """What the account has posted below it, as the platform keeps it, the oldest first."""
        ...

    def remove(self, to: Mention) -> None:
        """Its author deletes the post."""
        ...

    def fail(self, kind: str, after: int) -> None:
        """So many requests are answered truly (None of them a log-in), the next one as `kind` of FAILURES says."""
        ...

    def lose(self, kind: str) -> None:
        """The next reply is taken, and its answer is lost: "dropped" or "cut"."""
        ...

    def spoil(self, change: Callable[[Any], Any], after: int) -> None:
        """As `fail`: the body of that answer passes through `change`."""
        ...

    def pending(self) -> bool:
        """Whether a failure is still to come; there is none afterwards."""
        ...


class OnLoopback:
    """What `PosterWorld` wants of trouble, over a tests.fake_platforms.Platform. An adapter says which request writes."""

    fake: Platform
    secrets: Sequence[str]
    echo: str
    """A secret that every failing answer repeats."""

    def writes(self, request: Request) -> bool:
        raise NotImplementedError

    @property
    def now(self) -> datetime:
        return self.fake.now

    @now.setter
    def now(self, value: datetime) -> None:
        self.fake.now = value

    def fail(self, kind: str, after: int) -> None:
        answer = failing(kind, self.echo)
        self.fake.will(*repeat(_truly, after))
        if kind in ("late", "dripping"):
            self.fake.will_slowly(answer)
        else:
            self.fake.will(answer)

    def lose(self, kind: str) -> None:
        def answer(request: Request) -> Answer | None:
            if not self.writes(request):
                self.fake.will(answer)
                return None
            return replace(self.fake.answer(request), drop=kind == "dropped", cut=kind == "cut")

        self.fake.will(answer)

    def spoil(self, change: Callable[[Any], Any], after: int) -> None:
        self.fake.will(
            *repeat(_truly, after),
            lambda request: replace(true := self.fake.answer(request), body=change(true.body)),
        )

    def pending(self) -> bool:
        return self.fake.forget()


def _truly(_: Request) -> None:
    return None


def reply(world: PosterWorld, to: Mention, text: str = TEXTS[0], key: str = "reply 12") -> Approved:
    """Approved a minute ago, and with the customer's handle, which some platforms want."""
    return Approved(f"@{to.author.handle} {text}", ("Sam", "Alex"), world.now - MINUTE, key)


def since(world: PosterWorld) -> datetime:
    return world.now - MINUTE


def refusal(poster: Poster, approved: Approved, to: Mention, now: datetime) -> PostError | None:
    try:
        poster.post(approved, to, now)
    except PostError as error:
        return error
    return None


class PosterContract:
    @pytest.fixture
    def world(self) -> Iterator[PosterWorld]:
        raise NotImplementedError("the adapter's test gives it")

    @pytest.mark.parametrize("text", TEXTS)
    def test_what_is_posted_is_what_was_approved(self, world: PosterWorld, text: str) -> None:
        to = world.mention()
        approved = reply(world, to, text)
        posted = world.poster().post(approved, to, world.now)
        assert world.shown(to) == [approved.text]
        assert posted.id
        assert posted.url.startswith("https://")

    def test_the_same_reply_twice_is_there_once(self, world: PosterWorld) -> None:
        to = world.mention()
        approved = reply(world, to)
        first = world.poster().post(approved, to, world.now)
        world.now += MINUTE
        assert world.poster().post(approved, to, world.now) == first
        assert world.shown(to) == [approved.text]

    def test_two_replies_are_two(self, world: PosterWorld) -> None:
        to, other = world.mention(), world.mention()
        poster = world.poster()
        first, second = reply(world, to), reply(world, to, TEXTS[1], "reply 13")
        posted = {poster.post(each, to, world.now) for each in (first, second)}
        assert world.shown(to) == [first.text, second.text]
        third = reply(world, other)
        posted.add(poster.post(third, other, world.now))
        assert world.shown(other) == [third.text]
        assert len(posted) == 3

    def test_what_was_posted_is_found_and_nothing_else(self, world: PosterWorld) -> None:
        to, other = world.mention(), world.mention()
        approved = reply(world, to)
        start = since(world)
        assert world.poster().find(approved, to, start, world.now) is None
        posted = world.poster().post(approved, to, world.now)
        world.now += 5 * MINUTE
        assert world.poster().find(approved, to, start, world.now) == posted
        assert world.poster().find(reply(world, other), other, start, world.now) is None
        another = reply(world, to, "I have good news. Sam", "reply 13")
        assert world.poster().find(another, to, start, world.now) is None

    @pytest.mark.parametrize("kind", ["dropped", "cut"])
    def test_an_answer_that_is_lost(self, world: PosterWorld, kind: str) -> None:
        """It is not known whether it was posted; looking says so, and a further try posts it no second time."""
        to = world.mention()
        approved = reply(world, to)
        start = since(world)
        world.lose(kind)
        with pytest.raises(PostError) as caught:
            world.poster().post(approved, to, world.now)
        assert not caught.value.permanent
        world.now += 2 * MINUTE
        found = world.poster().find(approved, to, start, world.now)
        assert found
        assert world.shown(to) == [approved.text]
        assert world.poster().post(approved, to, world.now) == found
        assert world.shown(to) == [approved.text]

    @pytest.mark.parametrize("kind", FAILURES | HARD_FAILURES)
    def test_every_failure_is_a_post_error_and_posts_nothing(
        self, world: PosterWorld, kind: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Whichever of the requests fails."""
        caplog.set_level(logging.DEBUG)
        permanent = (FAILURES | HARD_FAILURES)[kind]
        for after in range(MOST):
            to = world.mention()
            approved = reply(world, to)
            start = since(world)
            poster = world.poster()
            world.fail(kind, after)
            error = refusal(poster, approved, to, world.now)
            if error is None:
                assert world.pending(), "a failure that went unnoticed"
                assert after, "no request failed"
                return
            world.pending()
            assert error.permanent is permanent
            assert kind != "slow down" or error.retry_after == pytest.approx(SLOW_DOWN, abs=1)
            self.is_a_line_without_secrets(world, poster, error, caplog.text)
            assert world.shown(to) == []
            world.now += 3 * MINUTE
            assert poster.find(approved, to, start, world.now) is None
            poster.post(approved, to, world.now)
            assert world.shown(to) == [approved.text]
        raise AssertionError("it asks without end")

    @pytest.mark.parametrize("kind", FAILURES)
    def test_looking_and_checking_fail_the_same_way(
        self, world: PosterWorld, kind: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        to = world.mention()
        approved = reply(world, to)
        world.poster().post(approved, to, world.now)
        for looking in (True, False):
            poster = world.poster()
            world.fail(kind, 0)
            with pytest.raises(PostError) as caught:
                poster.find(approved, to, since(world), world.now) if looking else poster.check()
            assert caught.value.permanent is FAILURES[kind]
            self.is_a_line_without_secrets(world, poster, caught.value, caplog.text)
            assert not world.pending()

    def test_a_post_that_is_gone_is_not_answered(self, world: PosterWorld) -> None:
        to = world.mention()
        world.remove(to)
        with pytest.raises(PostError) as caught:
            world.poster().post(reply(world, to), to, world.now)
        assert caught.value.permanent
        assert world.shown(to) == []

    def test_an_id_that_is_none_of_the_platform_is_refused(self, world: PosterWorld) -> None:
        for id in ("demo-1", "1,2", "t1_../", "９", ""):
            to = replace(world.mention(), id=id)
            with pytest.raises(PostError) as caught:
                world.poster().post(reply(world, to), to, world.now)
            assert caught.value.permanent
            assert world.poster().find(reply(world, to), to, since(world), world.now) is None

    def test_check_says_who_would_post_and_posts_nothing(self, world: PosterWorld) -> None:
        to = world.mention()
        poster = world.poster()
        line = poster.check()
        assert line.startswith(f"{poster.name}: ")
        assert "\n" not in line
        assert world.shown(to) == []

    def test_secrets_are_nowhere(self, world: PosterWorld, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        to = world.mention()
        poster = world.poster()
        told = [poster.check(), str(poster.post(reply(world, to), to, world.now)), repr(poster)]
        told += [str(vars(poster)), caplog.text]
        assert not [secret for secret in world.secrets if secret in "".join(told)]

    def test_whatever_the_platform_sends_is_read_or_a_post_error(self, world: PosterWorld) -> None:
        """A true answer with one value, anywhere in it, replaced by any other JSON value."""

        @settings(max_examples=60, deadline=None)
        @given(where=st.integers(0, 1000), by=JSON, after=st.integers(0, 3), looking=st.booleans())
        def spoiled(where: int, by: Any, after: int, looking: bool) -> None:
            def spoil(answer: Any) -> Any:
                places = list(places_in(answer))
                return with_replaced(answer, places[where % len(places)], by)

            to = world.mention()
            approved = reply(world, to)
            poster = world.poster()
            if looking:
                poster.post(approved, to, world.now)
            world.spoil(spoil, after)
            try:
                found = (
                    poster.find(approved, to, since(world), world.now)
                    if looking
                    else poster.post(approved, to, world.now)
                )
            except PostError:
                found = None
            finally:
                world.pending()
            assert found is None or (isinstance(found, Posted) and found.url.startswith("https://"))

        spoiled()

    def is_a_line_without_secrets(
        self, world: PosterWorld, poster: Poster, error: PostError, log: str
    ) -> None:
        assert str(error).startswith(f"{poster.name}: ")
        assert "\n" not in str(error)
        told = "".join(traceback.format_exception(error)) + repr(error) + repr(poster) + log
        assert not [secret for secret in world.secrets if secret in told]
