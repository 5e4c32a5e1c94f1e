"""What the service answers, for the interactive documentation; tests hold the real answers against it."""

from __future__ import annotations

from typing import Any, Literal

from app.api.wire import AnswerModel


class ErrorObject(AnswerModel):
    message: str
    type: str
    param: str | None
    code: str | None


class ErrorAnswer(AnswerModel):
    """Every error of every route."""

    error: ErrorObject


class PromptTokensDetails(AnswerModel):
    cached_tokens: int


class UsageAnswer(AnswerModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptTokensDetails


class TopLogprob(AnswerModel):
    token: str
    logprob: float
    bytes: list[int]


class TokenLogprob(TopLogprob):
    top_logprobs: list[TopLogprob]


class ChoiceLogprobs(AnswerModel):
    """Natural logarithms of the model's own probabilities, before penalties and temperature."""

    content: list[TokenLogprob]
    refusal: None


class AnswerFunction(AnswerModel):
    """`arguments` is JSON text."""

    name: str
    arguments: str


class AnswerToolCall(AnswerModel):
    id: str
    type: Literal["function"]
    function: AnswerFunction


class AnswerMessage(AnswerModel):
    role: Literal["assistant"]
    content: str | None
    refusal: None
    reasoning_content: str | None = None
    tool_calls: list[AnswerToolCall] | None = None


class Choice(AnswerModel):
    index: int
    message: AnswerMessage
    logprobs: ChoiceLogprobs | None
    finish_reason: Literal["stop", "length", "tool_calls"]


class ChatCompletion(AnswerModel):
    """The whole answer of a chat completion."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    system_fingerprint: str
    choices: list[Choice]
    usage: UsageAnswer | None


class DeltaFunction(AnswerModel):
    name: str | None = None
    arguments: str


class DeltaToolCall(AnswerModel):
    index: int
    id: str | None = None
    type: Literal["function"] | None = None
    function: DeltaFunction


class Delta(AnswerModel):
    role: Literal["assistant"] | None = None
    content: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[DeltaToolCall] | None = None


class ChunkChoice(AnswerModel):
    index: int
    delta: Delta
    logprobs: ChoiceLogprobs | None
    finish_reason: Literal["stop", "length", "tool_calls"] | None


class ChatCompletionChunk(AnswerModel):
    """One event of a streamed chat completion."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    system_fingerprint: str
    choices: list[ChunkChoice]
    usage: UsageAnswer | None = None


class TextLogprobs(AnswerModel):
    """One entry for each token; a prompt's first one has no probability. text_offset counts characters."""

    tokens: list[str]
    token_logprobs: list[float | None]
    top_logprobs: list[dict[str, float] | None]
    text_offset: list[int]


class TextChoice(AnswerModel):
    index: int
    text: str
    logprobs: TextLogprobs | None
    finish_reason: Literal["stop", "length"] | None


class TextCompletion(AnswerModel):
    """The whole answer of a text completion, and each event of a streamed one."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    system_fingerprint: str
    choices: list[TextChoice]
    usage: UsageAnswer | None = None


class ModelAnswer(AnswerModel):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "unblocked"
    max_model_len: int
    engine: str


class ModelList(AnswerModel):
    object: Literal["list"] = "list"
    data: list[ModelAnswer]


class TokenizeAnswer(AnswerModel):
    """Token ids and their number; lists of both when `texts` were sent."""

    model: str
    max_model_len: int
    count: int
    counts: list[int] | None = None
    token_ids: list[int] | list[list[int]] | None = None


class DetokenizeAnswer(AnswerModel):
    model: str
    text: str


class VllmTokenizeAnswer(AnswerModel):
    count: int
    max_model_len: int
    tokens: list[int]
    token_strs: list[str] | None


class VllmDetokenizeAnswer(AnswerModel):
    prompt: str


class Health(AnswerModel):
    status: Literal["ok", "ready"]


ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"model": ErrorAnswer, "description": "Any error, in OpenAI's shape."}
}

# A stream of events, each a JSON value; for a stream that has no schema of its own here.
EVENT_STREAM: dict[str, Any] = {"text/event-stream": {"itemSchema": {"type": "object"}}}
