"""Training lowers the loss, resumes where it stopped, and writes a model that transformers loads."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

from models.recipe import batches, corpus, train
from models.recipe.schedule import plan_steps
from models.recipe.settings import OUTPUT, Recipe

SMALL = Recipe(
    hidden_size=64,
    intermediate_size=128,
    num_layers=1,
    num_heads=1,
    num_dialogues=120,
    batch_tokens=1024,
    num_epochs=1.0,
    warmup_steps=2,
    checkpoint_every=5,
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(OUTPUT / "tokenizer.json"))


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> list[batches.Example]:
    path = tmp_path_factory.mktemp("corpus") / "corpus.jsonl"
    corpus.write(path, corpus.generate(SMALL.num_dialogues, seed=1))
    return batches.encode(path, tokenizer, recipe=SMALL)


def test_training_lowers_the_loss_and_exports_a_model(
    tmp_path: Path, tokenizer: Tokenizer, examples: list[batches.Example]
) -> None:
    trainer = train.Trainer(SMALL, tokenizer, device="cpu", num_steps=40)
    batch = batches.collate(examples[:8], batches.pad_id(tokenizer))
    losses = [trainer.train_step(batch) for _ in range(12)]
    assert losses[-1] < losses[0] - 1
    train.export(trainer.result(), tmp_path, recipe=SMALL)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert loaded.dtype == torch.bfloat16
    assert loaded.generation_config.eos_token_id == tokenizer.token_to_id("<|im_end|>")


def test_a_run_resumes_at_its_checkpoint(tmp_path: Path, tokenizer: Tokenizer, examples: list[batches.Example]) -> None:
    said: list[str] = []
    steps = len(plan_steps(examples, SMALL))
    train.run(SMALL, tokenizer, examples, work=tmp_path, say=said.append)
    again = train.run(SMALL, tokenizer, examples, work=tmp_path, say=said.append)
    last_checkpoint = steps // SMALL.checkpoint_every * SMALL.checkpoint_every
    assert f"steps 0 to {steps}" in said[0]
    assert f"steps {last_checkpoint} to {steps}" in said[-1]
    assert again.dtype == torch.bfloat16


def test_a_run_leaves_its_threads_to_the_next_stage(
    tmp_path: Path, tokenizer: Tokenizer, examples: list[batches.Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    num_workers: list[int] = []

    class Watched(train.Trainer):
        def __init__(self, *args: Any, **options: Any) -> None:
            num_workers.append(options["num_workers"])
            super().__init__(*args, **options)

    monkeypatch.setattr(train, "Trainer", Watched)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for stage in ("one", "two"):
            (tmp_path / stage).mkdir()
            train.run(replace(SMALL, num_epochs=0.0), tokenizer, examples, work=tmp_path / stage, say=lambda _: None)
    finally:
        torch.set_num_threads(before)
    assert num_workers == [2, 2]


def test_a_run_can_start_from_the_weights_of_another(
    tmp_path: Path, tokenizer: Tokenizer, examples: list[batches.Example]
) -> None:
    first = train.run(SMALL, tokenizer, examples, work=tmp_path, say=lambda _: None)
    none = replace(SMALL, num_epochs=0.0)
    other = tmp_path / "other"
    other.mkdir()
    second = train.run(none, tokenizer, examples, work=other, start_from=tmp_path / "final.pt", say=lambda _: None)
    for mine, theirs in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_the_average_follows_the_weights_and_is_what_is_exported(
    tokenizer: Tokenizer, examples: list[batches.Example]
) -> None:
    trainer = train.Trainer(replace(SMALL, average_decay=0.9), tokenizer, device="cpu", num_steps=40)
    before = {name: weight.clone() for name, weight in trainer.average.items()}
    batch = batches.collate(examples[:8], batches.pad_id(tokenizer))
    for _ in range(12):
        trainer.train_step(batch)
    for name, weight in trainer.result().named_parameters():
        if name in before:
            average, master = trainer.average[name], trainer.master[name]
            assert torch.equal(weight, average.bfloat16())
            assert 0 < (average - master).norm() < (before[name] - master).norm()


def test_without_an_average_the_last_weights_are_exported(
    tokenizer: Tokenizer, examples: list[batches.Example]
) -> None:
    trainer = train.Trainer(SMALL, tokenizer, device="cpu", num_steps=40)
    trainer.train_step(batches.collate(examples[:8], batches.pad_id(tokenizer)))
    for name, weight in trainer.result().named_parameters():
        if name in trainer.master:
            assert torch.equal(weight, trainer.master[name].bfloat16())


def test_weights_are_read_from_a_folder_as_from_a_checkpoint(tmp_path: Path, tokenizer: Tokenizer) -> None:
    trainer = train.Trainer(SMALL, tokenizer, device="cpu", num_steps=1)
    trainer.save(tmp_path / "checkpoint.pt")
    train.export(trainer.result(), tmp_path / "model", recipe=SMALL)
    checkpoint, folder = train.read_weights(tmp_path / "checkpoint.pt"), train.read_weights(tmp_path / "model")
    for name, weight in checkpoint.items():
        assert torch.equal(weight.bfloat16(), folder[name])
