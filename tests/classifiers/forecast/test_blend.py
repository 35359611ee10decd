"""The model: what fitting finds, what is stored and read back, and what holds for any fitted model."""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from classifiers.forecast import blend
from classifiers.forecast.blend import Blend, prior
from classifiers.forecast.curves import Curve
from classifiers.forecast.fitting import fit
from monitor.errors import InputError

AGES = 5 * 1.7 ** np.arange(13)
V = 60


def history(posts: int, seed: int) -> list[Curve]:
    """Posts that grow fast and stop after an hour, unlike any that the prior has seen."""
    draws = np.random.default_rng(seed)
    sizes = draws.lognormal(2.2, 1.3, posts)
    share = np.diff(1 - np.exp(-AGES / 20), prepend=0)
    return [
        Curve(3600.0 * post, AGES, np.cumsum(draws.poisson(size * share)).astype(float))
        for post, size in enumerate(sizes)
    ]


@pytest.fixture(scope="module")
def fitted() -> Blend:
    return fit(history(500, 1), V, prior("reposts"))


def log_loss(model: Blend, curves: list[Curve], viral_at: int = V) -> float:
    said = model.predict(curves, viral_at)
    open_ = said.count < viral_at
    crossed = np.array([each.counts[-1] >= viral_at for each in curves])[said.post[open_]]
    p = said.p_viral[open_]
    return float(-np.mean(np.log(np.where(crossed, p, 1 - p))))


def test_a_fitted_model_knows_later_posts_better_than_the_prior(fitted: Blend) -> None:
    later = history(300, 2)
    assert log_loss(fitted, later) < 0.8 * log_loss(prior("reposts"), later)
    assert fitted.trees is not None


def test_its_interval_holds_about_what_it_promises(fitted: Blend) -> None:
    later = history(300, 3)
    said = fitted.predict(later, V)
    final = np.array([each.counts[-1] for each in later])[said.post]
    young = (said.age < 30) & (final > 10)
    assert 0.65 < np.mean((said.low <= final)[young] & (final <= said.high)[young]) < 0.97


def test_few_posts_grow_no_trees_and_none_that_crossed_fit_nothing() -> None:
    base = prior("reposts")
    few = fit(history(90, 4), V, base)
    assert few.trees is None
    assert few.base is base
    assert fit([each for each in history(100, 5) if each.counts[-1] < V], V, base) is base
    assert fit([], V, base) is base


@pytest.mark.parametrize("posts", [150, 400, 1200])
def test_posts_that_nobody_read_before_they_crossed_teach_nothing(posts: int) -> None:
    """One reading a post; and posts that were first seen after they had crossed twice the threshold."""
    base = prior("reposts")
    once = [Curve(1e4 * at, np.array([60.0]), np.array([3.0 if at % 10 else 200.0])) for at in range(posts)]
    assert fit(once, V, base) is base
    ages, cold, hot = np.array([60.0, 600.0, 2900.0]), np.array([1.0, 2.0, 3.0]), np.full(3, 500.0)
    assert fit([Curve(1e4 * at, ages, cold if at % 10 else hot) for at in range(posts)], V, base) is base


def test_posts_read_once_and_a_few_read_before_they_crossed() -> None:
    base = prior("reposts")
    ages = np.array([60.0, 600.0])
    few = [
        Curve(1e4 * at, ages, np.array([10.0, 500.0 if at % 20 else 12.0]))
        if at % 10 == 0
        else Curve(1e4 * at, ages[:1], np.array([3.0]))
        for at in range(400)
    ]
    model = fit(few, V, base)
    assert model.ends.stretch > 0
    assert np.isfinite(model.predict(few, V).high).all()


def test_members_weigh_as_they_were_right() -> None:
    """The prior knows nothing of such posts; where few crossed, nobody can tell."""
    base, often = prior("reposts"), 20
    known = fit(history(500, 1), often, base)
    assert known.weights.sum() == pytest.approx(1)
    assert known.weights.argmin() == 0
    alike, later = replace(known, weights=np.full(3, 1 / 3)), history(600, 2)
    assert log_loss(known, later, often) < log_loss(alike, later, often)
    assert base.weights.tolist() == pytest.approx([1 / 3] * 3)
    assert fit(history(60, 4), V, base).weights.tolist() == [0.5, 0.5]


