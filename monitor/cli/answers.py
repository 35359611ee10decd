"""Commands that answer a page, and that silence what would page."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from monitor.cli.shared import CONFIG, By, ConfigOption, app, load

Code = Annotated[str, typer.Argument(help="the alert's number, such as 12")]
Until = Annotated[
    str | None, typer.Option(help='such as "2026-11-23 09:00", "08:00", "tomorrow 09:00" or "fri 17:00"')
]
Minutes = Annotated[int | None, typer.Option(min=1, max=60 * 24 * 31, help="in place of --until")]


@app.command()
def ack(
    code: Annotated[str, typer.Argument(help="the alert's number, such as 12, or a test page's, such as t3")],
    config: ConfigOption = CONFIG,
    by: By = None,
) -> None:
    """Acknowledge an alert, or a test page: you have it, nobody else is paged about it."""
    from monitor.answering import commands as answer_commands
    from monitor.paging import respond

    print(answer_commands.act(load(config), respond.acknowledge, code, by))


@app.command()
def unack(code: Code, config: ConfigOption = CONFIG, by: By = None) -> None:
    """Give an alert back: it pages again, from the first step on."""
    from monitor.answering import commands as answer_commands
    from monitor.paging import respond

    print(answer_commands.act(load(config), respond.unacknowledge, code, by))


@app.command()
def snooze(
    code: Code,
    config: ConfigOption = CONFIG,
    by: By = None,
    until: Until = None,
    minutes: Minutes = None,
) -> None:
    """Let an alert rest, 30 minutes unless told otherwise; then it pages again."""
    from monitor.answering import commands as answer_commands

    print(answer_commands.snooze(load(config), code, by, until, minutes))


@app.command()
def resolve(code: Code, config: ConfigOption = CONFIG, by: By = None) -> None:
    """The story is over: no more pages about it."""
    from monitor.answering import commands as answer_commands
    from monitor.paging import respond

    print(answer_commands.act(load(config), respond.resolve, code, by))


@app.command()
def reassign(
    code: Code,
    to: Annotated[str, typer.Option(help="who shall take it; they are paged now")],
    config: ConfigOption = CONFIG,
    by: By = None,
) -> None:
    """Hand an alert to somebody else."""
    from monitor.answering import commands as answer_commands

    print(answer_commands.reassign(load(config), code, to, by))


@app.command()
def note(code: Code, text: str, config: ConfigOption = CONFIG, by: By = None) -> None:
    """Add a note to an alert, for whoever looks at it."""
    from monitor.answering import commands as answer_commands

    print(answer_commands.note(load(config), code, text, by))


@app.command()
def mute(
    code: Code,
    config: ConfigOption = CONFIG,
    by: By = None,
    until: Until = None,
    minutes: Minutes = None,
    why: Annotated[str, typer.Option(help="what is known of it")] = "",
) -> None:
    """Acknowledge an alert, and hear no more of its story until then."""
    from monitor.answering import commands as answer_commands

    print(answer_commands.mute(load(config), code, until, minutes, why, by))


@app.command()
def silence(
    config: ConfigOption = CONFIG,
    category: Annotated[str | None, typer.Option(help="what stories of this category would page")] = None,
    source: Annotated[str | None, typer.Option(help="stories of this source alone")] = None,
    story: Annotated[int | None, typer.Option(help="this story")] = None,
    everything: Annotated[bool, typer.Option("--all", help="everything but what is urgent")] = False,
    until: Until = None,
    minutes: Minutes = None,
    why: Annotated[str, typer.Option(help="for whoever is on call")] = "",
    by: Annotated[str | None, typer.Option("--by", help="who says so; by default whoever is on call")] = None,
    listed: Annotated[bool, typer.Option("--list", help="show what is silenced")] = False,
    end: Annotated[int | None, typer.Option(help="end the silence of that number")] = None,
) -> None:
    """Let something page nobody for a while; what it held is decided again when it ends."""
    from monitor.answering import commands as answer_commands

    given: list[tuple[Literal["all", "source", "category", "story"], str]] = []
    if category is not None:
        given.append(("category", category))
    if source is not None:
        given.append(("source", source))
    if story is not None:
        given.append(("story", str(story)))
    if everything:
        given.append(("all", ""))
    if len(given) + listed + (end is not None) != 1:
        raise typer.BadParameter("give one of --category, --source, --story, --all, --list and --end")
    if listed:
        for line in answer_commands.silences(load(config)):
            print(line)
    elif end is not None:
        print(answer_commands.end(load(config), end))
    else:
        kind, what = given[0]
        print(answer_commands.silence(load(config), kind, what, until, minutes, why, by))
