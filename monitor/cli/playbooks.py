"""Commands about playbooks: what drafts are made of."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from monitor.cli.shared import CONFIG, ConfigOption, app, load, load_or_none

playbooks = typer.Typer(help="Show what drafts are made of, and find what is missing.", no_args_is_help=True)
app.add_typer(playbooks, name="playbooks")


@playbooks.command("list")
def list_(config: ConfigOption = CONFIG) -> None:
    """Every playbook: its name, whose it is, and which categories it is for."""
    from monitor.replying import gaps

    loaded = load_or_none(config)
    for line in gaps.listed(gaps.books_of(loaded), loaded):
        print(line)


@playbooks.command()
def show(
    name: Annotated[str, typer.Argument(help="such as delivery, or delivery.de")],
    config: ConfigOption = CONFIG,
) -> None:
    """Print a playbook's file, ready to be copied into your own folder."""
    from monitor.replying import gaps

    sys.stdout.write(gaps.shown(name, load_or_none(config)))


@playbooks.command()
def check(config: ConfigOption = CONFIG) -> None:
    """Find gaps: situations and languages without a playbook, facts and promises without a source. Status 1 if any."""
    from monitor.replying import gaps

    raise typer.Exit(gaps.check(load(config), sys.stdout))