@pytest.mark.parametrize("weights", [[1.5, -0.5, 0], [0.5, 0.5], [0.5, 0.5, 0.5], [math.nan, 0, 1]])
def test_weights_that_are_no_shares_are_refused(weights: list[float]) -> None:
    with pytest.raises(InputError):
        Blend.load(packed(**(arrays() | {"weights": np.array(weights)})))


def test_a_model_comes_back_as_it_was(fitted: Blend) -> None:
    curves = history(20, 6)
    for model in (fitted, prior("likes"), fit(history(90, 4), V, prior("reposts"))):
        back = Blend.load(model.dump())
        for name in (each.name for each in fields(blend.Predictions)):
            said, again = getattr(model.predict(curves, V), name), getattr(back.predict(curves, V), name)
            assert np.array_equal(said, again, equal_nan=True)


def test_fitting_is_reproducible(fitted: Blend) -> None:
    assert fit(history(500, 1), V, prior("reposts")).dump() == fitted.dump()


def test_every_reading_or_the_last(fitted: Blend) -> None:
    curves = history(30, 7)
    every, last = fitted.predict(curves, V), fitted.predict(curves, V, last=True)
    ends = np.flatnonzero(np.append(np.diff(every.post) > 0, True))
    for name in (each.name for each in fields(blend.Predictions)):
        assert getattr(every, name)[ends] == pytest.approx(getattr(last, name), nan_ok=True)
    assert len(every.age) == 30 * len(AGES)
    assert fitted.predict([], V).p_viral.tolist() == []


def test_what_comes_later_changes_nothing(fitted: Blend) -> None:
    """Every reading is forecast from itself and those before it."""
    curves = history(10, 8)
    every = fitted.predict(curves, V)
    for post, each in enumerate(curves):
        for reading in range(1, len(AGES) + 1):
            alone = fitted.predict([each.upto(reading)], V, last=True)
            assert alone.p_viral[0] == pytest.approx(every.p_viral[every.post == post][reading - 1])
            assert alone.high[0] == pytest.approx(every.high[every.post == post][reading - 1])


def test_a_threshold_for_each_post(fitted: Blend) -> None:
    curves = history(3, 9)
    said = fitted.predict(curves, [20, 60, 500], last=True)
    for post, viral_at in enumerate((20, 60, 500)):
        assert said.p_viral[post] == pytest.approx(
            fitted.predict([curves[post]], viral_at, last=True).p_viral[0]
        )


@given(
    st.lists(st.tuples(st.floats(1, 4000), st.integers(0, 200)), min_size=1, max_size=6).map(sorted),
    st.integers(1, 100),
    st.floats(0.1, 1000),
)
def test_monotone_whatever_it_was_fitted_to(
    fitted: Blend, polls: list[tuple[float, int]], more: int, later: float
) -> None:
    ages, counts = (np.array(column, dtype=float) for column in zip(*polls, strict=True))
    counts = np.maximum.accumulate(counts)

    def p(a: np.ndarray, n: np.ndarray) -> float:
        return float(fitted.predict([Curve(0.0, a, n)], V, last=True).p_viral[0])

    now = p(ages, counts)
    assert (now == 1.0) == (counts[-1] >= V)
    assert p(ages, np.append(counts[:-1], counts[-1] + more)) >= now - 1e-9
    assert p(np.append(ages[:-1], ages[-1] + later), counts) <= now + 1e-9
    assert p(np.append(ages, ages[-1] + later), np.append(counts, counts[-1])) <= now + 1e-9


def packed(**arrays: object) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"hello",
        packed(),
        packed(format=np.array("another")),
        packed(format=np.array(blend.FORMAT)),
    ],
)
def test_a_foreign_file_is_told(data: bytes) -> None:
    with pytest.raises(InputError, match="no forecast model"):
        Blend.load(data)


@given(st.data())
def test_a_damaged_model_is_told_or_still_sane(data: st.DataObject) -> None:
    whole = prior("likes").dump()
    with np.load(io.BytesIO(whole)) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    name = data.draw(st.sampled_from([each for each in sorted(kept) if each != "format"]))
    bad = data.draw(st.sampled_from([math.nan, math.inf, -math.inf]))
    kept[name] = np.full(kept[name].shape, bad) if data.draw(st.booleans()) else kept[name].ravel()[:-1]
    try:
        said = Blend.load(packed(**kept)).predict([Curve(0.0, AGES, np.arange(13.0))], V)
    except InputError:
        return
    assert np.isfinite([said.p_viral, said.low, said.expected, said.high]).all()


WHOLE = prior("likes").dump()


