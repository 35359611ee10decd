"""Who may enter, in a line for `snapwatch check`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from monitor.config import Config
from monitor.errors import SnapwatchError
from monitor.store import Account, peek
from monitor.web.enter.oidc import BACK, Provider, explained
from monitor.web.enter.rights import known


def told(config: Config) -> str:
    """SnapwatchError when nobody can sign in, or the provider can't be asked."""
    web = config.web
    if not web.asks:
        return "the dashboard opens on this machine, without signing in, and for nobody else"
    with peek(config.store.path) as tables:
        accounts = [each for each in tables.accounts.all() if each.ended_at is None] if tables else []
    elsewhere = web.oidc is not None or (web.proxy is not None and web.proxy.header is not None)
    able = [each for each in accounts if each.password or elsewhere]
    if not able:
        first = "snapwatch account password NAME" if accounts else "snapwatch account add NAME --role admin"
        raise SnapwatchError(f"nobody can sign in to the dashboard: `{first}`")
    return "; ".join(_said(config, able))


def _said(config: Config, able: list[Account]) -> Iterator[str]:
    web = config.web
    accounts = f"{len(able)} account{'' if len(able) == 1 else 's'}"
    passwords = sum(each.password is not None for each in able)
    yield f"{accounts} may enter at {web.address}, {passwords} with a password"
    if web.oidc:
        provider = Provider(web.oidc, web.address + BACK)
        with explained():
            asyncio.run(provider.description())
        yield f"{web.oidc.issuer} answers, and has to know {web.address + BACK}"
    if web.proxy and web.proxy.header:
        yield f"{web.proxy.header} of {', '.join(web.proxy.addresses)} says who somebody is"
    if web.https and web.proxy is None:
        yield "without [web.proxy] nobody knows which addresses in X-Forwarded-For are true, by which tries are counted"
    if not any(each.role == "admin" for each in able):
        yield "none of them is admin: `snapwatch account change NAME --role admin`"
    for each in able:
        if each.person and known(config, each.person) is None:
            yield f"{each.name} acts as nobody: {each.person} is not in [[people]]"
