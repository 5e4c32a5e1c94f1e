"""The batched engine against transformers: same greedy tokens, same logits, whatever the batches look like."""

from __future__ import annotations

import ctypes
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from app.engine import attention, attention_interface, cpu_layers, model_runner
from app.engine.forward_batch import ForwardBatch, build_forward_batch
from app.engine.kv_tensors import KVTensors
from app.engine.native import build, native_linear
from app.engine.native.library import Library, instruction_set
from app.engine.scheduler import ScheduledBatch
from tests.engine.drive import Drive, WatchedRunner, greedy_params, make_engine
from tests.engine.references import eager_logits, greedy
from tests.engine.tiny_models import ARCHITECTURES, make_model, make_prompts

NUM_TOKENS = 16
LOGIT_TOLERANCE = 1e-4
# (arrival step, prompt): mixed lengths, more than the four that may run. The last continues another's beginning.
_PROMPTS = make_prompts([1, 60, 5, 17, 33, 2, 9])
_ARRIVALS = [*zip((0, 0, 1, 3, 5, 5, 8), _PROMPTS, strict=True), (40, _PROMPTS[1][:25] + _PROMPTS[4][:8])]
_LEAVER = make_prompts([30], seed=7)[0]
Mutate = Callable[[pytest.MonkeyPatch], None]


@dataclasses.dataclass
class Deviation:
    """How far a run was from the references; the logits only up to the first token that differs."""

    num_wrong_answers: int
    logits: float
    watched: WatchedRunner
    num_cached_tokens: int
    was_full: bool


def run_crowd(
    architecture: str, mutate: Mutate | None = None, monkeypatch: pytest.MonkeyPatch | None = None
) -> Deviation:
    """Prompts arriving while others run, one leaving early, in batches of at most 4 sequences and 7 tokens."""
    engine = make_engine(architecture)
    if mutate is not None and monkeypatch is not None:
        mutate(monkeypatch)
    drive, watched, step, was_full = Drive(engine), WatchedRunner(engine), 0, False
    arrivals = [(str(number), *arrival) for number, arrival in enumerate(_ARRIVALS)]
    while arrivals or engine.has_work():
        for name, _, prompt in [arrival for arrival in arrivals if arrival[1] <= step]:
            drive.add(name, prompt, greedy_params(NUM_TOKENS))
        arrivals = [arrival for arrival in arrivals if arrival[1] > step]
        if step == 2:
            drive.add("leaver", _LEAVER, greedy_params(NUM_TOKENS))
        if step == 20:
            drive.abort("leaver")
        stats = drive.step().stats
        was_full |= stats.num_running == 4 and stats.num_waiting > 0
        step += 1
    wrong, deviation = 0, 0.0
    for number, (_, prompt) in enumerate(_ARRIVALS):
        reference = greedy(architecture, prompt, NUM_TOKENS)
        wrong += drive.answers[str(number)].token_ids != reference
        deviation = max(deviation, _logit_deviation(architecture, prompt + reference, str(number), watched))
    return Deviation(wrong, deviation, watched, drive.answers["7"].num_cached_tokens, was_full)


def _logit_deviation(architecture: str, token_ids: list[int], name: str, watched: WatchedRunner) -> float:
    expected = eager_logits(architecture, token_ids)
    ours = {position: logits for owner, position, logits in watched.logits if owner == name}
    largest = 0.0
    for position in sorted(ours):
        largest = max(largest, float((ours[position] - expected[position]).abs().max()))
        if int(ours[position].argmax()) != token_ids[position + 1]:
            break
    return largest


