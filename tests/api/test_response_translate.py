from __future__ import annotations

from typing import Any

import pytest

from app.api.response_schemas import ResponseRequest
from app.api.response_translate import response_to_chat_request
from app.errors import InvalidRequestError
from app.service.requests import ChatRequest, Grammar

TOOL = {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True}


def translate(**fields: Any) -> ChatRequest:
    body = ResponseRequest.model_validate({"model": "tutor", "input": "hi", **fields})
    return response_to_chat_request(body, request_id="r1", owner="alice", timeout_s=3.0)


def test_a_bare_request_asks_for_nothing_special() -> None:
    assert translate() == ChatRequest(
        request_id="r1",
        messages=[{"role": "user", "content": "hi"}],
        timeout_s=3.0,
        cache_scope="alice",
        owner="alice",
    )


def test_instructions_join_a_system_message_that_begins_the_input() -> None:
    turns = [
        {"role": "developer", "content": "Rhyme."},
        {"role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]},
        {"role": "system", "content": "Later."},
    ]
    assert [(m["role"], m["content"]) for m in translate(input=turns, instructions="Be brief.").messages] == [
        ("system", "Be brief.\n\nRhyme."),
        ("user", "ab"),
        ("system", "Later."),
    ]


def test_calls_of_one_turn_become_one_message_and_thoughts_are_left_out() -> None:
    call = {"type": "function_call", "name": "f"}
    messages = translate(
        input=[
            {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm"}]},
            {**call, "call_id": "a", "arguments": "{}"},
            {**call, "call_id": "b", "arguments": "no JSON"},
            {"type": "function_call_output", "call_id": "a", "output": "1"},
            {"type": "function_call_output", "call_id": "b", "output": [{"type": "input_text", "text": "2"}]},
            {**call, "call_id": "c", "arguments": "{}"},
        ]
    ).messages
    assert [m["role"] for m in messages] == ["assistant", "tool", "tool", "assistant"]
    assert [c["function"]["arguments"] for c in messages[0]["tool_calls"]] == [{}, "no JSON"]
    assert [m["content"] for m in messages] == [None, "1", "2", None]


def test_the_arguments_of_all_calls_together_have_a_bound() -> None:
    call = {"type": "function_call", "name": "f", "call_id": "a", "arguments": '{"a":[' + "[]," * 1000 + "0]}"}
    assert len(translate(input=[call] * 20).messages) == 1
    with pytest.raises(InvalidRequestError, match="at most 50000 JSON tokens") as caught:
        translate(input=[call] * 30)
    assert caught.value.param == "input"


def test_tools_are_nested_as_chat_has_them() -> None:
    request = translate(tools=[TOOL], tool_choice={"type": "function", "name": "f"}, parallel_tool_calls=False)
    function = {"name": "f", "parameters": {"type": "object"}, "strict": True}
    assert request.tools == [{"type": "function", "function": function}]
    assert (request.tool_choice, request.forced_tool, request.has_parallel_calls) == ("required", "f", False)
    assert translate(tools=[TOOL], tool_choice="none").tools is None


@pytest.mark.parametrize(
    ("form", "grammar"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, Grammar("json_schema", '{"type":"object"}', "text.format")),
        (
            {"type": "json_schema", "name": "x", "schema": {"type": "array"}},
            Grammar("json_schema", '{"type":"array"}', "text.format"),
        ),
    ],
)
def test_the_texts_format_becomes_the_answers_grammar(form: dict[str, Any], grammar: Grammar | None) -> None:
    assert translate(text={"format": form}).grammar == grammar
