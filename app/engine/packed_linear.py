"""Linear layers for the CPU whose weights are laid out for oneDNN once, at load, instead of in every call.

Layers that read the same input (query, key and value; gate and up) are computed as one product: at a few tokens a step
a linear layer is bound by reading its weights, and each call has its own cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import nn

from app.engine.cpu_linear import CpuLinear, LinearType

# Siblings that transformers' models call one after another with the same tensor.
_GROUPS = (("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj"))
# The layout is chosen for this many rows; measured best between 1 and 64.
_NUM_ROWS_HINT = 16


class PackedLinear(CpuLinear):
    """oneDNN adds the other operand as it writes the product. x: [..., in_features], the weight's dtype."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__(weight, bias)
        self._packed = torch.ops.mkldnn._reorder_linear_weight(weight.detach().contiguous(), _NUM_ROWS_HINT)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, self._packed, self._bias, "none", [], "")
        return out

    def plus(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = torch.ops.mkldnn._linear_pointwise.binary(x, other, self._packed, self._bias, "add")
        return out


class FusedLinears:
    """Several linear layers over one input as one product. The first to be called computes for all.

    Thread: one at a time, as the engine's; the result is kept from the first sibling's call to the last's.
    """

    def __init__(self, layers: Sequence[nn.Linear], linear: LinearType) -> None:
        self._linear = linear.over(layers)
        self._sizes = [layer.out_features for layer in layers]
        self._input: torch.Tensor | None = None
        self._outputs: tuple[torch.Tensor, ...] = ()

    def parts(self) -> list[FusedPart]:
        """A module to stand in for each layer, in their order."""
        return [FusedPart(self, place) for place in range(len(self._sizes))]

    def output(self, x: torch.Tensor, place: int) -> torch.Tensor:
        """The place-th layer's output for x, [..., sizes[place]]; a view into the common result."""
        if x is not self._input:
            self._input = x
            self._outputs = self._linear(x).split(self._sizes, dim=-1)
        out = self._outputs[place]
        if place == len(self._sizes) - 1:  # the last sibling: keep no activation alive between steps
            self._input, self._outputs = None, ()
        return out


class FusedPart(nn.Module):
    """One layer of a FusedLinears, where the model expects it."""

    def __init__(self, group: FusedLinears, place: int) -> None:
        super().__init__()
        self._group = group
        self._place = place

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._group.output(x, self._place)


def pack_linears(model: nn.Module, linear: LinearType) -> int:
    """Replace every nn.Linear of a model by one of the given kind, in place; returns how many there were.

    The original weights are freed, but for those that something else uses too (a tied embedding).
    """
    num_packed = 0
    for parent in list(model.modules()):
        for names in _GROUPS:
            layers = [getattr(parent, name, None) for name in names]
            if _can_fuse(layers):
                for name, part in zip(names, FusedLinears(layers, linear).parts(), strict=True):  # type: ignore[arg-type]
                    setattr(parent, name, part)
                num_packed += len(names)
        for name, layer in list(parent.named_children()):
            if type(layer) is nn.Linear:  # a subclass may compute something else
                setattr(parent, name, linear(layer.weight, layer.bias))
                num_packed += 1
    return num_packed


def _can_fuse(layers: Iterable[object]) -> bool:
    found = [layer for layer in layers if type(layer) is nn.Linear]
    return (
        len(found) == len(list(layers))
        and len({layer.in_features for layer in found}) == 1
        and len({layer.bias is None for layer in found}) == 1
    )
