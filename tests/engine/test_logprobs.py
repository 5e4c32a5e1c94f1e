"""Log-probabilities against transformers' own forward pass, in every way in which a prompt can be cut and batched."""

from __future__ import annotations

import pytest
import torch

from app.engine.factory import EngineOptions, engine_around
from app.engine.logprobs import token_logprobs
from app.engine.protocol import SequenceOutput, TokenLogprobs
from app.engine.sampling_params import SamplingParams
from tests.engine.drive import Drive, make_engine
from tests.engine.references import eager_logits
from tests.engine.tiny_models import copy_model, make_prompts

PROMPTS = make_prompts([40, 3, 70])
NUM_OUTPUT = 6


def scored(**fields: object) -> SamplingParams:
    fields = {"max_tokens": NUM_OUTPUT, "temperature": 0.0, "ignore_eos": True, **fields}
    return SamplingParams(**fields)  # type: ignore[arg-type]


def run(prompts: list[list[int]], params: SamplingParams, **options: object) -> list[list[SequenceOutput]]:
    """What an engine says of each prompt, all of them at once."""
    options = {"max_num_seqs": 4, "max_model_len": 128, "kind": "batched", **options}
    drive = Drive(engine_around(copy_model("llama"), EngineOptions("tiny", **options)))  # type: ignore[arg-type]
    said: dict[str, list[SequenceOutput]] = {}
    for index, prompt in enumerate(prompts):
        drive.add(str(index), prompt, params)
    while drive.engine.has_work():
        for output in drive.step().sequences:
            said.setdefault(output.request_id, []).append(output)
    return [said[str(index)] for index in range(len(prompts))]


def expected(token_ids: list[int]) -> torch.Tensor:
    """The log-probabilities [len - 1, vocab] of what follows each token but the last."""
    return torch.log_softmax(eager_logits("llama", token_ids)[:-1].float(), -1)


def assert_right(found: list[TokenLogprobs], token_ids: list[int], truth: torch.Tensor, num_top: int) -> None:
    assert [one.token_id for one in found] == token_ids
    for one, row in zip(found, truth, strict=True):
        assert one.logprob == pytest.approx(float(row[one.token_id]), abs=1e-4)
        best = torch.topk(row, num_top)
        assert [logprob for _, logprob in one.top] == pytest.approx(best.values.tolist(), abs=1e-4)


@pytest.mark.parametrize("kind", ["batched", "per-request"])
def test_generated_tokens_have_the_models_own_logprobs(kind: str) -> None:
    for prompt, outputs in zip(PROMPTS, run(PROMPTS, scored(num_logprobs=3), kind=kind), strict=True):
        answer = [token_id for output in outputs for token_id in output.new_token_ids]
        found = [one for output in outputs for one in output.logprobs]
        truth = expected(prompt + answer)[len(prompt) - 1 :]
        assert_right(found, answer, truth, 3)


@pytest.mark.parametrize(
    "options", [{"kind": "per-request"}, {"max_num_batched_tokens": 512}, {"max_num_batched_tokens": 16}], ids=str
)
def test_prompt_tokens_have_the_models_own_logprobs_however_the_prompt_is_cut(options: dict[str, object]) -> None:
    for prompt, outputs in zip(PROMPTS, run(PROMPTS, scored(num_prompt_logprobs=2), **options), strict=True):
        assert_right(list(outputs[0].prompt_logprobs), prompt[1:], expected(prompt), 2)
        assert not any(output.prompt_logprobs for output in outputs[1:]), "they come once"


@pytest.mark.parametrize("kind", ["batched", "per-request"])
@pytest.mark.parametrize("max_tokens", [1, 2])
def test_prompt_scores_come_once_with_the_first_token_though_it_be_the_last(kind: str, max_tokens: int) -> None:
    outputs = run(PROMPTS[:1], scored(max_tokens=max_tokens, num_prompt_logprobs=0), kind=kind)[0]
    assert [len(output.prompt_logprobs) for output in outputs] == [len(PROMPTS[0]) - 1, 0][:max_tokens]


def test_prompt_is_scored_whole_though_its_beginning_is_cached() -> None:
    drive = Drive(make_engine())
    drive.add("first", PROMPTS[0], scored())
    drive.finish()
    drive.add("again", PROMPTS[0], scored(num_prompt_logprobs=0))
    while not (outputs := drive.step().sequences):
        pass
    assert len(outputs[0].prompt_logprobs) == len(PROMPTS[0]) - 1
    assert outputs[0].num_cached_tokens == 0


def test_logprobs_are_of_the_model_and_not_of_the_sampling() -> None:
    plain = run(PROMPTS[:1], scored(num_logprobs=1))[0][0]
    chosen = plain.new_token_ids[0]
    biased = run(PROMPTS[:1], scored(num_logprobs=1, logit_bias={chosen: -100.0}))[0][0]
    assert biased.new_token_ids != plain.new_token_ids
    assert biased.logprobs[0].top == plain.logprobs[0].top
    assert biased.logprobs[0].logprob < plain.logprobs[0].logprob


def test_each_sequence_gets_as_many_alternatives_as_it_asked_for() -> None:
    drive = Drive(make_engine(max_num_batched_tokens=64))
    for name, num in (("none", None), ("zero", 0), ("two", 2), ("five", 5)):
        drive.add(name, PROMPTS[1], scored(num_logprobs=num))
    found = {output.request_id: output.logprobs for output in drive.step().sequences}
    assert found["none"] == ()
    assert {name: len(found[name][0].top) for name in ("zero", "two", "five")} == {"zero": 0, "two": 2, "five": 5}


def test_many_rows_are_scored_as_few_are() -> None:
    logits = torch.randn(150, 11, generator=torch.Generator().manual_seed(1))
    ids = [row % 11 for row in range(150)]
    together = token_logprobs(logits, ids, num_top=2)
    assert together == [token_logprobs(logits[row : row + 1], ids[row : row + 1], num_top=2)[0] for row in range(150)]
