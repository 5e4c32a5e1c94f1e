"""Penalties and biases: transformers' repetition penalty, OpenAI's formula, and each row's own ids only."""

from __future__ import annotations

import pytest
import torch
from transformers.generation import logits_process as theirs

from app.engine.sampler import apply_penalties
from app.engine.sampling_params import SamplingParams
from tests.engine.test_sampler import VOCAB, make_sequence, random_logits


@pytest.mark.parametrize("penalty", [0.5, 1.3])
def test_repetition_penalty_equals_transformers(penalty: float) -> None:
    prompt, output = [3, 5, 5, 9], [1, 3, 1]
    logits = random_logits(1, VOCAB)
    processor = theirs.RepetitionPenaltyLogitsProcessor(penalty)
    expected = processor(torch.tensor([prompt + output]), logits.clone())
    params = SamplingParams(repetition_penalty=penalty)
    apply_penalties(logits, [make_sequence(params, prompt=prompt, output=output)])
    torch.testing.assert_close(logits, expected)


def test_presence_and_frequency_penalties_follow_openais_formula() -> None:
    """mu[j] -> mu[j] - c[j] * frequency - (c[j] > 0) * presence, with c counting the output only."""
    logits = random_logits(1, VOCAB)
    expected = logits.clone()
    for token_id, count in {4: 3, 6: 1}.items():
        expected[0, token_id] -= count * 0.5 + 0.75
    params = SamplingParams(frequency_penalty=0.5, presence_penalty=0.75)
    apply_penalties(logits, [make_sequence(params, prompt=[9, 9], output=[4, 6, 4, 4])])
    torch.testing.assert_close(logits, expected)


def test_penalties_count_tokens_of_long_outputs() -> None:
    output = list(range(200)) + [150] * 5
    logits = torch.zeros(1, 300)
    apply_penalties(logits, [make_sequence(SamplingParams(frequency_penalty=1.0), output=output)])
    expected = torch.zeros(300)
    expected[:200] = -1.0
    expected[150] = -6.0
    torch.testing.assert_close(logits[0], expected)


def test_bias_and_penalties_of_one_row_leave_the_others() -> None:
    logits = random_logits(3, VOCAB)
    before = logits.clone()
    mixed = SamplingParams(logit_bias={2: -7.5}, repetition_penalty=1.2, presence_penalty=1.0)
    sequences = [
        make_sequence(SamplingParams()),
        make_sequence(mixed, prompt=[2, 8], output=[8]),
        make_sequence(SamplingParams(logit_bias={0: 1.5})),
    ]
    apply_penalties(logits, sequences)
    torch.testing.assert_close(logits[0], before[0])
    changed = before[1].clone()
    changed[[2, 8]] = torch.where(changed[[2, 8]] > 0, changed[[2, 8]] / 1.2, changed[[2, 8]] * 1.2)
    changed[8] -= 1.0
    changed[2] -= 7.5
    torch.testing.assert_close(logits[1], changed)
    assert (logits[2] != before[2]).nonzero().flatten().tolist() == [0]
    assert float(logits[2, 0] - before[2, 0]) == pytest.approx(1.5)
