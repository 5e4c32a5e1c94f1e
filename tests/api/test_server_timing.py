from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from app.api.edge import Edge
from app.api.server_timing import server_timing
from app.main import create_app
from app.observability.metrics import Metrics
from app.service.requests import ChatRequest, TextDelta
from app.settings import Settings
from tests.api.asgi_call import AsgiCall, chat_call
from tests.api.fake_service import FakeChat, FakeService, FakeTextStream, make_factory

DEADLINE_S = 30.0


def durations(call: AsgiCall) -> dict[str, float]:
    """The header's names and milliseconds."""
    metrics = [metric.split(";dur=") for metric in call.headers["server-timing"].split(", ")]
    return {name: float(milliseconds) for name, milliseconds in metrics}


def test_seconds_become_milliseconds_in_the_headers_grammar() -> None:
    header = server_timing({"queue": 0.0123, "loop": 0.0})
    assert header == (b"server-timing", b"queue;dur=12.3, loop;dur=0.0")


class TimedChat(FakeChat):
    """Ends the stage "tokenize" before the answer, and all others in it."""

    async def open(self, request: ChatRequest) -> FakeTextStream:
        stages = request.stages
        stages.end("tokenize")

        class Timed(FakeTextStream):
            async def __aiter__(self) -> AsyncIterator[TextDelta]:
                stages.end("queue")
                stages.end("prefill")
                stages.end("decode")
                async for delta in super().__aiter__():
                    yield delta

        return Timed(self.steps)


async def test_a_whole_answer_tells_all_its_stages_in_their_order(app: FastAPI, service: FakeService) -> None:
    service.chat = TimedChat()
    call = chat_call(app)
    await call.run()
    assert list(durations(call)) == ["tokenize", "queue", "prefill", "decode", "loop", "total"]


async def test_a_stream_tells_what_is_known_at_its_first_byte(app: FastAPI, service: FakeService) -> None:
    service.chat = TimedChat()
    call = chat_call(app, stream=True)
    await call.run()
    assert list(durations(call)) == ["tokenize", "loop", "total"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/healthz"), ("GET", "/nope"), ("POST", "/v1/tokenize")])
async def test_every_answer_has_it_errors_too(app: FastAPI, method: str, path: str) -> None:
    call = AsgiCall(app, path=path, method=method, body=b'{"text": "a"}')
    await call.run()
    names = {"loop", "total"} | ({"tokenize"} if path == "/v1/tokenize" else set())
    assert durations(call).keys() == names


async def test_the_delay_is_asked_for_since_the_requests_beginning() -> None:
    asked: list[float] = []

    def delay_since(start_s: float) -> float:
        asked.append(start_s)
        return 0.125

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    before_s = time.monotonic()
    call = AsgiCall(Edge(answer, metrics=Metrics(), loop_delay_since=delay_since), path="/")
    await call.run()
    assert durations(call)["loop"] == 125.0
    assert before_s <= asked[0] <= time.monotonic()


@pytest.mark.blocks_the_loop
async def test_a_handler_that_held_the_loop_shows_in_its_own_answer() -> None:
    app = create_app(Settings(_env_file=None, loop_hold_log_ms=0), service_factory=make_factory(FakeService()))

    @app.get("/slow")
    async def slow() -> None:
        time.sleep(0.3)  # noqa: ASYNC251 the pitfall itself

    async with asyncio.timeout(DEADLINE_S), app.router.lifespan_context(app):
        call = AsgiCall(app, path="/slow", method="GET")
        await call.run()
    assert durations(call)["loop"] >= 200.0
