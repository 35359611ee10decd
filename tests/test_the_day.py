"""The made-up day through the shipped model, forecast and rules: one page, early; everything else is quiet."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import app
from monitor.config import parse
from monitor.model import Mention
from monitor.pipeline import Pipeline
from monitor.ports import Ask
from monitor.store import Store
from tests.monitor.scripted import FakeClock, ScriptedChannel, one_pass

ROOT = Path(__file__).resolve().parent.parent
MORNING = datetime(2026, 11, 1, 9, tzinfo=UTC)
CLOSE = timedelta(hours=4, minutes=30)
"""So long the day is watched every five minutes, and every hour after that."""


def test_the_day_brings_one_early_page_and_the_dead_video_none(tmp_path: Path) -> None:
    document = tomllib.loads((ROOT / "config.example.toml").read_text(encoding="utf-8"))
    config = parse(document | {"store": {"path": str(tmp_path / "day.db")}}, "example", ROOT)
    store = Store(config.store.path)
    clock, mail, sms = FakeClock(MORNING), ScriptedChannel(), ScriptedChannel("sms", "sms")
    parts = app.compose(config, store, begin=True)
    parts = replace(parts, clock=clock, channels={"email": mail, "sms": sms})  # type: ignore[dict-item]
    pipeline = Pipeline(parts)
    while clock.now() <= MORNING + timedelta(days=1):
        pipeline.schedule(clock.now())
        one_pass(pipeline, store, clock.now())
        clock.forward(minutes=5 if clock.now() < MORNING + CLOSE else 60)

    (alert,) = store.read.alerts.active()
    crossed_at = store.read.weekly.crossed_at(alert.story_id, config.rules)
    assert crossed_at is not None
    events = store.read.alerts.events(alert.id)
    critical = next((each.at for each in events if "now critical" in each.note), alert.opened_at)
    assert alert.severity == "critical"
    assert crossed_at - alert.opened_at >= timedelta(minutes=60)
    assert crossed_at - critical >= timedelta(minutes=30)
    assert "recycling container" in store.read.stories.top(alert.story_id, 1)[0].mention.text

    video = next(
        each
        for each in store.read.mentions.records()
        if isinstance(each, Mention) and each.text.startswith("UNBELIEVABLE.")
    )
    readings = store.read.mentions.readings(video.key)
    measure, viral_at = parts.measure_of(video.source)
    for reading in readings:
        (said,) = parts.forecaster.forecast([Ask(video, readings, viral_at, measure)], reading.at)
        assert said is None or said.p_viral < config.rules.page_at

    assert store.write(lambda tables: tables.held.brief(clock.now())) == 0
    assert not [subject for _, subject, _ in mail.sent if "brief" in subject]
    (digest,) = [subject for _, subject, _ in mail.sent if "week of" in subject]
    assert "1 went viral" in digest
    store.close()
