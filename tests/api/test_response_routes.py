"""Responses over HTTP and through OpenAI's own client, with a scripted service behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import openai
import orjson
import pytest
from fastapi import FastAPI
from openai.types.responses import Response, ResponseFunctionToolCall
from pydantic import BaseModel

from app.api.response_answers import ResponseAnswer
from app.errors import EngineDeadError, QueueFullError
from app.service.requests import ScoredToken, TextDelta, ToolCallDelta
from tests.api.fake_service import MODEL, USAGE, FakeService

TEXT = "Hello, wörld\n!"
TOOL: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "Tell the weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": None,
}
THOUGHT_AND_CALLS: list[TextDelta | Exception] = [
    TextDelta("", reasoning="Hm"),
    TextDelta("\n", reasoning="m."),
    TextDelta("Let me see."),
    TextDelta("\n", calls=(ToolCallDelta(0, "call_a", "get_weather", ""),)),
    TextDelta("", calls=(ToolCallDelta(0, None, None, '{"city":'), ToolCallDelta(0, None, None, '"Paris"}'))),
    TextDelta("\n", calls=(ToolCallDelta(1, "call_b", "get_weather", "{}"),)),
    TextDelta("", "tool_calls", USAGE),
]


class Answer(BaseModel):
    word: str


@pytest.fixture
async def sdk(app: FastAPI) -> AsyncIterator[openai.AsyncOpenAI]:
    http_client: Any = httpx.AsyncClient(transport=httpx.ASGITransport(app=app))
    async with openai.AsyncOpenAI(
        base_url="http://localhost/v1", api_key="none", http_client=http_client, max_retries=0
    ) as client:
        yield client


async def test_a_whole_response_is_openais_and_the_documented_one(
    sdk: openai.AsyncOpenAI, service: FakeService
) -> None:
    raw = await sdk.responses.with_raw_response.create(
        model=MODEL, input="hi", instructions="Be brief.", max_output_tokens=9, temperature=0.5, top_p=0.9
    )
    ResponseAnswer.model_validate_json(raw.text)
    Response.model_validate_json(raw.text)  # the SDK itself builds its objects without a check
    answer = raw.parse()
    assert (answer.output_text, answer.status) == (TEXT, "completed")
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.total_tokens) == (7, 3, 10)
    assert answer.usage.input_tokens_details.cached_tokens == 2
    request = service.chat.requests[0]
    assert request.messages == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]
    assert (request.max_tokens, request.params.temperature, request.params.top_p) == (9, 0.5, 0.9)


async def test_events_come_in_openais_order_and_are_numbered(sdk: openai.AsyncOpenAI, service: FakeService) -> None:
    service.chat.steps = THOUGHT_AND_CALLS
    stream = await sdk.responses.create(model=MODEL, input="hi", tools=[TOOL], stream=True)
    events: list[Any] = [event async for event in stream]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    part = ["output_item.added", "content_part.added"]
    part_done = ["content_part.done", "output_item.done"]
    call = ["function_call_arguments.done", "output_item.done"]
    assert [event.type.removeprefix("response.") for event in events] == [
        "created", "in_progress",
        *part, "reasoning_text.delta", "reasoning_text.delta", "reasoning_text.done", *part_done,
        *part, "output_text.delta", "output_text.delta", "output_text.done", *part_done,
        "output_item.added", "function_call_arguments.delta", "function_call_arguments.delta", *call,
        "output_item.added", "function_call_arguments.delta", *call,
        "completed",
    ]  # fmt: skip
    indices = [event.output_index for event in events if hasattr(event, "output_index")]
    assert indices == sorted(indices)
    for event in events:
        type(event).model_validate(event.model_dump(by_alias=True))


async def test_a_stream_and_a_whole_answer_say_the_same(sdk: openai.AsyncOpenAI, service: FakeService) -> None:
    service.chat.steps = THOUGHT_AND_CALLS
    whole = await sdk.responses.create(model=MODEL, input="hi", tools=[TOOL])
    async with sdk.responses.stream(model=MODEL, input="hi", tools=[TOOL]) as stream:
        async for _ in stream:
            pass
        streamed = await stream.get_final_response()
    assert [item.type for item in whole.output] == ["reasoning", "message", "function_call", "function_call"]
    calls = [item for item in whole.output if isinstance(item, ResponseFunctionToolCall)]
    assert [(c.call_id, c.name, c.arguments) for c in calls] == [
        ("call_a", "get_weather", '{"city":"Paris"}'), ("call_b", "get_weather", "{}"),
    ]  # fmt: skip
    assert whole.output_text.strip() == streamed.output_text.strip() == "Let me see."
    assert [item.type for item in streamed.output] == [item.type for item in whole.output]


async def test_an_answer_with_its_calls_can_be_sent_back_as_the_next_input(
    sdk: openai.AsyncOpenAI, service: FakeService
) -> None:
    service.chat.steps = THOUGHT_AND_CALLS
    first = await sdk.responses.create(model=MODEL, input="Weather?", tools=[TOOL])
    for items in ([item.model_dump() for item in first.output], first.output):  # with its nulls, and without
        turns: Any = [{"role": "user", "content": "Weather?"}, *items]
        turns += [
            {"type": "function_call_output", "call_id": name, "output": "Sunny."} for name in ("call_a", "call_b")
        ]
        await sdk.responses.create(model=MODEL, input=turns, tools=[TOOL])
        user, assistant, *results = service.chat.requests[-1].messages
        assert user == {"role": "user", "content": "Weather?"}
        assert assistant["content"].strip() == "Let me see."
        assert [call["id"] for call in assistant["tool_calls"]] == ["call_a", "call_b"]
        assert assistant["tool_calls"][0]["function"] == {"name": "get_weather", "arguments": {"city": "Paris"}}
        assert [result["tool_call_id"] for result in results] == ["call_a", "call_b"]


async def test_parse_gives_the_schemas_object_whole_and_streamed(sdk: openai.AsyncOpenAI, service: FakeService) -> None:
    service.chat.steps = [TextDelta('{"word":'), TextDelta('"yes"}', "stop", USAGE)]
    whole = await sdk.responses.parse(model=MODEL, input="hi", text_format=Answer)
    async with sdk.responses.stream(model=MODEL, input="hi", text_format=Answer) as stream:
        streamed = await stream.get_final_response()
    assert whole.output_parsed == streamed.output_parsed == Answer(word="yes")
    grammar = service.chat.requests[0].grammar
    assert grammar is not None
    assert orjson.loads(grammar.source)["required"] == ["word"]


async def test_metadata_is_given_back(sdk: openai.AsyncOpenAI) -> None:
    metadata = {"k" * 64: "v" * 512, "user": ""} | {str(number): "" for number in range(14)}
    assert (await sdk.responses.create(model=MODEL, input="hi", metadata=metadata)).metadata == metadata


async def test_logprobs_go_with_the_text_they_belong_to(sdk: openai.AsyncOpenAI, service: FakeService) -> None:
    scores = [ScoredToken(bytes([byte]), -0.5, ((bytes([byte]), -0.5), (b"x", -2.0))) for byte in b"?\nabc"]
    service.chat.steps = [
        TextDelta("", reasoning="hm", scores=(scores[0],)),
        TextDelta("\n", scores=(scores[1],)),
        TextDelta("ab", scores=(scores[2], scores[3])),
        TextDelta("", "length", USAGE, scores=(scores[4],)),
    ]
    asked: Any = {"model": MODEL, "input": "hi", "include": ["message.output_text.logprobs"], "top_logprobs": 2}
    raw = await sdk.responses.with_raw_response.create(**asked)
    ResponseAnswer.model_validate_json(raw.text)
    events: list[Any] = [event async for event in await sdk.responses.create(**asked, stream=True)]
    deltas = [event for event in events if event.type == "response.output_text.delta"]
    assert [[entry.token for entry in event.logprobs] for event in deltas] == [["\n", "a", "b"], ["c"]]
    (done,) = [event for event in events if event.type == "response.output_text.done"]
    for part in (raw.parse().output[1].content[0], events[-1].response.output[1].content[0], done):
        assert "".join(entry.token for entry in part.logprobs) == "\nabc"
        assert [len(entry.top_logprobs) for entry in part.logprobs] == [2] * 4
    assert service.chat.requests[0].params.num_logprobs == 2
    turns: Any = [*raw.parse().output, {"role": "user", "content": "go on"}]
    await sdk.responses.create(model=MODEL, input=turns)
    assert service.chat.requests[-1].messages[0] == {"role": "assistant", "content": "\nab"}


async def test_an_answer_that_is_cut_off_is_incomplete(sdk: openai.AsyncOpenAI, service: FakeService) -> None:
    service.chat.steps = [TextDelta("half"), TextDelta("", "length", USAGE)]
    whole = await sdk.responses.create(model=MODEL, input="hi", max_output_tokens=1)
    events: list[Any] = [event async for event in await sdk.responses.create(model=MODEL, input="hi", stream=True)]
    assert events[-1].type == "response.incomplete"
    responses: list[Any] = [whole, events[-1].response]
    for response in responses:
        assert response.status == "incomplete"
        assert response.incomplete_details.reason == "max_output_tokens"
        assert response.output[0].status == "incomplete"


async def test_an_error_after_the_first_event_is_an_event(sdk: openai.AsyncOpenAI, service: FakeService) -> None:
    service.chat.steps = [TextDelta("half"), EngineDeadError("the engine is gone")]
    events: list[Any] = [event async for event in await sdk.responses.create(model=MODEL, input="hi", stream=True)]
    last = events[-1]
    assert (last.type, last.code, last.message) == ("error", "engine_dead", "the engine is gone")
    assert last.sequence_number == len(events) - 1
    assert service.chat.streams[0].num_aborts


async def test_an_error_before_it_has_its_status(sdk: openai.AsyncOpenAI, service: FakeService) -> None:
    service.chat.error = QueueFullError("full")
    with pytest.raises(openai.InternalServerError) as full:
        await sdk.responses.create(model=MODEL, input="hi", stream=True)
    assert full.value.status_code == 503
    with pytest.raises(openai.NotFoundError):
        await sdk.responses.create(model="other", input="hi")


@pytest.mark.parametrize("steps", [[TextDelta("\n")], []], ids=["blank", "nothing"])
async def test_an_answer_of_nothing_is_still_a_message(
    sdk: openai.AsyncOpenAI, service: FakeService, steps: list[TextDelta]
) -> None:
    service.chat.steps = [*steps, TextDelta("", "stop", USAGE)]
    whole = await sdk.responses.create(model=MODEL, input="hi")
    assert [item.type for item in whole.output] == ["message"]
    assert whole.output_text == "".join(step.text for step in steps)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"store": True}, "store"),
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"background": True}, "background"),
        ({"truncation": "auto"}, "truncation"),
        ({"include": ["reasoning.encrypted_content"]}, "include[0]"),
        ({"include": ["message.output_text.logprobs"], "tools": [TOOL]}, None),
        ({"top_logprobs": 2}, None),
        ({"metadata": {str(number): "" for number in range(17)}}, "metadata"),
        ({"metadata": {"k" * 65: ""}}, "metadata"),
        ({"metadata": {"k": "v" * 513}}, "metadata"),
        ({"metadata": {"k": 1}}, "metadata"),
        ({"reasoning": {"effort": "high"}}, "reasoning"),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"tool_choice": "required"}, None),
        ({"tool_choice": {"type": "function", "name": "x"}}, None),
        ({"n": 2}, "n"),
        ({"input": []}, "input"),
        ({"input": ""}, "input"),
        ({"input": [{"type": "reasoning", "summary": []}]}, "input"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input[0]"),
        ({"input": [{"type": ["message"]}]}, "input[0]"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "input[0].content[0].type"),
        ({"input": [{"type": "function_call", "call_id": "a", "name": "f"}]}, "input[0].arguments"),
        ({"text": {"format": {"type": "json_schema", "name": "x"}}}, "text.format"),
        ({"text": {"format": {"type": "json_schema", "schema": 1, "name": "x"}}}, "text.format"),
        ({"text": {"verbosity": "low"}}, "text.verbosity"),
        ({"instruction": "x"}, "instruction"),
    ],
)
async def test_what_can_not_be_served_is_refused_by_name(
    client: httpx.AsyncClient, service: FakeService, fields: dict[str, Any], param: str | None
) -> None:
    answer = await client.post("/v1/responses", json={"model": MODEL, "input": "hi", **fields})
    error = orjson.loads(answer.content)["error"]
    assert (answer.status_code, error["param"]) == (400, param)
    name = param or next(name for name in ("tool_choice", "include", "top_logprobs") if name in fields)
    assert name.rpartition(".")[2].partition("[")[0] in error["message"]
    assert service.chat.requests == []
