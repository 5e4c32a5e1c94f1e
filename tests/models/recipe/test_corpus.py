"""The corpus is seeded, varied and whole."""

from collections import Counter
from pathlib import Path

import pytest

from models.recipe import corpus
from models.recipe.dialogue import Dialogue
from models.recipe.settings import Recipe


@pytest.fixture(scope="module", params=sorted(corpus.MIXTURES))
def mixture(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def dialogues(mixture: str) -> list[Dialogue]:
    return list(corpus.generate(3000, seed=5, mixture=mixture))


def test_the_same_seed_writes_the_same_corpus(dialogues: list[Dialogue], mixture: str) -> None:
    assert list(corpus.generate(300, seed=5, mixture=mixture)) == dialogues[:300]
    assert list(corpus.generate(300, seed=6, mixture=mixture)) != dialogues[:300]


def test_no_dialogue_occurs_twice(dialogues: list[Dialogue]) -> None:
    assert len({dialogue.key() for dialogue in dialogues}) == len(dialogues) == 3000


def test_every_kind_of_dialogue_occurs(dialogues: list[Dialogue], mixture: str) -> None:
    topics = Counter(dialogue.topic for dialogue in dialogues)
    expected = {"follow-up", "scenario", "refusal", "json", "tools", "chinese", "matrix", "chat", "echo"}
    assert expected <= set(topics)
    assert ("long" in topics) == (mixture == "answers")


def test_turns_alternate_and_end_with_the_assistant(dialogues: list[Dialogue]) -> None:
    for dialogue in dialogues:
        asked = [turn.role != "assistant" for turn in dialogue.turns]
        assert asked == [True, False] * (len(asked) // 2)


def test_no_slot_is_left_unfilled(dialogues: list[Dialogue]) -> None:
    for dialogue in dialogues:
        for turn in dialogue.turns:
            if turn.role == "user":
                assert not any(slot in turn.content for slot in ("{x}", "{q}", "{do", "{thing}", "{keys}", "{value}"))


def test_a_corpus_file_reads_back_as_written(tmp_path: Path, dialogues: list[Dialogue]) -> None:
    path = tmp_path / "corpus.jsonl"
    topics = corpus.write(path, dialogues[:300])
    assert list(corpus.read(path)) == dialogues[:300]
    assert topics.total() == 300


def test_a_stage_of_the_recipe_names_its_mixture_size_and_seed() -> None:
    stage = Recipe(num_dialogues=50, seed=4, mixture="questions")
    assert list(corpus.generate_for(stage)) == list(corpus.generate(50, seed=4, mixture="questions"))
