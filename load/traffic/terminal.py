"""A run's figures as text for a terminal."""

from __future__ import annotations

import math

from load.table import format_table
from load.traffic.part import Part
from load.traffic.result import Result
from load.traffic.scenario import Limits
from load.traffic.summary import Spread, Summary

LATENCY_HEAD = ("milliseconds", "mean", "p50", "p90", "p99", "max")


def format_result(result: Result) -> str:
    """Every part's figures, one under the other."""
    head = f"{result.name}: {result.scenario.description}\n{result.server}, model {result.model}"
    return "\n\n".join([head, *(_format_part(result, part) for part in result.parts)])


def _format_part(result: Result, part: Part) -> str:
    summary = result.summary(part)
    name = "" if part.name == "all" else f"[{part.name}] "
    lines = [f"{name}{part.label}"]
    lines += [f"INVALID: {fault}" for fault in summary.faults]
    lines += [f"{label:<12} {text}" for label, text in facts(summary, part, result.scenario.limits)]
    return "\n".join([*lines, "", format_table(LATENCY_HEAD, latency_rows(summary))])


def facts(summary: Summary, part: Part, limits: Limits) -> list[tuple[str, str]]:
    """What is to be said of a part besides its latencies: a name and a text each."""
    errors = ", ".join(f"{count} {name}" for name, count in summary.errors.items())
    rows = [
        ("requests", f"{summary.num_requests} due in {part.duration_s:g} s ({summary.offered_per_s:.3g}/s)"),
        ("answered", f"{summary.num_complete} ({summary.answers_per_s:.3g}/s)"),
        ("refused", f"{summary.num_refused}" + (f", in {number(summary.refusal_ms.p50)} ms (p50)"
                                                if summary.num_refused else "")),
        ("expired", f"{summary.num_expired}"),
        ("errors", f"{summary.num_errors}" + (f": {errors}" if errors else "")),
        ("goodput", f"{summary.goodput_per_s:.3g}/s, {summary.good_share:.1%} of all, within {limits_text(limits)}"),
        ("tokens", f"{summary.tokens_per_s:.0f}/s out, {summary.prompt_tokens_per_s:.0f}/s in; a request: "
                   f"{number(summary.mean_prompt_tokens)} in, {number(summary.mean_output_tokens)} out"),
        ("client", f"sent {number(summary.delay_ms.p50)} ms late (p50), took {part.client_cpu_share:.0%} of a core"),
    ]  # fmt: skip
    if part.beside:
        took = Spread.of(waited for _, waited, status in part.beside if status == 200)
        bad = sum(status != 200 for *_, status in part.beside)
        rows.append(
            ("beside", f"{len(part.beside)} requests, {number(took.p50)} ms (p50), {bad} not answered with 200")
        )
    return rows


def latency_rows(summary: Summary) -> list[tuple[str, ...]]:
    """A row for each latency; what there was none of is left out."""
    found = {
        "TTFT": summary.ttft_ms,
        "ITL": summary.itl_ms,
        "TPOT": summary.tpot_ms,
        "end to end": summary.e2e_ms,
        "schedule delay": summary.delay_ms,
        "/healthz": summary.health_ms,
    }
    return [
        (name, *(number(value) for value in (spread.mean, spread.p50, spread.p90, spread.p99, spread.max)))
        for name, spread in found.items()
        if not math.isnan(spread.mean)
    ]


def limits_text(limits: Limits) -> str:
    """The limits of a good answer, in words."""
    pairs = (("TTFT", limits.ttft_ms), ("TPOT", limits.tpot_ms), ("end to end", limits.e2e_ms))
    return ", ".join(f"{name} {value:g} ms" for name, value in pairs if value is not None) or "no limits"


def number(value: float) -> str:
    """Three digits or so; a dash for nothing."""
    if math.isnan(value):
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
