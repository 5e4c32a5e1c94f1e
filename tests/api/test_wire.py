from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from app.api.chat_schemas import ChatCompletionRequest
from app.api.message_schemas import Function
from app.api.token_schemas import DetokenizeRequest, TokenizeRequest
from app.api.wire import RequestModel


def unbounded(schema: Any, path: str) -> Iterator[str]:
    """Yield the path of every string, list, object and number in a JSON schema that has no bound."""
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from unbounded(item, f"{path}[{index}]")
    if not isinstance(schema, dict):
        return
    match schema.get("type"):
        case "string" if not {"maxLength", "enum", "const"} & schema.keys():
            yield path
        case "array" if "maxItems" not in schema:
            yield path
        case "object" if schema.get("additionalProperties") is not False and "maxProperties" not in schema:
            yield path
        case "integer" | "number" if not {"minimum", "maximum"} <= schema.keys() and "const" not in schema:
            yield path
    for key, value in schema.items():
        if key not in {"default", "examples", "const", "enum"}:
            yield from unbounded(value, f"{path}.{key}")


@pytest.mark.parametrize("model", [ChatCompletionRequest, TokenizeRequest, DetokenizeRequest])
def test_everything_a_client_may_send_is_bounded(model: type[RequestModel]) -> None:
    assert list(unbounded(model.model_json_schema(), model.__name__)) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "array", "items": {}},
        {"type": "object"},
        {"type": "integer", "minimum": 0},
        {"properties": {"deep": {"anyOf": [{"type": "string"}]}}},
    ],
)
def test_the_walk_finds_what_is_not_bounded(schema: dict[str, Any]) -> None:
    assert len(list(unbounded(schema, ""))) == 1


MANY: dict[str, Any] = {f"key{index}": "x" for index in range(5000)}
CHAT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
FUNCTION: dict[str, Any] = {"name": "f", "parameters": MANY}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (TokenizeRequest, MANY),
        (TokenizeRequest, {"texts": [0] * 5000}),
        (DetokenizeRequest, {"token_ids": ["x"] * 5000}),
        (ChatCompletionRequest, {**CHAT, "logit_bias": MANY}),
        (ChatCompletionRequest, {**CHAT, "messages": [{"role": "user", "content": "x", **MANY}]}),
        (ChatCompletionRequest, {**CHAT, "messages": [0] * 5000}),
        (ChatCompletionRequest, {**CHAT, "messages": [{"role": "user", "content": [0] * 5000}]}),
        (ChatCompletionRequest, {**CHAT, "messages": [{"role": "assistant", "tool_calls": [0] * 5000}]}),
        (ChatCompletionRequest, {**CHAT, "stop": [0] * 5000}),
        (ChatCompletionRequest, {**CHAT, "stop_token_ids": ["x"] * 5000}),
        (ChatCompletionRequest, {**CHAT, "stream_options": MANY}),
        (ChatCompletionRequest, {**CHAT, "tools": [0] * 5000}),
        (ChatCompletionRequest, {**CHAT, "tools": [{"type": "function", "function": FUNCTION}]}),
    ],
)
def test_a_thousand_mistakes_make_a_few_errors(model: type[RequestModel], body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(body)
    assert caught.value.error_count() <= 3


def test_free_json_is_bounded_in_bytes() -> None:
    Function(name="f", parameters={"a": "x" * 60_000})
    with pytest.raises(ValidationError, match="65536 bytes"):
        Function(name="f", parameters={"a": "x" * 70_000})
