"""Muon's step is orthogonal, whatever the gradient's scale, and equals torch's."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch.nn.functional import cosine_similarity

from models.recipe.muon import Muon, orthogonal


@pytest.mark.parametrize("shape", [(64, 64), (96, 32), (32, 96)])
def test_singular_values_become_about_one(shape: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(1)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape, generator=generator) * 100))
    # Newton-Schulz stops early: small singular values are still on their way.
    assert values.min() > 0.3
    assert values.max() < 1.3


def test_steps_equal_those_of_torch() -> None:
    generator = torch.Generator().manual_seed(2)
    start = torch.randn(48, 32, generator=generator)
    ours, theirs = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
    with ThreadPoolExecutor(1) as executor:
        optimizer: torch.optim.Optimizer = Muon(
            [ours], lr=0.01, weight_decay=0.1, dtype=torch.float32, executor=executor
        )
        reference = torch.optim.Muon([theirs], lr=0.01, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
        for _ in range(5):
            ours.grad = torch.randn(48, 32, generator=generator)
            theirs.grad = ours.grad.clone()
            optimizer.step()
            reference.step()  # type: ignore[no-untyped-call]
    moved, expected = (ours.detach() - start).flatten(), (theirs.detach() - start).flatten()
    # torch's own iterates in bfloat16.
    assert cosine_similarity(moved, expected, 0) > 0.99
    assert float(moved.norm() / expected.norm()) == pytest.approx(1, abs=0.05)


def test_a_failure_in_a_job_reaches_the_caller() -> None:
    parameter = torch.nn.Parameter(torch.ones(4, 4))
    with ThreadPoolExecutor(1) as executor:
        optimizer: torch.optim.Optimizer = Muon(
            [parameter], lr=0.01, weight_decay=0.0, dtype=torch.float32, executor=executor
        )
        parameter.grad = torch.ones(4, 4)
        optimizer.state[parameter] = {"momentum_buffer": torch.ones(3, 3)}
        with pytest.raises(RuntimeError):
            optimizer.step()
