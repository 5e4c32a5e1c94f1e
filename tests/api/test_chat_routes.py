from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from app.api.answer_schemas import ChatCompletion, ChatCompletionChunk
from app.errors import (
    DeadlineExceededError,
    EngineDeadError,
    PromptTooLongError,
    QueueFullError,
    SequenceFailedError,
)
from app.main import create_app
from app.service.requests import TextDelta
from app.settings import Settings
from tests.api.asgi_call import DEADLINE_S, chat_call
from tests.api.fake_service import USAGE, FakeService, make_factory, script


async def test_a_whole_answer_has_openais_shape(app: FastAPI) -> None:
    call = chat_call(app)
    await call.run()
    answer = ChatCompletion.model_validate(call.json)
    assert call.status == 200
    assert answer.id.startswith("chatcmpl-")
    assert answer.choices[0].message.content == "Hello, wörld\n!"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == 10
    assert answer.usage.prompt_tokens_details.cached_tokens == USAGE.num_cached_tokens


async def test_a_stream_is_role_then_deltas_then_finish_reason_then_done(app: FastAPI) -> None:
    call = chat_call(app, stream=True)
    await call.run()
    assert call.status == 200
    assert call.headers["content-type"].startswith("text/event-stream")
    assert call.headers["cache-control"] == "no-cache"
    assert call.headers["x-accel-buffering"] == "no"
    *chunks, done = call.events
    assert done == "[DONE]"
    parsed = [ChatCompletionChunk.model_validate(chunk) for chunk in chunks]
    assert parsed[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in parsed) == "Hello, wörld\n!"
    assert [chunk.choices[0].finish_reason for chunk in parsed] == [None] * 4 + ["stop"]
    assert len({chunk.id for chunk in parsed}) == 1
    assert all("usage" not in chunk for chunk in chunks)


async def test_each_delta_is_sent_as_soon_as_it_is_there(app: FastAPI, service: FakeService) -> None:
    service.chat.steps = [TextDelta("first")]  # and then nothing more comes
    call = chat_call(app, stream=True)
    task = call.start()
    await call.wait_for("first")
    assert not call.is_complete
    task.cancel()
    await task


async def test_the_token_counts_come_in_a_chunk_of_their_own_when_asked_for(app: FastAPI) -> None:
    call = chat_call(app, stream=True, stream_options={"include_usage": True})
    await call.run()
    *chunks, last, done = call.events
    assert done == "[DONE]"
    assert last["choices"] == []
    assert ChatCompletionChunk.model_validate(last).usage is not None
    assert all(chunk["usage"] is None for chunk in chunks)


async def test_running_token_counts_come_with_every_chunk_when_asked_for(app: FastAPI) -> None:
    options = {"include_usage": True, "continuous_usage_stats": True}
    call = chat_call(app, stream=True, stream_options=options)
    await call.run()
    chunks = [ChatCompletionChunk.model_validate(event) for event in call.events[:-1]]
    counts = [(c.usage.prompt_tokens, c.usage.completion_tokens) for c in chunks if c.usage is not None]
    assert counts == [(7, 0), (7, 1), (7, 2), (7, 3), (7, 3), (7, 3)], "role, three texts, finish reason, the end"


@pytest.mark.parametrize("is_stream", [True, False])
async def test_text_sent_with_the_finish_reason_is_not_lost(
    app: FastAPI, service: FakeService, is_stream: bool
) -> None:
    service.chat.steps = [TextDelta("a"), TextDelta("b", finish_reason="length", usage=USAGE)]
    call = chat_call(app, stream=is_stream)
    await call.run()
    if is_stream:
        text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in call.events[:-1])
        assert (text, call.events[-2]["choices"][0]["finish_reason"]) == ("ab", "length")
    else:
        assert call.json["choices"][0]["message"]["content"] == "ab"
        assert call.json["choices"][0]["finish_reason"] == "length"


async def test_any_text_survives_the_wire(app: FastAPI, service: FakeService) -> None:
    texts = ['"quotes" \\ and\nlines\r\n\n', "data: [DONE]\n\n", "\u2028\u0000\x1b", "中文 🎉", "</script>"]
    service.chat.steps = script(*texts)
    call = chat_call(app, stream=True)
    await call.run()
    deltas = [chunk["choices"][0]["delta"].get("content") for chunk in call.events[1:-2]]
    assert deltas == texts


@pytest.mark.parametrize("is_stream", [True, False])
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (QueueFullError("full", retry_after_s=2.2), 503, "queue_full"),
        (PromptTooLongError(num_tokens=9, max_tokens=8), 400, "context_length_exceeded"),
        (EngineDeadError("gone"), 503, "engine_dead"),
    ],
)
async def test_an_error_before_the_first_byte_is_a_plain_http_error(
    app: FastAPI, service: FakeService, error: Exception, status: int, code: str, is_stream: bool
) -> None:
    service.chat.error = error
    call = chat_call(app, stream=is_stream)
    await call.run()
    assert call.status == status
    assert call.json["error"]["code"] == code
    assert call.headers.get("retry-after") == ("3" if status == 503 and code == "queue_full" else None)


