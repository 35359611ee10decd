"""Commands around the daemon: set it up, try it, run it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.shared import CONFIG, ConfigOption, app, load


@app.command()
def run(
    config: ConfigOption = CONFIG,
    once: Annotated[bool, typer.Option("--once", help="do what is due now, then end")] = False,
) -> None:
    """Watch: poll, classify, forecast, page, until a signal ends it."""
    from monitor import app as daemon

    raise typer.Exit(daemon.run(config, once=once))


@app.command()
def init(config: ConfigOption = CONFIG) -> None:
    """Ask a few questions and write a first configuration."""
    from monitor.commands import init as init_

    raise typer.Exit(init_.init(config, typer))


@app.command()
def check(
    config: ConfigOption = CONFIG,
    send: Annotated[bool, typer.Option("--send", help="also send a test page to everybody on call")] = False,
) -> None:
    """Check configuration, credentials, model, database and channels; one line each."""
    from monitor.commands import check as check_

    raise typer.Exit(check_.check(config, send=send, out=sys.stdout))


@app.command()
def device(
    person: Annotated[str, typer.Argument(help="the person's name in the configuration")],
    config: ConfigOption = CONFIG,
    forget: Annotated[
        bool,
        typer.Option(
            "--forget", help="send to none of their browsers any more, such as a phone that is lost"
        ),
    ] = False,
) -> None:
    """Tell a person's own link to the page that adds a browser for push messages."""
    from monitor.commands.devices import device as device_

    typer.echo(device_(load(config), person, forget=forget))


@app.command()
def record(
    source: Annotated[str, typer.Argument(help="the source's name in the configuration")],
    config: ConfigOption = CONFIG,
    out: Annotated[Path | None, typer.Option(help="the file to write what was answered to")] = None,
    polls: Annotated[int, typer.Option(min=1, help="pages of each lane at most")] = 3,
    replay: Annotated[Path | None, typer.Option(help="play this recording instead; needs no network")] = None,
) -> None:
    """Record what a platform answers to a source, without secrets, for a report of what went wrong; or replay that."""
    from monitor.recording import command

    if (out is None) == (replay is None):
        raise typer.BadParameter("give --out to record, or --replay to play a recording")
    if replay is not None:
        raise typer.Exit(command.replay(source, replay, sys.stdout, sys.stderr))
    assert out is not None  # noqa: S101
    raise typer.Exit(command.record(load(config), source, out, polls, lambda: datetime.now(UTC), sys.stderr))
