from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.functional import linear

from app.engine.half_linear import HalfLinear, are_half, is_half_available

pytestmark = pytest.mark.skipif(not is_half_available(), reason="this torch or this CPU has no FBGEMM")


def make_weight(out_features: int, in_features: int = 48, *, dtype: torch.dtype = torch.bfloat16) -> torch.Tensor:
    generator = torch.Generator().manual_seed(out_features)
    return torch.randn(out_features, in_features, generator=generator).mul_(0.02).to(dtype).float()


def make_input(*size: int) -> torch.Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(7))


@torch.inference_mode()
@pytest.mark.parametrize("has_bias", [False, True])
@pytest.mark.parametrize("num_rows", [1, 3, 16, 65])
def test_weights_from_bfloat16_give_the_float32_product(num_rows: int, has_bias: bool) -> None:
    weight, bias = make_weight(40), make_input(40) if has_bias else None
    x, other = make_input(num_rows, 48), make_input(num_rows, 40)
    half = HalfLinear(weight, bias)
    expected = linear(x, weight, bias)
    torch.testing.assert_close(half(x), expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(half.plus(x, other), expected + other, rtol=1e-5, atol=1e-6)


@torch.inference_mode()
def test_each_row_is_the_same_alone_and_in_company() -> None:
    half, x = HalfLinear(make_weight(64), None), make_input(17, 48)
    together = half(x)
    alone = torch.cat([half(row[None]) for row in x])
    torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-6)


@torch.inference_mode()
def test_layers_over_one_input_stand_side_by_side() -> None:
    layers = [nn.Linear(48, size, bias=False) for size in (16, 8)]
    for layer in layers:
        layer.weight.copy_(make_weight(layer.out_features))
    x = make_input(3, 48)
    expected = torch.cat([layer(x) for layer in layers], dim=-1)
    torch.testing.assert_close(HalfLinear.over(layers)(x), expected, rtol=1e-5, atol=1e-6)


@torch.inference_mode()
def test_no_rows_give_no_rows() -> None:
    assert HalfLinear(make_weight(40), None)(make_input(1, 0, 48)).shape == (1, 0, 40)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_weights_of_a_16_bit_checkpoint_are_known_by_their_bits(dtype: torch.dtype) -> None:
    assert are_half([make_weight(40, dtype=dtype), make_weight(8, dtype=dtype)])


def test_weights_that_float16_would_round_or_overflow_are_not_taken() -> None:
    assert not are_half([make_weight(8), make_weight(40, dtype=torch.float32)])
    assert not are_half([torch.full((2, 2), 131072.0)])
    assert not are_half([torch.tensor([[1.0, float("nan")]])])


@torch.inference_mode()
def test_what_lies_below_float16s_normal_range_is_off_by_no_more_than_said() -> None:
    weight = torch.full((1, 1), 3.0e-5).bfloat16().float()
    found = HalfLinear(weight, None)(torch.ones(1, 1))
    assert abs(found.item() - weight.item()) <= 3e-8
