"""A report as tables for a terminal."""

from __future__ import annotations

from load.bench import names
from load.bench.report import Report
from load.bench.result import Measurement
from load.bench.timing import Spread
from load.table import format_table

_NOTHING = "-"


def format_report(report: Report) -> str:
    """All tables, one under the other, with a line that says what each shows."""
    parts = [_heading(report)]
    if report.of(names.ENGINE):
        parts.append(_engine_tables(report))
    if report.of(names.HTTP):
        parts.append(_http_table(report))
    if report.baseline_names:
        parts.append(_baseline_table(report))
    return "\n\n".join(parts)


def _heading(report: Report) -> str:
    limits, machine = report.limits, report.machine
    device = machine.get("gpu") or f"{machine['cpu']}, {limits.num_threads} threads"
    read = f"memory {_gb(limits.memory_bytes_per_s)} GB/s, weights {_gb(limits.weights_bytes_per_s)} GB/s"
    return (
        f"{report.shape.name}, {report.weights}, random weights, on {report.device}: {device}\n"
        f"limits measured in this run: {read}, bf16 products {limits.gemm_ops_per_s / 1e12:.2f} Top/s"
    )


def _engine_tables(report: Report) -> str:
    others = report.baseline_names
    head = ("seqs", "decode tok/s", "of roofline", "whole tok/s", *(f"vs {name}" for name in others))
    rows = [
        (
            str(found.workload.num_seqs),
            _spread(found.decode_rate),
            _percent(report.decode_share(found)),
            _spread(found.rate),
            *(_times(report.engine_gain(other) if other else None) for other in report.beside(found, others)),
        )
        for found in report.of(names.ENGINE)
    ]
    more_head = ("seqs", "prefill tok/s", "of roofline", "TTFT ms", "ITL ms", "peak MB")
    more = [
        (
            str(found.workload.num_seqs),
            _spread(found.prefill_rate),
            _percent(report.prefill_share(found)),
            *_latencies(found),
            f"{found.peak_memory_bytes / 1e6:.0f}" if found.peak_memory_bytes else _NOTHING,
        )
        for found in report.of(names.ENGINE)
    ]
    title = f"The engine in process: {_lengths(report)}; median (lowest-highest); latencies p50/p99"
    return f"{title}\n{format_table(head, rows)}\n\n{format_table(more_head, more)}"


def _http_table(report: Report) -> str:
    head = ("clients", "tok/s", "of in process", "TTFT ms", "ITL ms", "/healthz p50", "p99", "max ms", "client CPU")
    rows = []
    for found in report.of(names.HTTP):
        gain = report.engine_gain(found)
        rows.append(
            (
                str(found.workload.num_seqs),
                _spread(found.rate),
                _percent(1 / gain if gain else None),
                *_latencies(found),
                *(f"{found.extra[f'healthz_{name}_ms']:.1f}" for name in ("p50", "p99", "max")),
                _percent(found.extra["client_cpu_share"]),
            )
        )
    return "The whole service, streamed over HTTP, /healthz asked every 50 ms meanwhile\n" + format_table(head, rows)


def _baseline_table(report: Report) -> str:
    head = ("baseline", "seqs", "whole tok/s", "engine", "decode tok/s", "engine", "of roofline", "TTFT ms", "ITL ms")
    rows = [
        (
            found.name,
            str(found.workload.num_seqs),
            _spread(found.rate),
            _times(report.engine_gain(found)),
            _spread(found.decode_rate),
            _times(report.engine_decode_gain(found)),
            _percent(report.decode_share(found)),
            *_latencies(found),
        )
        for name in report.baseline_names
        for found in report.of(name)
    ]
    return "Other ways to serve the same prompts, and how many times as fast the engine is\n" + format_table(head, rows)


def _lengths(report: Report) -> str:
    workload = report.of(names.ENGINE)[0].workload
    rounds = f", {workload.num_rounds} rounds" if workload.num_rounds > 1 else ""
    return f"{workload.prompt_len} prompt + {workload.output_len} output tokens{rounds}"


def _latencies(found: Measurement) -> tuple[str, str]:
    ttft, itl = (
        "/".join(_number(found.latency_ms(f"{name}_{share}_ms").median) for share in ("p50", "p99"))
        for name in ("ttft", "itl")
    )
    return ttft, itl


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return _NOTHING
    return f"{_number(spread.median)} ({_number(spread.low)}-{_number(spread.high)})"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def _percent(share: float | None) -> str:
    return _NOTHING if share is None else f"{share:.0%}"


def _times(gain: float | None) -> str:
    return _NOTHING if gain is None else f"{gain:.1f}x"


def _gb(value: float) -> str:
    return f"{value / 1e9:.1f}"