async def test_an_error_after_the_first_byte_is_an_event_without_done(app: FastAPI, service: FakeService) -> None:
    service.chat.steps = [TextDelta("half"), DeadlineExceededError("out of time")]
    call = chat_call(app, stream=True)
    await call.run()
    assert call.status == 200
    assert call.events[-1]["error"]["code"] == "deadline_exceeded"
    assert "[DONE]" not in call.text
    assert call.is_complete
    assert service.chat.streams[0].num_aborts == 1


async def test_a_bug_after_the_first_byte_ends_the_stream_and_says_nothing_of_itself(
    app: FastAPI, service: FakeService
) -> None:
    service.chat.steps = [TextDelta("half"), ZeroDivisionError("secret")]
    call = chat_call(app, stream=True)
    await call.run()
    assert call.events[-1]["error"]["type"] == "server_error"
    assert "secret" not in call.text
    assert call.is_complete


@pytest.mark.parametrize(
    ("error", "status"),
    [(DeadlineExceededError("late"), 504), (SequenceFailedError("nan"), 500), (ZeroDivisionError("secret"), 500)],
)
async def test_an_error_in_the_middle_of_a_whole_answer_is_an_http_error(
    app: FastAPI, service: FakeService, error: Exception, status: int
) -> None:
    service.chat.steps = [TextDelta("half"), error]
    call = chat_call(app)
    await call.run()
    assert call.status == status
    assert call.json["error"]["type"] == "server_error"
    assert "secret" not in call.text
    assert service.chat.streams[0].num_aborts == 1


@pytest.mark.parametrize("is_stream", [True, False])
async def test_a_client_that_leaves_in_the_middle_aborts_its_work(
    app: FastAPI, service: FakeService, is_stream: bool
) -> None:
    service.chat.steps = [TextDelta("half")]
    call = chat_call(app, stream=is_stream)
    task = call.start()
    async with asyncio.timeout(DEADLINE_S):
        await service.chat.opening.wait()
        if is_stream:
            await call.wait_for("half")
        else:
            await service.chat.opened.wait()
            await service.chat.streams[0].is_stuck.wait()
        call.disconnect()
        await service.chat.streams[0].aborted.wait()
        await task
    assert service.chat.streams[0].num_aborts == 1
    assert not call.is_complete


@pytest.mark.parametrize("is_stream", [True, False])
async def test_a_client_that_leaves_while_its_prompt_is_prepared_cancels_that(
    app: FastAPI, service: FakeService, is_stream: bool
) -> None:
    service.chat.blocks_in_open = True
    call = chat_call(app, stream=is_stream)
    task = call.start()
    async with asyncio.timeout(DEADLINE_S):
        await service.chat.opening.wait()
        call.disconnect()
        await service.chat.open_was_cancelled.wait()
        await task
    assert call.sent == []


@pytest.mark.parametrize("is_stream", [True, False])
async def test_a_server_that_stops_aborts_the_work_and_answers_who_has_no_answer_yet(
    app: FastAPI, service: FakeService, is_stream: bool
) -> None:
    service.chat.steps = [TextDelta("half")]
    call = chat_call(app, stream=is_stream)
    task = call.start()
    async with asyncio.timeout(DEADLINE_S):
        await service.chat.opened.wait()
        await service.chat.streams[0].is_stuck.wait()
        task.cancel()
        await task
    assert service.chat.streams[0].num_aborts == 1
    if is_stream:
        assert not call.is_complete
    else:
        assert (call.status, call.json["error"]["code"]) == (503, "draining")
        assert call.headers["connection"] == "close"


async def test_a_finished_answer_is_aborted_too_which_costs_nothing(app: FastAPI, service: FakeService) -> None:
    call = chat_call(app, stream=True)
    await call.run()
    assert service.chat.streams[0].num_aborts == 1


async def test_a_silent_stream_is_kept_alive_by_comments(service: FakeService) -> None:
    settings = Settings(sse_ping_interval_s=0.001, _env_file=None)
    app = create_app(settings, service_factory=make_factory(service))
    app.state.service = service
    service.chat.steps = []
    call = chat_call(app, stream=True)
    task = call.start()
    await call.wait_for(": ping\n\n: ping\n\n")
    call.disconnect()
    async with asyncio.timeout(DEADLINE_S):
        await task


async def test_another_models_name_is_404_and_not_repeated(client: httpx.AsyncClient) -> None:
    body = {"model": "gpt-secret", "messages": [{"role": "user", "content": "hi"}]}
    response = await client.post("/v1/chat/completions", json=body)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "model_not_found"
    assert "tutor" in response.text
    assert "gpt-secret" not in response.text


async def test_every_request_gets_an_id_of_its_own_whatever_the_client_sends(
    app: FastAPI, service: FakeService
) -> None:
    for _ in range(2):
        await chat_call(app).run()
    first, second = service.chat.requests
    assert first.request_id != second.request_id
