"""Text completions over HTTP, with a scripted service behind them."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from app.api.answer_schemas import TextCompletion
from app.service.requests import ScoredToken, TextDelta
from tests.api.fake_service import MODEL, USAGE, FakeService

PROMPT_SCORES = (ScoredToken(b"Say", None), ScoredToken(b" it", -1.5, ((b" me", -0.5),)))
SCORES = (ScoredToken(b" now", -0.25, ((b" now", -0.25),)),)


async def ask(client: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    return await client.post("/v1/completions", json={"model": MODEL, "prompt": "Say it", **fields})


async def whole(client: httpx.AsyncClient, **fields: Any) -> TextCompletion:
    answer = await ask(client, **fields)
    assert answer.status_code == 200, answer.text
    return TextCompletion.model_validate_json(answer.content)


async def test_a_prompt_reaches_the_service_as_it_stands(client: httpx.AsyncClient, service: FakeService) -> None:
    for prompt, expected in (("a", ["a"]), ([1, 2], [[1, 2]]), (["a", "b"], ["a", "b"]), ([[1], [2]], [[1], [2]])):
        service.chat.steps = [TextDelta("x", "stop", USAGE, index=i) for i in range(len(expected))]
        await whole(client, prompt=prompt)
        assert service.chat.requests[-1].prompts == expected
        assert service.chat.requests[-1].max_tokens == 16


async def test_answers_stand_in_the_order_of_prompts_and_choices(
    client: httpx.AsyncClient, service: FakeService
) -> None:
    service.chat.steps = [TextDelta(str(i), "stop", USAGE, index=i) for i in (2, 0, 3, 1)]
    answer = await whole(client, prompt=["p", "q"], n=2)
    assert [(choice.index, choice.text) for choice in answer.choices] == [(0, "0"), (1, "1"), (2, "2"), (3, "3")]


@pytest.mark.parametrize("max_tokens", [0, 5])
async def test_echo_gives_the_prompt_with_the_likelihood_of_its_tokens(
    client: httpx.AsyncClient, service: FakeService, max_tokens: int
) -> None:
    service.chat.steps = [TextDelta(" now", "length", USAGE, scores=SCORES, prompt_scores=PROMPT_SCORES)]
    (choice,) = (await whole(client, echo=True, logprobs=1, max_tokens=max_tokens)).choices
    assert choice.text == ("Say it now" if max_tokens else "Say it")
    assert choice.logprobs is not None
    assert choice.logprobs.tokens == ["Say", " it", " now"][: 3 if max_tokens else 2]
    assert choice.logprobs.token_logprobs == [None, -1.5, -0.25][: 3 if max_tokens else 2]
    assert choice.logprobs.top_logprobs[:2] == [None, {" me": -0.5, " it": -1.5}]
    assert choice.logprobs.text_offset == [0, 3, 6][: 3 if max_tokens else 2]
    params = service.chat.requests[-1].params
    assert (params.num_logprobs, params.num_prompt_logprobs) == (1, 1)


async def test_a_stream_echoes_each_prompt_once_and_ends_with_the_counts(
    client: httpx.AsyncClient, service: FakeService
) -> None:
    service.chat.steps = [
        TextDelta(" a", index=1),
        TextDelta(" b", index=0),
        TextDelta(" c", "stop", index=1),
        TextDelta(" d", "length", USAGE, index=0),
    ]
    answer = await ask(client, prompt=["P", "Q"], echo=True, stream=True, stream_options={"include_usage": True})
    *events, done = [line[6:] for line in answer.text.split("\n\n") if line]
    assert done == "[DONE]"
    chunks = [TextCompletion.model_validate_json(event) for event in events]
    texts = ["".join(c.choices[0].text for c in chunks if c.choices and c.choices[0].index == i) for i in (0, 1)]
    assert texts == ["P b d", "Q a c"]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None


async def test_running_token_counts_come_with_every_chunk_when_asked_for(client: httpx.AsyncClient) -> None:
    options = {"include_usage": True, "continuous_usage_stats": True}
    answer = await ask(client, prompt="P", stream=True, stream_options=options)
    chunks = [TextCompletion.model_validate_json(line[6:]) for line in answer.text.split("\n\n")[:-2]]
    assert [c.usage.completion_tokens for c in chunks if c.usage is not None] == [1, 2, 3, 3, 3]
    assert len(chunks) == 5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("suffix", "end"),
        ("best_of", 2),
        ("max_tokens", 0),
        ("prompt", []),
        ("prompt", ""),
        ("prompt", [[]]),
        ("prompt", [1, "a"]),
        ("n", 129),
        ("logprobs", 21),
        ("stream_options", {"include_usage": True}),
        ("temprature", 1),
    ],
)
async def test_what_can_not_be_served_is_refused_by_name(
    client: httpx.AsyncClient, service: FakeService, field: str, value: Any
) -> None:
    answer = await ask(client, **{field: value})
    assert answer.status_code == 400
    assert field.replace("temprature", "temperature") in orjson.loads(answer.content)["error"]["message"]
    assert service.chat.requests == []
