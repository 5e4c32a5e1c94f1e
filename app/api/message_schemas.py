"""The messages and tools of a chat request, in OpenAI's words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from app.api.wire import Description, FreeJson, Name, RequestModel, ShortName, Text

MAX_PARTS = 256
MAX_TOOL_CALLS = 128


class TextPart(RequestModel):
    """A piece of content. Only text is supported: no images, no audio, no files."""

    type: Literal["text"]
    text: Text


def _content_tag(value: Any) -> str:
    return "as-parts" if isinstance(value, list) else "as-text"


Content = Annotated[
    Annotated[Text, Tag("as-text")]
    | Annotated[list[TextPart], Field(fail_fast=True, min_length=1, max_length=MAX_PARTS), Tag("as-parts")],
    Discriminator(_content_tag),
]


_SENT_BACK = "Taken and left out: OpenAI's SDK sends its own additions back."


class SystemMessage(RequestModel):
    role: Literal["system"]
    content: Content
    name: Name | None = None


class DeveloperMessage(RequestModel):
    role: Literal["developer"]
    content: Content
    name: Name | None = None


class UserMessage(RequestModel):
    role: Literal["user"]
    content: Content
    name: Name | None = None


class FunctionCall(RequestModel):
    name: Name
    arguments: Annotated[str, StringConstraints(max_length=262_144)]
    parsed_arguments: FreeJson | None = Field(None, description=_SENT_BACK)


class ToolCall(RequestModel):
    id: Name
    index: Annotated[int, Field(ge=0, le=MAX_TOOL_CALLS)] | None = Field(None, description=_SENT_BACK)
    type: Literal["function"] = "function"
    function: FunctionCall


class AssistantMessage(RequestModel):
    """An earlier answer. Its fields that OpenAI's SDK sends back empty are taken when they are empty."""

    role: Literal["assistant"]
    content: Content | None = None
    name: Name | None = None
    tool_calls: Annotated[list[ToolCall], Field(fail_fast=True, max_length=MAX_TOOL_CALLS)] | None = None
    refusal: None = None
    audio: None = None
    function_call: None = None
    annotations: Annotated[list[Any], Field(max_length=0)] | None = None
    parsed: FreeJson | None = Field(None, description=_SENT_BACK)
    reasoning_content: Text | None = Field(None, description="Taken and left out: templates do not want old thoughts.")


class ToolMessage(RequestModel):
    role: Literal["tool"]
    content: Content
    tool_call_id: Name


Message = Annotated[
    SystemMessage | DeveloperMessage | UserMessage | AssistantMessage | ToolMessage, Field(discriminator="role")
]


class Function(RequestModel):
    name: ShortName
    description: Description | None = None
    parameters: FreeJson | None = None
    strict: bool | None = Field(None, description="Refuse a schema that can't be kept to, instead of doing without.")


class Tool(RequestModel):
    type: Literal["function"]
    function: Function


class NamedFunction(RequestModel):
    name: ShortName


class NamedTool(RequestModel):
    """The one tool that must be called."""

    type: Literal["function"]
    function: NamedFunction
