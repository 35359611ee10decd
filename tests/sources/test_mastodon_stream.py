"""Mastodon's streams, against streams of our own making and against mastodon-mock, a server written by others."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import pytest

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from monitor.model import Batch
from monitor.ports import Listener
from sources import mastodon, mastodon_stream
from tests.contract_sources import BRAND, START, keys, poll_all
from tests.fake_platforms import TOKEN, Answer, Request
from tests.fakes.mastodon import FakeMastodon, status

WAIT = 60.0


class FixedClock:
    def now(self) -> datetime:
        return START


def event(name: str, payload: Any) -> bytes:
    return f"event: {name}\ndata: {payload if isinstance(payload, str) else json.dumps(payload)}\n\n".encode()


class Streams(FakeMastodon):
    """`heard` is what each stream sends before it falls silent."""

    def __init__(self) -> None:
        super().__init__(now=START)
        self.heard: dict[str, list[bytes]] = {}
        self.instead: Answer | None = None
        self.hold = True

    def answer(self, request: Request) -> Answer:
        if "/streaming/" not in request.path:
            return super().answer(request)
        which = request.params.get("tag") or request.path.rpartition("/")[2]
        return self.instead or Answer(200, chunks=tuple(self.heard.get(which, [])), hold=self.hold)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Streams]:
    monkeypatch.setenv("MASTODON_TOKEN", TOKEN)
    with Streams() as fake:
        yield fake


def source(fake: FakeMastodon | None = None, brand: Brand = BRAND, **changes: Any) -> mastodon.StreamedSource:
    values = {"type": "mastodon", "access_token": {"env": "MASTODON_TOKEN"}, "public": True} | changes
    made = mastodon.build(mastodon.Settings.model_validate(values), "mastodon", brand)
    assert isinstance(made, mastodon.StreamedSource)
    if fake:
        fake.mount(made.session)
    return made


def hear(
    listener: Listener, enough: Callable[[list[Batch]], bool], began: Callable[[], None] = lambda: None
) -> list[Batch]:
    """What is kept until there is enough of it; what `listen` raises is raised."""
    stopping, kept, raised = Event(), list[Batch](), list[Exception]()

    def keep(batch: Batch) -> None:
        kept.append(batch)
        if enough(kept):
            stopping.set()

    def run() -> None:
        try:
            listener.listen(keep, stopping, FixedClock())
        except SourceError as error:
            raised.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    began()
    thread.join(WAIT)
    assert not thread.is_alive(), f"it still listens; kept so far: {kept}"
    if raised:
        raise raised[0]
    return kept


def test_what_is_said_on_every_lane(fake: Streams) -> None:
    new = status(START, sequence=1)
    edited = status(START, "<p>acme was on time</p>", sequence=2, edited_at=START.isoformat())
    mention = {
        "id": "5",
        "type": "mention",
        "created_at": START.isoformat(),
        "status": status(START, "<p>late!</p>", sequence=3, tags=[]),
    }
    boost = {
        "id": "6",
        "type": "reblog",
        "created_at": START.isoformat(),
        "status": status(START, sequence=4),
    }
    odd = event("filters_changed", "undefined")
    fake.heard = {
        "acme": [b":connected\n\n:thump\n", event("update", new), event("status.update", edited), event("delete", "77")],
        "notification": [event("notification", boost), event("notification", mention), odd],
        "public": [
            event("update", status(START, "<p>of no interest</p>", sequence=8, tags=[])),
            event("update", status(START, sequence=9)),
            event("delete", "78"),
            event("unheard.of", {"a": 1}),
        ],
    }  # fmt: skip
    kept = hear(source(fake), lambda kept: len(keys(kept)) == 4 and any(batch.deleted for batch in kept))
    found = {each.id: each.text for batch in kept for each in batch.mentions}
    assert found == {
        new["id"]: "acme is late again #acme",
        edited["id"]: "acme was on time\n\n#acme",
        mention["status"]["id"]: "late!",
        status(START, sequence=9)["id"]: "acme is late again #acme",
    }
    assert [gone.id for batch in kept for gone in batch.deleted] == ["77"]
    assert {reading.at for batch in kept for reading in batch.readings} == {START}
    assert all(request.headers["authorization"] == f"Bearer {TOKEN}" for request in fake.requests)


def test_silence_is_an_error(fake: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon_stream, "SILENCE", 0.3)
    fake.heard = {"acme": [b":thump\n"]}
    with pytest.raises(SourceError, match=r"silent for 0\.3 seconds") as caught:
        hear(source(fake), lambda _: False)
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ([b"event: update\ndata: {\n\n"], "can't be read"),
        ([b"nonsense\n\n"], "can't be read"),
        ([b"\xff\n"], "can't be read"),
        ([b"data: 1\n\n"], "can't be read"),
        ([], "has ended"),
    ],
)
def test_a_stream_that_breaks(fake: Streams, sent: list[bytes], reason: str) -> None:
    fake.hold = bool(sent)
    fake.heard = dict.fromkeys(["acme", "Kestrel", "KestrelParcels", "notification", "public"], sent)
    with pytest.raises(SourceError, match=reason) as caught:
        hear(source(fake), lambda _: False)
    assert not caught.value.permanent


def test_a_line_without_end(fake: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon_stream, "LONGEST", 5000)
    fake.heard = {"acme": [b"a" * 4000 + b": b\n" + b"a" * 6000]}
    with pytest.raises(SourceError, match="a line of more than"):
        hear(source(fake), lambda _: False)


def test_odd_events_among_good_ones_are_passed_over(fake: Streams) -> None:
    odd: list[Any] = ["5", [1], {}, {"id": 5}, None, status(START, created_at="never")]
    fake.heard = {
        "acme": [event("update", json.dumps(each)) for each in [*odd, status(START)]],
        "notification": [
            event("notification", json.dumps(each)) for each in [*odd, {"type": "mention", "status": 5}]
        ],
    }
    assert len(keys(hear(source(fake), lambda kept: bool(keys(kept))))) == 1


@pytest.mark.parametrize(("code", "permanent"), [(401, True), (404, True), (503, False), (429, False)])
def test_a_stream_that_can_not_be_opened(
    fake: Streams, code: int, permanent: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.instead = Answer(code, {"error": TOKEN}, {"Retry-After": "9"})
    with pytest.raises(SourceError) as caught:
        hear(source(fake), lambda _: False)
    assert caught.value.permanent is permanent
    assert TOKEN not in str(caught.value) + caplog.text


def test_what_is_heard_after_the_end_is_not_kept(fake: Streams) -> None:
    fake.heard = {"acme": [event("update", status(START, sequence=each)) for each in range(50)]}
    kept = hear(source(fake), lambda _: True)
    assert len(kept) == 1


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    testing = pytest.importorskip("mastodon_mock.testing")
    with testing.MockServer() as server:
        yield server


class TestMastodonMock:
    @pytest.fixture
    def alice(self, server: Any, monkeypatch: pytest.MonkeyPatch) -> mastodon.StreamedSource:
        monkeypatch.setenv("MASTODON_TOKEN", "alice_token")
        brand = Brand(name="Kestrel", hashtags=("kestrel",), handles=("alice",))
        return source(brand=brand, server=server.base_url)

    @pytest.fixture
    def bob(self, server: Any) -> Any:
        from mastodon import Mastodon

        return Mastodon(api_base_url=server.base_url, access_token="bob_token")

    def test_polling_search_mentions_edits_and_deletions(
        self, alice: mastodon.StreamedSource, bob: Any
    ) -> None:
        now = datetime.now(UTC)
        made = [bob.status_post(f"where is parcel {each}? #kestrel") for each in range(60)]
        bob.status_post("of no interest #kestrels")
        to_us = bob.status_post("@alice hello?")
        written = {str(each["id"]) for each in made}
        later = datetime.now(UTC)
        cursors = {}
        for lane in ("#kestrel", "public", "mentions"):
            batches = poll_all(alice, None, later, lane)
            expected = {
                "#kestrel": written,
                "public": written | {str(to_us["id"])},
                "mentions": {str(to_us["id"])},
            }
            assert {key.id for key in keys(batches)} == expected[lane], lane
            cursors[lane] = batches[-1].cursor
        bob.status_update(made[5]["id"], "it came! #kestrel")
        bob.status_delete(made[6]["id"])
        new = [str(bob.status_post(f"and parcel {each}? #kestrel")["id"]) for each in range(90)]
        batches = poll_all(alice, cursors["#kestrel"], datetime.now(UTC), "#kestrel")
        assert {key.id for key in keys(batches)} == {*new, str(made[5]["id"])}
        read = alice.read([str(made[n]["id"]) for n in (5, 6, 7)], now)
        assert [gone.id for gone in read.deleted] == [str(made[6]["id"])]
        assert {reading.id for reading in read.readings} == {str(made[n]["id"]) for n in (5, 7)}
        assert [mention.text for mention in read.mentions] == ["it came! #kestrel"]
        assert "to @alice" in alice.check()

    def test_search(self, alice: mastodon.StreamedSource, bob: Any) -> None:
        made = {str(bob.status_post(f"Kestrel lost number {each}")["id"]) for each in range(3)}
        found = poll_all(alice, None, datetime.now(UTC), "search Kestrel")
        assert {key.id for key in keys(found)} >= made
        assert not found[-1].covered[0].complete, "its search has one page, which is told"

    def test_streams(self, alice: mastodon.StreamedSource, bob: Any) -> None:
        early: list[str] = []
        made: list[str] = []
        heard: set[str] = set()
        come = Event()

        def post(posted: list[str]) -> None:
            posted.append(str(bob.status_post("stream #kestrel")["id"]))
            posted.append(str(bob.status_post("@alice stream")["id"]))

        def opened() -> None:
            for _ in range(100):  # the server does not say when it has subscribed
                post(early)
                if come.wait(0.5):
                    break
            for _ in range(3):
                post(made)

        def enough(kept: list[Batch]) -> bool:
            heard.update(key.id for key in keys(kept))
            if heard & set(early[::2]) and heard & set(early[1::2]):
                come.set()
            return len(made) == 6 and heard >= set(made)

        hear(alice, enough, opened)
        assert heard - set(early) == set(made)
