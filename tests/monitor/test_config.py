"""What a wrong configuration says, and that the example is right and complete."""

from __future__ import annotations

import copy
import importlib.util
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config import ADAPTERS, Config, adapter_module, available, load, parse
from monitor.errors import ConfigError
from monitor.settings import ChannelSettings, SourceSettings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config.example.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")

spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
assert spec is not None
assert spec.loader is not None
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)


DUMMY = "https://dummy.example"
"""A secret that may also be an address."""


def document(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(tomllib.loads(TEXT)), **changes}


def problems(tables: dict[str, Any], folder: Path = ROOT) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(tables, "c.toml", folder)
    return list(caught.value.problems)


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "config.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# --- the example ----------------------------------------------------------------------------------------------------


def test_the_example_works_and_its_paths_start_at_its_folder() -> None:
    config = load(EXAMPLE)
    assert config.store.path == ROOT / "snapwatch-data" / "snapwatch.db"
    assert config.oncall.order[0] == config.rotations[0].name
    assert config.rotations[0].layers[0].people == tuple(person.name for person in config.people[:2])
    assert set(config.person(config.oncall.order[1]).contacts) == set(config.channels)


def test_only_five_sections_are_needed() -> None:
    needed = ("brand", "sources", "channels", "people")
    tables = {key: document()[key] for key in needed} | {"oncall": {"order": ["Sam (first on call)"]}}
    config = parse(tables, "c.toml", Path("/there"))
    assert config.store.path == Path("/there/snapwatch-data/snapwatch.db")
    assert config.classifier.type == "bundled"
    assert config.web.public_url is None


def blocks() -> list[str]:
    """The tables of the example that are switched off, switched on: lines that start with # and no space."""
    found: list[list[str]] = []
    off = False
    for line in TEXT.splitlines():
        if line.startswith("#[[rotations.layers]]"):  # a further layer of the rotation that is switched on
            found.append(["[[rotations]]", 'name = "front-line"'])
        elif re.match(r"#\[", line) and not re.match(r"#\[+((playbooks|oncall)\.|.*\.reply\])", line):
            found.append([])
        off = line.startswith("#[") or (off and not line.startswith("["))
        if re.match(r"#[^ #]", line) and off:
            found[-1].append(line[1:])
    return ["\n".join(lines) for lines in found]


SIGNS = "whsec_" + "A" * 43 + "="
SHAPED = {
    "SNAPWATCH_DESK_SECRET": SIGNS,
    "SNAPWATCH_ANSWER_KEY": f"{DUMMY}-0123456789abcdef",
    "SNAPWATCH_CHAT_URL": f"discord://0123456789/{DUMMY}",
    "SNAPWATCH_SMPP_PASSWORD": "s3cret",
}
"""Secrets that must look like something."""


