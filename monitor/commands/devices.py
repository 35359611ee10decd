"""`snapwatch device`: where a person's browser is added to those that get push messages."""

from __future__ import annotations

from monitor.config import Config
from monitor.errors import InputError
from monitor.opening import open_store
from monitor.store import peek
from monitor.web.links import Links
from monitor.web.push import token_of

TYPE = "webpush"


def device(config: Config, name: str, *, forget: bool = False) -> str:
    """The person's own link to the page for that, and how many browsers they have; `forget`: none any more. InputError
    when there is no such person."""
    person = next((each for each in config.people if each.name == name), None)
    if person is None:
        known = ", ".join(each.name for each in config.people)
        raise InputError(f"there is nobody called {name!r}; there are {known}")
    channels = [channel for channel in person.contacts if config.channels[channel].type == TYPE]
    if not channels:
        raise InputError(
            f'{name} has no contact on a channel of type "{TYPE}"; add one such as push = "{name.split()[0].lower()}"'
        )
    if config.web.public_url is None:
        raise InputError("browsers need an address that they reach: set web.public_url")
    if forget:
        with open_store(config) as store:
            store.write(lambda tables: tables.devices.forget(name))
    links = Links(config.store.path.with_name("links.key"), config.web.public_url)
    with peek(config.store.path) as tables:
        count = tables.devices.count(name, channels[0]) if tables else 0
    return f"{config.web.public_url}/push/{token_of(links, name)}\n{count} browser{'' if count == 1 else 's'} so far"
