"""`snapwatch oncall` and its commands: who has what when, as it is answered and as it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from monitor.cli import app
from monitor.config import Config
from monitor.errors import InputError, PortError, SnapwatchError
from monitor.rota import check as check_rota
from monitor.rota import commands as rota_commands
from monitor.rota import roster
from monitor.store import Store
from tests.monitor.oncall.test_calendar import ics
from tests.monitor.scripted import FakeClock, config

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""A Sunday; Ann has the week that ends tomorrow."""
PEOPLE = [
    {"name": name, "time_zone": zone, "contacts": {"email": f"{name.lower()}@example.org"}}
    for name, zone in (("Ann", "Europe/London"), ("Ben", "America/New_York"), ("Kim", "Europe/London"))
]
LAYER = {"people": ["Ann", "Ben"], "starts": "2026-11-16"}


@pytest.fixture(autouse=True)
def _sunday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rota_commands, "clock_of", lambda *_: FakeClock(NOW))


def settings(folder: Path, *rotations: dict[str, Any], **oncall: Any) -> Config:
    front = {"name": "front-line", "time_zone": "Europe/London", "layers": [LAYER]}
    calls = {"order": ["front-line"], "fallback": "Kim"} | oncall
    return config(folder, people=PEOPLE, rotations=[front, *rotations], oncall=calls, digest={})


def now_on_call(found: Config, at: datetime = NOW) -> str | None:
    store = Store(found.store.path)
    try:
        return roster.rota(found, store.read, at).on_call("front-line", at)
    finally:
        store.close()


def shown(found: Config, **options: Any) -> list[str]:
    return list(rota_commands.show(found, options.get("rotation"), options.get("zone")))


def test_now_next_and_the_month(tmp_path: Path) -> None:
    assert shown(settings(tmp_path)) == [
        "A page goes to front-line (Ann).",
        "\nfront-line (Europe/London)",
        "  now   Ann until Mon 23 Nov 09:00 GMT",
        "  next  Ben from Mon 23 Nov 09:00 until Mon 30 Nov 09:00 GMT",
        "",
        "  Sun 22 Nov 12:00 GMT  Mon 23 Nov 09:00 GMT  Ann",
        "  Mon 23 Nov 09:00 GMT  Mon 30 Nov 09:00 GMT  Ben",
        "  Mon 30 Nov 09:00 GMT  Mon 7 Dec 09:00 GMT   Ann",
        "  Mon 7 Dec 09:00 GMT   Mon 14 Dec 09:00 GMT  Ben",
        "  Mon 14 Dec 09:00 GMT  Mon 21 Dec 09:00 GMT  Ann",
        "  Mon 21 Dec 09:00 GMT  Tue 22 Dec 12:00 GMT  Ben",
    ]
    assert "  now   Ann until Mon 23 Nov 04:00 EST" in shown(settings(tmp_path), zone="America/New_York")
    with pytest.raises(InputError, match="not a time zone"):
        shown(settings(tmp_path), zone="Mars")


def test_the_steps_are_told(tmp_path: Path) -> None:
    night = {"name": "nights", "layers": [LAYER | {"hours": ["20:00", "08:00"]}]}
    steps = [{"page": ["nights", "front-line"], "wait_minutes": 5}, {"page": ["Kim"], "by": ["sms"]}]
    found = settings(tmp_path, night, order=[], steps=steps)
    assert shown(found, rotation="front")[0] == (
        "A page goes to nights (nobody now) and front-line (Ann); then after 5 minutes Kim by sms."
    )


