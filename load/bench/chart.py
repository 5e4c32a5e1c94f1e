"""A report as one picture: tokens per second over sequences at once, for every way to serve, and the roofline."""

from __future__ import annotations

from load.bench import names, roofline
from load.bench.report import Report
from load.plots import Line, line_chart


def draw(report: Report) -> str:
    """The picture as the text of an SVG file. The report must have at least one measurement."""
    workload = report.measurements[0].workload
    device = report.machine.get("gpu") or f"{report.machine['cpu']}, {report.limits.num_threads} threads"
    return line_chart(
        f"Output tokens per second, {report.shape.name}, {report.weights}",
        # The roofline has every number of sequences, and in their order: it makes the places on the axis.
        [_roof(report), *_lines(report)],
        x_label=f"requests at once    ({report.command}; {_versions(report)})",
        y_label="tokens/s",
        is_log_y=True,
        note=f"{workload.prompt_len} prompt + {workload.output_len} output tokens; {device}",
    )


def _roof(report: Report) -> Line:
    workloads = {found.workload.num_seqs: found.workload for found in report.measurements}
    rates = [roofline.run_rate(report.shape, workloads[count], report.limits.ceiling) for count in sorted(workloads)]
    return Line("roofline of this machine", [str(count) for count in sorted(workloads)], rates, is_limit=True)


def _lines(report: Report) -> list[Line]:
    """Every way to serve, the fastest first."""
    lines = [
        Line(names.long_name(name), [str(run.workload.num_seqs) for run in found], [run.rate.median for run in found])
        for name in dict.fromkeys([names.ENGINE, names.HTTP, *report.baseline_names])
        if (found := report.of(name))
    ]
    return sorted(lines, key=lambda line: -line.ys[-1])


def _versions(report: Report) -> str:
    packages = ("python", "torch", "transformers")
    return ", ".join(f"{name} {report.machine[name]}" for name in packages if name in report.machine)
