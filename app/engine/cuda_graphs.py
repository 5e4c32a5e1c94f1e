"""Decode steps as recorded CUDA graphs: a step of a small model is hundreds of kernels, and launching them one by one
from Python takes longer than they run.

A graph replays the same kernels on the same memory, so the number of rows and the longest context are rounded up to
buckets, one graph each, recorded when first needed: on the engine's thread, which a graph belongs to. Row i stands for
slot i of the cache. Rows of slots that don't decode in a step write to a spare slot, and nobody reads what they give.
Knows CUDA only in CudaRecorder; everything else runs anywhere.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from app.engine.forward_batch import DecodeRun, ForwardBatch
from app.engine.kv_tensors import KVTensors
from app.engine.scheduler import ScheduledBatch, ScheduledSequence

logger = logging.getLogger(__name__)

_SMALLEST_LENGTH = 256

Work = Callable[[], torch.Tensor]
# Runs work once and returns what runs it again, on the same memory.
Recorder = Callable[[Work], Work]


@dataclass(frozen=True, slots=True)
class Bucket:
    """The shape of one graph: so many rows, each of which reads so many tokens of its slot."""

    num_rows: int
    length: int


def row_buckets(max_num_seqs: int) -> list[int]:
    """2, 4, 8, then every eighth up to max_num_seqs: padding a large batch costs as much as serving it."""
    # Not 1: attention of a single sequence has no mask, and a padded one needs it.
    most = max(2, max_num_seqs)
    return [*(rows for rows in (2, 4, *range(8, most, 8)) if rows < most), most]


def length_buckets(max_len: int) -> list[int]:
    """Powers of two up to max_len, which is the last: a step reads at most twice of what it must."""
    lengths = []
    length = _SMALLEST_LENGTH
    while length < max_len:
        lengths.append(length)
        length *= 2
    return [*lengths, max_len]


class DecodeGraphs:
    """Runs batches that only decode. The cache's last slot must belong to nobody: it takes what padding writes.

    forward: a laid-out batch to logits [num_logits, vocab] float32. num_slots: how many slots may run.
    Thread: the engine thread.
    """

    def __init__(
        self, kv: KVTensors, forward: Callable[[ForwardBatch], torch.Tensor], recorder: Recorder, *, num_slots: int
    ) -> None:
        self._kv = kv
        self._forward = forward
        self._recorder = recorder
        self._rows = row_buckets(num_slots)
        self._lengths = length_buckets(kv.max_len)
        self._graphs: dict[Bucket, tuple[StaticInputs, Work]] = {}
        self._is_off = False

    def can_run(self, batch: ScheduledBatch) -> bool:
        """Whether all that the batch wants is each sequence's next token."""
        return not self._is_off and all(
            item.num_tokens == 1 and item.is_sampled and not item.num_scored for item in batch.sequences
        )

    def logits(self, batch: ScheduledBatch) -> torch.Tensor:
        """[num_seqs, vocab] float32 in the batch's order, overwritten by the next call. Waits for nothing."""
        bucket = self.bucket_of(batch.sequences)
        if bucket not in self._graphs:
            self._graphs[bucket] = self._record(bucket, batch.sequences)
        inputs, replay = self._graphs[bucket]
        inputs.fill(batch.sequences)
        return replay()[: len(batch.sequences)]

    def bucket_of(self, items: tuple[ScheduledSequence, ...]) -> Bucket:
        """The smallest bucket that holds the batch."""
        num_rows = 1 + max(_slot(item) for item in items)
        length = 1 + max(item.start for item in items)
        return Bucket(self._rows[bisect_left(self._rows, num_rows)], self._lengths[bisect_left(self._lengths, length)])

    def _record(self, bucket: Bucket, items: tuple[ScheduledSequence, ...]) -> tuple[StaticInputs, Work]:
        logger.info("recording the decode step of %d rows and %d tokens", bucket.num_rows, bucket.length)
        inputs = StaticInputs(bucket, self._kv)
        inputs.fill(items)  # what runs before it is recorded writes to the cache too

        def work() -> torch.Tensor:
            return self._forward(inputs.forward_batch())

        try:
            return inputs, self._recorder(work)
        except RuntimeError:  # a model that asks its tensors something, or no memory: it must not end the sequences
            logger.warning("this model's decode steps can't be recorded; each is launched anew", exc_info=True)
            self._is_off = True
            return inputs, work


class StaticInputs:
    """The memory that a graph reads its batch from: filled on the host and copied to the device in one go.

    Rows of the table: ids, positions, slots to write to, tokens seen, and the row of each sequence in its order.
    """

    def __init__(self, bucket: Bucket, kv: KVTensors) -> None:
        keys = next(iter(kv.keys.values()))
        self._bucket = bucket
        self._kv = kv
        self._spare_slot = keys.shape[0] - 1
        size = (5, bucket.num_rows)
        # Read by a copy that may still run when fill() returns; the wait for the sampled ids is before the next fill().
        self._host = torch.zeros(size, dtype=torch.int64, pin_memory=keys.device.type == "cuda")
        self._device = torch.zeros(size, dtype=torch.int64, device=keys.device)

    def fill(self, items: tuple[ScheduledSequence, ...]) -> None:
        """Write a batch that fits the bucket. Doesn't wait for the device."""
        num_rows = self._bucket.num_rows
        ids, positions, order = [0] * num_rows, [0] * num_rows, [0] * num_rows
        slots, lengths = [self._spare_slot] * num_rows, [1] * num_rows
        for place, item in enumerate(items):
            row = _slot(item)
            ids[row], positions[row] = item.sequence.token_ids[item.start], item.start
            slots[row], lengths[row] = row, item.start + 1
            order[place] = row
        self._host.copy_(torch.tensor([ids, positions, slots, lengths, order]))
        self._device.copy_(self._host, non_blocking=True)

    def forward_batch(self) -> ForwardBatch:
        """The batch as the model takes it, on the static memory. Anew for each run: masks are made in the graph."""
        ids, positions, slots, lengths, order = self._device
        run = DecodeRun(0, 0, self._bucket.num_rows, self._bucket.length, lengths)
        return ForwardBatch(
            input_ids=ids[None],
            position_ids=positions[None],
            slots=slots,
            positions=positions,
            logit_tokens=order,
            decode_runs=[run],
            chunks=[],
            kv=self._kv,
        )


class CudaRecorder:
    """Records work as a CUDA graph; all graphs share one memory pool. Thread: the one that will replay."""

    def __init__(self) -> None:
        self._pool: Any = None  # torch's handle of a memory pool

    def __call__(self, work: Work) -> Work:
        """Raises: RuntimeError, if the work waits for the device or allocates outside of torch."""
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):  # kernels are loaded and workspaces made before the recording
            work()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        # Another thread may copy something meanwhile, which is none of the graph's business.
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            output = work()
        self._pool = self._pool or graph.pool()

        def replay() -> torch.Tensor:
            graph.replay()
            return output

        return replay


def _slot(item: ScheduledSequence) -> int:
    assert item.sequence.slot is not None, "scheduled without a slot"
    return item.sequence.slot
