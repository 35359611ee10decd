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
    from monitor.learning import classify as classify_

    raise typer.Exit(
        classify_.classify(load_or_none(config), sys.stdin.buffer, sys.stdout, explained=explain)
    )


@app.command()
def draft(config: ConfigOption = CONFIG) -> None:
    """Draft a SNAP reply to one mention (exchange format, as JSON) from standard input."""
    from monitor.commands import drafting

    raise typer.Exit(drafting.draft(load_or_none(config), sys.stdin.buffer, sys.stdout, datetime.now(UTC)))


@app.command()
def lint(
    config: ConfigOption = CONFIG,
    platform: Annotated[
        str, typer.Option("--platform", help="where it would be posted: x, bluesky, mastodon, reddit, …")
    ] = "",
    private: Annotated[bool, typer.Option("--private", help="it is a direct message")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the findings as one JSON list")] = False,
) -> None:
    """What turns customers away in a reply from standard input. Status 1 when it must not go out like that."""
    from monitor.replying import lint_command

    raise typer.Exit(
        lint_command.lint(
            load_or_none(config),
            sys.stdin.buffer,
            sys.stdout,
            platform=platform,
            private=private,
            as_json=as_json,
        )
    )
