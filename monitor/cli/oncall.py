"""Commands that show and change who is on call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.shared import CONFIG, ConfigOption, app, load

if TYPE_CHECKING:
    from monitor.config import Config

oncall = typer.Typer(help="Show who is on call, and change it.", invoke_without_command=True)
app.add_typer(oncall, name="oncall")

Maker = Annotated[str | None, typer.Option("--by", help="who makes the change")]
Zone = Annotated[
    str | None, typer.Option(help="the zone of the times; absent: the person's, for a table the rotation's")
]
From = Annotated[str, typer.Option("--from", help='"2026-11-24 09:00", "2026-11-24", "fri 17:00", "now", …')]
Until = Annotated[str, typer.Option("--until", help="the same; a day without a time counts to its end")]
Rotation = Annotated[
    str | None, typer.Option("--rotation", help="need not be named where there is one alone")
]


def _loaded(path: Path) -> Config:
    """What changes is logged as the daemon logs, beside the answer."""
    from monitor.log import configure_log

    config = load(path)
    configure_log(config.log)
    return config


@oncall.callback()
def show(
    context: typer.Context,
    config: ConfigOption = CONFIG,
    rotation: Rotation = None,
    zone: Zone = None,
    ics: Annotated[
        Path | None, typer.Option(help="write a rotation's next 90 days to this iCalendar file; -: show it")
    ] = None,
) -> None:
    """Who is on call now, next, and in the next 30 days."""
    if context.invoked_subcommand:
        sources = {name: context.get_parameter_source(name) for name in context.params}
        early = [name for name, source in sources.items() if source and source.name == "COMMANDLINE"]
        if early:  # it would be taken for nothing
            raise typer.BadParameter(f"--{early[0]} goes after {context.invoked_subcommand}")
        return
    from monitor.rota import commands as rota_commands

    if ics is None:
        for line in rota_commands.show(_loaded(config), rotation, zone):
            print(line)
        return
    rota_commands.export(_loaded(config), rotation, ics)
    if str(ics) != "-":
        print(f"The next 90 days are in {ics}.")


@oncall.command()
def take(
    by: Annotated[str, typer.Option("--by", help="who takes it")],
    rotation: Annotated[str | None, typer.Argument()] = None,
    until: Annotated[str | None, typer.Option(help="absent: the next hand-over")] = None,
    minutes: Annotated[int | None, typer.Option(min=1, max=60 * 24 * 31, help="in place of --until")] = None,
    config: ConfigOption = CONFIG,
    zone: Zone = None,
) -> None:
    """Take a rotation from now on."""
    from monitor.rota import commands as rota_commands

    if until is not None and minutes is not None:
        raise typer.BadParameter("give either --until or --minutes")
    print(rota_commands.take(_loaded(config), rotation, by, until, minutes, zone))


@oncall.command()
def override(
    names: Annotated[list[str], typer.Argument(metavar="[ROTATION] PERSON")],
    start: From,
    until: Until,
    config: ConfigOption = CONFIG,
    by: Maker = None,
    zone: Zone = None,
) -> None:
    """Let somebody have a rotation for a while."""
    from monitor.rota import commands as rota_commands

    print(rota_commands.override(_loaded(config), names, start, until, by, zone))


@oncall.command()
def swap(
    names: Annotated[list[str], typer.Argument(metavar="[ROTATION] PERSON DAY PERSON DAY")],
    config: ConfigOption = CONFIG,
    by: Maker = None,
    zone: Zone = None,
) -> None:
    """Let two people exchange the shifts that they have on two days."""
    from monitor.rota import commands as rota_commands

    print(rota_commands.swap(_loaded(config), names, by, zone))


@oncall.command()
def away(
    person: str,
    start: From,
    until: Until,
    config: ConfigOption = CONFIG,
    by: Maker = None,
    zone: Zone = None,
) -> None:
    """Somebody is away: the next in turn has their shifts."""
    from monitor.rota import commands as rota_commands

    print(rota_commands.away(_loaded(config), person, start, until, by, zone))


@oncall.command()
def undo(number: int, config: ConfigOption = CONFIG, zone: Zone = None) -> None:
    """Take a change back; `snapwatch oncall` lists their numbers."""
    from monitor.rota import commands as rota_commands

    print(rota_commands.undo(_loaded(config), number, zone))


@oncall.command("import")
def import_(file: Path, config: ConfigOption = CONFIG, rotation: Rotation = None, by: Maker = None) -> None:
    """Let the events of an iCalendar file say who has a rotation."""
    from monitor.rota import commands as rota_commands

    print(rota_commands.load(_loaded(config), file, rotation, by))
