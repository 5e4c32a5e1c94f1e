"""Logits to token ids: every sequence's own settings, all sequences in one vectorised pass.

The order is transformers': penalties and bias, constraint, temperature, top_k, top_p, min_p. A token is drawn by
inverting the cumulative distribution at one uniform number from the sequence's own generator, so a seeded request
draws the same tokens from the same logits whatever it is batched with.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as AbstractSequence
from dataclasses import dataclass, field

import numpy as np
import torch

from app.engine.constraint import Masks, apply_masks, masks_of
from app.engine.logprobs import token_logprobs
from app.engine.protocol import TokenLogprobs
from app.engine.sampling_params import SamplingParams
from app.engine.sequence import Sequence

# Enough candidates for top_p in nearly every case; where the best ones do not add up to top_p, all are looked at.
_NUM_CANDIDATES = 512


@dataclass(frozen=True, slots=True)
class SampledTokens:
    """One token id per row, and whether the row's logits were numbers at all (a broken sequence ends alone).

    logprobs: of the rows that ask for them, by row.
    """

    token_ids: list[int]
    is_valid: list[bool]
    logprobs: dict[int, TokenLogprobs] = field(default_factory=dict)


@torch.inference_mode()
def sample(logits: torch.Tensor, sequences: AbstractSequence[Sequence], masks: Masks | None = None) -> SampledTokens:
    """Choose the next token of each sequence.

    logits: [num_seqs, vocab] float32; it is overwritten. masks: of the sequences with a constraint, by row; None: they
    are computed here. One transfer to the host, at the end, and more only where _NUM_CANDIDATES were too few for a row
    or log-probabilities are asked for: on a GPU each waits for the device.
    Thread: the engine thread.
    """
    asking = [i for i, sequence in enumerate(sequences) if sequence.request.params.num_logprobs is not None]
    untouched = logits[asking] if asking else logits  # a copy: what follows changes the logits
    apply_penalties(logits, sequences)
    apply_masks(logits, masks_of(sequences) if masks is None else masks)
    best = logits.max(dim=-1)
    # NaN is the maximum of any row that holds one, +inf too; a row of nothing but -inf has no token either.
    is_valid = torch.isfinite(best.values)
    token_ids, is_certain = best.indices, torch.ones_like(is_valid)
    rows = [i for i, sequence in enumerate(sequences) if not sequence.request.params.is_greedy]
    if rows:
        drawn, certain = _draw(_select(logits, rows), [sequences[i] for i in rows], _NUM_CANDIDATES)
        places = _long(rows, logits)
        token_ids, is_certain = token_ids.index_copy(0, places, drawn), is_certain.index_copy(0, places, certain)
    host = torch.stack([token_ids, is_valid.long(), is_certain.long()]).tolist()
    if doubtful := [i for i, is_sure in enumerate(host[2]) if not is_sure]:
        drawn, _ = _draw(_select(logits, doubtful), [sequences[i] for i in doubtful], logits.shape[1])
        for i, token_id in zip(doubtful, drawn.tolist(), strict=True):
            host[0][i] = token_id
    chosen = SampledTokens(host[0], [bool(valid) for valid in host[1]])
    if asking:
        num_top = max(sequences[i].request.params.num_logprobs or 0 for i in asking)
        found = token_logprobs(untouched, [chosen.token_ids[i] for i in asking], num_top=num_top)
        for i, one in zip(asking, found, strict=True):
            chosen.logprobs[i] = _with_top(one, sequences[i].request.params.num_logprobs or 0)
    return chosen


def _with_top(found: TokenLogprobs, num_top: int) -> TokenLogprobs:
    return TokenLogprobs(found.token_id, found.logprob, found.top[:num_top])


def apply_penalties(logits: torch.Tensor, sequences: AbstractSequence[Sequence]) -> None:
    """Apply penalties and biases in place, touching only the ids that they concern.

    repetition: Keskar et al. 2019 (arXiv 1909.05858) as in transformers; presence and frequency: OpenAI's formula.
    """
    states = [(i, s.penalties, s.request.params) for i, s in enumerate(sequences) if s.penalties is not None]
    if not states:
        return
    sizes = [len(state.ids) for _, state, _ in states]

    def spread(value: Callable[[SamplingParams], float]) -> torch.Tensor:
        return torch.from_numpy(np.repeat(np.array([value(p) for *_, p in states], np.float32), sizes)).to(
            device, non_blocking=True
        )

    device = logits.device
    rows = torch.from_numpy(np.repeat(np.array([i for i, *_ in states], np.int64), sizes)).to(device, non_blocking=True)
    ids = torch.from_numpy(np.concatenate([state.ids for _, state, _ in states])).to(device, non_blocking=True)
    counts = torch.from_numpy(np.concatenate([state.output_counts for _, state, _ in states])).to(
        device, non_blocking=True
    )
    seen = torch.from_numpy(np.concatenate([state.seen for _, state, _ in states])).to(device, non_blocking=True)
    bias = torch.from_numpy(np.concatenate([state.bias for _, state, _ in states])).to(device, non_blocking=True)
    repetition = torch.where(seen, spread(lambda p: p.repetition_penalty), 1.0)
    values = logits[rows, ids]
    values = torch.where(values > 0, values / repetition, values * repetition)
    values -= counts * spread(lambda p: p.frequency_penalty) + (counts > 0) * spread(lambda p: p.presence_penalty)
    logits[rows, ids] = values + bias


def _draw(logits: torch.Tensor, sequences: list[Sequence], num_candidates: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw one id per row of logits [n, vocab]; returns int64 [n], and bool [n], whether the candidates were enough.

    How a row is drawn depends on its own settings only, never on the others': or a seed would not be one.
    """
    params, uniform = [s.request.params for s in sequences], [s.uniform() for s in sequences]
    # A temperature so small that its inverse overflows is greedy to any float.
    temperature = _column([max(p.temperature, 1e-4) for p in params], logits)
    logits = (logits - logits.max(dim=-1, keepdim=True).values) / temperature
    limited = [i for i, p in enumerate(params) if p.top_k > 0 or p.top_p < 1.0]
    plain = sorted(set(range(len(params))) - set(limited))
    drawn = torch.empty(len(params), dtype=torch.int64, device=logits.device)
    is_certain = torch.ones(len(params), dtype=torch.bool, device=logits.device)
    if plain:
        own = _draw_from_all(_select(logits, plain), [params[i] for i in plain], [uniform[i] for i in plain])
        drawn.index_copy_(0, _long(plain, logits), own)
    if limited:
        own, certain = _draw_from_best(
            _select(logits, limited), [params[i] for i in limited], [uniform[i] for i in limited], num_candidates
        )
        drawn.index_copy_(0, _long(limited, logits), own)
        is_certain.index_copy_(0, _long(limited, logits), certain)
    return drawn, is_certain


