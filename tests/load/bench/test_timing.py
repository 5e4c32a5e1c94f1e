"""Rates and latencies from made-up moments."""

from __future__ import annotations

import math

import pytest

from load.bench.timing import RequestTrace, Spread, decode_rate, percentile, timing_of


def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert [percentile(values, share) for share in (0.0, 0.5, 0.99, 1.0)] == [1, 50, 99, 100]
    assert percentile([7.0], 0.99) == 7
    assert math.isnan(percentile([], 0.5))


def test_a_spread_has_the_middle_and_both_ends() -> None:
    assert Spread.of([5.0, 1.0, 3.0]) == Spread(median=3.0, low=1.0, high=5.0)


def test_a_run_is_timed_from_the_first_request_to_the_last_token() -> None:
    traces = [RequestTrace(10.0, (11.0, 12.0, 13.0)), RequestTrace(10.5, (12.0, 13.0, 14.0))]
    timing = timing_of(traces)
    assert timing.rate == pytest.approx(6 / 4)
    assert (timing.ttft_p50_ms, timing.ttft_p99_ms) == pytest.approx((1000, 1500))
    assert (timing.itl_p50_ms, timing.itl_p99_ms) == pytest.approx((1000, 1000))


def test_decoding_counts_only_between_the_last_first_token_and_the_first_last_one() -> None:
    early = RequestTrace(0.0, (1.0, 2.0, 3.0, 4.0))
    late = RequestTrace(0.0, (2.0, 3.0, 4.0, 9.0))
    assert decode_rate([early, late]) == pytest.approx(4 / 2)  # at 3 and 4, two tokens each


def test_there_is_no_decode_rate_when_one_ends_before_another_begins() -> None:
    assert decode_rate([RequestTrace(0.0, (1.0, 2.0)), RequestTrace(0.0, (2.0, 3.0))]) is None
    assert decode_rate([RequestTrace(0.0, (1.0,))]) is None


def test_a_piece_with_two_tokens_counts_as_two() -> None:
    trace = RequestTrace(0.0, (1.0, 2.0), num_tokens=4)
    assert timing_of([trace]).rate == pytest.approx(4 / 2)
    assert decode_rate([trace]) == pytest.approx(2)
