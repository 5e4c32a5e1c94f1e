"""From wire types to the service's: one way, no decisions of policy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from app.api.chat_schemas import ChatCompletionRequest
from app.api.format_schemas import to_grammar
from app.api.message_schemas import (
    AssistantMessage,
    DeveloperMessage,
    Message,
    NamedTool,
    SystemMessage,
    TextPart,
    Tool,
    ToolMessage,
    UserMessage,
)
from app.api.sampling_schemas import SamplingFields
from app.api.strict_json import has_more_tokens, parse_json
from app.api.text_schemas import DEFAULT_MAX_TOKENS, TextCompletionRequest
from app.engine.sampling_params import SamplingParams
from app.errors import InvalidRequestError
from app.service.requests import ChatRequest

# In the arguments of all a request's calls. To its body each is one text, and they are parsed on the event loop.
MAX_CALL_TOKENS = 50_000

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
    num_logprobs = (body.top_logprobs or 0) if body.logprobs else None
    return ChatRequest(
        request_id=request_id,
        messages=to_messages(body.messages),
        params=to_sampling_params(body, num_logprobs=num_logprobs),
        max_tokens=body.max_completion_tokens or body.max_tokens,
        tools=to_tools(body.tools) if has_tools else None,
        stop=stops(body),
        template_kwargs=body.chat_template_kwargs.model_dump(exclude_none=True) if body.chat_template_kwargs else {},
        timeout_s=timeout_s,
        cache_scope=owner,
        owner=owner,
        num_choices=body.n or 1,
        grammar=to_grammar(body.response_format, body.structured_outputs),
        tool_choice="auto" if body.tool_choice in (None, "auto", "none") else "required",
        forced_tool=body.tool_choice.function.name if isinstance(body.tool_choice, NamedTool) else None,
        has_parallel_calls=body.parallel_tool_calls is not False,
    )


def to_text_request(
    body: TextCompletionRequest, *, request_id: str, owner: str = "", timeout_s: float | None = None
) -> ChatRequest:
    """Return the request as the service takes it. A max_tokens of 0 generates one token, which is not told.

    Raises: InvalidRequestError.
    """
    num_prompt_logprobs = body.logprobs if body.echo else None
    return ChatRequest(
        request_id=request_id,
        params=to_sampling_params(body, num_logprobs=body.logprobs, num_prompt_logprobs=num_prompt_logprobs),
        max_tokens=DEFAULT_MAX_TOKENS if body.max_tokens is None else max(body.max_tokens, 1),
        stop=stops(body),
        timeout_s=timeout_s,
        cache_scope=owner,
        owner=owner,
        prompts=body.prompts,
        num_choices=body.n or 1,
    )


def stops(body: SamplingFields) -> tuple[str, ...]:
    """Return the stop strings."""
    return (body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ())


def to_sampling_params(
    body: SamplingFields, *, num_logprobs: int | None = None, num_prompt_logprobs: int | None = None
) -> SamplingParams:
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
    return SamplingParams(**fields, num_logprobs=num_logprobs, num_prompt_logprobs=num_prompt_logprobs)


def to_tools(tools: Sequence[Tool] | None) -> list[dict[str, Any]] | None:
    """Return tools as a chat template takes them."""
    return [tool.model_dump(exclude_none=True) for tool in tools] if tools else None


def to_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Return messages as a chat template takes them: content is one string or None. Raises: InvalidRequestError."""
    turns = [message for message in messages if isinstance(message, AssistantMessage)]
    check_calls((call.function.arguments for turn in turns for call in turn.tool_calls or ()), param="messages")
    return [_to_message(message) for message in messages]


def _to_message(message: Message) -> dict[str, Any]:
    match message:
        case DeveloperMessage():  # newer word for system; templates know only the old one
            plain: dict[str, Any] = {"role": "system", "content": _to_text(message.content)}
        case AssistantMessage():
            plain = {"role": "assistant", "content": _to_text(message.content)}
            if message.tool_calls:
                plain["tool_calls"] = [
                    to_tool_call(call_id=call.id, name=call.function.name, arguments=call.function.arguments)
                    for call in message.tool_calls
                ]
        case ToolMessage():
            plain = {"role": "tool", "content": _to_text(message.content), "tool_call_id": message.tool_call_id}
        case SystemMessage() | UserMessage():
            plain = {"role": message.role, "content": _to_text(message.content)}
    if not isinstance(message, ToolMessage) and message.name is not None:
        plain["name"] = message.name
    return plain


def _to_text(content: str | list[TextPart] | None) -> str | None:
    return "".join(part.text for part in content) if isinstance(content, list) else content


def check_calls(arguments: Iterable[str], *, param: str) -> None:
    """Raises: InvalidRequestError, if the arguments of a request's calls would take too long to parse."""
    if has_more_tokens([text.encode() for text in arguments], MAX_CALL_TOKENS):
        raise InvalidRequestError(
            f"the arguments of its calls have too many values; at most {MAX_CALL_TOKENS} JSON tokens are taken",
            param=param,
        )


def to_tool_call(*, call_id: str, name: str, arguments: str) -> dict[str, Any]:
    """Return a call as a chat template takes it. arguments is JSON text; what is no JSON object stays text."""
    # Templates write the arguments as JSON; given the string they would quote it a second time.
    try:
        parsed = parse_json(arguments.encode())
    except InvalidRequestError:
        parsed = None
    plain = parsed if isinstance(parsed, dict) else arguments
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": plain}}
