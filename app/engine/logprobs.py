"""Log-probabilities of tokens: those that were drawn, and those of a prompt. On the logits as the model gave them."""

from __future__ import annotations

from collections.abc import Sequence as AbstractSequence

import torch

from app.engine.protocol import TokenLogprobs

# Rows that are normalised at once: a chunk of a prompt times a large vocabulary would be hundreds of megabytes.
_ROWS_AT_ONCE = 64


@torch.inference_mode()
def token_logprobs(logits: torch.Tensor, token_ids: AbstractSequence[int], *, num_top: int) -> list[TokenLogprobs]:
    """Return the log-probability of one token per row, and the num_top likeliest ones of that row.

    logits: [n, vocab] float32, not changed. Thread: the engine thread.
    """
    found: list[TokenLogprobs] = []
    for first in range(0, len(token_ids), _ROWS_AT_ONCE):
        found += _piece(logits[first : first + _ROWS_AT_ONCE], token_ids[first : first + _ROWS_AT_ONCE], num_top)
    return found


def _piece(logits: torch.Tensor, token_ids: AbstractSequence[int], num_top: int) -> list[TokenLogprobs]:
    total = logits.logsumexp(-1, keepdim=True)
    ids = torch.tensor(token_ids, dtype=torch.int64, device=logits.device)[:, None]
    chosen = (logits.gather(1, ids) - total)[:, 0].tolist()
    best = torch.topk(logits, min(num_top, logits.shape[1]), dim=-1)
    tops = zip(best.indices.tolist(), (best.values - total).tolist(), strict=True)
    return [
        TokenLogprobs(token_id, logprob, tuple(zip(top_ids, top_logprobs, strict=True)))
        for token_id, logprob, (top_ids, top_logprobs) in zip(token_ids, chosen, tops, strict=True)
    ]
