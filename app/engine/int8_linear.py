"""Linear layers with 8-bit weights and activations for the CPU: half the bytes to read at each step.

Weights are quantized once, symmetrically, each output channel by its own scale; activations at each call, each token
by its own scale (LLM.int8(), Dettmers et al. 2022, arXiv 2208.07339, without its outlier path), so no token's result
depends on its company. Products are exact in int32.

Activations go in as unsigned bytes around 128, which oneDNN takes out again: x86 multiplies unsigned bytes by signed
ones (VNNI), and for signed ones by signed ones oneDNN has nothing but a plain loop where there is no AMX.
"""

from __future__ import annotations

import torch

from app.engine.cpu_linear import CpuLinear

_MAX_INT8 = 127.0
# The largest activation's share: bfloat16 may round 127 times it up to 128, which is -128 in int8.
_MAX_ACTIVATION = 126.0
_ZERO_POINT = 128
# A row of zeros has no scale of its own.
_SMALLEST_SCALE = 1e-8


class Int8Linear(CpuLinear):
    """x: [..., in_features] bfloat16."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__(weight, bias)
        wide = weight.detach().float()
        self._scales = wide.abs().amax(dim=1).clamp_min(_SMALLEST_SCALE) / _MAX_INT8
        quantized = (wide / self._scales[:, None]).round_().to(torch.int8)
        self._packed = torch.ops.onednn.qlinear_prepack(quantized.contiguous(), None)
        self._zeros = torch.zeros(self.out_features, dtype=torch.int64)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        product, scale = self._product(x)
        out: torch.Tensor = product.mul_(scale) if self._bias is None else torch.addcmul(self._bias, product, scale)
        return out

    def plus(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        if self._bias is not None:
            return self.forward(x).add_(other)
        out, scale = self._product(x)
        return torch.addcmul(other, out, scale)

    def _product(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The product in units of each token's scale, and those scales: [..., out_features], [..., 1]."""
        if x.numel() == 0:  # the head, in a step that samples nothing; oneDNN drops a dimension then
            return x.new_empty((*x.shape[:-1], self.out_features)), x.new_empty((*x.shape[:-1], 1))
        scale = (
            x.abs().amax(dim=-1, keepdim=True).clamp_min_(_SMALLEST_SCALE)
        )  # an infinity norm takes ten times as long
        signed = (x * (_MAX_ACTIVATION / scale)).round_().to(torch.int8)
        unsigned = signed.view(torch.uint8).bitwise_xor_(_ZERO_POINT)  # adds 128 to a two's complement
        out = torch.ops.onednn.qlinear_pointwise(
            unsigned, 1.0, _ZERO_POINT, self._packed, self._scales, self._zeros, None, 1.0, 0, torch.bfloat16,
            "none", [], "",
        )  # fmt: skip
        return out, scale / _MAX_ACTIVATION


def is_int8_available() -> bool:
    """Whether this CPU multiplies bytes without losing carries (VNNI), and computes the rest in bfloat16."""
    return torch.cpu._is_vnni_supported() and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
