"""A local HTTP server that answers as Slack's documentation says, for its Web API and its response URLs."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode

SCOPES = ["chat:write", "im:write", "im:history", "channels:history", "groups:history"]
"""What the app may do, as docs/channels/slack.md tells to set it up."""

TOKEN = "xoxb-t0ken-of-the-bot"
SIGNING = "s1gning-secret"
SAM = "U024BE7LH"
TEAM = "C024BE91L"
ACTIONS = "https://snapwatch.example/channels/chat/actions"


@dataclass
class FakeSlack(AbstractContextManager["FakeSlack"]):
    """`failure` (status, body, headers) is what every request gets while it is set."""

    failure: tuple[int, Any, dict[str, str]] | None = None
    posted: list[dict[str, Any]] = field(default_factory=list)
    """Messages, the newest first, as conversations.history tells of them."""
    replies: list[dict[str, Any]] = field(default_factory=list)
    """What came to response URLs."""

    def __enter__(self) -> FakeSlack:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, answer, headers = fake._answer(self.path, self.headers, body)
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        base = f"http://127.0.0.1:{self._server.server_port}"
        self.api, self.hooks = f"{base}/api/", f"{base}/hooks/"
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, path: str, headers: Any, body: bytes) -> tuple[int, Any, dict[str, str]]:
        if self.failure is not None:
            return self.failure
        if path.startswith("/hooks/"):
            self.replies.append(json.loads(body))
            return 200, b"ok", {"Content-Type": "text/plain"}
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 200, {"ok": False, "error": "invalid_auth"}, {}
        kind = headers.get("Content-Type", "")
        asked = (
            json.loads(body or b"{}")
            if kind.startswith("application/json")
            else dict(parse_qsl(body.decode()))
        )
        return 200, self._method(path.removeprefix("/api/"), asked), {}

    def _method(self, name: str, asked: dict[str, Any]) -> dict[str, Any]:
        if name == "auth.test":
            return {"ok": True, "user": "snapwatch", "team": "Acme", "user_id": "U0BOT0000"}
        if name == "conversations.open":
            return {"ok": True, "channel": {"id": "D" + asked["users"][1:]}}
        where = asked["channel"]
        if where.startswith("U"):
            where = "D" + where[1:]
        if where not in ("D" + SAM[1:], TEAM):
            return {"ok": False, "error": "channel_not_found"}
        if name == "conversations.history":
            found = [
                each
                for each in self.posted
                if each["channel"] == where and float(each["ts"]) >= float(asked["oldest"])
            ]
            return {"ok": True, "messages": found, "has_more": False}
        assert name == "chat.postMessage"
        parts = {
            key: json.loads(asked[key]) if isinstance(asked[key], str) else asked[key]
            for key in ("blocks", "metadata")
        }
        message = asked | parts | {"channel": where, "ts": f"{time.time():.6f}"}
        self.posted.insert(0, message)
        return {"ok": True, "channel": where, "ts": message["ts"], "message": message}


def pressed(action: str, code: str, reply_to: str, user: str = SAM) -> bytes:
    """The form that Slack sends for a button (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload)."""
    payload = {
        "type": "block_actions",
        "user": {"id": user, "username": "sam", "team_id": "T0001"},
        "api_app_id": "A0001",
        "container": {"type": "message", "message_ts": "1763781120.000100", "channel_id": TEAM},
        "trigger_id": "12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3",
        "response_url": reply_to,
        "actions": [
            {
                "type": "button",
                "action_id": action,
                "block_id": "x",
                "value": code,
                "action_ts": "1763781130.1",
            }
        ],
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


def sign(body: bytes, age: int = 0) -> dict[str, str]:
    """The headers with which Slack sends it (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""
    when = str(int(time.time()) - age)
    digest = hmac.new(SIGNING.encode(), f"v0:{when}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": when, "X-Slack-Signature": f"v0={digest}"}
