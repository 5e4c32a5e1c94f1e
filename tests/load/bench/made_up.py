"""Reports and measurements with made-up numbers, for what only formats or compares them."""

from __future__ import annotations

from load.bench.limits import Limits
from load.bench.report import Report
from load.bench.result import Measurement, Run
from load.bench.shapes import SHAPES
from load.bench.timing import RequestTrace
from load.bench.workload import Workload

HEALTH = {"healthz_p50_ms": 1.0, "healthz_p99_ms": 4.0, "healthz_max_ms": 9.0, "client_cpu_share": 0.05}


def measurement(name: str, num_seqs: int, *, step_s: float, **extra: float) -> Measurement:
    """3 prompt and 5 output tokens; the first token after one step, and one token each step."""
    traces = [RequestTrace(0.0, tuple(step_s * place for place in range(1, 6))) for _ in range(num_seqs)]
    run = Run.of(traces, prefill_rate=3 * num_seqs / step_s if name == "engine" else None)
    memory = 400_000_000 if name == "engine" else None
    return Measurement(name, Workload(num_seqs, 3, 5), (run, run), peak_memory_bytes=memory, extra=extra)


def report(*measurements: Measurement) -> Report:
    """A report of the tiny shape on a machine that never was."""
    return Report(
        command="python -m load bench --shape tiny",
        machine={"cpu": "Abacus <9 & more>", "torch": "2.0", "commit": "abc"},
        device="cpu",
        shape=SHAPES["tiny"],
        limits=Limits(memory_bytes_per_s=1e9, weights_bytes_per_s=2e9, gemm_ops_per_s=1e12, num_threads=2),
        measurements=measurements,
    )


def full_report() -> Report:
    return report(
        measurement("engine", 1, step_s=0.1),
        measurement("engine", 4, step_s=0.2),
        measurement("http", 4, step_s=0.25, **HEALTH),
        measurement("to_thread x4", 4, step_s=2.0),
        measurement("static batch", 1, step_s=0.15),
    )
