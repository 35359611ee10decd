"""Commands that answer a page."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.shared import CONFIG, By, ConfigOption, app, load


@app.command()
def ack(code: str, config: ConfigOption = CONFIG, by: By = None) -> None:
    """Acknowledge an alert: you have it, nobody else is paged about it."""
    from monitor import commands

    print(commands.answer(load(config), "ack", code, by))


@app.command()
def snooze(
    code: str,
    config: ConfigOption = CONFIG,
    by: By = None,
    minutes: Annotated[int, typer.Option(help="how long")] = 30,
) -> None:
    """Silence an alert for a while; then it pages again."""
    from monitor import commands

    print(commands.answer(load(config), "snooze", code, by, minutes))


@app.command()
def resolve(code: str, config: ConfigOption = CONFIG, by: By = None) -> None:
    """The story is over: no more pages about it."""
    from monitor import commands

    print(commands.answer(load(config), "resolve", code, by))
