"""The fields that say how tokens are chosen: the same for every way to ask for text."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from app.api.known_fields import without_neutral_fields
from app.api.wire import Name, RequestModel, TokenId
from app.engine.sampling_params import MAX_LOGIT_BIAS_ENTRIES, MAX_SEED, MAX_STOP_TOKEN_IDS

MAX_STOPS = 4
MAX_CHOICES = 128

StopString = Annotated[str, StringConstraints(min_length=1, max_length=256)]
MaxTokens = Annotated[int, Field(ge=1, le=10_000_000)]
TokenIdText = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}$", max_length=10)]
Penalty = Annotated[float, Field(ge=-2, le=2)]


class StreamOptions(RequestModel):
    include_usage: bool = Field(False, description="Send one last chunk with the token counts.")
    continuous_usage_stats: bool | None = Field(
        None, description="With include_usage: send the counts so far, of all answers together, in every chunk."
    )
    include_obfuscation: Literal[False] | None = None

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        if self.continuous_usage_stats and not self.include_usage:
            raise ValueError("continuous_usage_stats is for requests with include_usage=true")
        return self


class SamplingFields(RequestModel):
    """Fields and meanings are OpenAI's; top_k to repetition_penalty, stop_token_ids, ignore_eos and
    stream_options.continuous_usage_stats are vLLM's.
    """

    model: Name = Field(description="The served model's name, as GET /v1/models gives it.")
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(None, description="0 is greedy; default 1.")
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(None, description="0 is off.")
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    repetition_penalty: Annotated[float, Field(ge=0.01, le=10)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    logit_bias: (
        Annotated[dict[TokenIdText, Annotated[float, Field(ge=-100, le=100)]], Field(max_length=MAX_LOGIT_BIAS_ENTRIES)]
        | None
    ) = Field(None, description="Token id to an amount added to its logit.")
    seed: Annotated[int, Field(ge=-MAX_SEED - 1, le=MAX_SEED)] | None = None
    stop: StopString | Annotated[list[StopString], Field(fail_fast=True, max_length=MAX_STOPS)] | None = None
    stop_token_ids: Annotated[list[TokenId], Field(fail_fast=True, max_length=MAX_STOP_TOKEN_IDS)] | None = None
    ignore_eos: bool | None = None
    n: Annotated[int, Field(ge=1, le=MAX_CHOICES)] | None = Field(None, description="Answers to each prompt.")
    stream: bool | None = Field(None, description="Send the answer as server-sent events while it is made.")
    stream_options: StreamOptions | None = None
    user: Annotated[str, StringConstraints(max_length=512)] | None = Field(None, description="Taken and not used.")

    @model_validator(mode="before")
    @classmethod
    def _refuse_what_is_not_supported(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return without_neutral_fields(data, supported=cls.model_fields, unsupported=cls.refused_fields)

    @field_validator("logit_bias", mode="before")
    @classmethod
    def _bound_before_looking(cls, value: Any) -> Any:
        # pydantic looks at every entry, and makes an error of every bad one, before it counts them.
        if isinstance(value, dict) and len(value) > MAX_LOGIT_BIAS_ENTRIES:
            raise ValueError(f"at most {MAX_LOGIT_BIAS_ENTRIES} entries are taken")
        return value

    @property
    def is_usage_wanted(self) -> bool:
        """Whether a stream is to end with the token counts."""
        return self.stream_options is not None and self.stream_options.include_usage

    @property
    def is_running_usage_wanted(self) -> bool:
        """Whether every chunk of a stream is to have the token counts so far."""
        return self.stream_options is not None and bool(self.stream_options.continuous_usage_stats)

    def check_stream_options(self) -> None:
        """Raises: ValueError, if there are options for a stream and no stream."""
        if self.stream_options is not None and not self.stream:
            raise ValueError("stream_options is for requests with stream=true")
