from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.engine.decode_runs import CALL_BYTES, cut_by_length, cut_runs

LENGTHS = st.lists(st.integers(1, 50), min_size=1, max_size=9)


def cost(lengths: list[int], pieces: list[tuple[int, int]], call_tokens: int) -> int:
    return sum(call_tokens + (last - first) * max(lengths[first:last]) for first, last in pieces)


def all_cuts(num: int) -> list[list[tuple[int, int]]]:
    """Every way to cut a row of num lengths."""
    ways = []
    for mask in range(2 ** (num - 1)):
        borders = [0, *(i + 1 for i in range(num - 1) if mask >> i & 1), num]
        ways.append(list(pairwise(borders)))
    return ways


@given(LENGTHS, st.integers(0, 60))
def test_the_cut_is_as_cheap_as_the_cheapest_there_is_but_for_one_call(lengths: list[int], call_tokens: int) -> None:
    pieces = cut_by_length(lengths, call_tokens=call_tokens)
    assert [i for first, last in pieces for i in range(first, last)] == list(range(len(lengths)))
    cheapest = min(cost(lengths, way, call_tokens) for way in all_cuts(len(lengths)))
    # Where one call wastes less than a second one costs, it is taken without looking further.
    assert cost(lengths, pieces, call_tokens) <= max(cheapest, call_tokens + sum(lengths) + call_tokens)
    if len(pieces) > 1:
        assert cost(lengths, pieces, call_tokens) == cheapest


def test_like_lengths_share_a_call_and_a_much_longer_one_gets_its_own() -> None:
    assert cut_by_length([100, 101, 99], call_tokens=50) == [(0, 3)]
    assert cut_by_length([100, 100, 5000, 100], call_tokens=50) == [(0, 2), (2, 3), (3, 4)]
    assert cut_by_length([], call_tokens=50) == []


def test_runs_never_span_a_missing_slot() -> None:
    assert cut_runs([0, 1, 2, 5, 6, 9], [7] * 6, bytes_per_token=1) == [(0, 3), (3, 5), (5, 6)]
    assert cut_runs([], [], bytes_per_token=1) == []


def test_the_price_of_a_call_is_in_tokens_of_this_cache() -> None:
    lengths = [10, 10 + CALL_BYTES // 1000]
    assert cut_runs([0, 1], lengths, bytes_per_token=1000) == [(0, 2)]
    assert cut_runs([0, 1], lengths, bytes_per_token=2000) == [(0, 1), (1, 2)]
