"""The whole service as its users meet it: a real process, real sockets, the openai SDK."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import openai
import psutil
import pytest
from openai.types.chat import ChatCompletionMessageParam

from tests.end_to_end.server_process import ServerProcess, running_server

DEADLINE_S = 60
NUM_CLIENTS = 32


@pytest.fixture
async def client(server: ServerProcess) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
async def http(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=DEADLINE_S) as http:
        yield http


def messages(i: int) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": f"What is the number {i}? " + "Tell me more. " * (i % 7)}]


async def whole(client: openai.AsyncOpenAI, model: str, i: int) -> str:
    answer = await client.chat.completions.create(model=model, messages=messages(i), temperature=0, max_tokens=20 + i)
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 20 + i
    assert answer.choices[0].finish_reason == "length"
    return answer.choices[0].message.content or ""


async def streamed(client: openai.AsyncOpenAI, model: str, i: int) -> str:
    stream = await client.chat.completions.create(
        model=model, messages=messages(i), temperature=0, max_tokens=20 + i, stream=True
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "length"
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


async def gauge(http: httpx.AsyncClient, name: str) -> float:
    text = (await http.get("/metrics")).text
    found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])


async def test_32_clients_at_once_get_what_each_gets_alone_while_healthz_answers(
    client: openai.AsyncOpenAI, http: httpx.AsyncClient
) -> None:
    model = (await client.models.list()).data[0].id
    alone = [await whole(client, model, i) for i in range(NUM_CLIENTS)]
    assert len(set(alone)) > NUM_CLIENTS // 2, "a model that always says the same proves nothing"
    is_done = asyncio.Event()

    async def ping() -> int:
        num_answers = 0
        while not is_done.is_set():
            answer = await http.get("/healthz")
            assert answer.status_code == 200
            num_answers += 1
        return num_answers

    pinging = asyncio.create_task(ping())
    together = await asyncio.gather(*((streamed if i % 2 else whole)(client, model, i) for i in range(NUM_CLIENTS)))
    is_done.set()
    assert await pinging > 0
    assert together == alone


async def test_a_seeded_request_is_repeatable_and_an_unseeded_one_is_not(client: openai.AsyncOpenAI) -> None:
    model = (await client.models.list()).data[0].id

    async def draw(seed: int | None) -> str | None:
        answer = await client.chat.completions.create(
            model=model, messages=messages(1), temperature=1.0, max_tokens=30, seed=seed
        )
        return answer.choices[0].message.content

    first, second, other, unseeded, again = await asyncio.gather(*map(draw, (1, 1, 2, None, None)))
    assert first == second
    assert len({first, other, unseeded, again}) == 4


@pytest.mark.parametrize("is_stream", [True, False])
async def test_a_client_that_leaves_frees_its_sequence(http: httpx.AsyncClient, is_stream: bool) -> None:
    body = {"model": "x", "messages": messages(0), "max_tokens": 4000, "stream": is_stream}
    body["model"] = (await http.get("/v1/models")).json()["data"][0]["id"]
    request = asyncio.create_task(http.post("/v1/chat/completions", json=body))
    async with asyncio.timeout(DEADLINE_S):
        while await gauge(http, "unblocked_sequences_running") < 1:
            pass
        request.cancel()
        while await gauge(http, "unblocked_sequences_running") > 0:
            pass


async def test_the_sdk_raises_the_right_exceptions(client: openai.AsyncOpenAI) -> None:
    model = (await client.models.list()).data[0].id
    with pytest.raises(openai.NotFoundError):
        await client.chat.completions.create(model="nothing-like-it", messages=messages(0))
    with pytest.raises(openai.BadRequestError, match="temperature"):
        await client.chat.completions.create(model=model, messages=messages(0), temperature=99)
    long: list[ChatCompletionMessageParam] = [{"role": "user", "content": "word " * 20_000}]
    with pytest.raises(openai.BadRequestError, match="tokens"):
        await client.chat.completions.create(model=model, messages=long)


async def test_sigterm_lets_accepted_requests_finish_and_leaves_no_child(random_model: Path) -> None:
    with running_server(random_model) as server:
        children = server.children()
        async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
            model = (await client.models.list()).data[0].id
            stream = await client.chat.completions.create(
                model=model, messages=messages(0), max_tokens=200, stream=True
            )
            chunks = [await anext(aiter(stream))]
            server.terminate()
            chunks += [chunk async for chunk in stream]
            assert chunks[-1].choices[0].finish_reason == "length"
        assert await asyncio.to_thread(server.wait) == 0
        assert children, "the tokenizer workers were expected to be children"
        assert not any(psutil.pid_exists(pid) for pid in children)


async def test_a_tokenize_call_under_way_at_sigterm_ends_whole_while_others_are_refused(random_model: Path) -> None:
    with running_server(random_model) as server:
        (worker,) = psutil.Process(server.pid).children()
        async with httpx.AsyncClient(base_url=server.url, timeout=DEADLINE_S) as http:
            body = {"text": "never compute for long " * 150_000, "return_token_ids": False}
            expected = (await http.post("/v1/tokenize", json=body)).json()
            spent_s = worker.cpu_times().user
            call = asyncio.create_task(http.post("/v1/tokenize", json=body))
            async with asyncio.timeout(DEADLINE_S):
                while worker.cpu_times().user == spent_s:  # until it works on it
                    await http.get("/healthz")
                server.terminate()
                while (await http.get("/readyz")).status_code == 200:
                    pass
            assert (await http.post("/v1/tokenize", json={"text": "late"})).status_code == 503
            assert not call.done(), "it was over before the drain began"
            answer = await call
            assert (answer.status_code, answer.json()) == (200, expected)
        assert await asyncio.to_thread(server.wait) == 0


async def test_requests_beyond_the_drain_budget_end_with_a_typed_error(random_model: Path) -> None:
    with running_server(random_model, drain_timeout_s=0.1) as server:
        async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
            model = (await client.models.list()).data[0].id
            stream = await client.chat.completions.create(
                model=model, messages=messages(0), max_tokens=4000, stream=True
            )
            await anext(aiter(stream))
            server.terminate()
            with pytest.raises(openai.APIError, match="shut down"):
                async for _ in stream:
                    pass
        assert await asyncio.to_thread(server.wait) == 0


async def test_a_second_signal_ends_at_once(random_model: Path) -> None:
    with running_server(random_model) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=DEADLINE_S) as http:
            model = (await http.get("/v1/models")).json()["data"][0]["id"]
            body = {"model": model, "messages": messages(0), "max_tokens": 4000, "stream": True}
            async with http.stream("POST", "/v1/chat/completions", json=body) as answer:
                await anext(answer.aiter_lines())
                server.terminate()
                async with asyncio.timeout(DEADLINE_S):
                    while (await http.get("/readyz")).status_code == 200:
                        pass
                server.process.send_signal(signal.SIGINT)
                assert await asyncio.to_thread(server.wait) == 128 + signal.SIGINT
