"""`snapwatch label`: what can be said, in options and in lines of a file, and what is wrong with the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.config import Config
from monitor.errors import InputError
from monitor.learning import teach
from monitor.model import Deleted
from monitor.store import OWN, Store
from tests.monitor.scripted import FOUND, KEY, NOON, config

pytestmark = pytest.mark.usefixtures("one_mention")


def label(settings: Config, id_: str = "1", **said: str) -> str:
    return teach.label(settings, "x", id_, said, "Ann", new=False, forget=False)


def file(tmp_path: Path, *lines: object) -> Path:
    path = tmp_path / "labels.jsonl"
    path.write_text(
        "".join(each if isinstance(each, str) else json.dumps(each) + "\n" for each in lines),
        encoding="utf-8",
    )
    return path


def test_one_mention(store: Store, settings: Config) -> None:
    said = label(settings, complaint="no", relevant="yes", category="billing")
    assert said == "x 1: complaint no, relevance yes, category billing. It counts from now on."
    assert store.read.labels.of(KEY) == {"complaint": "no", "relevance": "yes", "category": "billing"}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({}, "says nothing"),
        ({"complaint": "perhaps"}, 'complaint can\'t be "perhaps"; it is one of no, yes'),
        ({"severity": "bad"}, "no explicit reproach, disapproval, accusation, blame"),
        (
            {"category": "biling"},
            'there is no category "biling"; did you mean billing? a new one is allowed with --new',
        ),
        ({"category": "\x1b[2Jx"}, "there is no category"),
    ],
)
def test_a_label_that_there_is_not(
    store: Store, settings: Config, said: dict[str, str], problem: str
) -> None:
    with pytest.raises(InputError) as caught:
        label(settings, **said)
    assert problem in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert store.read.labels.of(KEY) == {}


def test_a_mention_that_there_is_not_or_no_more(store: Store, settings: Config) -> None:
    with pytest.raises(InputError, match="there is no mention x 77"):
        label(settings, "77", complaint="no")
    store.write(lambda tables: tables.mentions.delete([Deleted("x", "1", NOON)]))
    with pytest.raises(InputError, match="or it was deleted"):
        label(settings, complaint="no")
    assert list(store.read.labels.all()) == []


def test_a_new_category_is_meant_or_configured(store: Store, tmp_path: Path) -> None:
    own = {"type": "bundled", "categories": {"parking": ["no space", "lot is full", "towed away"]}}
    label(config(tmp_path, classifier=own), category="parking")
    with pytest.raises(InputError, match="did you mean parking"):
        label(config(tmp_path, classifier=own), category="parkin")
    teach.label(config(tmp_path), "x", "1", {"category": "seats"}, None, new=True, forget=False)
    label(config(tmp_path), category="seats")
    with pytest.raises(InputError, match="small letters"):
        teach.label(config(tmp_path), "x", "1", {"category": "Two words"}, None, new=True, forget=False)


def test_what_was_said_can_be_taken_back(store: Store, settings: Config) -> None:
    store.write(lambda tables: tables.mentions.classified(KEY, FOUND, NOON))
    label(settings, complaint="no")
    teach.label(settings, "x", "1", {}, None, new=False, forget=True)
    assert store.read.labels.of(KEY) == {}
    assert [each.key for each in store.read.mentions.unclassified(10)] == [KEY]
    with pytest.raises(InputError, match="nothing was said"):
        teach.label(settings, "x", "1", {}, None, new=False, forget=True)


def test_forgetting_and_saying_at_a_time_is_refused(store: Store, settings: Config) -> None:
    label(settings, complaint="no")
    with pytest.raises(InputError, match="say it without --forget"):
        teach.label(settings, "x", "1", {"complaint": "yes", "sarcasm": None}, None, new=False, forget=True)
    assert store.read.labels.of(KEY) == {"complaint": "no"}


def test_a_file_of_labels(
    store: Store, settings: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(
        tmp_path,
        {"source": "x", "id": "1", "complaint": True, "category": "billing", "author": {"id": "ignored"}},
        "nonsense\n",
        {"text": "Our own words", "complaint": False, "relevant": False},
        {"source": "x", "id": "77", "complaint": True},
        {"text": "Our own words", "complaint": "perhaps"},
        "\n",
        {"text": "no label"},
        {"text": " ", "complaint": True},
        {"source": "x", "id": 1, "complaint": True},
        {"complaint": True},
        '{"text": "half \\ud800", "complaint": true}\n',
        [1],
        {"text": "our  OWN words", "sentiment": "neutral"},
        "[" * 100_000 + "\n",
        '{"text": "' + "a" * 1_100_000 + '", "complaint": true}\n',
        {"text": "listed", "category": ["billing"]},
        {"text": "listed", "complaint": ["yes"]},
    )
    assert teach.label_file(settings, path, "Ann", new=False, forget=False) == 1
    said = capsys.readouterr()
    assert said.out == "3 texts labelled, 13 skipped\n"
    numbers = [int(line.split("line ")[1].split(":")[0]) for line in said.err.splitlines()]
    assert sorted(numbers) == [2, 4, 5, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17]
    assert store.read.labels.of(KEY) == {"complaint": "yes", "category": "billing"}
    assert store.read.labels.of(teach.own("Our own words")) == {
        "complaint": "no",
        "relevance": "no",
        "sentiment": "neutral",
    }
    again = file(tmp_path, {"text": "Our own words"}, {"source": "x", "id": "1"})
    assert teach.label_file(settings, again, None, new=False, forget=True) == 0
    assert list(store.read.labels.all()) == []
    assert capsys.readouterr().out == "2 texts forgotten\n"


def test_ids_that_no_terminal_or_database_can_hold(
    store: Store, settings: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(
        tmp_path,
        '{"source": "x", "id": "\\ud800", "complaint": true}\n',
        {"source": "x", "id": "\x1b]0;title\x07", "complaint": True},
        {"source": "x", "id": "1", "complaint": True},
        '{"source": "x", "id": NaN, "complaint": true}\n',
        '{"source": "x", "id": 1e999, "complaint": true}\n',
        {"source": "x", "id": ["1"], "complaint": True},
    )
    assert teach.label_file(settings, path, None, new=False, forget=False) == 1
    said = capsys.readouterr()
    assert said.out == "1 text labelled, 5 skipped\n"
    assert "line 4: not JSON: NaN is no number" in said.err
    assert "line 5: not JSON that can be read: a number is too large" in said.err
    assert "line 6: id must be a string, not a list" in said.err
    assert "line 1: id holds half of a surrogate pair" in said.err
    assert "line 2: there is no mention x ]0;title" in said.err
    assert "\x1b" not in said.err
    with pytest.raises(InputError, match="half of a surrogate"):
        label(settings, "\udcff", complaint="no")


def test_a_file_that_is_not_there(store: Store, settings: Config, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        teach.label_file(settings, tmp_path / "none.jsonl", None, new=False, forget=False)


def test_the_id_of_a_text_is_no_mentions(store: Store) -> None:
    assert teach.own("a").source == OWN
    assert teach.own("RT @ann:  A ") == teach.own("a")
    assert teach.own("a") != teach.own("b")
