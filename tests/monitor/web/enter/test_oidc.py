"""OpenID Connect, against a provider on the loopback, and against one that lies."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from monitor.web.enter.oidc import KNOWN_SECONDS, SKEW_SECONDS, Provider, ProviderError
from monitor.web.sections import OidcSettings
from tests.monitor.web.enter.entries import HERE, Browser, Entered
from tests.monitor.web.sites import words

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # the provider is written for Authlib 1.6
SECRET = "the client's secret"
ISSUER = "https://login.example.org"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Of a provider at which ann@example.org, mallory@example.org and a person without a verified address are known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from oidc_provider_mock import User, run_server_in_thread
    users = [
        User(sub="1", claims={"email": "Ann@example.org", "email_verified": True}),
        User(sub="2", claims={"email": "mallory@example.org", "email_verified": True}),
        User(sub="3", claims={"email": "ann@example.org", "email_verified": False}),
        User(sub="4", claims={"preferred_username": "ann@example.org"}),
    ]
    with run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


def entered(folder: Path, issuer: str, **more: object) -> Entered:
    (folder / "secret").write_text(SECRET)
    oidc = {
        "issuer": issuer,
        "client_id": "snapwatch",
        "client_secret": {"file": str(folder / "secret")},
        **more,
    }
    site = Entered(folder, public_url=HERE, oidc=oidc)
    site.add("ann@example.org", "responder", "Second", None)
    return site


def by_provider(browser: Browser, sub: str, after: str = "/") -> httpx2.Response:
    """Through the provider's own page, and back."""
    out = browser.get("/login/oidc", params={"next": after})
    assert out.status_code == 302, words(out.text)
    allowed = httpx2.post(out.headers["location"], data={"sub": sub})
    back = urlsplit(allowed.headers["location"])
    return browser.get(f"{back.path}?{back.query}")


def test_the_provider_signs_people_in(tmp_path: Path, issuer: str) -> None:
    site = entered(tmp_path, issuer)
    browser = site.browser("127.0.0.1")
    page = browser.get("/login?next=/stories").text
    assert 'href="/login/oidc?next=/stories"' in page
    done = by_provider(browser, "1", "/stories")
    assert (done.status_code, done.headers["location"]) == (303, "/stories")
    assert browser.is_in()
    visits = site.store.read.visits.of(
        "ann@example.org", site.clock.now().replace(year=2000), site.clock.now()
    )
    assert len(visits) == 1
    assert not browser.cookie("errand")
    site.store.close()


def test_it_is_asked_as_the_standards_want(tmp_path: Path, issuer: str) -> None:
    site = entered(tmp_path, issuer)
    browser = site.browser("127.0.0.1")
    asked = [parse_qs(urlsplit(browser.get("/login/oidc").headers["location"]).query) for _ in range(2)]
    assert asked[0]["response_type"] == ["code"]
    assert asked[0]["code_challenge_method"] == ["S256"]
    assert asked[0]["redirect_uri"] == [f"{HERE}/login/oidc/back"]
    for once in ("state", "nonce", "code_challenge"):
        assert asked[0][once] != asked[1][once]
        assert len(asked[0][once][0]) >= 20
    site.store.close()


@pytest.mark.parametrize(
    ("sub", "why"), [("2", "no such account"), ("3", "verified"), ("4", "names no email")]
)
def test_whom_we_do_not_know_stays_outside(tmp_path: Path, issuer: str, sub: str, why: str) -> None:
    site = entered(tmp_path, issuer)
    browser = site.browser("127.0.0.1")
    done = by_provider(browser, sub)
    assert done.status_code == 403
    assert why in words(done.text)
    assert not browser.is_in()
    site.store.close()


def test_another_claim_can_be_the_name(tmp_path: Path, issuer: str) -> None:
    site = entered(tmp_path, issuer, claim="preferred_username")
    browser = site.browser("127.0.0.1")
    assert by_provider(browser, "4").status_code == 303
    assert browser.is_in()
    site.store.close()


