"""Commands about what is stored: the digest, the report of a story, history in and out, and its end."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.shared import CONFIG, ConfigOption, app, load
from monitor.notice import Edition
from monitor.wording.languages import Language


@app.command()
def digest(
    out: Annotated[Path, typer.Option("--out", help="the HTML file to write")],
    config: ConfigOption = CONFIG,
    week: Annotated[
        str | None, typer.Option(help="an ISO week such as 2026-W44; by default the last one")
    ] = None,
    group: Annotated[str, typer.Option(help="as the readers of that name under digest.groups get it")] = "",
    edition: Annotated[Edition | None, typer.Option(help="in place of the group's")] = None,
    language: Annotated[Language | None, typer.Option(help="in place of the group's")] = None,
) -> None:
    """Write the weekly digest to a file."""
    from monitor.commands import reporting

    reporting.digest(load(config), out, week, group, edition, language)
    print(f"wrote {out}")


@app.command()
def report(
    story: Annotated[int, typer.Argument(min=1, help="the story's number")],
    out: Annotated[Path, typer.Option("--out", help="the HTML file to write")],
    config: ConfigOption = CONFIG,
    time_zone: Annotated[
        str | None, typer.Option(help="the zone of its times, such as Europe/London; by default the digest's")
    ] = None,
) -> None:
    """Write the after-action report of a story to a file: what happened, how long it took, what was said and learnt."""
    from monitor.commands import reporting

    reporting.write_report(load(config), story, out, time_zone)
    print(f"wrote {out}")


@app.command(name="import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="files in the exchange format; - is standard input")],
    config: ConfigOption = CONFIG,
) -> None:
    """Store mentions, readings, deletions and labels from files. Status 1 when a line had to be skipped."""
    from monitor.commands import transfer

    raise typer.Exit(transfer.import_files(load(config), files))


@app.command()
def export(
    config: ConfigOption = CONFIG,
    author: Annotated[
        str | None, typer.Option(help="SOURCE:ID or SOURCE:HANDLE: only what is stored of that author")
    ] = None,
) -> None:
    """Write everything that is stored to standard output, in the exchange format."""
    from monitor.commands import transfer

    transfer.export(load(config), sys.stdout, author)


@app.command()
def purge(
    config: ConfigOption = CONFIG,
    author: Annotated[
        str | None, typer.Option(help="SOURCE:ID or SOURCE:HANDLE of the author to forget")
    ] = None,
    mention: Annotated[str | None, typer.Option(help="SOURCE:ID of the mention to forget")] = None,
    before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="forget what is older")
    ] = None,
    keep_out: Annotated[
        bool, typer.Option("--keep-out", help="with --author: and store nothing of the author from now on")
    ] = False,
    let_in: Annotated[
        bool, typer.Option("--let-in", help="with --author: take a --keep-out back, erase nothing")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="don't ask")] = False,
) -> None:
    """Erase mentions for good, with all that hangs on them."""
    from monitor.commands import erasing

    given = [option for option in (author, mention, before) if option is not None]
    if len(given) != 1:
        raise typer.BadParameter("give exactly one of --author, --mention, --before")
    if (keep_out or let_in) and (author is None or keep_out == let_in):
        raise typer.BadParameter("--keep-out or --let-in goes with --author")

    def sure() -> None:
        if not yes:
            typer.confirm("Erase for good?", abort=True)

    if author is not None and let_in:
        known = erasing.let_in(load(config), author)
        print("stored again from now on" if known else "was not kept out")
    elif author is not None:
        erasing.purge_author(load(config), author, sys.stdout, sure, keep_out=keep_out)
    else:
        sure()
        erased = erasing.purge(load(config), mention, before.replace(tzinfo=UTC) if before else None)
        print(f"erased {erased:,} mention{'' if erased == 1 else 's'}")
