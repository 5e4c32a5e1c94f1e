from __future__ import annotations

from app.service.rates import DecayedRatio, ServiceRates


def finish(rates: ServiceRates, number: int, *, is_backlogged: bool = True, seconds: float = 1.0) -> None:
    """`number` requests of 100 reserved tokens end after 80, of their 40 output tokens 20; a step computes as much."""
    for _ in range(number):
        rates.ended(num_reserved_tokens=100, num_computed_tokens=80)
        rates.finished(num_output_tokens=20, max_tokens=40)
    rates.step(seconds, num_prefill_tokens=60 * number, num_decode_tokens=20 * number, is_backlogged=is_backlogged)


def test_everything_unknown_takes_no_time_and_asks_for_one_second() -> None:
    rates = ServiceRates(max_num_seqs=8)
    assert rates.wait_s(10**9) == 0
    assert rates.run_s(num_prompt_tokens=10**6, max_tokens=10**6) == 0
    assert rates.retry_after_s(10**9, jitter=1.0) == 1.0


def test_a_few_requests_are_no_evidence() -> None:
    rates = ServiceRates(max_num_seqs=20)
    for _ in range(19):
        finish(rates, 1)
    assert rates.wait_s(1000) == 0
    finish(rates, 1)
    assert rates.wait_s(1000) > 0


def test_the_wait_is_what_is_ahead_by_the_measured_drain() -> None:
    rates = ServiceRates(max_num_seqs=8)
    for _ in range(20):
        finish(rates, 5, seconds=0.5)
    assert abs(rates.wait_s(2000) - 2.0) < 0.1  # 1000 tokens a second


def test_before_the_first_crowd_a_full_batch_is_taken_to_be_as_fast_as_a_smaller_one() -> None:
    rates = ServiceRates(max_num_seqs=8)
    for _ in range(20):
        rates.ended(num_reserved_tokens=100, num_computed_tokens=80)
        rates.step(0.5, num_prefill_tokens=0, num_decode_tokens=2, is_backlogged=False)
    assert abs(rates.wait_s(1600) - 80) < 0.1  # 8 at once, 2 steps a second
    for _ in range(20):
        rates.step(0.5, num_prefill_tokens=100, num_decode_tokens=2, is_backlogged=False)
    assert abs(rates.wait_s(1600) - 6.4) < 0.1  # they read 200 tokens a second


def test_the_first_crowd_says_how_fast_a_full_batch_really_is() -> None:
    rates = ServiceRates(max_num_seqs=8)
    for _ in range(50):
        finish(rates, 1, is_backlogged=False)
    bound_s = rates.wait_s(1000)
    for _ in range(16):
        finish(rates, 8, is_backlogged=True)
    assert abs(rates.wait_s(1000) - 800 / (8 * 80)) < 0.1 < bound_s


def test_a_crowd_that_leaves_does_not_look_like_a_slow_engine() -> None:
    stayed, left = ServiceRates(max_num_seqs=8), ServiceRates(max_num_seqs=8)
    for _ in range(20):
        finish(stayed, 10)
        for _ in range(10):
            left.ended(num_reserved_tokens=100, num_computed_tokens=40)
        left.step(0.5, num_prefill_tokens=300, num_decode_tokens=100, is_backlogged=True)
    assert abs(stayed.wait_s(2000) - 2.0) < 0.1
    assert abs(left.wait_s(2000) - 1.0) < 0.1  # the same engine, and half of the work is never done


def test_the_recent_counts_more() -> None:
    rate = DecayedRatio(memory=10.0, min_base=1.0, min_count=1)
    for _ in range(100):
        rate.observe(100, 1.0)
    for _ in range(30):
        rate.observe(10, 1.0)
    assert rate.value is not None
    assert 10 <= rate.value < 20


def test_a_request_runs_as_long_as_reading_and_the_usual_part_of_its_answer_take() -> None:
    rates = ServiceRates(max_num_seqs=8)
    for _ in range(40):
        rates.finished(num_output_tokens=20, max_tokens=40)
        rates.step(1.0, num_prefill_tokens=200, num_decode_tokens=4, is_backlogged=True)
    assert abs(rates.run_s(num_prompt_tokens=400, max_tokens=10) - (2 + 5)) < 0.2


def test_retry_after_spreads_over_the_second_half_of_the_drain_and_has_bounds() -> None:
    rates = ServiceRates(max_num_seqs=8)
    for _ in range(20):
        finish(rates, 10)
    drain_s = rates.wait_s(20_000)
    assert abs(rates.retry_after_s(20_000, jitter=0.0) - drain_s / 2) < 0.01
    assert abs(rates.retry_after_s(20_000, jitter=1.0) - drain_s) < 0.01
    assert rates.retry_after_s(10, jitter=1.0) == 1.0
    assert rates.retry_after_s(10**9, jitter=1.0) == 60.0
