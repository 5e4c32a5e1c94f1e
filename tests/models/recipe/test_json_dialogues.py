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
