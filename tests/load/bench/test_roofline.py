"""The roofline's arithmetic, by hand for a shape of a few numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from load.bench.roofline import Ceiling, decode_rate, prefill_rate, run_rate, step_bytes, step_ops
from load.bench.shapes import Shape
from load.bench.workload import Workload

# layer weights: 2 * 4*2*2 + 2 * 4*1*2 + 3 * 4*8 = 32 + 16 + 96 = 144; head: 10 * 4 = 40; KV values a token: 2*1*1*2 = 4
SHAPE = Shape("by hand", "llama", 10, 4, 8, 1, 2, 1, 2, is_tied=True)
READS_SLOWLY = Ceiling(read_bytes_per_s=1.0, ops_per_s=1e9)
COMPUTES_SLOWLY = Ceiling(read_bytes_per_s=1e9, ops_per_s=1.0)


def test_a_step_reads_every_weight_once_and_all_keys_and_values() -> None:
    assert step_bytes(SHAPE, num_context_tokens=0) == 2 * 184
    assert step_bytes(SHAPE, num_context_tokens=6) == 2 * (184 + 6 * 4)
    assert step_bytes(replace(SHAPE, num_bytes_per_weight=1), num_context_tokens=6) == 184 + 2 * 6 * 4


def test_a_step_computes_with_every_weight_for_every_sequence() -> None:
    assert step_ops(SHAPE, num_seqs=3, num_context_tokens=0) == 2 * 3 * 184
    # scores and sums: 2 products of head_dim for each of 2 heads, 2 operations each
    assert step_ops(SHAPE, num_seqs=1, num_context_tokens=5) == 2 * 184 + 2 * 2 * 5 * 2 * 2


def test_decoding_is_bound_by_reading_where_that_is_slower() -> None:
    workload = Workload(num_seqs=2, prompt_len=3, output_len=3)
    seconds = 2 * (184 + 2 * 4 * 4) + 2 * (184 + 2 * 5 * 4)  # contexts of 4, then of 5 tokens
    assert decode_rate(SHAPE, workload, READS_SLOWLY) == pytest.approx(2 * 2 / seconds)


def test_decoding_is_bound_by_arithmetic_where_that_is_slower() -> None:
    workload = Workload(num_seqs=2, prompt_len=3, output_len=2)
    seconds = 2 * 2 * 184 + 16 * 2 * 4
    assert decode_rate(SHAPE, workload, COMPUTES_SLOWLY) == pytest.approx(2 / seconds)


def test_a_prompt_makes_logits_for_its_last_token_only_and_attends_backwards() -> None:
    seconds = 2 * (2 * 3 * 144 + 2 * 40) + 16 * 2 * (1 + 2 + 3)
    assert prefill_rate(SHAPE, Workload(2, 3, 1), COMPUTES_SLOWLY) == pytest.approx(2 * 3 / seconds)


def test_a_whole_run_takes_a_step_for_every_token_of_an_answer() -> None:
    workload = Workload(num_seqs=2, prompt_len=3, output_len=2, num_rounds=5)
    num_bytes = 10 * 2 * 184 + 2 * 10 * 4 * 4
    assert run_rate(SHAPE, workload, READS_SLOWLY) == pytest.approx(10 * 2 / num_bytes)
    num_ops = 2 * 10 * (4 * 144 + 2 * 40) + 16 * 10 * ((1 + 2 + 3) + 4)
    assert run_rate(SHAPE, workload, COMPUTES_SLOWLY) == pytest.approx(10 * 2 / num_ops)


def test_more_sequences_make_decoding_faster_only_until_arithmetic_binds() -> None:
    even = Ceiling(read_bytes_per_s=1.0, ops_per_s=8.0)
    rates = [decode_rate(SHAPE, Workload(count, 1, 2), even) for count in (1, 4, 64, 256)]
    assert rates[1] > 3 * rates[0]
    assert rates[3] == pytest.approx(rates[2], rel=0.01)
