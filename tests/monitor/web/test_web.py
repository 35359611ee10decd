"""The acknowledge page: GET shows, POST acts, and hostile text stays text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError

from monitor.errors import StoreError
from monitor.web import figures
from monitor.web.links import Links
from monitor.web.sections import WebSettings
from tests.monitor.web.sites import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


def test_get_shows_and_changes_nothing(site: Site) -> None:
    for _ in range(3):
        answer = site.client.get(site.link)
    assert answer.status_code == 200
    assert site.state == "open"
    assert "60% likely to cross" in answer.text
    assert "First is on it" in answer.text
    assert 'value="acknowledge"' in answer.text


def test_hostile_text_stays_text(site: Site) -> None:
    answer = site.client.get(site.link)
    assert "<script" not in answer.text
    assert "{{ 7*7 }}" in answer.text
    assert "javascript:" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_forged_and_cut_links_get_a_helpful_page(site: Site, tmp_path: Path) -> None:
    token = site.link.rsplit("/", 1)[1]
    other_key = str(Links(tmp_path / "other.key", "https://x.example").make(1, "First")).rsplit("/", 1)[1]
    for bad in (token[:-1], "2" + token[1:], other_key, "1-", "1", "x", "%00", "é", "9" * 40):
        answer = site.client.post(f"/a/{bad}", data={"action": "acknowledge"})
        assert answer.status_code == 404
        assert "snapwatch ack" in answer.text
    assert site.state == "open"


def test_a_link_of_somebody_who_has_left_is_refused(site: Site) -> None:
    link = str(site.links.make(1, "Third")).removeprefix("https://watch.example.org")
    assert site.client.get(link).status_code == 404


def test_a_link_expires(site: Site) -> None:
    site.clock.forward(days=15)
    assert "older than two weeks" in site.client.get(site.link).text


def test_a_link_fits_into_an_sms(site: Site) -> None:
    assert len(str(site.links.make(123_456, "First"))) <= 60


def test_a_link_to_an_alert_that_is_gone(site: Site) -> None:
    link = str(site.links.make(99, "First")).removeprefix("https://watch.example.org")
    assert site.client.get(link).status_code == 404


def test_strangers_who_ask_often_cost_one_look(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "KEPT_SECONDS", 1e9)
    assert site.client.get("/healthz").json() == {"status": "ok"}
    site.healthy = False
    assert site.client.get("/healthz").json() == {"status": "ok"}  # of a moment ago
    assert site.screen.get("/healthz").json()["status"] == "failing"


def test_healthz(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "KEPT_SECONDS", 0.0)
    assert site.screen.get("/healthz").json() == {"status": "ok", "problems": []}
    assert site.client.get("/healthz").json() == {"status": "ok"}
    site.healthy = False
    assert site.screen.get("/healthz").status_code == 503
    failing = site.client.get("/healthz")
    assert (failing.status_code, failing.json()) == (503, {"status": "failing"})


TOKEN = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("web", "headers", "here", "elsewhere"),
    [
        ({}, {}, True, False),
        ({}, {"authorization": f"Bearer {TOKEN}"}, True, False),
        ({"metrics_token": TOKEN}, {}, True, False),
        ({"metrics_token": TOKEN}, {"authorization": f"Bearer {TOKEN}"}, True, True),
        ({"metrics_token": TOKEN}, {"authorization": f"bearer  {TOKEN}"}, True, True),
        ({"metrics_token": TOKEN}, {"authorization": f"Bearer {TOKEN}0"}, False, False),
        ({"metrics_token": TOKEN}, {"authorization": "Bearer"}, False, False),
        ({"metrics_token": TOKEN}, {"authorization": "Bearer é"}, False, False),
        ({"metrics_token": TOKEN}, {"authorization": f"Basic {TOKEN}"}, True, False),
        ({}, {"x-forwarded-for": "192.0.2.1"}, False, False),
        ({}, {"host": "evil.example"}, False, False),
        ({"public_url": "https://watch.example.org"}, {}, True, False),  # Prometheus beside it needs no token
        ({"sign_in": True}, {}, False, False),  # others are on this machine
        ({"sign_in": True, "metrics_token": TOKEN}, {"authorization": f"Bearer {TOKEN}"}, True, True),
    ],
)
def test_figures_are_for_this_machine_and_who_shows_the_token(
    tmp_path: Path, web: dict[str, object], headers: dict[str, str], here: bool, elsewhere: bool
) -> None:
    if "metrics_token" in web:
        (tmp_path / "token").write_text(f"{TOKEN}\n")
        web = web | {"metrics_token": {"file": str(tmp_path / "token")}}
    site = Site(tmp_path, web=web)
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    for client, may in ((site.screen, here), (site.client, elsewhere)):
        answer = client.get("/metrics", headers=sent)
        assert answer.status_code == (200 if may else 401)
        assert ("snapwatch_mentions" in answer.text) == may
        assert may or answer.headers["www-authenticate"].startswith("Bearer")
        assert may or ("unless [web] has sign_in" in answer.text and "metrics_token" in answer.text)
        assert ("problems" in client.get("/healthz", headers=sent).json()) == may
    site.store.close()


@pytest.mark.parametrize("token", ["short", "x" * 31, "with a space in the middle of it, and long"])
def test_a_token_that_can_be_guessed_is_none(tmp_path: Path, token: str) -> None:
    (tmp_path / "token").write_text(token)
    with pytest.raises(ValidationError, match="openssl rand -hex 32"):
        WebSettings.model_validate({"metrics_token": {"file": str(tmp_path / "token")}})


def test_the_key_is_private_and_lasts(tmp_path: Path) -> None:
    first = Links(tmp_path / "key", "https://watch.example.org").make(1, "First")
    assert first is not None
    assert oct((tmp_path / "key").stat().st_mode)[-3:] == "600"
    again = Links(tmp_path / "key", "https://watch.example.org")
    assert again.read(first.rsplit("/", 1)[1], ["First"]).person == "First"
    assert Links(tmp_path / "key", None).make(1, "First") is None


def test_a_damaged_key_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("short")
    with pytest.raises(StoreError, match="remove the file"):
        Links(tmp_path / "key", None)
    with pytest.raises(StoreError, match="acknowledge links can't be"):
        Links(tmp_path / "key" / "below", None)


def test_the_page_says_which_lane_is_not_read(site: Site) -> None:
    assert "may be missing" not in site.client.get(site.link).text
    due = site.clock.now() + timedelta(minutes=5)
    site.store.write(lambda tables: tables.jobs.failed("poll x", "x: X answers <503>", 4, due))
    assert "Not read since 12:00: x (X answers &lt;503&gt;)" in site.client.get(site.link).text


def test_metrics_are_what_prometheus_reads(site: Site) -> None:
    answer = site.screen.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    samples = {each.name for family in text_string_to_metric_families(answer.text) for each in family.samples}
    assert {"snapwatch_mentions", "snapwatch_pages_total", "snapwatch_poll_seconds_count"} <= samples
    assert site.screen.post("/metrics").status_code == 405
