"""The picture is well-formed and names every series; what lies where is the plots' business."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from load.bench.chart import draw
from tests.load.bench.made_up import full_report, measurement, report


@pytest.fixture
def texts() -> list[str]:
    return [text.strip() for text in ElementTree.fromstring(draw(full_report())).itertext() if text.strip()]


def test_every_way_to_serve_and_the_roofline_are_named(texts: list[str]) -> None:
    wanted = {
        "Unblocked, in process",
        "Unblocked, over HTTP",
        "to_thread(generate), threads: 4",
        "generate(), one static batch",
        "roofline of this machine",
    }
    assert wanted <= set(texts)


def test_what_was_asked_for_and_of_which_machine_stands_on_it(texts: list[str]) -> None:
    assert "3 prompt + 5 output tokens; Abacus <9 & more>, 2 threads" in texts
    assert any("python -m load bench --shape tiny; torch 2.0" in text for text in texts)


def test_the_fastest_way_is_named_first() -> None:
    made = report(measurement("engine", 4, step_s=0.4), measurement("static batch", 4, step_s=0.1))
    picture = draw(made)
    assert picture.index("static batch") < picture.index("Unblocked, in process")
