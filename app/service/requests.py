"""What goes into the service and what comes out of it: the types on the border between HTTP words and inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.engine.sampling_params import SamplingParams

TextFinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One chat completion to be made.

    messages are ready for a chat template: `role`, `content` (a string or None) and, where they apply, `tool_calls`,
    `tool_call_id`, `name`. max_tokens None asks for the server's default; params.max_tokens is then overwritten.
    timeout_s is counted from acceptance. cache_scope parts the prefix cache (one per API key). owner is who asks, for
    fairness between keys; "" where there are none.
    """

    request_id: str
    messages: Sequence[Mapping[str, Any]]
    params: SamplingParams = field(default_factory=SamplingParams)
    max_tokens: int | None = None
    tools: Sequence[Mapping[str, Any]] | None = None
    stop: tuple[str, ...] = ()
    template_kwargs: Mapping[str, Any] = field(default_factory=dict)
    timeout_s: float | None = None
    cache_scope: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one request."""

    num_prompt_tokens: int
    num_completion_tokens: int
    num_cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the stages of a request took, in seconds; None as long as it is not known.

    queue: from the end of tokenizing until the engine took it; prefill: until the first token; decode: to the last.
    """

    tokenize_s: float | None = None
    queue_s: float | None = None
    prefill_s: float | None = None
    decode_s: float | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of an answer: whole characters only, stop strings left out. The last has a finish_reason and usage."""

    text: str
    finish_reason: TextFinishReason | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class ServedModel:
    """The model as clients see it. created_s is Unix time."""

    name: str
    created_s: int
    max_model_len: int
    engine_kind: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether this process should get traffic, and if not, why."""

    is_ready: bool
    reason: str = ""
