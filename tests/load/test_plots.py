"""Plots are whole SVG files that say everything in texts, keep their order, and take their colours from the page."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from load.plots import Line, bar_chart, line_chart

SVG = "{http://www.w3.org/2000/svg}"
LINES = [
    Line("bound <1>", ["1", "4", "16"], [100, 200, 400], is_limit=True),
    Line("ours", ["1", "4", "16"], [50, 150, 300]),
    Line("theirs", ["1", "16"], [20, 90]),
]


def lines() -> str:
    return line_chart("Tokens & more", LINES, x_label="at once", y_label="tokens/s", is_log_y=True, note="a note")


def bars() -> str:
    series = {"p50": [1200.0, 3.0], "p99": [1300.0, 4321.5]}
    return bar_chart("Tokens & more", ["blocking", "offloaded"], series, x_label="milliseconds", is_log=True)


def texts(svg: str) -> list[str]:
    return [text.strip() for text in ElementTree.fromstring(svg).itertext() if text.strip()]


@pytest.mark.parametrize(
    ("svg", "wanted"),
    [
        (lines(), {"Tokens & more", "bound <1>", "ours", "theirs", "at once", "tokens/s", "1", "4", "16", "a note"}),
        (bars(), {"Tokens & more", "blocking", "offloaded", "p50", "p99", "milliseconds", "1,200", "3", "4,322"}),
    ],
    ids=["lines", "bars"],
)
def test_everything_is_said_in_texts(svg: str, wanted: set[str]) -> None:
    assert wanted <= set(texts(svg))


def test_a_logarithmic_axis_is_written_without_powers() -> None:
    assert {"20", "50", "100", "200"} <= set(texts(lines()))
    wide = texts(bar_chart("One", ["a", "b", "c"], {"x": [66.21, 2448.4, 366_700.4]}, x_label="us", is_log=True))
    assert {"66.2", "2,448", "366,700", "100", "1,000", "10,000", "100,000"} <= set(wide)
    assert not [text for text in wide if "e+" in text or text == "2,000"]


@pytest.mark.parametrize("svg", [lines(), bars()], ids=["lines", "bars"])
def test_a_plot_needs_no_other_file_and_no_script(svg: str) -> None:
    assert svg.startswith("<svg ")
    assert not re.findall(r'(?:href|src)="(?!#)', svg)
    assert "url(http" not in svg
    assert "<script" not in svg
    assert "<metadata" not in svg


@pytest.mark.parametrize("svg", [lines(), bars()], ids=["lines", "bars"])
def test_dark_pages_have_ink_of_their_own_and_paper_does_not(svg: str) -> None:
    assert "@media screen and (prefers-color-scheme: dark)" in svg
    drawn = svg.partition("</style>")[2]
    assert "currentColor" in drawn
    assert "#24292f" not in drawn


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert lines() == lines()


def test_two_plots_on_one_page_share_no_name_that_means_two_things() -> None:
    def named(svg: str) -> dict[str, str]:
        found = {
            element.attrib["id"]: element for element in ElementTree.fromstring(svg).iter() if "id" in element.attrib
        }
        return {name: ElementTree.tostring(element).decode() for name, element in found.items()}

    first, second = named(lines()), named(bars())
    assert all(first[name] == second[name] for name in first.keys() & second.keys())


def test_a_larger_value_has_a_longer_bar() -> None:
    svg = bar_chart("One", ["short", "long"], {"only": [1.0, 3.0]}, x_label="ms")
    paths = re.findall(r'<path d="([^"]*)" clip-path[^>]*style="fill: #0969da"', svg)
    short, long = (max(float(x) for x in re.findall(r"[ML] ([0-9.]+) ", path)) for path in paths)
    assert short < long


def test_more_lines_than_colours_are_drawn_all_the_same() -> None:
    many = [Line(f"line {number}", [0.0, 1.0], [number, number + 1.0], has_marks=False) for number in range(20)]
    assert {f"line {number}" for number in range(20)} <= set(texts(line_chart("Many", many, x_label="x", y_label="y")))
