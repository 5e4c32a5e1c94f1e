"""Synonyms replace words and leave the rest of a question as it is."""

import random

from models.recipe.rewording import SYNONYMS, reworded


def test_at_least_one_known_word_is_replaced() -> None:
    rng = random.Random(1)
    for _ in range(50):
        assert reworded("Why is it slow?", rng) != "Why is it slow?"


def test_case_and_punctuation_stay() -> None:
    rng = random.Random(2)
    for _ in range(50):
        text = reworded("Explain xyz slow?", rng)
        assert text[0].isupper()
        assert text.endswith("?")
        assert " xyz " in text


def test_a_question_without_known_words_stays() -> None:
    assert reworded("xyz zyx?", random.Random(3)) == "xyz zyx?"


def test_no_word_stands_for_itself() -> None:
    assert all(word not in others for word, others in SYNONYMS.items())
