"""Typing noise keeps a question recognisable."""

import random
import re
from difflib import get_close_matches

from models.recipe.noise import as_said, as_typed
from models.recipe.rewording import SYNONYMS

WORD = re.compile(r"\w+")
QUESTION = "when should I use multiprocessing"


def test_noise_varies_the_question() -> None:
    rng = random.Random(3)
    assert len({as_typed(QUESTION, rng) for _ in range(200)}) > 40


def test_noise_mostly_keeps_the_word_that_matters() -> None:
    rng = random.Random(4)
    typed = [as_typed(QUESTION, rng).lower() for _ in range(400)]
    words = ("multiprocessing", *(word for others in SYNONYMS["multiprocessing"] for word in others.split()))
    kept = [text for text in typed if any(get_close_matches(word, WORD.findall(text), cutoff=0.85) for word in words)]
    assert len(kept) >= 0.95 * len(typed)


def test_small_talk_keeps_its_words() -> None:
    rng = random.Random(6)
    assert {as_said("thank you", rng).lower().rstrip(".!?") for _ in range(50)} == {"thank you"}


def test_a_question_ends_with_a_question_mark_when_it_is_typed_with_care() -> None:
    rng = random.Random(5)
    assert "When should I use multiprocessing?" in {as_typed(QUESTION, rng) for _ in range(50)}