@pytest.mark.parametrize("block", blocks(), ids=lambda block: block.split("\n")[1])
def test_every_switched_off_table_works_when_switched_on(
    block: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in re.findall(r'env = "([A-Z_]+)"', block):
        monkeypatch.setenv(name, SHAPED.get(name, SIGNS if "WEBHOOK" in name else DUMMY))
    for name in re.findall(r'file = "([a-z.]+)"', block):
        (tmp_path / name).write_text("B" * 43, encoding="utf-8")  # 32 bytes in Base64: a key
    on = tomllib.loads(block)
    tables = document()
    if "sources" in on:
        tables["sources"] = on["sources"]
    elif "channels" in on:
        tables["channels"] |= on["channels"]
    else:
        tables |= on
    config = parse(tables, "c.toml", tmp_path)
    assert DUMMY not in repr(config)


def test_switched_off_keys_of_a_table_work() -> None:
    tables = tomllib.loads(TEXT.replace("#file = ", "file = ").replace("#categories = {", "categories = {"))
    config = parse(tables, "c.toml", ROOT)
    assert config.sources["day"].file == ROOT / "history.jsonl"  # type: ignore[attr-defined]
    assert set(config.classifier.categories) == {"baggage", "outage"}  # type: ignore[attr-defined]


def keys_in_example() -> dict[str, set[str]]:
    """The keys that stand under each table of the example, on or off; adapters' under `package type`."""
    packages = {"sources": "sources", "channels": "alerts", "classifier": "classifiers"}
    keys: dict[str, set[str]] = {}
    table, prefix = "", ""
    for line in TEXT.splitlines():
        if header := re.match(r"#?\[+([a-z]+)(?:\.([a-z]+))?(?:\.([a-z]+))?\]", line):
            if header[3]:  # a table of the adapter that stands above it
                prefix = f"{header[3]}."
                continue
            own = header[1] in packages
            table, prefix = header[1], f"{header[2]}." if header[2] and not own else ""
        elif key := re.match(r"#?([a-z_]+) = (.*)", line):
            if key[1] == "type":
                table = f"{packages[table]} {re.findall('[a-z_]+', key[2])[0]}"
            inner = {f"{key[1]}.{each}" for each in within(tomllib.loads(f"value = {key[2]}")["value"])}
            keys.setdefault(table, set()).update(prefix + each for each in {key[1], *inner})
    return keys


def within(value: Any) -> set[str]:
    """The keys of the tables in a value, however deep."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {*(value if isinstance(value, dict) else ()), *(key for each in items for key in within(each))}


def tables_of_settings() -> dict[str, set[str]]:
    sections = {
        section: {key for key, _, _ in reference.rows(reference.model_of(field))}
        for section, field in Config.model_fields.items()
        if reference.model_of(field) not in (None, *ADAPTERS.values())
    }
    for package in ADAPTERS:
        for kind in available(package):
            module = adapter_module(package, kind)
            assert module is not None
            sections[f"{package} {kind}"] = {key for key, _, _ in reference.own(module.Settings)}
    # The first one shows those that all have.
    sections["sources replay"] |= SourceSettings.model_fields.keys() - {"type"}
    sections["alerts outbox"] |= ChannelSettings.model_fields.keys() - {"type"}
    return sections


@pytest.mark.parametrize(("table", "keys"), tables_of_settings().items())
def test_every_setting_stands_in_the_example(table: str, keys: set[str]) -> None:
    assert keys - keys_in_example().get(table, set()) == set()


def test_every_setting_stands_explained_in_the_documentation() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page.partition(reference.MARK)[2].strip() == reference.reference().strip(), (
        "run `python -m docs.reference`"
    )
    assert "|  |" not in page, "a key without a description"


def test_every_channel_can_judge_an_address() -> None:
    for kind in available("alerts"):
        module = adapter_module("alerts", kind)
        assert module is not None
        assert module.problem_with("no address at all")


# --- wrong ones -----------------------------------------------------------------------------------------------------


def test_categories_that_can_not_be_used_are_told_one_by_one() -> None:
    own = {"Lost bag": ["a", "b", "c"], "baggage": ["a", "b"], "fees": "a", "delays": ["a", "", "c"]}
    found = problems(document(classifier={"type": "bundled", "categories": own}))
    assert [problem.removeprefix("c.toml: classifier.categories.") for problem in found] == [
        "'Lost bag': the name of a category has at most 32 small letters a-z, digits, - and _",
        "baggage: has 2 examples; give 3 to 30 (ten are plenty), or [] for a category to do without",
        "fees: should be a list",
        "delays: example 2 is empty",
    ]
    (problem,) = problems(document(classifier={"type": "bundled", "categories": {"other": []}}))
    assert (
        problem
        == "c.toml: classifier.categories: 'other' can't be removed: it is for what is none of the others"
    )


def test_every_problem_is_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SNAPWATCH_SMTP_PASSWORD", raising=False)
    tables = document(rule={})
    tables["brand"] = {"nme": "Kestrel"}
    tables["sources"] = {"x": {"type": "xx"}, "y": {}}
    tables["channels"]["email"] = {
        "type": "smtp",
        "host": "smtp.example.com",
        "sender": "a@example.com",
        "username": "a",
        "password": {"env": "SNAPWATCH_SMTP_PASSWORD"},
    }
    tables["people"][1]["contacts"] = {"sms": "12", "mail": "kim@example.com"}
    tables["people"][0]["time_zone"] = "europe/londn"
    tables["oncall"] = {"order": ["Sam (first on call)", "Kin (second on call)"], "repeat": 0}
    tables["digest"]["time"] = 800
    tables["web"]["listen"] = "localhost"
    found = problems(tables)
    starts = [problem.split(": ", 2)[1] for problem in found]
    assert starts == [
        "brand.name",
        "brand.nme",
        "sources.x.type",
        "sources.y.type",
        "channels.email.password",
        "people[0].time_zone",
        "people[1].contacts.sms",
        "people[1].contacts.mail",
        "oncall.repeat",
        "oncall.order[1]",
        "digest.time",
        "web.listen",
        "rule",
    ]
    text = "\n".join(found)
    assert "did you mean 'name'?" in text
    assert "did you mean 'x'?" in text
    assert f"one of {', '.join(available('sources'))}" in text
    assert "SNAPWATCH_SMTP_PASSWORD is not set" in text
    assert "did you mean 'Europe/London'?" in text
    assert "write it like sam@example.com" in text
    assert "there is no [channels.mail]; did you mean 'email'?" in text
    assert "did you mean 'Kim (second on call)'?" in text
    assert "how many times to go through the steps" in text
    assert "did you mean 'rules'?" in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[brand\n", "line 1"),
        ('[brand]\nname = "a"\nname = "b"\n', "line 3, column 11): a key or a table stands there twice"),
        ("[web]\n[web]\n", "line 2, column 5): two tables have this name; switch one off with #"),
        ("[brand]\nname = Kestrel\n", "line 2, column 8): text goes between quotes"),
        (b'[brand]\nname = "\xff"\n', "line 2: not UTF-8"),
        ("a = " + "[" * 5000, "nested too deeply"),
        ("", "brand: is missing (whom people talk about)"),
    ],
)
def test_what_is_no_configuration_is_told_with_its_place(
    tmp_path: Path, text: str | bytes, says: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=re.escape(says)) as caught:
        load(path)
    assert all(problem.startswith(f"{path}: ") for problem in caught.value.problems)


def test_no_file_and_no_access_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`snapwatch init` writes one"):
        load(tmp_path / "config.toml")
    with pytest.raises(ConfigError, match="can't be read"):
        load(tmp_path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert load(written(tmp_path, b"\xef\xbb\xbf" + TEXT.encode())).brand.name == "Kestrel Parcels"


@pytest.mark.parametrize(
    "where", ["x bearer_token", "x query", "smtp password", "smtp username", "twilio key"]
)
def test_a_secret_in_the_wrong_place_is_never_shown(where: str) -> None:
    secret = "hunter2-hunter2"
    tables = document()
    if where.startswith("x "):
        tables["sources"] = {"x": {"type": "x", where[2:]: secret if "token" in where else [secret]}}
    elif where.startswith("smtp "):
        tables["channels"]["email"] = {"type": "smtp", "host": "h", where[5:]: {"env": secret}}
    else:
        tables["channels"]["sms"] = {"type": "twilio", "account_sid": secret, "auth_token": secret}
    assert secret not in "\n".join(problems(tables))


def test_a_secret_is_read_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    tables = document()
    x = {"type": "x", "bearer_token": {"file": "token"}, "query": "kestrel"}
    tables["sources"] = {"x": x}
    assert "can't be read" in problems(tables, tmp_path)[0]
    (tmp_path / "token").write_text("hunter2\n")
    config = parse(tables, "c.toml", tmp_path)
    assert config.sources["x"].bearer_token.get_secret_value() == "hunter2"  # type: ignore[attr-defined]
    assert "hunter2" not in repr(config) + str(config.model_dump()) + config.model_dump_json()


@pytest.mark.parametrize(
    ("web", "says"),
    [
        ({"listen": "0.0.0.0:8080"}, "open to the network"),
        ({"listen": "[::]:8080"}, "open to the network"),
        ({"listen": "127.0.0.1:0"}, "a host and a port"),
        ({"listen": "127.0.0.1:٣"}, "a host and a port"),
        ({"public_url": "http://snapwatch.example.com"}, "https://"),
        ({"public_url": "snapwatch.example.com"}, "an address such as"),
        ({"public_url": "https://user:pw@example.com"}, "an address such as"),
        ({"public_url": "https://[::1"}, "web.public_url"),
    ],
)
def test_an_open_or_unusable_web_address_is_refused(web: dict[str, Any], says: str) -> None:
    (problem,) = problems(document(web=web))
    assert says in problem


@pytest.mark.parametrize(
    "web",
    [
        {"listen": "localhost:80", "public_url": "https://s.example.com/"},
        {"listen": "[::1]:8080", "public_url": "http://127.0.0.1:8080"},
        {"listen": "0.0.0.0:8080", "public_url": "https://s.example.com"},
    ],
)
def test_the_loopback_or_a_proxy_is_accepted(web: dict[str, Any]) -> None:
    config = parse(document(web=web), "c.toml", ROOT)
    assert config.web.public_url == web["public_url"].rstrip("/")
    assert f"{config.web.host}:{config.web.port}" == web["listen"].replace("[", "").replace("]", "")


def test_people_need_names_of_their_own_and_contacts_to_be_on_call() -> None:
    tables = document()
    tables["people"] = [{"name": "Sam"}, {"name": "Sam ", "contacts": {"email": "sam@example.com"}}]
    tables["oncall"] = {"order": []}
    tables["digest"] = {"to": ["Kim", "Sam"]}
    found = "\n".join(problems(tables))
    assert "people[1].name: 'Sam ' is already somebody else's" in found
    assert "oncall: give either order or steps: who is paged, first to be paged first" in found
    assert "digest.to[0]: nobody in [[people]] has this name" in found


def test_somebody_on_call_without_contacts_is_a_problem() -> None:
    tables = document(people=[{"name": "Sam"}], rotations=[], oncall={"order": ["Sam"]}, digest={})
    (problem,) = problems(tables)
    assert problem == "c.toml: oncall.order[0]: 'Sam' has no contacts, so nothing can reach them"


def on_call(**changes: Any) -> dict[str, Any]:
    """The example with a rotation, and other keys of [oncall]."""
    layer = {"people": ["Sam (first on call)", "Kim (second on call)"]}
    tables = document(rotations=[{"name": "front-line", "layers": [layer]}])
    tables["oncall"] = {"order": ["front-line"], "fallback": "Kim (second on call)"} | changes
    return tables


def test_steps_and_rotations_work_together() -> None:
    steps = [
        {"page": ["front-line", "Kim (second on call)"], "wait_minutes": 5},
        {"page": ["front-line"], "by": ["sms"]},
    ]
    tables = on_call(steps=steps)
    del tables["oncall"]["order"]
    config = parse(tables, "c.toml", ROOT)
    assert config.oncall.steps[1].by == ("sms",)
    assert config.rotations[0].layers[0].turn == "1 week"


def test_names_in_rotations_steps_and_alarms_lead_to_somebody() -> None:
    tables = on_call(fallback="Kimm", steps=[{"page": ["frontline", "Sam (first on call)"], "by": ["call"]}])
    del tables["oncall"]["order"]
    tables["people"].append({"name": "Alex"})
    tables["rotations"] += [
        {"name": "front-line", "layers": [{"people": ["Alex", "Tom"]}]},
        {"name": "Alex", "layers": [{"people": ["Kim (second on call)"]}]},
    ]
    tables["watch"] = {"tell": ["front-line"]}
    found = problems(tables)
    assert [problem.removeprefix("c.toml: ").partition("; ")[0] for problem in found] == [
        "oncall.steps[0].page[0]: nobody in [[people]] or [[rotations]] has this name",
        "oncall.steps[0].by[0]: there is no [channels.call]",
        "oncall.fallback: nobody in [[people]] has this name",
        "rotations[1].name: 'front-line' is already the name of another rotation",
        "rotations[1].layers[0].people[0]: 'Alex' has no contacts, so nothing can reach them",
        "rotations[1].layers[0].people[1]: nobody in [[people]] has this name",
        "rotations[2].name: 'Alex' is already the name of one of the people",
        "watch.tell[0]: nobody in [[people]] has this name",
    ]
    assert "did you mean 'front-line'?" in found[0]


def test_a_rotation_that_is_paged_first_needs_a_person_to_fall_back_on() -> None:
    tables = on_call()
    del tables["oncall"]["fallback"]
    (problem,) = problems(tables)
    assert problem.startswith("c.toml: oncall.fallback: is missing: nobody may be on call in the rotation")
    tables["oncall"]["order"] = ["Sam (first on call)", "front-line"]
    assert parse(tables, "c.toml", ROOT).oncall.fallback is None


def test_pages_name_contacts_of_the_person_each_once() -> None:
    tables = document()
    tables["people"][0]["pages"] = {
        "critical": [{"by": ["sms"]}, {"by": ["call", "sms"], "after_minutes": 3}],
        "warning": [{"by": []}],
        "info": [],
    }
    found = "\n".join(problems(tables))
    assert "people[0].pages.critical[1].by[0]: this person's contacts have no 'call'" in found
    assert "people[0].pages.critical[1].by[1]: 'sms' has its turn already" in found
    assert "people[0].pages.warning[0].by: needs at least one" in found
    assert "people[0].pages.info: should be 'warning' or 'critical'" in found


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        ({}, "give either people or a calendar"),
        ({"people": ["Sam (first on call)"], "calendar": "a.ics"}, "give either people or a calendar"),
        ({"calendar": "https://example.com/a.ics"}, "calendar: whoever has a calendar's address can read it"),
        ({"calendar": {"env": "ROTA"}}, "calendar: the calendar's address should start with https://"),
        ({"people": ["Sam (first on call)"], "turn": "1 month"}, "turn: "),
        ({"people": ["Sam (first on call)"], "holidays": ["GB-ENGL"]}, "such as 'GB-ENG'"),
        (
            {"people": ["Sam (first on call)"], "holidays": ["England"]},
            "holidays[0]: the holidays of 'England'",
        ),
        ({"people": ["Sam (first on call)"], "holidays": ["2026-02-30"]}, "'2026-02-30' is not a date"),
        ({"people": ["Sam (first on call)"], "hours": ["09:00", "09:00"]}, "hours begin and end at the same"),
    ],
)
def test_layers_that_can_not_be_used(
    layer: dict[str, Any], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTA", "ftp://rota.example.com/a")
    tables = on_call()
    tables["rotations"][0]["layers"] = [layer]
    found = problems(tables)
    assert len(found) == 1
    assert found[0].startswith("c.toml: rotations[0].layers[0]")
    assert says in found[0]


@pytest.mark.parametrize(
    "block",
    re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "oncall.md").read_text(encoding="utf-8"), re.DOTALL),
)
def test_what_the_page_on_call_shows_works(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPWATCH_ROTA_CALENDAR", DUMMY)
    shown = tomllib.loads(block)
    tables = document()
    names = {name for person in shown.get("people", ()) for name in [person["name"]]}
    tables["people"] = [each for each in tables["people"] if each["name"] not in names]
    tables["people"] += [{"name": "Alex", "contacts": {"email": "a@example.com"}}, *shown.pop("people", ())]
    tables["channels"]["call"] = tables["channels"]["sms"]
    if "rotations" not in shown:
        tables["rotations"] = [
            {"name": name, "layers": [{"people": ["Alex"]}]} for name in ("front-line", "managers")
        ]
    parse(tables | shown, "c.toml", ROOT)


def test_a_calendar_is_a_file_beside_the_configuration_or_a_secret_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ROTA", "https://rota.example.com/hunter2.ics")
    tables = on_call()
    tables["rotations"][0]["layers"] = [{"calendar": {"env": "ROTA"}}, {"calendar": "rota.ics"}]
    config = parse(tables, "c.toml", ROOT)
    assert config.rotations[0].layers[1].calendar == ROOT / "rota.ics"
    assert "hunter2" not in repr(config)


def test_a_replayed_day_and_a_real_source_do_not_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "dummy")
    tables = document()
    tables["sources"]["x"] = {"type": "x", "bearer_token": {"env": "TOKEN"}, "query": "kestrel"}
    (problem,) = problems(tables)
    assert problem.startswith("c.toml: sources.day: lives in its own time")


def test_a_playbook_that_would_leave_a_slot_empty_is_a_problem() -> None:
    full = dict.fromkeys(
        ("opening", "status", "next_steps", "approximate_time", "planned_outcome"), "{{ nobody }}"
    )
    found = problems(document(playbooks=[{"name": "delivery", "long": full}]))
    assert found[0].startswith("c.toml: playbooks.delivery.long.opening: can't be rendered")
    assert len(found) == 5


# --- anything at all ------------------------------------------------------------------------------------------------

values = st.recursive(
    st.one_of(
        st.text(max_size=20),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.datetimes(),
        st.times(),
        st.sampled_from(["x", "replay", "smtp", "outbox", "bundled", "email", "Sam (first on call)", "type"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.text(max_size=8), st.sampled_from(["type", "name", "env"])), inner),
    ),
    max_leaves=8,
)


def places(tables: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a document."""
    if isinstance(tables, dict | list):
        keys = tables if isinstance(tables, dict) else range(len(tables))
        return [each for key in keys for each in [(*path, key), *places(tables[key], (*path, key))]]
    return []


def tried(tables: dict[str, Any]) -> None:
    try:
        parse(tables, "c.toml", ROOT)
        found: tuple[str, ...] = ("c.toml: ",)
    except ConfigError as error:
        found = error.problems
    assert found
    assert all(problem.startswith("c.toml: ") and problem.isprintable() for problem in found)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_change_to_a_good_configuration_is_understood_or_refused(data: st.DataObject) -> None:
    tables = document()
    for path in data.draw(st.lists(st.sampled_from(places(tables)), min_size=1, max_size=3)):
        table: Any = tables
        for key in path[:-1]:
            table = table[key] if isinstance(table, dict | list) and _has(table, key) else {}
        if isinstance(table, dict) or _has(table, path[-1]):
            table[path[-1]] = data.draw(values)
    tried(tables)


def test_a_name_that_can_not_be_shown_is_quoted_where_names_are_listed() -> None:
    tables = document()
    tables["channels"] = {"\x1f": 0}
    tried(tables)


def _has(table: dict[str, Any] | list[Any], key: Any) -> bool:
    return key in table if isinstance(table, dict) else isinstance(key, int) and key < len(table)


@given(st.dictionaries(st.sampled_from([*Config.model_fields, "other", "a\nb"]), values))
@settings(max_examples=60, deadline=None)
def test_any_document_is_understood_or_refused(tables: dict[str, Any]) -> None:
    tried(tables)


@given(st.text() | st.binary())
@settings(max_examples=60, deadline=None)
def test_any_file_is_understood_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str | bytes
) -> None:
    content = text if isinstance(text, bytes) else text.encode(errors="replace")
    with pytest.raises(ConfigError):
        load(written(tmp_path_factory.getbasetemp(), content))


