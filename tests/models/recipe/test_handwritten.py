"""Handwritten questions are literal and belong to intents that exist."""

from pathlib import Path

import pytest

from models.recipe import handwritten
from models.recipe.intents import BY_NAME


def test_every_block_is_named_after_an_intent() -> None:
    assert set(handwritten.read()) <= set(BY_NAME)


def test_a_question_stands_in_one_block_only() -> None:
    lines = [line for questions in handwritten.read().values() for line in questions]
    assert len(lines) == len(set(lines)) > 8000


def test_questions_are_read_by_their_blocks_of_all_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# one\nWhat?\nWhy?\n\n# two\nHow?\n")
    (tmp_path / "b.txt").write_text("# one\nWho?\n")
    assert handwritten.read(tmp_path) == {"one": ("What?", "Why?", "Who?"), "two": ("How?",)}


def test_a_question_before_the_first_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("What?\n")
    with pytest.raises(ValueError, match=r"a\.txt: question before the first intent"):
        handwritten.read(tmp_path)


@pytest.mark.parametrize("question", ["[What|How]?", "<whatis> it?", "{x}?"])
def test_marks_of_the_grammar_are_refused(tmp_path: Path, question: str) -> None:
    (tmp_path / "a.txt").write_text(f"# one\n{question}\n")
    with pytest.raises(ValueError, match="mark of the grammar"):
        handwritten.read(tmp_path)
