from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from fastapi import FastAPI

from app.api.edge import Edge
from app.api.server_timing import server_timing, timings_of
from app.main import create_app
from app.observability.metrics import Metrics
from app.service.requests import Timings
from app.settings import Settings
from tests.api.asgi_call import AsgiCall, chat_call
from tests.api.fake_service import FakeService, make_factory

DEADLINE_S = 30.0


def durations(call: AsgiCall) -> dict[str, float]:
    """The header's names and milliseconds."""
    metrics = [metric.split(";dur=") for metric in call.headers["server-timing"].split(", ")]
    return {name: float(milliseconds) for name, milliseconds in metrics}


def test_seconds_become_milliseconds_in_the_headers_grammar() -> None:
    header = server_timing({"queue": 0.0123, "loop": 0.0})
    assert header == (b"server-timing", b"queue;dur=12.3, loop;dur=0.0")


def test_a_stage_that_is_not_known_is_left_out() -> None:
    assert timings_of(Timings(tokenize_s=0.5, queue_s=0.0)) == {"tokenize": 0.5, "queue": 0.0}


async def test_a_whole_answer_tells_all_its_stages(app: FastAPI) -> None:
    call = chat_call(app)
    await call.run()
    found = durations(call)
    assert {name: found[name] for name in ("tokenize", "queue", "prefill", "decode")} == {
        "tokenize": 250.0,
        "queue": 500.0,
        "prefill": 1000.0,
        "decode": 2000.0,
    }
    assert found.keys() >= {"loop", "total"}


async def test_a_stream_tells_what_is_known_at_its_first_byte(app: FastAPI) -> None:
    call = chat_call(app, stream=True)
    await call.run()
    assert durations(call).keys() == {"tokenize", "loop", "total"}


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
