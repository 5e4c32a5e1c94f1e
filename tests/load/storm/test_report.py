"""A run's table and JSON say the same, and only a run in which nothing broke is held."""

from __future__ import annotations

import json

from load.storm.figures import at_most, none_of, told
from load.storm.report import Report, Row, broken, format_row, format_table, to_json

ROW = Row("overload", (none_of("lost", 0, 5), at_most("p99", 30, 20, "ms", is_timing=True), told("asked", 5)), 3.21)


def test_a_table_has_a_line_for_each_figure_and_the_verdict() -> None:
    lines = format_table(Report((ROW,), judges_timings=True)).splitlines()
    assert lines[2].split() == ["overload", "lost", "0", "of", "5", "0", "held"]
    assert lines[3].split() == ["p99", "30", "ms", "<=", "20", "ms", "BROKEN"]
    assert lines[4].split() == ["asked", "5"]
    assert lines[-1] == "broken: overload: p99: 30 ms (3 s)"


def test_a_storm_is_told_as_soon_as_it_is_over() -> None:
    assert format_row(ROW, judges_timings=True).splitlines() == [
        "overload: 3 s",
        "  lost: 0 of 5 (0) held",
        "  p99: 30 ms (<= 20 ms) BROKEN",
        "  asked: 5 (no bar) told",
    ]


def test_timings_break_nothing_where_they_are_not_judged() -> None:
    assert not Report((ROW,), judges_timings=True).is_held
    report = Report((ROW,), judges_timings=False)
    assert report.is_held
    assert "every promise was kept" in format_table(report)


def test_nothing_at_all_and_a_storm_that_could_not_be_driven_are_not_held() -> None:
    assert not Report((), judges_timings=False).is_held
    assert not Report((Row("x", (broken("can be driven", "Boom:\nlong"),), 0),), judges_timings=False).is_held


def test_json_has_every_figure_and_no_number_that_json_lacks() -> None:
    row = Row("drain", (at_most("red", float("inf"), 1), at_most("p99", float("nan"), 1)), 1)
    found = json.loads(json.dumps(to_json(Report((ROW, row), judges_timings=False)), allow_nan=False))
    assert [storm["name"] for storm in found["storms"]] == ["overload", "drain"]
    assert found["storms"][0]["figures"][1] == {
        "promise": "p99", "value": 30, "text": "30 ms", "bar": "<= 20 ms", "verdict": "told", "is_timing": True,
    }  # fmt: skip
    assert [figure["value"] for figure in found["storms"][1]["figures"]] == [None, None]
    assert not found["is_held"]
