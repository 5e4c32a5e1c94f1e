from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn
from torch.nn.functional import linear

from app.engine.native.library import BFLOAT16, FLOAT16, FLOAT32, INT8, library
from app.engine.native.native_linear import NativeInt8Linear, NativeLinear

NUM_ROWS = [1, 2, 3, 4, 5, 6, 7, 13, 16, 65]


def make_weight(out_features: int, in_features: int = 46, *, dtype: torch.dtype = torch.bfloat16) -> torch.Tensor:
    generator = torch.Generator().manual_seed(out_features)
    return torch.randn(out_features, in_features, generator=generator).mul_(0.02).to(dtype).float()


def make_input(*size: int) -> torch.Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(7))


def test_there_is_a_build() -> None:
    assert library() is not None, "`make` builds it; by hand: python -m app.engine.native.build"


@torch.inference_mode()
@pytest.mark.parametrize("has_bias", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("num_rows", NUM_ROWS)
@pytest.mark.parametrize("out_features", [5, 16, 40, 200])
def test_the_product_is_float32s(num_rows: int, out_features: int, dtype: torch.dtype, has_bias: bool) -> None:
    weight, bias = make_weight(out_features, dtype=dtype), make_input(out_features) if has_bias else None
    x, other = make_input(num_rows, 46), make_input(num_rows, out_features)
    native = NativeLinear(weight, bias)
    expected = linear(x, weight, bias)
    torch.testing.assert_close(native(x), expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(native.plus(x, other), expected + other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "kind"), [(torch.float32, FLOAT32), (torch.bfloat16, BFLOAT16), (torch.float16, FLOAT16)]
)
def test_weights_are_kept_in_as_few_bits_as_hold_them(dtype: torch.dtype, kind: int) -> None:
    assert NativeLinear(make_weight(40, dtype=dtype), None).struct.kind == kind


def test_a_weight_that_16_bits_do_not_hold_keeps_all_in_32() -> None:
    weight = make_weight(40)
    weight[7, 3] += 1e-6
    assert NativeLinear(weight, None).struct.kind == FLOAT32


@torch.inference_mode()
@pytest.mark.parametrize("kind", [NativeLinear, NativeInt8Linear])
@pytest.mark.parametrize("num_threads", [1, 2, 5])
def test_each_row_is_the_same_to_the_last_bit_alone_and_in_company(kind: type[NativeLinear], num_threads: int) -> None:
    native, x = kind(make_weight(200), None), make_input(65, 46)
    alone = torch.cat([native(row[None]) for row in x])
    before = torch.get_num_threads()
    torch.set_num_threads(num_threads)
    try:
        for num_rows in NUM_ROWS:
            assert torch.equal(native(x[:num_rows]), alone[:num_rows])
    finally:
        torch.set_num_threads(before)


@torch.inference_mode()
@pytest.mark.parametrize("num_rows", NUM_ROWS)
@pytest.mark.parametrize("in_features", [46, 1536])
def test_8_bit_weights_cost_their_own_rounding_and_the_inputs_next_to_nothing(num_rows: int, in_features: int) -> None:
    weight, bias = make_weight(40, in_features), make_input(40)
    scale = weight.abs().amax(dim=1, keepdim=True) / 127
    rounded = (weight / scale).round() * scale
    x = make_input(num_rows, in_features)
    native = NativeInt8Linear(weight, bias)
    assert native.struct.kind == INT8
    expected = linear(x, rounded, bias)
    assert (native(x) - expected).norm() < 3e-4 * expected.norm()


@torch.inference_mode()
def test_8_bit_products_do_not_overflow_at_the_ends_of_the_range() -> None:
    weight = torch.full((40, 16384), 127.0)
    x = torch.full((3, 16384), 5.0)
    x[1] *= -1
    x[2, ::2] *= -1
    found = NativeInt8Linear(weight, None)(x)
    torch.testing.assert_close(found, linear(x, weight), rtol=1e-3, atol=1.0)


@torch.inference_mode()
def test_inputs_of_an_odd_number_stay_with_16_bits() -> None:
    assert NativeInt8Linear(make_weight(40, 45), None).struct.kind == BFLOAT16


@torch.inference_mode()
@pytest.mark.parametrize("kind", [NativeLinear, NativeInt8Linear])
@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_a_row_that_is_no_number_stays_none_and_alone(kind: type[NativeLinear], odd: float) -> None:
    native, x = kind(make_weight(40), None), make_input(4, 46)
    expected = native(x)
    x[2, 3] = odd
    found = native(x)
    assert not torch.isfinite(found[2]).any()
    assert torch.equal(found[[0, 1, 3]], expected[[0, 1, 3]])


@torch.inference_mode()
def test_a_row_of_zeros_gives_the_bias() -> None:
    bias = make_input(40)
    assert torch.equal(NativeInt8Linear(make_weight(40), bias)(torch.zeros(1, 46)), bias[None])


@torch.inference_mode()
def test_layers_over_one_input_stand_side_by_side() -> None:
    layers = [nn.Linear(46, size, bias=False) for size in (16, 8)]
    x = make_input(3, 46)
    expected = torch.cat([layer(x) for layer in layers], dim=-1)
    torch.testing.assert_close(NativeLinear.over(layers)(x), expected, rtol=1e-5, atol=1e-6)


@torch.inference_mode()
def test_no_rows_give_no_rows() -> None:
    assert NativeLinear(make_weight(40), None)(make_input(1, 0, 46)).shape == (1, 0, 40)


@torch.inference_mode()
def test_other_threads_run_meanwhile() -> None:
    native, x = NativeLinear(make_weight(2048, 2048), None), make_input(512, 2048)
    ticks, is_over = 0, threading.Event()

    def compute() -> None:
        native(x)
        is_over.set()

    thread = threading.Thread(target=compute)
    thread.start()
    while not is_over.is_set():
        ticks += 1
        time.sleep(0)
    thread.join()
    assert ticks > 3, "the product held the interpreter lock"


@torch.inference_mode()
def test_threads_that_compute_at_once_do_not_disturb_each_other() -> None:
    native, inputs = NativeLinear(make_weight(200), None), [make_input(n, 46) for n in (1, 7, 30)]
    expected = [native(x) for x in inputs]

    def is_right(i: int) -> bool:
        return all(torch.equal(native(inputs[i]), expected[i]) for _ in range(200))

    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(is_right, range(3)))
