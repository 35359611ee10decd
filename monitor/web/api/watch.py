"""Who is on call, how the sources are, and how the watch itself is, over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from fastapi import APIRouter
from pydantic import Field

from monitor.oncall import rota as rotas
from monitor.overview import rota, sources
from monitor.web.api.problems import refusals
from monitor.web.api.rights import Viewer
from monitor.web.api.shapes import Shape, listed
from monitor.web.room import Room


class Step(Shape):
    """A step of the escalation: so many minutes after the page these people are paged."""

    after_minutes: int
    names: list[str] = Field(description="as the configuration says: people and rotations")
    people: list[str] = Field(description="who that is now")
    vacant: list[str] = Field(description="rotations that nobody has now")

    @classmethod
    def of(cls, row: rota.StepNow) -> Self:
        minutes = round(row.after.total_seconds() / 60)
        return cls(
            after_minutes=minutes, names=list(row.names), people=list(row.people), vacant=list(row.vacant)
        )


class Shift(Shape):
    person: str | None
    start: datetime
    end: datetime
    why: str


class Rotation(Shape):
    rotation: str
    time_zone: str
    now: Shift
    next: Shift | None

    @classmethod
    def of(cls, row: rota.Standing) -> Self:
        return cls(
            rotation=row.rotation,
            time_zone=row.zone.key,
            now=Shift.of(row.now),
            next=Shift.of(row.next) if row.next else None,
        )


class Change(Shape):
    """What somebody changed; without a rotation they are away."""

    number: int
    rotation: str | None
    person: str
    start: datetime
    end: datetime
    who: str

    @classmethod
    def of(cls, row: rotas.Change) -> Self:
        return cls.model_validate(row)


class Silence(Shape):
    """What pages nobody, and how many stories it holds."""

    number: int
    kind: str
    what: str
    until: datetime
    why: str
    who: str
    held: int

    @classmethod
    def of(cls, row: rota.Silenced) -> Self:
        said = row.silence
        read = {name: getattr(said, name) for name in cls.model_fields if name != "held"}
        return cls(**read, held=row.held)


class OnCall(Shape):
    steps: list[Step]
    rotations: list[Rotation]
    changes: list[Change]
    silences: list[Silence]


class Lane(Shape):
    """One way of reading a source. `covered` is how much of the time since `since` was read completely."""

    name: str
    state: str
    live: bool
    ran_at: datetime | None
    due_at: datetime
    failures: int
    error: str
    since: datetime
    covered: float


class Hole(Shape):
    """A stretch in which posts were missed; `fate`: it will be read "again", is "lost", or was "filled" since."""

    lane: str
    start: datetime
    end: datetime
    why: str
    fate: str


class Source(Shape):
    name: str
    type: str
    state: str
    every_seconds: int
    threshold: str
    newest: datetime | None
    lanes: list[Lane]
    holes: list[Hole]
    dollars_today: float
    dollars_month: float

    @classmethod
    def of(cls, row: sources.SourceHealth) -> Self:
        return cls(
            name=row.name,
            type=row.type,
            state=row.state,
            every_seconds=row.every,
            threshold=row.threshold,
            newest=row.newest,
            lanes=listed(Lane, row.lanes),
            holes=listed(Hole, row.holes),
            dollars_today=row.today.bill.dollars,
            dollars_month=row.month.bill.dollars,
        )


class Sources(Shape):
    at: datetime
    sources: list[Source]
    dollars_today: float
    dollars_month: float


class Health(Shape):
    """Whether the daemon does its work; the figures are those of /healthz."""

    ok: bool
    figures: dict[str, Any]


def watch_routes(room: Room) -> APIRouter:
    router = APIRouter(tags=["watch"], responses=refusals())

    @router.get("/oncall", summary="Who is on call, what people changed, what is silenced")
    def oncall(_: Viewer) -> OnCall:
        found = rota.on_call(room.store.read, room.config, room.clock.now())
        return OnCall(
            steps=listed(Step, found.steps),
            rotations=listed(Rotation, found.standings),
            changes=listed(Change, found.changes),
            silences=listed(Silence, found.silences),
        )

    @router.get("/sources", summary="How the sources are: health, what was missed, what they cost")
    def how(_: Viewer) -> Sources:
        found = sources.sources_view(room.store.read, room.config, room.clock.now())
        return Sources(
            at=found.at,
            sources=listed(Source, found.sources),
            dollars_today=found.dollars_today,
            dollars_month=found.dollars_month,
        )

    @router.get("/health", summary="How the watch itself is")
    def health(_: Viewer) -> Health:
        ok, figures = room.health()
        return Health(ok=ok, figures=figures)

    return router
