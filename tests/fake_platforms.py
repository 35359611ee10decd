"""X and Reddit on loopback, written after their documentation, for the real tweepy and praw clients.

    with FakeX([x_post(...), ...]) as fake:
        fake.mount(source.session)            # https://api.twitter.com now answers from `fake`
        fake.now = datetime(...)              # posts written later than this are not there yet
        fake.will(Answer(429, headers={...})) # the next request gets this instead, once
        fake.requests                         # what was asked: (path, parameters, headers)

    with FakeReddit([reddit_post(...), reddit_comment(...)]) as fake: ...

Neither understands search operators: every stored post matches every query.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from sources import http

TOKEN = "bearer-SECRET-0123"
CLIENT_ID = "app-id"
CLIENT_SECRET = "client-SECRET-4567"
PASSWORD = "password-SECRET-89"
REFRESH_TOKEN = "refresh-SECRET-ab"


MEANT_FOR = "X-Meant-For"
"""The header in which a fake platform, and a recording of it, finds the true server."""


class Request(NamedTuple):
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    method: str = "GET"
    body: str = ""
    query: str = ""


@dataclass(frozen=True)
class Answer:
    """`body` is sent as JSON unless it is bytes. `cut` ends the connection in the middle of the body; `late` waits
    so many seconds before the answer; `drop` closes the connection without one; `times` sends the body so often, with
    `pause` seconds in between. `chunks` are sent as a stream in place of the body; with `hold` it stays open, silent."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    late: float = 0.0
    drop: bool = False
    times: int = 1
    pause: float = 0.0
    chunks: tuple[bytes, ...] | None = None
    hold: bool = False


