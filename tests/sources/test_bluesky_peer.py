"""Bluesky's own software, started from npm's @atproto/dev-env: posts of a real client, through its firehose and its
app view; replies to them.

`make peers` installs them; DB_POSTGRES_URL and REDIS_HOST add the app view.
Its search finds a part of a text, as it is written, so that it proves nothing about what Bluesky's search matches.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from monitor.errors import PostError, SourceError
from monitor.model import Author, Batch, Mention
from monitor.reply import Approved
from sources import bluesky, bluesky_stream
from sources.bluesky_reply import BlueskyPoster
from tests import peers
from tests.contract_posters import TEXTS
from tests.contract_sources import BRAND, poll_all
from tests.fake_platforms import Answer, Platform, Request
from tests.fakes.bluesky import FakeBluesky

PROGRAM = Path(__file__).resolve().parents[1] / "peers" / "bluesky.cjs"
PASSWORD = "app-SECRET-0123"

pytestmark = [
    pytest.mark.skipif(not shutil.which("node"), reason="node is not here"),
    pytest.mark.skipif(
        not peers.has("@atproto/dev-env"), reason="@atproto/dev-env is not here (`make peers`)"
    ),
]


class Peer:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._clients: list[Any] = []
        self.at: dict[str, str] = self._line()

    def _line(self) -> dict[str, str]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "it ended"
        found: dict[str, str] = json.loads(line)
        return found

    def indexed(self) -> None:
        """Waits until the app view knows all that was written."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._line()

    def close(self) -> None:
        for client in self._clients:
            client.request.close()
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)

    def account(self) -> Any:
        """A real client of a new account."""
        from atproto import Client, models

        name = f"a{uuid.uuid4().hex[:12]}"
        client = Client(self.at["pds"])
        self._clients.append(client)
        account = models.ComAtprotoServerCreateAccount.Data(
            handle=f"{name}.test", email=f"{name}@example.com", password=PASSWORD
        )
        client.com.atproto.server.create_account(account)
        client.login(f"{name}.test", PASSWORD, fetch_bsky_profile=False)
        client.me = models.AppBskyActorDefs.ProfileViewDetailed(
            did=client._session.did, handle=f"{name}.test"
        )
        return client

    @property
    def firehose(self) -> str:
        return f"ws://localhost:{urlsplit(self.at['pds']).port}/xrpc/com.atproto.sync.subscribeRepos"


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    log = tmp_path_factory.mktemp("peer") / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            ["node", str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=peers.ENVIRONMENT,
        ) as process,
    ):
        peer = Peer(process)
        yield peer
        peer.close()


def now() -> datetime:
    return datetime.now(UTC)


def source(peer: Peer, public: Platform, **changes: Any) -> bluesky.BlueskySource:
    settings = bluesky.Settings.model_validate({"type": "bluesky", "stream": peer.firehose} | changes)
    made = bluesky.BlueskySource(settings, "bluesky", BRAND)
    public.mount(made.session)
    return made


def started(made: bluesky.BlueskySource, client: Any) -> str:
    """The cursor of a first poll, which needs somebody who writes, since a stream without events is silent."""
    with ThreadPoolExecutor() as pool:
        first = pool.submit(made.poll, None, now())
        while not first.done():
            client.send_post("good morning")
    return first.result().cursor or ""


def test_posts_of_a_real_client_come_through_the_firehose(peer: Peer) -> None:
    from atproto import models

    with FakeBluesky(now()) as public:
        client = peer.account()
        cursor = started(source(peer, public), client)
        first = client.send_post("acme is late", langs=["en-GB"])
        client.send_post("what a day")
        client.like(first.uri, first.cid)
        parent = models.create_strong_ref(first)
        reply = client.send_post(
            "acme, answer me", reply_to=models.AppBskyFeedPost.ReplyRef(parent=parent, root=parent)
        )
        quote = client.send_post("look at acme", embed=models.AppBskyEmbedRecord.Main(record=parent))
        [batch] = poll_all(source(peer, public), cursor, now())
        said = {mention.id: mention for mention in batch.mentions}
        assert list(said) == [first.uri, reply.uri, quote.uri]
        assert said[first.uri].text == "acme is late"
        assert said[first.uri].language == "en"
        assert said[first.uri].author.id == client.me.did
        assert abs(said[first.uri].created_at - now()) < timedelta(minutes=5)
        assert (said[reply.uri].in_reply_to, said[quote.uri].quoted) == (first.uri, first.uri)


