"""Llama for training on few CPU cores: the function of transformers' LlamaForCausalLM in far fewer passes over memory.

On a CPU the many small elementwise operations cost more than the matrix products. So projections that read the same
input are one matrix, and norm, rotary embedding and SwiGLU have hand-written backward passes. Norm weights stay at one
and are not learned. `pieces` names the parameters' parts as transformers does. In training a share `dropout` of what
each layer adds is left out.
"""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import linear, scaled_dot_product_attention
from transformers import LlamaConfig

Piece = tuple[str, int, int]


class _Norm(torch.autograd.Function):
    """RMS norm over the last dimension, without weights."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, eps: float) -> torch.Tensor:
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32)
        scale = (length.square() / x.shape[-1] + eps).rsqrt().to(x.dtype)
        y: torch.Tensor = x * scale
        ctx.save_for_backward(y, scale)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, None]:
        (dy,) = grads
        y, scale = ctx.saved_tensors
        along = (dy * y).mean(-1, keepdim=True)
        return torch.addcmul(dy, y, along, value=-1.0).mul_(scale), None


class _Rotary(torch.autograd.Function):
    """Rotary embedding of x [batch, time, heads, size]; cos and sin [time, 1, size], the first half of sin negative."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(cos, sin)
        return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, -1), sin)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (dy,) = grads
        cos, sin = ctx.saved_tensors
        return (dy * sin).roll(dy.shape[-1] // 2, -1).addcmul_(dy, cos), None, None


class _SwiGLU(torch.autograd.Function):
    """silu(gate) * up of x [..., 2 * size], gate first."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        gate, up = x.chunk(2, -1)
        return nn.functional.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> torch.Tensor:
        (dy,) = grads
        gate, up = ctx.saved_tensors[0].chunk(2, -1)
        result = torch.empty_like(ctx.saved_tensors[0])
        d_gate, d_up = result.chunk(2, -1)
        torch.mul(dy, nn.functional.silu(gate), out=d_up)
        d_gate.copy_(torch.ops.aten.silu_backward(dy * up, gate))
        return result


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Causal attention of [batch, heads, time, size]; the fused CPU kernel's backward is five times slower."""
    if q.is_cuda:
        return scaled_dot_product_attention(q, k, v, is_causal=True)
    time = q.shape[2]
    mask = torch.full((time, time), -torch.inf, dtype=q.dtype).triu_(1)
    scores = torch.matmul(q * q.shape[3] ** -0.5, k.transpose(2, 3)).add_(mask)
    return torch.matmul(scores.softmax(-1), v)


def norm(x: torch.Tensor, eps: float) -> torch.Tensor:
    """Return x [..., size] divided by its root mean square."""
    result: torch.Tensor = _Norm.apply(x, eps)  # type: ignore[no-untyped-call]
    return result


def rotary(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Return x [batch, time, heads, size] turned by its position."""
    result: torch.Tensor = _Rotary.apply(x, cos, sin)  # type: ignore[no-untyped-call]
    return result


def swiglu(x: torch.Tensor) -> torch.Tensor:
    """Return silu(gate) * up [..., size] of x [..., 2 * size]."""
    result: torch.Tensor = _SwiGLU.apply(x)  # type: ignore[no-untyped-call]
    return result


class Layer(nn.Module):
    """One decoder layer."""

    def __init__(self, config: LlamaConfig, dtype: torch.dtype, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        hidden, inner = config.hidden_size, config.intermediate_size
        self.num_heads, self.head_size, self.eps = (
            config.num_attention_heads,
            hidden // config.num_attention_heads,
            config.rms_norm_eps,
        )
        self.qkv = nn.Parameter(torch.empty(3 * hidden, hidden, dtype=dtype))
        self.out = nn.Parameter(torch.empty(hidden, hidden, dtype=dtype))
        self.gate_up = nn.Parameter(torch.empty(2 * inner, hidden, dtype=dtype))
        self.down = nn.Parameter(torch.empty(hidden, inner, dtype=dtype))

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        """Map x [batch, time, hidden] to the same shape."""
        batch, time, hidden = x.shape
        heads, size = self.num_heads, self.head_size
        qkv = linear(norm(x, self.eps), self.qkv).view(batch, time, 3 * heads, size)
        both, v = torch.split(qkv, [2 * heads, heads], 2)
        q, k = torch.chunk(rotary(both, cos, sin), 2, 2)
        mixed = attend(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2))
        x = x + self._thinned(linear(mixed.transpose(1, 2).reshape(batch, time, hidden), self.out))
        return x + self._thinned(linear(swiglu(linear(norm(x, self.eps), self.gate_up)), self.down))

    def _thinned(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.dropout(x, self.dropout, self.training) if self.dropout else x


class FastLlama(nn.Module):
    """The decoder with tied embeddings; the cache, masks and padding on the left are not its business."""

    cos: torch.Tensor
    sin: torch.Tensor

    def __init__(self, config: LlamaConfig, *, dtype: torch.dtype = torch.bfloat16, dropout: float = 0.0) -> None:
        super().__init__()
        self.config, self.dtype, self.dropout = config, dtype, dropout
        self.embed = nn.Parameter(torch.empty(config.vocab_size, config.hidden_size, dtype=dtype))
        self.layers = nn.ModuleList(Layer(config, dtype, dropout) for _ in range(config.num_hidden_layers))
        size = config.hidden_size // config.num_attention_heads
        theta = float(config.rope_parameters["rope_theta"])
        angles = torch.outer(
            torch.arange(config.max_position_embeddings).float(), theta ** (-torch.arange(0, size, 2) / size)
        )
        sin = torch.cat([-angles.sin(), angles.sin()], 1)
        self.register_buffer("cos", angles.cos().repeat(1, 2).unsqueeze(1).to(dtype), persistent=False)
        self.register_buffer("sin", sin.unsqueeze(1).to(dtype), persistent=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Return hidden states [batch, time, hidden] of ids [batch, time], after the last norm."""
        x = nn.functional.embedding(ids, self.embed)
        if self.dropout:
            x = nn.functional.dropout(x, self.dropout, self.training)
        cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x, cos, sin)
        return norm(x, self.config.rms_norm_eps)

    def pieces(self) -> dict[str, list[Piece]]:
        """Return for every parameter its parts as (name in transformers, first row, end row)."""
        hidden, inner = self.config.hidden_size, self.config.intermediate_size
        result: dict[str, list[Piece]] = {"embed": [("model.embed_tokens.weight", 0, self.config.vocab_size)]}
        for number in range(len(self.layers)):
            attention, mlp = f"model.layers.{number}.self_attn.", f"model.layers.{number}.mlp."
            names = ("q_proj", "k_proj", "v_proj")
            result[f"layers.{number}.qkv"] = [
                (f"{attention}{name}.weight", i * hidden, (i + 1) * hidden) for i, name in enumerate(names)
            ]
            result[f"layers.{number}.out"] = [(f"{attention}o_proj.weight", 0, hidden)]
            result[f"layers.{number}.gate_up"] = [
                (f"{mlp}gate_proj.weight", 0, inner),
                (f"{mlp}up_proj.weight", inner, 2 * inner),
            ]
            result[f"layers.{number}.down"] = [(f"{mlp}down_proj.weight", 0, hidden)]
        return result
