"""What several commands share: the application, its options, and how a configuration is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
CONFIG = Path("config.toml")


def load(path: Path) -> Config:
    from monitor.config import load as load_

    return load_(path)


def load_or_none(path: Path) -> Config | None:
    """Commands that need no configuration do without one, unless it was named."""
    return None if path == CONFIG and not path.exists() else load(path)
