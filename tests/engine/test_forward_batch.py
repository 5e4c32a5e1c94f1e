"""How a scheduled batch is laid out: which tokens, where they are written, which pieces attend together."""

from __future__ import annotations

import torch

from app.engine.forward_batch import Chunk, build_forward_batch
from app.engine.kv_cache import PrefixCopy
from app.engine.kv_tensors import KVTensors, LayerGeometry
from app.engine.protocol import EngineRequest
from app.engine.sampling_params import SamplingParams
from app.engine.scheduler import ScheduledBatch, ScheduledSequence
from app.engine.sequence import Sequence

CPU = torch.device("cpu")


def make_kv(dtype: torch.dtype = torch.float32) -> KVTensors:
    return KVTensors({0: LayerGeometry(2, 4, 3)}, num_slots=8, max_len=16, dtype=dtype, device=CPU)


def make_item(slot: int, token_ids: list[int], *, start: int, num_tokens: int) -> ScheduledSequence:
    sequence = Sequence(EngineRequest(str(slot), token_ids, SamplingParams()), arrival=slot)
    sequence.slot = slot
    return ScheduledSequence(sequence, start, num_tokens)


def test_decodes_and_chunks_stand_in_one_row() -> None:
    batch = ScheduledBatch(
        (
            make_item(1, [10, 11, 12], start=2, num_tokens=1),
            make_item(2, [20, 21], start=1, num_tokens=1),
            make_item(4, [40], start=0, num_tokens=1),
            make_item(0, [1, 2, 3, 4, 5], start=1, num_tokens=3),
            make_item(3, [30, 31], start=0, num_tokens=2),
        )
    )
    forward = build_forward_batch(batch, make_kv(), CPU)
    assert forward.input_ids.tolist() == [[12, 21, 40, 2, 3, 4, 30, 31]]
    assert forward.position_ids.tolist() == [[2, 1, 0, 1, 2, 3, 0, 1]]
    assert forward.positions.tolist() == [2, 1, 0, 1, 2, 3, 0, 1]
    assert forward.slots.tolist() == [1, 2, 4, 0, 0, 0, 3, 3]
    assert forward.logit_tokens.tolist() == [0, 1, 2, 7], "the chunk in the middle of its prompt gives no logits"
    runs = [(run.first_token, run.first_slot, run.num_seqs, run.max_len) for run in forward.decode_runs]
    assert runs == [(0, 1, 2, 3), (2, 4, 1, 1)], "neighbouring slots attend together"
    assert forward.decode_runs[0].lengths.tolist() == [3, 2]
    assert forward.chunks == [Chunk(3, 0, 1, 4), Chunk(6, 3, 0, 2)]


def test_one_token_of_a_prompt_after_a_chunk_is_a_chunk_itself() -> None:
    batch = ScheduledBatch(
        (make_item(0, [1, 2, 3], start=0, num_tokens=2), make_item(1, [5, 6, 7], start=1, num_tokens=1))
    )
    forward = build_forward_batch(batch, make_kv(), CPU)
    assert forward.decode_runs == []
    assert forward.chunks == [Chunk(0, 0, 0, 2), Chunk(2, 1, 1, 2)]
    assert forward.logit_tokens.tolist() == []


def test_cache_starts_as_zeros_and_copies_only_the_prefix() -> None:
    for dtype in (torch.float32, torch.bfloat16):
        kv = make_kv(dtype)
        assert kv.keys[0].shape == (8, 2, 16, 4)
        assert kv.values[0].shape == (8, 2, 16, 3)
        assert not kv.keys[0].any()
        kv.keys[0][5], kv.values[0][5] = 1.0, 2.0
        kv.copy_prefix(PrefixCopy(from_slot=5, to_slot=6, num_tokens=7))
        assert kv.keys[0][6].sum() == 2 * 7 * 4
        assert kv.values[0][6].sum() == 2 * 2 * 7 * 3
        assert not kv.keys[0][6, :, 7:].any()
        kv.copy_prefix(PrefixCopy(from_slot=5, to_slot=7, num_tokens=7, first_token=4))
        assert kv.values[0][7].sum() == 2 * 2 * 3 * 3
        assert not kv.values[0][7, :, :4].any()


def test_erase_clears_one_slot_from_a_token_on() -> None:
    kv = make_kv()
    kv.keys[0][:], kv.values[0][:] = float("nan"), float("nan")
    kv.erase(3, 10)
    assert not kv.keys[0][3, :, 10:].any()
    assert kv.keys[0][3, :, :10].isnan().all()
    kv.erase(3, 0)
    assert not kv.values[0][3].any()
    assert kv.values[0][[2, 4]].isnan().all()
