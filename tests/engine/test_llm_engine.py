"""Faults inside a batch: the sequence at fault ends alone, its neighbours do not notice."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from app.engine.sampling_params import SamplingParams
from app.errors import SequenceFailedError
from tests.engine.drive import Drive, WatchedRunner, greedy_params, make_engine
from tests.engine.references import greedy
from tests.engine.tiny_models import copy_model, make_prompts

PROMPTS = make_prompts([12, 3, 20, 6])
NAMES = ["0", "1", "2", "3"]


def start(model: Any = None, **options: Any) -> tuple[Drive, WatchedRunner]:
    engine = make_engine(model=model, **options)
    drive = Drive(engine)
    for name, prompt in zip(NAMES, PROMPTS, strict=True):
        drive.add(name, prompt, greedy_params(10))
    return drive, WatchedRunner(engine)


def assert_others_are_right(drive: Drive, failed: str) -> None:
    answers = drive.finish()
    assert isinstance(answers[failed].error, SequenceFailedError)
    assert answers[failed].finish_reason == "error"
    for name, prompt in zip(NAMES, PROMPTS, strict=True):
        if name != failed:
            assert answers[name].token_ids == greedy("llama", prompt, 10)


@pytest.mark.parametrize("num_steps", [0, 1, 9], ids=["at once", "mid-prefill", "decode"])
@pytest.mark.parametrize("failed", NAMES)
def test_sequence_that_breaks_the_model_ends_alone(num_steps: int, failed: str) -> None:
    drive, watched = start()
    for _ in range(num_steps):
        drive.step()
    watched.poison[failed] = ValueError("bad weights")
    assert_others_are_right(drive, failed)
    assert "ValueError" in str(drive.answers[failed].error)
    assert "bad weights" not in str(drive.answers[failed].error), "the model's own words may hold the user's"


@pytest.mark.parametrize("failed", NAMES)
def test_sequence_with_infinite_logits_ends_alone(failed: str) -> None:
    drive, watched = start()
    for _ in range(4):
        drive.step()
    watched.spoil.add(failed)
    assert_others_are_right(drive, failed)
    assert "not finite" in str(drive.answers[failed].error)


def test_sequence_that_takes_all_memory_ends_alone() -> None:
    drive, watched = start()
    watched.poison["2"] = torch.OutOfMemoryError("out of memory")
    assert_others_are_right(drive, "2")


def test_step_that_samples_nothing_ends_when_the_device_is_done_and_its_fault_is_its_own() -> None:
    engine = make_engine(max_num_batched_tokens=5)
    drive, watched = Drive(engine), WatchedRunner(engine)
    drive.add("0", PROMPTS[2], greedy_params(10))
    for num_waits in (1, 2, 3):
        drive.step()
        assert watched.num_waits == num_waits
    assert drive.finish()["0"].token_ids == greedy("llama", PROMPTS[2], 10)
    assert watched.num_waits == 3, "20 tokens in pieces of 5; the last piece samples"
    watched.late = RuntimeError("an illegal memory access")
    drive.add("1", PROMPTS[0], greedy_params(10))
    assert isinstance(drive.finish()["1"].error, SequenceFailedError)
    assert watched.late is None


def test_model_that_always_fails_fails_every_request_and_no_more() -> None:
    drive, watched = start()
    watched.poison = {name: RuntimeError("out of memory") for name in NAMES}
    assert {answer.finish_reason for answer in drive.finish().values()} == {"error"}
    watched.poison.clear()
    drive.add("later", PROMPTS[0], greedy_params(10))
    assert drive.finish()["later"].token_ids == greedy("llama", PROMPTS[0], 10)


def test_batch_that_does_not_fit_together_is_run_in_halves() -> None:
    drive, watched = start(max_num_batched_tokens=64)
    forward, sizes = watched.forward, []

    def small_only(batch: Any) -> torch.Tensor:
        sizes.append(len(batch.sequences))
        if len(batch.sequences) > 2:
            raise torch.OutOfMemoryError("out of memory")
        return forward(batch)

    watched.forward = small_only  # type: ignore[method-assign]
    answers = drive.finish()
    assert [answers[name].token_ids for name in NAMES] == [greedy("llama", prompt, 10) for prompt in PROMPTS]
    assert sizes[:3] == [4, 2, 2]


def test_seeded_answer_survives_a_neighbours_failure_unchanged() -> None:
    params = SamplingParams(max_tokens=10, ignore_eos=True, seed=3, temperature=1.5)
    answers = []
    for is_poisoned in (False, True):
        drive, watched = start()
        drive.abort("3")
        drive.add("seeded", PROMPTS[3], params)
        for _ in range(9):
            drive.step()
        if is_poisoned:
            watched.poison["2"] = ValueError()
        answers.append(drive.finish()["seeded"].token_ids)
    assert answers[0] == answers[1]


def _model_with_a_broken_token(token_id: int) -> Any:
    """Every key and value from that token on is NaN, as where half precision overflows."""
    model = copy_model("llama")
    with torch.no_grad():
        model.get_input_embeddings().weight[token_id] = float("nan")
    return model


BROKEN = 150


@pytest.mark.parametrize("leaves", ["fails", "is aborted mid-prefill", "is aborted when short"])
def test_broken_sequence_leaves_nothing_that_harms_the_next_in_its_slot(leaves: str) -> None:
    """Masked places are multiplied by 0, and 0 times NaN is NaN."""
    assert not any(BROKEN in prompt + greedy("llama", prompt, 10) for prompt in PROMPTS)
    engine = make_engine(model=_model_with_a_broken_token(BROKEN), max_num_seqs=2)
    drive = Drive(engine)
    length = 12 if leaves == "is aborted when short" else 60
    drive.add("broken", [BROKEN] * length, greedy_params(5))
    if leaves == "fails":
        assert drive.finish()["broken"].finish_reason == "error"
    else:
        for _ in range(1 if length == 12 else 4):
            drive.step()
        drive.abort("broken")
    # The short ones first: they get the broken one's slot, and read as far as their longer neighbours go.
    for number in range(3):
        for name, prompt in sorted(zip(NAMES, PROMPTS, strict=True), key=lambda pair: len(pair[1])):
            drive.add(f"{number} {name}", prompt, greedy_params(10))
    answers = drive.finish()
    for number in range(3):
        for name, prompt in zip(NAMES, PROMPTS, strict=True):
            assert answers[f"{number} {name}"].token_ids == greedy("llama", prompt, 10)


def test_stats_and_repr_tell_what_runs() -> None:
    drive, _ = start(max_num_seqs=2)
    stats = drive.step().stats
    assert (stats.num_waiting, stats.num_running) == (2, 2)
    assert stats.num_cached_tokens == 15
    assert repr(drive.engine).startswith("<LLMEngine <Scheduler 2 waiting, 2 running")


def test_step_counts_prefill_and_decode_tokens() -> None:
    drive = Drive(make_engine())
    drive.add("a", PROMPTS[0], greedy_params(3))
    counts = [(output.num_prefill_tokens, output.num_decode_tokens) for output in (drive.step() for _ in range(4))]
    assert counts == [(7, 0), (5, 0), (0, 1), (0, 1)]