def test_the_firehose_is_played_back_after_a_restart(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """In several stretches, each by a new source; nothing is lost, nothing comes twice, nothing new brings nothing."""
    monkeypatch.setattr(bluesky_stream, "FOUND", 7)
    with FakeBluesky(now()) as public:
        client = peer.account()
        cursor = started(source(peer, public), client)
        written = [client.send_post(f"acme {number}").uri for number in range(30)]
        batches: list[Batch] = []
        while not batches or batches[-1].more:
            batches.append(source(peer, public).poll(cursor, now()))
            cursor = batches[-1].cursor or ""
        assert len(batches) >= 4
        assert [mention.id for batch in batches for mention in batch.mentions] == written
        assert all(interval.complete for batch in batches for interval in batch.covered)
        [quiet] = poll_all(source(peer, public), cursor, now())
        assert (quiet.mentions, quiet.deleted) == ((), ())


def test_edits_and_deletions_come_through_the_firehose(peer: Peer) -> None:
    from atproto import models

    with FakeBluesky(now()) as public:
        client = peer.account()
        cursor = started(source(peer, public), client)
        edited, deleted = client.send_post("acme is late"), client.send_post("acme is slow")
        [batch] = poll_all(source(peer, public), cursor, now())
        assert len(batch.mentions) == 2
        record = models.AppBskyFeedPost.Record(text="acme was late", created_at=client.get_current_time_iso())
        client.com.atproto.repo.put_record(
            models.ComAtprotoRepoPutRecord.Data(
                repo=client.me.did,
                collection="app.bsky.feed.post",
                rkey=edited.uri.rsplit("/", 1)[1],
                record=record,
            )
        )
        client.delete_post(deleted.uri)
        [batch] = poll_all(source(peer, public), batch.cursor, now())
        assert [(mention.id, mention.text) for mention in batch.mentions] == [(edited.uri, "acme was late")]
        assert [each.id for each in batch.deleted] == [deleted.uri]


def test_a_firehose_that_began_anew_is_told(peer: Peer) -> None:
    """A number that it has not reached yet: it says so, and is read from its present on."""
    with FakeBluesky(now()) as public:
        client = peer.account()
        position = bluesky_stream.Position(time=bluesky_stream.micros(now() - timedelta(hours=5)), seq=10**9)
        made = source(peer, public)
        with ThreadPoolExecutor() as pool:
            polled = pool.submit(made.poll, position.model_dump_json(), now())
            while not polled.done():
                client.send_post("good morning")
        lost = polled.result().covered[0]
        assert (lost.complete, lost.note) == (False, "the stream has forgotten it")
        assert lost.end - lost.start > timedelta(hours=4)


class Elsewhere(Platform):
    """A host of Bluesky, which really is at another address."""

    def __init__(self, host: str, url: str) -> None:
        super().__init__()
        self.hosts, self._url = (host,), url

    @property
    def url(self) -> str:
        return self._url


class TestAppView:
    @pytest.fixture
    def made(self, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> Any:
        if not peer.at["view"]:
            pytest.skip("DB_POSTGRES_URL and REDIS_HOST name no PostgreSQL and no Redis")
        monkeypatch.setenv("BLUESKY_PASSWORD", PASSWORD)
        client = peer.account()

        def made() -> bluesky.BlueskySource:
            changes = {"identifier": client.me.handle, "app_password": {"env": "BLUESKY_PASSWORD"}}
            source_ = bluesky.BlueskySource(
                bluesky.Settings.model_validate({"type": "bluesky", "stream": peer.firehose} | changes),
                "bluesky",
                BRAND,
            )
            for host, url in (("public.api.bsky.app", peer.at["view"]), ("bsky.social", peer.at["pds"])):
                platform = Elsewhere(host, url)
                platform.mount(source_.session)
            return source_

        return made

    def test_search_counters_authors_and_deletion(self, peer: Peer, made: Any) -> None:
        writer, reader = peer.account(), peer.account()
        post = writer.send_post("acme is late", langs=["en"])
        doomed = writer.send_post("acme is slow")
        reader.like(post.uri, post.cid)
        reader.repost(post.uri, post.cid)
        reader.follow(writer.me.did)
        peer.indexed()
        found = {
            each.id: each for batch in poll_all(made(), None, now(), "search acme") for each in batch.mentions
        }
        assert {post.uri, doomed.uri} <= set(found)
        author = found[post.uri].author
        assert (author.handle, author.followers) == (writer.me.handle, 1)
        reading = next(each for each in made().read([post.uri], now()).readings)
        assert (reading.likes, reading.reposts, reading.replies, reading.quotes) == (1, 1, 0, 0)
        writer.delete_post(doomed.uri)
        peer.indexed()
        later = now() + bluesky.INDEXING + timedelta(minutes=1)
        batch = made().read([post.uri, doomed.uri], later)
        assert [each.id for each in batch.readings] == [post.uri]
        assert [each.id for each in batch.deleted] == [doomed.uri]

    def test_the_account_is_deactivated(self, peer: Peer, made: Any) -> None:
        from atproto import models

        writer = peer.account()
        post = writer.send_post("acme is late")
        peer.indexed()
        assert [each.id for each in made().read([post.uri], now()).readings] == [post.uri]
        writer.com.atproto.server.deactivate_account(models.ComAtprotoServerDeactivateAccount.Data())
        peer.indexed()
        later = now() + bluesky.INDEXING + timedelta(minutes=1)
        assert [each.id for each in made().read([post.uri], later).deleted] == [post.uri]

    def test_the_stream_with_true_authors(self, peer: Peer, made: Any) -> None:
        writer = peer.account()
        cursor = started(made(), writer)
        post = writer.send_post("acme is late")
        peer.indexed()
        [batch] = poll_all(made(), cursor, now())
        [mention] = batch.mentions
        assert (mention.id, mention.author.handle) == (post.uri, writer.me.handle)

    def test_a_wrong_password(self, peer: Peer, made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BLUESKY_PASSWORD", "wrong-SECRET")
        with pytest.raises(SourceError, match="refuses the credentials") as caught:
            made().poll(None, now(), "search acme")
        assert caught.value.permanent


class Account(Platform):
    """An account server that has no app view to ask: what it would show of a post is told here, all else is its own."""

    hosts = ("bsky.social",)

    def __init__(self, pds: str) -> None:
        super().__init__()
        self._pds = pds
        self.views: dict[str, dict[str, Any]] = {}
        self.loses = False
        """The answer to the next reply gets lost."""

    def answer(self, request: Request) -> Answer:
        if request.path.endswith("app.bsky.feed.getPosts"):
            return Answer(200, {"posts": [self.views[request.params["uris"]]]})
        passed = ("authorization", "content-type")
        headers: dict[str, str] = {name: value for name, value in request.headers.items() if name in passed}
        url = f"{self._pds}{request.path}?{request.query}"
        true = requests.request(request.method, url, data=request.body.encode(), headers=headers, timeout=30)
        lost = self.loses and request.path.endswith("createRecord")
        self.loses = self.loses and not lost
        return Answer(true.status_code, true.content, drop=lost)


def poster_of(client: Any, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> BlueskyPoster:
    monkeypatch.setenv("BLUESKY_PASSWORD", PASSWORD)
    login = {"identifier": client.me.handle, "app_password": {"env": "BLUESKY_PASSWORD"}}
    made = bluesky.poster(bluesky.Settings.model_validate({"type": "bluesky", "reply": login}), "bluesky")
    assert isinstance(made, BlueskyPoster)
    platform.mount(made.session)
    return made


def mention_of(client: Any, post: Any) -> Mention:
    return Mention(
        "bluesky", post.uri, Author(client.me.did, client.me.handle), "", "https://bsky.app", now()
    )


def approved_for(client: Any, text: str = "sorry", key: str = "reply 12") -> Approved:
    return Approved(f"@{client.me.handle} {text}", ("Sam",), now(), key)


class TestReplies:
    """Without an app view: what an account server takes, refuses and finds."""

    @pytest.fixture
    def account(self, peer: Peer) -> Iterator[Account]:
        with Account(peer.at["pds"]) as account:
            yield account

    @pytest.fixture
    def customer(self, peer: Peer) -> Any:
        return peer.account()

    @pytest.fixture
    def poster(self, peer: Peer, account: Account, monkeypatch: pytest.MonkeyPatch) -> BlueskyPoster:
        return poster_of(peer.account(), account, monkeypatch)

    @pytest.fixture
    def to(self, customer: Any, account: Account) -> Mention:
        post = customer.send_post("acme is late")
        account.views[post.uri] = {"uri": post.uri, "cid": post.cid, "record": {}, "author": {}}
        return mention_of(customer, post)

    @pytest.mark.parametrize("text", TEXTS)
    def test_it_is_there_once_and_found(
        self, poster: BlueskyPoster, to: Mention, customer: Any, text: str
    ) -> None:
        approved = approved_for(customer, text)
        assert poster.find(approved, to, now(), now()) is None
        posted = poster.post(approved, to, now())
        assert poster.post(approved, to, now()) == posted
        assert poster.find(approved, to, now(), now()) == posted
        did, rkey = posted.id.split("/")[2], posted.id.split("/")[4]
        kept = customer.com.atproto.repo.list_records(
            {"repo": did, "collection": "app.bsky.feed.post"}
        ).records
        assert [(each.uri, each.value.text) for each in kept] == [(posted.id, approved.text)]
        value = customer.get_post(rkey, did).value
        assert value.reply.parent.uri == value.reply.root.uri == to.id
        assert value.facets[0].features[0].did == customer.me.did
        assert value.facets[0].index.byte_end == len(f"@{customer.me.handle}")

    def test_an_answer_that_is_lost(
        self, poster: BlueskyPoster, to: Mention, customer: Any, account: Account
    ) -> None:
        approved = approved_for(customer)
        account.loses = True
        with pytest.raises(PostError) as caught:
            poster.post(approved, to, now())
        assert not caught.value.permanent
        found = poster.find(approved, to, now(), now())
        assert found
        assert poster.post(approved, to, now()) == found

    def test_a_text_that_is_too_long(self, poster: BlueskyPoster, to: Mention, customer: Any) -> None:
        with pytest.raises(PostError, match="refuses the text") as caught:
            poster.post(approved_for(customer, "a" * 300), to, now())
        assert caught.value.permanent

    def test_check_and_a_wrong_password(
        self, peer: Peer, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = peer.account()
        assert f"replies as @{client.me.handle} on" in poster_of(client, account, monkeypatch).check()
        monkeypatch.setattr(f"{__name__}.PASSWORD", "wrong-SECRET")
        with pytest.raises(PostError, match="refuses the credentials") as caught:
            poster_of(client, account, monkeypatch).check()
        assert caught.value.permanent


class TestRepliesInTheAppView:
    """What the network makes of them: the thread, who is told, and who may not reply."""

    @pytest.fixture
    def brand(self, peer: Peer) -> Any:
        return peer.account()

    @pytest.fixture
    def poster(self, peer: Peer, brand: Any, monkeypatch: pytest.MonkeyPatch) -> BlueskyPoster:
        if not peer.at["view"]:
            pytest.skip("DB_POSTGRES_URL and REDIS_HOST name no PostgreSQL and no Redis")
        return poster_of(brand, Elsewhere("bsky.social", peer.at["pds"]), monkeypatch)

    def test_it_stands_in_its_thread_and_the_customer_is_told(
        self, peer: Peer, brand: Any, poster: BlueskyPoster
    ) -> None:
        from atproto import models

        customer, other = peer.account(), peer.account()
        first = models.create_strong_ref(other.send_post("who has a parcel?"))
        ref = models.AppBskyFeedPost.ReplyRef(parent=first, root=first)
        post = customer.send_post("acme has mine", reply_to=ref)
        peer.indexed()
        approved = approved_for(customer)
        posted = poster.post(approved, mention_of(customer, post), now())
        peer.indexed()
        thread = customer.get_post_thread(first.uri).thread
        [answer] = thread.replies[0].replies
        assert (answer.post.uri, answer.post.record.text) == (posted.id, approved.text)
        [told] = customer.app.bsky.notification.list_notifications().notifications
        assert (told.uri, told.author.did) == (posted.id, brand.me.did)
        assert told.reason in ("reply", "mention")  # it is both

    def test_a_thread_that_nobody_may_reply_to(self, peer: Peer, poster: BlueskyPoster) -> None:
        from atproto import models

        customer = peer.account()
        post = customer.send_post("acme is late")
        gate = models.AppBskyFeedThreadgate.Record(
            post=post.uri, created_at=customer.get_current_time_iso(), allow=[]
        )
        where = {
            "repo": customer.me.did,
            "collection": "app.bsky.feed.threadgate",
            "rkey": post.uri.split("/")[4],
        }
        customer.com.atproto.repo.create_record(models.ComAtprotoRepoCreateRecord.Data(**where, record=gate))
        peer.indexed()
        with pytest.raises(PostError, match="has chosen who may") as caught:
            poster.post(approved_for(customer), mention_of(customer, post), now())
        assert caught.value.permanent

    @pytest.mark.parametrize("blocks", ["customer", "brand"])
    def test_somebody_has_blocked_the_other(
        self, peer: Peer, brand: Any, poster: BlueskyPoster, blocks: str
    ) -> None:
        from atproto import models

        customer = peer.account()
        post = customer.send_post("acme is late")
        who, whom = (customer, brand) if blocks == "customer" else (brand, customer)
        block = models.AppBskyGraphBlock.Record(subject=whom.me.did, created_at=who.get_current_time_iso())
        who.app.bsky.graph.block.create(who.me.did, block)
        peer.indexed()
        with pytest.raises(PostError, match="block") as caught:
            poster.post(approved_for(customer), mention_of(customer, post), now())
        assert caught.value.permanent

    def test_a_post_that_is_gone(self, peer: Peer, poster: BlueskyPoster) -> None:
        customer = peer.account()
        post = customer.send_post("acme is late")
        customer.delete_post(post.uri)
        peer.indexed()
        for later, permanent in ((timedelta(0), False), (timedelta(minutes=11), True)):
            with pytest.raises(PostError, match="does not show the post") as caught:
                poster.post(approved_for(customer), mention_of(customer, post), now() + later)
            assert caught.value.permanent is permanent
