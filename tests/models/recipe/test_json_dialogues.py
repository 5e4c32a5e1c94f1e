"""Answers in JSON parse and hold exactly the keys that were asked for."""

import json
import random

from models.recipe.json_dialogues import in_json


def test_every_answer_parses_and_its_keys_were_asked_for() -> None:
    rng = random.Random(4)
    for _ in range(400):
        dialogue = in_json(rng)
        asked = dialogue.system + " ".join(turn.content for turn in dialogue.turns if turn.role == "user")
        keys = set(json.loads(dialogue.turns[-1].content))
        assert keys == {"work", "use", "why"} or all(key in asked for key in keys)


def test_values_may_be_text_numbers_lists_and_booleans() -> None:
    rng = random.Random(6)
    kinds = {type(value) for _ in range(400) for value in json.loads(in_json(rng).turns[-1].content).values()}
    assert kinds == {str, int, list, bool}
