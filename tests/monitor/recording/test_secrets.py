"""No secret is left in a recording, wherever and however it stood."""

from __future__ import annotations

import base64
import gzip
import html
import http.client
import io
import json
import random
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

import httpx
import pytest
import requests
import urllib3
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, SecretStr

from monitor.errors import InputError
from monitor.model import Batch
from monitor.ports import Source
from monitor.recording import command
from monitor.recording.secrets import JWT, REDACTED, SHORTEST, Cleaner, in_address, plain_address, tokens
from monitor.settings import Secret, SourceSettings
from tests import recorded
from tests.contract_sources import START
from tests.fake_platforms import Answer, Platform, Request

ID = "app-id"


def forms(secret: str) -> dict[str, bytes]:
    """How a server, a library or a person may write it."""
    raw = secret.encode()
    basic = f"{ID}:{secret}".encode()
    return {
        "plain": raw,
        "in an address": quote(secret, safe="").encode(),
        "in a form": quote_plus(secret).encode(),
        "in lower case": quote(secret, safe="").lower().encode() if secret.lower() == secret else raw,
        "in an address in an address": quote(quote(secret, safe=""), safe="").encode(),
        "in JSON": json.dumps(secret)[1:-1].encode(),
        "in JSON in JSON": json.dumps(json.dumps(secret)[1:-1])[1:-1].encode(),
        "in HTML": html.escape(secret).encode(),
        "in base64": base64.b64encode(raw),
        "as basic authentication": base64.b64encode(basic),
        "as basic authentication for addresses": base64.urlsafe_b64encode(basic),
    }


# What a person or a program takes for a secret: no white space at its ends, and neither a word of the file's own.
secrets = st.one_of(
    st.text(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~.+/=%&\"'\\<> é☃",
        min_size=12,
        max_size=60,
    ),
    st.binary(min_size=24, max_size=40).map(lambda each: base64.b64encode(each).decode()),
).map(lambda each: f"s3{each.strip()}cr3t")


class Canary(SourceSettings):
    token: Secret = Field(description="of the account")
    feed: str = ""


class Echo(Platform):
    """Answers with the secret in every place, packed as it is asked for."""

    def __init__(self) -> None:
        super().__init__(START)
        self.secret = ""
        self.given = ""

    def answer(self, request: Request) -> Answer:
        kinds = forms(self.secret) | {f"given {kind}": form for kind, form in forms(self.given).items()}
        body = b"\n".join(b"%s: %s" % (kind.encode(), form) for kind, form in kinds.items())
        body += json.dumps({"access_token": self.given, "me": {"refreshJwt": self.given + "2"}}).encode()
        line = quote(self.secret, safe="")
        headers = {
            "Content-Type": "text/plain; charset=utf-8",
            "Set-Cookie": f"session={quote(self.given, safe='')}; Path=/",
            "X-Echo": line,
            "ETag": f'"{line}"',
            "Link": f'<https://e.example/?page=2&token={line}>; rel="next"',
        }
        packing = request.params.get("packing", "")
        if packing == "gzip":
            body = gzip.compress(body)
        elif packing == "deflate":
            body = zlib.compress(body)
        elif packing == "secret":
            body = bytes(each ^ 0x55 for each in body)
        return Answer(200, body, headers | ({"Content-Encoding": packing} if packing else {}))


class EchoSource(Source):
    """Sends its secret in every place, through each library."""

    name = "x"

    def __init__(self, url: str, secret: str, packing: str) -> None:
        self._url, self._secret, self._packing = url, secret, packing

    def poll(self, cursor: str | None, now: datetime, lane: str = "", room: int | None = None) -> Batch:
        line = quote(self._secret, safe="")
        basic = base64.b64encode(f"{ID}:{self._secret}".encode()).decode()
        headers = {
            "Authorization": f"Basic {basic}", "X-Api-Key": line, "Cookie": f"a={line}", "Proxy-Authorization": line,
        }  # fmt: skip
        url = f"{self._url}/{line}?key={line}&plain={line}&access_token=abc&packing={self._packing}"
        self.heard = [send(url, headers) for send in LIBRARIES.values()]
        return Batch(cursor=json.dumps({"token": self._secret}))

    def check(self) -> str:
        return "echo"


def _requests(url: str, headers: dict[str, str]) -> bytes:
    with requests.Session() as session:
        return session.post(url, headers=headers, data={"password": url}, timeout=10).content


def _urllib3(url: str, headers: dict[str, str]) -> bytes:
    with urllib3.PoolManager() as pool:
        return pool.request("GET", url, headers=headers, timeout=10).data


def _httpx(url: str, headers: dict[str, str]) -> bytes:
    with httpx.Client() as client:
        return client.get(url, headers=headers).content


def _http_client(url: str, headers: dict[str, str]) -> bytes:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
    answer = connection.getresponse()
    try:
        return answer.read()
    finally:
        answer.close()
        connection.close()


LIBRARIES: dict[str, Callable[[str, dict[str, str]], bytes]] = {
    "requests": _requests,
    "urllib3": _urllib3,
    "httpx": _httpx,
    "http.client": _http_client,
}


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    with Echo() as fake:
        yield fake


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings")


