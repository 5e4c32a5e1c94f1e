"""Constraints: no token comes that the mask forbids, in whatever company, and no sequence notices another's."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from app.engine.constraint import apply_masks
from app.engine.factory import EngineOptions, engine_around
from app.engine.protocol import EngineRequest
from app.engine.sampling_params import SamplingParams
from app.errors import SequenceFailedError
from tests.engine.drive import Answer, Drive, WatchedRunner, greedy_params, make_engine
from tests.engine.references import greedy
from tests.engine.tiny_models import copy_model, make_prompts

PROMPTS = make_prompts([12, 3, 20])
NUM_OUTPUT = 8


class OneOfTwo:
    """Allows, as the n-th token, only the n-th pair's two."""

    def __init__(self, pairs: Sequence[tuple[int, int]], vocab: int = 4096) -> None:
        self.pairs = pairs
        self.vocab = vocab
        self.num_accepted = 0
        self.threads: set[int] = set()

    def mask(self) -> bytes:
        self.threads.add(threading.get_ident())
        bits = np.zeros(self.vocab, dtype=np.uint8)
        bits[list(self.pairs[self.num_accepted])] = 1
        return np.packbits(bits, bitorder="little").tobytes()

    def accept(self, token_id: int) -> None:
        assert token_id in self.pairs[self.num_accepted]
        self.num_accepted += 1


PAIRS = [(3 + n, 20 + n) for n in range(NUM_OUTPUT)]


def add(drive: Drive, name: str, prompt: list[int], params: SamplingParams, constraint: OneOfTwo) -> None:
    drive.engine.add(EngineRequest(name, prompt, params, constraint=constraint))
    drive.answers[name] = Answer()


@pytest.mark.parametrize("kind", ["batched", "per-request"])
@pytest.mark.parametrize("temperature", [0.0, 1.5])
def test_only_allowed_tokens_come_and_neighbours_are_free(kind: str, temperature: float) -> None:
    options = EngineOptions("tiny", max_num_seqs=4, max_model_len=128, max_num_batched_tokens=16, kind=kind)  # type: ignore[arg-type]
    drive = Drive(engine_around(copy_model("llama"), options))
    bound = SamplingParams(max_tokens=NUM_OUTPUT, temperature=temperature, ignore_eos=True, seed=1)
    add(drive, "bound", PROMPTS[0], bound, OneOfTwo(PAIRS))
    drive.add("free", PROMPTS[1], greedy_params(NUM_OUTPUT))
    answers = drive.finish()
    assert len(answers["bound"].token_ids) == NUM_OUTPUT
    assert all(token_id in pair for token_id, pair in zip(answers["bound"].token_ids, PAIRS, strict=True))
    assert answers["free"].token_ids == greedy("llama", PROMPTS[1], NUM_OUTPUT)
    drive.engine.close()


def test_a_bias_can_not_buy_what_the_constraint_forbids() -> None:
    drive = Drive(make_engine())
    params = greedy_params(NUM_OUTPUT, logit_bias={50: 100.0, PAIRS[0][1]: 90.0})
    add(drive, "bound", PROMPTS[0], params, OneOfTwo(PAIRS))
    assert drive.finish()["bound"].token_ids[0] == PAIRS[0][1]
    drive.engine.close()


def test_masks_are_computed_beside_the_engines_thread() -> None:
    drive = Drive(make_engine())
    constraint = OneOfTwo(PAIRS)
    add(drive, "bound", PROMPTS[0], greedy_params(NUM_OUTPUT), constraint)
    drive.finish()
    assert threading.get_ident() not in constraint.threads
    drive.engine.close()


def test_a_repeated_step_does_not_advance_the_constraint_twice() -> None:
    engine = make_engine()
    drive, watched = Drive(engine), WatchedRunner(engine)
    constraint = OneOfTwo(PAIRS)
    add(drive, "bound", PROMPTS[0], greedy_params(NUM_OUTPUT), constraint)
    drive.add("broken", PROMPTS[1], greedy_params(NUM_OUTPUT))
    drive.step()
    watched.poison["broken"] = ValueError("makes the step be run again in halves")
    answers = drive.finish()
    assert len(answers["bound"].token_ids) == NUM_OUTPUT == constraint.num_accepted
    drive.engine.close()


class Limited(OneOfTwo):
    """Fails at its third token: when it is to take it, or before, when it is to say which it may be."""

    def __init__(self, step: str) -> None:
        super().__init__(PAIRS)
        self.step = step

    def mask(self) -> bytes:
        self._check("mask")
        return super().mask()

    def accept(self, token_id: int) -> None:
        self._check("accept")
        super().accept(token_id)

    def _check(self, step: str) -> None:
        if self.num_accepted == 2 and step == self.step:
            raise SequenceFailedError("the grammar is too large")


@pytest.mark.parametrize("kind", ["batched", "per-request"])
@pytest.mark.parametrize("step", ["mask", "accept"])
def test_a_constraint_that_can_not_go_on_ends_its_own_sequence_alone_and_says_why(kind: str, step: str) -> None:
    options = EngineOptions("tiny", max_num_seqs=4, max_model_len=128, max_num_batched_tokens=16, kind=kind)  # type: ignore[arg-type]
    drive = Drive(engine_around(copy_model("llama"), options))
    add(drive, "bound", PROMPTS[0], greedy_params(NUM_OUTPUT), Limited(step))
    drive.add("free", PROMPTS[1], greedy_params(NUM_OUTPUT))
    answers = drive.finish()
    assert isinstance(answers["bound"].error, SequenceFailedError)
    assert str(answers["bound"].error) == "the grammar is too large"
    assert len(answers["bound"].token_ids) == 2
    assert answers["free"].token_ids == greedy("llama", PROMPTS[1], NUM_OUTPUT)
    drive.engine.close()


@pytest.mark.parametrize("vocab", [64, 70, 77])
def test_every_bit_of_a_mask_is_kept_to(vocab: int) -> None:
    mask = random.Random(vocab).randbytes(72 // 8 + 1)
    logits = torch.randn(3, vocab)
    before = logits.clone()
    apply_masks(logits, {2: mask, 0: bytes([255]) * len(mask)})
    bits = [mask[place // 8] >> place % 8 & 1 for place in range(vocab)]
    assert torch.equal(logits[:2], before[:2])
    assert torch.equal(logits[2], torch.where(torch.tensor(bits).bool(), before[2], -torch.inf))


def test_what_lies_beyond_a_mask_is_not_allowed() -> None:
    logits = torch.zeros(2, 20)
    apply_masks(logits, {1: bytes([0b00000101])})
    assert torch.isfinite(logits[0]).all()
    assert torch.isfinite(logits[1]).nonzero()[:, 0].tolist() == [0, 2]