class Platform:
    """A threaded server on a free port of 127.0.0.1. Subclasses say which hosts they stand for and answer."""

    hosts: tuple[str, ...] = ()

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime(2026, 11, 1, 12, tzinfo=UTC)
        self.requests: list[Request] = []
        self._script: deque[Answer | Callable[[Request], Answer | None]] = deque()
        self._server: ThreadingHTTPServer | None = None
        self._released = threading.Event()
        self._slow: Answer | None = None
        self._usual: tuple[float, float] | None = None

    def start(self) -> Self:
        platform = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # headers and body leave together: two small writes cost 40 ms

            def do_GET(self) -> None:
                platform._serve(self)

            def do_POST(self) -> None:
                platform._serve(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._released.set()
        self._patient()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        assert self._server, "start it first"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def mount(self, session: requests.Session) -> None:
        """From now on the session's requests to the platform's hosts come here."""
        for host in self.hosts:
            url = f"https://{host}/"
            before = session.get_adapter(url)
            inner = before.inner if isinstance(before, _Redirect) else before
            session.mount(url, _Redirect(lambda: self.url, inner))

    def will(self, *answers: Answer | Callable[[Request], Answer | None]) -> None:
        """What the next requests get, one each, instead of the true answer. A function may decline with None."""
        self._script.extend(answers)

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        params = dict(
            parse_qsl(parts.query, keep_blank_values=True) + parse_qsl(body, keep_blank_values=True)
        )
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Request(parts.path.rstrip("/"), params, headers, handler.command, body, parts.query)
        self.requests.append(request)
        if self._slow is None:
            self._patient()
        answer = None
        if self._script and not self.free(request):
            scripted = self._script.popleft()
            answer = scripted if isinstance(scripted, Answer) else scripted(request)
        answer = answer or self.answer(request)
        if answer is self._slow:
            self._slow = None
        if answer.late:
            self._released.wait(answer.late)
        if answer.drop:
            handler.close_connection = True
            return
        if answer.chunks is not None:
            self._stream(handler, answer, answer.chunks)
            return
        body_bytes = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        try:
            handler.send_response(answer.status)
            for name, value in {"Content-Type": "application/json; charset=UTF-8", **answer.headers}.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body_bytes) * answer.times))
            if handler.close_connection:  # the client asked for it, as praw does when it logs in
                handler.send_header("Connection", "close")
            handler.end_headers()
            for _ in range(answer.times):
                handler.wfile.write(body_bytes[: len(body_bytes) // 2] if answer.cut else body_bytes)
                if answer.pause:
                    handler.wfile.flush()
                    self._released.wait(answer.pause)
        except OSError:
            pass  # a client that gave up
        handler.close_connection = handler.close_connection or answer.cut

    def _stream(self, handler: BaseHTTPRequestHandler, answer: Answer, chunks: tuple[bytes, ...]) -> None:
        handler.close_connection = True
        try:
            handler.send_response(answer.status)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            handler.wfile.flush()
            for chunk in chunks:
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                handler.wfile.flush()
            if answer.hold:
                self._released.wait()
            if not answer.cut:
                handler.wfile.write(b"0\r\n\r\n")
        except OSError:
            pass  # a client that gave up

    def will_slowly(self, answer: Answer) -> None:
        """The next request gets this slow answer, and is waited for only a moment; what comes after it is waited for as
        long as ever, so that a test does not fail because the machine is busy."""
        self._usual = self._usual or (http.READ, http.WHOLE)
        http.READ = http.WHOLE = 0.3
        self._slow = answer
        self.will(answer)

    def forget(self) -> bool:
        """Drop what of the script is still to come; whether there was any."""
        left = bool(self._script)
        self._script.clear()
        self._slow = None
        self._patient()
        return left

    def _patient(self) -> None:
        if self._usual:
            http.READ, http.WHOLE = self._usual
            self._usual = None

    def free(self, request: Request) -> bool:
        """Requests that no script applies to, such as a log-in that happens now and then."""
        return False


class _Redirect(HTTPAdapter):
    """Sends through the adapter that the session had, so that its limits hold."""

    def __init__(self, url: Callable[[], str], inner: BaseAdapter) -> None:
        super().__init__()
        self._url, self.inner = url, inner

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        assert request.url
        parts = urlsplit(request.url)
        request.headers[MEANT_FOR] = f"{parts.scheme}://{parts.netloc}"
        request.url = f"{self._url()}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        return self.inner.send(request, *args, **kwargs)


def failing(kind: str, echo: str) -> Answer:
    """What a broken or hostile server answers, by the kinds of tests/contract_sources.py; `echo` is in every body."""
    return {
        "slow down": Answer(429, {"error": echo}, {"Retry-After": "120"}),
        "unavailable": Answer(503, echo.encode(), {"Retry-After": "9"}),
        "cut": Answer(200, {"error": echo + "a" * 1000}, cut=True),
        "dropped": Answer(drop=True),
        "late": Answer(late=1.5),
        "not JSON": Answer(200, b"<html>" + echo.encode()),
        "odd JSON": Answer(200, ["data", echo]),
        "odd error": Answer(418, "a string where an object should be " + echo),
        "odd headers": Answer(429, {"error": echo}, {"Retry-After": "soon"}),
        "unauthorized": Answer(401, {"error": echo}),
        "forbidden": Answer(403, {"error": echo}),
        "huge": Answer(200, b"0" * (1 << 20), times=100),
        "dripping": Answer(200, b"0", times=1000, pause=0.01),
        "redirect loop": Answer(302, {"error": echo}, {"Location": "/loop"}),
        "not found": Answer(404, {"error": echo}),
    }[kind]


# X: https://docs.x.com/x-api/posts/search-recent-posts, /x-api/posts/get-posts-by-ids, /fundamentals/rate-limits


def x_id(created_at: datetime, sequence: int = 0) -> str:
    return str((round(created_at.timestamp() * 1000) - 1_288_834_974_657 << 22) + sequence)


def x_post(created_at: datetime, text: str = "acme is late again", **more: Any) -> dict[str, Any]:
    """A post as X stores it; `sequence` tells posts of one millisecond apart."""
    post = {
        "id": x_id(created_at, more.pop("sequence", 0)),
        "text": text,
        "author_id": "7",
        "created_at": created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "lang": "en",
        "public_metrics": {
            "retweet_count": 3,
            "reply_count": 2,
            "like_count": 5,
            "quote_count": 1,
            "bookmark_count": 0,
            "impression_count": 410,
        },
    }
    return post | {"edit_history_tweet_ids": [post["id"]]} | more


def x_user(id: str = "7", username: str = "ann", followers: int = 120) -> dict[str, Any]:
    return {
        "id": id,
        "name": username.title(),
        "username": username,
        "public_metrics": {
            "followers_count": followers,
            "following_count": 80,
            "tweet_count": 900,
            "listed_count": 1,
        },
    }


def x_problem(kind: str, title: str, detail: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "detail": detail, "type": f"https://api.x.com/2/problems/{kind}", **more}


class FakeX(Platform):
    """Recent search, mentions, counts, lookup, rules and the filtered stream. `gone[id]` is the problem type that a lookup
    of that post answers with; `heard` is what the stream sends before it falls silent; `rules` are (id, value, tag)."""

    hosts = ("api.twitter.com", "api.x.com")
    longest_query = 512
    reach = 800

    def __init__(
        self,
        posts: Iterable[dict[str, Any]] = (),
        users: Iterable[dict[str, Any]] = (),
        now: datetime | None = None,
    ) -> None:
        super().__init__(now)
        self.posts = list(posts)
        self.users = {user["id"]: user for user in users or [x_user()]}
        self.gone: dict[str, str] = {}
        self.rules: list[dict[str, str]] = []
        self.heard: list[bytes] = []

    def free(self, request: Request) -> bool:
        return request.path.endswith("/rules")

    def answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(
                401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
            )
        if len(request.params.get("query", "")) > self.longest_query:
            return _x_invalid("There were errors processing your request: the query is too long")
        match request.path.removeprefix("/2/").split("/"):
            case ["tweets", "search", "recent"]:
                return self._search(request.params, self._visible(), 10)
            case ["users", user, "mentions"] if user in self.users:
                return self._search(request.params, self._visible()[: self.reach], 5)
            case ["users", user, "mentions"]:
                text = f"Could not find user with id: [{user}]."
                missing = x_problem("resource-not-found", "Not Found Error", text, parameter="id", value=user)
                return Answer(200, {"errors": [missing]})
            case ["tweets", "counts", "recent"]:
                return self._counts(request.params)
            case ["tweets"]:
                return self._lookup(request.params)
            case ["tweets", "search", "stream", "rules"]:
                return self._rules(json.loads(request.body)) if request.body else self._all_rules()
            case ["tweets", "search", "stream"]:
                return Answer(200, chunks=tuple(self.heard), hold=True)
        return Answer(404, x_problem("resource-not-found", "Not Found", "no such endpoint"))

    def _visible(self) -> list[dict[str, Any]]:
        before = int(x_id(self.now))
        found = [post for post in self.posts if int(post["id"]) <= before and post["id"] not in self.gone]
        return sorted(found, key=lambda post: int(post["id"]), reverse=True)

    def _since(self, params: dict[str, str]) -> int:
        oldest = self.now - timedelta(days=7)
        since = int(params.get("since_id", x_id(oldest)))
        if since < int(x_id(oldest)):
            raise ValueError(f"'since_id' must be a tweet id created after {oldest.isoformat()}.")
        return since

    def _search(self, params: dict[str, str], visible: list[dict[str, Any]], least: int) -> Answer:
        if {"since_id", "until_id"} & set(params) and {"start_time", "end_time"} & set(params):
            both = "Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time' or 'end_time'."
            return _x_invalid(both)
        try:
            since = self._since(params) if "query" in params else int(params.get("since_id", 0))
        except ValueError as error:
            return _x_invalid(str(error))
        if not least <= (size := int(params.get("max_results", 10))) <= 100:
            return _x_invalid(
                f"The `max_results` query parameter value [{size}] is not between {least} and 100"
            )
        until = int(params.get("until_id", 2**63))
        if token := params.get("next_token") or params.get("pagination_token"):
            until = min(until, int(base64.b32hexdecode(token.upper())))
        found = [post for post in visible if since < int(post["id"]) < until]
        page = found[:size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if len(found) > size:
            meta["next_token"] = base64.b32hexencode(page[-1]["id"].rjust(20, "0").encode()).decode().lower()
        return Answer(200, self._body(page, params) | {"meta": meta}, self._limits())

    def _counts(self, params: dict[str, str]) -> Answer:
        try:
            since = self._since(params)
        except ValueError as error:
            return _x_invalid(str(error))
        until = int(params.get("until_id", 2**63))
        total = sum(since < int(post["id"]) < until for post in self._visible())
        return Answer(200, {"data": [], "meta": {"total_tweet_count": total}}, self._limits())

    def _all_rules(self) -> Answer:
        meta = {"sent": self.now.isoformat(), "result_count": len(self.rules)}
        return Answer(200, ({"data": self.rules} if self.rules else {}) | {"meta": meta})

    def _rules(self, change: dict[str, Any]) -> Answer:
        meta = {"sent": self.now.isoformat(), "summary": {}}
        if "delete" in change:
            ids = change["delete"]["ids"]
            self.rules = [rule for rule in self.rules if rule["id"] not in ids]
            return Answer(200, {"meta": meta})
        made = [{"id": str(9000 + len(self.rules) + n)} | rule for n, rule in enumerate(change["add"])]
        wrong = [
            x_problem("invalid-rules", "UnprocessableEntity", f"unbalanced: {rule['value']}")
            for rule in made
            if rule["value"].count("(") != rule["value"].count(")")
        ]
        if wrong:
            return Answer(200, {"errors": wrong, "meta": meta})
        self.rules += made
        return Answer(201, {"data": made, "meta": meta})

    def _lookup(self, params: dict[str, str]) -> Answer:
        ids = params["ids"].split(",")
        if len(ids) > 100 or not all(id.isdecimal() for id in ids):
            return _x_invalid("The `ids` query parameter value is not valid")
        stored = {post["id"]: post for post in self.posts if post["id"] not in self.gone}
        body = self._body([stored[id] for id in ids if id in stored], params)
        missing = [id for id in ids if id not in stored]
        if missing:
            body["errors"] = [
                x_problem(
                    self.gone.get(id, "resource-not-found"),
                    "Not Found Error",
                    f"Could not find tweet with ids: [{id}].",
                    parameter="ids",
                    resource_type="tweet",
                    resource_id=id,
                    value=id,
                )
                for id in missing
            ]
        return Answer(200, body, self._limits())

    def _body(self, page: list[dict[str, Any]], params: dict[str, str]) -> dict[str, Any]:
        """Only what was asked for: default fields, `tweet.fields`, and authors when expanded."""
        wanted = {"id", "text", "edit_history_tweet_ids", *params.get("tweet.fields", "").split(",")}
        expanded = "author_id" in params.get("expansions", "").split(",")
        wanted |= {"author_id"} if expanded else set()
        body: dict[str, Any] = {}
        if page:
            body["data"] = [{key: value for key, value in post.items() if key in wanted} for post in page]
        if page and expanded:
            fields = {"id", "name", "username", *params.get("user.fields", "").split(",")}
            ids = dict.fromkeys(post["author_id"] for post in page)
            users = [self.users[id] for id in ids if id in self.users]
            body["includes"] = {"users": [{k: v for k, v in user.items() if k in fields} for user in users]}
        return body

    def _limits(self) -> dict[str, str]:
        reset = str(int(self.now.timestamp()) + 900)
        return {"x-rate-limit-limit": "450", "x-rate-limit-remaining": "449", "x-rate-limit-reset": reset}

    def slow_down(self, seconds: int) -> Answer:
        headers = {
            "x-rate-limit-remaining": "0",
            "x-rate-limit-reset": str(int(self.now.timestamp()) + seconds),
        }
        return Answer(
            429, {"title": "Too Many Requests", "detail": "Too Many Requests", "status": 429}, headers
        )

    @staticmethod
    def cap_exceeded() -> Answer:
        detail = "Usage cap exceeded: Monthly product cap"
        return Answer(
            429, x_problem("usage-capped", "UsageCapExceeded", detail, period="Monthly", scope="Product")
        )


def _x_invalid(message: str) -> Answer:
    detail = "One or more parameters to your request was invalid."
    return Answer(400, x_problem("invalid-request", "Invalid Request", detail, errors=[{"message": message}]))


# Reddit: https://www.reddit.com/dev/api, https://github.com/reddit-archive/reddit/wiki/OAuth2 and /wiki/JSON


def reddit_post(
    created_at: datetime, id: str, title: str = "acme is late again", **more: Any
) -> dict[str, Any]:
    data = {
        "id": id,
        "name": f"t3_{id}",
        "title": title,
        "selftext": "",
        "num_comments": 4,
        "num_crossposts": 1,
        "permalink": f"/r/{more.get('subreddit', 'acme')}/comments/{id}/title/",
        "removed_by_category": None,
        "hide_score": False,
    }
    return {"kind": "t3", "data": data | _reddit_common(created_at) | more}


def reddit_comment(
    created_at: datetime, id: str, body: str = "acme is late again", **more: Any
) -> dict[str, Any]:
    link = more.get("link_id", "t3_post")
    data = {
        "id": id,
        "name": f"t1_{id}",
        "body": body,
        "link_id": link,
        "parent_id": link,
        "permalink": f"/r/acme/comments/{link[3:]}/title/{id}/",
        "score_hidden": False,
        "replies": "",
    }
    return {"kind": "t1", "data": data | _reddit_common(created_at) | more}


def _reddit_common(created_at: datetime) -> dict[str, Any]:
    return {
        "author": "ann",
        "author_fullname": "t2_7",
        "created_utc": created_at.timestamp(),
        "score": 5,
        "subreddit": "acme",
    }


class FakeReddit(Platform):
    """OAuth, search, new posts and comments, mentions in the inbox (comments with `was_comment`) and /api/info. A listing
    ends after `limit` things, as Reddit's do."""

    hosts = ("www.reddit.com", "oauth.reddit.com")

    def __init__(
        self,
        things: Iterable[dict[str, Any]] = (),
        now: datetime | None = None,
        subreddits: Iterable[str] = ("acme",),
        limit: int = 1000,
    ) -> None:
        super().__init__(now)
        self.things = list(things)
        self.subreddits = {name.lower() for name in subreddits}
        self.limit = limit
        self.tokens: set[str] = set()
        self.personal: set[str] = set()
        self.remaining = 900

    def free(self, request: Request) -> bool:
        return request.path == "/api/v1/access_token"

    def answer(self, request: Request) -> Answer:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        if request.path == "/api/v1/access_token":
            return self._token(request, given)
        if kind != "bearer" or given not in self.tokens:
            return Answer(
                401,
                {"message": "Unauthorized", "error": 401},
                {"www-authenticate": 'Bearer error="invalid_token"'},
            )
        self.remaining -= 1
        parts = request.path.strip("/").split("/")
        if request.path == "/message/mentions":
            if given not in self.personal:
                return Answer(403, {"message": "Forbidden", "error": 403})
            return self._listing("t1", "all", request.params, inbox=True)
        if parts[0] == "r" and parts[2:] in (["search"], ["new"], ["comments"]):
            if not {name.lower() for name in parts[1].split("+")} & (self.subreddits | {"all"}):
                return Answer(
                    302, {}, {"location": f"https://www.reddit.com/subreddits/search.json?q={parts[1]}"}
                )
            return self._listing("t1" if parts[2] == "comments" else "t3", parts[1], request.params)
        if request.path == "/api/info":
            return self._info(request.params)
        return Answer(404, {"message": "Not Found", "error": 404})

    def _token(self, request: Request, given: str) -> Answer:
        right = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if given != right:
            return Answer(401, {"message": "Unauthorized", "error": 401})
        personal = {
            "client_credentials": None,
            "password": (request.params.get("username"), request.params.get("password"))
            == ("acme", PASSWORD),
            "refresh_token": request.params.get("refresh_token") == REFRESH_TOKEN,
        }.get(request.params["grant_type"], False)
        if personal is False:
            return Answer(200, {"error": "invalid_grant"})
        token = f"token-SECRET-{len(self.tokens)}"
        self.tokens.add(token)
        self.personal |= {token} if personal else set()
        return Answer(
            200, {"access_token": token, "token_type": "bearer", "expires_in": 86_400, "scope": "*"}
        )

    def _visible(self) -> list[dict[str, Any]]:
        found = [thing for thing in self.things if thing["data"]["created_utc"] <= self.now.timestamp()]
        return sorted(found, key=lambda thing: float(thing["data"]["created_utc"]), reverse=True)

    def _listing(self, kind: str, names: str, params: dict[str, str], *, inbox: bool = False) -> Answer:
        wanted = {name.lower() for name in names.split("+")}
        found = [
            thing
            for thing in self._visible()
            if thing["kind"] == kind
            and thing["data"].get("was_comment", False) is inbox
            and wanted & {thing["data"]["subreddit"].lower(), "all"}
            and thing["data"]["author"] != "[deleted]"
        ][: self.limit]
        size = min(int(params.get("limit", 25)), 100)
        start = 0
        if after := params.get("after"):
            position = [thing["data"]["name"] for thing in found]
            if after not in position:
                return self._things([], None)  # Reddit's answer when the anchor is gone
            start = position.index(after) + 1
        page = found[start : start + size]
        return self._things(page, page[-1]["data"]["name"] if start + size < len(found) else None)

    def _info(self, params: dict[str, str]) -> Answer:
        if "sr_name" in params:
            names = [name for name in params["sr_name"].split(",") if name.lower() in self.subreddits]
            return self._things([{"kind": "t5", "data": {"display_name": name}} for name in names], None)
        names = params["id"].split(",")
        assert len(names) <= 100
        return self._things([thing for thing in self.things if thing["data"]["name"] in names], None)

    def _things(self, things: list[dict[str, Any]], after: str | None) -> Answer:
        return Answer(200, {"kind": "Listing", "data": {"after": after, "children": things}}, self._limits())

    def _limits(self) -> dict[str, str]:
        used = str(1000 - self.remaining)
        return {
            "x-ratelimit-remaining": f"{self.remaining}.0",
            "x-ratelimit-used": used,
            "x-ratelimit-reset": "300",
        }
