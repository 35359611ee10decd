"""Everything that can go wrong, as one tree.

SnapwatchError
├── ConfigError          the configuration can't be used; carries every problem found
├── InputError           a file or an argument given by a person can't be used
├── StoreError           the database refused (locked, full, newer than this version)
└── PortError            the outside world refused; permanent or worth another try
    ├── SourceError
    ├── ClassifierError
    ├── ChannelError
    └── PostError
"""

from __future__ import annotations

from collections.abc import Sequence


class SnapwatchError(Exception):
    """Base of every error that snapwatch raises on purpose; its text is fit for a person to read."""


class ConfigError(SnapwatchError):
    """The configuration can't be used. `problems` has one line for each thing that is wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class InputError(SnapwatchError):
    """Something that a person gave (a file, a line, an argument) can't be used."""


class StoreError(SnapwatchError):
    """The database could not do what was asked; nothing of the attempt was kept."""


class PortError(SnapwatchError):
    """The outside world refused.

    `permanent`: another try can't help until a person changes something (a wrong password, an unknown number).
    `retry_after`: seconds to wait at least, as the other side asked; None when it did not say.
    The text never holds a secret: adapters write it themselves instead of passing on what a library said.
    """

    def __init__(self, message: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        self.permanent = permanent
        self.retry_after = retry_after
        super().__init__(message)


class SourceError(PortError):
    """A platform could not be read."""


class ClassifierError(PortError):
    """A text could not be classified."""


class ChannelError(PortError):
    """A message could not be delivered."""


class PostError(PortError):
    """A reply could not be posted, or it is not known whether it was."""
