"""Sign in with a provider of OpenID Connect: the authorization code flow with PKCE, state and nonce, by Authlib.

What the provider's answer has to fit goes out in a signed cookie of ten minutes, so that only the browser that set out
comes back. Believed is an ID token that the provider has signed for us, for this errand, and that is not over.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import structlog
from fastapi import Request
from fastapi.responses import Response

from monitor.errors import SnapwatchError
from monitor.settings import is_loopback
from monitor.web.enter.cookies import ERRAND
from monitor.web.enter.paths import HOME
from monitor.web.sections import OidcSettings
from monitor.wording.text import one_line

BACK = "/login/oidc/back"
"""Below our own address: where the provider sends people back."""
PROVIDER = "provider"
"""As Authlib calls it, also in what it keeps of an errand."""
SCOPE = "openid email profile"
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Never by nobody, and never by a secret that we hold, too."""
SKEW_SECONDS = 60
"""So far the provider's clock may differ from ours."""
TIMEOUT_SECONDS = 10
KNOWN_SECONDS = 600.0
"""After that the provider is asked anew what it is and which keys it has: one that it has withdrawn is believed no longer.
A key that is not known is asked for at once."""
FAR = 1000
"""Characters of the address to which one goes in the end: what goes out with the errand has to fit into a cookie."""
LONGEST = 100
"""Characters of an account's name."""

log = structlog.get_logger()


class ProviderError(SnapwatchError):
    """Nobody is signed in; the words are fit to be shown."""


class Provider:
    def __init__(
        self, settings: OidcSettings, back: str, clock: Callable[[], float] = time.monotonic, **asking: Any
    ) -> None:
        """`back`: the address to which the provider sends people back, as registered with it. `asking`: how its client asks
        over HTTP."""
        from itsdangerous import URLSafeTimedSerializer

        self._settings, self._back, self._clock = settings, back, clock
        self._asking = {
            "scope": SCOPE,
            "code_challenge_method": "S256",
            "timeout": TIMEOUT_SECONDS,
            **asking,
        }
        self._signed = URLSafeTimedSerializer(secrets.token_urlsafe(32), salt="errand")
        self._known: tuple[float, Any] | None = None

    async def set_out(self, request: Request, after: str) -> tuple[Response, str]:
        """To the provider; and the cookie to bring back. `after`: where to go once that is done. ProviderError."""
        with explained():
            client = await self._client()
            request.scope["session"] = {}
            response: Response = await client.authorize_redirect(request, self._back)
        kept = {"errand": request.session, "after": after if len(after) <= FAR else HOME}
        return response, str(self._signed.dumps(kept))

    async def come_back(self, request: Request, cookie: str) -> tuple[str, str]:
        """Who the provider says it is, and where they wanted to go. ProviderError when nobody is to be believed."""
        from itsdangerous import BadData

        try:
            kept = self._signed.loads(
                cookie, max_age=int(ERRAND.lasts.total_seconds() if ERRAND.lasts else 0)
            )
        except BadData:
            raise ProviderError(
                "this sign-in was begun too long ago, or in another browser: begin anew"
            ) from None
        request.scope["session"] = kept["errand"]
        # Also before it says that something went wrong: anybody can lead a browser here with words of theirs.
        if f"_state_{PROVIDER}_{request.query_params.get('state')}" not in request.session:
            raise ProviderError("this answer is of another sign-in: begin anew")
        with explained():
            client = await self._client()
            known = client.server_metadata
            names_itself = known.get("authorization_response_iss_parameter_supported") is True  # RFC 9207
            if request.query_params.get("iss", None if names_itself else known["issuer"]) != known["issuer"]:
                raise ProviderError("another provider has answered: begin anew")
            token = await client.authorize_access_token(
                request,
                leeway=SKEW_SECONDS,
                claims_options={
                    "iss": {"essential": True, "value": known["issuer"]},
                    "aud": {"essential": True, "value": self._settings.client_id},
                },
            )
            said = token.get("userinfo")
            if not said:
                raise ProviderError("the provider sent no ID token")
            name = self._name(said)
            if name is None and "userinfo_endpoint" in known:
                more = await client.userinfo(token=token)
                name = self._name(more) if more.get("sub") == said["sub"] else None
        if name is None:
            verified = " that it has verified" if self._settings.claim == "email" else ""
            raise ProviderError(
                f"the provider names no {self._settings.claim}{verified}: "
                "whoever runs snapwatch finds in docs/access.md what else can be the name"
            )
        return name, str(kept["after"])

    async def description(self) -> Mapping[str, Any]:
        """What the provider says of itself. ProviderError, HTTPError of httpx2."""
        known: Mapping[str, Any] = (await self._client()).server_metadata
        return known

    async def _client(self) -> Any:
        """A client of Authlib's that has read what the provider says of itself, and keeps its keys; another one after
        KNOWN_SECONDS. One that read what can't be believed is not kept."""
        from authlib.integrations.starlette_client import OAuth

        now = self._clock()
        if self._known is not None and now - self._known[0] < KNOWN_SECONDS:
            return self._known[1]
        client = OAuth().register(
            PROVIDER,
            client_id=self._settings.client_id,
            client_secret=self._settings.client_secret.get_secret_value(),
            server_metadata_url=f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs=dict(self._asking),
        )
        self._believed(await client.load_server_metadata())
        self._known = (now, client)
        return client

    def _believed(self, known: dict[str, Any]) -> None:
        """ProviderError; and no way to sign is left but those that we believe."""
        if str(known.get("issuer", "")).rstrip("/") != self._settings.issuer.rstrip("/"):
            raise ProviderError("the provider calls itself otherwise than web.oidc.issuer does")
        asked = [known[each] for each in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        for each in (*asked, known.get("userinfo_endpoint", known["issuer"])):
            parts = urlsplit(str(each))
            if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
                raise ProviderError("the provider asks to be spoken to without https")
        offered = known.get("id_token_signing_alg_values_supported") or ["RS256"]
        known["id_token_signing_alg_values_supported"] = [each for each in offered if each in SIGNED_BY]

    def _name(self, said: Mapping[str, Any]) -> str | None:
        claim = self._settings.claim
        name = said.get(claim)
        if claim == "email" and said.get("email_verified") not in (True, "true"):
            return None
        return name if isinstance(name, str) and 0 < len(name) <= LONGEST else None


@contextmanager
def explained() -> Iterator[None]:
    """What a person can do about what libraries raise; their own words may hold tokens."""
    from authlib.integrations.base_client import OAuthError
    from httpx2 import HTTPError
    from joserfc.errors import JoseError

    try:
        yield
    except ProviderError:
        raise
    except OAuthError as error:
        log.warning("sign-in refused", why="provider", error=one_line(str(error.error), 60))
        told = one_line(str(error.description or error.error), 200)
        raise ProviderError(f"the provider did not let you in ({told}): begin anew") from None
    except HTTPError as error:
        log.error("the sign-in provider does not answer", error=type(error).__name__)
        raise ProviderError("the sign-in provider does not answer: try again in a minute") from None
    except (JoseError, ValueError, KeyError, TypeError, RuntimeError) as error:
        log.error("the sign-in provider is not believed", error=type(error).__name__)
        raise ProviderError(
            f"what the provider said could not be verified ({type(error).__name__})"
        ) from None
