"""Where migrations sign up."""

from __future__ import annotations

from sqlite_utils.migrations import Migrations

migrations = Migrations("snapwatch")
