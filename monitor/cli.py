"""The commands: one small function each, no logic. Their names and formats are stable: other programs call them.

Each imports what it needs when it runs: `classify` answers sooner without the daemon's libraries.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.errors import ConfigError, SnapwatchError

if TYPE_CHECKING:
    from monitor.config import Config

app = typer.Typer(
    help="Catch the complaint before it becomes the story.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", envvar="SNAPWATCH_CONFIG", help="the configuration file")
]
By = Annotated[
    str | None,
    typer.Option("--by", help="who answers; by default whoever has it, else whoever was paged last"),
]
YesOrNo = Annotated[str | None, typer.Option(help="yes or no")]
CONFIG = Path("config.toml")


def _load(path: Path) -> Config:
    from monitor.config import load

    return load(path)


def _config_or_none(path: Path) -> Config | None:
    """Commands that need no configuration do without one, unless it was named."""
    return None if path == CONFIG and not path.exists() else _load(path)


def main() -> None:
    """Run a command. Status 0 it worked, 1 it did not, 2 the configuration or the arguments are wrong."""
    # Threads of a fit that wait for each other would otherwise spin: beside other work that takes ten times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        app()
    except ConfigError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        sys.exit(2)
    except SnapwatchError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has seen enough (`snapwatch export | head`).
        sys.stderr.close()
        sys.exit(0)


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
    from monitor import init as init_

    raise typer.Exit(init_.init(config, typer))


@app.command()
def check(
    config: ConfigOption = CONFIG,
    send: Annotated[bool, typer.Option("--send", help="also send a test page to everybody on call")] = False,
) -> None:
    """Check configuration, credentials, model, database and channels; one line each."""
    from monitor import check as check_

    raise typer.Exit(check_.check(config, send=send, out=sys.stdout))


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
    raise typer.Exit(command.record(_load(config), source, out, polls, lambda: datetime.now(UTC), sys.stderr))


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
        classify_.classify(_config_or_none(config), sys.stdin.buffer, sys.stdout, explained=explain)
    )


@app.command()
def draft(config: ConfigOption = CONFIG) -> None:
    """Draft a SNAP reply to one mention (exchange format, as JSON) from standard input."""
    from monitor import commands

    raise typer.Exit(commands.draft(_config_or_none(config), sys.stdin.buffer, sys.stdout, datetime.now(UTC)))


@app.command()
def ack(code: str, config: ConfigOption = CONFIG, by: By = None) -> None:
    """Acknowledge an alert: you have it, nobody else is paged about it."""
    from monitor import commands

    print(commands.answer(_load(config), "ack", code, by))


@app.command()
def snooze(
    code: str,
    config: ConfigOption = CONFIG,
    by: By = None,
    minutes: Annotated[int, typer.Option(help="how long")] = 30,
) -> None:
    """Silence an alert for a while; then it pages again."""
    from monitor import commands

    print(commands.answer(_load(config), "snooze", code, by, minutes))


@app.command()
def resolve(code: str, config: ConfigOption = CONFIG, by: By = None) -> None:
    """The story is over: no more pages about it."""
    from monitor import commands

    print(commands.answer(_load(config), "resolve", code, by))


@app.command()
def label(
    source: Annotated[str | None, typer.Argument(help="where the mention was posted, such as x")] = None,
    id_: Annotated[str | None, typer.Argument(metavar="ID", help="its id there")] = None,
    file: Annotated[
        Path | None, typer.Option(help="many at once, one JSON object a line; - is standard input")
    ] = None,
    complaint: YesOrNo = None,
    sentiment: Annotated[str | None, typer.Option(help="negative, neutral or positive")] = None,
    severity: Annotated[
        str | None, typer.Option(help="no explicit reproach, disapproval, accusation or blame")
    ] = None,
    category: Annotated[str | None, typer.Option(help="one that there is, or with --new another")] = None,
    sarcasm: YesOrNo = None,
    relevant: YesOrNo = None,
    by: Annotated[str | None, typer.Option("--by", help="who says so")] = None,
    new: Annotated[bool, typer.Option("--new", help="categories may be new")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="take back what was said")] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Say what a mention is where the model is wrong, or right; it counts at once, and `train-head` learns from it."""
    from monitor import teach

    said = {
        "complaint": complaint,
        "sentiment": sentiment,
        "severity": severity,
        "category": category,
        "sarcasm": sarcasm,
        "relevant": relevant,
    }
    if file is not None and source is None and not any(said.values()):
        raise typer.Exit(teach.label_file(_load(config), file, by, new=new, forget=forget))
    if file is not None or source is None or id_ is None:
        raise typer.BadParameter("give SOURCE and ID with what you say, or --file alone")
    print(teach.label(_load(config), source, id_, said, by, new=new, forget=forget))


@app.command()
def train_head(
    config: ConfigOption = CONFIG,
    list_: Annotated[bool, typer.Option("--list", help="show the versions instead")] = False,
    back: Annotated[bool, typer.Option("--back", help="return to the former version instead")] = False,
) -> None:
    """Fit the classifier's heads to your labels, and keep those that are better on labels held out."""
    from monitor import train_head as train_head_

    if list_:
        train_head_.versions(_load(config), sys.stdout)
    elif back:
        print(train_head_.back(_load(config)))
    else:
        raise typer.Exit(train_head_.train_head(_load(config), sys.stdout))


forecast_app = typer.Typer(
    help="What the forecast learns from your own history.", invoke_without_command=True
)
app.add_typer(forecast_app, name="forecast")

