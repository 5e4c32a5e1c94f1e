"""Answers that are remembered may be cut; composed ones, calls and code may not."""

from models.recipe.dialogue import Dialogue, Turn, conversation
from models.recipe.trimming import may_be_cut


def test_a_remembered_answer_may_be_cut() -> None:
    assert may_be_cut(conversation("gil", [("What is it?", "A lock.")]))


def test_composed_answers_stay_whole() -> None:
    for topic in ("echo", "json", "tools"):
        assert not may_be_cut(conversation(topic, [("Say it", "it")]))


def test_code_stays_whole() -> None:
    assert not may_be_cut(conversation("gil", [("code", "```python\npass\n```")]))


def test_a_dialogue_with_tools_stays_whole() -> None:
    turns = (Turn("user", "What is it?"), Turn("assistant", "A lock."))
    assert not may_be_cut(Dialogue("gil", turns, tools=({"name": "x"},)))