def test_take_until_the_next_hand_over_and_back(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert rota_commands.take(found, None, "kim", None, None, None) == (
        "Kim has front-line from Sun 22 Nov 12:00 until Mon 23 Nov 09:00 GMT (`snapwatch oncall undo 1` takes it back)."
    )
    assert now_on_call(found) == "Kim"
    assert "  1  Kim has front-line from Sun 22 Nov 12:00 until Mon 23 Nov 09:00 GMT, by Kim" in "\n".join(
        shown(found)
    )
    assert rota_commands.undo(found, 1, None) == (
        "Taken back: Kim has front-line from Sun 22 Nov 12:00 until Mon 23 Nov 09:00 GMT. "
        "Now Ann has front-line from Sun 22 Nov 12:00 until Mon 23 Nov 09:00 GMT."
    )
    assert now_on_call(found) == "Ann"
    with pytest.raises(InputError, match="no change 1 that could be taken back"):
        rota_commands.undo(found, 1, None)


def test_changes_are_logged(tmp_path: Path) -> None:
    found = settings(tmp_path)
    with structlog.testing.capture_logs() as logs:
        rota_commands.take(found, None, "kim", None, 30, None)
        rota_commands.undo(found, 1, None)
    changed, back = logs
    assert (changed["event"], changed["by"], changed["numbers"]) == ("the rota was changed", "Kim", [1])
    assert back["event"] == "changes of the rota were taken back"
    assert back["now"] == "Ann has front-line from Sun 22 Nov 12:00 until 12:30 GMT"


def test_take_for_a_while_in_the_takers_own_zone(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert "until 09:00 EST" in rota_commands.take(found, "front-line", "Ben", "09:00", None, None)
    assert "from Sun 22 Nov 12:00 until 13:30 GMT" in rota_commands.take(found, None, "Kim", None, 90, None)
    assert now_on_call(found, NOW + timedelta(minutes=89)) == "Kim"
    assert now_on_call(found, NOW + timedelta(minutes=91)) == "Ben"


def test_who_has_it_anyway_changes_nothing(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert rota_commands.take(found, None, "Ann", None, None, None).endswith(
        "as it is already; nothing was changed."
    )
    assert shown(found)[-1].endswith("Ben")


def test_an_override_for_somebody(tmp_path: Path) -> None:
    found = settings(tmp_path)
    said = rota_commands.override(found, ["front", "kim"], "tue 09:00", "17:00", "ann", None)
    assert said.startswith("Kim has front-line from Tue 24 Nov 09:00 until 17:00 GMT (")
    assert "  Tue 24 Nov 09:00 GMT  Tue 24 Nov 17:00 GMT  Kim  change 1" in shown(found)
    assert shown(found)[-1].endswith("by Ann (`snapwatch oncall undo 1`)")


@pytest.mark.parametrize(
    ("names", "start", "until", "says"),
    [
        (
            ["Kim"],
            "2026-11-24",
            "2026-11-23",
            "would end before it begins: Tue 24 Nov 00:00 GMT, Tue 24 Nov 00:00 GMT",
        ),
        (
            ["Kim"],
            "2026-11-20",
            "2026-11-21",
            "is over already: from Fri 20 Nov 00:00 until Sun 22 Nov 00:00 GMT",
        ),
        (["Kim"], "soon", "2026-11-21", "'soon' is not a time"),
        (["Nobody"], "now", "17:00", "nobody is called 'Nobody'"),
        (["back", "Kim"], "now", "17:00", "there is no rotation 'back'; there are: front-line"),
        ([], "now", "17:00", "write it as [ROTATION] PERSON"),
        (["front-line", "Kim", "x"], "now", "17:00", "write it as [ROTATION] PERSON"),
    ],
)
def test_what_can_not_be_meant_is_told(
    tmp_path: Path, names: list[str], start: str, until: str, says: str
) -> None:
    found = settings(tmp_path)
    with pytest.raises(InputError) as caught:
        rota_commands.override(found, names, start, until, None, None)
    assert says in str(caught.value)
    assert "Changes" not in "\n".join(shown(found))


def test_the_rotation_is_named_where_there_are_more_or_none(tmp_path: Path) -> None:
    two = settings(tmp_path, {"name": "nights", "layers": [LAYER]})
    with pytest.raises(InputError, match="which rotation\\? There are: front-line, nights"):
        rota_commands.take(two, None, "Kim", None, None, None)
    none = config(tmp_path, people=PEOPLE, oncall={"order": ["Kim"]}, digest={})
    with pytest.raises(InputError, match=r"no rotation in the configuration: docs/oncall\.md"):
        rota_commands.take(none, None, "Kim", None, None, None)
    assert shown(none) == ["A page goes to Kim."]


def test_a_swap_is_one_change_of_two_halves(tmp_path: Path) -> None:
    found = settings(tmp_path)
    said = rota_commands.swap(found, ["ben", "2026-11-24", "ann", "2026-11-30"], "ann", None)
    assert said == (
        "Ann has front-line from Mon 23 Nov 09:00 until Mon 30 Nov 09:00 GMT; "
        "Ben has front-line from Mon 30 Nov 09:00 until Mon 7 Dec 09:00 GMT (`snapwatch oncall undo 1` takes it back)."
    )
    assert now_on_call(found, NOW + timedelta(days=2)) == "Ann"
    rota_commands.undo(found, 2, None)
    assert [now_on_call(found, NOW + timedelta(days=days)) for days in (2, 9)] == ["Ben", "Ann"]


def test_a_shift_that_has_begun_is_swapped_from_now_on(tmp_path: Path) -> None:
    said = rota_commands.swap(settings(tmp_path), ["ann", "2026-11-22", "ben", "2026-11-23"], None, None)
    assert said.startswith("Ben has front-line from Sun 22 Nov 12:00 until Mon 23 Nov 09:00 GMT; Ann has")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (
            ["kim", "2026-11-24", "ann", "2026-11-30"],
            "Kim does not have front-line on Tue 24 Nov 00:00 GMT; Ben has it",
        ),
        (["ann", "2026-11-10", "ben", "2026-11-24"], "that is over"),
        (["ann", "2026-11-22", "ann", "2026-11-30"], "Ann can't swap with Ann"),
        (["ann", "2026-11-22", "ben"], "write it as [ROTATION] PERSON DAY PERSON DAY"),
    ],
)
def test_a_swap_of_what_they_do_not_have(tmp_path: Path, names: list[str], says: str) -> None:
    with pytest.raises(InputError) as caught:
        rota_commands.swap(settings(tmp_path), names, None, None)
    assert says in str(caught.value)


def test_away_passes_the_turns_on(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert rota_commands.away(found, "ben", "2026-11-24", "2026-11-25", None, "Europe/London") == (
        "Ben is away from Tue 24 Nov 00:00 until Thu 26 Nov 00:00 GMT: "
        "Ann has front-line from Tue 24 Nov 00:00 until Thu 26 Nov 00:00 GMT (`snapwatch oncall undo 1` takes it back)."
    )
    both = rota_commands.away(found, "ann", "2026-11-24", "2026-11-24", None, None)
    assert "nobody has front-line" in both
    assert "while nobody has it, Kim is paged" in both


def test_away_of_who_is_named_in_the_escalation_itself_is_told(tmp_path: Path) -> None:
    found = settings(tmp_path, order=["front-line", "Kim"])
    assert rota_commands.away(found, "kim", "now", "tomorrow", None, None) == (
        "Kim is away from Sun 22 Nov 12:00 until Tue 24 Nov 00:00 GMT: no rotation is changed by it "
        "(`snapwatch oncall undo 1` takes it back). "
        "Kim is named in the escalation itself and is paged there all the same."
    )


# --- calendars ------------------------------------------------------------------------------------------------------


def test_a_file_becomes_overrides_that_go_together(tmp_path: Path) -> None:
    found = settings(tmp_path)
    (tmp_path / "rota.ics").write_bytes(
        ics(
            "SUMMARY:Kim\nDTSTART:20261120T090000Z\nDTEND:20261124T090000Z",
            "SUMMARY:Ann\nDTSTART:20261124T090000Z\nDTEND:20261125T090000Z",
            "SUMMARY:Lunch\nDTSTART:20261125T090000Z\nDTEND:20261125T100000Z",
        )
    )
    assert rota_commands.load(found, tmp_path / "rota.ics", None, "ann") == (
        "front-line has 2 shifts of rota.ics, from Sun 22 Nov 12:00 until Wed 25 Nov 09:00 GMT "
        "(`snapwatch oncall undo 1` takes them back). Left out: 'Lunch' names nobody in [[people]]."
    )
    assert [now_on_call(found, NOW + timedelta(days=days)) for days in (0, 2, 3)] == ["Kim", "Ann", "Ben"]
    assert rota_commands.undo(found, 1, None).startswith("Taken back: Kim has front-line")
    assert now_on_call(found) == "Ann"


def test_a_file_of_nobody_changes_nothing(tmp_path: Path) -> None:
    found = settings(tmp_path)
    (tmp_path / "rota.ics").write_bytes(
        ics("SUMMARY:Lunch\nDTSTART:20261125T090000Z\nDTEND:20261125T100000Z")
    )
    with pytest.raises(InputError, match=r"no shift of anybody from now on\. Left out: 'Lunch' names nobody"):
        rota_commands.load(found, tmp_path / "rota.ics", None, None)
    with pytest.raises(InputError, match=r"none\.ics: can't be read \(No such file"):
        rota_commands.load(found, tmp_path / "none.ics", None, None)


def test_what_is_exported_can_be_imported(tmp_path: Path) -> None:
    found = settings(tmp_path)
    rota_commands.export(found, None, tmp_path / "out.ics")
    assert "front-line has 14 shifts of out.ics" in rota_commands.load(
        found, tmp_path / "out.ics", None, None
    )
    assert now_on_call(found) == "Ann"
    with pytest.raises(InputError, match="can't be written"):
        rota_commands.export(found, None, tmp_path / "missing" / "out.ics")


# --- check, drafts --------------------------------------------------------------------------------------------------


def test_check_says_who_has_it_now_and_next(tmp_path: Path) -> None:
    steps = [{"page": ["front-line"], "wait_minutes": 5}, {"page": ["Kim", "front-line"], "by": ["email"]}]
    assert check_rota.on_call(settings(tmp_path, order=[], steps=steps), NOW) == (
        "front-line, after 5 minutes Kim by email and front-line by email; "
        "Ann has front-line until Mon 23 Nov 09:00 GMT, then Ben"
    )


def test_check_finds_the_gaps_of_a_month(tmp_path: Path) -> None:
    weekdays = {"name": "days", "layers": [LAYER | {"days": ["monday"], "hours": ["09:00", "17:00"]}]}
    with pytest.raises(SnapwatchError) as caught:
        check_rota.on_call(settings(tmp_path, weekdays, order=["front-line", "days"]), NOW)
    assert str(caught.value).startswith(
        "nobody has days from Sun 22 Nov 12:00 until Mon 23 Nov 09:00 UTC, days from Mon"
    )
    assert str(caught.value).endswith("and 1 more; Kim is paged then")


def test_a_rotation_that_nothing_pages_may_have_gaps(tmp_path: Path) -> None:
    spare = {"name": "spare", "layers": [LAYER | {"hours": ["20:00", "08:00"]}]}
    assert check_rota.on_call(settings(tmp_path, spare), NOW).endswith(
        "; nobody has spare until Sun 22 Nov 20:00 UTC, then Ann"
    )


def test_check_reads_calendars_anew(tmp_path: Path) -> None:
    (tmp_path / "rota.ics").write_bytes(
        ics(
            "SUMMARY:Kim\nDTSTART:20261101T090000Z\nDTEND:20270101T090000Z",
            "SUMMARY:Lunch\nDTSTART:20261125T090000Z\nDTEND:20261125T100000Z",
        )
    )
    back = {"name": "back", "layers": [{"calendar": "rota.ics"}]}
    assert check_rota.on_call(settings(tmp_path, back), NOW).endswith(
        "Kim has back until Fri 1 Jan 09:00 UTC, then nobody; the calendar of back (layer 1) has 1 shift, "
        "and events that are nobody's: 'Lunch' names nobody in [[people]]"
    )
    (tmp_path / "rota.ics").unlink()
    with pytest.raises(PortError, match=r"the calendar of back \(layer 1\)"):
        check_rota.on_call(settings(tmp_path, back), NOW)


def test_who_is_on_call_signs_drafts_and_the_fallback_where_nobody_is(tmp_path: Path) -> None:
    assert roster.first(settings(tmp_path), None, NOW) == "Ann"
    assert roster.first(settings(tmp_path), None, NOW + timedelta(days=3)) == "Ben"
    nights = {"name": "nights", "layers": [LAYER | {"hours": ["20:00", "08:00"]}]}
    vacant = settings(tmp_path, nights, order=["nights"])
    assert roster.first(vacant, None, NOW) == "Kim"
    assert roster.everybody(settings(tmp_path, order=["front-line", "Kim"]), None, NOW) == ["Ann", "Kim"]


# --- the shell ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--config other.toml take --by Kim", "--config goes after take"),
        ("take --by Kim --until 17:00 --minutes 5", "give either --until or --minutes"),
        ("take", "Missing option '--by'"),
        ("undo x", "Usage: root oncall undo"),
    ],
)
def test_arguments_that_can_not_be_used(line: str, says: str) -> None:
    result = CliRunner().invoke(app, ["oncall", *line.split()], env={"NO_COLOR": "1", "TERM": "dumb"})
    assert result.exit_code == 2
    assert says in " ".join(result.output.replace("│", " ").split())


def test_a_calendar_that_was_written_says_where(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        (Path(__file__).parents[3] / "config.example.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    out = tmp_path / "out.ics"
    config = str(tmp_path / "config.toml")
    told = CliRunner().invoke(app, ["oncall", "--config", config, "--ics", str(out)])
    assert told.output.replace("\n", "") == f"The next 90 days are in {out}."
    assert out.read_bytes().startswith(b"BEGIN:VCALENDAR")
    shown = CliRunner().invoke(app, ["oncall", "--config", config, "--ics", "-"])
    assert shown.output.startswith("BEGIN:VCALENDAR")
    assert "days are in" not in shown.output
