"""What POST /v1/responses answers, for the interactive documentation; tests hold the real answers against it."""

from __future__ import annotations

from typing import Any, Literal

from app.api.answer_schemas import TokenLogprob
from app.api.wire import AnswerModel

ItemStatus = Literal["in_progress", "completed", "incomplete"]


class OutputText(AnswerModel):
    type: Literal["output_text"]
    text: str
    annotations: list[Any]
    logprobs: list[TokenLogprob]


class OutputMessage(AnswerModel):
    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    status: ItemStatus
    content: list[OutputText]


class ReasoningText(AnswerModel):
    type: Literal["reasoning_text"]
    text: str


class OutputReasoning(AnswerModel):
    id: str
    type: Literal["reasoning"]
    summary: list[Any]
    status: ItemStatus
    content: list[ReasoningText]


class OutputCall(AnswerModel):
    """`arguments` is JSON text."""

    id: str
    type: Literal["function_call"]
    call_id: str
    name: str
    arguments: str
    status: ItemStatus


class InputTokensDetails(AnswerModel):
    cached_tokens: int
    cache_write_tokens: int


class OutputTokensDetails(AnswerModel):
    """Thoughts are not counted apart: always 0."""

    reasoning_tokens: int


class ResponseUsage(AnswerModel):
    input_tokens: int
    input_tokens_details: InputTokensDetails
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    total_tokens: int


class IncompleteDetails(AnswerModel):
    reason: Literal["max_output_tokens"]


class ResponseAnswer(AnswerModel):
    """The whole response; what it repeats of its request stands as it came."""

    id: str
    object: Literal["response"]
    created_at: int
    status: ItemStatus
    model: str
    output: list[OutputMessage | OutputReasoning | OutputCall]
    usage: ResponseUsage | None
    incomplete_details: IncompleteDetails | None
    error: None
    instructions: str | None
    max_output_tokens: int | None
    temperature: float | None
    top_p: float | None
    text: dict[str, Any]
    tools: list[dict[str, Any]]
    tool_choice: str | dict[str, Any]
    parallel_tool_calls: bool
    background: Literal[False]
    store: Literal[False]
    previous_response_id: None
    truncation: Literal["disabled"]
    reasoning: dict[str, None]
    metadata: dict[str, str]
    top_logprobs: int
