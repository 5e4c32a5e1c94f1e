"""Typing noise keeps a question recognisable."""

import random
from difflib import SequenceMatcher

from models.recipe.noise import as_typed

QUESTION = "when should I use multiprocessing"


def test_noise_varies_the_question() -> None:
    rng = random.Random(3)
    assert len({as_typed(QUESTION, rng) for _ in range(200)}) > 40


def test_noise_never_loses_the_question() -> None:
    rng = random.Random(4)
    for _ in range(300):
        typed = as_typed(QUESTION, rng).lower()
        matches = SequenceMatcher(None, QUESTION.lower(), typed).get_matching_blocks()
        assert sum(block.size for block in matches) >= 0.75 * len(QUESTION)


def test_a_question_ends_with_a_question_mark_when_it_is_typed_with_care() -> None:
    rng = random.Random(5)
    assert "When should I use multiprocessing?" in {as_typed(QUESTION, rng) for _ in range(50)}
