from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.bundled import FOLDER
from classifiers.network import PIECES, Network, _batches

TEXTS = [" ".join(["my parcel is late again"] * (i * 7 % 9 + 1)) for i in range(60)]


@given(st.lists(st.integers(1, 2 * PIECES), max_size=80))
def test_every_row_is_in_one_batch_that_is_full_but_not_too_large(lengths: list[int]) -> None:
    batches = list(_batches([range(length) for length in lengths]))
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    sizes = [(len(batch), max(lengths[i] for i in batch)) for batch in batches]
    assert all(count == 1 or count * longest <= PIECES for count, longest in sizes)
    assert all((count + 1) * longest > PIECES for count, longest in sizes[:-1])
    assert [longest for _, longest in sizes] == sorted((longest for _, longest in sizes), reverse=True)


def test_the_number_of_threads_changes_no_answer() -> None:
    one, three = (Network(FOLDER, threads).features(TEXTS) for threads in (1, 3))
    assert np.array_equal(one.values, three.values)
    assert all(np.array_equal(one.logits[head], three.logits[head]) for head in one.logits)


def test_the_numbers_of_a_text_do_not_depend_on_its_neighbours() -> None:
    network = Network(FOLDER, 2)
    together = network.features(TEXTS)
    for i in (0, 8, 59):
        alone = network.features([TEXTS[i]])
        assert alone.values[0] == pytest.approx(together.values[i], abs=1e-4)
        for head, values in alone.logits.items():
            assert values[0] == pytest.approx(together.logits[head][i], abs=1e-3)


def test_no_text_has_no_rows() -> None:
    found = Network(FOLDER).features([])
    assert found.values.shape[0] == 0
    assert all(values.shape[0] == 0 and values.shape[1] >= 2 for values in found.logits.values())
