"""The request of POST /v1/chat/completions."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.api.format_schemas import ResponseFormat, StructuredOutputs
from app.api.known_fields import CHAT_FIELDS
from app.api.message_schemas import Message, NamedTool, Tool
from app.api.sampling_schemas import MaxTokens, SamplingFields
from app.api.wire import RequestModel
from app.engine.sampling_params import MAX_LOGPROBS

MAX_MESSAGES = 4096
MAX_TOOLS = 128


class ChatTemplateKwargs(RequestModel):
    """Variables for the model's own chat template: only these, for a template is a program."""

    enable_thinking: bool | None = Field(None, description="For models that think aloud first, if they are let.")


class ChatCompletionRequest(SamplingFields):
    """A chat completion to be made."""

    refused_fields = CHAT_FIELDS

    messages: Annotated[list[Message], Field(fail_fast=True, min_length=1, max_length=MAX_MESSAGES)]
    max_tokens: MaxTokens | None = Field(None, description="The old name of max_completion_tokens.")
    max_completion_tokens: MaxTokens | None = Field(
        None,
        description="Tokens to generate at most, UNBLOCKED_DEFAULT_MAX_TOKENS (512) if not given; cut to what the "
        "prompt leaves of the context.",
    )
    logprobs: bool | None = Field(None, description="Tell each token's log-probability.")
    top_logprobs: Annotated[int, Field(ge=0, le=MAX_LOGPROBS)] | None = Field(
        None, description="And those of so many likeliest tokens."
    )
    tools: Annotated[list[Tool], Field(fail_fast=True, max_length=MAX_TOOLS)] | None = None
    tool_choice: Literal["auto", "none", "required"] | NamedTool | None = None
    parallel_tool_calls: bool | None = Field(None, description="Whether an answer may hold several calls.")
    chat_template_kwargs: ChatTemplateKwargs | None = None
    response_format: ResponseFormat | None = Field(None, description="What form the answer must have.")
    structured_outputs: StructuredOutputs | None = Field(None, description="vLLM's way to say the same, and more.")

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        self.check_stream_options()
        if None not in (self.max_tokens, self.max_completion_tokens) and self.max_tokens != self.max_completion_tokens:
            raise ValueError("max_tokens and max_completion_tokens differ; send one of them")
        if self.top_logprobs is not None and not self.logprobs:
            raise ValueError("top_logprobs is for requests with logprobs=true")
        if self.tool_choice not in (None, "none", "auto") and not self.tools:
            raise ValueError("tool_choice asks for a call and there are no tools")
        if self.response_format is not None and self.structured_outputs is not None:
            raise ValueError("response_format and structured_outputs exclude each other; send one of them")
        return self
