"""Decode steps from static memory, against the eager path. A fake recorder stands for CUDA's: it runs the work anew."""

from __future__ import annotations

import pytest
import torch

from app.engine.cuda_graphs import Bucket, DecodeGraphs, StaticInputs, Work, length_buckets, row_buckets
from app.engine.factory import EngineOptions, engine_around
from app.engine.forward_batch import ForwardBatch
from app.engine.kv_tensors import KVTensors
from app.engine.llm_engine import LLMEngine
from app.engine.model_runner import ModelRunner
from app.engine.scheduler import ScheduledBatch
from tests.engine.drive import Drive, greedy_params, make_engine
from tests.engine.references import greedy
from tests.engine.test_forward_batch import make_item, make_kv
from tests.engine.tiny_models import copy_model, make_prompts

NUM_SLOTS = 4


class Recorder:
    """Keeps the rule of a graph as far as a CPU can: every run of one work reads and writes the same memory."""

    def __init__(self) -> None:
        self.num_recorded = 0
        self.num_replayed = 0

    def __call__(self, work: Work) -> Work:
        self.num_recorded += 1
        output = work()

        def replay() -> torch.Tensor:
            self.num_replayed += 1
            return output.copy_(work())

        return replay


def refuse(work: Work) -> Work:
    raise RuntimeError("operation not permitted when stream is capturing")


def engine_with_graphs(architecture: str, recorder: Recorder, **options: int) -> LLMEngine:
    """An engine whose decode steps are recorded; its cache has one more slot."""
    engine = make_engine(architecture, max_num_seqs=NUM_SLOTS, **options)
    model, old = engine.runner.model, engine.runner.kv
    engine.runner = ModelRunner(model, with_spare_slot(old), recorder=recorder, num_slots=NUM_SLOTS)
    return engine


def with_spare_slot(kv: KVTensors) -> KVTensors:
    for tensors in (kv.keys, kv.values):
        for layer, tensor in tensors.items():
            tensors[layer] = torch.cat([tensor, tensor.new_zeros(1, *tensor.shape[1:])])
    return kv


def test_rows_are_padded_a_little_and_never_to_one() -> None:
    assert row_buckets(1) == [2]
    assert row_buckets(4) == [2, 4]
    assert row_buckets(30) == [2, 4, 8, 16, 24, 30]


def test_lengths_are_powers_of_two_up_to_the_longest() -> None:
    assert length_buckets(100) == [100]
    assert length_buckets(256) == [256]
    assert length_buckets(1000) == [256, 512, 1000]


def test_the_smallest_bucket_holds_the_highest_slot_and_the_longest_sequence() -> None:
    graphs = DecodeGraphs(make_kv(), lambda batch: torch.empty(0), Recorder(), num_slots=7)
    low = make_item(0, [1, 2, 3], start=2, num_tokens=1)
    assert graphs.bucket_of((low,)) == Bucket(2, 16)
    assert graphs.bucket_of((low, make_item(2, [1], start=0, num_tokens=1))) == Bucket(4, 16)
    assert graphs.bucket_of((make_item(6, [1], start=0, num_tokens=1),)) == Bucket(7, 16)


def test_padding_writes_to_the_spare_slot_and_sees_one_token() -> None:
    inputs = StaticInputs(Bucket(4, 16), make_kv())
    inputs.fill((make_item(3, [7], start=0, num_tokens=1), make_item(1, [10, 11, 12], start=2, num_tokens=1)))
    batch = inputs.forward_batch()
    assert batch.input_ids.tolist() == [[0, 12, 0, 7]]
    assert batch.position_ids.tolist() == [[0, 2, 0, 0]]
    assert batch.slots.tolist() == [7, 1, 7, 3]
    assert batch.decode_runs[0].lengths.tolist() == [1, 3, 1, 1]
    assert batch.logit_tokens.tolist() == [3, 1, 0, 0], "logits come in the batch's order, not the slots'"


def test_refilling_reaches_the_batch_that_was_recorded() -> None:
    inputs = StaticInputs(Bucket(2, 16), make_kv())
    recorded = inputs.forward_batch()
    inputs.fill((make_item(1, [5, 6], start=1, num_tokens=1),))
    assert recorded.input_ids.tolist() == [[0, 6]]
    inputs.fill((make_item(0, [9], start=0, num_tokens=1),))
    assert recorded.input_ids.tolist() == [[9, 0]]
    assert recorded.slots.tolist() == [0, 7]


