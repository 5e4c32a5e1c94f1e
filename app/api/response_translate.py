"""From a response's request to the service's: items become the messages that a chat template takes."""

from __future__ import annotations

from typing import Any

import orjson

from app.api.response_input import CallItem, CallOutputItem, Content, Item, MessageItem
from app.api.response_schemas import NamedFunctionTool, ResponseRequest, TextFormat
from app.api.translate import check_calls, stops, to_sampling_params, to_tool_call
from app.errors import InvalidRequestError
from app.service.requests import ChatRequest, Grammar


def response_to_chat_request(
    body: ResponseRequest, *, request_id: str, owner: str = "", timeout_s: float | None = None
) -> ChatRequest:
    """Return the request as the service takes it; what one owner sent is never reused for another.

    Raises: InvalidRequestError.
    """
    has_tools = bool(body.tools) and body.tool_choice != "none"
    return ChatRequest(
        request_id=request_id,
        messages=to_messages(body),
        params=to_sampling_params(body, num_logprobs=body.num_logprobs),
        max_tokens=body.max_output_tokens,
        tools=to_tools(body) if has_tools else None,
        stop=stops(body),
        template_kwargs=body.chat_template_kwargs.model_dump(exclude_none=True) if body.chat_template_kwargs else {},
        timeout_s=timeout_s,
        cache_scope=owner,
        owner=owner,
        grammar=to_grammar(body.format),
        tool_choice="auto" if body.tool_choice in (None, "auto", "none") else "required",
        forced_tool=body.tool_choice.name if isinstance(body.tool_choice, NamedFunctionTool) else None,
        has_parallel_calls=body.parallel_tool_calls is not False,
    )


def to_messages(body: ResponseRequest) -> list[dict[str, Any]]:
    """Return instructions and input as messages. Templates take one system message, so the input's first joins them.

    Raises: InvalidRequestError, if there is nothing to answer or too much to parse.
    """
    messages: list[dict[str, Any]] = []
    items = [MessageItem(role="user", content=body.input)] if isinstance(body.input, str) else body.input
    check_calls((item.arguments for item in items if isinstance(item, CallItem)), param="input")
    for item in items:
        _add(item, messages)
    if not messages:
        raise InvalidRequestError("input has neither a message nor a call in it", param="input")
    if body.instructions and messages[0]["role"] == "system":
        messages[0]["content"] = f"{body.instructions}\n\n{messages[0]['content']}"
    elif body.instructions:
        messages.insert(0, {"role": "system", "content": body.instructions})
    return messages


def _add(item: Item, messages: list[dict[str, Any]]) -> None:
    match item:
        case MessageItem():
            role = "system" if item.role == "developer" else item.role
            messages.append({"role": role, "content": _to_text(item.content)})
        case CallItem():
            if not messages or messages[-1]["role"] != "assistant":
                messages.append({"role": "assistant", "content": None})
            call = to_tool_call(call_id=item.call_id, name=item.name, arguments=item.arguments)
            messages[-1].setdefault("tool_calls", []).append(call)
        case CallOutputItem():
            messages.append({"role": "tool", "content": _to_text(item.output), "tool_call_id": item.call_id})


def _to_text(content: Content) -> str:
    return content if isinstance(content, str) else "".join(part.text for part in content)


def to_tools(body: ResponseRequest) -> list[dict[str, Any]]:
    """Return the tools as a chat template takes them."""
    return [
        {"type": "function", "function": tool.model_dump(exclude={"type"}, exclude_none=True)}
        for tool in body.tools or ()
    ]


def to_grammar(form: TextFormat) -> Grammar | None:
    """Return what the text must match, None if anything may come."""
    match form.type:
        case "json_object":
            return Grammar("json_schema", '{"type":"object"}', "text.format")
        case "json_schema":
            return Grammar("json_schema", orjson.dumps(form.schema_).decode(), "text.format")
    return None
