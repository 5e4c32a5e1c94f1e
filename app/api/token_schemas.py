"""The requests of POST /v1/tokenize and POST /v1/detokenize."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from app.api.chat_schemas import MAX_MESSAGES, MAX_TOOLS
from app.api.message_schemas import Message, Tool
from app.api.wire import Name, RequestModel, Text, TokenId

MAX_TEXTS = 10_000
MAX_TOKEN_IDS = 131_072


class TokenizeRequest(RequestModel):
    """One of text, texts and messages. Texts are data: special-token text in them gets no special token id."""

    model: Name | None = None
    text: Text | None = None
    texts: Annotated[list[Text], Field(fail_fast=True, min_length=1, max_length=MAX_TEXTS)] | None = None
    messages: Annotated[list[Message], Field(fail_fast=True, min_length=1, max_length=MAX_MESSAGES)] | None = None
    tools: Annotated[list[Tool], Field(fail_fast=True, max_length=MAX_TOOLS)] | None = None
    add_generation_prompt: bool = Field(True, description="End the messages where the assistant is to begin.")
    return_token_ids: bool = Field(True, description="False: counts only.")

    @model_validator(mode="after")
    def _check_one_of(self) -> Self:
        if sum(value is not None for value in (self.text, self.texts, self.messages)) != 1:
            raise ValueError("send exactly one of text, texts and messages")
        if self.tools and self.messages is None:
            raise ValueError("tools go with messages only")
        return self


class DetokenizeRequest(RequestModel):
    """Token ids to be turned into text."""

    model: Name | None = None
    token_ids: Annotated[list[TokenId], Field(fail_fast=True, max_length=MAX_TOKEN_IDS)]


class VllmTokenizeRequest(RequestModel):
    """The same in vLLM's words: one of prompt and messages."""

    model: Name | None = None
    prompt: Text | None = None
    messages: Annotated[list[Message], Field(fail_fast=True, min_length=1, max_length=MAX_MESSAGES)] | None = None
    tools: Annotated[list[Tool], Field(fail_fast=True, max_length=MAX_TOOLS)] | None = None
    add_special_tokens: bool | None = Field(
        None, description="Put the token before a prompt that the model expects at a beginning; default true."
    )
    add_generation_prompt: bool = True
    return_token_strs: bool | None = Field(None, description="Tell each token's text too, of at most 4096.")

    @model_validator(mode="after")
    def _check_one_of(self) -> Self:
        if (self.prompt is None) is (self.messages is None):
            raise ValueError("send exactly one of prompt and messages")
        if self.tools and self.messages is None:
            raise ValueError("tools go with messages only")
        return self


class VllmDetokenizeRequest(RequestModel):
    """Token ids to be turned into text, in vLLM's words."""

    model: Name | None = None
    tokens: Annotated[list[TokenId], Field(fail_fast=True, max_length=MAX_TOKEN_IDS)]
