"""A scheduled batch as tensors: what goes into one forward pass, and where each token's keys and values belong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from app.engine.decode_runs import cut_runs
from app.engine.kv_tensors import KVTensors
from app.engine.scheduler import ScheduledBatch, ScheduledSequence


@dataclass(frozen=True, slots=True)
class DecodeRun:
    """Decodes whose slots are neighbours: tokens first_token.. of the batch, one for each of slots first_slot.."""

    first_token: int
    first_slot: int
    num_seqs: int
    max_len: int  # tokens of the longest sequence, the new one included
    lengths: torch.Tensor  # [num_seqs] int64: tokens of each, the new one included


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one prompt: tokens first_token.. of the batch are tokens start..end of the sequence in `slot`."""

    first_token: int
    slot: int
    start: int
    end: int


@dataclass(slots=True)
class ForwardBatch:
    """All tokens of a step in one row. Tensors are on the model's device; T is the number of tokens.

    input_ids, position_ids: [1, T] int64. slots, positions: [T] int64, where each token's key and value are written.
    logit_tokens: [num_logits] int64, the tokens whose logits are wanted: of each sequence its scored tokens, then the
    one that is sampled. masks: filled by the attention function, one entry per piece and window, shared by all layers.
    """

    input_ids: torch.Tensor
    position_ids: torch.Tensor
    slots: torch.Tensor
    positions: torch.Tensor
    logit_tokens: torch.Tensor
    decode_runs: list[DecodeRun]
    chunks: list[Chunk]
    kv: KVTensors
    masks: dict[tuple[int, int | None], torch.Tensor | None] = field(default_factory=dict)
    rotary: tuple[torch.Tensor, torch.Tensor] | None = None  # of the fused layers: made once a step
    _cache_rows: dict[int, torch.Tensor] = field(default_factory=dict)

    def cache_rows(self, num_kv_heads: int) -> torch.Tensor:
        """Where keys and values of every token go in a cache seen as [num_slots * num_kv_heads * max_len, dim].

        [T * num_kv_heads] int64, heads innermost; made once for all layers with as many heads.
        """
        if num_kv_heads not in self._cache_rows:
            heads = torch.arange(num_kv_heads, device=self.slots.device)
            rows = (self.slots[:, None] * num_kv_heads + heads) * self.kv.max_len + self.positions[:, None]
            self._cache_rows[num_kv_heads] = rows.view(-1)
        return self._cache_rows[num_kv_heads]


class _Active(threading.local):
    batch: Any = None


_active = _Active()


@contextmanager
def attending_to(batch: Any) -> Iterator[None]:
    """Make `batch` the one that attention calls of this thread belong to."""
    _active.batch = batch
    try:
        yield
    finally:
        _active.batch = None


def active_batch() -> Any:
    """The batch whose step this thread is running: a ForwardBatch, or what a test or the dry run put there."""
    assert _active.batch is not None, "a model with our attention ran outside a step"
    return _active.batch


def build_forward_batch(batch: ScheduledBatch, kv: KVTensors, device: torch.device) -> ForwardBatch:
    """Lay a scheduled batch out as tensors. Thread: the engine thread."""
    tokens: list[int] = []
    positions: list[int] = []
    slots: list[int] = []
    wanted: list[int] = []
    chunks: list[Chunk] = []
    decodes: list[ScheduledSequence] = []
    for item in batch.sequences:
        slot, end = item.sequence.slot, item.start + item.num_tokens
        assert slot is not None, "scheduled without a slot"
        if item.num_tokens == 1 and len(decodes) == len(tokens):
            decodes.append(item)
        else:
            chunks.append(Chunk(len(tokens), slot, item.start, end))
        wanted += range(len(tokens), len(tokens) + item.num_scored)
        tokens += item.sequence.token_ids[item.start : end]
        positions += range(item.start, end)
        slots += [slot] * item.num_tokens
        if item.is_sampled:
            wanted.append(len(tokens) - 1)
    packed = torch.tensor([tokens, positions, slots], dtype=torch.int64).to(device, non_blocking=True)
    return ForwardBatch(
        input_ids=packed[0:1],
        position_ids=packed[1:2],
        slots=packed[2],
        positions=packed[1],
        logit_tokens=torch.tensor(wanted, dtype=torch.int64).to(device, non_blocking=True),
        decode_runs=_decode_runs(decodes, kv, device),
        chunks=chunks,
        kv=kv,
    )


def _decode_runs(decodes: list[ScheduledSequence], kv: KVTensors, device: torch.device) -> list[DecodeRun]:
    """The decodes, which are ordered by slot, in runs that share an attention call."""
    slots = [item.sequence.slot or 0 for item in decodes]
    lengths = [item.start + 1 for item in decodes]
    runs = []
    for first, last in cut_runs(slots, lengths, bytes_per_token=kv.bytes_per_token):
        on_device = torch.tensor(lengths[first:last], dtype=torch.int64).to(device, non_blocking=True)
        runs.append(DecodeRun(first, slots[first], last - first, max(lengths[first:last]), on_device))
    return runs
