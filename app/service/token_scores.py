"""The engine's log-probabilities on their way out: gathered as tokens come, handed out with the text, as bytes."""

from __future__ import annotations

from collections.abc import Callable

from app.engine.protocol import SequenceOutput, TokenLogprobs
from app.service.requests import ScoredToken


class TokenScores:
    """Gathers one answer's scores. `bytes_of` gives a token's bytes. Thread: the event loop's.

    first_prompt_token_id: if the prompt's tokens are told too; the engine says nothing of the first one.
    """

    def __init__(self, bytes_of: Callable[[int], bytes], *, first_prompt_token_id: int | None = None) -> None:
        self._bytes_of = bytes_of
        self._first = () if first_prompt_token_id is None else (ScoredToken(bytes_of(first_prompt_token_id), None),)
        self._waiting: list[TokenLogprobs] = []  # one for each token that is not decoded yet
        self._ready: list[TokenLogprobs] = []
        self._prompt: tuple[TokenLogprobs, ...] = ()

    def put(self, output: SequenceOutput) -> None:
        """Take what a step brought."""
        self._waiting += output.logprobs
        self._prompt += output.prompt_logprobs

    def advance(self, num_tokens: int, *, num_dropped: int = 0) -> None:
        """Note that num_tokens tokens were decoded, and that the last num_dropped of them are not part of the text."""
        self._ready += self._waiting[: num_tokens - num_dropped]
        del self._waiting[:num_tokens]

    def take(self) -> tuple[ScoredToken, ...]:
        """Return the scores of what was decoded since the last call."""
        ready, self._ready = self._ready, []
        return tuple(map(self._scored, ready))

    def take_prompt(self) -> tuple[ScoredToken, ...]:
        """Return the prompt's scores, once."""
        first, self._first = self._first, ()
        prompt, self._prompt = self._prompt, ()
        return (*first, *map(self._scored, prompt))

    def _scored(self, found: TokenLogprobs) -> ScoredToken:
        top = tuple((self._bytes_of(token_id), logprob) for token_id, logprob in found.top)
        return ScoredToken(self._bytes_of(found.token_id), found.logprob, top)
