"""The front end alone: the whole service around an engine that answers at once, called in process without sockets.

What is left is what every token and every request costs the event loop: the runner, the text, the events, ASGI.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import logging
import pstats
import time
from dataclasses import dataclass, fields
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Scope

from app.engine.protocol import EngineInfo, EngineRequest, EngineStats, FinishReason, SequenceOutput, StepOutput
from app.main import create_app
from app.observability.metrics import Metrics
from app.service.service import Service
from app.service.service_options import ServiceOptions
from app.settings import Settings

_TOKEN = 300  # any that has text
_MESSAGES = [{"role": "user", "content": "What does a token cost?"}]


class InstantEngine:
    """Implements app.engine.protocol.Engine: every step gives every request its next token, and computes nothing."""

    def __init__(self, *, vocab_size: int, max_num_seqs: int) -> None:
        self.info = EngineInfo("batched", vocab_size, 1_000_000, max_num_seqs, frozenset(), "none", "none")
        self._left: dict[str, int] = {}

    def add(self, request: EngineRequest) -> None:
        self._left[request.request_id] = request.params.max_tokens

    def abort(self, request_id: str) -> None:
        self._left.pop(request_id, None)

    def has_work(self) -> bool:
        return bool(self._left)

    def step(self) -> StepOutput:
        outputs = tuple(map(self._next, list(self._left)))
        return StepOutput(outputs, 0, len(outputs), self.stats())

    def stats(self) -> EngineStats:
        return EngineStats(num_running=len(self._left))

    def close(self) -> None:
        self._left.clear()

    def _next(self, request_id: str) -> SequenceOutput:
        self._left[request_id] -= 1
        reason: FinishReason | None = None if self._left[request_id] else "length"
        if reason is not None:
            del self._left[request_id]
        return SequenceOutput(request_id, (_TOKEN,), reason)


@dataclass(frozen=True, slots=True)
class FrontResult:
    """chunk_us and request_us: processor time of the whole process, microseconds each."""

    chunks_per_s: float
    chunk_us: float
    requests_per_s: float
    request_us: float


async def measure(*, num_streams: int, num_tokens: int, num_requests: int) -> FrontResult:
    """Stream num_tokens tokens to each of num_streams clients, then answer num_requests short whole requests."""
    settings = Settings(_env_file=None, max_num_seqs=num_streams, max_accepted_tokens=10**9, request_timeout_s=600.0)

    def build_service(settings: Settings, metrics: Metrics) -> Service:
        values: dict[str, Any] = {**dict(settings), "served_model_name": "front"}
        options = ServiceOptions(**{field.name: values[field.name] for field in fields(ServiceOptions)})
        return Service(options, metrics, build=lambda _: InstantEngine(vocab_size=4096, max_num_seqs=num_streams))

    app = create_app(settings, service_factory=build_service)
    async with app.router.lifespan_context(app):
        await _ask(app, max_tokens=4, stream=True)
        chunks = await _timed(*(_ask(app, max_tokens=num_tokens, stream=True) for _ in range(num_streams)))
        whole = await _timed(*(_several(app, num_requests // num_streams) for _ in range(num_streams)))
    num_chunks, num_whole = num_streams * num_tokens, num_requests // num_streams * num_streams
    return FrontResult(
        num_chunks / chunks[0], chunks[1] / num_chunks * 1e6, num_whole / whole[0], whole[1] / num_whole * 1e6
    )


async def _ask(app: ASGIApp, **fields: Any) -> None:
    """Ask once, with nothing of a client or a socket in the way."""
    body = orjson.dumps({"model": "front", "messages": _MESSAGES, **fields})
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/v1/chat/completions", "raw_path": b"/v1/chat/completions", "query_string": b"", "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    left = [{"type": "http.request", "body": body, "more_body": False}]
    statuses: list[int] = []

    async def receive() -> Message:
        return left.pop() if left else await asyncio.get_running_loop().create_future()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    assert statuses == [200], statuses


async def _several(app: ASGIApp, num_requests: int) -> None:
    for _ in range(num_requests):
        await _ask(app, max_tokens=1)


async def _timed(*work: Any) -> tuple[float, float]:
    """Wall seconds and processor seconds of running all of it at once."""
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*work)
    return time.perf_counter() - wall, time.process_time() - cpu


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--profile", action="store_true", help="also print what the time goes to")
    parser.add_argument("--repeat", type=int, default=5, help="measure so often (default: 5)")


def run(args: argparse.Namespace) -> int:
    """Measure several times, print each figure's median with the least and the most; return 0."""
    logging.disable(logging.INFO)
    results = [asyncio.run(_at_size()) for _ in range(args.repeat)]
    for field in fields(FrontResult):
        values = sorted(getattr(result, field.name) for result in results)
        print(f"{field.name:16} {values[len(values) // 2]:10,.1f}   ({values[0]:,.1f} to {values[-1]:,.1f})")
    if args.profile:
        profiler = cProfile.Profile()
        profiler.runcall(asyncio.run, _at_size())
        pstats.Stats(profiler).sort_stats("tottime").print_stats(25)
    return 0


async def _at_size() -> FrontResult:
    return await measure(num_streams=32, num_tokens=2000, num_requests=2000)