def _draw_from_all(logits: torch.Tensor, params: list[SamplingParams], uniform: list[float]) -> torch.Tensor:
    return _invert(_cut_min_p(torch.softmax(logits, dim=-1), params), uniform)


def _draw_from_best(
    logits: torch.Tensor, params: list[SamplingParams], uniform: list[float], num_candidates: int
) -> tuple[torch.Tensor, torch.Tensor]:
    vocab = logits.shape[1]
    # One more than top_k, to see whether others are as likely as the last one.
    num_candidates = min(vocab, max(num_candidates, *(p.top_k + 1 for p in params)))
    probs, ids, is_certain = _candidates(logits, params, num_candidates)
    place = _invert(_cut_min_p(probs, params), uniform)
    return ids.gather(1, place[:, None])[:, 0], is_certain | (num_candidates == vocab)


def _candidates(
    logits: torch.Tensor, params: list[SamplingParams], num_candidates: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The likeliest ids, best first, with their probabilities after top_k and top_p (0 if cut); both [n, k].

    Also whether [n] nothing beyond them could have been kept. Ids as likely as top_k's last one are all kept.
    """
    values, ids = _best(logits, num_candidates)
    ranks = torch.arange(num_candidates, device=logits.device)
    top_k = _long([min(p.top_k or num_candidates, num_candidates) for p in params], logits)[:, None]
    kept = values.masked_fill(values < values.gather(1, top_k - 1), float("-inf"))
    has_top_k = _there(torch.tensor([[p.top_k > 0] for p in params]), logits)
    total = torch.where(has_top_k, kept.logsumexp(-1, keepdim=True), logits.logsumexp(-1, keepdim=True))
    probs = torch.exp(kept - total)
    before = probs.cumsum(-1) - probs
    # The likeliest is always kept, also at top_p 0.
    top_p = _column([p.top_p for p in params], logits)
    probs = probs.masked_fill((before >= top_p) & (ranks > 0) & (top_p < 1.0), 0.0)
    least = values.masked_fill(probs == 0.0, float("inf")).min(dim=-1).values
    return probs, ids, values[:, -1] < least


def _best(logits: torch.Tensor, num_best: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The highest logits and their ids, both [n, num_best]; equals (common in half precision) in the ids' order."""
    if num_best == logits.shape[1]:
        in_full = torch.sort(logits, dim=-1, descending=True, stable=True)
        return in_full.values, in_full.indices
    best = torch.topk(logits, num_best, dim=-1)
    by_id = best.indices.sort(dim=-1)
    by_value = best.values.gather(1, by_id.indices).sort(dim=-1, descending=True, stable=True)
    return by_value.values, by_id.values.gather(1, by_value.indices)


def _cut_min_p(probs: torch.Tensor, params: list[SamplingParams]) -> torch.Tensor:
    """Cut what is less likely than min_p times the likeliest."""
    if all(p.min_p == 0.0 for p in params):
        return probs
    floor = _column([p.min_p for p in params], probs) * probs.max(dim=-1, keepdim=True).values
    return probs.masked_fill(probs < floor, 0.0)


def _invert(probs: torch.Tensor, uniform: list[float]) -> torch.Tensor:
    """The place in each row of probs [n, k] where its running sum passes the row's uniform share of its total."""
    # Running sums over a vocabulary lose the rarest tokens in float32; MPS has nothing wider.
    wide = torch.float32 if probs.device.type == "mps" else torch.float64
    sums = probs.cumsum(-1, dtype=wide)
    total = sums[:, -1:]
    share = _there(torch.tensor(uniform, dtype=wide), probs)[:, None] * total
    share = torch.minimum(share, torch.nextafter(total, torch.zeros_like(total)))
    # A row of NaN passes nowhere; its place must exist all the same, or a GPU would lose its context over it.
    return torch.searchsorted(sums, share, right=True)[:, 0].clamp_(max=probs.shape[1] - 1)


def _select(logits: torch.Tensor, rows: list[int]) -> torch.Tensor:
    return logits if len(rows) == len(logits) else logits.index_select(0, _long(rows, logits))


def _column(values: list[float], like: torch.Tensor) -> torch.Tensor:
    return _there(torch.tensor(values, dtype=torch.float32), like)[:, None]


def _long(values: list[int], like: torch.Tensor) -> torch.Tensor:
    return _there(torch.tensor(values, dtype=torch.int64), like)


def _there(values: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Small values, on the device of `like`, without waiting for it: pageable memory is staged before this returns."""
    return values.to(like.device, non_blocking=True)
