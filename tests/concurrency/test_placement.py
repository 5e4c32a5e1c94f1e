"""app/concurrency/placement.py"""

from __future__ import annotations

import pytest

from app.concurrency.placement import Placement, place


@pytest.mark.parametrize(
    ("num_chars", "expected"),
    [
        (0, Placement.INLINE),
        (499, Placement.INLINE),
        (500, Placement.THREAD),
        (299_999, Placement.THREAD),
        (300_000, Placement.PROCESS),
    ],
)
def test_each_threshold_is_the_first_size_of_the_next_place(num_chars: int, expected: Placement) -> None:
    assert place(num_chars, thread_min_chars=500, process_min_chars=300_000) is expected


def test_a_process_threshold_below_the_thread_threshold_leaves_threads_out() -> None:
    places = {place(size, thread_min_chars=100, process_min_chars=10) for size in range(200)}
    assert places == {Placement.INLINE, Placement.PROCESS}
