"""`snapwatch playbooks`: every gap has its line, and nothing is told where there is none."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from alerts.lint import Linter, LintSettings
from alerts.snap import GENERAL, Playbook, Reply, Service, load_playbooks
from alerts.snap.playbooks import shipped_files
from monitor.cli import app
from monitor.config import Config, parse
from monitor.errors import ConfigError, InputError
from monitor.model import MentionKey
from monitor.replying import gaps
from monitor.replying.gaps import Problem
from monitor.store import Store
from monitor.store.situations import Situation
from tests.monitor.scripted import FOUND, NOON, config, mention

SHIPPED = load_playbooks()
TEXT = {
    "opening": "{{ greeting }}, thank you for telling us. I'm sorry about your box.",
    "status": "I'm {{ responder }} and I'm on it.",
    "next_steps": "Please send me the number {{ privately }}. I'll trace it.",
    "approximate_time": "I'll write by {{ report_by }}.",
    "planned_outcome": "My aim: you have your box.",
}


def book(name: str, **keys: object) -> Playbook:
    return Playbook.model_validate({"name": name, "long": TEXT, "short": TEXT, **keys})


def told(problems: Sequence[Problem]) -> list[str]:
    return [f"{each.item}  {each.what}" for each in problems]


def checked(settings: Config) -> tuple[int, list[str]]:
    out = io.StringIO()
    status = gaps.check(settings, out, NOON + timedelta(days=1))
    return status, out.getvalue().splitlines()


def test_as_shipped_nothing_is_missing(settings: Config) -> None:
    status, lines = checked(settings)
    assert status == 0
    assert lines == [f"ok   playbooks  {len(SHIPPED)} answer what 0 complaints of 90 days were about"]


def test_what_customers_complain_of_is_counted(store: Store, settings: Config) -> None:
    def fill(number: int, category: str, language: str, days: int = 0, complaint: float = 0.9) -> None:
        at = NOON - timedelta(days=days)
        said = mention(number, f"post {number}", at, language=language)
        found = replace(FOUND, category=category, complaint=complaint)
        store.write(lambda tables: tables.mentions.add([said], at))
        store.write(lambda tables: tables.mentions.classified(MentionKey("x", str(number)), found, at))

    for number in range(6):
        fill(number, "baggage", "de")
    fill(10, "delivery", "en")
    fill(11, "other", "en")
    fill(12, "old-story", "en", days=100)
    fill(13, "no-complaint", "en", complaint=0.1)
    fill(14, "delivery", "nl")
    status, lines = checked(settings)
    assert status == 1
    assert lines == [
        "FAIL category baggage  6 complaints in 90 days, and the general playbook answers: write baggage.toml",
        "FAIL language de  6 complaints in German in 90 days, and drafts are English: begin with general.de.toml",
    ]


def test_stories_are_counted_and_the_most_frequent_is_first() -> None:
    seen = [
        Situation("rare", "en", 1, 0),
        Situation("often", "en", 30, 2),
        Situation("often", "de", 1_200, 1),
        Situation(None, None, 7, 0),
        Situation("other", "en", 7, 0),
    ]
    assert told([*gaps.unanswered(SHIPPED, seen)]) == [
        "category often  1,230 complaints in 3 stories in 90 days, and the general playbook answers: write often.toml",
        "category rare  1 complaint in 90 days, and the general playbook answers: write rare.toml",
    ]
    assert list(gaps.unanswered([*SHIPPED, book("often"), book("x", categories=["rare"])], seen)) == []
    narrow = book("x", categories=["rare"], words=["ice"])
    assert [each.item for each in gaps.unanswered([*SHIPPED, book("often"), narrow], seen)] == [
        "category rare"
    ]


def test_a_language_with_a_playbook_is_no_gap() -> None:
    seen = [Situation("delivery", "pt-BR", 20, 0), Situation("delivery", "it", 4, 0)]
    assert [each.item for each in gaps.unspoken(SHIPPED, seen)] == ["language pt"]
    assert list(gaps.unspoken([*SHIPPED, book(GENERAL, language="pt")], seen)) == []


@given(
    st.lists(
        st.builds(
            Situation,
            st.none() | st.text(max_size=9),
            st.none() | st.text(max_size=5),
            st.integers(1, 10**6),
            st.integers(0, 100),
        )
    )
)
def test_every_situation_is_answered_or_told(seen: list[Situation]) -> None:
    named = {each.item for each in gaps.unanswered(SHIPPED, seen)}
    answered = {category for each in SHIPPED for category in each.answers}
    for each in seen:
        if each.category and each.category != "other":
            assert (f"category {each.category}" in named) != (each.category in answered)


def test_one_that_is_never_chosen_is_told() -> None:
    known = {"delivery", "billing"}
    books = [
        book("warranty"),
        book("warranty", language="de"),
        book("lost", words=["lost"]),
        book("delivery"),
    ]
    found = told([*gaps.never_chosen([*books, book(GENERAL), book("praise")], known)])
    assert found == [
        "playbooks.warranty  is never chosen: warranty is no category of the classifier (billing, delivery), and it has "
        "no words",
        "playbooks.warranty.de  is never chosen: warranty is no category of the classifier (billing, delivery), and it "
        "has no words",
        "language de  has no general playbook, so what none is for is answered in English: write general.de.toml",
    ]
    assert list(gaps.never_chosen([book("warranty"), book(GENERAL)], set())) == []


def test_nobody_can_be_written_to_where_there_are_no_messages() -> None:
    sources = {"x": "x", "news": "rss", "hackernews": "hackernews"}
    own = book("delivery", contact="chat")
    found = told([*gaps.unreachable([*SHIPPED, own], Service(), sources)])
    assert found == [
        "service.contact  there are no direct messages on News, Hacker News; give an https or a mail address",
        "playbooks.delivery.contact  there are no direct messages on News, Hacker News; give an https or a mail address",
    ]
    assert list(gaps.unreachable(SHIPPED, Service(contact="https://acme.example/help"), sources)) == []
    assert list(gaps.unreachable(SHIPPED, Service(contact="help@acme.example"), sources)) == []
    assert list(gaps.unreachable([own], Service(), {"x": "x"})) == []


def test_facts_that_no_post_gives_are_told() -> None:
    asks = {"fact": "colour", "given": ["prodct"], "ask": "Which colour?"}
    with_wish = {**TEXT, "opening": "Your {{ their.wish or 'wish' }} and {{ their['product'] or 'box' }}."}
    books = [
        book("a", needs=[asks]),
        book("b", long=with_wish, private=with_wish, holding=with_wish),
        book("c", language="de", short=with_wish),
    ]
    assert told([*gaps.without_source(books)]) == [
        "playbooks.a.needs  'prodct' is no fact that a post gives; did you mean 'product'?",
        "playbooks.b.long  their.wish is always empty there",
        "playbooks.b.holding  their.product is always empty there",
        "playbooks.b.holding  their.wish is always empty there",
        "playbooks.c.de.short  their.product is always empty there",
        "playbooks.c.de.short  their.wish is always empty there",
    ]


def test_promises_need_an_sla_and_an_sla_a_promise() -> None:
    promising = {**TEXT, "promised_time": "It is there by {{ promised_by }}."}
    books = [book("a", sla="refund", short=promising), book("b", sla="parcel")]
    assert told([*gaps.without_sla(books, Service(sla={"repair": 8, "parcel": 2}))]) == [
        "playbooks.a.sla  'refund' is not in [service] sla, so nothing is promised: add it there, in open hours",
        "playbooks.b.sla  no form has a promised_time that says it",
        'service.sla.repair  no playbook promises it: give the one that shall sla = "repair"',
    ]


def test_a_form_that_is_missing_is_told() -> None:
    half = Playbook(name="a", language="de", short=Reply.model_validate(TEXT))
    assert told([*gaps.without_form([half])]) == [
        "playbooks.a.de.long  is missing",
        "playbooks.a.de.private  is missing",
        "playbooks.a.de.holding  is missing",
    ]


def test_what_lint_finds_is_told_once_for_each_place() -> None:
    rude = {**TEXT, "next_steps": "Our policy does not allow it. It will be there by Friday."}
    books = [book("a", long=rude), book("b", language="de", long=rude), book("c")]
    found = told([*gaps.flawed(books, Service(), "Acme", Linter(LintSettings(), Service(), "Acme"))])
    assert [line for line in found if ".b" in line or ".c" in line] == []
    assert all(line.startswith("playbooks.a.long  ") for line in found)
    assert {line.split("  ")[1].split(":")[0] for line in found} >= {"policy", "time"}
    assert len(set(found)) == len(found)


# What is shown


def own_folder(tmp_path: Path, files: dict[str, str], **changes: object) -> Config:
    folder = tmp_path / "own"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return config(tmp_path, drafts={"folder": str(folder)}, **changes)


def test_the_list_says_whose_each_one_is(tmp_path: Path) -> None:
    settings = own_folder(
        tmp_path, {"delivery.toml": 'owner = "a"'}, playbooks=[{"name": "warranty", "short": TEXT}]
    )
    lines = {line.split()[0]: line for line in gaps.listed(settings.books, settings)}
    assert len(lines) == len(SHIPPED) + 1
    assert "your folder" in lines["delivery"]
    assert "configuration" in lines["warranty"]
    assert "shipped" in lines["outage"]


def test_the_file_that_holds_is_shown(tmp_path: Path) -> None:
    settings = own_folder(
        tmp_path, {"delivery.toml": '# mine\nowner = "a"'}, playbooks=[{"name": "warranty", "short": TEXT}]
    )
    assert gaps.shown("delivery", settings) == '# mine\nowner = "a"'
    assert gaps.shown("outage", settings) == shipped_files()["outage"] == gaps.shown("outage", None)
    with pytest.raises(InputError, match=r"under \[\[playbooks\]\]"):
        gaps.shown("warranty", settings)
    with pytest.raises(InputError, match="did you mean 'delivery'"):
        gaps.shown("delivry", None)


def test_the_commands_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    assert "general" in run(app, ["playbooks", "list"]).output
    assert run(app, ["playbooks", "show", "praise"]).output == shipped_files()["praise"]


# Your own, in a folder


def test_a_folders_playbooks_hold_and_the_configurations_hold_more(tmp_path: Path) -> None:
    settings = own_folder(
        tmp_path,
        {"delivery.toml": 'owner = "folder"\nescalate = "folder"', "general.de.toml": german()},
        playbooks=[{"name": "delivery", "owner": "configuration"}],
    )
    books = {each.label: each for each in settings.books}
    assert (books["delivery"].owner, books["delivery"].escalate) == ("configuration", "folder")
    assert books["general.de"].language == "de"


def german() -> str:
    lines = [f'{part} = "Hallo von {{{{ responder }}}}"' for part in TEXT]
    return "\n".join(f"[{form}]\n" + "\n".join(lines) for form in ("long", "short"))


def test_every_bad_file_is_named_with_its_key_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        own_folder(
            tmp_path,
            {
                "a.toml": 'words = ["*"]',
                "b.toml": "owner = ",
                "c.toml": 'ownr = "x"',
                "d.toml": '[short]\nopening = "Hello"',
            },
        )
    where = f"drafts.folder: {tmp_path / 'own'}"
    lines = "\n".join(caught.value.problems)
    assert f"{where}/a.toml: words[0]: should be words such as" in lines
    assert f"{where}/b.toml: not TOML" in lines
    assert f"{where}/c.toml: ownr: unknown key; did you mean 'owner'?" in lines
    assert f"{where}/d.toml: short.status: is missing (what we know" in lines


def test_two_files_of_one_playbook_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"own/delivery.toml: given twice"):
        own_folder(tmp_path, {"delivery.toml": "", "delivery.en.toml": ""})


def test_a_slot_left_empty_in_a_file_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        own_folder(tmp_path, {"general.de.toml": german().replace("responder", "respondr")})
    assert all(
        f"own/general.de.toml: {form}." in "\n".join(caught.value.problems) for form in ("long", "short")
    )


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"drafts.folder: .*nowhere: can't be read"):
        config(tmp_path, drafts={"folder": str(tmp_path / "nowhere")})


def test_a_relative_folder_starts_at_the_configurations(tmp_path: Path) -> None:
    settings = own_folder(tmp_path, {"delivery.toml": 'owner = "folder"'})
    document = settings.model_dump(mode="json", exclude_unset=True)
    document["drafts"] = {"folder": "own"}
    again = parse(document, "c.toml", tmp_path)
    assert next(each for each in again.books if each.name == "delivery").owner == "folder"
