"""Shapes count what the real models have."""

from __future__ import annotations

import dataclasses

import pytest

from load.bench.saved_model import random_model
from load.bench.shapes import SHAPES, Shape

TINY = SHAPES["tiny"]


@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen3"])
@pytest.mark.parametrize("is_tied", [True, False])
def test_weights_are_counted_as_the_model_has_them(family: str, is_tied: bool) -> None:
    shape = dataclasses.replace(TINY, family=family, is_tied=is_tied)
    matrices = {
        name: parameter.numel() for name, parameter in random_model(shape).named_parameters() if parameter.ndim == 2
    }
    embedding = matrices.pop("model.embed_tokens.weight")
    head = matrices.pop("lm_head.weight", embedding)
    assert ("lm_head.weight" in matrices) is False
    assert sum(matrices.values()) == shape.num_layer_weights
    assert head == shape.num_head_weights


@pytest.mark.parametrize(
    ("name", "millions"), [("smollm2-135m", 135), ("qwen2.5-0.5b", 494), ("llama-1b", 1236), ("qwen3-8b", 8191)]
)
def test_a_named_shape_has_the_size_in_its_name(name: str, millions: int) -> None:
    shape = SHAPES[name]
    num_embeddings = shape.num_head_weights * (1 if shape.is_tied else 2)
    assert (shape.num_layer_weights + num_embeddings) / 1e6 == pytest.approx(millions, rel=0.01)


def test_the_cache_holds_keys_and_values_of_every_layer() -> None:
    assert SHAPES["smollm2-135m"].num_kv_values_per_token == 2 * 30 * 3 * 64


def test_no_shape_names_a_token_that_ends_an_answer() -> None:
    assert all(isinstance(shape, Shape) and shape.config().eos_token_id is None for shape in SHAPES.values())
