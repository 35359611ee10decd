"""From the desk to Mastodon over HTTP, by the real poster, while its answers are lost and the process starts anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.replying.desk import ReplyDesk
from tests.contract_sources import START
from tests.fake_platforms import TOKEN
from tests.fakes.mastodon import FakeMastodon
from tests.monitor.replying.desks import DRAFT, Office
from tests.monitor.scripted import ScriptedSource
from tests.sources.test_mastodon_reply import MastodonWorld


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[MastodonWorld]:
    monkeypatch.setenv("MASTODON_TOKEN", TOKEN)
    with FakeMastodon(now=START) as fake:
        yield MastodonWorld(fake)


@pytest.mark.parametrize("kind", ["dropped", "cut", ""])
def test_the_customer_sees_it_once(world: MastodonWorld, tmp_path: Path, kind: str) -> None:
    office = Office(
        tmp_path,
        sources={"mastodon": {"type": "mastodon", "access_token": {"env": "MASTODON_TOKEN"}, "reply": {}}},
    )
    office.desk = ReplyDesk(office.store, office.settings, office.lint)  # type: ignore[assignment]
    office.source = ScriptedSource()
    post = world.mention()
    office.clock.moment = world.now
    office.store.write(lambda tables: tables.mentions.add([post], world.now))
    draft = replace(
        DRAFT,
        text="Hello @ann@other.example, I write again by 2 pm. Sam",
        report_by=START + timedelta(hours=2),
    )
    reply = office.desk.begin(None, post.key, draft, "First", world.now)
    office.desk.approve(reply.id, "First", world.now, 1, ())
    if kind:
        world.lose(kind)
    for _ in range(5):
        office.begin()
        office.pipeline.posting._ = replace(office.parts, posters={"mastodon": world.poster()})
        office.run()
        world.now = office.clock.forward(minutes=1)
    assert world.shown(post) == [draft.text]
    posted = office.get(reply)
    assert (posted.state, posted.promise, posted.tries) == ("posted", "open", 1)
    assert posted.url.startswith("http")
    office.store.close()
