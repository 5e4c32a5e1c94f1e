"""What goes into the service and what comes out of it: the types on the border between HTTP words and inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.engine.sampling_params import SamplingParams
from app.service.stage_clock import StageClock

TextFinishReason = Literal["stop", "length", "tool_calls"]
GrammarKind = Literal["json_schema", "regex", "lark"]
ToolChoice = Literal["auto", "required"]


@dataclass(frozen=True, slots=True)
class Grammar:
    """What the whole answer must match. source: JSON text of a schema, a regular expression, or a grammar in Lark.

    param: the request's field that asked for it, for errors. is_optional: an answer that need not match is better than
    none, where the grammar can't be honoured. other: what the whole answer may match instead.
    """

    kind: GrammarKind
    source: str
    param: str = "response_format"
    is_optional: bool = False
    other: Grammar | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One chat or text completion to be made: of messages or, if there are any, of plain prompts.

    messages are ready for a chat template: `role`, `content` (a string or None) and, where they apply, `tool_calls`,
    `tool_call_id`, `name`. Each prompt is a text or its token ids. Every prompt gets num_choices answers: answer c of
    prompt p has the index p * num_choices + c and, with a seed, its own draws. grammar is what each answer must match.
    tool_choice "required" makes each answer a call: of forced_tool, if that is given; of one, without
    has_parallel_calls. max_tokens None asks for the server's default; params.max_tokens is then overwritten. timeout_s
    is counted from acceptance. cache_scope parts the prefix cache (one per API key). owner is who asks, for fairness
    between keys; "" where there are none. stages runs from the request's making; the service notes there what is over.
    """

    request_id: str
    messages: Sequence[Mapping[str, Any]] = ()
    params: SamplingParams = field(default_factory=SamplingParams)
    max_tokens: int | None = None
    tools: Sequence[Mapping[str, Any]] | None = None
    stop: tuple[str, ...] = ()
    template_kwargs: Mapping[str, Any] = field(default_factory=dict)
    timeout_s: float | None = None
    cache_scope: str = ""
    owner: str = ""
    prompts: Sequence[str | Sequence[int]] = ()
    num_choices: int = 1
    grammar: Grammar | None = None
    tool_choice: ToolChoice = "auto"
    forced_tool: str | None = None
    has_parallel_calls: bool = True
    stages: StageClock = field(default_factory=StageClock, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one request."""

    num_prompt_tokens: int
    num_completion_tokens: int
    num_cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ScoredToken:
    """One token, its log-probability, and the likeliest tokens in its place, best first. Tokens are bytes of UTF-8.

    logprob None: of a prompt's first token, which nothing comes before.
    """

    token: bytes
    logprob: float | None
    top: tuple[tuple[bytes, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of an answer's call number `index`. The first one has an id and a name; arguments are JSON text."""

    index: int
    call_id: str | None
    name: str | None
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of an answer: whole characters only, stop strings left out. The last has a finish_reason and usage.

    index: which of a request's answers it belongs to; usage is that of all answers together, and comes with the last
    delta of the last one. scores, if they were asked for: of the tokens since the last delta; prompt_scores: of the
    prompt's tokens, with an answer's first delta. reasoning and calls: what a model thought aloud, and which tools it
    called; they are then not part of the text.
    """

    text: str
    finish_reason: TextFinishReason | None = None
    usage: Usage | None = None
    index: int = 0
    scores: tuple[ScoredToken, ...] = ()
    prompt_scores: tuple[ScoredToken, ...] = ()
    reasoning: str = ""
    calls: tuple[ToolCallDelta, ...] = ()

    @property
    def text_scores(self) -> tuple[ScoredToken, ...]:
        """The scores of the text's tokens, as nearly as a delta tells them: not those of thoughts and calls."""
        is_text = bool(self.text) or not (self.reasoning or self.calls or self.finish_reason is None)
        return self.scores if is_text else ()


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """Vectors to be made of inputs, each a text or its token ids. dimensions, timeout_s: None asks for the model's own,
    and the server's.
    """

    inputs: Sequence[str | Sequence[int]]
    dimensions: int | None = None
    owner: str = ""
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector of each input, as the bytes of 32-bit floats, and how many tokens all inputs had."""

    vectors: Sequence[bytes]
    num_tokens: int


@dataclass(frozen=True, slots=True)
class ServedModel:
    """The model as clients see it. created_s is Unix time."""

    name: str
    created_s: int
    max_model_len: int
    engine_kind: str
    fingerprint: str = "fp_unknown"


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether this process should get traffic, and if not, why."""

    is_ready: bool
    reason: str = ""
