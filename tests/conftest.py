"""Its place puts the folder above on the import path, so that tests find what they share as `tests.something`."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from tests.browser import chromium

__all__ = ["chromium"]

# Machines are shared and noisy: how long an example takes says nothing.
settings.register_profile("snapwatch", deadline=None)
settings.load_profile("snapwatch")


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A command that a test ran in its own process has set the log up, to a stream that is closed afterwards."""
    level = logging.getLogger().level
    yield
    structlog.reset_defaults()
    logging.getLogger().setLevel(level)
