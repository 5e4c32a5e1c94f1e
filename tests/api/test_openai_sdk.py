"""OpenAI's own client against the edge, with a fake behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import openai
import pytest
from fastapi import FastAPI

from app.errors import QueueFullError
from tests.api.fake_service import MODEL, FakeService

TEXT = "Hello, wörld\n!"


@pytest.fixture
async def sdk(app: FastAPI) -> AsyncIterator[openai.AsyncOpenAI]:
    # It is typed for a fork of httpx, which differs in nothing that is used here.
    http_client: Any = httpx.AsyncClient(transport=httpx.ASGITransport(app=app))
    async with openai.AsyncOpenAI(
        base_url="http://localhost/v1", api_key="none", http_client=http_client, max_retries=0
    ) as client:
        yield client


async def test_it_reads_whole_answers_many_at_once(sdk: openai.AsyncOpenAI) -> None:
    async def ask() -> str | None:
        answer = await sdk.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
        assert answer.usage is not None
        return answer.choices[0].message.content

    assert await asyncio.gather(*(ask() for _ in range(32))) == [TEXT] * 32


async def test_it_reads_streams_and_their_usage(sdk: openai.AsyncOpenAI) -> None:
    stream = await sdk.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "hi"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == TEXT
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 10


async def test_an_answer_of_ours_can_be_sent_back_as_the_next_turn(
    sdk: openai.AsyncOpenAI, service: FakeService
) -> None:
    answer = await sdk.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
    again = await sdk.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "user", "content": "hi"},
            answer.choices[0].message.model_dump(),  # type: ignore[list-item]
            {"role": "user", "content": "and?"},
        ],
    )
    assert again.choices[0].finish_reason == "stop"
    assert service.chat.requests[1].messages[1] == {"role": "assistant", "content": TEXT}


async def test_it_knows_our_errors(sdk: openai.AsyncOpenAI, service: FakeService) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        await sdk.chat.completions.create(model="other", messages=[{"role": "user", "content": "hi"}])
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as refused:
        await sdk.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}], n=1000)
    assert refused.value.param == "n"
    service.chat.error = QueueFullError("full")
    with pytest.raises(openai.InternalServerError) as full:
        await sdk.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
    assert full.value.status_code == 503


async def test_it_lists_models(sdk: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in sdk.models.list()] == [MODEL]
