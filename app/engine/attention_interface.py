"""Our attention under a name of its own in transformers' attention interface.

transformers' models call the function of that name in place of their own. All tokens of a step stand in one row,
[1, heads, T, dim]. No mask function is registered for the name, so the models make no mask.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from transformers.modeling_utils import AttentionInterface

from app.engine.attention import AttentionSettings, attend
from app.engine.forward_batch import ForwardBatch, active_batch

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
    batch: ForwardBatch | AttentionSink = active_batch()
    if not isinstance(batch, ForwardBatch):
        return batch.attend(call), None
    out = attend(
        batch,
        call.layer,
        query[0].transpose(0, 1),
        key[0].transpose(0, 1),
        value[0].transpose(0, 1),
        how=AttentionSettings(call.scale, call.window, call.softcap),
    )
    return out[None], None


AttentionInterface.register(ATTENTION_NAME, unblocked_attention)
