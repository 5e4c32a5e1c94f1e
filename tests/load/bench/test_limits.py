"""Limits are measured and put together; how high they are is the machine's business."""

from __future__ import annotations

import torch

from load.bench.limits import Limits, gemm_rate, measure, read_rate
from load.bench.roofline import Ceiling

CPU = torch.device("cpu")
FAST_MEMORY = Limits(memory_bytes_per_s=9.0, weights_bytes_per_s=2.0, gemm_ops_per_s=3.0, num_threads=2)
FAST_CACHE = Limits(memory_bytes_per_s=1.0, weights_bytes_per_s=12.0, gemm_ops_per_s=4.0, num_threads=2)


def test_the_faster_way_to_read_is_the_ceiling() -> None:
    assert FAST_MEMORY.ceiling == Ceiling(read_bytes_per_s=9.0, ops_per_s=3.0)
    assert FAST_CACHE.ceiling == Ceiling(read_bytes_per_s=12.0, ops_per_s=4.0)


def test_of_two_measurements_the_better_one_counts_in_each_respect() -> None:
    assert FAST_MEMORY.or_better(FAST_CACHE) == Limits(9.0, 12.0, 4.0, 2)


def test_this_machine_reads_and_multiplies() -> None:
    found = measure(CPU, weights_bytes=100_000, large_bytes=4_000_000, gemm_size=64)
    assert found.num_threads == torch.get_num_threads()
    assert min(found.memory_bytes_per_s, found.weights_bytes_per_s, found.gemm_ops_per_s) > 0


def test_a_buffer_that_is_no_whole_matrix_is_read_too() -> None:
    assert read_rate(CPU, num_bytes=8192 * 3 + 4) > 0
    assert gemm_rate(CPU, size=16) > 0


def test_only_the_faster_type_is_multiplied_at_full_size() -> None:
    products: list[tuple[torch.dtype, int]] = []

    def rate(device: torch.device, dtype: torch.dtype, size: int) -> float:
        products.append((dtype, size))
        return {torch.bfloat16: 1.0, torch.float32: 7.0}[dtype]

    assert gemm_rate(CPU, size=4096, rate=rate) == 7.0
    assert [dtype for dtype, size in products if size == 4096] == [torch.float32]
