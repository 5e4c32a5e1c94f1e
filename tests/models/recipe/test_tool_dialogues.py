"""Tools are called as they are described, with arguments that the user gave."""

import json
import random
from itertools import pairwise

from models.recipe.tool_dialogues import with_tools


def test_a_called_tool_is_offered_and_gets_all_its_arguments() -> None:
    rng = random.Random(8)
    calls = 0
    for _ in range(300):
        dialogue = with_tools(rng)
        offered = {tool["name"]: tool["parameters"]["properties"] for tool in dialogue.tools}
        for call in (turn.call for turn in dialogue.turns if turn.call):
            calls += 1
            assert set(call.arguments) == set(offered[call.name])
    assert calls > 150


def test_arguments_are_the_users_own_words() -> None:
    rng = random.Random(9)
    for _ in range(300):
        for asked, answered in pairwise(with_tools(rng).turns):
            if answered.call:
                assert all(str(value).lower() in asked.content.lower() for value in answered.call.arguments.values())


def test_arguments_are_text_numbers_and_booleans() -> None:
    rng = random.Random(13)
    calls = [turn.call for _ in range(600) for turn in with_tools(rng).turns if turn.call]
    assert {type(value) for call in calls for value in call.arguments.values()} == {str, int, bool}


def values(result: str) -> list[str]:
    """Return what a result says: its fields' values, or the plain text that it is."""
    return [str(value) for value in json.loads(result).values()] if result.startswith("{") else [result]


def test_what_is_told_comes_from_the_result() -> None:
    rng = random.Random(10)
    for _ in range(300):
        for result, told in pairwise(with_tools(rng).turns):
            if result.role == "tool":
                assert all(text in told.content for text in values(result.content))


def test_some_questions_need_no_tool() -> None:
    rng = random.Random(11)
    without = [
        dialogue for dialogue in (with_tools(rng) for _ in range(200)) if not any(t.call for t in dialogue.turns)
    ]
    assert 20 < len(without) < 120
