"""A run of the matrix as one HTML page: the verdicts as a table, then each experiment with its plots and messages."""

from __future__ import annotations

from collections.abc import Iterable

from load.html_report import Report
from load.matrix.experiment import Verdict
from load.matrix.figures import Figure, text_of
from load.matrix.report import MatrixReport, Row, told
from load.plots import Line, bar_chart, line_chart

# Bars that differ by more than this need a logarithmic axis to be seen at all.
_LOG_RATIO = 30.0


def page(report: MatrixReport) -> Report:
    """The whole page."""
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items() if name != "cpu_flags")
    made = Report("asyncio, threads or processes: measured on this host", f"{report.command}; {machine}")
    made.section("Verdicts", f"What the notes say, what this host says: {told(_verdicts(report))}.")
    made.table(
        ("work", "the notes say", "this host says", "verdict"),
        [
            (row.title, verdict.claim, verdict.finding, verdict.agreement.value.replace(" ", "\u00a0"))
            for row in report.rows
            for verdict in row.verdicts
        ],
    )
    for row in report.rows:
        _add(made, row)
    return made


def charts(figures: Iterable[Figure]) -> list[str]:
    """A plot for each thing that was measured in several ways: lines over `at`, or bars."""
    return [_lines(what, found) if _has_places(found) else _bars(what, found) for what, found in _plotted(figures)]


def _plotted(figures: Iterable[Figure]) -> list[tuple[str, list[Figure]]]:
    """What has a unit, and something to be held against; the rest stands in the table."""
    by_what: dict[str, list[Figure]] = {}
    for figure in figures:
        if figure.unit:
            by_what.setdefault(figure.what, []).append(figure)
    return [(what, found) for what, found in by_what.items() if len(found) > 1]


def _add(made: Report, row: Row) -> None:
    made.section(row.title, f"The code: load/matrix/{row.name.replace('.', '/')}.py. It took {row.took_s:.0f} s.")
    if row.failure:
        made.code(row.failure)
    for chart in charts(row.figures):
        made.figure(chart)
    plotted = {what for what, _ in _plotted(row.figures)}
    told = [(f.what, f.way, text_of(f.value, f.unit), f.note) for f in row.figures if f.note or f.what not in plotted]
    if told:
        made.table(("what", "way", "figure", "message or note"), told)


def _has_places(found: list[Figure]) -> bool:
    return len({figure.at for figure in found}) > 1


def _lines(what: str, found: list[Figure]) -> str:
    """Over places at even distances: they are 10, 100, 1,000. The places are those of all lines, in order."""
    places = sorted({figure.at for figure in found if figure.at is not None})
    names = [f"{place:,.0f}" for place in places]
    lines = []
    for way in dict.fromkeys(figure.way for figure in found):
        values = {figure.at: figure.value for figure in found if figure.way == way}
        lines.append(Line(way, names, [values.get(place, float("nan")) for place in places]))
    return line_chart(what, lines, x_label=found[0].at_unit, y_label=found[0].unit, is_log_y=True)


def _bars(what: str, found: list[Figure]) -> str:
    values = [figure.value for figure in found]
    is_log = min(values) > 0 and max(values) > _LOG_RATIO * min(values)
    unit = found[0].unit
    return bar_chart(what, [figure.way for figure in found], {unit: values}, x_label=unit, is_log=is_log)


def _verdicts(report: MatrixReport) -> list[Verdict]:
    return [verdict for row in report.rows for verdict in row.verdicts]
