"""What every answer of the API is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from monitor.web.visitor import Role

T = TypeVar("T")

Probability = Annotated[float, Field(ge=0, le=1)]
Form = Literal["short", "long", "private"]


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def of(cls, row: Any) -> Self:
        """From a row that has attributes of the same names."""
        return cls.model_validate(row)


class Page(Shape, Generic[T]):
    """Some of a longer list."""

    items: list[T]
    after: str | None = Field(None, description="what to give as `after` for the next page; null at the end")


class Me(Shape):
    """Whose token this is."""

    name: str
    role: Role
    person: str | None = Field(description="in whose name this token acts; null: it only reads")
    time_zone: str


def listed(shape: Any, rows: Sequence[Any]) -> list[Any]:
    return [shape.of(each) for each in rows]
