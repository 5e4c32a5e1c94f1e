"""A follow-up is learned after an answer that is not."""

import random

from models.recipe.dialogue import END, segments
from models.recipe.intents import BY_NAME, TEACHING
from models.recipe.retold import in_other_words, retold


def test_only_what_follows_the_retold_answer_is_learned() -> None:
    rng = random.Random(1)
    for _ in range(100):
        dialogue = retold(rng)
        answers = [turn for turn in dialogue.turns if turn.role == "assistant"]
        assert len(answers) >= 2
        assert [turn.is_learned for turn in answers] == [False] * (len(answers) - 1) + [True]
        assert [text for text, learned in segments(dialogue) if learned] == [answers[-1].content + END]


def test_other_words_come_from_the_intents_answers() -> None:
    rng = random.Random(2)
    for intent in TEACHING:
        known = " ".join((*intent.say, *intent.why, intent.brief, intent.simple))
        for sentence in in_other_words(intent, rng).split(". "):
            assert sentence.rstrip(".") in known


def test_other_words_vary() -> None:
    rng = random.Random(3)
    assert len({in_other_words(BY_NAME["gil"], rng) for _ in range(50)}) > 3
