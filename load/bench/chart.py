"""A report as one picture: tokens per second over sequences at once, for every way to serve, and the roofline.

SVG by hand: one file without scripts or fonts of its own, readable on a light and on a dark page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from load.bench import names, roofline
from load.bench.report import Report

_WIDTH, _HEIGHT = 880, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 610, 78, 390
_STEPS = (1, 2, 5)
# One hue a way to serve, chosen to be told apart on white and on black, and by people who see few colours.
_COLOURS = ("#d55e00", "#cc79a7", "#009e73", "#a6761d", "#7570b3", "#66a61e")
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 } .small { font-size: 11.5px; fill: #57606a }
  .grid { stroke: #d0d7de; stroke-width: 1 } .series { fill: none; stroke-width: 2.5 }
  .roof { fill: none; stroke: #57606a; stroke-width: 2; stroke-dasharray: 6 5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #9da7b1 } .grid { stroke: #30363d } .roof { stroke: #9da7b1 }
  }
"""


@dataclass(frozen=True, slots=True)
class Series:
    """One line: (sequences at once, tokens per second), ascending."""

    label: str
    points: tuple[tuple[int, float], ...]
    colour: str


def draw(report: Report) -> str:
    """The picture as the text of an SVG file. The report must have at least one measurement."""
    lines = _series(report)
    roof = _roof(report)
    counts = sorted({count for line in (*lines, roof) for count, _ in line.points})
    rates = [rate for line in (*lines, roof) for _, rate in line.points]
    axes = _Axes(counts, low=_floor(min(rates)), high=_ceil(max(rates)))
    workload = report.measurements[0].workload
    device = report.machine.get("gpu") or f"{report.machine['cpu']}, {report.limits.num_threads} threads"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>Output tokens per second of {escape(report.shape.name)}</title><style>{_STYLE}</style>",
        _text(_LEFT - 50, 28, f"Output tokens per second, {report.shape.name}, {report.weights}", "title"),
        _text(_LEFT - 50, 50, f"{workload.prompt_len} prompt + {workload.output_len} output tokens; {device}", "small"),
        *axes.grid(),
        axes.path(roof, css="roof"),
        *(mark for line in lines for mark in axes.marks(line)),
        *_legend(lines, roof),
        _text((_LEFT + _RIGHT) / 2, _BOTTOM + 46, "requests at once", "small", anchor="middle"),
        _text(_LEFT - 50, _HEIGHT - 6, _versions(report), "small"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Axes:
    """Where a point stands: counts at even distances, rates on a logarithmic scale."""

    def __init__(self, counts: Sequence[int], *, low: float, high: float) -> None:
        self._places = {count: place for place, count in enumerate(counts)}
        self._low, self._high = low, high

    def x(self, count: int) -> float:
        return _LEFT + 30 + self._places[count] * (_RIGHT - _LEFT - 60) / max(1, len(self._places) - 1)

    def y(self, rate: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * math.log(rate / self._low) / math.log(self._high / self._low)

    def grid(self) -> list[str]:
        parts = []
        for rate in _ticks(self._low, self._high):
            y = self.y(rate)
            parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(_text(_LEFT - 8, y + 4, f"{rate:,.0f}", "small", anchor="end"))
        parts += [_text(self.x(count), _BOTTOM + 22, str(count), "", anchor="middle") for count in self._places]
        return parts

    def path(self, line: Series, *, css: str) -> str:
        points = " ".join(f"{self.x(count):.1f},{self.y(rate):.1f}" for count, rate in line.points)
        return f'<polyline class="{css}" points="{points}" stroke="{line.colour}"/>'

    def marks(self, line: Series) -> list[str]:
        dots = [
            f'<circle cx="{self.x(count):.1f}" cy="{self.y(rate):.1f}" r="4.5" fill="{line.colour}">'
            f"<title>{escape(line.label)}, {count}: {rate:,.0f} tokens/s</title></circle>"
            for count, rate in line.points
        ]
        return [self.path(line, css="series"), *dots]


def _series(report: Report) -> list[Series]:
    colours = {names.ENGINE: "#0969da", names.HTTP: "#54aeff"}
    spare = iter(_COLOURS * 2)
    lines = []
    for name in dict.fromkeys([names.ENGINE, names.HTTP, *report.baseline_names]):
        points = tuple((found.workload.num_seqs, found.rate.median) for found in report.of(name))
        if points:
            colour = colours.get(name) or next(spare)
            lines.append(Series(names.long_name(name), points, colour))
    return lines


def _roof(report: Report) -> Series:
    workloads = {found.workload.num_seqs: found.workload for found in report.measurements}
    points = [
        (count, roofline.run_rate(report.shape, workload, report.limits.ceiling))
        for count, workload in sorted(workloads.items())
    ]
    return Series("roofline of this machine", tuple(points), "currentColor")


def _legend(lines: Sequence[Series], roof: Series) -> list[str]:
    x, y = _RIGHT + 18, _TOP + 8
    parts = [f'<line class="roof" x1="{x}" x2="{x + 18}" y1="{y - 4}" y2="{y - 4}"/>', _text(x + 26, y, roof.label, "")]
    for place, line in enumerate(sorted(lines, key=lambda line: -line.points[-1][1]), start=1):
        at = y + place * 24
        parts.append(f'<circle cx="{x + 9}" cy="{at - 4}" r="5" fill="{line.colour}"/>')
        parts.append(_text(x + 26, at, line.label, ""))
    return parts


def _versions(report: Report) -> str:
    packages = ("python", "torch", "transformers")
    found = ", ".join(f"{name} {report.machine[name]}" for name in packages if name in report.machine)
    return f"{report.command}    {found}"


def _text(x: float, y: float, text: str, css: str, *, anchor: str = "start") -> str:
    return f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _ticks(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [
        step * 10.0**decade
        for decade in decades
        for step in _STEPS
        if low * 0.999 <= step * 10.0**decade <= high * 1.001
    ]


def _floor(rate: float) -> float:
    """The tick at or below a rate; below the rate's own tick, so that nothing stands on the axis."""
    return max(tick for tick in _ticks(rate / 20, rate) if tick < rate)


def _ceil(rate: float) -> float:
    return min(_ticks(rate, rate * 20))
