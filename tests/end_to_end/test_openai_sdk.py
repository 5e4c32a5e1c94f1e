"""OpenAI's own client against a real server with the bundled model: each understands what the other says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import openai
import pytest
import torch
from pydantic import BaseModel
from transformers import AutoModel, AutoTokenizer

from tests.end_to_end.server_process import ROOT, running_server
from tests.engine.tiny_encoders import MEAN, save_encoder

QUESTION: Any = [{"role": "user", "content": "My CPU-bound Python code is slow. Processes or threads?"}]
WEATHER: Any = [{"role": "user", "content": "What is the weather in Oslo?"}]
TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Tell the weather of a city.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string", "maxLength": 20}, "unit": {"enum": ["C", "F"]}},
                "required": ["city", "unit"],
                "additionalProperties": False,
            },
        },
    }
]


class Advice(BaseModel):
    choice: Literal["asyncio", "threads", "processes"]
    certainty: Literal["low", "high"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_encoder(tmp_path_factory.mktemp("models") / "encoder", pooling=MEAN)


@pytest.fixture(scope="module")
def sdk(encoder: Path) -> Iterator[openai.OpenAI]:
    with running_server(ROOT / "models" / "tutor", embedding_model=encoder) as server:
        yield openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0, timeout=60)


def chat(sdk: openai.OpenAI, messages: Any = QUESTION, **fields: Any) -> Any:
    return sdk.chat.completions.create(model="tutor", messages=messages, **{"temperature": 0, **fields})


def test_choices_are_as_many_as_asked_for_and_seeded(sdk: openai.OpenAI) -> None:
    answers = [chat(sdk, n=3, temperature=1.2, seed=5, max_tokens=12) for _ in range(2)]
    first, again = ([choice.message.content for choice in answer.choices] for answer in answers)
    assert first == again
    assert len(set(first)) > 1
    assert answers[0].usage.completion_tokens == sum(12 for _ in range(3))
    assert answers[0].system_fingerprint.startswith("fp_")


def test_a_stream_of_choices_says_what_the_whole_says(sdk: openai.OpenAI) -> None:
    whole = chat(sdk, n=2, temperature=1.0, seed=3, max_tokens=10)
    texts = ["", ""]
    for chunk in chat(sdk, n=2, temperature=1.0, seed=3, max_tokens=10, stream=True):
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
    assert texts == [choice.message.content for choice in whole.choices]


def test_the_answer_is_parsed_into_the_clients_own_type(sdk: openai.OpenAI) -> None:
    answer = sdk.chat.completions.parse(
        model="tutor", messages=QUESTION, response_format=Advice, temperature=1.5, seed=1
    )
    assert isinstance(answer.choices[0].message.parsed, Advice)
    assert answer.choices[0].finish_reason == "stop"


def test_json_mode_gives_an_object(sdk: openai.OpenAI) -> None:
    answer = chat(sdk, response_format={"type": "json_object"}, max_tokens=200)
    if answer.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(answer.choices[0].message.content), dict)
    assert answer.choices[0].message.content.startswith("{")


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "get_weather"}}], ids=str)
def test_a_forced_call_keeps_to_its_schema_even_in_noise(sdk: openai.OpenAI, choice: Any) -> None:
    answer = chat(sdk, tools=TOOLS, tool_choice=choice, parallel_tool_calls=False, temperature=2.0, seed=4)
    (call,) = answer.choices[0].message.tool_calls
    arguments = json.loads(call.function.arguments)
    assert (call.function.name, answer.choices[0].finish_reason) == ("get_weather", "tool_calls")
    assert arguments.keys() == {"city", "unit"}
    assert arguments["unit"] in {"C", "F"}


def test_with_tools_and_a_form_the_answer_is_a_valid_call_or_has_the_form_even_in_noise(sdk: openai.OpenAI) -> None:
    strict: Any = [{"type": "function", "function": {**TOOLS[0]["function"], "strict": True}}]
    brace = AutoTokenizer.from_pretrained(ROOT / "models" / "tutor").convert_tokens_to_ids("{")
    kinds = set()
    for bias in (-100, 100):  # the bundled model, left to itself, calls whatever it is asked
        answer = sdk.chat.completions.parse(
            model="tutor",
            messages=WEATHER,
            tools=strict,
            response_format=Advice,
            logit_bias={str(brace): bias},
            n=8,
            temperature=2.0,
            seed=1,
        )
        for choice in answer.choices:
            kinds.add(choice.finish_reason)
            if choice.finish_reason == "tool_calls":
                assert not choice.message.content
                assert all(isinstance(call.function.parsed_arguments, dict) for call in choice.message.tool_calls or ())
            else:
                assert isinstance(choice.message.parsed, Advice)
    assert kinds == {"tool_calls", "stop"}


def test_a_call_streams_and_its_result_can_be_sent_back(sdk: openai.OpenAI) -> None:
    with sdk.chat.completions.stream(model="tutor", messages=WEATHER, tools=TOOLS, tool_choice="required") as stream:
        message = stream.get_final_completion().choices[0].message
    assert message.tool_calls
    call = message.tool_calls[0]
    result = {"role": "tool", "tool_call_id": call.id, "content": '{"temperature": 3}'}
    answer = chat(sdk, [*WEATHER, message.model_dump(exclude_none=True), result], tools=TOOLS)
    assert answer.choices[0].message.content or answer.choices[0].message.tool_calls


def test_logprobs_of_an_answer_fit_its_text(sdk: openai.OpenAI) -> None:
    choice = chat(sdk, logprobs=True, top_logprobs=3, max_tokens=8).choices[0]
    assert b"".join(bytes(entry.bytes) for entry in choice.logprobs.content).decode() == choice.message.content
    for entry in choice.logprobs.content:
        assert len(entry.top_logprobs) == 3
        assert entry.logprob == entry.top_logprobs[0].logprob, "greedy takes the likeliest"


def test_the_likelihood_of_a_text_adds_up_over_its_parts(sdk: openai.OpenAI) -> None:
    def logprobs(text: str) -> list[float]:
        answer = sdk.completions.create(model="tutor", prompt=text, echo=True, logprobs=1, max_tokens=0)
        found = answer.choices[0].logprobs
        assert found is not None
        assert found.tokens is not None
        assert "".join(found.tokens) == text == answer.choices[0].text
        return list(found.token_logprobs or ())[1:]

    whole, part = logprobs("The event loop runs one task at a time."), logprobs("The event loop runs")
    assert whole[: len(part)] == pytest.approx(part, abs=1e-3)


def test_several_prompts_are_continued_in_their_order(sdk: openai.OpenAI) -> None:
    prompts = ["The event loop", "A process pool"]
    together = sdk.completions.create(model="tutor", prompt=prompts, max_tokens=5, temperature=0)
    alone = [sdk.completions.create(model="tutor", prompt=text, max_tokens=5, temperature=0) for text in prompts]
    assert [choice.text for choice in together.choices] == [answer.choices[0].text for answer in alone]


def test_errors_are_the_clients_own(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as schema:
        chat(sdk, response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "none"}}})
    assert schema.value.param == "response_format"
    with pytest.raises(openai.NotFoundError):
        sdk.chat.completions.create(model="other", messages=QUESTION)
    with pytest.raises(openai.BadRequestError) as unknown:
        chat(sdk, extra_body={"temprature": 1})
    assert "temperature" in unknown.value.message


def test_responses_say_what_chat_says_streamed_parsed_and_with_a_tools_result(sdk: openai.OpenAI) -> None:
    fields: Any = {"model": "tutor", "temperature": 0}
    whole = sdk.responses.create(**fields, input=QUESTION)
    assert whole.output_text == chat(sdk).choices[0].message.content
    with sdk.responses.stream(**fields, input=QUESTION) as stream:
        assert stream.get_final_response().output_text == whole.output_text
    assert sdk.responses.parse(**fields, input=QUESTION, text_format=Advice).output_parsed is not None
    scored: Any = sdk.responses.create(**fields, input=QUESTION, include=["message.output_text.logprobs"])
    entries = scored.output[0].content[0].logprobs
    assert b"".join(bytes(entry.bytes) for entry in entries).decode() == whole.output_text
    tool: Any = {"type": "function", "strict": True, **TOOLS[0]["function"]}
    (call,) = sdk.responses.create(**fields, input=WEATHER, tools=[tool], tool_choice="required").output
    assert call.type == "function_call"
    assert json.loads(call.arguments)["unit"] in {"C", "F"}
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "Rain."}
    last = sdk.responses.create(**fields, input=[*WEATHER, call, result], tools=[tool], max_output_tokens=40)
    assert last.output[0].type == "message"


def test_embeddings_of_a_second_model_are_transformers_own(sdk: openai.OpenAI, encoder: Path) -> None:
    texts = ["The event loop", "waits for many things at once, and never computes for long.", "a"]
    found = sdk.embeddings.create(model="encoder", input=texts)
    tokenizer, model = AutoTokenizer.from_pretrained(encoder), AutoModel.from_pretrained(encoder).eval()
    for text, one in zip(texts, found.data, strict=True):
        with torch.no_grad():
            mean = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0)
        torch.testing.assert_close(torch.tensor(one.embedding), mean / mean.norm(), atol=2e-5, rtol=0)
    assert found.usage.prompt_tokens == sum(len(tokenizer(text)["input_ids"]) for text in texts)
