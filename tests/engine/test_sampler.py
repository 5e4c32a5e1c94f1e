"""The sampler against transformers' own processors, and row against row."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
import torch
from transformers.generation import logits_process as theirs

from app.engine.protocol import EngineRequest
from app.engine.sampler import sample
from app.engine.sampling_params import SamplingParams
from app.engine.sequence import Sequence

VOCAB = 24
GRID = 4000


def make_sequence(params: SamplingParams, *, prompt: Iterable[int] = (1, 2), output: Iterable[int] = ()) -> Sequence:
    sequence = Sequence(EngineRequest("a", list(prompt), params), arrival=0)
    for token_id in output:
        sequence.append(token_id)
    return sequence


class FixedSequence(Sequence):
    """A sequence that draws a number of the test's choice."""

    __slots__ = ("number",)

    def __init__(self, params: SamplingParams, number: float) -> None:
        super().__init__(EngineRequest("a", [1, 2], params), arrival=0)
        self.number = number

    def uniform(self) -> float:
        return self.number


def random_logits(*shape: int, seed: int = 0, scale: float = 1.5) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * scale


def draw_grid(logits: torch.Tensor, params: SamplingParams, num: int = GRID) -> torch.Tensor:
    """The tokens that evenly spaced random numbers give: their shares are the distribution, up to 1/num each."""
    sequences = [FixedSequence(params, (i + 0.5) / num) for i in range(num)]
    return torch.tensor(sample(logits.repeat(num, 1), sequences).token_ids)


def shares(tokens: torch.Tensor, vocab: int = VOCAB) -> torch.Tensor:
    return torch.bincount(tokens, minlength=vocab) / len(tokens)


def their_probabilities(logits: torch.Tensor, params: SamplingParams) -> torch.Tensor:
    """What transformers' warpers, in the order in which generate() applies them, leave of one row."""
    warpers = theirs.LogitsProcessorList()
    warpers.append(theirs.TemperatureLogitsWarper(params.temperature))
    if params.top_k:
        warpers.append(theirs.TopKLogitsWarper(params.top_k))
    if params.top_p < 1.0:
        warpers.append(theirs.TopPLogitsWarper(params.top_p))
    if params.min_p:
        warpers.append(theirs.MinPLogitsWarper(params.min_p))
    scores: torch.Tensor = warpers(torch.zeros(1, 1, dtype=torch.int64), logits.clone()[None])
    return scores.softmax(-1)[0]


@pytest.mark.parametrize("temperature", [0.3, 1.0, 1.9])
@pytest.mark.parametrize("top_k", [0, 3, 20, 500])
@pytest.mark.parametrize("top_p", [1.0, 0.6, 0.05])
@pytest.mark.parametrize("min_p", [0.0, 0.2])
def test_distribution_equals_transformers(temperature: float, top_k: int, top_p: float, min_p: float) -> None:
    params = SamplingParams(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p)
    logits = random_logits(VOCAB, seed=top_k)
    expected = their_probabilities(logits, params)
    found = shares(draw_grid(logits, params))
    torch.testing.assert_close(found, expected, atol=1.5 / GRID, rtol=0)
    assert (found[expected == 0] == 0).all()


def test_seeded_draws_follow_the_distribution() -> None:
    """Chi-square over fixed seeds: the same figure on every run."""
    num = 5000
    logits = random_logits(VOCAB)
    expected = logits.softmax(-1) * num
    sequences = [make_sequence(SamplingParams(seed=seed)) for seed in range(num)]
    counts = torch.bincount(torch.tensor(sample(logits.repeat(num, 1), sequences).token_ids), minlength=VOCAB)
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    assert chi_square < 49.7, "p < 0.001 at 23 degrees of freedom"


def test_top_p_that_needs_more_than_the_candidates_looks_at_all_tokens() -> None:
    vocab = 2000
    logits = random_logits(vocab, scale=0.3)
    params = SamplingParams(top_p=0.9)
    tokens = draw_grid(logits, params)
    expected = their_probabilities(logits, params)
    assert len(set(tokens.tolist())) > 1000
    assert (expected[tokens] > 0).all()
    torch.testing.assert_close(shares(tokens, vocab), expected, atol=1.5 / GRID, rtol=0)


def test_top_p_zero_takes_the_likeliest() -> None:
    logits = random_logits(VOCAB)
    assert set(draw_grid(logits, SamplingParams(top_p=0.0), 100).tolist()) == {int(logits.argmax())}