History = Annotated[
    Path | None,
    typer.Argument(
        metavar="HISTORY", help="a file in the exchange format, - is standard input; else what is stored"
    ),
]


def _measure(measure: str | None) -> str | None:
    """A measure of counters that exist."""
    from monitor.spread import counters

    try:
        return measure if measure is None else "+".join(counters(measure))
    except SnapwatchError as error:
        raise typer.BadParameter(str(error)) from None


MeasureOption = Annotated[
    str | None, typer.Option(callback=_measure, help="what spread is, such as reposts or likes+replies")
]


@forecast_app.callback()
def forecast(
    context: typer.Context,
    list_: Annotated[bool, typer.Option("--list", help="show the versions that were kept")] = False,
    back: Annotated[bool, typer.Option("--back", help="return to the former version")] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """What the forecast learns from your own history."""
    from monitor.refit import command as fit_forecast

    if context.invoked_subcommand is not None:
        return
    if list_ == back:
        raise typer.BadParameter("give --list or --back, or a command: fit")
    if list_:
        fit_forecast.versions(_load(config), sys.stdout)
    else:
        print(fit_forecast.back(_load(config)))


@forecast_app.command()
def fit(
    history: History = None,
    viral_at: Annotated[int | None, typer.Option(min=2, help="the spread that counts as viral")] = None,
    measure: MeasureOption = None,
    out: Annotated[Path | None, typer.Option(help="the folder to write the model to")] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Learn from a history, if what is learnt beats a count. Without HISTORY: from what is stored, for the daemon."""
    from monitor.refit import command as fit_forecast

    if history is None:
        if viral_at is not None or measure is not None or out is not None:
            raise typer.BadParameter("--viral-at, --measure and --out go with a HISTORY file")
        raise typer.Exit(fit_forecast.fit_stored(_load(config), sys.stdout))
    if viral_at is None or measure is None or out is None:
        raise typer.BadParameter("give --viral-at, --measure and --out with a HISTORY file")
    raise typer.Exit(fit_forecast.fit_file(history, measure, viral_at, out, sys.stdout))


@app.command()
def backtest(
    history: History = None,
    viral_at: Annotated[
        int | None,
        typer.Option(min=2, help="the spread that counts as viral, in place of the configuration's"),
    ] = None,
    measure: MeasureOption = None,
    model: Annotated[
        Path | None, typer.Option(help="a folder of `forecast fit`, in place of the shipped forecast")
    ] = None,
    forecasts: Annotated[
        Path | None, typer.Option(help="write every forecast to this file, one JSON object a line")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="write a page with pictures to this folder")] = None,
    json_: Annotated[bool, typer.Option("--json", help="JSON in place of the table")] = False,
    precision: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="share of right pages that levels are tuned for")
    ] = 0.7,
    config: Annotated[
        list[Path] | None,
        typer.Option("--config", "-c", help="a configuration; give two to compare them"),
    ] = None,
) -> None:
    """Which pages a history would have brought, seeing at each moment only what was known then."""
    from monitor.hindsight import command as backtesting

    paths = config or []
    if len(paths) > 2:
        raise typer.BadParameter("give two configurations at most")
    if not paths and (history is None or viral_at is None or measure is None):
        raise typer.BadParameter("give HISTORY, --viral-at and --measure, or a configuration with --config")
    configs = [(str(path), _load(path)) for path in paths]
    wanted = backtesting.Wanted(history, measure, viral_at, model, configs, precision, forecasts, out, json_)
    raise typer.Exit(backtesting.backtest(wanted, sys.stdout))


@app.command()
def digest(
    out: Annotated[Path, typer.Option("--out", help="the HTML file to write")],
    config: ConfigOption = CONFIG,
    week: Annotated[
        str | None, typer.Option(help="an ISO week such as 2026-W44; by default the last one")
    ] = None,
) -> None:
    """Write the weekly digest to a file."""
    from monitor import commands

    commands.digest(_load(config), out, week)
    print(f"wrote {out}")


@app.command(name="import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="files in the exchange format; - is standard input")],
    config: ConfigOption = CONFIG,
) -> None:
    """Store mentions, readings, deletions and labels from files. Status 1 when a line had to be skipped."""
    from monitor import transfer

    raise typer.Exit(transfer.import_files(_load(config), files))


@app.command()
def export(
    config: ConfigOption = CONFIG,
    author: Annotated[
        str | None, typer.Option(help="SOURCE:ID or SOURCE:HANDLE: only what is stored of that author")
    ] = None,
) -> None:
    """Write everything that is stored to standard output, in the exchange format."""
    from monitor import transfer

    transfer.export(_load(config), sys.stdout, author)


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
    from monitor import commands

    given = [option for option in (author, mention, before) if option is not None]
    if len(given) != 1:
        raise typer.BadParameter("give exactly one of --author, --mention, --before")
    if (keep_out or let_in) and (author is None or keep_out == let_in):
        raise typer.BadParameter("--keep-out or --let-in goes with --author")

    def sure() -> None:
        if not yes:
            typer.confirm("Erase for good?", abort=True)

    if author is not None and let_in:
        known = commands.let_in(_load(config), author)
        print("stored again from now on" if known else "was not kept out")
    elif author is not None:
        commands.purge_author(_load(config), author, sys.stdout, sure, keep_out=keep_out)
    else:
        sure()
        erased = commands.purge(_load(config), mention, before.replace(tzinfo=UTC) if before else None)
        print(f"erased {erased:,} mention{'' if erased == 1 else 's'}")
