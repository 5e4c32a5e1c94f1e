"""The evaluation's questions are not in the corpus, and the generator cannot read them."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from models.recipe import corpus, settings

MAX_SHARED_5_GRAMS = 0.2
"""Largest share of the evaluation's distinct word 5-grams that may occur in the corpus's questions at all."""


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9_./'-]+|[^\x00-\x7f]", text.lower())


def grams(texts: Iterable[str]) -> set[tuple[str, ...]]:
    return {tuple(line[i : i + 5]) for line in map(words, texts) for i in range(len(line) - 4)}


@pytest.fixture(scope="module")
def corpus_questions() -> list[str]:
    return [
        t.content for d in corpus.generate(15_000, seed=settings.Recipe().seed) for t in d.turns if t.role == "user"
    ]


@pytest.fixture(scope="module")
def evaluation_questions() -> list[str]:
    path = settings.EVALUATION / "questions.jsonl"
    return [json.loads(line)["messages"][-1]["content"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_no_long_evaluation_question_is_in_the_corpus(
    corpus_questions: list[str], evaluation_questions: list[str]
) -> None:
    """Questions of up to three words ("Why?", "Who are you?") are common property and not counted."""
    known = {" ".join(words(text)) for text in corpus_questions}
    asked = {" ".join(words(text)) for text in evaluation_questions if len(words(text)) > 3}
    assert len(asked) >= 150
    assert not asked & known


def test_few_word_5_grams_are_shared(corpus_questions: list[str], evaluation_questions: list[str]) -> None:
    asked = grams(evaluation_questions)
    shared = len(asked & grams(corpus_questions)) / len(asked)
    assert shared <= MAX_SHARED_5_GRAMS


def test_only_the_evaluator_names_the_evaluation() -> None:
    recipe = Path(corpus.__file__).parent
    naming = {
        path.name
        for path in recipe.rglob("*.py")
        if re.search(r"EVALUATION|questions\.jsonl|dev\.jsonl", path.read_text(encoding="utf-8"))
    }
    assert naming == {"settings.py", "evaluate.py"}