@settings(max_examples=150)
@given(st.data())
def test_bytes_that_were_cut_or_overwritten_are_told(data: st.DataObject) -> None:
    raw = bytearray(WHOLE[: data.draw(st.integers(0, len(WHOLE)) | st.just(len(WHOLE)))])
    if raw:
        # the first file's head, the directory at the end, anywhere
        ends = st.integers(0, min(200, len(raw) - 1)), st.integers(max(len(raw) - 1500, 0), len(raw) - 1)
        place = st.one_of(*ends, st.integers(0, len(raw) - 1))
        for at, byte in data.draw(st.lists(st.tuples(place, st.integers(0, 255)), max_size=4)):
            raw[at] = byte
    try:
        said = Blend.load(bytes(raw)).predict([Curve(0.0, AGES, np.arange(13.0))], V)
    except InputError:
        return
    assert np.isfinite([said.p_viral, said.low, said.expected, said.high]).all()


def arrays() -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(WHOLE)) as found:
        return {name: found[name] for name in found.files}


def stuffed(head: bytes) -> bytes:
    """A whole model in which the calibration begins as told."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as whole, zipfile.ZipFile(out, "w") as made:
        for name in whole.namelist():
            made.writestr(name, head if name == "platt.npy" else whole.read(name))
    return out.getvalue()


def header(shape: str) -> bytes:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize("shape", [f"({10**13},)", f"({10**30},)", "(", "(" * 60, "(-1,)"])
def test_a_foreign_head_is_told(shape: str) -> None:
    with pytest.raises(InputError, match="forecast fit"):
        Blend.load(stuffed(header(shape)))


def test_a_small_file_that_unpacks_to_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays(), more=np.zeros(2**17))
    padded = out.getvalue()
    assert len(padded) < 2**20
    Blend.load(padded)
    monkeypatch.setattr(blend, "LARGEST", 2**20)
    with pytest.raises(InputError):
        Blend.load(padded)


@pytest.mark.parametrize("depth", [2, 50, 1200])
def test_a_base_on_a_base_is_refused(depth: int) -> None:
    nested = arrays() | {
        f"{'base.' * level}{name}": each for level in (1, depth) for name, each in arrays().items()
    }
    with pytest.raises(InputError):
        Blend.load(packed(**nested))


@given(st.integers(0, 9), st.floats())
@example(0, 0.0)
@example(2, -1.0)
@example(4, 1e300)
@example(5, -1.0)
@example(6, -0.1)
@example(8, math.nan)
def test_a_formula_of_any_constants_is_refused_or_holds(place: int, value: float) -> None:
    kind = arrays()["kind"]
    kind[place] = value
    try:
        model = Blend.load(packed(**(arrays() | {"kind": kind})))
    except InputError:
        return
    few, more = (
        Curve(0.0, AGES, np.arange(13.0), 10**9),
        Curve(0.0, AGES, np.append(np.arange(12.0), 30), 10**9),
    )
    later = Curve(0.0, np.append(AGES[:-1], 1e7), np.arange(13.0), 10**9)
    p = [model.predict([each], V, last=True).p_viral[0] for each in (later, few, more)]
    assert np.isfinite(p).all()
    assert p[0] <= p[1] + 1e-9
    assert p[1] <= p[2] + 1e-9


@pytest.mark.parametrize("name", ["logistic.weights", "trees.leaves"])
def test_a_member_that_turns_the_forecast_round_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        Blend.load(packed(**(arrays() | {name: -arrays()[name]})))


@pytest.mark.parametrize(
    "name", ["logistic.weights", "when.weights", "trees.leaves", "ends.low.leaves", "platt"]
)
def test_numbers_that_overflow_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        Blend.load(packed(**(arrays() | {name: np.full_like(arrays()[name], 1e308)})))


def test_objects_are_never_unpickled() -> None:
    with pytest.raises(InputError):
        Blend.load(packed(format=np.array([object()], dtype=object)))


def test_a_calibration_that_turns_it_round_is_refused() -> None:
    with pytest.raises(InputError):
        Blend.load(replace(prior("likes"), slope=-1.0).dump())


def test_the_shipped_models_have_a_card() -> None:
    card = (blend.SHIPPED / "README.md").read_text(encoding="utf-8")
    for word in ("## Data", "## Licence", "## Figures", "## Limits"):
        assert word in card
    assert sum(each.stat().st_size for each in blend.SHIPPED.iterdir()) < 500_000
