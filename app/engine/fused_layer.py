"""A decoder layer of the Llama family in few operations, for the CPU.

At a few tokens a step, an eager layer's sixty small operations cost as much as reading its weights. Here products that
read the same input are one (query, key and value; gate and up), oneDNN adds the residual as it writes its result, and
query and key are rotated at once.

A layer is recognised by its parts, never by its model's name, and a trial decides whether the result is the layer's own
(see cpu_layers.py). Arithmetic is the model's: bfloat16 with float32 accumulation, rounded less often than eager's, or
float32.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.functional import rms_norm, silu
from transformers.activations import SiLUActivation

from app.engine.attention import AttentionSettings, attend
from app.engine.cpu_linear import LinearType
from app.engine.forward_batch import ForwardBatch, active_batch

_LAYER_PARTS = {"self_attn", "mlp", "input_layernorm", "post_attention_layernorm"}
_ATTENTION_PARTS = {"q_proj", "k_proj", "v_proj", "o_proj"}
_HEAD_NORMS = {"q_norm", "k_norm"}
_MLP_PARTS = {"gate_proj", "up_proj", "down_proj", "act_fn"}


class FusedLayer(nn.Module):
    """Stands in for one decoder layer. Runs only inside a step: it attends to the thread's active batch."""

    def __init__(self, layer: Any, window: int | None, *, linear: LinearType) -> None:
        super().__init__()
        attention, mlp = layer.self_attn, layer.mlp
        self._layer_idx: int = attention.layer_idx
        self._head_dim: int = attention.head_dim
        self._settings = AttentionSettings(float(attention.scaling), window)
        self._input_norm = _Norm(layer.input_layernorm)
        self._mlp_norm = _Norm(layer.post_attention_layernorm)
        pairs = _pairs(self._head_dim)
        rotated = [_reordered(projection, pairs) for projection in (attention.q_proj, attention.k_proj)]
        self._qkv = linear.over([*rotated, attention.v_proj])
        self._num_heads = attention.q_proj.out_features // self._head_dim
        self._num_kv_heads = attention.k_proj.out_features // self._head_dim
        self._out = linear.over([attention.o_proj])
        self._head_norms = _HeadNorms(attention, self._num_heads, self._num_kv_heads, pairs)
        self._gate_up = linear.over([mlp.gate_proj, mlp.up_proj])
        self._down = linear.over([mlp.down_proj])

    def forward(
        self, hidden_states: torch.Tensor, *, position_embeddings: tuple[torch.Tensor, torch.Tensor], **_: Any
    ) -> torch.Tensor:
        """[1, T, hidden] to [1, T, hidden]. Thread: the engine thread, within `attending_to`."""
        batch: ForwardBatch = active_batch()
        x = hidden_states[0]
        heads = self._qkv(self._input_norm(x)).view(x.shape[0], -1, self._head_dim)
        num_rotated = self._num_heads + self._num_kv_heads
        rotated = _rotate(batch, self._head_norms(heads[:, :num_rotated]), position_embeddings)
        query, key = rotated[:, : self._num_heads], rotated[:, self._num_heads :]
        attended = attend(batch, self._layer_idx, query, key, heads[:, num_rotated:], how=self._settings)
        x = self._out.plus(attended.reshape(x.shape[0], -1), x)
        gate, up = self._gate_up(self._mlp_norm(x)).chunk(2, dim=-1)
        return self._down.plus(silu(gate).mul_(up), x)[None]


