from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.answer_schemas import TokenizeAnswer
from app.api.token_json import IDS_PER_PIECE, dump_id_lists, dump_ids
from app.api.token_schemas import MAX_TOKEN_IDS
from app.errors import InvalidRequestError
from tests.api.asgi_call import AsgiCall
from tests.api.fake_service import FakeService


async def tokenize(client: httpx.AsyncClient, **body: Any) -> TokenizeAnswer:
    response = await client.post("/v1/tokenize", json=body)
    assert response.status_code == 200, response.text
    return TokenizeAnswer.model_validate_json(response.content)


async def test_a_text_becomes_ids_and_their_count(client: httpx.AsyncClient) -> None:
    answer = await tokenize(client, text="hé")
    assert (answer.token_ids, answer.count, answer.counts) == ([104, 195, 169], 3, None)
    assert answer.max_model_len == 1024


async def test_texts_become_lists_in_their_order(client: httpx.AsyncClient) -> None:
    answer = await tokenize(client, texts=["ab", "", "c"])
    assert (answer.token_ids, answer.counts, answer.count) == ([[97, 98], [], [99]], [2, 0, 1], 3)


async def test_ten_thousand_texts_are_taken_and_no_more(client: httpx.AsyncClient) -> None:
    assert (await tokenize(client, texts=["a"] * 10_000)).count == 10_000
    response = await client.post("/v1/tokenize", json={"texts": ["a"] * 10_001})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "texts"


async def test_messages_go_through_the_template_with_their_tools(
    client: httpx.AsyncClient, service: FakeService
) -> None:
    tool = {"type": "function", "function": {"name": "f"}}
    messages = [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]
    answer = await tokenize(client, messages=messages, tools=[tool], add_generation_prompt=False)
    assert answer.count == 2
    assert service.prompts.chats == [
        {"messages": [{"role": "user", "content": "hi"}], "tools": [tool], "add_generation_prompt": False}
    ]


async def test_counts_alone_may_be_asked_for(client: httpx.AsyncClient) -> None:
    answer = await tokenize(client, texts=["ab", "c"], return_token_ids=False)
    assert (answer.counts, answer.token_ids) == ([2, 1], None)


@pytest.mark.parametrize(
    "body",
    [{}, {"text": "a", "texts": ["b"]}, {"text": "a", "messages": []}, {"text": "a", "tools": [{}]}, {"texts": []}],
)
async def test_exactly_one_kind_of_input_is_taken(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await client.post("/v1/tokenize", json=body)).status_code == 400


@pytest.mark.parametrize("path", ["/v1/tokenize", "/v1/detokenize"])
async def test_another_models_tokens_are_not_counted_here(client: httpx.AsyncClient, path: str) -> None:
    body = {"model": "other", **({"text": "a"} if path == "/v1/tokenize" else {"token_ids": [1]})}
    assert (await client.post(path, json=body)).status_code == 404


async def test_a_templates_refusal_is_the_callers_error(client: httpx.AsyncClient, service: FakeService) -> None:
    service.prompts.error = InvalidRequestError("roles must alternate", param="messages")
    response = await client.post("/v1/tokenize", json={"messages": [{"role": "user", "content": "x"}]})
    assert (response.status_code, response.json()["error"]["param"]) == (400, "messages")


async def test_ids_become_text_again(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/detokenize", json={"token_ids": [104, 195, 169]})
    assert response.json() == {"model": "tutor", "text": "hé"}


async def test_as_many_ids_are_taken_as_the_schema_says(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/detokenize", json={"token_ids": [65] * MAX_TOKEN_IDS})
    assert response.json()["text"] == "A" * MAX_TOKEN_IDS
    response = await client.post("/v1/detokenize", json={"token_ids": [65] * (MAX_TOKEN_IDS + 1)})
    assert response.json()["error"]["param"] == "token_ids"


@pytest.mark.parametrize("ids", [[-1], [2**31], [2**40], ["1"], [1.5], [True], "abc", [[1]]])
async def test_what_is_no_token_id_is_refused(client: httpx.AsyncClient, ids: Any) -> None:
    assert (await client.post("/v1/detokenize", json={"token_ids": ids})).status_code == 400


async def test_a_client_that_leaves_stops_its_tokenizing(app: FastAPI, service: FakeService) -> None:
    call = AsgiCall(app, path="/v1/tokenize", body=b'{"text":"a"}')
    call.disconnect()

    async def never(texts: Any) -> Any:
        await service.chat.opening.wait()  # never set

    service.prompts.encode_texts = never  # type: ignore[method-assign]
    await call.run()
    assert call.sent == []


@pytest.mark.parametrize("num_ids", [0, 1, IDS_PER_PIECE, IDS_PER_PIECE + 1, 3 * IDS_PER_PIECE])
async def test_ids_written_in_pieces_are_one_list(num_ids: int) -> None:
    ids = list(range(num_ids))
    assert httpx.Response(200, content=await dump_ids(ids)).json() == ids
    assert httpx.Response(200, content=await dump_id_lists([ids, [], [1]])).json() == [ids, [], [1]]
