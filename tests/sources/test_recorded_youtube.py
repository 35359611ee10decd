"""Answers of the real YouTube Data API, recorded in 2019. They lie beside the project and are skipped where they don't."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import SourceError
from monitor.intake.brand import Brand
from sources import youtube
from tests.contract_sources import poll_all
from tests.fake_platforms import Answer, Platform

pytest.importorskip("googleapiclient")

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads" / "youtube"
NOW = datetime(2019, 12, 6, tzinfo=UTC)
VIDEO = "F1UP7wRCPH8"

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the recorded answers are not here")


class Recorded(Platform):
    hosts = ("youtube.googleapis.com",)

    def play(self, *files: str) -> None:
        self.will(*(Answer(200, json.loads((PAYLOADS / name).read_text(encoding="utf-8"))) for name in files))

    def source(self, **changes: Any) -> youtube.YouTubeSource:
        values = {"type": "youtube", "api_key": {"env": "YOUTUBE_KEY"}, "lookback_hours": 8760}
        source = youtube.YouTubeSource(
            youtube.Settings.model_validate(values | changes), "youtube", Brand(name="surfing")
        )
        self.mount(source.session)
        return source


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    monkeypatch.setenv("YOUTUBE_KEY", "key")
    with Recorded(NOW) as fake:
        yield fake


def test_two_pages_of_threads(fake: Recorded) -> None:
    fake.play(
        "comment_threads/comment_threads_by_video_paged_1.json",
        "comments/comments_by_parent_paged_2.json",
        "comment_threads/comment_threads_by_video_paged_2.json",
    )
    source = fake.source(videos=[VIDEO])
    batches = poll_all(source, None, NOW, f"video/{VIDEO}")
    mentions = [mention for batch in batches for mention in batch.mentions]
    threads = [mention for mention in mentions if mention.in_reply_to is None]
    assert [request.path.rpartition("/")[2] for request in fake.requests] == [
        "commentThreads",
        "comments",
        "commentThreads",
    ]
    assert len(threads) == 5  # the second page was recorded as a copy of the first
    assert threads[0].author.name == "himani agarwal"
    assert threads[0].text == "Google.com"
    assert threads[0].created_at == datetime(2019, 11, 26, 15, 51, 44, tzinfo=UTC)
    assert all(
        mention.in_reply_to == mention.id.split(".")[0] for mention in mentions if mention not in threads
    )


def test_a_search(fake: Recorded) -> None:
    fake.play("search/search_by_keywords_p1.json")
    batch = fake.source(search=True).poll(None, NOW, "search")
    titles = [mention.text.partition("\n")[0] for mention in batch.mentions]
    assert "SURFING PERFECT PIPE & BACKDOOR || SUNRISE SHACK!" in titles
    assert all("surfing" in mention.text.lower() for mention in batch.mentions)
    assert batch.more


def test_a_refusal(fake: Recorded) -> None:
    fake.will(Answer(403, json.loads((PAYLOADS / "error_permission_resp.json").read_text(encoding="utf-8"))))
    with pytest.raises(SourceError, match="does not let this account") as caught:
        fake.source(videos=[VIDEO]).poll(None, NOW, f"video/{VIDEO}")
    assert caught.value.permanent