@pytest.mark.parametrize("packing", ["", "gzip", "deflate", "secret"])
@settings(max_examples=15)
@given(secret=secrets, given=secrets)
def test_no_canary_is_left(packing: str, echo: Echo, folder: Path, secret: str, given: str) -> None:
    echo.secret, echo.given = secret, given
    table = Canary(
        type="x",
        token=SecretStr(secret),
        feed=f"https://ann:{quote(given, safe='')}@e.example/?key=kkkkkkkkkkkk",
    )
    made = recorded.configured("x", table, folder)
    source = EchoSource(echo.url, secret, packing)
    out, err = folder / "made.json", io.StringIO()
    assert command.record(made, "x", out, 2, lambda: START, err, lambda *_: source) == 0
    data = out.read_bytes()
    written = json.loads(data)
    assert len(written["answers"]) == len(LIBRARIES)
    assert "session=" not in data.decode()
    assert b"kkkkkkkkkkkk" not in data
    bodies = [each.get("text", "") or base64.b64decode(each.get("base64", "")) for each in written["answers"]]
    haystack = [data, *(each.encode() if isinstance(each, str) else each for each in bodies)]
    haystack += [json.dumps(written, ensure_ascii=False).encode()]
    for canary in (secret, given):
        left = [kind for kind, form in forms(canary).items() if any(form in each for each in haystack)]
        assert left == []
    if packing == "secret":  # nobody can look into it
        assert all(not body for body in bodies)
    else:
        assert all(str(body).startswith(f"plain: {REDACTED}") for body in bodies)


@settings(max_examples=200)
@given(secrets, st.binary(max_size=40), st.binary(max_size=40))
def test_base64_is_found_with_anything_around_it(secret: str, before: bytes, after: bytes) -> None:
    cleaner = Cleaner([secret])
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(before + secret.encode() + after)
        left = cleaner.clean(whole)
        assert left != whole
        # At most the characters that it shares with its neighbours are left.
        assert (
            len(left) - left.count(REDACTED.encode()) * len(REDACTED)
            <= len(whole) - len(secret.encode()) * 4 // 3 + 4
        )


@given(st.lists(secrets, min_size=1, max_size=4), st.randoms())
def test_one_secret_within_another_leaves_nothing_of_either(known: list[str], chance: random.Random) -> None:
    text = "".join(chance.choices([*known, known[0] + known[-1], " "], k=20))
    left = Cleaner([*known, known[0] + known[-1]]).text(text)
    assert not [secret for secret in known if secret in left]


@given(st.text(max_size=300))
def test_what_is_no_secret_stays(text: str) -> None:
    text = text.encode(errors="replace").decode()
    assert Cleaner(["never-in-there-0123456789"]).text(text) == text


def test_a_secret_that_is_too_short_is_refused_before_anything_is_asked(folder: Path) -> None:
    table = Canary(type="x", token=SecretStr("a" * (SHORTEST - 1)))
    made = recorded.configured("x", table, folder)
    with pytest.raises(InputError, match="fewer than 6 characters"):
        command.record(
            made, "x", folder / "none.json", 1, lambda: START, io.StringIO(), lambda *_: pytest.fail("built")
        )
    assert not (folder / "none.json").exists()


def test_a_token_keeps_the_form_that_libraries_look_into() -> None:
    segments = (
        base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=")
        for each in ({"alg": "x"}, {"sub": "me"})
    )
    token = f"{'.'.join(segments)}.sig-SECRET"
    body = json.dumps({"accessJwt": token, "refresh_token": "opaque-SECRET", "key": "stays"}).encode()
    assert list(tokens(body)) == [token, "opaque-SECRET"]
    assert json.loads(Cleaner(tokens(body)).clean(body)) == {
        "accessJwt": JWT, "refresh_token": REDACTED, "key": "stays",
    }  # fmt: skip


def test_addresses() -> None:
    assert plain_address("https://ann:pw@e.example/a?key=1&q=key%3D2&Token=3&page#x") == (
        "https://e.example/a?key=REDACTED&q=key%3D2&Token=REDACTED&page#x"
    )
    for odd in ("", "x", "https://[", "https://e.example/?next_token=7"):
        assert plain_address(odd) == odd


@pytest.mark.parametrize(
    "name",
    [
        "feed_token",
        "private_token",
        "api-key",
        "auth_token",
        "api_token",
        "apiKey",
        "X-Amz-Signature",
        "%6Bey",
        "access-token",
        "pwd",
    ],
)
def test_a_parameter_that_is_called_secret_is_one(name: str) -> None:
    url = f"https://feeds.example/a?{name}=abcdef123&page=2"
    assert plain_address(url) == f"https://feeds.example/a?{name}=REDACTED&page=2"
    assert "abcdef123" in in_address(url)


@pytest.mark.parametrize(
    "name", ["pageToken", "next_token", "pagination_token", "sort_key", "keyword", "q", "feed"]
)
def test_a_place_or_a_question_is_no_secret(name: str) -> None:
    url = f"https://feeds.example/a?{name}=abcdef123"
    assert plain_address(url) == url
