"""A report is one well-formed page that holds everything that was added, in order, and refers to nothing outside."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from load.html_report import Report

PLOT = '<svg class="plot" xmlns="http://www.w3.org/2000/svg"><title>a plot</title></svg>'


def page() -> str:
    report = Report("Load <1>", "two & two")
    report.section("First", "one paragraph\n\nand another").table(
        ["name", "figure"], [["a<b", "1.5 ms"], ["c", -2]]
    ).figure(PLOT)
    return report.section("Second").code("A=<1>\nB=2").html()


def tree() -> ElementTree.Element:
    """The page read as XML; its two elements without an end are those of the head."""
    _, _, rest = page().partition("<html")
    _, _, body = rest.partition("<title>")
    return ElementTree.fromstring(f"<html><head><title>{body}")


def test_everything_is_there_in_order_and_escaped() -> None:
    body = tree().find("body")
    assert body is not None
    assert [text.strip() for text in body.itertext() if text.strip()] == [
        "Load <1>", "two & two", "First", "one paragraph", "and another",
        "name", "figure", "a<b", "1.5 ms", "c", "-2", "a plot", "Second", "A=<1>\nB=2",
    ]  # fmt: skip


def test_numbers_stand_to_the_right_under_a_heading_that_does_too() -> None:
    right = [cell.text for cell in tree().iter() if cell.attrib.get("class") == "number"]
    assert right == ["figure", "1.5 ms", "-2"]


def test_a_table_without_rows_has_its_heading() -> None:
    assert "<th>name</th>" in Report("x").table(["name"], []).html()


def test_the_page_needs_nothing_else_and_has_no_script() -> None:
    for word in ("<script", "<link", "src=", "href=", "@import", "url("):
        assert word not in page()


def test_the_page_is_light_dark_and_for_paper() -> None:
    assert "@media screen and (prefers-color-scheme: dark)" in page()
    assert "@media print" in page()


def test_it_is_written_where_no_folder_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    Report("Größe").write(path)
    assert "Größe" in path.read_text(encoding="utf-8")
