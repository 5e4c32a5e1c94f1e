"""What POST /v1/responses takes as its input: messages, calls and their results, as items of one list."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Discriminator, Field, StringConstraints, Tag

from app.api.message_schemas import MAX_PARTS
from app.api.wire import FreeJson, Name, RequestModel, ShortName, Text

MAX_ITEMS = 4096
MAX_SCORES = 131_072

Status = Literal["in_progress", "completed", "incomplete"]


class InputTextPart(RequestModel):
    """A piece of content. Only text is supported: no images, no audio, no files."""

    type: Literal["input_text"]
    text: Text


class OutputTextPart(RequestModel):
    """A piece of an earlier answer, as this server gave it."""

    type: Literal["output_text"]
    text: Text
    annotations: Annotated[list[Any], Field(max_length=0)] | None = None
    logprobs: Annotated[list[FreeJson], Field(fail_fast=True, max_length=MAX_SCORES)] | None = Field(
        None, description="Taken and left out."
    )


def _content_tag(value: Any) -> str:
    return "as-parts" if isinstance(value, list) else "as-text"


TextPart = Annotated[InputTextPart | OutputTextPart, Field(discriminator="type")]
Content = Annotated[
    Annotated[Text, Tag("as-text")]
    | Annotated[list[TextPart], Field(fail_fast=True, max_length=MAX_PARTS), Tag("as-parts")],
    Discriminator(_content_tag),
]


class MessageItem(RequestModel):
    type: Literal["message"] = "message"
    role: Literal["user", "assistant", "system", "developer"]
    content: Content
    id: Name | None = None
    status: Status | None = None


class CallItem(RequestModel):
    """A call that the model made. arguments is JSON text."""

    type: Literal["function_call"]
    call_id: Name
    name: ShortName
    arguments: Annotated[str, StringConstraints(max_length=262_144)]
    id: Name | None = None
    status: Status | None = None


class CallOutputItem(RequestModel):
    """What a call gave back."""

    type: Literal["function_call_output"]
    call_id: Name
    output: Content
    id: Name | None = None
    status: Status | None = None


class ThoughtPart(RequestModel):
    type: Literal["reasoning_text", "summary_text"]
    text: Text


class ReasoningItem(RequestModel):
    """What the model thought. Taken and left out: templates do not want old thoughts."""

    type: Literal["reasoning"]
    id: Name | None = None
    summary: Annotated[list[ThoughtPart], Field(fail_fast=True, max_length=MAX_PARTS)] | None = None
    content: Annotated[list[ThoughtPart], Field(fail_fast=True, max_length=MAX_PARTS)] | None = None
    status: Status | None = None


_KINDS = MessageItem | CallItem | CallOutputItem | ReasoningItem
ITEM_TYPES = tuple(get_args(kind.model_fields["type"].annotation)[0] for kind in get_args(_KINDS))


def _with_type(item: Any) -> Any:
    """Leave nulls out, which ask for nothing. A message need not say that it is one."""
    if not isinstance(item, dict):
        return item
    item = {"type": "message", **{name: value for name, value in item.items() if value is not None}}
    if item["type"] not in ITEM_TYPES:
        raise ValueError(f"only items of the types {', '.join(ITEM_TYPES)} are supported")
    return item


Item = Annotated[_KINDS, Field(discriminator="type"), BeforeValidator(_with_type)]


def _input_tag(value: Any) -> str:
    return "as-items" if isinstance(value, list) else "as-text"


Input = Annotated[
    Annotated[Text, Field(min_length=1), Tag("as-text")]
    | Annotated[list[Item], Field(fail_fast=True, min_length=1, max_length=MAX_ITEMS), Tag("as-items")],
    Discriminator(_input_tag),
]
