"""Forecasts that were fitted to a brand's own history, where they are kept and where they answer."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import structlog

from classifiers.forecast.blend import LARGEST, Blend, read_arrays
from classifiers.virality import Virality
from monitor.errors import InputError, StoreError
from monitor.model import Forecast
from monitor.ports import Ask
from monitor.store import Tables, Version

MODEL, CARD = "model.npz", "card.json"

FORM = "blend"
"""Names the kind of model in a version's row."""

AGAIN = "run `snapwatch forecast fit` again"

log = structlog.get_logger()


# --- in a folder ---------------------------------------------------------------------------------------------------


def write_model(folder: Path, model: Blend, card: Mapping[str, Any]) -> None:
    """The model and its card, which holds figures and no texts. InputError when the folder can't be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MODEL).write_bytes(model.dump())
        (folder / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder} can't be written: {error.strerror}") from None


class Own(NamedTuple):
    """A model that was fitted to one measure of spread and the threshold V, and answers for no other measure."""

    model: Blend
    measure: str
    viral_at: int


class Read(NamedTuple):
    """A model of a folder, and when the first and the last post that it has learnt from were written, in seconds since
    1970."""

    own: Own
    learnt: tuple[float, float]


def read_model(folder: Path) -> Read:
    """What `write_model` wrote. InputError when it can't be read, or is no model."""
    try:
        with (folder / MODEL).open("rb") as file:
            model = Blend.load(file.read(LARGEST))
    except OSError as error:
        raise InputError(
            f"{folder / MODEL} can't be read: {error.strerror} (`snapwatch forecast fit` writes it)"
        ) from None
    except InputError as error:
        raise InputError(f"{folder / MODEL}: {error}") from None
    try:
        card = json.loads((folder / CARD).read_bytes())
        first, last = (datetime.fromisoformat(card["learnt"][key]).timestamp() for key in ("from", "until"))
        return Read(Own(model, str(card["measure"]), int(card["viral_at"])), (first, last))
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            f"{folder / CARD} does not say what the model was fitted to: fit it again with `snapwatch forecast fit`"
        ) from None


# --- in the store --------------------------------------------------------------------------------------------------


def pack(models: Mapping[str, Own]) -> bytes:
    """Models by source as bytes that `unpack` reads; plain arrays, so that nothing in them can be run."""
    arrays: dict[str, Any] = {
        str(place): np.frombuffer(own.model.dump(), dtype=np.uint8)
        for place, own in enumerate(models.values())
    }
    packed = io.BytesIO()
    np.savez(
        packed,
        sources=np.array(list(models)),
        measures=np.array([own.measure for own in models.values()]),
        thresholds=np.array([own.viral_at for own in models.values()]),
        **arrays,
    )
    return packed.getvalue()


def unpack(packed: bytes) -> dict[str, Own]:
    """InputError when that is not what `pack` made."""
    try:
        arrays = read_arrays(packed)
        told = zip(*(arrays[each].tolist() for each in ("sources", "measures", "thresholds")), strict=True)
        return {
            source: Own(Blend.load(arrays[str(place)].tobytes()), measure, viral_at)
            for place, (source, measure, viral_at) in enumerate(told)
        }
    except Exception as error:  # what zip, zlib and numpy raise about damage has no end
        raise InputError("damaged, or fitted by another version of snapwatch") from error


class InUse(NamedTuple):
    """The models that answer in place of the shipped ones, by source, their version, and what keeps others from it."""

    models: dict[str, Own]
    version: Version | None
    problem: str


def in_use(tables: Tables) -> InUse:
    """The active models. What can't be used is told, and the shipped ones answer."""
    active = tables.fits.active()
    if active is None:
        return InUse({}, None, "")
    try:
        return InUse(unpack(tables.fits.weights(active.number)), active, "")
    except InputError as error:
        name = f"the fitted forecast (version {active.number})"
        return InUse({}, None, f"{name} is not used: {error}; {AGAIN}")


class Fitted:
    """The Forecaster in which the active models of the database answer, from the moment on that they are active; the
    shipped ones answer for every other source and measure. Whatever fails about them costs no mention its forecast."""

    def __init__(self, read: Callable[[], Tables]) -> None:
        self._read = read
        self._active: int | None = None
        self._inner = Virality()

    def forecast(self, asks: Sequence[Ask], now: datetime) -> list[Forecast | None]:
        """As monitor.ports.Forecaster has it."""
        self._refresh()
        return self._inner.forecast(asks, now)

    def _refresh(self) -> None:
        try:
            tables = self._read()
            active = tables.fits.active()
            number = active.number if active else None
            if number == self._active:
                return
            found = in_use(tables)
            self._inner = Virality({(name, own.measure): own.model for name, own in found.models.items()})
            self._active = number
            if found.problem:
                log.warning("not what was fitted answers", problem=found.problem)
            else:
                log.info("the forecast changed", version=number, sources=list(found.models))
        except StoreError as error:
            log.error("the fitted forecast can't be looked up", error=str(error))
        except Exception:
            log.exception("the fitted forecast can't be used")