def test_a_setting_that_is_gone_says_what_became_of_it() -> None:
    (told,) = problems(document(rules={"burst_window_minutes": 60}))
    assert told.startswith(
        "c.toml: rules.burst_window_minutes: is no setting any more: bursts are found in 15 minutes"
    )
    assert told.endswith("remove this line")


@pytest.mark.parametrize("value", [1, 0, -5, 2.5, "Auto", "", True, None, [500]])
def test_a_threshold_is_a_number_or_auto(value: Any) -> None:
    sources = {"day": {"type": "replay", "viral_at": value}}
    assert problems(document(sources=sources)) == [
        'c.toml: sources.day.viral_at: should be a whole number of at least 2, or "auto" for what is rare among the '
        "brand's own posts"
    ]


def test_rules_of_former_versions_still_work() -> None:
    rules = {"page_at": 0.5, "critical_at": 0.8, "burst_authors": 4, "update_minutes": 30}
    assert parse(document(rules=rules), "c.toml", ROOT).rules.page_at == 0.5
    (told,) = problems(document(rules={"burst_authors": 3}))
    assert told == (
        "c.toml: rules.burst_authors: should be greater than or equal to 4 (so many different people who complain of one "
        "issue, faster than is normal, page too)"
    )


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"weights": {"delivery": 11}}, "rules.weights.delivery: should be less than or equal to 10"),
        ({"weights": {"delivery": "much"}}, "rules.weights.delivery: should be a valid number"),
        ({"pages_per_shift": 0}, "rules.pages_per_shift: should be greater than or equal to 1"),
        ({"urgent": "safety"}, "rules.urgent: should be a list"),
    ],
)
def test_rules_that_can_not_be_used(rules: dict[str, Any], says: str) -> None:
    (told,) = problems(document(rules=rules))
    assert told.startswith(f"c.toml: {says}")


def test_shifts_are_times_of_day() -> None:
    oncall = document()["oncall"] | {"shifts": ["8:00"]}
    (told,) = problems(document(oncall=oncall))
    assert told == 'c.toml: oncall.shifts[0]: should be a time of day such as "08:00"'
    (told,) = problems(document(oncall=oncall | {"shifts": []}))
    assert told.startswith("c.toml: oncall.shifts: needs at least one")


def test_two_pairs_of_eyes_need_two_people() -> None:
    tables = document(replies={"four_eyes": "critical"})
    assert parse(tables, "c.toml", ROOT).replies.four_eyes == "critical"
    tables["people"] = tables["people"][:1]
    assert any("replies.four_eyes: takes two people" in each for each in problems(tables))
