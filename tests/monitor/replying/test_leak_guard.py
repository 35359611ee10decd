"""Nothing but what people approved goes out: one place makes it, one posts it, and no word for colleagues is in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.lint import Linter
from monitor.build import build_drafter
from monitor.store import Tables
from tests.monitor.replying.desks import Office
from tests.monitor.scripted import KEY, NOON, mention
from tests.test_imports import FILES

CANARY = "zq7canary"
COMPLAINT = "My Kestrel parcel is lost, I have waited for three weeks for my kettle and nobody answers!"


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == name:
                yield node


def test_one_module_makes_what_goes_out() -> None:
    makers = {
        name for name, path in FILES.items() if any(calls(ast.parse(path.read_text("utf-8")), "Approved"))
    }
    assert makers == {"monitor.replying.desk"}


def test_one_module_posts() -> None:
    """The daemon counts the posters, for its threads; nobody else but `posting` has them in hand."""
    users = {
        name
        for name, path in FILES.items()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "posters"
    }
    assert users == {"monitor.replying.posting", "monitor.daemon"}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Canaries in every field that customers must not read."""
    monkeypatch.setenv("CANARY_TOKEN", f"https://example.org/{CANARY}-token")
    internal = {field: f"{CANARY}-{field}" for field in ("may_offer", "owner", "escalate")}
    names = ["delivery", "service", "general", "defect", "refund"]
    made = Office(
        tmp_path,
        people=[
            {"name": f"First ({CANARY}-role)", "contacts": {"email": f"{CANARY}-mail@example.org"}},
            {"name": "Second", "contacts": {"email": f"{CANARY}-other@example.org"}},
        ],
        oncall={"order": [f"First ({CANARY}-role)", "Second"]},
        digest={"to": []},
        playbooks=[{"name": name, **internal} for name in names],
        watch={"heartbeat": {"env": "CANARY_TOKEN"}},
    )
    made.source.mentions = [
        mention(1, COMPLAINT),
        mention(2, f"My Kestrel parcel is lost {CANARY}-elsewhere", NOON - timedelta(hours=1)),
    ]
    made.open()

    def plant(tables: Tables) -> None:
        tables.stories.entitle(1, made.source.mentions[1])
        tables.alerts.log(1, NOON, "note", "Second", f"{CANARY}-note")
        tables.alerts.tell(1, f"{CANARY}-changed", NOON)
        tables.silences.add("source", "x", NOON + timedelta(hours=1), f"{CANARY}-why", "Second", NOON)

    made.store.write(plant)
    yield made
    made.store.close()


@pytest.mark.parametrize("way", ["posted", "copied"])
def test_no_word_for_colleagues_goes_out(office: Office, way: str) -> None:
    story = office.store.read.stories.get(1)
    assert story is not None
    assert CANARY in story.title
    who, now = office.settings.people[0].name, office.clock.now()
    drafter = build_drafter(office.settings)
    drafts = drafter.drafts(office.desk.case(KEY, 1, now), who, now)
    holding = drafter.holding(office.desk.case(KEY, 1, now), who, now)
    assert drafts.may_offer.words == f"{CANARY}-may_offer"
    linter = Linter(office.settings.lint, office.settings.service, "Kestrel")
    outgoing: list[str] = []
    for draft in [*drafts.variants, *([holding] if holding else [])]:
        reply = office.desk.begin(1, KEY, draft, who, now)
        reply = office.desk.edit(reply.id, f"{reply.text} ", who, now, reply.version)
        findings = linter.findings(reply.text, office.desk.occasion(KEY, reply.form, who, now))
        ticks = {each.rule for each in findings}
        reply = office.desk.approve(reply.id, who, now, reply.version, ticks, post=way == "posted")
        office.run()
        if way == "copied" or draft.form == "private":
            outgoing.append(office.desk.copied(reply.id, who, now).text)
            office.desk.posted_by_hand(reply.id, who, now)
    outgoing += [each.text + each.key for each in office.poster.tried]
    if way == "posted":
        outgoing.append(office.poster.file.read_text())
    assert len(outgoing) >= 4
    assert CANARY not in " ".join(outgoing)
