"""What the proxy in front says, and whether it may: an address that is not among its own is not believed."""

from __future__ import annotations

import ipaddress

from starlette.requests import HTTPConnection

from monitor.settings import is_loopback
from monitor.web.sections import ProxySettings, WebSettings
from monitor.web.visitor import StrangerError

PREFIX6 = 64
"""Bits of an IPv6 address that one customer of a provider has alone."""


NEAR = [
    ipaddress.ip_network(each)
    for each in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
        "::1/128", "fc00::/7", "fe80::/10",
    )
]  # fmt: skip
"""Where a proxy of ours is: this machine, its containers, its own network."""


def named(request: HTTPConnection, web: WebSettings) -> str | None:
    """Who the proxy says it is; None when it says nothing, or another says so. StrangerError when it says two things, or
    was led here by a name that is not ours: then a page of another site may write headers as it likes (DNS rebinding)."""
    proxy = web.proxy
    if proxy is None or proxy.header is None or not is_trusted(_peer(request), proxy):
        return None
    values = request.headers.getlist(proxy.header)
    if not values or values == [""]:
        return None
    if len(values) > 1:
        raise StrangerError(
            f"the header {proxy.header} came twice: let the proxy take away what browsers send of it"
        )
    if not is_ours(request.url.hostname or "", web):
        raise StrangerError(
            f"the proxy has to pass the name on by which it was asked (the header Host), and that has to be {web.address}"
        )
    return values[0]


def is_ours(host: str, web: WebSettings) -> bool:
    """Whether no other site can have the name by which a browser came: ours, this machine's, or a bare address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.lower() in (web.public_host.lower(), "localhost")
    return True


def is_covered(request: HTTPConnection, web: WebSettings) -> bool:
    """Whether a password can't be read on its way: it came to this machine's own address, or by the public one. A browser
    that goes round the proxy names another."""
    host = request.url.hostname or ""
    return is_loopback(web.host) or is_loopback(host) or host.lower() == web.public_host.lower()


def is_trusted(address: str, proxy: ProxySettings) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in each for each in proxy.networks)


def sender(request: HTTPConnection, web: WebSettings) -> str | None:
    """The network that a request comes from, for counting; None where that can't be said: behind a proxy that the
    configuration does not know all come from one address. Of X-Forwarded-For only the part counts that our own proxies
    wrote: what stands before it, anybody can write."""
    peer = _peer(request)
    if web.proxy is None:
        return None if is_loopback(peer) else _network(peer)
    hops = [each.strip() for each in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
    for hop in (peer, *reversed(hops)):
        if not is_trusted(hop, web.proxy):
            return _network(hop)
    return None


def counted(request: HTTPConnection, web: WebSettings) -> str | None:
    """By what tries to sign in are counted: the sender. Where a proxy stands in front that the configuration does not know,
    all would be one to us, and any of them could keep the others out: there it is the last that X-Forwarded-For names,
    which that proxy wrote, or, where it writes none, whoever wants to be counted as somebody else."""
    peer = _parsed(_peer(request))
    if web.proxy is not None or peer is None or not any(peer in each for each in NEAR):
        return sender(request, web)
    return _network(",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip())


def _peer(request: HTTPConnection) -> str:
    return request.client.host if request.client else ""


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _network(address: str) -> str | None:
    parsed = _parsed(address)
    if parsed is None:
        return None
    prefix = PREFIX6 if parsed.version == 6 else 32
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))
