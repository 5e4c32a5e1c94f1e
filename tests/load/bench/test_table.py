"""Tables for a terminal, from made-up measurements."""

from __future__ import annotations

from load.bench.table import format_report
from tests.load.bench.made_up import HEALTH, full_report, measurement, report


def lines_after(text: str, start: str) -> list[list[str]]:
    lines = text.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith(start))
    return [line.split() for line in lines[place:]]


def test_each_row_of_the_engine_shows_its_gain_over_each_baseline() -> None:
    text = format_report(full_report())
    head, _, one, four = lines_after(text, "seqs")[:4]
    assert head[-6:] == ["vs", "to_thread", "x4", "vs", "static", "batch"]
    assert one[-2:] == ["-", "1.5x"]
    assert four[-2:] == ["10.0x", "-"]


def test_the_service_is_shown_as_a_share_of_the_engine() -> None:
    row = lines_after(format_report(full_report()), "clients")[2]
    assert row[0] == "4"
    assert row[3] == "80%"
    assert row[-4:] == ["1.0", "4.0", "9.0", "5%"]


def test_what_was_not_measured_is_left_out() -> None:
    only_http = format_report(report(measurement("http", 4, step_s=0.1, **HEALTH)))
    assert "The engine in process" not in only_http
    assert "Other ways" not in only_http
    assert lines_after(only_http, "clients")[2][3] == "-"
