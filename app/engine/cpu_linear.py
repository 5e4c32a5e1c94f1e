"""What the CPU's linear layers have in common: one is made from weights, or over several layers that read one input."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Self

import torch
from torch import nn


class CpuLinear(nn.Module):
    """`x @ weight.T + bias` with weights laid out once, at load. x: [..., in_features], on the CPU.

    Thread: any; inference only. Raises: nothing of its own.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self._bias = None if bias is None else bias.detach()

    @classmethod
    def over(cls, layers: Sequence[nn.Linear]) -> Self:
        """One product for layers that read the same input; their outputs stand side by side."""
        biases = [layer.bias for layer in layers]
        bias = None if biases[0] is None else torch.cat([b.detach() for b in biases])
        return cls(torch.cat([layer.weight.detach() for layer in layers]), bias)

    @abstractmethod
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return [..., out_features], of x's dtype."""

    def plus(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """The product plus other, [..., out_features]."""
        return self.forward(x).add_(other)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}"


LinearType = type[CpuLinear]
