"""A figure is held against its bar, and nothing at all is no proof."""

from __future__ import annotations

import math

import pytest

from load.storm.figures import Figure, are_all_held, at_least, at_most, exactly, none_of, told


@pytest.mark.parametrize(
    ("figure", "is_held"),
    [
        (at_most("p", 20, 20, "ms"), True),
        (at_most("p", 20.1, 20, "ms"), False),
        (at_most("p", math.nan, 20, "ms"), False),
        (at_most("p", math.inf, 20, "ms"), False),
        (at_least("p", 90, 90, "%"), True),
        (at_least("p", 89.9, 90, "%"), False),
        (at_least("p", math.nan, 90, "%"), False),
        (none_of("p", 0, 3), True),
        (none_of("p", 1, 3), False),
        (none_of("p", 0, 0), False),
        (exactly("p", 0, 0), True),
        (exactly("p", 1, 0), False),
        (exactly("p", math.nan, 0), False),
    ],
)
def test_a_promise_is_held_up_to_its_bar_and_not_by_nothing(figure: Figure, is_held: bool) -> None:
    assert figure.is_held is is_held
    assert figure.verdict(judges_timings=True) == ("held" if is_held else "BROKEN")
    assert are_all_held([told("t", 1), figure], judges_timings=True) is is_held


def test_what_depends_on_the_machine_is_only_told_where_timings_are_not_judged() -> None:
    slow = at_most("p99", 100, 20, "ms", is_timing=True)
    assert slow.verdict(judges_timings=False) == "told"
    assert are_all_held([slow], judges_timings=False)
    assert not are_all_held([slow], judges_timings=True)


def test_figures_are_written_with_their_unit_and_those_that_are_no_numbers_in_words() -> None:
    assert at_most("p", 1.23456, 20, "ms").text == "1.23 ms"
    assert at_most("p", 123.456, 20, "ms").bar == "<= 20 ms"
    assert at_most("p", math.inf, 2, "s").text == "never"
    assert told("p", math.nan).text == "nothing"
    assert none_of("p", 2, 3, seen=["500", "500", "502"]).text == "2 of 3 (500, 502)"
