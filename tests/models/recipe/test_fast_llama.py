"""The training model computes what transformers' Llama computes, forward and backward."""

import pytest
import torch
from tokenizers import Tokenizer
from torch.nn.functional import cosine_similarity, cross_entropy, linear

from models.recipe.batches import Batch
from models.recipe.settings import OUTPUT, Recipe
from models.recipe.train import Trainer

SMALL = Recipe(hidden_size=128, intermediate_size=256, num_layers=3, num_heads=2)


@pytest.fixture
def trainer() -> Trainer:
    trainer = Trainer(
        SMALL, Tokenizer.from_file(str(OUTPUT / "tokenizer.json")), device="cpu", num_steps=10, num_workers=2
    )
    trainer.begin_with({name: weight.detach() * 3 for name, weight in trainer.master.items()})
    return trainer


def test_logits_equal_those_of_transformers(trainer: Trainer) -> None:
    ids = torch.randint(0, 4096, (4, 50))
    expected = trainer.result().float()(ids).logits
    logits = linear(trainer.model(ids), trainer.model.embed).float()
    assert (logits - expected).abs().max() < 0.1 * expected.std()


def test_gradients_equal_those_of_transformers_for_every_weight(trainer: Trainer) -> None:
    ids = torch.randint(0, 4096, (4, 51))
    inputs, targets = ids[:, :-1], ids[:, 1:].clone()
    targets[:, :20] = -100
    reference = trainer.result().float()
    loss = cross_entropy(reference(inputs).logits.flatten(0, 1), targets.flatten())
    loss.backward()  # type: ignore[no-untyped-call]
    trainer.gradients(Batch(inputs, targets))
    for name, parameter in reference.named_parameters():
        if name in trainer.master:
            ours = trainer.master[name].grad
            assert ours is not None
            assert cosine_similarity(ours.flatten(), parameter.grad.flatten(), 0) > 0.998, name
            assert ours.norm() / parameter.grad.norm() == pytest.approx(1, abs=0.02), name
