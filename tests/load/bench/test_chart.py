"""The picture is well-formed, has every series, and keeps inside of its frame."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from load.bench.chart import draw
from tests.load.bench.made_up import full_report, measurement, report

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def picture() -> ElementTree.Element:
    return ElementTree.fromstring(draw(full_report()))


def texts(picture: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


def test_every_way_to_serve_and_the_roofline_are_named(picture: ElementTree.Element) -> None:
    wanted = {
        "Unblocked, in process",
        "Unblocked, over HTTP",
        "to_thread(generate), threads: 4",
        "generate(), one",
        "roofline",
    }
    assert all(any(text.startswith(name) for text in texts(picture)) for name in wanted)


def test_there_is_a_dot_for_every_measurement(picture: ElementTree.Element) -> None:
    titled = [circle for circle in picture.iter(f"{SVG}circle") if circle.find(f"{SVG}title") is not None]
    assert len(titled) == len(full_report().measurements)


def test_everything_lies_inside_of_the_frame(picture: ElementTree.Element) -> None:
    _, _, width, height = (float(part) for part in picture.attrib["viewBox"].split())
    points = [
        point.split(",") for line in picture.iter(f"{SVG}polyline") for point in line.attrib["points"].split()
    ] + [[circle.attrib["cx"], circle.attrib["cy"]] for circle in picture.iter(f"{SVG}circle")]
    assert points
    assert all(0 < float(x) < width and 0 < float(y) < height for x, y in points)


def test_a_faster_way_stands_higher() -> None:
    made = report(measurement("engine", 4, step_s=0.1), measurement("static batch", 4, step_s=0.4))
    fast, slow = (
        float(circle.attrib["cy"])
        for circle in ElementTree.fromstring(draw(made)).iter(f"{SVG}circle")
        if circle.find(f"{SVG}title") is not None
    )
    assert fast < slow


def test_dark_pages_have_colours_of_their_own(picture: ElementTree.Element) -> None:
    style = picture.find(f"{SVG}style")
    assert style is not None
    assert "prefers-color-scheme: dark" in (style.text or "")
