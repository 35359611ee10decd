"""History out and in again, with what people said."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.commands.transfer import export, import_files
from monitor.config import Config
from monitor.learning import teach
from monitor.model import Deleted, MentionKey
from monitor.store import Store
from tests.monitor.scripted import KEY, NOON, config, fill, mention

OURS = "Our own words, half \u2028 a line"


pytestmark = pytest.mark.usefixtures("one_mention")


@pytest.fixture
def other(tmp_path: Path) -> Config:
    """Another installation."""
    folder = tmp_path / "other"
    folder.mkdir()
    made = Store(folder / "test.db")
    fill(made, folder)
    made.close()
    return config(folder)


def exported(settings: Config) -> str:
    out = io.StringIO()
    export(settings, out)
    return out.getvalue()


def imported(settings: Config, text: str) -> int:
    path = settings.store.path.with_name("in.jsonl")
    path.write_text(text, encoding="utf-8")
    return import_files(settings, [path])


def say(store: Store, key: MentionKey, text: str | None = None, hours: int = 0, **said: str) -> None:
    at = NOON - timedelta(hours=hours)
    store.write(lambda tables: tables.labels.add(key, said, "Ann" if text is None else None, at, text))


def test_what_people_said_goes_out_and_comes_in_again(store: Store, settings: Config, other: Config) -> None:
    say(store, KEY, hours=2, complaint="no", relevance="no", category="parking")
    say(store, KEY, hours=1, complaint="yes")
    say(store, teach.own(OURS), OURS, sentiment="neutral")
    lines = [json.loads(line) for line in exported(settings).splitlines()]
    about = {"type": "label", "source": "x", "id": "1", "by": "Ann"}
    assert [line for line in lines if line["type"] == "label"] == [
        about | {"at": "2026-11-01T10:00:00Z", "complaint": "no"},
        about | {"at": "2026-11-01T10:00:00Z", "relevant": "no"},
        about | {"at": "2026-11-01T10:00:00Z", "category": "parking"},
        about | {"at": "2026-11-01T11:00:00Z", "complaint": "yes"},
        {"type": "label", "text": OURS, "at": "2026-11-01T12:00:00Z", "sentiment": "neutral"},
    ]
    times = [line.get("created_at") or line["at"] for line in lines]
    assert times == sorted(times)
    for _ in range(2):
        assert imported(other, exported(settings)) == 0
        assert exported(other) == exported(settings)
    assert Store(other.store.path).read.labels.of(KEY) == {
        "complaint": "yes",
        "relevance": "no",
        "category": "parking",
    }


def test_a_mention_is_assessed_by_the_word_that_came_in(store: Store, settings: Config) -> None:
    label = {"type": "label", "source": "x", "id": "1", "at": "2026-11-01T11:00:00Z", "complaint": "yes"}
    assert imported(settings, json.dumps(label)) == 0
    found = store.read.mentions.classification(KEY)
    assert found is not None
    assert found.complaint == 1.0


def test_labels_that_can_not_be_used_are_named_and_skipped(
    store: Store, settings: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    store.write(lambda tables: tables.mentions.add([mention(2)], NOON))
    store.write(lambda tables: tables.mentions.delete([Deleted("x", "2", NOON)]))
    label = {"type": "label", "source": "x", "id": "1", "at": "2999-11-01T11:00:00Z", "complaint": "yes"}
    lines = [
        label | {"complaint": "perhaps"},
        label | {"id": "2"},
        label | {"by": 7},
        label,
        label | {"id": None},
        {"type": "opinion"},
        label | {"category": "Two Words"},
    ]
    assert imported(settings, "".join(json.dumps(line) + "\n" for line in lines)) == 1
    said = capsys.readouterr()
    assert said.out == "1 line read, 6 skipped\n"
    numbers = [int(line.split("line ")[1].split(":")[0]) for line in said.err.splitlines()]
    assert sorted(numbers) == [1, 2, 3, 5, 6, 7]
    (found,) = store.read.labels.all()
    assert (found.label, found.at.year) == ("yes", NOON.year), "nobody speaks from the future"
