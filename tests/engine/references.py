"""What transformers itself answers, computed once per model and prompt."""

from __future__ import annotations

import functools
from typing import Any

import torch

from tests.engine.tiny_models import make_model


@torch.inference_mode()
def generate(model: Any, prompt: list[int], num_tokens: int) -> list[int]:
    """Greedy tokens of transformers' generate()."""
    ids = torch.tensor([prompt], device=model.device)
    output = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=num_tokens, do_sample=False, pad_token_id=0
    )
    answer: list[int] = output[0, len(prompt) :].tolist()
    return answer


@functools.cache
def _greedy(architecture: str, prompt: tuple[int, ...], num_tokens: int) -> tuple[int, ...]:
    return tuple(generate(make_model(architecture), list(prompt), num_tokens))


def greedy(architecture: str, prompt: list[int], num_tokens: int) -> list[int]:
    """Greedy tokens of generate() for the shared tiny model, cached."""
    return list(_greedy(architecture, tuple(prompt), num_tokens))


@torch.inference_mode()
def eager_logits(architecture: str, token_ids: list[int]) -> torch.Tensor:
    """Logits [num_tokens, vocab] of one plain forward pass over a whole sequence, without a cache."""
    model = make_model(architecture)
    logits: torch.Tensor = model(input_ids=torch.tensor([token_ids]), use_cache=False).logits[0]
    return logits
