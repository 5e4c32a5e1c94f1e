"""Log-probabilities as OpenAI writes them: one way for chat, another for text completions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.service.requests import ScoredToken

_LEAST = -9999.0  # JSON has no infinity; OpenAI writes this


def chat_logprobs(scores: Iterable[ScoredToken]) -> dict[str, object]:
    """Return the `logprobs` object of a chat choice."""
    return {"content": logprob_entries(scores), "refusal": None}


def logprob_entries(scores: Iterable[ScoredToken]) -> list[dict[str, object]]:
    """Return one object for each token."""
    return [
        {**_entry(score.token, score.logprob), "top_logprobs": [_entry(token, value) for token, value in score.top]}
        for score in scores
    ]


def text_logprobs(scores: Sequence[ScoredToken], *, num_chars_before: int) -> dict[str, object]:
    """Return the `logprobs` object of a text completion. num_chars_before: of the text that came before these."""
    offsets, chars = [], num_chars_before
    for score in scores:
        offsets.append(chars)
        chars += len(_text(score.token))
    return {
        "tokens": [_text(score.token) for score in scores],
        "token_logprobs": [None if score.logprob is None else _finite(score.logprob) for score in scores],
        "top_logprobs": [_tops(score) for score in scores],
        "text_offset": offsets,
    }


def _tops(score: ScoredToken) -> dict[str, float] | None:
    """The likeliest tokens and, as OpenAI has it, the token itself. Nothing for a text's first token."""
    if score.logprob is None:
        return None
    tops = {_text(token): _finite(logprob) for token, logprob in score.top}
    tops.setdefault(_text(score.token), _finite(score.logprob))
    return tops


def _entry(token: bytes, logprob: float | None) -> dict[str, object]:
    return {"token": _text(token), "logprob": _finite(logprob or 0.0), "bytes": list(token)}


def _text(token: bytes) -> str:
    return token.decode("utf-8", "replace")


def _finite(logprob: float) -> float:
    return max(logprob, _LEAST)
