"""What several routes ask for in the same way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from monitor.errors import InputError
from monitor.model import Mention, MentionKey
from monitor.overview.query import SPAN, span
from monitor.store import Tables
from monitor.web.api.problems import ProblemError
from monitor.wording.text import one_line

MOST = 2**53 - 1
"""The largest number that every program reads exactly."""
NAME, ID = 200, 2_000
"""Characters of a source's name, and of a platform's id."""

Number = Annotated[int, Path(ge=1, le=MOST)]
After = Annotated[
    str | None, Query(max_length=500, description="the `after` of the page before; none: the first page")
]
Limit = Annotated[int, Query(ge=1, le=100, description="how many at most")]


def _day(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("write a day as 2026-11-22")
    return value


Day = Annotated[date, BeforeValidator(_day)]


def _span(value: object) -> object:
    return span(value) if isinstance(value, str) and value else value


Span = Annotated[str, BeforeValidator(_span), WithJsonSchema({"type": "string", "pattern": f"^({SPAN})?$"})]


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Of a whole number, which JSON may also write as 5.0."""


class Body(BaseModel):
    """What is sent: nothing that is not named here, and no number for a text."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Named(Body):
    """A post, by its source's name in the configuration and its platform's id."""

    source: str = Field(min_length=1, max_length=NAME)
    post_id: str = Field(min_length=1, max_length=ID)

    @property
    def key(self) -> MentionKey:
        return MentionKey(self.source, self.post_id)


def absent(what: str) -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, f"there is no {what}")


def there(tables: Tables, key: MentionKey) -> Mention:
    """The post, which is still on its platform. ProblemError."""
    found = tables.mentions.get(key)
    if found is None or not tables.mentions.is_live(key):
        raise absent(f"post {one_line(' '.join(key), 100)}, or its platform has removed it")
    return found


@contextmanager
def page_of(what: str) -> Iterator[None]:
    """An InputError of the block is about where the page begins: there is no such page."""
    try:
        yield
    except InputError as error:
        raise absent(f"such page of {what}: {error}") from error
