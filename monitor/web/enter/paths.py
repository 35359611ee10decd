"""Where one goes after signing in: nowhere but here."""

from __future__ import annotations

import re
from urllib.parse import quote

HOME = "/"
# Of "//host" and "/\host" browsers make another site; of what a header must not hold nothing comes through.
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}", re.ASCII)


def local(path: str) -> str:
    """The path, if it is one of this site; else the first screen."""
    inside = _LOCAL.fullmatch(path) and not path.startswith(("/login", "/logout"))
    return path if inside else HOME


def login(path: str, query: str) -> str:
    """Where a stranger signs in who wanted to go there."""
    wanted = local(f"{path}?{query}" if query else path)
    return "/login" if wanted == HOME else f"/login?next={quote(wanted, safe='')}"
