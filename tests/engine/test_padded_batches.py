from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.engine.padded_batches import padded_batches


@given(st.lists(st.integers(1, 100)), st.integers(1, 300))
def test_every_input_is_in_one_batch_that_fits_with_its_padding(lengths: list[int], max_tokens: int) -> None:
    batches = list(padded_batches(lengths, max_tokens=max_tokens))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= max_tokens


def test_inputs_of_like_length_are_together() -> None:
    assert list(padded_batches([9, 1, 10, 2], max_tokens=20)) == [[1, 3], [0, 2]]
