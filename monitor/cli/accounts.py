"""Commands that say who may enter the dashboard, and what programs may."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.shared import CONFIG, ConfigOption, app, load

if TYPE_CHECKING:
    from monitor.config import Config

account = typer.Typer(help="Who may enter the dashboard.", no_args_is_help=True)
token = typer.Typer(help="What programs and assistants may.", no_args_is_help=True)
app.add_typer(account, name="account")
app.add_typer(token, name="token")

LONGEST_LINE = 4096

Name = Annotated[str, typer.Argument(help="as one signs in: the same as at the provider or the proxy")]
RoleOption = Annotated[
    str,
    typer.Option(
        help="viewer: reads; responder: also answers alerts and customers; admin: also sees the settings"
    ),
]
PersonOption = Annotated[
    str | None, typer.Option(help="whom of [[people]] they act as; absent: nobody, they only look")
]
Stdin = Annotated[
    bool, typer.Option("--stdin", help="the password is the first line of standard input, in place of asking")
]


def _loaded(path: Path) -> Config:
    """What changes is logged as the daemon logs, beside the answer."""
    from monitor.log import configure_log

    config = load(path)
    configure_log(config.log)
    return config


def _asking(stdin: bool) -> Callable[[], str]:
    """A password never stands among the arguments: other users of the machine see those."""

    def ask() -> str:
        if stdin:
            return sys.stdin.readline(LONGEST_LINE).rstrip("\r\n")
        if not sys.stdin.isatty():
            raise typer.BadParameter("there is nobody to ask for a password: give --stdin, or --no-password")
        answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more")
        return answer

    return ask


@account.command("add")
def add_account(
    name: Name,
    role: RoleOption,
    person: PersonOption = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="they sign in by OpenID Connect, or at the proxy")
    ] = False,
    stdin: Stdin = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Let somebody in."""
    from monitor.commands import entering

    if no_password and stdin:
        raise typer.BadParameter("give either --no-password or --stdin")
    ask = None if no_password else _asking(stdin)
    print(entering.add(_loaded(config), name, role, person, ask, datetime.now(UTC)))


@account.command("list")
def list_accounts(config: ConfigOption = CONFIG) -> None:
    """Who may enter, and as whom."""
    from monitor.commands import entering

    for line in entering.listed(load(config), datetime.now(UTC)):
        print(line)


@account.command("change")
def change_account(
    name: Name,
    role: Annotated[str | None, typer.Option(help="viewer, responder or admin")] = None,
    person: PersonOption = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="they act as nobody any more")] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Give somebody other rights; they have to sign in anew."""
    from monitor.commands import entering

    if role is None and person is None and not nobody:
        raise typer.BadParameter("give --role, --person or --nobody")
    if person is not None and nobody:
        raise typer.BadParameter("give either --person or --nobody")
    print(entering.change(_loaded(config), name, role, person, nobody=nobody, now=datetime.now(UTC)))


@account.command("password")
def change_password(
    name: Name,
    stdin: Stdin = False,
    remove: Annotated[bool, typer.Option("--remove", help="they have none any more")] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Give somebody another password; they have to sign in anew."""
    from monitor.commands import entering

    if remove and stdin:
        raise typer.BadParameter("give either --remove or --stdin")
    print(entering.password(_loaded(config), name, None if remove else _asking(stdin), datetime.now(UTC)))


@account.command("end")
def end_account(name: Name, config: ConfigOption = CONFIG) -> None:
    """Let somebody in no more."""
    from monitor.commands import entering

    print(entering.end(_loaded(config), name, datetime.now(UTC)))


@token.command("add")
def add_token(
    name: Annotated[str, typer.Argument(help="what it is for, such as reports")],
    account: Annotated[str, typer.Option(help="in whose name it is used")],
    role: Annotated[str | None, typer.Option(help="at most this; absent: all that the account may")] = None,
    days: Annotated[int, typer.Option(min=1, max=3660, help="how long it lets in")] = 365,
    config: ConfigOption = CONFIG,
) -> None:
    """Make a token, which is shown this once."""
    from monitor.commands import entering

    made, about = entering.add_token(_loaded(config), name, account, role, days, datetime.now(UTC))
    print(about, file=sys.stderr)
    print(made)


@token.command("list")
def list_tokens(config: ConfigOption = CONFIG) -> None:
    """Which tokens there are."""
    from monitor.commands import entering

    for line in entering.tokens(load(config), datetime.now(UTC)):
        print(line)


@token.command("end")
def end_token(name: str, config: ConfigOption = CONFIG) -> None:
    """A token lets in no more."""
    from monitor.commands import entering

    print(entering.end_token(_loaded(config), name))
