"""From the moments at which tokens came to rates and latencies. Knows no clock and nothing of who made the tokens."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median


@dataclass(frozen=True, slots=True)
class RequestTrace:
    """One request: when it was made, and the moments at which tokens came, in seconds of one clock.

    num_tokens: how many came; None if it was one a moment. (A stream of text may bring two tokens in one piece.)
    """

    asked: float
    moments: tuple[float, ...]
    num_tokens: int | None = None

    @property
    def length(self) -> int:
        """Tokens of the answer."""
        return len(self.moments) if self.num_tokens is None else self.num_tokens


@dataclass(frozen=True, slots=True)
class Timing:
    """What one run of a workload came to. Rates are output tokens per second, latencies milliseconds.

    decode_rate: over the time in which every request was past its first token and none had its last; None if there
    was no such time (the first request ended before the last one began).
    """

    rate: float
    decode_rate: float | None
    ttft_p50_ms: float
    ttft_p99_ms: float
    itl_p50_ms: float
    itl_p99_ms: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Several repetitions of one measurement: the middle, and the ends."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        found = list(values)
        return cls(median(found), min(found), max(found))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all values do not exceed; NaN of nothing."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def timing_of(traces: Sequence[RequestTrace]) -> Timing:
    """Sum up a run from its requests, each with at least one token."""
    began = min(trace.asked for trace in traces)
    ended = max(trace.moments[-1] for trace in traces)
    firsts = [(trace.moments[0] - trace.asked) * 1000 for trace in traces]
    gaps = [(later - earlier) * 1000 for trace in traces for earlier, later in pairwise(trace.moments)]
    return Timing(
        rate=sum(trace.length for trace in traces) / (ended - began),
        decode_rate=decode_rate(traces),
        ttft_p50_ms=percentile(firsts, 0.50),
        ttft_p99_ms=percentile(firsts, 0.99),
        itl_p50_ms=percentile(gaps, 0.50),
        itl_p99_ms=percentile(gaps, 0.99),
    )


def decode_rate(traces: Sequence[RequestTrace]) -> float | None:
    """Tokens per second while every request decodes, see Timing."""
    start = max(trace.moments[0] for trace in traces)
    end = min(trace.moments[-1] for trace in traces)
    if end <= start:
        return None
    num_tokens = 0.0
    for trace in traces:
        num_moments = sum(start < moment <= end for moment in trace.moments)
        num_tokens += num_moments * trace.length / len(trace.moments)
    return num_tokens / (end - start)