def test_an_answer_counts_once_and_in_the_browser_that_asked(tmp_path: Path, issuer: str) -> None:
    site = entered(tmp_path, issuer)
    ann, mallory = site.browser("127.0.0.1"), site.browser("127.0.0.1")
    out = mallory.get("/login/oidc")
    back = httpx2.post(out.headers["location"], data={"sub": "2"}).headers["location"]
    path = f"{urlsplit(back).path}?{urlsplit(back).query}"
    # Mallory sends Ann the link that would sign Ann in as Mallory.
    assert ann.get(path).status_code == 403
    ann.get("/login/oidc")  # with an errand of her own
    refused = ann.get(path)
    assert refused.status_code == 403
    assert "begin anew" in refused.text
    assert not ann.is_in()
    # An answer that was used does not work again.
    own = ann.get("/login/oidc")
    errand = ann.cookie("errand")
    back = httpx2.post(own.headers["location"], data={"sub": "1"}).headers["location"]
    path = f"{urlsplit(back).path}?{urlsplit(back).query}"
    assert ann.get(path).status_code == 303
    thief = site.browser("127.0.0.1")
    thief.client.cookies.set("errand", errand)
    assert thief.get(path).status_code == 403
    site.store.close()


def test_what_the_provider_refuses_is_said(tmp_path: Path, issuer: str) -> None:
    site = entered(tmp_path, issuer)
    browser = site.browser("127.0.0.1")
    lie = "/login/oidc/back?error=x&error_description=call 0800 123456&state="
    for state in ("", "x", "state_provider"):
        browser.get("/login/oidc")
        done = browser.get(lie + state)
        assert done.status_code == 403
        assert "0800" not in done.text  # anybody's words
    (state,) = parse_qs(urlsplit(browser.get("/login/oidc").headers["location"]).query)["state"]
    done = browser.get(
        f"/login/oidc/back?error=access_denied&error_description=<script>alert(1)</script>%0a%0dno&state={state}"
    )
    assert done.status_code == 403
    assert "<script>" not in done.text
    assert "did not let you in" in words(done.text)
    site.store.close()


def test_a_provider_that_is_down_leaves_passwords(tmp_path: Path) -> None:
    site = entered(tmp_path, "http://localhost:9")
    browser = site.browser("127.0.0.1")
    done = browser.get("/login/oidc")
    assert done.status_code == 503
    assert "does not answer" in words(done.text)
    assert browser.sign_in("sam").status_code == 303
    site.store.close()


# A provider that lies.

KEY, OTHER = (RSAKey.generate_key(2048, {"kid": "1"}) for _ in range(2))


class Liar:
    """Answers as a provider does, over no network."""

    def __init__(self) -> None:
        self.nonce = ""
        self.claims: dict[str, Any] = {}
        self.described: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode(
            {"alg": "RS256", "kid": "1"}, claims, KEY
        )
        self.info: dict[str, Any] = {"sub": "7", "email": "sam@example.org", "email_verified": True}
        self.verifier = ""
        self.keys: list[Any] = [KEY]
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path.endswith("openid-configuration"):
            known = {
                "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/authorize", "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/jwks", "userinfo_endpoint": f"{ISSUER}/userinfo",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            }  # fmt: skip
            return httpx2.Response(200, json=known | self.described)
        if path == "/jwks":
            return httpx2.Response(200, json=KeySet(self.keys).as_dict(private=False))
        if path == "/userinfo":
            return httpx2.Response(200, json=self.info)
        self.verifier = parse_qs(request.content.decode())["code_verifier"][0]
        now = int(time.time())
        claims = {
            "iss": ISSUER, "aud": "snapwatch", "sub": "7", "iat": now, "exp": now + 300, "nonce": self.nonce,
            "email": "ann@example.org", "email_verified": True,
        } | self.claims  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        token = {"access_token": "secret-access", "token_type": "Bearer", "id_token": self.sign(claims)}
        return httpx2.Response(200, json={k: v for k, v in token.items() if v})


