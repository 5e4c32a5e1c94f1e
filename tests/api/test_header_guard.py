from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from app.api.header_guard import guarded_protocol
from app.api.http_server import DrainingServer, server_config

DEADLINE_S = 10.0


async def hello(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body = b""
    while (message := await receive()).get("more_body"):
        body += message["body"]
    body += message["body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


class Quiet(uvicorn.Server):
    """A server inside a test: without signals, and told when it listens."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        config = self.config
        config.load()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: config.http_protocol_class(config=config, server_state=self.server_state, app_state={}),  # type: ignore[call-arg]
            "127.0.0.1",
            0,
        )
        async with server:
            yield server.sockets[0].getsockname()[1]
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            for task in list(self.server_state.tasks):
                task.cancel()
            await asyncio.gather(*self.server_state.tasks, return_exceptions=True)


def make_server(*, header_timeout_s: float = 60.0, max_header_bytes: int = 2000) -> Quiet:
    protocol = guarded_protocol(header_timeout_s=header_timeout_s, max_header_bytes=max_header_bytes)
    return Quiet(uvicorn.Config(hello, http=protocol, ws="none", lifespan="off", log_config=None, access_log=False))


async def exchange(port: int, *pieces: bytes) -> bytes:
    """Send the pieces, one a loop turn, and return all that comes until the server closes."""
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()


@pytest.mark.parametrize("piece", [b"", b"GET / HTTP/1.1\r\nHo", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_a_connection_whose_headers_do_not_come_is_closed(piece: bytes) -> None:
    async with make_server(header_timeout_s=0.05).listening() as port:
        assert await exchange(port, piece) == b""


async def test_headers_that_never_end_are_refused() -> None:
    async with make_server().listening() as port:
        answer = await exchange(port, b"GET / HTTP/1.1\r\n", *[b"X-A: " + b"a" * 200 + b"\r\n"] * 50)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")


async def test_a_body_may_be_longer_than_headers_and_a_further_request_follows() -> None:
    body = b"x" * 10_000
    request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n"
    last = request.replace(b"Host", b"Connection: close\r\nHost")
    async with make_server().listening() as port:
        answer = await exchange(port, request, body[:5000], body[5000:], last, body)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.count(b"x" * 10_000) == 2


def test_the_server_uses_the_guard_and_refuses_web_sockets() -> None:
    config = server_config(hello, host="127.0.0.1", port=0, header_timeout_s=3)
    config.load()
    assert config.http_protocol_class.header_timeout_s == 3  # type: ignore[attr-defined]
    assert config.ws_protocol_class is None
    assert config.limit_concurrency is None  # it would count idle connections and refuse /healthz
    assert issubclass(DrainingServer, uvicorn.Server)
