"""Commands that answer a customer: `snapwatch replies`, `snapwatch reply …`, `snapwatch kept`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from monitor.cli.shared import CONFIG, ConfigOption, app, load
from monitor.errors import InputError

Code = Annotated[str, typer.Argument(help="the reply's number, such as r3")]
Who = Annotated[str | None, typer.Option("--by", help="in whose name; by default whoever is on call first")]


class _Codes(TyperGroup):
    """`reply r12` shows it."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        return super().resolve_command(ctx, ["show", *args] if re.fullmatch(r"r[0-9]+", args[0]) else args)


reply = typer.Typer(
    cls=_Codes, no_args_is_help=True, help="Write, approve and follow one reply to a customer."
)
app.add_typer(reply, name="reply")


@app.command()
def replies(config: ConfigOption = CONFIG) -> None:
    """Replies to customers: those under way first."""
    from monitor.replying import commands

    _print(commands.listed(load(config)))


@reply.command()
def show(code: Code, config: ConfigOption = CONFIG) -> None:
    """The reply, how it stands, what lint finds, and everything that was done with it (also: reply CODE)."""
    from monitor.replying import commands

    _print(commands.shown(load(config), code))


@reply.command()
def new(
    alert: Annotated[str, typer.Argument(help="the alert's number, such as 12")],
    config: ConfigOption = CONFIG,
    post: Annotated[
        str | None, typer.Option(help="which post of its story, as SOURCE:ID; by default the first")
    ] = None,
    form: Annotated[
        Literal["short", "long", "private"] | None,
        typer.Option(help="which variant; by default the proposed one"),
    ] = None,
    by: Who = None,
) -> None:
    """Begin a reply from the draft."""
    from monitor.replying import commands

    _print(commands.new(load(config), alert, post, form, by))


@reply.command()
def edit(
    code: Code,
    config: ConfigOption = CONFIG,
    text: Annotated[
        Path | None, typer.Option("--text-from", help="a file with the words; by default standard input")
    ] = None,
    by: Who = None,
) -> None:
    """Give it other words, which have to be approved anew."""
    from monitor.replying import commands

    _print(commands.edit(load(config), code, _read(text), by))


@reply.command()
def approve(
    code: Code,
    by: Annotated[str, typer.Option("--by", help="who approves it")],
    config: ConfigOption = CONFIG,
    tick: Annotated[list[str] | None, typer.Option(help="a rule whose warning is meant to be so")] = None,
    version: Annotated[
        int | None, typer.Option(help="which version you have read; by default the present one")
    ] = None,
) -> None:
    """Let it go out as it stands: nothing is posted without that."""
    from monitor.replying import commands

    print(commands.approve(load(config), code, by, tick or [], version))


@reply.command()
def withdraw(
    code: Code, config: ConfigOption = CONFIG, why: Annotated[str, typer.Option()] = "", by: Who = None
) -> None:
    """It is not to be sent."""
    from monitor.replying import commands

    print(commands.withdraw(load(config), code, why, by))


@reply.command()
def copied(code: Code, config: ConfigOption = CONFIG, by: Who = None) -> None:
    """Take what is approved, to post it by hand; prints nothing but the words."""
    from monitor.replying import commands

    print(commands.copied(load(config), code, by))


@reply.command()
def posted(
    code: Code,
    config: ConfigOption = CONFIG,
    url: Annotated[str, typer.Option(help="where it stands")] = "",
    by: Who = None,
) -> None:
    """It stands on the platform, posted by hand: its promise begins to run."""
    from monitor.replying import commands

    print(commands.posted(load(config), code, url, by))


@app.command()
@reply.command()
def kept(code: Code, config: ConfigOption = CONFIG, by: Who = None) -> None:
    """What a reply promised is kept: nobody is paged about it any more."""
    from monitor.replying import commands

    print(commands.kept(load(config), code, by))


def _read(path: Path | None) -> str:
    try:
        data = sys.stdin.buffer.read() if path is None else path.read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError("the words are not UTF-8 text") from None


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)