def without_native(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let torch compute what the native decoder would."""
    monkeypatch.setattr(cpu_layers, "library", lambda: None)


@pytest.mark.parametrize("is_native", [True, False], ids=["native", "torch"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_greedy_tokens_and_logits_equal_transformers(
    architecture: str, is_native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_native:
        without_native(monkeypatch)
    found = run_crowd(architecture)
    assert found.num_wrong_answers == 0
    assert found.logits < LOGIT_TOLERANCE
    assert found.was_full
    assert found.num_cached_tokens >= 16
    chunks = [item.num_tokens for batch in found.watched.batches for item in batch.sequences if not item.is_sampled]
    assert min(chunks) <= 3, "the prompts were never cut small"
    assert {len(batch.sequences) for batch in found.watched.batches} >= {1, 2, 3, 4}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_reference_answers_are_varied(architecture: str) -> None:
    answers = [greedy(architecture, prompt, NUM_TOKENS) for _, prompt in _ARRIVALS]
    assert min(len(set(answer)) for answer in answers) >= 5, "a model that repeats itself proves nothing"
    assert len({tuple(answer) for answer in answers}) == len(answers)


@pytest.mark.parametrize("architecture", ["mistral", "gemma2", "gemma3_text", "cohere2", "starcoder2", "exaone4"])
def test_prompts_are_longer_than_the_sliding_window(architecture: str) -> None:
    window = make_model(architecture).config.sliding_window
    assert sum(len(prompt) > 2 * window for prompt in _PROMPTS) >= 3


def _mutated_batch(change: Callable[[ForwardBatch], ForwardBatch]) -> Mutate:
    def mutate(monkeypatch: pytest.MonkeyPatch) -> None:
        def build(batch: ScheduledBatch, kv: KVTensors, device: torch.device) -> ForwardBatch:
            return change(build_forward_batch(batch, kv, device))

        monkeypatch.setattr(model_runner, "build_forward_batch", build)

    return mutate


def _mutated_call(**changes: Callable[[Any], Any]) -> Mutate:
    def mutate(monkeypatch: pytest.MonkeyPatch) -> None:
        class Call(attention_interface.AttentionCall):
            __slots__ = ()

            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                for name, change in changes.items():
                    setattr(self, name, change(getattr(self, name)))

        monkeypatch.setattr(attention_interface, "AttentionCall", Call)

    return mutate


def _mutated_mask(name: str, num_more: int) -> Mutate:
    """Shift the border of what a mask shows by num_more tokens to the right."""

    def mutate(monkeypatch: pytest.MonkeyPatch) -> None:
        original = getattr(attention, name)

        def mask(*args: Any) -> torch.Tensor | None:
            right = original(*args)
            if right is None or right.shape[-1] < 2:
                return right  # type: ignore[no-any-return]
            wrong = right.roll(num_more, dims=-1)
            wrong[..., 0] = 0.0
            return wrong  # type: ignore[no-any-return]

        monkeypatch.setattr(attention, name, mask)

    return mutate


def _copies_one_token_less(monkeypatch: pytest.MonkeyPatch) -> None:
    original = KVTensors.copy_prefix
    monkeypatch.setattr(
        KVTensors,
        "copy_prefix",
        lambda self, copy: original(self, dataclasses.replace(copy, num_tokens=copy.num_tokens - 1)),
    )


def _first_token_is_not_written(batch: ForwardBatch) -> ForwardBatch:
    positions = batch.positions.clone()
    positions[0] = 127
    return dataclasses.replace(batch, positions=positions)


_MUTATIONS: dict[str, tuple[str, Mutate]] = {
    "keys are written one place late": (
        "llama",
        _mutated_batch(lambda batch: dataclasses.replace(batch, positions=(batch.positions + 1).clamp(max=127))),
    ),
    "keys are written to another slot": (
        "llama",
        _mutated_batch(lambda batch: dataclasses.replace(batch, slots=(batch.slots + 1) % 8)),
    ),
    "a token's place is left stale": ("llama", _mutated_batch(_first_token_is_not_written)),
    "learned positions are one late": (
        "gpt2",
        _mutated_batch(lambda batch: dataclasses.replace(batch, position_ids=batch.position_ids + 1)),
    ),
    "rotary positions are doubled": (
        "llama",
        _mutated_batch(lambda batch: dataclasses.replace(batch, position_ids=batch.position_ids * 2)),
    ),
    "sampled tokens are the neighbours": (
        "llama",
        _mutated_batch(lambda batch: dataclasses.replace(batch, logit_tokens=(batch.logit_tokens - 1).clamp(min=0))),
    ),
    "a prompt sees the next token": ("llama", _mutated_mask("_causal_mask", 1)),
    "a prompt's token does not see itself": ("llama", _mutated_mask("_causal_mask", -1)),
    "a decode sees past its end": ("llama", _mutated_mask("_decode_mask", 1)),
    "a decode does not see its newest token": ("llama", _mutated_mask("_decode_mask", -1)),
    "the window is ignored": ("mistral", _mutated_call(window=lambda _: None)),
    "the window is one too wide": ("gemma3_text", _mutated_call(window=lambda window: window and window + 1)),
    "the window is one too narrow": ("gemma2", _mutated_call(window=lambda window: window and window - 1)),
    "the softcap is ignored": ("gemma2", _mutated_call(softcap=lambda _: None)),
    "the scale is ignored": ("granite", _mutated_call(scale=lambda _: 8**-0.5)),
    "a reused prefix lacks its last token": ("llama", _copies_one_token_less),
}


# what is wrong in the native decoder: the model, and what stands in the place of which text
_NATIVE_MUTATIONS: dict[str, tuple[str, str, str]] = {
    "a decode sees past its end": ("llama", "positions[token] + 1;", "positions[token] + 2;"),
    "a decode does not see its newest token": (
        "llama",
        "positions[token] + 1;",
        "positions[token] + !a->batch->positions[token];",
    ),
    "a prompt sees the next token": ("llama", "low_hidden = lane < behind", "low_hidden = lane + 1 < behind"),
    "a prompt's token does not see itself": ("llama", "low_hidden = lane < behind", "low_hidden = lane <= behind"),
    "the window is one too wide": (
        "mistral",
        "behind + (int32_t)layer->window;",
        "behind + (int32_t)layer->window + 1;",
    ),
    "a decode's window is one too narrow": ("mistral", "end - layer->window : 0", "end - layer->window + 1 : 0"),
    "the scale is ignored": ("granite", "dim, kind) * scale;", "dim, kind) * 0.3535f;"),
    "every token is rotated as the first": ("llama", "rotary_rows[token] * dim;", "rotary_rows[0] * dim;"),
    "a reused prefix lacks its last token": ("llama", "(size_t)(count * token)", "(size_t)((count - 1) * token)"),
    "the queries' norm is left out": ("qwen3", "group, layer->query_norm);", "group, NULL);"),
    "the bias is left out": ("qwen2", "if (linear->bias)", "if (0)"),
    "all heads share the first KV head": ("llama", "num_kv_heads + kv_head) *", "num_kv_heads + kv_head * 0) *"),
}


@pytest.mark.parametrize("mutation", _NATIVE_MUTATIONS)
def test_comparison_notices_in_the_native_decoder_that(
    mutation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    architecture, right, wrong = _NATIVE_MUTATIONS[mutation]
    name, text = instruction_set(), build.SOURCE.read_text()
    assert right in text
    assert name is not None
    source = tmp_path / "decoder.c"
    source.write_text(text.replace(right, wrong))
    build.compile_for(name, source, tmp_path / "decoder.so")
    broken = Library(ctypes.CDLL(str(tmp_path / "decoder.so")))
    monkeypatch.setattr(native_linear, "library", lambda: broken)
    monkeypatch.setattr(cpu_layers, "_relative_error", lambda *_: 0.0)  # or the layers' own trial would leave it out
    found = run_crowd(architecture)
    assert found.logits > 10 * LOGIT_TOLERANCE or found.num_wrong_answers


@pytest.mark.parametrize("mutation", _MUTATIONS)
def test_comparison_notices_that(mutation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    architecture, mutate = _MUTATIONS[mutation]
    without_native(monkeypatch)
    found = run_crowd(architecture, mutate, monkeypatch)
    assert found.logits > 10 * LOGIT_TOLERANCE
