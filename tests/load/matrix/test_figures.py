"""Figures are found by name, and said for a person."""

from __future__ import annotations

import pytest

from load.matrix.figures import Figure, Figures, text_of

FIGURES = Figures(
    [
        Figure("wall", "a", 1.0, "s", at=10),
        Figure("wall", "a", 2.0, "s", at=100),
        Figure("wall", "b", 3.0, "s", at=10),
        Figure("works", "trap", 0.0, "", note="Error: why"),
    ]
)


def test_a_figure_is_found_by_what_way_and_place() -> None:
    assert FIGURES.of("wall", "a", 100) == 2.0
    assert FIGURES.note("works", "trap") == "Error: why"


def test_a_figure_that_was_not_measured_is_an_error_that_names_it() -> None:
    with pytest.raises(KeyError, match="no figure 'wall' of 'b' at 100"):
        FIGURES.of("wall", "b", 100)


def test_the_largest_place_is_one_that_all_ways_have() -> None:
    assert FIGURES.most("wall", "a") == 100
    assert FIGURES.most("wall", "a", "b") == 10
    with pytest.raises(KeyError):
        FIGURES.most("wall", "a", "c")


@pytest.mark.parametrize(
    ("value", "unit", "text"), [(1234.5, "ms", "1,234 ms"), (0.01234, "s", "0.0123 s"), (7.0, "", "7")]
)
def test_a_number_has_three_digits_and_its_unit(value: float, unit: str, text: str) -> None:
    assert text_of(value, unit) == text
