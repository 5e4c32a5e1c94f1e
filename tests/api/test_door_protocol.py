"""A door on a real connection: whatever was turned away, the connection serves what comes next, or ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from fastapi import FastAPI
from uvicorn.server import ServerState

from app.api.door_protocol import door_protocol
from app.api.guarded_protocol import ConnectionLimits, guarded_protocol
from app.errors import EngineDeadError, QueueFullError
from tests.api.asgi_call import chat_body
from tests.api.fake_service import FakeService
from tests.api.listening import DEADLINE_S, Listening, exchange, listening
from tests.api.test_guarded_protocol import StuckTransport

FULL = QueueFullError("full")
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def chat(body: bytes = chat_body(), *, version: str = "1.1", more: str = "") -> bytes:
    lines = [f"POST /v1/chat/completions HTTP/{version}", "Host: localhost", "Content-Type: application/json"]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", f"{more}\r\n"]).encode() + body


@asynccontextmanager
async def connected(server: Listening) -> AsyncIterator[Connection]:
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def status(reader: asyncio.StreamReader) -> bytes:
    """Read one answer and return its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    await reader.readexactly(int(length.split()[1]))
    return head.split()[1]


@pytest.fixture
async def server(app: FastAPI, service: FakeService) -> AsyncIterator[Listening]:
    service.chat.refusal = FULL
    async with listening(app, door=app.state.door) as server:
        yield server


@pytest.mark.parametrize("num_chars", [10, 300_000])
async def test_a_refusal_does_not_wait_for_the_body_and_the_body_does_not_spoil_the_connection(
    server: Listening, service: FakeService, num_chars: int
) -> None:
    body = chat_body(messages=[{"role": "user", "content": "x" * num_chars}])
    async with connected(server) as (reader, writer):
        writer.write(chat(body)[: -len(body)])
        assert await status(reader) == b"503"
        service.chat.refusal = None
        writer.write(body + chat())
        assert await status(reader) == b"200"
    assert len(service.chat.requests) == 1


async def test_a_crowd_on_one_connection_is_turned_away_one_by_one(server: Listening, service: FakeService) -> None:
    async with connected(server) as (reader, writer):
        writer.write(chat() * 20)
        assert [await status(reader) for _ in range(20)] == [b"503"] * 20
        service.chat.refusal = None
        writer.write(chat())
        assert await status(reader) == b"200"


async def test_signs_of_life_and_refusals_share_a_connection_with_what_is_served(
    server: Listening, service: FakeService
) -> None:
    alive = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with connected(server) as (reader, writer):
        writer.write(alive + chat() + alive + b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n" + alive)
        assert [await status(reader) for _ in range(5)] == [b"200", b"503", b"200", b"200", b"200"]
        service.chat.refusal = None
        writer.write(chat() + alive)
        assert [await status(reader) for _ in range(2)] == [b"200", b"200"]


async def test_what_came_with_a_refused_request_is_served_for_as_long_as_it_takes(
    app: FastAPI, service: FakeService
) -> None:
    service.chat.steps = []  # an answer that has begun and never ends
    async with listening(app, keep_alive_s=1, door=app.state.door) as server, connected(server) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + chat(chat_body(stream=True)))
        await reader.readuntil(b"assistant")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await reader.read()  # until the connection ends


async def test_whoever_is_answered_at_the_door_has_not_waited_longest(app: FastAPI) -> None:
    async with (
        listening(app, max_connections=2, door=app.state.door) as server,
        connected(server) as (reader, writer),
        connected(server) as (silent, _),
    ):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert await status(reader) == b"200"
        async with connected(server):
            with contextlib.suppress(ConnectionError):
                assert await silent.read() == b""


async def test_a_chunked_body_is_forgotten_too(server: Listening, service: FakeService) -> None:
    head = chat(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    async with connected(server) as (reader, writer):
        writer.write(head)
        assert await status(reader) == b"503"
        service.chat.refusal = None
        writer.write(b"3\r\nabc\r\n0\r\n\r\n" + chat())
        assert await status(reader) == b"200"


@pytest.mark.parametrize(
    "raw",
    [
        chat(version="1.0"),
        chat(version="1.0", more="Connection: keep-alive\r\n"),
        chat(more="Connection: close\r\n"),
        chat(more="Expect: 100-continue\r\n"),
    ],
)
async def test_a_connection_that_must_end_ends_with_the_refusal(
    server: Listening, service: FakeService, raw: bytes
) -> None:
    answer = await exchange(server.port, raw + chat())
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"\r\nconnection: close\r\n" in answer
    assert answer.count(b"HTTP/1.1") == len(service.chat.checks) == 1


async def test_a_dead_engine_ends_the_connection(server: Listening, service: FakeService) -> None:
    service.chat.refusal = EngineDeadError("dead")
    assert (await exchange(server.port, chat())).startswith(b"HTTP/1.1 503")


async def test_a_request_behind_one_that_is_being_answered_waits_its_turn(
    server: Listening, service: FakeService
) -> None:
    async with connected(server) as (reader, writer):
        writer.write(b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n" + chat())
        assert [await status(reader), await status(reader)] == [b"200", b"200"]
    assert not service.chat.checks  # the second one went the usual way, which this service does not refuse


async def test_who_takes_no_answers_piles_none_up(app: FastAPI, service: FakeService) -> None:
    service.chat.refusal = FULL
    protocol = door_protocol(guarded_protocol(ConnectionLimits(), max_connections=1, num_reserved=0), app.state.door)
    config = uvicorn.Config(app, http=protocol, ws="none", lifespan="off", log_config=None)
    connection = protocol(config=config, server_state=ServerState(), app_state={})
    transport = StuckTransport()
    connection.connection_made(transport)
    connection.data_received(chat())
    connection.pause_writing()
    connection.data_received(chat() * 5)
    assert len(service.chat.checks) == 1
    connection.connection_lost(None)


async def test_a_wrong_head_is_told_so_whatever_the_door_says(server: Listening) -> None:
    assert (await exchange(server.port, chat(more="Host: other\r\n"))).startswith(b"HTTP/1.1 400")


async def test_a_body_that_does_not_come_holds_no_connection(app: FastAPI, service: FakeService) -> None:
    service.chat.refusal = FULL
    hurried = ConnectionLimits(header_timeout_s=0.05)
    async with listening(app, hurried, door=app.state.door) as server:
        answer = await exchange(server.port, chat()[:-1])
        assert answer.startswith(b"HTTP/1.1 503")


async def test_in_a_crowd_the_refusal_that_closes_goes_first(app: FastAPI, service: FakeService) -> None:
    service.chat.steps = []  # an answer that has begun and never ends
    async with listening(app, max_connections=1, door=app.state.door) as server, connected(server) as (reader, writer):
        writer.write(chat(chat_body(stream=True)))
        await reader.readuntil(b"assistant")
        service.chat.refusal = FULL
        assert b"too_many_connections" in await exchange(server.port, chat())
