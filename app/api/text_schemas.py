"""The request of POST /v1/completions."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from app.api.known_fields import TEXT_FIELDS
from app.api.sampling_schemas import SamplingFields
from app.api.wire import Text, TokenId
from app.engine.sampling_params import MAX_LOGPROBS

MAX_PROMPTS = 1024
MAX_PROMPT_TOKENS = 131_072
DEFAULT_MAX_TOKENS = 16  # OpenAI's

Prompt = Annotated[Text, Field(min_length=1)]
PromptTokens = Annotated[list[TokenId], Field(fail_fast=True, min_length=1, max_length=MAX_PROMPT_TOKENS)]


class TextCompletionRequest(SamplingFields):
    """A text to be continued, as it stands: without a chat template."""

    refused_fields = TEXT_FIELDS

    prompt: (
        Prompt
        | PromptTokens
        | Annotated[list[Prompt], Field(fail_fast=True, min_length=1, max_length=MAX_PROMPTS)]
        | Annotated[list[PromptTokens], Field(fail_fast=True, min_length=1, max_length=MAX_PROMPTS)]
    ) = Field(description="A text, its token ids, or a list of one of these.")
    max_tokens: Annotated[int, Field(ge=0, le=10_000_000)] | None = Field(
        None, description=f"Tokens to generate at most, {DEFAULT_MAX_TOKENS} if not given; 0 only with echo."
    )
    logprobs: Annotated[int, Field(ge=0, le=MAX_LOGPROBS)] | None = Field(
        None, description="Tell each token's log-probability, and those of so many likeliest ones."
    )
    echo: bool | None = Field(None, description="Give back the prompt before the text.")

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        self.check_stream_options()
        if self.max_tokens == 0 and not self.echo:
            raise ValueError("max_tokens may be 0 only with echo=true")
        return self

    @property
    def prompts(self) -> list[str | list[int]]:
        """The prompts, however they were given."""
        if isinstance(self.prompt, str):
            return [self.prompt]
        if isinstance(self.prompt[0], int):
            return [self.prompt]  # a list of ids is one prompt
        return list(self.prompt)
