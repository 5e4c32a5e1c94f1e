"""A scheduled batch through the model: ids in, logits out. The only place that calls the model."""

from __future__ import annotations

from typing import Any

import torch

from app.engine.cuda_graphs import DecodeGraphs, Recorder
from app.engine.forward_batch import ForwardBatch, attending_to, build_forward_batch
from app.engine.kv_tensors import KVTensors
from app.engine.native.native_layer import NativeDecoder
from app.engine.scheduler import ScheduledBatch


class ModelRunner:
    """Runs a transformers causal language model, whose attention is ours, over flattened batches."""

    def __init__(
        self,
        model: Any,
        kv: KVTensors,
        *,
        recorder: Recorder | None = None,
        num_slots: int = 0,
        native: NativeDecoder | None = None,
    ) -> None:
        """recorder: for decode steps as graphs, over the first num_slots slots; kv's last must then be spare.

        native: computes what the model would, over the same kv.
        """
        self.model = model
        self.kv = kv
        self.device: torch.device = model.device
        self._native = native
        self._graphs = DecodeGraphs(kv, self.logits, recorder, num_slots=num_slots) if recorder else None

    @torch.inference_mode()
    def copy_prefixes(self, batch: ScheduledBatch) -> None:
        """Make the batch's prefix copies, in their order. Once a batch, before its forward. Thread: the engine's."""
        for copy in batch.copies:
            (self._native or self.kv).copy_prefix(copy)

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
        if self._graphs is not None and self._graphs.can_run(batch):
            return self._graphs.logits(batch)
        return self.logits(build_forward_batch(batch, self.kv, self.device))

    def wait(self) -> None:
        """Return when the device has computed all it was given. Raises: what failed there. Thread: the engine's."""
        if self.device.type == "cuda":
            torch.cuda.current_stream(self.device).synchronize()
        elif self.device.type == "mps":
            torch.mps.synchronize()

    def logits(self, batch: ForwardBatch) -> torch.Tensor:
        """The same for a batch that is laid out already. Inference mode is the caller's."""
        if self._native is not None:
            return self._native.logits(batch)
        with attending_to(batch):
            output = self.model(
                input_ids=batch.input_ids,
                position_ids=batch.position_ids,
                use_cache=False,
                logits_to_keep=batch.logit_tokens,
            )
        logits: torch.Tensor = output.logits[0]
        return logits.float()
