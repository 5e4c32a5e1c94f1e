"""A sweep as rows, as JSON and as an HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from load.html_report import Report
from load.plots import Line, line_chart
from load.storm.report import machine
from load.traffic.knee import Step
from load.traffic.terminal import number

SCHEMA = 1
HEAD = ("requests/s", "good", "goodput/s", "answers/s", "tokens/s", "TTFT p50", "p99", "TPOT p50", "p99", "refused",
        "errors")  # fmt: skip


def rows_of(steps: Sequence[Step]) -> list[tuple[str, ...]]:
    """A row for each rate."""
    return [
        (
            f"{step.rate:.3g}",
            f"{step.summary.good_share:.1%}",
            *(number(value) for value in (step.summary.goodput_per_s, step.summary.answers_per_s)),
            f"{step.summary.tokens_per_s:.0f}",
            *(number(value) for value in (step.summary.ttft_ms.p50, step.summary.ttft_ms.p99)),
            *(number(value) for value in (step.summary.tpot_ms.p50, step.summary.tpot_ms.p99)),
            str(step.summary.num_refused + step.summary.num_expired),
            str(step.summary.num_errors),
        )
        for step in steps
    ]


def page_of(steps: Sequence[Step], *, title: str, server: str, told: str) -> Report:
    """The page: what was found, then how it was."""
    page = Report(title, f"{server}; client: {', '.join(f'{name} {value}' for name, value in machine().items())}")
    page.section("What was found").code(told).table(HEAD, rows_of(steps))
    if any(step.summary.num_complete for step in steps):
        page.figure(_rates(steps)).figure(_latencies(steps))
    return page


def to_json(steps: Sequence[Step], *, name: str, server: str, told: str) -> dict[str, Any]:
    """Plain values; a summary for each rate."""
    return {
        "schema": SCHEMA,
        "kind": "load sweep",
        "name": name,
        "server": server,
        "machine": machine(),
        "told": told,
        "steps": [{"rate": step.rate, "summary": step.summary.to_json()} for step in steps],
    }


def _rates(steps: Sequence[Step]) -> str:
    rates = [step.rate for step in steps]
    lines = [
        Line("asked", rates, rates, is_limit=True),
        Line("answered", rates, [step.summary.answers_per_s for step in steps]),
        Line("within the limits", rates, [step.summary.goodput_per_s for step in steps]),
    ]
    return line_chart("Goodput", lines, x_label="requests/s asked", y_label="requests/s")


def _latencies(steps: Sequence[Step]) -> str:
    answered = [step for step in steps if step.summary.num_complete]
    rates = [step.rate for step in answered]
    lines = [
        Line("TTFT, p50", rates, [step.summary.ttft_ms.p50 for step in answered]),
        Line("TTFT, p99", rates, [step.summary.ttft_ms.p99 for step in answered]),
        Line("TPOT, p50", rates, [step.summary.tpot_ms.p50 for step in answered]),
        Line("TPOT, p99", rates, [step.summary.tpot_ms.p99 for step in answered]),
    ]
    return line_chart("Latency", lines, x_label="requests/s asked", y_label="milliseconds", is_log_y=True)
