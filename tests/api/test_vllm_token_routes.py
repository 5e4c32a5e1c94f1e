from __future__ import annotations

from typing import Any

import httpx
import pytest


async def ask(client: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
    return await client.post(path, json=body)


async def test_a_prompt_gets_what_a_model_expects_before_it(client: httpx.AsyncClient) -> None:
    answer = (await ask(client, "/tokenize", prompt="ab")).json()
    assert answer == {"count": 3, "max_model_len": 1024, "tokens": [1, 97, 98], "token_strs": None}
    bare = (await ask(client, "/tokenize", prompt="ab", add_special_tokens=False, return_token_strs=True)).json()
    assert (bare["tokens"], bare["token_strs"]) == ([97, 98], ["a", "b"])


async def test_texts_of_too_many_tokens_are_refused_and_not_cut(client: httpx.AsyncClient) -> None:
    prompt = "a" * 4096
    assert (await ask(client, "/tokenize", prompt=prompt)).json()["count"] == 4097
    answer = await ask(client, "/tokenize", prompt=prompt, return_token_strs=True)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "return_token_strs"
    assert "at most 4096 tokens; these are 4097" in answer.json()["error"]["message"]
    whole = await ask(client, "/tokenize", prompt=prompt, add_special_tokens=False, return_token_strs=True)
    assert len(whole.json()["token_strs"]) == 4096


async def test_messages_are_tokenized_as_the_model_sees_them(client: httpx.AsyncClient) -> None:
    messages = [{"role": "user", "content": "ab"}]
    assert (await ask(client, "/tokenize", messages=messages)).json()["tokens"] == [97, 98]


async def test_tokens_become_text_again(client: httpx.AsyncClient) -> None:
    assert (await ask(client, "/detokenize", tokens=[97, 98])).json() == {"prompt": "ab"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/tokenize", {}),
        ("/tokenize", {"prompt": "a", "messages": [{"role": "user", "content": "a"}]}),
        ("/tokenize", {"prompt": "a", "tools": [{"type": "function", "function": {"name": "f"}}]}),
        ("/detokenize", {"tokens": [-1]}),
        ("/detokenize", {"tokens": "a"}),
    ],
)
async def test_what_makes_no_sense_is_refused(client: httpx.AsyncClient, path: str, body: Any) -> None:
    assert (await client.post(path, json=body)).status_code == 400


async def test_another_model_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await ask(client, "/tokenize", prompt="a", model="other")).status_code == 404
