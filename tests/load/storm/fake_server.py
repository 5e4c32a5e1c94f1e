"""A server of known behaviour on the test's own event loop: it keeps every promise until a test makes it break one."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from load.storm.arena import Arena
from load.storm.connection import Target
from load.storm.scale import Scale

DEADLINE_S = 30
TINY = Scale(
    num_clients=3, answer_tokens=2, calm_s=0.1, peak_s=0.2, flood_s=0.3, recovery_s=0.3,
    overload_factor=0.1,  # this server answers thousands a second, and shares its event loop with the storm
    large_flood_s=0.2, large_interval_s=0.1, large_chars=5000,
    num_leavers=4, num_leaving_rounds=2, max_stay_s=0.05,
    num_silent=3, num_half_headers=2, num_trickled=2,
    num_slow_readers=2, num_normal_readers=2, num_reader_rounds=1, reader_tokens=4,
    drain_load_s=0.1, num_worker_rounds=1, num_worker_jobs=3, worker_job_chars=50,
    num_faults=1, num_hostile=6, num_canaries=3, num_canary_rounds=2, soak_s=0.3, soak_share=0.1,
    fairness_s=0.3, fair_share=0.02,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


Handler = Callable[[Asked], Awaitable[bytes | AsyncIterator[bytes]]]


class CloseConnectionError(Exception):
    """Raised by a handler: no answer, the connection ends."""


def http(status: int, body: bytes, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def stream(*events: bytes, **headers: str) -> bytes:
    """A streamed answer, an event a chunk."""
    lines = ["HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in (*events, b""))
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + chunks


def event(**fields: Any) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def chat_answer(asked: Asked, text: str | None = None) -> bytes:
    """Says what it was told, streamed or whole as asked for, with the request's own id."""
    text = asked.json["messages"][-1]["content"] if text is None else text
    request_id = asked.headers.get("x-request-id", "none")
    usage = {"prompt_tokens": len(asked.json["messages"][-1]["content"])}
    if not asked.json.get("stream"):
        body = {"choices": [{"message": {"content": text}}], "usage": usage}
        return http(200, json.dumps(body).encode(), X_Request_Id=request_id)
    pieces = [event(choices=[{"delta": {"content": piece}}]) for piece in (text[:3], text[3:6], text[6:])]
    return stream(*pieces, event(choices=[], usage=usage), DONE, X_Request_Id=request_id)


@dataclass
class FakeServer:
    """`routes` maps a path to what answers it; a test replaces one. `meters` is what /metrics says."""

    routes: dict[str, Handler] = field(default_factory=dict)
    meters: dict[str, float] = field(default_factory=dict)
    on_connect: Callable[[], None] = lambda: None
    on_gone: Callable[[], None] = lambda: None
    is_closing_silent: bool = True  # what sends no whole request is closed at once; else never
    asked: list[Asked] = field(default_factory=list)
    scale: Scale = TINY
    num_connections: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        self.routes = {"/healthz": self._ok, "/readyz": self._ok, "/metrics": self._metrics, **self.routes}
        self.routes.setdefault("/v1/chat/completions", self._chat)
        self.routes.setdefault("/v1/models", self._models)
        self.routes.setdefault("/v1/tokenize", self._tokenize)
        self.routes.setdefault("/v1/detokenize", self._detokenize)
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 24, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def target(self) -> Target:
        return Target("127.0.0.1", self.port, os.getpid(), "fake")

    @property
    def arena(self) -> Arena:
        return Arena(self.target, NoProcess(), self.scale)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.num_connections += 1
        self.on_connect()
        try:
            is_silent = (
                self.is_closing_silent
            )  # who has asked once may pause: to close then would lose a request under way
            while True:
                asked = await self._read(reader, timeout_s=0.2 if is_silent else None)
                is_silent = False
                self.asked.append(asked)
                answer = await self.routes.get(asked.path, self._missing)(asked)
                async for piece in _pieces(answer):
                    writer.write(piece)
                    await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError, CloseConnectionError):
            pass
        finally:
            self.on_gone()
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, *, timeout_s: float | None) -> Asked:
        async with asyncio.timeout(timeout_s):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
        method, path, *_ = [*head[0].split(" "), "", ""]
        return Asked(method, path, headers, body)

    async def _ok(self, asked: Asked) -> bytes:
        return http(200, b"{}")

    async def _missing(self, asked: Asked) -> bytes:
        return http(404, b'{"error": {}}')

    async def _metrics(self, asked: Asked) -> bytes:
        return http(200, "".join(f"{name} {value}\n" for name, value in self.meters.items()).encode())

    async def _models(self, asked: Asked) -> bytes:
        return http(200, b'{"data": [{"id": "fake"}]}', Connection="close")

    async def _chat(self, asked: Asked) -> bytes:
        return chat_answer(asked)

    async def _tokenize(self, asked: Asked) -> bytes:
        return http(200, json.dumps({"token_ids": [ord(letter) for letter in asked.json["text"]]}).encode())

    async def _detokenize(self, asked: Asked) -> bytes:
        return http(200, json.dumps({"text": "".join(map(chr, asked.json["token_ids"]))}).encode())


async def _pieces(answer: bytes | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if isinstance(answer, bytes):
        yield answer
        return
    async for piece in answer:
        yield piece


class NoProcess:
    """A server without a process of its own: nobody may end it."""

    pid = os.getpid()

    def terminate(self) -> None:
        raise AssertionError("this storm may not end its server")

    def wait(self, timeout_s: float) -> int:
        raise AssertionError("this storm may not wait for its server's end")
