"""The table, the JSON and the page have every verdict, every figure and every failure."""

from __future__ import annotations

import json

from load.matrix.experiment import Agreement, Verdict
from load.matrix.figures import Figure
from load.matrix.page import charts, page
from load.matrix.report import MatrixReport, Row, format_row, format_table, to_json

ROW = Row(
    "traps.notebook",
    "A title",
    2.0,
    figures=(
        Figure("wall", "threads", 1.0, "s", at=10),
        Figure("wall", "threads", 2.0, "s", at=100),
        Figure("wall", "aiohttp", 0.5, "s", at=10),
        Figure("memory", "coroutine", 1.0, "KiB"),
        Figure("memory", "process", 9000.0, "KiB"),
        Figure("works", "trap", 0.0, "", note="Error: <why>"),
    ),
    verdicts=(
        Verdict("a claim " * 8, "a finding", Agreement.AGREES),
        Verdict("another", "it is not so", Agreement.DISAGREES),
    ),
)
BROKEN = Row("crawler", "crawler", 1.0, failure="ended with status 1:\nBoom: here")
REPORT = MatrixReport("python -m load matrix", {"cpu": "some"}, "short", (ROW, BROKEN))


def test_the_table_has_a_line_for_each_claim_and_counts_the_verdicts() -> None:
    table = format_table(REPORT)
    assert "A title  (load/matrix/traps/notebook.py, 2 s)" in table
    assert "  disagrees   another" in table
    assert table.endswith("1 agrees, 1 disagrees (3 s)")
    assert max(map(len, table.splitlines())) <= 120


def test_a_failure_is_told_in_the_table_and_fails_the_run() -> None:
    assert "  FAILED: ended with status 1:\n  Boom: here" in format_table(REPORT)
    assert REPORT.has_failed
    assert not MatrixReport("", {}, "short", (ROW,)).has_failed
    assert format_row(BROKEN).endswith("ended with status 1:")
    assert format_row(ROW).endswith("1 agrees, 1 disagrees")


def test_the_json_has_all_figures_and_words_for_the_verdicts() -> None:
    plain = json.loads(json.dumps(to_json(REPORT)))
    assert len(plain["rows"][0]["figures"]) == len(ROW.figures)
    assert [verdict["agreement"] for verdict in plain["rows"][0]["verdicts"]] == ["agrees", "disagrees"]


def test_the_page_has_verdicts_messages_and_failures_as_text() -> None:
    html = page(REPORT).html()
    assert "it is not so" in html
    assert "Error: &lt;why&gt;" in html
    assert "Boom: here" in html


def test_there_is_a_plot_for_each_thing_that_has_a_unit() -> None:
    lines, bars = charts(ROW.figures)
    assert ">at once<" in lines
    assert ">threads<" in lines
    assert ">100<" in lines
    assert ">coroutine<" in bars
    assert charts([Figure("works", "trap", 0.0, ""), Figure("works", "mended", 1.0, "")]) == []
    (sizes,) = charts([Figure("trip", "to a process", 1.0 + size, "s", at=size, at_unit="KiB") for size in (1, 10)])
    assert ">KiB<" in sizes


def test_a_figure_by_itself_is_told_in_the_table_and_drawn_nowhere() -> None:
    alone = Row("crawler", "crawler", 1.0, figures=(Figure("the server's delay", "each", 0.05, "s"),))
    html = page(MatrixReport("", {}, "short", (alone,))).html()
    assert "<svg" not in html
    assert "0.05 s" in html
