"""A scheduled batch through the model: ids in, logits out. The only place that calls the model."""

from __future__ import annotations

from typing import Any

import torch

from app.engine.forward_batch import attending_to, build_forward_batch
from app.engine.kv_tensors import KVTensors
from app.engine.scheduler import ScheduledBatch


class ModelRunner:
    """Runs a transformers causal language model, whose attention is ours, over flattened batches."""

    def __init__(self, model: Any, kv: KVTensors) -> None:
        self.model = model
        self.kv = kv
        self.device: torch.device = model.device

    @torch.inference_mode()
    def copy_prefixes(self, batch: ScheduledBatch) -> None:
        """Make the batch's prefix copies, in their order. Once a batch, before its forward. Thread: the engine's."""
        for copy in batch.copies:
            self.kv.copy_prefix(copy)

    @torch.inference_mode()
    def erase(self, slot: int, start: int = 0) -> None:
        """Forget what a slot of the cache holds from token `start` on. Thread: the engine thread."""
        self.kv.erase(slot, start)

    @torch.inference_mode()
    def forward(self, batch: ScheduledBatch) -> torch.Tensor:
        """Run one step and return logits [num_logits, vocab], float32, on the model's device.

        Rows stand in the order of the batch's sequences: the scored tokens of each, then its sampled one. Thread: the
        engine thread only. Writes keys and values of every scheduled token into the cache, each at its own place, so
        running a batch again is harmless.
        """
        forward = build_forward_batch(batch, self.kv, self.device)
        with attending_to(forward):
            output = self.model(
                input_ids=forward.input_ids,
                position_ids=forward.position_ids,
                use_cache=False,
                logits_to_keep=forward.logit_tokens,
            )
        logits: torch.Tensor = output.logits[0]
        return logits.float()
