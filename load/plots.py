"""Plots as SVG texts, for a page or a file of their own: readable on light and dark, without scripts or fonts.

Knows numbers and labels only. Importing it imports matplotlib (the extras load, bench and test), which takes a second.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

# Told apart on white and on black, and by people who see few colours.
_COLOURS = ("#0969da", "#d55e00", "#009e73", "#cc79a7", "#a6761d", "#7570b3", "#54aeff", "#66a61e")
# Drawn in these two, then replaced by what the page's scheme says.
_INK, _GRID = "#24292f", "#d0d7de"
_STYLE = f"""<style>
.plot {{ color: {_INK}; --plot-grid: {_GRID} }}  .plot text {{ font-family: system-ui, sans-serif !important }}
@media screen and (prefers-color-scheme: dark) {{ .plot {{ color: #e6edf3; --plot-grid: #30363d }} }}
</style>"""
_LOOK: dict[Any, Any] = {  # its keys are a type of a thousand literals
    "svg.fonttype": "none",  # texts stay texts: small, searchable, in the page's font
    "svg.hashsalt": "plot",  # the same numbers give the same bytes
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _GRID,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _GRID,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_WIDTH_INCHES, _HEIGHT_INCHES = 9.0, 4.0
_BAR_INCHES, _FRAME_INCHES = 0.3, 1.1
_MANY = 2000.0  # over so large a ratio the ticks 2 and 5 of each decade would run into each other


@dataclass(frozen=True, slots=True)
class Line:
    """Points to be joined, xs ascending; texts for xs stand at even distances. is_limit: a bound, drawn dashed."""

    label: str
    xs: Sequence[float] | Sequence[str]
    ys: Sequence[float]
    is_limit: bool = False
    has_marks: bool = True


def line_chart(
    title: str, lines: Sequence[Line], *, x_label: str, y_label: str, is_log_y: bool = False, note: str = ""
) -> str:
    """Lines over one axis, with a legend if there are several. `note` stands small below the title."""
    with matplotlib.rc_context(_LOOK):
        figure, axes = _new(title, note=note, height=_HEIGHT_INCHES)
        colours = iter(_COLOURS * (len(lines) // len(_COLOURS) + 1))
        for line in lines:
            colour, style = (_INK, "--") if line.is_limit else (next(colours), "-")
            mark = "o" if line.has_marks and not line.is_limit else ""
            axes.plot(
                line.xs, line.ys, label=line.label, color=colour, linestyle=style, marker=mark,
                zorder=3 if line.is_limit else 2,
            )  # fmt: skip
        axes.set(xlabel=x_label, ylabel=y_label)
        axes.grid(visible=True)
        if is_log_y:
            axes.set_yscale("log")
            _readable(axes.yaxis)
        if len(lines) > 1:
            figure.legend(loc="outside right upper")
        return _svg(figure, title)


def bar_chart(
    title: str,
    names: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    x_label: str,
    is_log: bool = False,
    note: str = "",
) -> str:
    """Bars from the left, one for each name and series (label to values, a value a name), with their values."""
    with matplotlib.rc_context(_LOOK):
        height = _FRAME_INCHES + _BAR_INCHES * (len(names) * len(series) + 0.5 * len(names))
        figure, axes = _new(title, note=note, height=height)
        thickness = 0.8 / len(series)
        for place, (label, values) in enumerate(series.items()):
            ys = [number + place * thickness for number in range(len(names))]
            bars = axes.barh(ys, values, height=thickness, label=label, color=_COLOURS[place % len(_COLOURS)])
            axes.bar_label(bars, fmt=_short, padding=3)
        axes.set_yticks([number + thickness * (len(series) - 1) / 2 for number in range(len(names))], names)
        axes.invert_yaxis()
        axes.set(xlabel=x_label, xscale="log" if is_log else "linear")
        axes.margins(x=0.15)
        if is_log:
            _readable(axes.xaxis)
        axes.grid(visible=True, axis="x")
        axes.set_axisbelow(True)
        if len(series) > 1:
            figure.legend(loc="outside right upper")
        return _svg(figure, title)


def _new(title: str, *, note: str, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH_INCHES, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, pad=24 if note else 8)
    if note:
        axes.annotate(note, (0, 1), xycoords="axes fraction", xytext=(0, 8), textcoords="offset points", size=9)
    return figure, axes


def _readable(axis: Axis) -> None:
    """Write the ticks of a logarithmic axis as people do: 1, 2, 5, 10, ..., of many decades 1, 10, ...; no powers."""
    least, most = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if most < _MANY * least else (1,)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _place: _short(value)))


def _short(value: float) -> str:
    """A number with three digits, or all that stand before the point, with commas between thousands."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _svg(figure: Figure, title: str) -> str:
    """The figure without prolog, metadata and names of parts, which would not be unique on a page of several plots."""
    written = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(written, format="svg", transparent=True, metadata=nothing)
    _, begin, text = written.getvalue().partition("<svg ")
    text = re.sub(r'<g id="[^"]*">', "<g>", text)
    text = text.replace(_INK, "currentColor").replace(_GRID, f"var(--plot-grid, {_GRID})")
    head, end, body = text.partition(">")
    return f'{begin}class="plot" role="img" {head}{end}<title>{escape(title)}</title>{_STYLE}{body}'
