"""Invented tools fit together: what is asked for, what is described, what comes back."""

import random
import re

from models.recipe.invented_tools import any_tool, result_text


def test_every_question_has_slots_for_its_parameters_only() -> None:
    rng = random.Random(1)
    for _ in range(300):
        tool = any_tool(rng)
        for pattern in tool.ask:
            assert set(re.findall(r"\{(\w+)\}", pattern)) <= {*tool.parameters, "tool"}, tool


def test_names_are_identifiers_of_many_kinds() -> None:
    rng = random.Random(2)
    names = {any_tool(rng).names[0] for _ in range(300)}
    assert len(names) > 200
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", name) for name in names)


def test_what_is_told_holds_every_value_of_the_result() -> None:
    rng = random.Random(3)
    for _ in range(100):
        given, told = result_text({"waiting": 17, "state": "open"}, rng)
        values = given.values() if isinstance(given, dict) else [given]
        assert all(str(value) in told for value in values)
