"""The attention function that transformers' models call in place of their own: reads and writes our KV cache.

It is registered under one name with transformers' attention interface. All tokens of a step stand in one row,
[1, heads, T, dim]; the ForwardBatch of the running step, held per thread, says which sequence each belongs to. No mask
function is registered for the name, so the models make no mask.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers.modeling_utils import AttentionInterface

from app.engine.forward_batch import Chunk, DecodeRun, ForwardBatch

ATTENTION_NAME = "unblocked"


class AttentionSink(Protocol):
    """What may stand in for a ForwardBatch: takes over the whole attention call (the loader's dry run does)."""

    def attend(self, call: AttentionCall) -> torch.Tensor: ...


class AttentionCall:
    """The arguments of one layer's attention, as the model passed them.

    query: [1, num_heads, T, key_dim]; key, value: [1, num_kv_heads, T, dim]; window: how many tokens a token sees,
    itself included, or None for all before it; softcap: gemma's bound on scores; mask: one of the model's own making.
    """

    __slots__ = ("extra", "key", "layer", "mask", "query", "scale", "softcap", "value", "window")

    def __init__(
        self, module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, **options: Any
    ) -> None:
        self.mask: torch.Tensor | None = options.pop("mask", None)
        self.layer: int = module.layer_idx  # type: ignore[assignment]  # every attention layer of transformers has one
        self.query, self.key, self.value = query, key, value
        scaling = options.pop("scaling", None)
        self.scale: float = query.shape[-1] ** -0.5 if scaling is None else float(scaling)
        self.window: int | None = options.pop("sliding_window", None)
        self.softcap: float | None = options.pop("softcap", None)
        self.extra = options


class _Active(threading.local):
    batch: ForwardBatch | AttentionSink | None = None


_active = _Active()


@contextmanager
def attending_to(batch: ForwardBatch | AttentionSink) -> Iterator[None]:
    """Make `batch` the one that attention calls of this thread belong to."""
    _active.batch = batch
    try:
        yield
    finally:
        _active.batch = None


def unblocked_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attend each token to its own sequence's cache; returns [1, T, num_heads, value_dim] and no weights.

    Thread: the engine thread. Writes keys and values of all T tokens into the cache before reading it.
    """
    call = AttentionCall(module, query, key, value, mask=attention_mask, **options)
    batch = _active.batch
    assert batch is not None, "a model with our attention ran outside a step"
    if not isinstance(batch, ForwardBatch):
        return batch.attend(call), None
    keys, values = batch.kv.keys[call.layer], batch.kv.values[call.layer]
    keys[batch.slots, :, batch.positions] = key[0].transpose(0, 1)
    values[batch.slots, :, batch.positions] = value[0].transpose(0, 1)
    rows = query[0].transpose(0, 1)  # [T, num_heads, key_dim]
    pieces = [_decode(call, batch, run, rows) for run in batch.decode_runs]
    pieces += [_prefill(call, batch, chunk, rows) for chunk in batch.chunks]
    return (pieces[0] if len(pieces) == 1 else torch.cat(pieces))[None], None


def _decode(call: AttentionCall, batch: ForwardBatch, run: DecodeRun, rows: torch.Tensor) -> torch.Tensor:
    """One new token for each of neighbouring slots; returns [num_seqs, num_heads, value_dim].

    Query heads that share a KV head stand as rows of one attention problem, so keys and values are read once
    (grouped-query attention without repeating them: Ainslie et al. 2023, arXiv 2305.13245).
    """
    slots = slice(run.first_slot, run.first_slot + run.num_seqs)
    first = max(0, int(run.max_len) - call.window) if call.window and run.num_seqs == 1 else 0
    keys = batch.kv.keys[call.layer][slots, :, first : run.max_len]
    values = batch.kv.values[call.layer][slots, :, first : run.max_len]
    queries = rows[run.first_token : run.first_token + run.num_seqs]
    num_heads, num_kv_heads = queries.shape[1], keys.shape[1]
    queries = queries.reshape(run.num_seqs, num_kv_heads, num_heads // num_kv_heads, -1)
    name = (run.first_token, call.window)
    if name not in batch.masks:
        batch.masks[name] = _decode_mask(run, first, call.window, queries)
    out = _attend(call, queries, keys, values, batch.masks[name])
    return out.reshape(run.num_seqs, num_heads, -1)


def _prefill(call: AttentionCall, batch: ForwardBatch, chunk: Chunk, rows: torch.Tensor) -> torch.Tensor:
    """A piece of one prompt against all of the sequence up to its end; returns [num_tokens, num_heads, value_dim]."""
    num_tokens = chunk.end - chunk.start
    first = max(0, chunk.start + 1 - call.window) if call.window else 0
    keys = batch.kv.keys[call.layer][chunk.slot : chunk.slot + 1, :, first : chunk.end]
    values = batch.kv.values[call.layer][chunk.slot : chunk.slot + 1, :, first : chunk.end]
    queries = rows[chunk.first_token : chunk.first_token + num_tokens].transpose(0, 1)[None]
    name = (chunk.first_token, call.window)
    if name not in batch.masks:
        batch.masks[name] = _causal_mask(chunk, first, call.window, queries)
    return _attend(call, queries, keys, values, batch.masks[name])[0].transpose(0, 1)


def _attend(
    call: AttentionCall, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    """Softmax attention; query [n, heads, q, d], key and value [n, kv_heads, k, d], mask broadcast to [n, 1, q, k]."""
    num_groups = query.shape[1] // key.shape[1]
    if call.softcap is None:
        return scaled_dot_product_attention(
            query, key, value, attn_mask=mask, scale=call.scale, enable_gqa=num_groups > 1
        )
    if num_groups > 1:
        key, value = key.repeat_interleave(num_groups, dim=1), value.repeat_interleave(num_groups, dim=1)
    scores = torch.matmul(query, key.transpose(2, 3)) * call.scale
    scores = torch.tanh(scores / call.softcap) * call.softcap
    if mask is not None:
        scores = scores + mask
    return torch.matmul(torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype), value)


def _decode_mask(run: DecodeRun, first: int, window: int | None, like: torch.Tensor) -> torch.Tensor | None:
    """[num_seqs, 1, 1, max_len - first], 0 where a token is seen and -inf elsewhere; None if all are seen."""
    if run.num_seqs == 1:
        return None
    positions = torch.arange(first, run.max_len, device=like.device)
    is_seen = positions < run.lengths[:, None]
    if window:
        is_seen &= positions >= run.lengths[:, None] - window
    return _additive(is_seen, like)[:, None, None, :]


def _causal_mask(chunk: Chunk, first: int, window: int | None, like: torch.Tensor) -> torch.Tensor:
    """[1, 1, num_tokens, end - first], 0 where a token is seen and -inf elsewhere."""
    own = torch.arange(chunk.start, chunk.end, device=like.device)[:, None]
    others = torch.arange(first, chunk.end, device=like.device)
    is_seen = others <= own
    if window:
        is_seen &= others > own - window
    return _additive(is_seen, like)[None, None]


def _additive(is_seen: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return torch.zeros(is_seen.shape, dtype=like.dtype, device=like.device).masked_fill_(~is_seen, float("-inf"))


AttentionInterface.register(ATTENTION_NAME, unblocked_attention)
