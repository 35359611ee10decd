"""Structured logs, one line an event: for people on a terminal, as JSON for machines."""

from __future__ import annotations

import logging
import sys

import structlog

from monitor.sections import LogSettings


def configure_log(settings: LogSettings) -> None:
    """Log to standard error from now on. Values are escaped, so that no post can forge a line."""
    level = getattr(logging, settings.level.upper())
    # Tracebacks without the values of variables, which may be secrets.
    renderers: list[structlog.typing.Processor] = [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
    if settings.format == "json":
        exceptions = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        renderers = [
            structlog.processors.ExceptionRenderer(exceptions),
            structlog.processors.JSONRenderer(),
        ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _one_line,
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Libraries (HTTP clients above all) may log addresses and headers that hold secrets.
    logging.getLogger().setLevel(logging.CRITICAL)


def _one_line(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """No text from outside may begin a new line or move the cursor."""
    return {key: _printable(value) for key, value in event.items()}


def _printable(value: object) -> object:
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in value)