def test_tokens_as_likely_as_the_last_of_top_k_all_stay() -> None:
    logits = torch.tensor([3.0, 1.0, 1.0, 1.0, 0.0])
    params = SamplingParams(top_k=2)
    expected = their_probabilities(logits, params)
    assert int((expected > 0).sum()) == 4
    torch.testing.assert_close(shares(draw_grid(logits, params), 5), expected, atol=1.5 / GRID, rtol=0)


_SETTINGS = [
    SamplingParams(),
    SamplingParams(temperature=0.6),
    SamplingParams(top_k=5),
    SamplingParams(top_k=700),
    SamplingParams(top_p=0.7),
    SamplingParams(top_p=0.97, min_p=0.01),
    SamplingParams(min_p=0.1),
    SamplingParams(top_p=0.8, top_k=40, temperature=1.4),
]


@pytest.mark.parametrize("num_levels", [0, 12], ids=["all logits differ", "many logits are equal"])
def test_company_does_not_change_what_a_row_draws(num_levels: int) -> None:
    vocab = 1500
    logits = random_logits(len(_SETTINGS), vocab, scale=1.0)
    if num_levels:
        logits = (logits * num_levels / 6).round() * 6 / num_levels
    for number in torch.linspace(0, 0.9999, 41).tolist():
        crowd = sample(logits.clone(), [FixedSequence(params, number) for params in _SETTINGS]).token_ids
        alone = [
            sample(logits[row : row + 1].clone(), [FixedSequence(params, number)]).token_ids[0]
            for row, params in enumerate(_SETTINGS)
        ]
        assert crowd == alone


def test_greedy_rows_are_not_touched_by_drawn_ones() -> None:
    logits = random_logits(4, VOCAB)
    greedy = SamplingParams(temperature=0.0, top_p=0.1, min_p=0.9)
    sequences = [
        make_sequence(params)
        for params in (greedy, SamplingParams(seed=1, logit_bias={3: 100.0}), SamplingParams(top_k=1), greedy)
    ]
    chosen = sample(logits.clone(), sequences).token_ids
    best = logits.argmax(-1).tolist()
    assert [chosen[0], chosen[2], chosen[3]] == [best[0], best[2], best[3]]
    assert chosen[1] == 3


@pytest.mark.parametrize("params", _SETTINGS, ids=repr)
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "nothing"])
def test_row_that_is_not_finite_is_flagged_and_harms_nobody(params: SamplingParams, bad: float | str) -> None:
    logits = random_logits(3, VOCAB)
    spoiled = logits.clone()
    if bad == "nothing":
        spoiled[1] = float("-inf")
    else:
        spoiled[1, 7] = float(bad)
    for row, company in itertools.product((0.0, 0.4, 0.99), (params, SamplingParams(temperature=0.0))):
        right = sample(logits.clone(), [FixedSequence(company, row) for _ in range(3)])
        found = sample(spoiled.clone(), [FixedSequence(company, row) for _ in range(3)])
        assert right.is_valid == [True, True, True]
        assert found.is_valid == [True, False, True]
        assert [found.token_ids[0], found.token_ids[2]] == [right.token_ids[0], right.token_ids[2]]
        assert 0 <= found.token_ids[1] < VOCAB


def test_a_masked_token_is_never_drawn() -> None:
    logits = random_logits(VOCAB)
    logits[5:] = float("-inf")
    assert int(draw_grid(logits, SamplingParams(), 500).max()) < 5
    assert int(draw_grid(logits, SamplingParams(top_p=0.99), 500).max()) < 5


def test_logit_bias_forbids_and_forces() -> None:
    logits = random_logits(VOCAB)
    best = int(logits.argmax())
    forbidden = draw_grid(logits, SamplingParams(logit_bias={best: -100.0}), 500)
    assert best not in forbidden.tolist()
    worst = int(logits.argmin())
    assert set(draw_grid(logits, SamplingParams(logit_bias={worst: 100.0}), 500).tolist()) == {worst}
    assert sample(
        logits[None].clone(), [make_sequence(SamplingParams(temperature=0.0, logit_bias={worst: 100.0}))]
    ).token_ids == [worst]


def test_repeated_step_draws_the_same_number() -> None:
    logits = random_logits(1, VOCAB)
    sequence = make_sequence(SamplingParams(seed=5))
    first = sample(logits.clone(), [sequence]).token_ids
    assert sample(logits.clone(), [sequence]).token_ids == first
    numbers = []
    for _ in range(5):
        numbers.append(sequence.uniform())
        sequence.append(1)
    assert len(set(numbers)) == 5