class Asked:
    """A request as far as the provider's client looks at it."""

    def __init__(self, query: dict[str, str]) -> None:
        self.scope: dict[str, Any] = {"method": "GET"}
        self.query_params = query

    @property
    def session(self) -> dict[str, Any]:
        found: dict[str, Any] = self.scope["session"]
        return found


async def outcome(liar: Liar, tmp_path: Path, **back: str) -> str:
    (tmp_path / "secret").write_text(SECRET)
    settings = OidcSettings.model_validate(
        {"issuer": ISSUER, "client_id": "snapwatch", "client_secret": {"file": str(tmp_path / "secret")}}
    )
    provider = Provider(settings, f"{HERE}/login/oidc/back", liar.clock, transport=httpx2.MockTransport(liar))
    return await signed_in(provider, liar, **back)


async def signed_in(provider: Provider, liar: Liar, **back: str) -> str:
    asked = Asked({})
    response, errand = await provider.set_out(asked, "/")  # type: ignore[arg-type]
    sent = parse_qs(urlsplit(response.headers["location"]).query)
    liar.nonce = sent["nonce"][0]
    answer = Asked({"code": "c", "state": sent["state"][0], **back})
    name, _ = await provider.come_back(answer, errand)  # type: ignore[arg-type]
    return name


def run(liar: Liar, tmp_path: Path, **back: str) -> str:
    import asyncio

    return asyncio.run(outcome(liar, tmp_path, **back))


def test_one_that_does_not_lie_is_believed(tmp_path: Path) -> None:
    liar = Liar()
    assert run(liar, tmp_path, iss=ISSUER) == "ann@example.org"
    assert len(liar.verifier) >= 43  # RFC 7636
    liar.claims = {"email": None, "sub": "7"}
    assert run(liar, tmp_path) == "sam@example.org"  # from where it says more


@pytest.mark.parametrize("skew", [SKEW_SECONDS - 20, -(SKEW_SECONDS - 20)])
def test_clocks_may_differ_a_little(tmp_path: Path, skew: int) -> None:
    liar, now = Liar(), int(time.time())
    liar.claims = {"iat": now + skew, "exp": now + min(skew, 0) + (300 if skew > 0 else 0)}
    assert run(liar, tmp_path) == "ann@example.org"


NOW = int(time.time())
LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "for another": {"aud": "other"},
    "for another, too, and by them": {"aud": ["snapwatch", "other"], "azp": "other"},
    "for several, by nobody": {"aud": ["snapwatch", "other"]},
    "by another party": {"azp": "other"},
    "for nobody": {"aud": None},
    "over": {"exp": NOW - 7200, "iat": NOW - 9000},
    "without end": {"exp": None},
    "of tomorrow": {"iat": NOW + 86_400, "exp": NOW + 90_000},
    "of another errand": {"nonce": "x"},
    "of no errand": {"nonce": None},
    "of nobody": {"sub": None},
    "an access token of another": {"at_hash": "x"},
}


@pytest.mark.parametrize("lie", LIES)
def test_lies_of_the_id_token(tmp_path: Path, lie: str) -> None:
    liar = Liar()
    liar.claims = LIES[lie]
    with pytest.raises(ProviderError) as caught:
        run(liar, tmp_path)
    assert "secret-access" not in str(caught.value)


def unsigned(claims: dict[str, Any]) -> str:
    import base64
    import json

    parts = [{"alg": "none"}, claims]
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."
    )


SIGNED: dict[str, Callable[[dict[str, Any]], str]] = {
    "by another key": lambda claims: jwt.encode({"alg": "RS256", "kid": "1"}, claims, OTHER),
    "by an unknown key": lambda claims: jwt.encode({"alg": "RS256", "kid": "9"}, claims, OTHER),
    "by nobody": unsigned,
    "by our own secret": lambda claims: jwt.encode(
        {"alg": "HS256"}, claims, OctKey.import_key(SECRET * 3), algorithms=["HS256"]
    ),
    "not at all": lambda _: "rubbish",
    "absent": lambda _: "",
}


