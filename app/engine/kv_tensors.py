"""The tensors of the KV cache: for every layer, keys and values of every slot. Knows no policy.

Layout [num_slots, num_kv_heads, max_len, head_dim]: attention reads a head's keys as one run of memory, and a batch
of neighbouring slots is a view. On a CPU the memory is anonymous and zero-filled on first touch, so a slot costs what
is written to it, not what it could hold.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from app.engine.kv_cache import PrefixCopy


@dataclass(frozen=True, slots=True)
class LayerGeometry:
    """The shape of one attention layer's cache entries."""

    num_kv_heads: int
    key_dim: int
    value_dim: int

    def num_bytes_per_token(self, dtype: torch.dtype) -> int:
        return self.num_kv_heads * (self.key_dim + self.value_dim) * dtype.itemsize


class KVTensors:
    """Keys and values by layer index, each [num_slots, num_kv_heads, max_len, head_dim]."""

    def __init__(
        self,
        geometry: Mapping[int, LayerGeometry],
        *,
        num_slots: int,
        max_len: int,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        self.max_len = max_len
        # of the widest layer; what decides how attention is cut into calls
        self.bytes_per_token = max((shape.num_bytes_per_token(dtype) for shape in geometry.values()), default=1)
        self.keys: dict[int, torch.Tensor] = {}
        self.values: dict[int, torch.Tensor] = {}
        for layer, shape in geometry.items():
            size = (num_slots, shape.num_kv_heads, max_len)
            self.keys[layer] = _allocate((*size, shape.key_dim), dtype, device)
            self.values[layer] = _allocate((*size, shape.value_dim), dtype, device)

    def copy_prefix(self, copy: PrefixCopy) -> None:
        """Copy a run of tokens from one slot to another, in all layers. Thread: the engine thread."""
        tokens = slice(copy.first_token, copy.num_tokens)
        for tensors in (self.keys, self.values):
            for tensor in tensors.values():
                tensor[copy.to_slot, :, tokens] = tensor[copy.from_slot, :, tokens]

    def erase(self, slot: int, start: int) -> None:
        """Zero a slot from token `start` on, in all layers. Thread: the engine thread."""
        for tensors in (self.keys, self.values):
            for tensor in tensors.values():
                tensor[slot, :, start:] = 0


def _allocate(size: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Zeros: what is masked is still multiplied by 0, and stale NaN bits would survive that."""
    if device.type != "cpu":
        return torch.zeros(size, dtype=dtype, device=device)
    memory = mmap.mmap(-1, math.prod(size) * dtype.itemsize)
    return torch.frombuffer(memory, dtype=dtype).view(size)
