"""Pure: takes secrets out of what was recorded, in whatever form they stand there.

What is known to be secret (the source's own, and the tokens and cookies that were seen) goes wherever it stands; a value
whose name says that it is secret goes even if nobody knows it.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote, urlsplit, urlunsplit

from monitor.errors import InputError

REDACTED = "REDACTED"

SHORTEST = 6
"""Characters of the shortest secret that can be told from other text."""

TOKENS = (
    "access_token", "refresh_token", "id_token", "accessJwt", "refreshJwt", "client_secret", "password", "api_key",
    "apikey",
)  # fmt: skip
"""Fields of an answer whose values are secret."""

_PARAMETER = re.compile(
    r"(?:api|access|account|app|auth|client|feed|private|subscription|user)?key|(?!continuation|next|page|pagination).*token"
    r"|.*(?:jwt|passw(?:or)?d|secret|signature)|auth|authorization|pass|pwd|sig"
)
"""Parameters of an address whose values are secret, by the letters of their names in lower case."""

_FIELD = re.compile(rf'(?i)("(?:{"|".join(TOKENS)})"\s*:\s*")((?:[^"\\]|\\.)+)'.encode())
_INNER = re.compile(rf'(?i)(\\+"(?:{"|".join(TOKENS)})\\+"\s*:\s*\\+")([^"\\]+)'.encode())
"""The same in JSON in JSON."""
_FORM = re.compile(rf"(?i)(?<![\w-])((?:{'|'.join(TOKENS)})=)([^&\s\"'<>;]+)".encode())
_JWT = re.compile(rb"eyJ[\w-]+\.[\w-]+\.[\w-]*")


def _segment(claims: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


JWT = f"{_segment({'alg': 'none'})}.{_segment({'sub': REDACTED, 'exp': 4102444800})}.{REDACTED}"
"""In place of a token that its receiver looks into; it expires in 2100."""


def tokens(body: bytes) -> Iterator[str]:
    """The secrets that an answer gives out."""
    for match in _FIELD.finditer(body):
        value = match[2].decode(errors="replace")
        try:
            yield json.loads(f'"{value}"', strict=False)
        except ValueError:
            yield value
    for pattern in (_INNER, _FORM):
        for match in pattern.finditer(body):
            yield match[2].decode(errors="replace")


def in_address(text: str) -> Iterator[str]:
    """The values of secret parameters, and the password, of every address in a text."""
    for url in re.findall(r"[a-zA-Z][\w+.-]*://[^\s\"'<>\\]+", text):
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        yield parts.netloc.rpartition("@")[0].partition(":")[2]
        for name, _, value in (each.partition("=") for each in parts.query.split("&")):
            if _is_secret(name):
                yield from {value, unquote(value)}


def _is_secret(parameter: str) -> bool:
    return bool(_PARAMETER.fullmatch(re.sub("[^a-z]", "", unquote(parameter).lower())))


def plain_address(url: str) -> str:
    """The address without a password and without the values of secret parameters."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return url
    pairs = (
        f"{name}={REDACTED}" if equals and _is_secret(name) else name + equals + value
        for name, equals, value in (each.partition("=") for each in parts.query.split("&"))
    )
    return urlunsplit((parts.scheme, host, parts.path, "&".join(pairs), parts.fragment))


class Cleaner:
    """Takes out `secrets` and whatever calls itself one. InputError when one is too short to be found."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = set(secrets) - {"", REDACTED, JWT}
        if any(len(each) < SHORTEST for each in known):
            raise InputError(
                f"a secret of this source has fewer than {SHORTEST} characters and can't be told from other text: "
                "nothing is recorded"
            )
        forms = {form for secret in known for form in _forms(secret)}
        # The longest first, so that nothing of one is left because a part of it was taken out before.
        self._forms = [form.encode() for form in sorted(forms, key=len, reverse=True)]
        self._any = re.compile(b"|".join(map(re.escape, self._forms)) or b"(?!)")

    def clean(self, body: bytes) -> bytes:
        """The body of an answer, or any other text."""
        for pattern in (_FIELD, _INNER, _FORM):
            body = pattern.sub(lambda match: match[1] + _in_place_of(match[2]), body)
        return self._any.sub(REDACTED.encode(), body)

    def text(self, text: str) -> str:
        return self.clean(text.encode(errors="replace")).decode(errors="replace")

    def address(self, url: str) -> str:
        return self.text(plain_address(url))

    def finds(self, data: bytes) -> bool:
        """Whether a secret stands there still."""
        return self._any.search(data) is not None


def _in_place_of(value: bytes) -> bytes:
    return (JWT if _JWT.fullmatch(value) else REDACTED).encode()


def _forms(secret: str) -> Iterator[str]:
    """How a secret is written: plain, in JSON (also JSON in JSON), in HTML, in an address, and in base64 with anything
    before and after it."""
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    plain = {secret, html.escape(secret), *in_json, *(json.dumps(each)[1:-1] for each in in_json)}
    escaped = {*(quote(secret, safe) for safe in ("", "/")), quote_plus(secret)}
    escaped |= {re.sub("%..", lambda found: found[0].lower(), each) for each in escaped}
    escaped |= {quote(each, "") for each in escaped}
    yield from plain | escaped
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield from filter(
            lambda form: len(form) >= SHORTEST, _inside(secret.encode(errors="replace"), encode)
        )


def _inside(secret: bytes, encode: Callable[[bytes], bytes]) -> Iterator[str]:
    """The characters of base64 that the secret alone decides, for each of the three places where it can begin."""
    for ahead, first in ((0, 0), (1, 2), (2, 3)):
        whole = (ahead + len(secret)) // 3 * 4
        rest = (ahead + len(secret)) % 3
        yield encode(bytes(ahead) + secret).decode()[first : whole + (0, 1, 2)[rest]]
