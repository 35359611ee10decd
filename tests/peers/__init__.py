"""Other people's software as counterparts: where `make peers` put what comes from npm."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(os.environ.get("SNAPWATCH_PEERS") or Path(__file__).resolve().parents[2] / ".peers").absolute()
ENVIRONMENT = os.environ | {"SNAPWATCH_PEERS": str(FOLDER)}
"""For the programs beside this file."""


def has(package: str) -> bool:
    """Whether all of it is there: an installation that failed leaves folders behind."""
    return any(FOLDER.glob(f"{package.replace('/', '+')}@*.installed"))
