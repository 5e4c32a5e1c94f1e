"""Batches hold every dialogue once, pad little, and learn only what the assistant wrote."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from models.recipe import batches, corpus
from models.recipe.dialogue import END, conversation
from models.recipe.settings import OUTPUT, Recipe


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(OUTPUT / "tokenizer.json"))


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> list[batches.Example]:
    path = tmp_path_factory.mktemp("corpus") / "corpus.jsonl"
    corpus.write(path, corpus.generate(400, seed=3))
    return batches.encode(path, tokenizer, recipe=Recipe())


def test_every_dialogue_is_in_one_batch(examples: list[batches.Example]) -> None:
    plan = batches.plan(examples, batch_tokens=2048, seed=1)
    assert sorted(index for rows in plan for index in rows) == list(range(400))


def test_batches_keep_to_their_size_and_pad_little(examples: list[batches.Example]) -> None:
    plan = batches.plan(examples, batch_tokens=2048, seed=1)
    padded = [len(rows) * max(len(examples[i].ids) for i in rows) for rows in plan]
    assert max(padded) <= 2048
    assert sum(len(example.ids) for example in examples) > 0.8 * sum(padded)


def test_targets_are_the_assistants_tokens_shifted_by_one(
    examples: list[batches.Example], tokenizer: Tokenizer
) -> None:
    batch = batches.collate(examples[:4], batches.pad_id(tokenizer))
    assert batch.inputs.shape == batch.targets.shape
    end = tokenizer.token_to_id(END)
    for example, targets in zip(examples, batch.targets, strict=False):
        learned = targets[targets != -100].tolist()
        assert learned == [i for i, is_target in zip(example.ids, example.is_target, strict=True) if is_target]
        assert learned[-1] == end


def test_only_answers_to_know_by_heart_are_cut_and_some_stay_whole(tmp_path: Path, tokenizer: Tokenizer) -> None:
    dialogues = [conversation("gil", [(f"question {number}", "word " * 30)]) for number in range(200)]
    dialogues.append(conversation("json", [("as JSON", "word " * 30)]))
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(asdict(dialogue)) + "\n" for dialogue in dialogues))
    encoded = batches.encode(path, tokenizer, recipe=Recipe(whole_share=0.25, cut_tokens=8))
    learned = [sum(example.is_target) for example in encoded]
    whole = learned.pop()
    assert whole > 30
    assert set(learned) == {8, whole}
    assert 20 < learned.count(whole) < 80


def test_torn_words_come_in_other_tokens_of_the_same_text_and_answers_do_not(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    dialogues = [conversation("gil", [("What releases the interpreter lock?", "Waiting does.")]) for _ in range(40)]
    dialogues.append(conversation("echo", [("Repeat interpreter lock", "interpreter lock")]))
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(asdict(dialogue)) + "\n" for dialogue in dialogues))
    usual = batches.encode(path, tokenizer, recipe=Recipe())
    torn = batches.encode(path, tokenizer, recipe=Recipe(torn_share=1.0))
    assert usual[-1] == torn.pop()
    assert 10 < sum(example != usual[0] for example in torn) < 30
    for example in torn:
        assert tokenizer.decode(example.ids, skip_special_tokens=False) == tokenizer.decode(
            usual[0].ids, skip_special_tokens=False
        )
        assert learned(example) == learned(usual[0])


def learned(example: batches.Example) -> list[int]:
    return [token for token, is_target in zip(example.ids, example.is_target, strict=True) if is_target]
