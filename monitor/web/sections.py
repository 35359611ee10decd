"""[web]: what is served, where, and who may enter."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from monitor.settings import Secret, Settings, is_loopback

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _address(value: str) -> str:
    parts = urlsplit(value)
    if not parts.hostname or parts.query or parts.fragment or parts.username or not value.isprintable():
        raise ValueError('should be an address such as "https://snapwatch.example.com"')
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("should start with https://, because what lets people in travels over it")
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError('should be an address or a network, such as "127.0.0.1" or "10.0.0.0/8"') from None
    return value


def _unguessable(value: SecretStr) -> SecretStr:
    if not TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError(
            "should be at least 32 random letters, digits and . _ ~ + / = -, such as from `openssl rand -hex 32`"
        )
    return value


TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{32,}")
"""What a header can carry (RFC 6750), and nobody guesses."""

HttpsAddress = Annotated[str, AfterValidator(_address)]
"""https, or http on the loopback."""


class OidcSettings(Settings):
    """Sign in with a provider of OpenID Connect. It only says who somebody is: accounts say what they may do."""

    issuer: HttpsAddress = Field(
        description="the provider's address, as it names itself: what stands before /.well-known/openid-configuration"
    )
    client_id: str = Field(min_length=1, description="of snapwatch, as registered with the provider")
    client_secret: Secret = Field(description="of snapwatch, as the provider gave it")
    claim: str = Field(
        "email",
        pattern=r"^[A-Za-z0-9_.:/-]{1,80}$",
        description="what of the provider's word is the account's name; email counts only where the provider has verified "
        "it; others are preferred_username and sub",
    )
    name: str = Field("your company account", max_length=40, description="what the sign-in page calls it")


class ProxySettings(Settings):
    """The proxy in front of snapwatch, whose word is taken."""

    addresses: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        ("127.0.0.1", "::1"),
        min_length=1,
        description="its addresses or networks; from nowhere else its word is taken",
    )
    header: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]{1,80}$",
        description="the header in which it says who somebody is, such as X-Forwarded-User, where people sign in at it; "
        "what browsers send by that name it has to take away",
    )

    @model_validator(mode="after")
    def _of_somebody(self) -> ProxySettings:
        if self.header is not None and any(each.prefixlen == 0 for each in self.networks):
            raise ValueError(
                "addresses holds everybody, and then everybody could say who they are: name the proxy's alone"
            )
        return self

    @property
    def networks(self) -> tuple[Network, ...]:
        return tuple(map(ipaddress.ip_network, self.addresses))


class WebSettings(Settings):
    """The dashboard, the personal pages, the JSON API and /healthz."""

    listen: str = Field("127.0.0.1:8080", description="host and port to listen on")
    public_url: str | None = Field(
        None,
        description="where people reach snapwatch: an https:// address of a proxy in front of it",
    )
    sign_in: bool = Field(
        False,
        description="true: sign in on this machine, too, where others can log in to it; with a public_url that leads here "
        "from elsewhere, people always do",
    )
    session_hours: int = Field(
        72,
        ge=1,
        le=24 * 30,
        description="hours without a look at the dashboard after which one signs in anew; after 30 days one always does",
    )
    metrics_token: Annotated[Secret, AfterValidator(_unguessable)] | None = Field(
        None,
        description="what Prometheus shows (Authorization: Bearer …) to read /metrics from another machine, or from this "
        "one where sign_in is true; absent: there nobody reads it",
    )
    oidc: OidcSettings | None = Field(None, description="sign in with OpenID Connect")
    proxy: ProxySettings | None = Field(None, description="the proxy in front, whose word is taken")

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, port = _split_listen(value)
        if not host or not 0 < port < 65536:
            raise ValueError('should be a host and a port, such as "127.0.0.1:8080"')
        return value

    @field_validator("public_url")
    @classmethod
    def _https(cls, value: str | None) -> str | None:
        return value if value is None else _address(value).rstrip("/")

    @model_validator(mode="after")
    def _guarded(self) -> WebSettings:
        if not is_loopback(self.host) and self.public_url is None:
            raise ValueError(
                "listen is open to the network, and passwords must not travel in the clear: listen on 127.0.0.1, "
                "or set public_url to the https address of the proxy in front"
            )
        return self

    @property
    def host(self) -> str:
        return _split_listen(self.listen)[0]

    @property
    def port(self) -> int:
        return _split_listen(self.listen)[1]

    @property
    def address(self) -> str:
        """Where browsers reach it."""
        return self.public_url or f"http://{self.listen}"

    @property
    def https(self) -> bool:
        return self.address.startswith("https:")

    @property
    def public_host(self) -> str:
        return urlsplit(self.address).hostname or ""

    @property
    def asks(self) -> bool:
        """Whether one signs in: everywhere but on a machine that nobody else can reach."""
        here = is_loopback(self.host) and is_loopback(self.public_host)
        named = self.oidc is not None or (self.proxy is not None and self.proxy.header is not None)
        return self.sign_in or named or not here


def _split_listen(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    return host.strip("[]"), int(port) if re.fullmatch(r"[0-9]{1,5}", port) else 0
