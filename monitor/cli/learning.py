"""Commands that teach the classifier and the forecast, and try them on a history."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.shared import CONFIG, ConfigOption, app, load
from monitor.errors import SnapwatchError

YesOrNo = Annotated[str | None, typer.Option(help="yes or no")]


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
    from monitor.learning import teach

    said = {
        "complaint": complaint,
        "sentiment": sentiment,
        "severity": severity,
        "category": category,
        "sarcasm": sarcasm,
        "relevant": relevant,
    }
    if file is not None and source is None and not any(said.values()):
        raise typer.Exit(teach.label_file(load(config), file, by, new=new, forget=forget))
    if file is not None or source is None or id_ is None:
        raise typer.BadParameter("give SOURCE and ID with what you say, or --file alone")
    print(teach.label(load(config), source, id_, said, by, new=new, forget=forget))


@app.command()
def train_head(
    config: ConfigOption = CONFIG,
    list_: Annotated[bool, typer.Option("--list", help="show the versions instead")] = False,
    back: Annotated[bool, typer.Option("--back", help="return to the former version instead")] = False,
) -> None:
    """Fit the classifier's heads to your labels, and keep those that are better on labels held out."""
    from monitor.learning import train_head as train_head_

    if list_:
        train_head_.versions(load(config), sys.stdout)
    elif back:
        print(train_head_.back(load(config)))
    else:
        raise typer.Exit(train_head_.train_head(load(config), sys.stdout))


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
        fit_forecast.versions(load(config), sys.stdout)
    else:
        print(fit_forecast.back(load(config)))


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
        raise typer.Exit(fit_forecast.fit_stored(load(config), sys.stdout))
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
    configs = [(str(path), load(path)) for path in paths]
    wanted = backtesting.Wanted(history, measure, viral_at, model, configs, precision, forecasts, out, json_)
    raise typer.Exit(backtesting.backtest(wanted, sys.stdout))
