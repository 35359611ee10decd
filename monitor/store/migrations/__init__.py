"""The schema, as append-only migrations: a released one is never edited, a change is a new function below the last.

Times are ISO 8601 text in UTC with microseconds, so that they sort as text (see `monitor.store.values`).
"""

from __future__ import annotations

from monitor.store.migrations import m001_m014, m015, m016, m017, m018, m019, m020, m021, m022, m023, m024
from monitor.store.migrations.registry import migrations

__all__ = [
    "m001_m014",
    "m015",
    "m016",
    "m017",
    "m018",
    "m019",
    "m020",
    "m021",
    "m022",
    "m023",
    "m024",
    "migrations",
]
