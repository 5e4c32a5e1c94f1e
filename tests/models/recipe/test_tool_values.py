"""Values of tools are of many kinds, and more than a list of words."""

import random

import pytest

from models.recipe.tool_values import MADE, value
from models.recipe.topics.tools import WORDS


@pytest.mark.parametrize("kind", sorted({*MADE, *WORDS, "any"} - {"bool", "level", "sky", "lab", "status"}))
def test_a_kind_has_many_values_or_all_of_its_words(kind: str) -> None:
    rng = random.Random(1)
    found = {value(kind, rng) for _ in range(600)}
    assert len(found) > 40 or found >= set(WORDS.get(kind, ()))


def test_dates_are_days_of_the_calendar_or_of_the_week() -> None:
    rng = random.Random(2)
    dates = {value("date", rng) for _ in range(200)}
    assert {"today", "Friday"} <= dates
    assert any(date.startswith("20") and date.count("-") == 2 for date in dates)
