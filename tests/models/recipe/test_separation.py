"""The evaluation's questions are not in the corpus, and the generator cannot read them."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.recipe import corpus, settings
from models.recipe.dialogue import conversation
from models.recipe.evaluate import load_questions
from models.recipe.separation import Separation, measure, words

MAX_SHARED_5_GRAMS = 0.1
NUM_DIALOGUES = 7_500
"""The beginning of each stage's corpus; the whole is measured at evaluation, and recorded in evaluation.json."""


@pytest.fixture(scope="module")
def questions() -> list[dict[str, Any]]:
    return load_questions(settings.EVALUATION / "questions.jsonl")


@pytest.fixture(scope="module")
def separation(questions: list[dict[str, Any]]) -> Separation:
    stages = (replace(stage, num_dialogues=NUM_DIALOGUES) for stage in settings.STAGES)
    return measure(questions, (dialogue for stage in stages for dialogue in corpus.generate_for(stage)))


def test_few_word_5_grams_are_shared(separation: Separation) -> None:
    assert separation.shared_5_grams <= MAX_SHARED_5_GRAMS


def test_the_record_names_every_question_that_the_corpus_holds(
    separation: Separation, questions: list[dict[str, Any]]
) -> None:
    """Greetings and the plainest short questions are in both; they are counted apart."""
    record = json.loads((settings.OUTPUT / "evaluation.json").read_text(encoding="utf-8"))
    assert set(separation.in_corpus) <= set(record["in_corpus"])
    assert record["not_in_corpus"]["questions"] == len(questions) - len(record["in_corpus"]) >= 150


def test_only_the_evaluator_names_the_evaluation() -> None:
    recipe = Path(corpus.__file__).parent
    pattern = re.compile(r"EVALUATION|questions\.jsonl|dev2?\.jsonl")
    naming = {path.name for path in recipe.rglob("*.py") if pattern.search(path.read_text(encoding="utf-8"))}
    assert naming == {"settings.py", "evaluate.py"}


def test_a_question_is_found_whatever_its_case_and_punctuation() -> None:
    asked = [
        {"id": "a", "messages": [{"content": "what is the GIL"}]},
        {"id": "b", "messages": [{"content": "And spawn?"}]},
    ]
    assert measure(asked, [conversation("x", [("What is the GIL?", "A lock.")])]).in_corpus == ("a",)


def test_shared_5_grams_are_a_share_of_the_questions_own() -> None:
    asked = [{"id": "a", "messages": [{"content": "one two three four five six"}]}]
    found = measure(asked, [conversation("x", [("zero one two three four five", "yes")])])
    assert found == Separation((), 0.5)


def test_words_lose_punctuation_and_keep_code() -> None:
    assert words("Is `asyncio.to_thread` OK?") == ["is", "asyncio.to_thread", "ok"]
    assert words("多进程") == ["多", "进", "程"]
