"""What this machine can do at most, measured: reading memory, and multiplying large matrices.

The best of several attempts of several kernels counts: a limit that is taken too low flatters everyone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch

from load.bench.roofline import Ceiling

_LARGE_BYTES = {"cpu": 1_610_612_736, "cuda": 4_294_967_296}  # beyond any cache
_SMALLEST_BYTES = 67_108_864  # less is read too soon to be timed
_GEMM_SIZE = {"cpu": 4096, "cuda": 8192}
_PROBE_SIZE = 256
_MATRIX_COLUMNS = 4096
_NUM_ATTEMPTS = 7


@dataclass(frozen=True, slots=True)
class Limits:
    """Measured limits of one device. On a CPU they hold for num_threads threads.

    memory_bytes_per_s: reading far more than caches hold. weights_bytes_per_s: reading as much as the model's weights
    again and again, of which a large cache may keep a part.
    """

    memory_bytes_per_s: float
    weights_bytes_per_s: float
    gemm_ops_per_s: float
    num_threads: int

    @property
    def ceiling(self) -> Ceiling:
        """The limits as a roofline takes them: the faster way to read counts."""
        return Ceiling(max(self.memory_bytes_per_s, self.weights_bytes_per_s), self.gemm_ops_per_s)

    def or_better(self, other: Limits) -> Limits:
        """The better of two measurements in each respect: at one of them something else may have run."""
        return Limits(
            max(self.memory_bytes_per_s, other.memory_bytes_per_s),
            max(self.weights_bytes_per_s, other.weights_bytes_per_s),
            max(self.gemm_ops_per_s, other.gemm_ops_per_s),
            self.num_threads,
        )


def measure(
    device: torch.device, *, weights_bytes: int, large_bytes: int | None = None, gemm_size: int | None = None
) -> Limits:
    """Measure with torch's present thread count. Takes a few seconds and `large_bytes` of memory (default: GiBs)."""
    large = large_bytes or _LARGE_BYTES.get(device.type, _LARGE_BYTES["cpu"])
    return Limits(
        memory_bytes_per_s=read_rate(device, num_bytes=large),
        weights_bytes_per_s=read_rate(device, num_bytes=max(weights_bytes, min(large, _SMALLEST_BYTES))),
        gemm_ops_per_s=gemm_rate(device, size=gemm_size or _GEMM_SIZE.get(device.type, _GEMM_SIZE["cpu"])),
        num_threads=torch.get_num_threads(),
    )


@torch.inference_mode()
def read_rate(device: torch.device, *, num_bytes: int) -> float:
    """Bytes per second that a pass over memory reads; on a GPU a copy counts too, with what it reads and writes."""
    values = torch.ones(num_bytes // 4, dtype=torch.float32, device=device)
    size = values.numel() * 4
    matrix = values.view(torch.bfloat16)[: size // 2 // _MATRIX_COLUMNS * _MATRIX_COLUMNS].view(-1, _MATRIX_COLUMNS)
    vector = torch.ones(_MATRIX_COLUMNS, dtype=torch.bfloat16, device=device)
    rates = [
        size / _best_s(values.sum, device),
        size / _best_s(lambda: torch.dot(values, values), device),  # both operands are the same memory
        matrix.numel() * 2 / _best_s(lambda: torch.mv(matrix, vector), device),
    ]
    if device.type == "cuda":
        target = torch.empty_like(values)
        rates.append(2 * size / _best_s(lambda: target.copy_(values), device))
    return max(rates)


@torch.inference_mode()
def product_rate(device: torch.device, dtype: torch.dtype, size: int) -> float:
    """Operations per second of a square matrix product."""
    left, right = (torch.ones(size, size, dtype=dtype, device=device) for _ in range(2))
    return 2 * size**3 / _best_s(partial(torch.matmul, left, right), device)


def gemm_rate(
    device: torch.device, *, size: int, rate: Callable[[torch.device, torch.dtype, int], float] = product_rate
) -> float:
    """Operations per second of a square matrix product, in bfloat16 or, where a CPU is faster at that, in float32.

    A small product finds out which: without bfloat16 instructions a large one of that type takes many seconds.
    """
    dtypes = [torch.bfloat16] if device.type == "cuda" else [torch.bfloat16, torch.float32]
    fastest = max(dtypes, key=lambda dtype: rate(device, dtype, min(size, _PROBE_SIZE)))
    return rate(device, fastest, size)


def _best_s(work: Callable[[], object], device: torch.device) -> float:
    """Seconds of the fastest of several calls, after one that doesn't count."""
    _finish(work, device)
    times = []
    for _ in range(_NUM_ATTEMPTS):
        began = time.perf_counter()
        _finish(work, device)
        times.append(time.perf_counter() - began)
    return min(times)


def _finish(work: Callable[[], object], device: torch.device) -> None:
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
