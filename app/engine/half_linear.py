"""Linear layers with 16-bit weights and float32 arithmetic, for CPUs that can't compute in bfloat16.

A checkpoint in bfloat16 or float16 is computed in float32 there, but nothing says that its weights must be read as
float32: at a few tokens a step that reading is all the time. FBGEMM keeps them packed as float16 and widens them in
registers (F16C instructions), with float32 products and sums.

Weights from bfloat16 keep all their bits in float16's normal range; smaller ones, below 6e-5, are rounded by at most
3e-8, which is less than what summing them in float32 rounds.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable

import torch
from torch import nn

from app.engine.cpu_linear import CpuLinear

_MAX_HALF = 65504.0
_LOW_BITS = 0x1FFF  # of a float32 with no more mantissa than float16's


class HalfLinear(CpuLinear):
    """x: [..., in_features] float32."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__(weight, bias)
        packed = torch.ops.quantized.linear_prepack_fp16(weight.detach().contiguous(), self._bias)
        self._product = _scripted(packed)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.numel() == 0:  # the head, in a step that samples nothing
            return x.new_empty((*x.shape[:-1], self.out_features))
        return self._product(x)


class _Product(nn.Module):
    """FBGEMM's product, as TorchScript calls it."""

    def __init__(self, packed: torch.ScriptObject) -> None:
        super().__init__()
        self.packed = packed

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.ops.quantized.linear_dynamic_fp16(x, self.packed)  # type: ignore[no-any-return]


def _scripted(packed: torch.ScriptObject) -> Callable[[torch.Tensor], torch.Tensor]:
    """The product with packed weights at 5 us a call beside its work.

    Python's own way to the operation takes 15: at each call pybind finds out anew what kind of object the weights are.
    """
    with warnings.catch_warnings():
        # Deprecated in favour of compiling, which takes no such weights; torch is pinned, and a test would notice.
        warnings.simplefilter("ignore", DeprecationWarning)
        module = torch.jit.script(_Product(packed))
    product: Callable[[torch.Tensor], torch.Tensor] = module.forward
    return product


def is_half_available() -> bool:
    """Whether this torch has FBGEMM and this CPU the instructions that it needs."""
    return "fbgemm" in torch.backends.quantized.supported_engines and torch.cpu._is_avx2_supported()


def are_half(weights: Iterable[torch.Tensor]) -> bool:
    """Whether float32 weights came from a 16-bit checkpoint, so that float16 holds them: in mantissa and in range."""
    return all(
        not (weight.detach().contiguous().view(torch.int32) & _LOW_BITS).any()
        and bool(weight.detach().abs().max() <= _MAX_HALF)
        for weight in weights
    )
