"""Chinese questions are answered in Chinese, by the intent they were written for."""

import random

from models.recipe.chinese_dialogues import INTENTS, in_chinese
from models.recipe.topics import chinese_more


def test_further_questions_belong_to_intents() -> None:
    assert set(chinese_more.MORE) <= {intent.name for intent in INTENTS}


def test_a_chinese_question_has_the_answer_of_its_intent() -> None:
    rng = random.Random(1)
    answers = {text for intent in INTENTS for text in intent.say}
    assert all(in_chinese(rng).turns[1].content in answers for _ in range(100))
