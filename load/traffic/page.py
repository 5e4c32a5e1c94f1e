"""A run as an HTML page: what was asked, what came of it, and how it went over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from load.bench.timing import percentile
from load.html_report import Report
from load.plots import Line, line_chart
from load.traffic.part import Part
from load.traffic.result import Result
from load.traffic.sample import Sample
from load.traffic.summary import is_good
from load.traffic.terminal import LATENCY_HEAD, facts, latency_rows

_NUM_BINS = 20
_NUM_SHARES = 200


def page_of(result: Result) -> Report:
    """The whole page."""
    machine = ", ".join(f"{name} {value}" for name, value in result.machine.items())
    page = Report(f"Load test: {result.name}", f"{result.server}; model {result.model}; client: {machine}")
    page.section("What was asked", result.scenario.description)
    for part in result.parts:
        _add_part(page, result, part)
    return page.section("How to read it", _READING)


def _add_part(page: Report, result: Result, part: Part) -> None:
    summary = result.summary(part)
    verdict = "".join(f"INVALID: {fault}\n\n" for fault in summary.faults)
    page.section("What came of it" if part.name == "all" else f"Beside {part.name}", f"{verdict}{part.label}")
    page.table(("what", "figure"), facts(summary, part, result.scenario.limits))
    page.table(LATENCY_HEAD, latency_rows(summary))
    if any(sample.is_complete for sample in part.samples):
        page.figure(_over_time(result, part)).figure(_latency_over_time(part)).figure(_distribution(part))
    if part.health:
        page.figure(_health(part))
    if any(part.levels or ()):
        page.figure(_levels(part))
    if part.changes:
        page.section("What the server counted meanwhile")
        page.table(("meter", "value"), [(name, f"{value:.4g}") for name, value in part.changes.items()])


def _over_time(result: Result, part: Part) -> str:
    limits = result.scenario.limits
    kinds: dict[str, Callable[[Sample], bool]] = {
        "due": lambda sample: True,
        "answered": lambda sample: sample.is_complete,
        "within the limits": lambda sample: is_good(sample, limits),
    }
    width_s = part.duration_s / _NUM_BINS
    lines = []
    for label, is_one in kinds.items():
        bins = _bins(part, [(sample.due, 1.0) for sample in part.samples if is_one(sample)])
        line = _line(label, part, [sum(values) / width_s for values in bins])
        lines.append(replace(line, is_limit=label == "due"))  # dashed, so that it shows where all were answered
    return line_chart("Requests by when they were due", lines, x_label="seconds", y_label="requests/s")


def _latency_over_time(part: Part) -> str:
    complete = [sample for sample in part.samples if sample.is_complete]
    lines = []
    for name, bins in (
        ("TTFT", _bins(part, [(sample.due, sample.ttft_ms) for sample in complete])),
        ("end to end", _bins(part, [(sample.due, sample.e2e_ms) for sample in complete])),
    ):
        lines += [
            _line(f"{name}, p{share:.0%}".rstrip("%"), part, [percentile(values, share) for values in bins])
            for share in (0.5, 0.99)
        ]
    return line_chart(
        "Latency by when requests were due", lines, x_label="seconds", y_label="milliseconds", is_log_y=True
    )


def _distribution(part: Part) -> str:
    """A long answer has many gaps, so these are thinned to a fixed number of points like all others."""
    complete = [sample for sample in part.samples if sample.is_complete]
    series = {
        "TTFT": [sample.ttft_ms for sample in complete],
        "ITL": [gap for sample in complete for gap in sample.itls_ms],
        "end to end": [sample.e2e_ms for sample in complete],
    }
    shares = [place / _NUM_SHARES for place in range(1, _NUM_SHARES + 1)]
    lines = [
        Line(name, [100 * share for share in shares], [percentile(values, share) for share in shares], has_marks=False)
        for name, values in series.items()
        if values
    ]
    return line_chart(
        "Distribution", lines, x_label="percent of all are at most", y_label="milliseconds", is_log_y=True
    )


def _health(part: Part) -> str:
    bins = _bins(part, [(due, waited) for due, waited, _ in part.health])
    line = _line("/healthz", part, [max(values, default=math.nan) for values in bins])
    return line_chart("Slowest ping of the health path", [line], x_label="seconds", y_label="milliseconds")


def _levels(part: Part) -> str:
    levels = part.levels or {}
    lines = [
        Line(name, [moment for moment, _ in readings], [value for _, value in readings], has_marks=False)
        for name, readings in levels.items()
    ]
    return line_chart("What the server had to do", lines, x_label="seconds", y_label="sequences")


def _line(label: str, part: Part, ys: Sequence[float]) -> Line:
    """A value a bin; bins without one are left out."""
    width_s = part.duration_s / _NUM_BINS
    points = [((place + 0.5) * width_s, y) for place, y in enumerate(ys) if not math.isnan(y)]
    return Line(label, [x for x, _ in points], [y for _, y in points])


def _bins(part: Part, pairs: Sequence[tuple[float, float]]) -> list[list[float]]:
    """Values by their moment; those after the time in which requests were due are left out."""
    bins: list[list[float]] = [[] for _ in range(_NUM_BINS)]
    for moment, value in pairs:
        if 0 <= moment < part.duration_s:
            bins[int(moment / part.duration_s * _NUM_BINS)].append(value)
    return bins


_READING = (
    "Open loop: requests are due by a plan, whatever the server does, and every latency counts from the planned "
    "moment, so a stall shows in every request that was due in it. Closed loop: a client's next request waits for its "
    "last answer, so a slow server is asked less often; take it for a measure of throughput, not of latency.\n\n"
    "TTFT: to the first text. ITL: between two pieces of text. TPOT: (last - first text) / (tokens - 1). Goodput: "
    "complete answers within the limits. Refused: 429 and 503. Expired: 504, or ended by its time limit. Schedule "
    "delay: how late this client itself was; if half of the requests are more than 10 ms late, the run is invalid."
)
