"""Commands that read a text from standard input and answer it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from monitor.cli.shared import CONFIG, ConfigOption, app, load_or_none


@app.command()
def classify(
    config: ConfigOption = CONFIG,
    explain: Annotated[
        bool, typer.Option("--explain", help="also which words moved the decision; coloured on a terminal")
    ] = False,
) -> None:
    """Classify JSON Lines from standard input: {"id", "text", ...} in, one line of results each out, in order."""
    from monitor import classify as classify_

    raise typer.Exit(
        classify_.classify(load_or_none(config), sys.stdin.buffer, sys.stdout, explained=explain)
    )


@app.command()
def draft(config: ConfigOption = CONFIG) -> None:
    """Draft a SNAP reply to one mention (exchange format, as JSON) from standard input."""
    from monitor import commands

    raise typer.Exit(commands.draft(load_or_none(config), sys.stdin.buffer, sys.stdout, datetime.now(UTC)))
