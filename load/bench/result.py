"""What was measured, as plain values: one Measurement is one way to serve, at one number of sequences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from load.bench.timing import RequestTrace, Spread, Timing, timing_of
from load.bench.workload import Workload


@dataclass(frozen=True, slots=True)
class Run:
    """One repetition. prefill_rate: prompt tokens per second with nothing else to do; None: not measured."""

    timing: Timing
    prefill_rate: float | None = None

    @classmethod
    def of(cls, traces: Sequence[RequestTrace], *, prefill_rate: float | None = None) -> Run:
        return cls(timing_of(traces), prefill_rate)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Several repetitions of one workload on one way to serve. `extra` holds what only this way has, by name."""

    name: str
    workload: Workload
    runs: tuple[Run, ...]
    peak_memory_bytes: int | None = None
    extra: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> Spread:
        """Output tokens per second over the whole run, prompts included."""
        return Spread.of(run.timing.rate for run in self.runs)

    @property
    def decode_rate(self) -> Spread | None:
        """Output tokens per second while all sequences decode."""
        return _spread(run.timing.decode_rate for run in self.runs)

    @property
    def prefill_rate(self) -> Spread | None:
        """Prompt tokens per second."""
        return _spread(run.prefill_rate for run in self.runs)

    def latency_ms(self, name: str) -> Spread:
        """Spread of one of Timing's latencies, such as "ttft_p50_ms"."""
        return Spread.of(float(getattr(run.timing, name)) for run in self.runs)


def _spread(values: Iterable[float | None]) -> Spread | None:
    found = [value for value in values if value is not None]
    return Spread.of(found) if found else None
