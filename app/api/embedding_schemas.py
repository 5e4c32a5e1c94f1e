"""The request of POST /v1/embeddings, and its answer for the interactive documentation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from app.api.known_fields import without_neutral_fields
from app.api.text_schemas import Prompt, PromptTokens
from app.api.wire import AnswerModel, Name, RequestModel

MAX_INPUTS = 2048
MAX_DIMENSIONS = 1_000_000


class EmbeddingsRequest(RequestModel):
    """Vectors to be made."""

    model: Name = Field(description="The embedding model's name, as GET /v1/models gives it.")
    input: (
        Prompt
        | PromptTokens
        | Annotated[list[Prompt], Field(fail_fast=True, min_length=1, max_length=MAX_INPUTS)]
        | Annotated[list[PromptTokens], Field(fail_fast=True, min_length=1, max_length=MAX_INPUTS)]
    ) = Field(description="A text, its token ids as they stand, or a list of one of these.")
    dimensions: Annotated[int, Field(ge=1, le=MAX_DIMENSIONS)] | None = Field(
        None, description="Keep so many of each vector's dimensions, the first ones."
    )
    encoding_format: Literal["float", "base64"] | None = Field(
        None, description="Numbers (default), or the bytes of little-endian 32-bit floats."
    )
    user: Annotated[str, StringConstraints(max_length=512)] | None = Field(None, description="Taken and not used.")

    @model_validator(mode="before")
    @classmethod
    def _refuse_what_is_not_known(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return without_neutral_fields(data, supported=cls.model_fields, unsupported={})

    @property
    def inputs(self) -> list[str | list[int]]:
        """The inputs, however they were given."""
        if isinstance(self.input, str):
            return [self.input]
        if isinstance(self.input[0], int):
            return [self.input]  # a list of ids is one input
        return list(self.input)


class EmbeddingAnswer(AnswerModel):
    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingUsage(AnswerModel):
    prompt_tokens: int
    total_tokens: int


class EmbeddingsAnswer(AnswerModel):
    """One vector of each input, in their order."""

    object: Literal["list"]
    data: list[EmbeddingAnswer]
    model: str
    usage: EmbeddingUsage