def is_llama_like(layer: nn.Module) -> bool:
    """Whether a layer has exactly the parts that FusedLayer knows; a trial shows whether it computes the same."""
    parts = dict(layer.named_children())
    if set(parts) != _LAYER_PARTS:
        return False
    attention, mlp = dict(parts["self_attn"].named_children()), dict(parts["mlp"].named_children())
    linears = [
        *(attention.get(name) for name in _ATTENTION_PARTS),
        *(mlp.get(name) for name in _MLP_PARTS - {"act_fn"}),
    ]
    norms = [parts["input_layernorm"], parts["post_attention_layernorm"], *(attention.get(n) for n in _HEAD_NORMS)]
    return (
        set(attention) - _HEAD_NORMS == _ATTENTION_PARTS
        and set(mlp) == _MLP_PARTS
        and isinstance(mlp["act_fn"], (nn.SiLU, SiLUActivation))
        and all(type(linear) is nn.Linear for linear in linears)
        and all(hasattr(norm, "variance_epsilon") for norm in norms if norm is not None)
        and hasattr(parts["self_attn"], "scaling")
    )


class _Norm:
    """RMS norm (Zhang and Sennrich 2019, arXiv 1910.07467) with a module's weight and epsilon, in float32.

    In five operations, where torch's rms_norm has a dozen on a CPU: 7 us against 14 at one token.
    """

    def __init__(self, module: Any) -> None:
        size = module.weight.numel()
        self._weight = module.weight.detach().float() * size**0.5
        self._epsilon = torch.full((1, 1), float(module.variance_epsilon) * size)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        wide = x.float()
        norm = torch.linalg.vector_norm(wide, dim=-1, keepdim=True)
        inverse = torch.addcmul(self._epsilon, norm, norm).rsqrt_()
        return (wide * inverse).mul_(self._weight).to(x.dtype)


class _HeadNorms:
    """Qwen3's norms of each query and key head; nothing where a model has none. [T, heads, dim] to the same."""

    def __init__(self, attention: Any, num_heads: int, num_kv_heads: int, order: torch.Tensor) -> None:
        self._weight: torch.Tensor | None = None
        if hasattr(attention, "q_norm"):
            query, key = attention.q_norm.weight.detach()[order], attention.k_norm.weight.detach()[order]
            self._weight = torch.cat([query.expand(num_heads, -1), key.expand(num_kv_heads, -1)])
            self._epsilon = float(attention.q_norm.variance_epsilon)

    def __call__(self, heads: torch.Tensor) -> torch.Tensor:
        if self._weight is None:
            return heads
        return rms_norm(heads, heads.shape[-1:], None, self._epsilon) * self._weight


def _pairs(head_dim: int) -> torch.Tensor:
    """The order of a head's dimensions in which those that are rotated together are neighbours: 0, half, 1, half + 1...

    Scores are the same in any order that query and key share.
    """
    return torch.arange(head_dim).view(2, -1).T.reshape(-1)


def _reordered(projection: nn.Linear, order: torch.Tensor) -> nn.Linear:
    """The same projection with each head's outputs in another order."""
    rows = torch.arange(projection.out_features).view(-1, len(order))[:, order].reshape(-1)
    has_bias = projection.bias is not None
    found = nn.Linear(projection.in_features, projection.out_features, bias=has_bias, device="meta")
    found.weight = nn.Parameter(projection.weight.detach()[rows], requires_grad=False)
    if has_bias:
        found.bias = nn.Parameter(projection.bias.detach()[rows], requires_grad=False)
    return found


def _rotate(
    batch: ForwardBatch, heads: torch.Tensor, position_embeddings: tuple[torch.Tensor, torch.Tensor]
) -> torch.Tensor:
    """Rotary position embedding (Su et al. 2021, arXiv 2104.09864) of [T, heads, dim], in the order of _pairs.

    Each pair is a complex number, turned by one product: 3 us, where halves take three operations and 10.
    """
    cos, sin = position_embeddings
    if batch.rotary is None or batch.rotary[0] is not cos:
        half = cos.shape[-1] // 2
        batch.rotary = (cos, torch.complex(cos[0, :, None, :half].float(), sin[0, :, None, :half].float()))
    pairs = torch.view_as_complex(heads.float().view(*heads.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * batch.rotary[1]).flatten(-2).to(heads.dtype)
