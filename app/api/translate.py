"""From wire types to the service's: one way, no decisions of policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.api.chat_schemas import ChatCompletionRequest
from app.api.message_schemas import (
    AssistantMessage,
    DeveloperMessage,
    Message,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from app.api.strict_json import parse_json
from app.engine.sampling_params import SamplingParams
from app.errors import InvalidRequestError
from app.service.requests import ChatRequest

_PLAIN_SAMPLING_FIELDS = (
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "repetition_penalty",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "ignore_eos",
)


def to_chat_request(
    body: ChatCompletionRequest, *, request_id: str, owner: str = "", timeout_s: float | None = None
) -> ChatRequest:
    """Return the request as the service takes it; what one owner sent is never reused for another.

    Raises: InvalidRequestError.
    """
    has_tools = bool(body.tools) and body.tool_choice != "none"
    stop = (body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ())
    return ChatRequest(
        request_id=request_id,
        messages=to_messages(body.messages),
        params=to_sampling_params(body),
        max_tokens=body.max_completion_tokens or body.max_tokens,
        tools=to_tools(body.tools) if has_tools else None,
        stop=stop,
        timeout_s=timeout_s,
        cache_scope=owner,
        owner=owner,
    )


def to_sampling_params(body: ChatCompletionRequest) -> SamplingParams:
    """Return the sampling settings; what the request leaves open keeps SamplingParams' default."""
    fields: dict[str, Any] = {
        name: value for name in _PLAIN_SAMPLING_FIELDS if (value := getattr(body, name)) is not None
    }
    if body.logit_bias:
        fields["logit_bias"] = {int(token_id): bias for token_id, bias in body.logit_bias.items()}
        if len(fields["logit_bias"]) != len(body.logit_bias):
            raise InvalidRequestError("'logit_bias' names a token id twice", param="logit_bias")
    if body.stop_token_ids:
        fields["stop_token_ids"] = frozenset(body.stop_token_ids)
    return SamplingParams(**fields)


def to_tools(tools: Sequence[Tool] | None) -> list[dict[str, Any]] | None:
    """Return tools as a chat template takes them."""
    return [tool.model_dump(exclude_none=True) for tool in tools] if tools else None


def to_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Return messages as a chat template takes them: content is one string or None."""
    return [_to_message(message) for message in messages]


def _to_message(message: Message) -> dict[str, Any]:
    match message:
        case DeveloperMessage():  # newer word for system; templates know only the old one
            plain: dict[str, Any] = {"role": "system", "content": _to_text(message.content)}
        case AssistantMessage():
            plain = {"role": "assistant", "content": _to_text(message.content)}
            if message.tool_calls:
                plain["tool_calls"] = [_to_tool_call(call) for call in message.tool_calls]
        case ToolMessage():
            plain = {"role": "tool", "content": _to_text(message.content), "tool_call_id": message.tool_call_id}
        case SystemMessage() | UserMessage():
            plain = {"role": message.role, "content": _to_text(message.content)}
    if not isinstance(message, ToolMessage) and message.name is not None:
        plain["name"] = message.name
    return plain


def _to_text(content: str | list[TextPart] | None) -> str | None:
    return "".join(part.text for part in content) if isinstance(content, list) else content


def _to_tool_call(call: ToolCall) -> dict[str, Any]:
    # Templates write the arguments as JSON; given the string they would quote it a second time.
    try:
        arguments = parse_json(call.function.arguments.encode())
    except InvalidRequestError:
        arguments = call.function.arguments
    if not isinstance(arguments, dict):
        arguments = call.function.arguments
    return {"id": call.id, "type": "function", "function": {"name": call.function.name, "arguments": arguments}}
