"""The shipped playbooks say what a good answer says, wherever it is sent; your own are read, or told what is wrong."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.length import length, limit
from alerts.lint import Linter, LintSettings
from alerts.snap import GENERAL, Playbook, Reply, Service, load_playbooks
from alerts.snap.compose import ROOM, Setting, compose
from alerts.snap.drafter import AGAIN
from alerts.snap.playbooks import LARGEST, PRAISE, files_in, shipped_files, table_in
from alerts.snap.wording import variables
from classifiers.categories import OTHER, shipped
from monitor.errors import ConfigError
from monitor.reply import Draft, Fact, Occasion

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday, which has the longest name
SHIPPED = load_playbooks()
PUBLIC = ("short", "long")
FORMS = (*PUBLIC, "private", "holding")
FACTS = (
    Fact("product", "bags"),
    Fact("ours", "website"),
    Fact("place", "at the Leeds depot"),
    Fact("date", "since Monday"),
    Fact("wait", "over an hour"),
    Fact("flight", "UA1234"),
)
SAID = ((), FACTS, *((fact,) for fact in FACTS))
HANDLES = {"x": "@fifteen_letters", "bluesky": "@a-rather-long-name.bsky.social"}
CONTACTS = ("direct message", "help@acme.example", "https://acme.example/help/customers")


def drafts(
    book: Playbook,
    form: str,
    platform: str = "x",
    contact: str = CONTACTS[0],
    *,
    asked: bool = True,
    rooms: Sequence[int] = (0, ROOM // 2, ROOM),
) -> list[Draft]:
    """The form for all kinds of posts. `asked`: the first question of the playbook is asked."""
    if getattr(book, form) is None:
        return []
    service = Service(contact=contact)
    customer = "" if form in ("private", "holding") else HANDLES[platform]
    values = variables(book, form, contact, "Acme", "Christopher", customer, platform)
    time = (service.report_at(NOW), service.report_by(NOW))
    gave = () if asked else (*FACTS, Fact("order", "order"), Fact("wish", "refund"))
    made = [
        compose(book, form, Setting(values, gave, said, time, heated=heated, room=room))
        for room, said, heated in product(rooms, SAID, (False, True))
    ]
    assert all(made), f"{book.label}.{form}"
    return list({draft.text: draft for draft in made if draft}.values())


@pytest.mark.parametrize("book", SHIPPED, ids=lambda book: book.label)
def test_lint_finds_nothing(book: Playbook) -> None:
    turn = 1 if book.name == AGAIN else 0
    for form, contact, asked in product(FORMS, CONTACTS[1:], (True, False)):
        linter = Linter(LintSettings(), Service(contact=contact), "Acme")
        customer = "" if form in ("private", "holding") else HANDLES["x"]
        occasion = Occasion(
            public=form != "private", turn=turn, customer=customer, responder="Christopher", now=NOW
        )
        for draft in drafts(book, form, contact=contact, asked=asked):
            assert linter.findings(draft.text, occasion) == [], f"{form}: {draft.text}"


@pytest.mark.parametrize("platform", HANDLES)
@pytest.mark.parametrize("book", SHIPPED, ids=lambda book: book.label)
def test_the_short_forms_fit_with_their_question(book: Playbook, platform: str) -> None:
    """But for the words to somebody angry, which give way to the others."""
    plain = {
        form: getattr(book, form).model_copy(update={"heated_opening": ""}) for form in ("short", "holding")
    }
    book = book.model_copy(update=plain)
    for form, contact in product(("short", "holding"), CONTACTS):
        for draft in drafts(book, form, platform, contact, rooms=(0,)):
            if not draft.facts:
                assert length(platform, draft.text) <= limit(platform), draft.text


@pytest.mark.parametrize("book", SHIPPED, ids=lambda book: book.label)
def test_a_public_reply_leads_to_the_private_channel_whatever_was_said(book: Playbook) -> None:
    for form, contact, asked in product(PUBLIC, CONTACTS, (True, False)):
        for draft in drafts(book, form, contact=contact, asked=asked):
            assert draft.text.count(contact) == 1, draft.text


@pytest.mark.parametrize("book", SHIPPED, ids=lambda book: book.label)
def test_it_names_the_colleague_and_the_time_and_asks_one_thing(book: Playbook) -> None:
    for form, asked in product(FORMS, (True, False)):
        for draft in drafts(book, form, asked=asked):
            assert "Christopher" in draft.status
            assert "2:00 pm UTC on Wednesday" in draft.approximate_time
            assert draft.report_by is not None
            assert draft.text.count("?") <= (2 if form == "private" else 1)


@pytest.mark.parametrize("book", SHIPPED, ids=lambda book: book.label)
def test_it_is_complete_and_offers_nothing(book: Playbook) -> None:
    assert book.long
    assert book.short
    assert book.private
    assert book.holding
    assert book.may_offer == ""
    assert book.name == AGAIN or book.owner
    assert book.name in (AGAIN, PRAISE) or book.escalate
    assert not book.sla
    assert not book.contact
    assert len(set(book.words)) == len(book.words)


def test_every_situation_of_the_classifier_and_more_has_one() -> None:
    names = {book.name for book in SHIPPED}
    assert names >= {*shipped(), GENERAL, PRAISE} - {OTHER}
    assert len(names) >= 15


def test_no_two_open_with_the_same_words() -> None:
    texts = [draft.text for book in SHIPPED for draft in drafts(book, "long")[:1]]
    assert len({text.partition("\n\n")[0] for text in texts}) == len(texts)
    assert len({text.rpartition("My aim")[2] for text in texts}) >= len(texts) - 2


# Your own


TEXT = Reply(opening="a", status="b", next_steps="c", approximate_time="d", planned_outcome="e")


def book(name: str, **keys: object) -> Playbook:
    return Playbook.model_validate({"name": name, **keys})


def by_label(*layers: list[Playbook]) -> dict[str, Playbook]:
    return {each.label: each for each in load_playbooks(*layers)}


def test_a_later_layer_replaces_key_by_key() -> None:
    both = by_label([book("delivery", owner="a", sla="parcel")], [book("delivery", owner="b")])
    assert (both["delivery"].owner, both["delivery"].sla) == ("b", "parcel")
    assert both["delivery"].long == by_label()["delivery"].long


def test_texts_of_ones_own_bring_their_questions_or_have_none() -> None:
    assert by_label([book("delivery", short=TEXT)])["delivery"].needs == ()
    assert by_label([book("delivery", owner="a")])["delivery"].needs
    own = {"fact": "colour", "ask": "Which colour is it?"}
    assert by_label([book("delivery", short=TEXT, needs=[own])])["delivery"].needs[0].fact == "colour"


def test_what_is_missing_is_the_general_ones_of_its_language() -> None:
    german = Reply(opening="a", status="b", next_steps="c", approximate_time="d", planned_outcome="Ziel")
    books = by_label(
        [
            book("new", short=TEXT),
            book("delivery", language="de", long=german),
            book("general", language="de", long=german, private=german),
        ]
    )
    assert books["new"].private == books[GENERAL].private
    assert books["delivery.de"].private == german
    assert books["delivery.de"].holding is None
    assert books["delivery.de"].needs == ()


def test_one_for_a_whole_category_takes_the_shipped_ones_place() -> None:
    books = by_label([book("parcels", categories=["delivery"], short=TEXT)])
    assert "delivery" not in books
    assert "delivery" in by_label([book("frozen", categories=["delivery"], words=["ice"], short=TEXT)])
    assert "delivery" in by_label([book("parcels", language="de", categories=["delivery"], short=TEXT)])


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_a_files_name_says_name_and_language(tmp_path: Path) -> None:
    assert table_in(written(tmp_path, "delivery.toml", "owner = 'a'")) == {"name": "delivery", "owner": "a"}
    assert table_in(written(tmp_path, "delivery.de.toml", "")) == {"name": "delivery", "language": "de"}
    written(tmp_path, "notes.txt", "not one")
    assert [file.name for file in files_in(tmp_path)] == ["delivery.de.toml", "delivery.toml"]


def test_a_shipped_file_can_be_copied_as_it_is(tmp_path: Path) -> None:
    for name, text in shipped_files().items():
        copied = Playbook.model_validate(table_in(written(tmp_path, f"{name}.toml", text)))
        assert by_label([copied])[name] == by_label()[name]
        assert len(text.encode()) < LARGEST / 5


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "not UTF-8"),
        ("owner = ", "not TOML"),
        ("a = " + "[" * 5_000, "nested too deeply"),
        ("#" * (LARGEST + 1), "64,000 bytes"),
        ('name = "other"', "name: the name of the file says it"),
        ('language = "de"', "language: the name of the file says it"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, content: str | bytes, words: str) -> None:
    file = written(tmp_path, "delivery.toml", content)
    with pytest.raises(ConfigError, match=words) as caught:
        table_in(file)
    assert [line.startswith(f"{file}: ") for line in caught.value.problems] == [True]


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "delivery.toml")
    with pytest.raises(ConfigError, match="is no file"):
        table_in(tmp_path / "delivery.toml")


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        files_in(tmp_path / "nowhere")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_file_is_read_or_told(tmp_path: Path, content: bytes) -> None:
    file = written(tmp_path, "delivery.toml", content)
    try:
        table = table_in(file)
    except ConfigError as error:
        (problem,) = error.problems
        assert str(file) in problem
    else:
        assert table["name"] == "delivery"
        assert tomllib.loads(content.decode("utf-8-sig")).items() <= table.items()
