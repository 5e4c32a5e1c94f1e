"""A run of the storms as a table for a person and as plain values for a machine."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import Any

from load.storm.figures import Figure, are_all_held

SCHEMA = 1
_HEAD = ("storm", "promise", "figure", "bar", "")


@dataclass(frozen=True, slots=True)
class Row:
    """What one storm found. `took_s` has the start of its server in it, if it had one of its own."""

    storm: str
    figures: tuple[Figure, ...]
    took_s: float


@dataclass(frozen=True, slots=True)
class Report:
    """One run. judges_timings: a figure that depends on the machine's speed can break a promise."""

    rows: tuple[Row, ...]
    judges_timings: bool

    @property
    def is_held(self) -> bool:
        """Whether every promise was kept, and something was looked at."""
        return bool(self.rows) and all(are_all_held(r.figures, judges_timings=self.judges_timings) for r in self.rows)


def format_row(row: Row, *, judges_timings: bool) -> str:
    """What one storm found, as soon as it is over: a line for each figure."""
    lines = [
        f"  {figure.promise}: {figure.text} ({figure.bar or 'no bar'}) {figure.verdict(judges_timings=judges_timings)}"
        for figure in row.figures
    ]
    return "\n".join([f"{row.storm}: {row.took_s:.0f} s", *lines])


def format_table(report: Report) -> str:
    """One line for each figure, and the verdict at the end."""
    lines: list[tuple[str, ...]] = [_HEAD]
    for row in report.rows:
        for number, figure in enumerate(row.figures):
            verdict = figure.verdict(judges_timings=report.judges_timings)
            name = row.storm if number == 0 else ""
            lines.append((name, figure.promise, figure.text, figure.bar, "" if verdict == "told" else verdict))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    broken = [
        f"{row.storm}: {figure.promise}: {figure.text}"
        for row in report.rows
        for figure in row.figures
        if figure.verdict(judges_timings=report.judges_timings) == "BROKEN"
    ]
    seconds = sum(row.took_s for row in report.rows)
    end = "every promise was kept" if report.is_held else f"broken: {'; '.join(broken)}"
    return "\n".join([table[0], "-" * max(map(len, table)), *table[1:], "", f"{end} ({seconds:.0f} s)"])


def to_json(report: Report) -> dict[str, Any]:
    """Plain values; no figure is left out. A figure that is not a finite number has null for a value."""
    return {
        "schema": SCHEMA,
        "is_held": report.is_held,
        "judges_timings": report.judges_timings,
        "machine": machine(),
        "storms": [
            {"name": row.storm, "took_s": round(row.took_s, 1), "figures": [_plain(f, report) for f in row.figures]}
            for row in report.rows
        ],
    }


def _plain(figure: Figure, report: Report) -> dict[str, Any]:
    return {
        "promise": figure.promise,
        "value": figure.value if abs(figure.value) < float("inf") else None,
        "text": figure.text,
        "bar": figure.bar,
        "verdict": figure.verdict(judges_timings=report.judges_timings),
        "is_timing": figure.is_timing,
    }


def machine() -> dict[str, object]:
    """Facts that name neither a user nor a folder."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"system": f"{platform.system()} {platform.machine()}", "cpus": cpus, "python": platform.python_version()}


def broken(promise: str, why: str) -> Figure:
    """The figure of a storm that could not even be driven to its end."""
    return Figure(promise, 1.0, why.replace("\n", " ")[:160], "0", is_held=False)
