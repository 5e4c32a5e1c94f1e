from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.functional import linear

from app.engine.packed_linear import FusedLinears, PackedLinear, pack_linears

pytestmark = pytest.mark.skipif(
    not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason="this CPU has no bfloat16 instructions to pack for"
)


def make_linear(out_features: int, *, has_bias: bool = False, in_features: int = 48) -> nn.Linear:
    torch.manual_seed(out_features)
    return nn.Linear(in_features, out_features, bias=has_bias).to(torch.bfloat16)


def make_input(*size: int) -> torch.Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(7)).to(torch.bfloat16)


def assert_near(found: torch.Tensor, expected: torch.Tensor) -> None:
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), expected, rtol=0.02, atol=0.02)


@torch.inference_mode()
@pytest.mark.parametrize("has_bias", [False, True])
@pytest.mark.parametrize("num_rows", [1, 3, 16, 65])
def test_all_forms_compute_what_their_names_say(num_rows: int, has_bias: bool) -> None:
    layer = make_linear(40, has_bias=has_bias)
    packed = PackedLinear(layer.weight, layer.bias)
    x, other = make_input(num_rows, 48), make_input(num_rows, 40)
    bias = None if layer.bias is None else layer.bias.float()
    product = linear(x.float(), layer.weight.float(), bias)
    assert_near(packed(x), product)
    assert_near(packed.plus(x, other), product + other.float())


@torch.inference_mode()
def test_fused_layers_give_each_its_own_output_for_whatever_input() -> None:
    layers = [make_linear(size, has_bias=True) for size in (40, 8, 16)]
    parts = FusedLinears(layers, PackedLinear).parts()
    first, second = make_input(1, 5, 48), make_input(1, 5, 48) * 2
    for x in (first, second, first):
        for layer, part in zip(layers, parts, strict=True):
            assert_near(part(x), layer(x).float())
    # Out of order, and with a new input in between.
    assert_near(parts[1](second), layers[1](second).float())
    assert_near(parts[0](first), layers[0](first).float())
    assert_near(parts[2](second), layers[2](second).float())


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = (make_linear(size) for size in (16, 8, 8))
        self.o_proj = make_linear(48, in_features=16)


class _Special(nn.Linear):
    """A subclass may compute something else, so it is left alone."""


@torch.inference_mode()
def test_every_plain_linear_is_replaced_and_nothing_else() -> None:
    model = nn.ModuleDict({"attention": _Attention(), "special": _Special(4, 4), "head": make_linear(32)})
    x = make_input(1, 3, 48)
    expected = [getattr(model["attention"], name)(x).float() for name in ("q_proj", "k_proj", "v_proj")]
    assert pack_linears(model, PackedLinear) == 5
    assert not any(type(module) is nn.Linear for module in model.modules())
    assert isinstance(model["special"], _Special)
    for name, output in zip(("q_proj", "k_proj", "v_proj"), expected, strict=True):
        assert_near(getattr(model["attention"], name)(x), output)
