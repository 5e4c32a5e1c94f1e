"""What an engine is to the rest of the service: requests in, token ids out. Names no tensor and no thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from app.engine.constraint import TokenConstraint
from app.engine.sampling_params import SamplingParams
from app.errors import EngineError

FinishReason = Literal["stop", "length", "error"]


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """One prompt to be continued. `cache_scope` parts the prefix cache: prefixes are never shared across scopes.

    `constraint` limits what may be generated; it is this request's own and changes with every token.
    """

    request_id: str
    prompt_token_ids: Sequence[int]
    params: SamplingParams
    cache_scope: str = ""
    constraint: TokenConstraint | None = None


@dataclass(frozen=True, slots=True)
class TokenLogprobs:
    """How likely the model found one token, and which ones it found likeliest, best first.

    Natural logarithms of the model's own distribution: before penalties, bias, temperature and any constraint.
    """

    token_id: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class SequenceOutput:
    """What one step brought for one request.

    The last output of a request has a finish_reason; for "error" it also has the error. An end-of-sequence or stop
    token is among new_token_ids (it counts as generated; the detokenizer leaves it out of the text). logprobs, if they
    were asked for, has one entry for each of new_token_ids; prompt_logprobs comes with the first token and has one for
    each prompt token but the first.
    """

    request_id: str
    new_token_ids: tuple[int, ...] = ()
    finish_reason: FinishReason | None = None
    num_cached_tokens: int = 0
    error: EngineError | None = None
    logprobs: tuple[TokenLogprobs, ...] = ()
    prompt_logprobs: tuple[TokenLogprobs, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineStats:
    """A snapshot for metrics, taken at the end of a step."""

    num_waiting: int = 0
    num_running: int = 0
    num_cached_tokens: int = 0
    max_cached_tokens: int = 0
    num_preemptions: int = 0


@dataclass(frozen=True, slots=True)
class StepOutput:
    """All that one step brought. Requests that got no token in this step are absent."""

    sequences: tuple[SequenceOutput, ...] = ()
    num_prefill_tokens: int = 0
    num_decode_tokens: int = 0
    stats: EngineStats = EngineStats()


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What the service must know of a loaded engine."""

    kind: Literal["batched", "per-request"]
    vocab_size: int
    max_model_len: int
    max_num_seqs: int
    eos_token_ids: frozenset[int]
    device: str
    dtype: str


class Engine(Protocol):
    """A synchronous engine. It has no locks: exactly one thread may be inside it at any time.

    `add` and `abort` are quick (no tensor work) and may be called between steps from the thread that owns the engine
    then. `step` computes and may take long.
    """

    @property
    def info(self) -> EngineInfo: ...

    def add(self, request: EngineRequest) -> None:
        """Take a request. Raises: InvalidRequestError, for what `info` says can't be served."""

    def abort(self, request_id: str) -> None:
        """Drop a request and free what it holds; an unknown id is fine (it may just have finished)."""

    def has_work(self) -> bool:
        """Whether `step` would do anything."""

    def step(self) -> StepOutput:
        """Advance every running request; at most a token each, or a chunk of its prompt."""

    def stats(self) -> EngineStats: ...

    def close(self) -> None:
        """Free memory and threads. Idempotent."""
