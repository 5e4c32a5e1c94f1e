"""One request inside the engine: its tokens, how far they are computed, where its keys and values are."""

from __future__ import annotations

import random
from enum import Enum

from app.engine.penalties import PenaltyState
from app.engine.protocol import EngineRequest, FinishReason, TokenLogprobs


class SequenceStatus(Enum):
    """Where a sequence is in its life."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"


class Sequence:
    """The engine's own, mutable view of a request.

    token_ids holds prompt and output; the first num_computed of them have keys and values in `slot`. Every token that
    is not computed yet goes through the model before the next one is sampled, so a decode is a sequence with exactly
    one token left and a prefill (or a preempted sequence on its return) one with more.
    """

    __slots__ = (
        "_uniform",
        "arrival",
        "num_cached_tokens",
        "num_computed",
        "num_prompt_tokens",
        "penalties",
        "prompt_logprobs",
        "request",
        "rng",
        "slot",
        "status",
        "token_ids",
    )

    def __init__(self, request: EngineRequest, *, arrival: int) -> None:
        self.request = request
        self.arrival = arrival
        self.token_ids: list[int] = list(request.prompt_token_ids)
        self.num_prompt_tokens = len(self.token_ids)
        self.num_computed = 0
        self.num_cached_tokens = 0
        self.slot: int | None = None
        self.status = SequenceStatus.WAITING
        # One uniform number a token, from the sequence's own generator: what it draws does not depend on its company.
        seed = request.params.seed
        self.rng = random.Random(None if seed is None else seed % 2**64)  # Random itself drops the sign
        self._uniform: float | None = None
        self.penalties = PenaltyState.of(request.params, self.token_ids)
        self.prompt_logprobs: list[TokenLogprobs] = []  # of the prompt's second token, and so on

    @property
    def num_output_tokens(self) -> int:
        return len(self.token_ids) - self.num_prompt_tokens

    @property
    def num_remaining(self) -> int:
        """Tokens that must go through the model before the next one can be sampled."""
        return len(self.token_ids) - self.num_computed

    @property
    def is_prompt_scored(self) -> bool:
        """Whether the log-probabilities of the prompt's own tokens are wanted; then all of it must be computed."""
        return self.request.params.num_prompt_logprobs is not None

    def uniform(self) -> float:
        """The random number in [0, 1) for the next token; the same until that is appended: a step may be repeated."""
        if self._uniform is None:
            self._uniform = self.rng.random()
        return self._uniform

    def append(self, token_id: int) -> None:
        """Take a sampled token."""
        self._uniform = None
        self.token_ids.append(token_id)
        if self.request.constraint is not None:
            self.request.constraint.accept(token_id)
        if self.penalties is not None:
            self.penalties.add_output(token_id)

    def finish_reason(self, *, eos_token_ids: frozenset[int], max_model_len: int) -> FinishReason | None:
        """Why the sequence ends with its newest token, or None if it goes on."""
        params = self.request.params
        last = self.token_ids[-1]
        if last in params.stop_token_ids or (last in eos_token_ids and not params.ignore_eos):
            return "stop"
        if self.num_output_tokens >= params.max_tokens or len(self.token_ids) >= max_model_len:
            return "length"
        return None

    def __repr__(self) -> str:
        return (
            f"<Sequence {self.request.request_id} {self.status.value} slot={self.slot} "
            f"{self.num_computed}/{len(self.token_ids)} tokens>"
        )