@pytest.mark.parametrize("how", SIGNED)
def test_lies_of_the_signature(tmp_path: Path, how: str) -> None:
    liar = Liar()
    liar.sign = SIGNED[how]
    with pytest.raises(ProviderError):
        run(liar, tmp_path)


@pytest.mark.parametrize(
    "described",
    [{"issuer": "https://evil.example"}, {"token_endpoint": "http://login.example.org/token"},
     {"jwks_uri": "http://login.example.org/jwks"}, {"userinfo_endpoint": "http://login.example.org/me"},
     {"jwks_uri": None}],
)  # fmt: skip
def test_lies_of_the_description(tmp_path: Path, described: dict[str, Any]) -> None:
    liar = Liar()
    liar.described = described
    with pytest.raises(ProviderError):
        run(liar, tmp_path)


NEW = RSAKey.generate_key(2048, {"kid": "2"})


def test_a_key_that_was_withdrawn_is_believed_no_longer_and_a_new_one_at_once(tmp_path: Path) -> None:
    import asyncio

    (tmp_path / "secret").write_text(SECRET)
    settings = OidcSettings.model_validate(
        {"issuer": ISSUER, "client_id": "snapwatch", "client_secret": {"file": str(tmp_path / "secret")}}
    )
    liar = Liar()
    provider = Provider(settings, f"{HERE}/back", liar.clock, transport=httpx2.MockTransport(liar))

    async def work() -> None:
        old = liar.sign
        assert await signed_in(provider, liar) == "ann@example.org"
        liar.keys = [NEW, KEY]
        liar.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "2"}, claims, NEW)
        assert await signed_in(provider, liar) == "ann@example.org"
        liar.keys, liar.sign = [NEW], old
        liar.now += KNOWN_SECONDS
        with pytest.raises(ProviderError):
            await signed_in(provider, liar)
        # A provider that has lied of itself once, is not disbelieved for ever.
        liar.now += KNOWN_SECONDS
        liar.described = {"issuer": "https://evil.example"}
        with pytest.raises(ProviderError):
            await signed_in(provider, liar)
        liar.described = {}
        liar.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "2"}, claims, NEW)
        assert await signed_in(provider, liar) == "ann@example.org"

    asyncio.run(work())


def test_who_promises_to_name_itself_has_to(tmp_path: Path) -> None:
    """RFC 9207."""
    liar = Liar()
    liar.described = {"authorization_response_iss_parameter_supported": True}
    assert run(liar, tmp_path, iss=ISSUER) == "ann@example.org"
    with pytest.raises(ProviderError, match="another provider"):
        run(liar, tmp_path)


def test_the_errand_fits_into_a_cookie(tmp_path: Path, issuer: str) -> None:
    site = entered(tmp_path, issuer)
    noise = "".join(chr(33 + each * each * 7 % 58) for each in range(1990))
    for wanted in ("/search?words=" + noise[:980], "/search?words=" + noise[:1900]):
        out = site.browser("127.0.0.1").get("/login/oidc", params={"next": wanted})
        assert max(map(len, out.headers.get_list("set-cookie"))) < 4096
    site.store.close()


def test_another_providers_answer(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="another provider"):
        run(Liar(), tmp_path, iss="https://evil.example")
    with pytest.raises(ProviderError, match="begin anew"):
        run(Liar(), tmp_path, state="x")


def test_more_of_somebody_else_is_not_believed(tmp_path: Path) -> None:
    liar = Liar()
    liar.claims = {"email": None}
    liar.info = {"sub": "8", "email": "sam@example.org", "email_verified": True}
    with pytest.raises(ProviderError, match="names no email"):
        run(liar, tmp_path)


@pytest.mark.parametrize("name", ["", "x" * 101, ["ann@example.org"], 7])
def test_names_that_are_none(tmp_path: Path, name: object) -> None:
    liar = Liar()
    liar.claims, liar.info = {"email": name}, {}
    with pytest.raises(ProviderError):
        run(liar, tmp_path)
