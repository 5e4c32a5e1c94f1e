"""Embeddings over HTTP and through OpenAI's own client, with a fake model behind them."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import orjson
import pytest
from fastapi import FastAPI

from app.api.embedding_schemas import EmbeddingsAnswer
from tests.api.fake_service import FakeEmbeddings, FakeService


@pytest.fixture
def embeddings(service: FakeService) -> FakeEmbeddings:
    service.embeddings = FakeEmbeddings()
    return service.embeddings


async def ask(client: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    return await client.post("/v1/embeddings", json={"model": "embedding", "input": "abc", **fields})


async def test_without_a_model_it_is_404_and_says_how_to_switch_it_on(client: httpx.AsyncClient) -> None:
    answer = await ask(client)
    error = orjson.loads(answer.content)["error"]
    assert (answer.status_code, error["code"], error["param"]) == (404, "model_not_found", "model")
    assert "UNBLOCKED_EMBEDDING_MODEL" in error["message"]


@pytest.mark.parametrize("encoding_format", ["base64", "float", openai.omit])
async def test_openais_client_reads_the_vectors(app: FastAPI, embeddings: FakeEmbeddings, encoding_format: Any) -> None:
    http_client: Any = httpx.AsyncClient(transport=httpx.ASGITransport(app=app))
    async with openai.AsyncOpenAI(base_url="http://localhost/v1", api_key="none", http_client=http_client) as sdk:
        found = await sdk.embeddings.create(model="embedding", input=["abc", "d"], encoding_format=encoding_format)
        assert {model.id async for model in sdk.models.list()} == {"tutor", "embedding"}
    if encoding_format != "base64":  # then it gives the text back as it stands
        assert [one.embedding for one in found.data] == [
            [3.0, pytest.approx(0.1), -0.25],
            [1.0, pytest.approx(0.1), -0.25],
        ]
    assert [one.index for one in found.data] == [0, 1]
    assert (found.usage.prompt_tokens, found.usage.total_tokens) == (4, 4)


async def test_many_vectors_are_written_whole(client: httpx.AsyncClient, embeddings: FakeEmbeddings) -> None:
    answer = EmbeddingsAnswer.model_validate_json(
        (await ask(client, input=[[1] * (i % 7 + 1) for i in range(2048)])).content
    )
    assert [(one.index, one.embedding[0]) for one in answer.data] == [(i, i % 7 + 1) for i in range(2048)]


@pytest.mark.parametrize(
    ("given", "inputs"),
    [("a", ["a"]), (["a", "b"], ["a", "b"]), ([1, 2], [[1, 2]]), ([[1], [2, 3]], [[1], [2, 3]])],
)
async def test_inputs_reach_the_service_however_they_are_given(
    client: httpx.AsyncClient, embeddings: FakeEmbeddings, given: Any, inputs: Any
) -> None:
    assert (await ask(client, input=given, dimensions=2)).status_code == 200
    assert (embeddings.requests[0].inputs, embeddings.requests[0].dimensions) == (inputs, 2)


@pytest.mark.parametrize(
    "fields",
    [
        {"input": ""},
        {"input": []},
        {"input": [""]},
        {"input": [[]]},
        {"input": [1, "a"]},
        {"input": ["a"] * 2049},
        {"dimensions": 0},
        {"encoding_format": "int8"},
        {"inputs": "x"},
    ],
)
async def test_what_can_not_be_served_is_refused_by_name(
    client: httpx.AsyncClient, embeddings: FakeEmbeddings, fields: dict[str, Any]
) -> None:
    answer = await ask(client, **fields)
    assert answer.status_code == 400
    assert next(iter(fields)).removesuffix("s") in orjson.loads(answer.content)["error"]["message"]
    assert embeddings.requests == []


async def test_another_models_name_is_404(client: httpx.AsyncClient, embeddings: FakeEmbeddings) -> None:
    answer = await ask(client, model="tutor")
    assert answer.status_code == 404
    assert "'embedding'" in orjson.loads(answer.content)["error"]["message"]