def test_only_pure_decodes_are_taken() -> None:
    graphs = DecodeGraphs(make_kv(), lambda batch: torch.empty(0), Recorder(), num_slots=7)
    decode = make_item(0, [1, 2, 3], start=2, num_tokens=1)
    assert graphs.can_run(ScheduledBatch((decode,)))
    assert not graphs.can_run(ScheduledBatch((decode, make_item(1, [1, 2, 3], start=0, num_tokens=2))))
    assert not graphs.can_run(ScheduledBatch((decode, make_item(1, [1, 2, 3], start=1, num_tokens=1))))


@pytest.mark.parametrize("architecture", ["llama", "mistral", "gemma2", "qwen3_moe", "deepseek_v3"])
def test_answers_are_those_of_the_eager_path(architecture: str) -> None:
    recorder = Recorder()
    drive = Drive(engine_with_graphs(architecture, recorder))
    prompts = make_prompts([5, 3, 9, 1, 12, 4, 8])
    for place, prompt in enumerate(prompts):
        drive.add(str(place), prompt, greedy_params(6 + 3 * place))
    answers = drive.finish()
    for place, prompt in enumerate(prompts):
        assert answers[str(place)].token_ids == greedy(architecture, prompt, 6 + 3 * place)
    assert 1 <= recorder.num_recorded <= 2, "one a bucket: up to two rows, up to four"
    assert recorder.num_replayed > 10


def test_a_gap_between_slots_disturbs_nobody() -> None:
    recorder = Recorder()
    drive = Drive(engine_with_graphs("llama", recorder, max_num_batched_tokens=64))
    prompts = make_prompts([6, 7, 8])
    for place, prompt in enumerate(prompts):
        drive.add(str(place), prompt, greedy_params(12))
    for _ in range(4):
        drive.step()
    drive.abort("1")
    long = make_prompts([40], seed=7)[0]
    drive.add("late", long, greedy_params(4))
    answers = drive.finish()
    assert answers["0"].token_ids == greedy("llama", prompts[0], 12)
    assert answers["2"].token_ids == greedy("llama", prompts[2], 12)
    assert answers["late"].token_ids == greedy("llama", long, 4)


def test_a_model_that_cant_be_recorded_is_served_all_the_same() -> None:
    engine = make_engine("llama", max_num_seqs=NUM_SLOTS)
    kv = with_spare_slot(engine.runner.kv)
    engine.runner = ModelRunner(engine.runner.model, kv, recorder=refuse, num_slots=NUM_SLOTS)
    drive = Drive(engine)
    prompt = make_prompts([5])[0]
    drive.add("a", prompt, greedy_params(8))
    assert drive.finish()["a"].token_ids == greedy("llama", prompt, 8)


def test_every_run_makes_its_masks_anew() -> None:
    """A mask of the first run would hide what later runs must see, and a graph would keep it."""
    batches: list[ForwardBatch] = []

    def forward(batch: ForwardBatch) -> torch.Tensor:
        assert not batch.masks
        batch.masks[0, None] = None
        batches.append(batch)
        return torch.zeros(2, 5)

    graphs = DecodeGraphs(make_kv(), forward, Recorder(), num_slots=2)
    for start in (0, 1):
        graphs.logits(ScheduledBatch((make_item(0, [1, 2], start=start, num_tokens=1),)))
    assert len(batches) == 3


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_recorded_on_a_gpu_the_answers_are_those_without() -> None:
    prompts = make_prompts([5, 3, 9, 1, 12, 4, 8])
    found = []
    for cuda_graphs in (False, True):
        options = EngineOptions("tiny", kind="batched", max_num_seqs=NUM_SLOTS, cuda_graphs=cuda_graphs)
        drive = Drive(engine_around(copy_model("llama").to("cuda"), options))
        for place, prompt in enumerate(prompts):
            drive.add(str(place), prompt, greedy_params(20))
        found.append({name: answer.token_ids for name, answer in drive.finish().items()})
    assert found[0] == found[1]
