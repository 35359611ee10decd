"""Pure: names in a configuration that lead nowhere, and addresses that can't work.

Looks at the document as it was written, so that one wrong value elsewhere hides none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from alerts.snap import flaw
from monitor.wording.text import plain, suggestion

Problem = tuple[tuple[str | int, ...], str]
"""Where in the configuration, and what is wrong there."""
WrongAddress = Callable[[object, object], str | None]
"""What is wrong with an address, of a channel of that type."""


def loose_ends(document: Mapping[str, Any], wrong_address: WrongAddress) -> Iterator[Problem]:
    yield from _lonely_replay(table(document.get("sources")))
    people: dict[str, Mapping[str, Any]] = {}
    for index, person in enumerate(map(table, _items(document.get("people")))):
        if name := _name(person):
            if name in people:
                yield ("people", index, "name"), f"{person['name']!r} is already somebody else's"
            elif words := flaw(name):
                yield (
                    ("people", index, "name"),
                    f"{person['name']!r} {words}; customers would read it in every draft",
                )
            people[name] = person
        yield from _contacts(("people", index), person, document.get("channels"), wrong_address)
    rotations: set[str] = set()
    for index, rotation in enumerate(map(table, _items(document.get("rotations")))):
        if name := _name(rotation):
            if name in rotations or name in people:
                whose = "another rotation" if name in rotations else "one of the people"
                yield ("rotations", index, "name"), f"{rotation['name']!r} is already the name of {whose}"
            rotations.add(name)
        for number, layer in enumerate(map(table, _items(rotation.get("layers")))):
            path = ("rotations", index, "layers", number, "people")
            yield from _reachable(path, layer.get("people"), people)
    yield from _escalation(table(document.get("oncall")), people, rotations, document.get("channels"))
    yield from _reachable(("watch", "tell"), table(document.get("watch")).get("tell"), people)
    if table(document.get("replies")).get("four_eyes") and len(people) == 1:
        yield (
            ("replies", "four_eyes"),
            "takes two people, and [[people]] has one: nothing could ever be approved",
        )
    digest = table(document.get("digest"))
    yield from _reachable(("digest", "to"), digest.get("to"), people)
    groups = digest.get("groups")
    for place, group in enumerate(groups if isinstance(groups, list) else ()):
        yield from _reachable(("digest", "groups", place, "to"), table(group).get("to"), people)


def _lonely_replay(sources: Mapping[str, Any]) -> Iterator[Problem]:
    for source, settings in sources.items():
        if table(settings).get("type") == "replay" and len(sources) > 1:
            what = "lives in its own time, so no other source can run beside it; remove one"
            yield ("sources", source), what


def _contacts(
    path: tuple[str | int, ...], person: Mapping[str, Any], channels: object, wrong_address: WrongAddress
) -> Iterator[Problem]:
    """A person's addresses, and the pages that name them."""
    contacts = table(person.get("contacts"))
    for channel, address in contacts.items():
        where = (*path, "contacts", channel)
        if isinstance(channels, dict) and channel not in channels:
            yield where, _no_channel(channel, channels)
        elif what := wrong_address(table(table(channels).get(channel)).get("type"), address):
            yield where, what
    for severity, methods in table(person.get("pages")).items():
        named: set[str] = set()
        for index, method in enumerate(map(table, _items(methods))):
            for place, channel in enumerate(_items(method.get("by"))):
                where = (*path, "pages", severity, index, "by", place)
                if not isinstance(channel, str):
                    continue
                if channel not in contacts:
                    yield (
                        where,
                        f"this person's contacts have no {channel!r}; {suggestion(channel, contacts)}",
                    )
                elif channel in named:
                    yield where, f"{channel!r} has its turn already; one page rings each contact once"
                named.add(channel)


def _escalation(
    oncall: Mapping[str, Any], people: Mapping[str, Mapping[str, Any]], rotations: set[str], channels: object
) -> Iterator[Problem]:
    yield from _reachable(("oncall", "order"), oncall.get("order"), people, rotations)
    steps = list(map(table, _items(oncall.get("steps"))))
    for index, step in enumerate(steps):
        path = ("oncall", "steps", index)
        yield from _reachable((*path, "page"), step.get("page"), people, rotations)
        for place, channel in enumerate(_items(step.get("by"))):
            if isinstance(channels, dict) and isinstance(channel, str) and channel not in channels:
                yield (*path, "by", place), _no_channel(channel, channels)
    fallback = oncall.get("fallback")
    yield from ((("oncall", "fallback"), what) for _, what in _reachable((), [fallback], people))
    first = _items(steps[0].get("page")) if steps else _items(oncall.get("order"))[:1]
    named = [name.strip() for name in first if isinstance(name, str)]
    if fallback is None and named and all(name in rotations for name in named):
        what = "is missing: nobody may be on call in the rotation that is paged first; name the person who is paged then"
        yield ("oncall", "fallback"), what


def _reachable(
    path: tuple[str | int, ...],
    names: object,
    people: Mapping[str, Mapping[str, Any]],
    rotations: Iterable[str] = (),
) -> Iterator[Problem]:
    """Names of people who can be reached, or of rotations where these may stand, too."""
    for index, name in enumerate(_items(names)):
        if not isinstance(name, str) or name.strip() in rotations:
            continue
        if name.strip() not in people:
            known = [*people, *rotations]
            where = "[[people]] or [[rotations]]" if rotations else "[[people]]"
            yield (*path, index), f"nobody in {where} has this name; {suggestion(name, known)}"
        elif not people[name.strip()].get("contacts"):
            yield (*path, index), f"{name!r} has no contacts, so nothing can reach them"


def _name(settings: Mapping[str, Any]) -> str:
    name = settings.get("name")
    return name.strip() if isinstance(name, str) else ""


def _no_channel(name: str, channels: Mapping[str, Any]) -> str:
    return f"there is no [{dotted(('channels', name))}]; {suggestion(name, channels)}"


def table(value: object) -> Mapping[str, Any]:
    """The value if it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}


def _items(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def dotted(path: Sequence[str | int]) -> str:
    """`people[1].contacts.sms`; a key that TOML would quote is quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += "." * bool(text) + plain(part)
    return text
