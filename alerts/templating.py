"""The one way in which templates of this folder become text: sandboxed, strict, and safe for what strangers wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitor.wording.text import clean, one_line, web_link


def _shown(value: Any) -> Any:
    """Every expression of the templates passes here, so that none can forget to make outside text safe."""
    return clean(value) if type(value) is str else value


def templates(**filters: Callable[..., Any]) -> ImmutableSandboxedEnvironment:
    """The environment over `templates/`, with `line`, `web_link` and `number` beside the filters given."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=lambda name: name is not None and name.endswith(".html.jinja"),
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    shared: dict[str, Callable[..., Any]] = {
        "line": one_line,
        "web_link": web_link,
        "number": lambda value: f"{value:,.0f}",
    }
    environment.filters.update(shared | filters)
    return environment
