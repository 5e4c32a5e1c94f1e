from __future__ import annotations

from typing import Any

import pytest

from app.api.chat_schemas import ChatCompletionRequest
from app.api.translate import to_chat_request
from app.engine.sampling_params import SamplingParams
from app.errors import InvalidRequestError
from app.service.requests import ChatRequest

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def translate(**fields: Any) -> ChatRequest:
    body = {"model": "tutor", "messages": [{"role": "user", "content": "hi"}], **fields}
    return to_chat_request(ChatCompletionRequest.model_validate(body), request_id="r1")


def test_a_bare_request_asks_for_nothing_special() -> None:
    request = translate()
    assert request.params == SamplingParams()
    assert request.messages == [{"role": "user", "content": "hi"}]
    assert (request.max_tokens, request.tools, request.stop, request.cache_scope) == (None, None, (), "")


def test_every_sampling_field_reaches_the_engines_settings() -> None:
    fields: dict[str, Any] = {
        "temperature": 0.5,
        "top_k": 5,
        "top_p": 0.9,
        "min_p": 0.1,
        "repetition_penalty": 1.1,
        "presence_penalty": 0.2,
        "frequency_penalty": -0.2,
        "seed": 3,
        "ignore_eos": True,
    }
    params = translate(**fields, logit_bias={"7": -100}, stop_token_ids=[1, 2, 2]).params
    assert params == SamplingParams(**fields, logit_bias={7: -100.0}, stop_token_ids=frozenset({1, 2}))


def test_nulls_mean_the_defaults() -> None:
    optional = [name for name, info in ChatCompletionRequest.model_fields.items() if not info.is_required()]
    assert translate(**dict.fromkeys(optional)) == translate()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 6}, 6),
        ({"max_tokens": 7, "max_completion_tokens": 7}, 7),
    ],
)
def test_both_names_of_the_token_limit_count(fields: dict[str, int], expected: int) -> None:
    assert translate(**fields).max_tokens == expected


@pytest.mark.parametrize(("stop", "expected"), [("a", ("a",)), (["a", "b"], ("a", "b")), ([], ()), (None, ())])
def test_stop_is_one_string_or_several(stop: Any, expected: tuple[str, ...]) -> None:
    assert translate(stop=stop).stop == expected


def test_text_parts_become_one_string() -> None:
    parts = [{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]
    assert translate(messages=[{"role": "user", "content": parts}]).messages[0]["content"] == "one two"


def test_every_role_keeps_what_its_template_needs() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"city": "Paris"}'}}
    messages = [
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": "hi", "name": "ann"},
        {"role": "assistant", "content": None, "tool_calls": [call], "refusal": None, "annotations": []},
        {"role": "tool", "content": "sunny", "tool_call_id": "c1"},
    ]
    arguments = {"city": "Paris"}
    assert translate(messages=messages).messages == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "hi", "name": "ann"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}}],
        },
        {"role": "tool", "content": "sunny", "tool_call_id": "c1"},
    ]


@pytest.mark.parametrize("arguments", ["not json", "[1]", "3", '{"a":1,"a":2}', '{"a":' * 500, ""])
def test_arguments_that_are_no_json_object_stay_text(arguments: str) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    messages = [{"role": "assistant", "content": "", "tool_calls": [call]}]
    assert translate(messages=messages).messages[0]["tool_calls"][0]["function"]["arguments"] == arguments


def test_the_arguments_of_all_calls_together_have_a_bound() -> None:
    def turns(arguments: str, num_calls: int) -> list[dict[str, Any]]:
        call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}}
        return [{"role": "assistant", "content": "", "tool_calls": [call]} for _ in range(num_calls)]

    many = '{"a":[' + "[]," * 1000 + "0]}"
    assert len(translate(messages=turns(many, 20)).messages) == 20
    with pytest.raises(InvalidRequestError, match="at most 50000 JSON tokens") as caught:
        translate(messages=turns(many, 30))
    assert caught.value.param == "messages"
    long_text = '{"a":"' + "[],{}:" * 10_000 + '"}'
    assert len(translate(messages=turns(long_text, 3)).messages) == 3


def test_tools_are_passed_on_unless_none_may_be_chosen() -> None:
    assert translate(tools=[TOOL]).tools == [TOOL]
    assert translate(tools=[TOOL], tool_choice="auto").tools == [TOOL]
    assert translate(tools=[TOOL], tool_choice="none").tools is None
    assert translate(tools=[]).tools is None


def test_one_token_id_written_in_two_ways_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="twice"):
        translate(logit_bias={"1": 1, "01": 2})
