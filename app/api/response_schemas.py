"""The request of POST /v1/responses."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from app.api.chat_schemas import MAX_TOOLS, ChatTemplateKwargs
from app.api.known_fields import RESPONSE_FIELDS
from app.api.response_input import Input
from app.api.sampling_schemas import MaxTokens, SamplingFields, StreamOptions
from app.api.wire import Description, FreeJson, RequestModel, ShortName
from app.engine.sampling_params import MAX_LOGPROBS

# Each answer repeats its instructions, a stream three times.
MAX_INSTRUCTIONS_CHARS = 262_144
MAX_METADATA = 16

MetadataKey = Annotated[str, StringConstraints(max_length=64)]
MetadataValue = Annotated[str, StringConstraints(max_length=512)]


class FunctionTool(RequestModel):
    type: Literal["function"]
    name: ShortName
    description: Description | None = None
    parameters: FreeJson | None = None
    strict: bool | None = Field(None, description="Refuse a schema that can't be kept to, instead of doing without.")

    @field_validator("type", mode="before")
    @classmethod
    def _refuse_built_in_tools(cls, value: Any) -> Any:
        if value != "function":
            raise ValueError("only tools of type 'function' are supported; this server has no built-in tools")
        return value


class NamedFunctionTool(RequestModel):
    """The one tool that must be called."""

    type: Literal["function"]
    name: ShortName


class TextFormat(RequestModel):
    """What form the text must have: name, schema, description and strict go with json_schema."""

    type: Literal["text", "json_object", "json_schema"]
    name: ShortName | None = None
    description: Description | None = None
    # "schema" would hide a name that pydantic's models have.
    schema_: FreeJson | None = Field(None, alias="schema")
    strict: bool | None = Field(None, description="Taken and not used: the schema is always kept to.")

    @model_validator(mode="after")
    def _check_schema(self) -> Self:
        is_schema = self.type == "json_schema"
        if is_schema != (self.schema_ is not None) or is_schema != (self.name is not None):
            raise ValueError("name and schema are needed with type json_schema, and go with no other")
        return self


class TextConfig(RequestModel):
    format: TextFormat | None = None
    verbosity: Literal["medium"] | None = None


class ResponseStreamOptions(StreamOptions):
    """The counts come at the end always, and only there."""

    continuous_usage_stats: Literal[False] | None = None


class ResponseRequest(SamplingFields):
    """A response to be made. Nothing is kept: each request brings all that came before."""

    refused_fields = RESPONSE_FIELDS

    input: Input
    instructions: Annotated[str, StringConstraints(max_length=MAX_INSTRUCTIONS_CHARS)] | None = Field(
        None, description="A system message before all input."
    )
    max_output_tokens: MaxTokens | None = Field(None, description="Tokens to generate at most.")
    n: Literal[1] | None = None
    stream_options: ResponseStreamOptions | None = None
    tools: Annotated[list[FunctionTool], Field(fail_fast=True, max_length=MAX_TOOLS)] | None = None
    tool_choice: Literal["auto", "none", "required"] | NamedFunctionTool | None = None
    parallel_tool_calls: bool | None = Field(None, description="Whether an answer may hold several calls.")
    text: TextConfig | None = None
    include: Annotated[list[Literal["message.output_text.logprobs"]], Field(fail_fast=True, max_length=8)] | None = (
        Field(None, description="Tell each token's log-probability; without tools only.")
    )
    top_logprobs: Annotated[int, Field(ge=0, le=MAX_LOGPROBS)] | None = Field(
        None, description="And those of so many likeliest tokens."
    )
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=MAX_METADATA)] | None = Field(
        None, description="Given back as it came."
    )
    chat_template_kwargs: ChatTemplateKwargs | None = None

    @field_validator("metadata", mode="before")
    @classmethod
    def _bound_before_looking(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) > MAX_METADATA:
            raise ValueError(f"at most {MAX_METADATA} pairs are taken")
        return value

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        self.check_stream_options()
        if self.top_logprobs and not self.include:
            raise ValueError("top_logprobs is for requests that include message.output_text.logprobs")
        if self.include and self.tools and self.tool_choice != "none":
            raise ValueError("include can't be honoured with tools: which tokens are text and which a call is not told")
        if self.tool_choice not in (None, "none", "auto") and not self.tools:
            raise ValueError("tool_choice asks for a call and there are no tools")
        return self

    @property
    def num_logprobs(self) -> int | None:
        """How many likeliest tokens are told in each place, None if no log-probabilities are."""
        return (self.top_logprobs or 0) if self.include else None

    @property
    def format(self) -> TextFormat:
        """The form that the text must have."""
        return (self.text and self.text.format) or TextFormat(type="text")
