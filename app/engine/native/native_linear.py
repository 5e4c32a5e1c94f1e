"""Linear layers of the native decoder: float32 arithmetic with weights of as few bits as hold them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import pad

from app.engine.cpu_linear import CpuLinear
from app.engine.native.library import BFLOAT16, FLOAT16, FLOAT32, INT8, Library, LinearStruct, library

_DTYPES = {BFLOAT16: torch.bfloat16, FLOAT16: torch.float16}
_MAX_INT8 = 127.0
_SMALLEST_SCALE = 1e-8


class NativeLinear(CpuLinear):
    """x: [..., in_features] float32. Weights in bfloat16 or float16 where those hold them exactly, else in float32."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, *, num_in_turns: int = 1) -> None:
        """num_in_turns: the weight is that many layers' on top of each other, whose outputs are packed in turns."""
        super().__init__(weight, bias)
        found = library()
        assert found is not None, "there is no native library; linear_for asks for it"
        self.library: Library = found
        columns = found.panel_columns
        values, kind, scale = self._stored(weight.detach())
        # what the struct points to must live as long
        self._weight = _laid_out(_panels(values, columns, num_in_turns), kind)
        self._scale = None if scale is None else _panels(scale[:, None], columns, num_in_turns)
        self._padded_bias = None if bias is None else _panels(self._bias_of(bias), columns, num_in_turns)
        self.struct = LinearStruct(
            weight=self._weight.data_ptr(),
            scale=None if self._scale is None else self._scale.data_ptr(),
            bias=None if self._padded_bias is None else self._padded_bias.data_ptr(),
            kind=kind,
            width=self.out_features,
            depth=self.in_features,
        )

    @classmethod
    def in_turns(cls, layers: Sequence[nn.Linear]) -> NativeLinear:
        """Like `over`, with the layers' panels in turns: a gate beside what it lets through."""
        biases = [layer.bias for layer in layers]
        bias = None if biases[0] is None else torch.cat([b.detach() for b in biases])
        return cls(torch.cat([layer.weight.detach() for layer in layers]), bias, num_in_turns=len(layers))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = x.reshape(-1, self.in_features).contiguous()
        out = x.new_empty((rows.shape[0], self.out_features))
        if rows.shape[0]:
            self.library.linear(self.struct, rows, out)
        return out.view(*x.shape[:-1], self.out_features)

    def _stored(self, weight: torch.Tensor) -> tuple[torch.Tensor, int, torch.Tensor | None]:
        """The weights as they are kept, which kind that is, and each output's scale."""
        for kind, dtype in _DTYPES.items():
            narrow = weight.to(dtype)
            if torch.equal(narrow.to(weight.dtype), weight):
                return narrow, kind, None
        return weight, FLOAT32, None

    @staticmethod
    def _bias_of(bias: torch.Tensor) -> torch.Tensor:
        return bias.detach().float()[:, None]


class NativeInt8Linear(NativeLinear):
    """Weights of 8 bits, symmetric, each output channel by its own scale.

    Activations have as many bits, up to 16, as an exact sum of products in 32 allows: 10 at least for 16,000 inputs, 14
    for 1,536. So next to nothing is lost in them, unlike in those of 8 bits (compare Int8Linear).
    """

    def _stored(self, weight: torch.Tensor) -> tuple[torch.Tensor, int, torch.Tensor | None]:
        if weight.shape[1] % 2:  # two inputs are read at once
            return super()._stored(weight)
        wide = weight.float()
        scale = wide.abs().amax(dim=1).clamp_min(_SMALLEST_SCALE) / _MAX_INT8
        return (wide / scale[:, None]).round_().to(torch.int8), INT8, scale


def _panels(weight: torch.Tensor, columns: int, num_in_turns: int) -> torch.Tensor:
    """[out, in] as [panels, in, columns], the last panel filled up with zeros, several layers' panels in turns."""
    parts = []
    for part in weight.chunk(num_in_turns):
        filled = pad(part, (0, 0, 0, -part.shape[0] % columns))
        parts.append(filled.view(-1, columns, part.shape[1]).transpose(1, 2))
    return torch.stack(parts, dim=1).flatten(0, 1).contiguous()


def _laid_out(panels: torch.Tensor, kind: int) -> torch.Tensor:
    """[panels, in, columns] in the order in which the library reads them: see widen and widen_pairs in decoder.c."""
    num_panels, depth, columns = panels.shape
    if kind == BFLOAT16:  # an output and the one half a panel on, side by side
        return panels.view(num_panels, depth, 2, columns // 2).transpose(2, 3).contiguous()
    if kind == INT8:  # an output's weights for two inputs
        return panels.view(num_panels, depth // 2, 2, columns).transpose(2, 3).contiguous()
    return panels
