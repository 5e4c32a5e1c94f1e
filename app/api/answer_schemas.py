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


class AnswerMessage(AnswerModel):
    role: Literal["assistant"]
    content: str
    refusal: None


class Choice(AnswerModel):
    index: int
    message: AnswerMessage
    logprobs: None
    finish_reason: Literal["stop", "length"]


class ChatCompletion(AnswerModel):
    """The whole answer of a chat completion."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    system_fingerprint: None
    choices: list[Choice]
    usage: UsageAnswer | None


class Delta(AnswerModel):
    role: Literal["assistant"] | None = None
    content: str | None = None


class ChunkChoice(AnswerModel):
    index: int
    delta: Delta
    logprobs: None
    finish_reason: Literal["stop", "length"] | None


class ChatCompletionChunk(AnswerModel):
    """One event of a streamed chat completion."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    system_fingerprint: None
    choices: list[ChunkChoice]
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


class Health(AnswerModel):
    status: Literal["ok", "ready"]


ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"model": ErrorAnswer, "description": "Any error, in OpenAI's shape."}
}
