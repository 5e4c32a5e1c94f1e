"""Intents are many, named once, and asked in many ways."""

import random
from collections import Counter

from models.recipe.intents import BY_NAME, ENGLISH, question, wrapped


def test_there_are_at_least_150_intents_with_distinct_names() -> None:
    names = Counter(intent.name for intent in ENGLISH)
    assert len(names) >= 150
    assert not [name for name, count in names.items() if count > 1]


def test_one_intent_is_asked_in_hundreds_of_ways() -> None:
    rng = random.Random(1)
    assert len({question(BY_NAME["when_multiprocessing"], rng) for _ in range(500)}) > 350


def test_every_answer_is_plain_text_of_modest_length() -> None:
    for intent in ENGLISH:
        for answer in (*intent.say, *intent.why, intent.brief, intent.code, intent.example, intent.simple):
            assert len(answer) < 600, intent.name
            assert "<|" not in answer


def test_a_wrapped_question_is_closed_where_the_pattern_goes_on() -> None:
    assert wrapped("{q} In JSON.", "what is x") == "what is x. In JSON."
    assert wrapped("In JSON: {q}", "what is x") == "In JSON: what is x"
