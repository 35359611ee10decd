"""`snapwatch mcp`: for assistants."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.shared import CONFIG, ConfigOption, app, load


@app.command()
def mcp(
    config: ConfigOption = CONFIG,
    by: Annotated[
        str | None, typer.Option("--by", help="in whose name replies are proposed; without, it only reads")
    ] = None,
) -> None:
    """Serve an assistant on this machine (MCP over standard input and output): it reads, and proposes replies."""
    from monitor.commands import assisting

    assisting.serve(load(config), by)
