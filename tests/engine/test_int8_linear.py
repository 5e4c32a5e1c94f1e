from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.functional import linear

from app.engine.cpu_layers import speed_up
from app.engine.factory import EngineOptions, engine_around
from app.engine.fused_layer import FusedLayer
from app.engine.int8_linear import Int8Linear, is_int8_available
from app.errors import ConfigurationError
from tests.engine.test_cpu_layers import prepare
from tests.engine.test_packed_linear import make_input, make_linear
from tests.engine.tiny_models import copy_model

pytestmark = pytest.mark.skipif(
    not is_int8_available(), reason="this CPU has no instructions for 8-bit products and bfloat16"
)


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    assert found.dtype == torch.bfloat16
    assert found.shape == expected.shape
    return float((found.float() - expected).norm() / expected.norm())


@torch.inference_mode()
@pytest.mark.parametrize("has_bias", [False, True])
@pytest.mark.parametrize("num_rows", [1, 3, 16, 65, 500])
def test_all_forms_are_within_a_few_percent_of_exact(num_rows: int, has_bias: bool) -> None:
    layer = make_linear(40, has_bias=has_bias)
    quantized = Int8Linear(layer.weight, layer.bias)
    x, other = make_input(num_rows, 48), make_input(num_rows, 40)
    product = linear(x.float(), layer.weight.float(), None if layer.bias is None else layer.bias.float())
    assert relative_error(quantized(x[None]), product[None]) < 0.03
    assert relative_error(quantized.plus(x, other), product + other.float()) < 0.03


@torch.inference_mode()
def test_a_token_does_not_feel_its_company() -> None:
    quantized = Int8Linear(make_linear(40).weight, None)
    x = make_input(5, 48)
    loud = x.clone()
    loud[1:] *= 1000
    assert torch.equal(quantized(x)[0], quantized(loud)[0])
    assert torch.equal(quantized(torch.zeros(1, 48, dtype=torch.bfloat16)), torch.zeros(1, 40, dtype=torch.bfloat16))


@torch.inference_mode()
def test_products_are_exact_at_the_ends_of_the_range() -> None:
    weight = torch.full((40, 64), 127.0).bfloat16()  # its scale is 1
    x = torch.full((2, 64), 126.0).bfloat16()
    x[1] = -126.0
    expected = linear(x.float(), weight.float()).bfloat16()
    assert torch.equal(Int8Linear(weight, None)(x), expected), "neighbouring products must not saturate"


@torch.inference_mode()
def test_onednn_has_a_kernel_for_the_product_and_not_just_its_reference(capfd: pytest.CaptureFixture[str]) -> None:
    quantized, x = Int8Linear(make_linear(40).weight, None), make_input(16, 48)
    with torch.backends.mkldnn.verbose(torch.backends.mkldnn.VERBOSE_ON):  # type: ignore[no-untyped-call]
        quantized(x)
    (product,) = [line for line in capfd.readouterr().out.splitlines() if ",exec,cpu,matmul," in line]
    assert "ref" not in product.split(",exec,cpu,matmul,")[1].split(",")[0], product


def test_a_fused_model_with_8_bit_weights_stays_near_the_exact_one() -> None:
    fast = prepare("llama")
    speed_up(fast.model, fast.geometry, {}, linear=Int8Linear)
    assert any(isinstance(module, Int8Linear) for module in fast.model.modules())
    assert any(isinstance(module, FusedLayer) for module in fast.model.modules())
    assert not any(type(module) is nn.Linear for module in fast.model.modules())
    exact = prepare("llama", dtype=torch.float32).logits()
    assert (fast.logits() - exact).norm() < 0.3 * exact.norm()


def test_8_bit_weights_for_a_model_that_can_not_have_them_are_refused() -> None:
    options = EngineOptions(model="tiny", kind="batched", weights="int8", max_model_len=64)
    with pytest.raises(ConfigurationError, match="int8"):
        engine_around(copy_model("llama"), options)
